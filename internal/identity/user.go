package identity

import (
	"context"
	"strings"
	"time"

	"gremio"
)

// Terminal is who acts at a terminal of the machine: whoever may read the
// database may do everything.
var Terminal = gremio.Identity{Kind: gremio.UserIdentity, ID: "terminal", Name: "terminal", Role: gremio.RoleAdmin}

// Users returns every user that is not removed.
func (k *Keeper[T]) Users(ctx context.Context) ([]gremio.User, error) { return k.Store.Users(ctx) }

// UserByEmail returns the user with that address.
func (k *Keeper[T]) UserByEmail(ctx context.Context, email string) (gremio.User, bool, error) {
	return k.Store.UserByEmail(ctx, strings.TrimSpace(email))
}

// Invite makes a user who signs in once the one-time link is used, and returns
// the link's token; it is shown once.
func (k *Keeper[T]) Invite(ctx context.Context, by gremio.Identity, u gremio.User, v gremio.Visit) (gremio.User, string, error) {
	now := k.now()
	u.ID, u.State, u.CreatedAt, u.Email = newID("user"), gremio.UserInvited, now, strings.TrimSpace(u.Email)
	if err := gremio.InvalidFields(u.Validate()); err != nil {
		return u, "", err
	}
	var token string
	err := k.Store.Update(ctx, func(tx T) error {
		if err := k.mayChange(ctx, tx, by); err != nil {
			return err
		}
		if err := tx.SaveUser(ctx, u); err != nil {
			return err
		}
		var expires time.Time
		var err error
		if token, expires, err = addLink(ctx, tx, u.ID, gremio.LinkInvitation, now); err != nil {
			return err
		}
		u.InvitationExpiresAt = &expires
		return tx.AddAudit(ctx, k.entry(by, v, "user.invite", u.ID))
	})
	return u, token, err
}

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

// Change changes a user. A changed role counts at once; one who loses the
// address or the role that a session was opened under keeps the session.
func (k *Keeper[T]) Change(ctx context.Context, by gremio.Identity, user string, c gremio.UserChange, v gremio.Visit) (gremio.User, error) {
	var changed gremio.User
	err := k.actOn(ctx, by, user, func(tx T, u *gremio.User) error {
		before := *u
		if c.Email != nil {
			u.Email = strings.TrimSpace(*c.Email)
		}
		if c.Name != nil {
			u.Name = strings.TrimSpace(*c.Name)
		}
		if c.Role != nil {
			u.Role = *c.Role
			if u.Role != gremio.RoleVendor && c.Plate == nil {
				u.Plate = ""
			}
		}
		if c.Plate != nil {
			u.Plate = *c.Plate
		}
		if err := gremio.InvalidFields(u.Validate()); err != nil {
			return err
		}
		if before.Role == gremio.RoleAdmin && u.Role != gremio.RoleAdmin {
			if err := k.keepsAdmin(ctx, tx, u.ID); err != nil {
				return err
			}
		}
		changed = *u
		if err := tx.ForgetSessions(ctx); err != nil {
			return err
		}
		e := k.entry(by, v, "user.change", u.ID)
		if before.Role != u.Role {
			e.Detail = string(before.Role) + " -> " + string(u.Role)
		}
		return tx.AddAudit(ctx, e)
	})
	return changed, err
}

// Remove removes a user: sessions and links end, address and password go. The
// id stays for what it did.
func (k *Keeper[T]) Remove(ctx context.Context, by gremio.Identity, user string, v gremio.Visit) error {
	return k.actOn(ctx, by, user, func(tx T, u *gremio.User) error {
		if u.Role == gremio.RoleAdmin {
			if err := k.keepsAdmin(ctx, tx, u.ID); err != nil {
				return err
			}
		}
		u.State, u.Email, u.PasswordHash = gremio.UserRemoved, "", ""
		noTOTP(u)
		if err := tx.DeleteLinks(ctx, u.ID); err != nil {
			return err
		}
		if err := tx.EndSessions(ctx, u.ID, ""); err != nil {
			return err
		}
		return tx.AddAudit(ctx, k.entry(by, v, "user.remove", u.ID))
	})
}

// errOwnAccount keeps whoever finds an admin's browser open from taking the
// account over: the own page asks for the password.
var errOwnAccount = gremio.Errorf(gremio.Conflict, "this is your own account: change it on its page, which asks for your password")

