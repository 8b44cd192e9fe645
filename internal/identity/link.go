package identity

import (
	"context"
	"strings"
	"time"

	"gremio"
)

func addLink[T Tx](ctx context.Context, tx T, user, purpose string, now time.Time) (token string, expires time.Time, err error) {
	life := gremio.InvitationLife
	if purpose == gremio.LinkReset {
		life = gremio.ResetLife
	}
	token, hash := newSecret("")
	l := gremio.Link{Hash: hash, User: user, Purpose: purpose, CreatedAt: now, ExpiresAt: now.Add(life)}
	return token, l.ExpiresAt, tx.AddLink(ctx, l)
}

// NewLink makes a one-time link for a user to set a password, and ends the links
// from before. Sessions and password stay until it is used.
func (k *Keeper[T]) NewLink(ctx context.Context, by gremio.Identity, user string, v gremio.Visit) (token string, expires time.Time, err error) {
	err = k.actOn(ctx, by, user, func(tx T, u *gremio.User) error {
		if u.ID == by.ID {
			return errOwnAccount
		}
		purpose := gremio.LinkReset
		if u.PasswordHash == "" {
			purpose = gremio.LinkInvitation
		}
		if err := tx.DeleteLinks(ctx, u.ID); err != nil {
			return err
		}
		if token, expires, err = addLink(ctx, tx, u.ID, purpose, k.now()); err != nil {
			return err
		}
		return tx.AddAudit(ctx, k.entry(by, v, "user.link", u.ID))
	})
	return token, expires, err
}

var errNoLink = gremio.Errorf(gremio.NotFound, "this link was used already, or it has expired: ask for a new one")

// ReadLink returns what a one-time link is for.
func (k *Keeper[T]) ReadLink(ctx context.Context, token string) (gremio.Invitation, error) {
	l, found, err := k.Store.Link(ctx, hashOf(token), k.now())
	if err != nil || !found {
		return gremio.Invitation{}, orNoLink(err)
	}
	u, found, err := k.Store.User(ctx, l.User)
	if err != nil || !found {
		return gremio.Invitation{}, orNoLink(err)
	}
	return gremio.Invitation{Email: u.Email, Name: u.Name, Role: u.Role, Purpose: l.Purpose, TOTP: u.TOTP, ExpiresAt: l.ExpiresAt}, nil
}

func orNoLink(err error) error {
	if err != nil {
		return err
	}
	return errNoLink
}

// UseLink sets the password of whoever was sent the one-time link, ends all
// sessions and links of that user, and opens a session.
func (k *Keeper[T]) UseLink(ctx context.Context, a gremio.Acceptance, v gremio.Visit) (gremio.Opened, error) {
	l, err := k.ReadLink(ctx, a.Token)
	if err != nil {
		return gremio.Opened{}, err
	}
	email := l.Email
	if email == "" {
		email = strings.TrimSpace(a.Email)
	}
	var wrong []gremio.FieldError
	if message := gremio.PasswordError(a.Password, email); message != "" {
		wrong = append(wrong, gremio.FieldError{Field: "password", Message: message})
	}
	if _, err := gremio.ParseEmail(email); err != nil {
		wrong = append(wrong, gremio.FieldError{Field: "email", Message: err.Error()})
	}
	if message := gremio.TextError(a.Name, 200); message != "" {
		wrong = append(wrong, gremio.FieldError{Field: "name", Message: message})
	}
	if err := gremio.InvalidFields(wrong); err != nil {
		return gremio.Opened{}, err
	}
	now := k.now()
	// The link itself cannot be guessed, so nobody's wrong guesses keep its owner out.
	try := &guess{g: k.guesses}
	if a.Code != "" {
		if try, err = k.guesses.beginCode("link "+hashOf(a.Token), "", now); err != nil {
			return gremio.Opened{}, err
		}
	}
	hash, err := k.hashing.hash(ctx, a.Password)
	if err != nil {
		try.right(now)
		return gremio.Opened{}, err
	}
	var opened gremio.Opened
	err = k.Store.Update(ctx, func(tx T) error {
		l, found, err := tx.Link(ctx, hashOf(a.Token), now)
		if err != nil || !found {
			return orNoLink(err)
		}
		// The first admin's link stands in the output of a start: it counts only until there is an admin.
		if u, found, err := tx.User(ctx, l.User); err != nil || found && isFirstAdmin(u) {
			if err != nil {
				return err
			}
			if admins, err := tx.LockAdmins(ctx); err != nil || len(admins) > 0 {
				return orNoLink(err)
			}
		}
		return k.lockAndSave(ctx, tx, l.User, func(tx T, u *gremio.User) error {
			if _, found, err := tx.Link(ctx, l.Hash, now); err != nil || !found {
				return orNoLink(err) // another use of it was first
			}
			if u.TOTP {
				if a.Code == "" {
					return errCode("is missing: the six digits of your app, or a recovery code")
				}
				if err := k.useCode(u, a.Code); err != nil {
					return err
				}
			}
			u.State, u.PasswordHash, u.Email = gremio.UserActive, hash, strings.ToLower(email)
			if name := strings.TrimSpace(a.Name); name != "" {
				u.Name = name
			}
			if err := tx.DeleteLinks(ctx, u.ID); err != nil {
				return err
			}
			if err := tx.EndSessions(ctx, u.ID, ""); err != nil {
				return err
			}
			opened, err = k.open(ctx, tx, *u, v, "invitation.accept")
			return err
		})
	})
	if gremio.KindOf(err) != gremio.Unauthenticated || err == nil || a.Code == "" {
		try.right(now)
	}
	return opened, err
}
