package store

import (
	"context"
	"time"

	"gremio"
)

// PastVoiding reports whether at the time at the single sales of day are no longer
// kept. It does not ask which rows are still there, so a rebuild, which has them
// all again, answers the same.
func (q queries) PastVoiding(ctx context.Context, day gremio.Day, at time.Time) (bool, error) {
	first, err := q.salesKeptFrom(ctx, at)
	return day < first, err
}

func (q queries) salesKeptFrom(ctx context.Context, at time.Time) (gremio.Day, error) {
	history, err := q.SettingsSince(ctx, instant(0)) // the first version, and all after it
	return history.SalesKeptFrom(at), err
}

// SaleIsPast reports whether the sale, applied before, is of a day whose single
// sales are no longer kept at the time at. One that is still to come is not.
func (t *Tx) SaleIsPast(ctx context.Context, plate gremio.Plate, id string, at time.Time) (bool, error) {
	var day string
	var received int64
	found, err := t.one(ctx, "look for a sale", "SELECT sale_day, received_at FROM {sales} WHERE cart_id = ? AND sale_id = ?",
		[]any{gremio.CartOf(plate), id}, &day, &received)
	if err != nil {
		return false, err
	}
	if found {
		// By the later of the two, for either may be the first that is applied.
		return t.PastVoiding(ctx, gremio.Day(day), laterOf(at, instant(received)))
	}
	return t.SaleDeleted(ctx, gremio.SaleFilter{Plate: plate, ID: id}, time.Time{}, at)
}

// SaleDeleted reports whether a sale of that id was applied, after since, whose row
// the caller did not find and that is no longer kept at the time at. Without a plate
// it may be any cart's.
func (q queries) SaleDeleted(ctx context.Context, f gremio.SaleFilter, since, at time.Time) (deleted bool, err error) {
	if first, err := q.salesKeptFrom(ctx, at); err != nil || first == "" {
		return false, err
	}
	find, args := "id_key = ?", []any{gremio.IDKey(gremio.TypeSaleRecorded, string(f.Plate), f.ID)}
	if f.Plate == "" {
		find, args = "event_id = ?", []any{f.ID}
	}
	err = q.each(ctx, "look for a sale that is no longer kept", "SELECT id_key FROM {sales_ids} WHERE "+find+" AND applied_at >= ?",
		append(args, micros(since)), func(row scanner) error {
			var key string
			if err := row.Scan(&key); err != nil {
				return err
			}
			deleted = deleted || key == gremio.IDKey(gremio.TypeSaleRecorded, gremio.SubjectOfKey(key), f.ID)
			return nil
		})
	return deleted, err
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// DeleteOldSales deletes single sales of days before first that were received before
// a time, of at most carts carts' days, and returns how many. Totals and ids stay.
func (t *Tx) DeleteOldSales(ctx context.Context, first gremio.Day, received time.Time, carts int) (int64, error) {
	type cartDay struct{ day, cart string }
	var some []cartDay
	err := t.each(ctx, "look for sales to delete",
		"SELECT DISTINCT sale_day, cart_id FROM {sales} WHERE sale_day < ? AND received_at < ? LIMIT ?", []any{string(first), micros(received), carts},
		func(row scanner) error {
			var c cartDay
			err := row.Scan(&c.day, &c.cart)
			some = append(some, c)
			return err
		})
	var deleted int64
	for _, c := range some {
		if err != nil {
			break
		}
		var n int64
		n, err = t.exec(ctx, "delete old sales", "DELETE FROM {sales} WHERE sale_day = ? AND cart_id = ? AND received_at < ?", c.day, c.cart, micros(received))
		deleted += n
	}
	return deleted, err
}