// TakeTOTP turns a user's second factor off, for one who lost phone and codes.
// All of the user's sessions end.
func (k *Keeper[T]) TakeTOTP(ctx context.Context, by gremio.Identity, user string, v gremio.Visit) error {
	return k.actOn(ctx, by, user, func(tx T, u *gremio.User) error {
		if u.ID == by.ID {
			return errOwnAccount
		}
		noTOTP(u)
		if err := tx.EndSessions(ctx, u.ID, ""); err != nil {
			return err
		}
		return tx.AddAudit(ctx, k.entry(by, v, "user.totp_off", u.ID))
	})
}

// actOn changes a user that is not removed, on behalf of by, who must still be
// allowed to when it is this one's turn.
func (k *Keeper[T]) actOn(ctx context.Context, by gremio.Identity, user string, do func(T, *gremio.User) error) error {
	return k.Store.Update(ctx, func(tx T) error {
		if err := k.mayChange(ctx, tx, by); err != nil {
			return err
		}
		return k.lockAndSave(ctx, tx, user, do)
	})
}

// changeUser changes a user that is not removed.
func (k *Keeper[T]) changeUser(ctx context.Context, user string, do func(T, *gremio.User) error) error {
	return k.Store.Update(ctx, func(tx T) error { return k.lockAndSave(ctx, tx, user, do) })
}

func (k *Keeper[T]) lockAndSave(ctx context.Context, tx T, user string, do func(T, *gremio.User) error) error {
	u, found, err := tx.LockUser(ctx, user)
	if err != nil {
		return err
	}
	if !found || u.State == gremio.UserRemoved {
		return gremio.Errorf(gremio.NotFound, "there is no such user")
	}
	if err := do(tx, &u); err != nil {
		return err
	}
	return tx.SaveUser(ctx, u)
}

// mayChange refuses an admin who was removed, or lost the role, while the change
// waited for its turn. Of two admins who remove each other the first stays.
func (k *Keeper[T]) mayChange(ctx context.Context, tx T, by gremio.Identity) error {
	admins, err := tx.LockAdmins(ctx)
	if err != nil || by.ID == Terminal.ID {
		return err
	}
	for _, a := range admins {
		if a.ID == by.ID {
			return nil
		}
	}
	return gremio.Errorf(gremio.Denied, "you are no admin any more")
}

// keepsAdmin refuses to leave the guild without an admin who can sign in.
func (k *Keeper[T]) keepsAdmin(ctx context.Context, tx T, without string) error {
	admins, err := tx.LockAdmins(ctx)
	if err != nil {
		return err
	}
	for _, a := range admins {
		if a.ID != without {
			return nil
		}
	}
	return gremio.Errorf(gremio.Conflict, "this is the last admin who can sign in: make another one first")
}

// SetPassword changes who's password, ends the other sessions and opens a new one.
func (k *Keeper[T]) SetPassword(ctx context.Context, who gremio.Identity, current, password string, v gremio.Visit) (gremio.Opened, error) {
	if err := k.askPassword(ctx, who, current, v); err != nil {
		if gremio.KindOf(err) == gremio.Invalid {
			err = gremio.InvalidFields([]gremio.FieldError{{Field: "current_password", Message: "is wrong"}})
		}
		return gremio.Opened{}, err
	}
	if message := gremio.PasswordError(password, who.Email); message != "" {
		return gremio.Opened{}, gremio.InvalidFields([]gremio.FieldError{{Field: "new_password", Message: message}})
	}
	hash, err := k.hashing.hash(ctx, password)
	if err != nil {
		return gremio.Opened{}, err
	}
	var opened gremio.Opened
	err = k.changeUser(ctx, who.ID, func(tx T, u *gremio.User) error {
		u.PasswordHash = hash
		if err := tx.EndSessions(ctx, u.ID, ""); err != nil {
			return err
		}
		if err := tx.DeleteLinks(ctx, u.ID); err != nil {
			return err
		}
		opened, err = k.open(ctx, tx, *u, v, "account.password")
		return err
	})
	return opened, err
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
	try, err := k.guesses.begin("link "+hashOf(a.Token), v.Address, "", now)
	if err != nil {
		return gremio.Opened{}, err
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

// Rename changes who's own name and returns it as it is kept.
func (k *Keeper[T]) Rename(ctx context.Context, who gremio.Identity, name string, v gremio.Visit) (string, error) {
	name = strings.TrimSpace(name)
	if message := gremio.TextError(name, 200); message != "" {
		return "", gremio.InvalidFields([]gremio.FieldError{{Field: "name", Message: message}})
	}
	return name, k.changeUser(ctx, who.ID, func(tx T, u *gremio.User) error {
		u.Name = name
		return tx.AddAudit(ctx, k.entry(who, v, "account.name", who.ID))
	})
}
