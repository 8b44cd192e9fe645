package identity

import (
	"context"
	"strings"

	"gremio"
)

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
