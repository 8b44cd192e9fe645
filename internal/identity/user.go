package identity

import (
	"context"
	"fmt"
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
		e.Detail = changes(before, *u)
		if before.Email != u.Email {
			if err := tx.DeleteLinks(ctx, u.ID); err != nil { // they were sent to the former address
				return err
			}
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

// changes says what of a user is other than before, without the addresses.
func changes(before, now gremio.User) string {
	var all []string
	if before.Role != now.Role {
		all = append(all, string(before.Role)+" -> "+string(now.Role))
	}
	if before.Plate != now.Plate {
		all = append(all, fmt.Sprintf("cart %q -> %q", before.Plate, now.Plate))
	}
	if before.Email != now.Email {
		all = append(all, "another e-mail address")
	}
	if before.Name != now.Name {
		all = append(all, "another name")
	}
	return strings.Join(all, ", ")
}
