package identity

import (
	"context"
	"strings"

	"gremio"
)

// FirstAdmin sees to it that somebody can sign in. When nobody can, it makes an
// admin with that address and password; without them, one whose one-time link's
// token it returns. When somebody can, it does nothing.
func (k *Keeper[T]) FirstAdmin(ctx context.Context, email, password string) (made bool, token string, err error) {
	email = strings.TrimSpace(email)
	hash := ""
	if email != "" || password != "" {
		if _, err := gremio.ParseEmail(email); err != nil {
			return false, "", gremio.Wrap(gremio.Invalid, err, "the first admin's address")
		}
		if password == "" {
			return false, "", gremio.Errorf(gremio.Invalid, "the first admin has an address and no password: set both or neither")
		}
		if hash, err = k.hashing.hash(ctx, password); err != nil {
			return false, "", err
		}
	}
	err = k.Store.Update(ctx, func(tx T) error {
		made, token = false, ""
		admins, err := tx.LockAdmins(ctx)
		if err != nil || len(admins) > 0 {
			return err
		}
		u, err := firstAdmin(ctx, tx, k)
		if err != nil {
			return err
		}
		made = true
		if hash != "" {
			u.Email, u.PasswordHash, u.State = strings.ToLower(email), hash, gremio.UserActive
		}
		if err := tx.SaveUser(ctx, u); err != nil {
			return err
		}
		if err := tx.DeleteLinks(ctx, u.ID); err != nil { // those of earlier starts
			return err
		}
		if err := tx.AddAudit(ctx, k.entry(Terminal, gremio.Visit{}, "user.first", u.ID)); err != nil || hash != "" {
			return err
		}
		token, _, err = addLink(ctx, tx, u.ID, gremio.LinkInvitation, k.now())
		return err
	})
	return made, token, err
}

// isFirstAdmin reports whether nobody named a user: it waits for whoever has the
// link that was printed at a first start.
func isFirstAdmin(u gremio.User) bool {
	return u.State == gremio.UserInvited && u.Role == gremio.RoleAdmin && u.Email == ""
}

// firstAdmin returns the invited admin that an earlier start made, or a new one.
func firstAdmin[T Tx](ctx context.Context, tx T, k *Keeper[T]) (gremio.User, error) {
	users, err := tx.Users(ctx)
	if err != nil {
		return gremio.User{}, err
	}
	for _, u := range users {
		if isFirstAdmin(u) {
			return u, nil
		}
	}
	return gremio.User{ID: newID("user"), Name: "admin", Role: gremio.RoleAdmin, State: gremio.UserInvited, CreatedAt: k.now()}, nil
}
