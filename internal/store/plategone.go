package store

import (
	"cmp"
	"context"
	"time"

	"gremio"
)

// TakePlate ends what lets a phone and an account see the cart that bears plate,
// since the cart, or the plate, is another's from at on: its token, and the plate
// of vendors' accounts. They get follows in its place, when the same cart bears
// that now; with "" they see no cart until an admin gives them one. by is who, in
// the audit log, changed it.
func (t *Tx) TakePlate(ctx context.Context, plate, follows gremio.Plate, by string, at time.Time) error {
	var entries []gremio.AuditEntry
	note := func(action, detail string, about ...string) {
		entries = append(entries, gremio.AuditEntry{At: at, Actor: by, Action: action, About: about, Detail: detail})
	}
	token, had, err := t.RevokeCartToken(ctx, plate, at)
	if err != nil {
		return err
	}
	if had {
		note("token.revoke", "", token.ID, string(plate))
	}
	users, err := t.users(ctx, " WHERE role = ? AND plate = ? ORDER BY user_id"+t.d.lockRows, string(gremio.RoleVendor), string(plate))
	if err != nil {
		return err
	}
	for _, u := range users {
		if _, err := t.exec(ctx, "take a plate from a vendor's account", "UPDATE users SET plate = ? WHERE user_id = ?", string(follows), u.ID); err != nil {
			return err
		}
		note("user.change", "plate "+string(plate)+" is no longer the vendor's", u.ID)
	}
	if len(entries) == 0 {
		return nil
	}
	if len(users) > 0 {
		if err := t.ForgetSessions(ctx); err != nil {
			return err
		}
	}
	if u, found, err := t.User(ctx, by); err != nil {
		return err
	} else if found {
		for i := range entries {
			entries[i].ActorName = cmp.Or(u.Name, u.Email)
		}
	}
	return t.AddAudit(ctx, entries...)
}
