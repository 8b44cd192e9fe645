package store

import (
	"context"
	"time"

	"gremio"
)

// noteEarlyVoid notes that a sale was taken back that the log has not told of, and
// reports whether that was not so before.
func (t *Tx) noteEarlyVoid(ctx context.Context, cart, id, reason string, at time.Time) (bool, error) {
	var n int
	if voided, err := t.one(ctx, "void a sale", "SELECT 1 FROM {sales} WHERE cart_id = ? AND sale_id = ?", []any{cart, id}, &n); err != nil || voided {
		return false, err
	}
	added, err := t.exec(ctx, "void a sale to come", t.d.ignore+"{early_voids} (cart_id, sale_id, voided_at, reason) VALUES (?, ?, ?, ?)", cart, id, micros(at), reason)
	return added == 1, err
}

// voidEarly takes those of new sales back that were taken back before they came.
func (t *Tx) voidEarly(ctx context.Context, sales []gremio.Sale) error {
	var some int
	if any, err := t.one(ctx, "look for sales taken back", "SELECT 1 FROM {early_voids} LIMIT 1", nil, &some); err != nil || !any {
		return err
	}
	type void struct {
		reason string
		at     int64
	}
	for _, s := range sales {
		var v void
		cart := gremio.CartOf(s.Plate)
		found, err := t.one(ctx, "look for a sale taken back", "SELECT reason, voided_at FROM {early_voids} WHERE cart_id = ? AND sale_id = ?", []any{cart, s.ID}, &v.reason, &v.at)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		if _, err := t.exec(ctx, "take back a sale", "DELETE FROM {early_voids} WHERE cart_id = ? AND sale_id = ?", cart, s.ID); err != nil {
			return err
		}
		if past, err := t.PastVoiding(ctx, s.Day, laterOf(s.ReceivedAt, instant(v.at))); err != nil {
			return err
		} else if past {
			continue
		}
		if _, err := t.VoidSale(ctx, s.Plate, s.ID, v.reason, instant(v.at)); err != nil {
			return err
		}
	}
	return nil
}
