package store

import (
	"context"
	"database/sql"
	"strings"

	"gremio"
)

const replenishmentColumns = "replenishment_id, plate, state, level_then, delivery_id, opened_at, closed_at, close_reason"

func scanReplenishment(row scanner, more ...any) (gremio.Replenishment, error) {
	var r gremio.Replenishment
	var delivery, reason sql.NullString
	var opened int64
	var closed sql.NullInt64
	err := row.Scan(append([]any{&r.ID, &r.Plate, &r.State, &r.Level, &delivery, &opened, &closed, &reason}, more...)...)
	r.Delivery, r.OpenedAt, r.ClosedAt, r.CloseReason = delivery.String, instant(opened), instantOrNil(closed), reason.String
	return r, err
}

// LiveReplenishment returns the cart's replenishment that is not closed, and
// whether there is one. There are never two.
func (t *Tx) LiveReplenishment(ctx context.Context, plate gremio.Plate) (gremio.Replenishment, bool, error) {
	var found []gremio.Replenishment
	err := t.each(ctx, "read a cart's replenishment",
		"SELECT "+replenishmentColumns+" FROM {replenishments} WHERE cart_id = ? AND state IN ('open', 'prepared')"+t.d.lockRows,
		[]any{gremio.CartOf(plate)}, func(row scanner) error {
			r, err := scanReplenishment(row)
			found = append(found, r)
			return err
		})
	if err != nil || len(found) == 0 {
		return gremio.Replenishment{}, false, err
	}
	return found[0], true, nil
}

// OpenReplenishment stores a new replenishment. The delivery that refills it may
// have been read before, in another partition.
func (t *Tx) OpenReplenishment(ctx context.Context, r gremio.ReplenishmentOpened) error {
	if _, err := t.exec(ctx, "open a replenishment",
		"INSERT INTO {replenishments} (replenishment_id, cart_id, plate, state, level_then, opened_at, waits_since, settings_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		r.Replenishment, gremio.CartOf(r.Plate), string(r.Plate), gremio.ReplenishmentOpen, r.Level, micros(r.OpenedAt), micros(r.OpenedAt), r.SettingsVersion); err != nil {
		return err
	}
	return t.settleReplenishment(ctx, r.Replenishment)
}

// CloseReplenishment closes a replenishment.
func (t *Tx) CloseReplenishment(ctx context.Context, r gremio.ReplenishmentClosed) error {
	_, err := t.exec(ctx, "close a replenishment",
		"UPDATE {replenishments} SET state = ?, closed_at = ?, close_reason = ? WHERE replenishment_id = ? AND state <> ?",
		gremio.ReplenishmentIsClosed, micros(r.ClosedAt), r.Reason, r.Replenishment, gremio.ReplenishmentIsClosed)
	return err
}

// WaitingReplenishments returns those that wait for a delivery, the oldest first,
// locked, with what is known of their carts now.
func (t *Tx) WaitingReplenishments(ctx context.Context) ([]gremio.WaitingReplenishment, error) {
	var all []gremio.WaitingReplenishment
	at := map[string]int{}
	err := t.each(ctx, "read waiting replenishments",
		"SELECT "+replenishmentColumns+", waits_since FROM {replenishments} WHERE state = 'open' ORDER BY opened_at, replenishment_id"+t.d.lockRows, nil,
		func(row scanner) error {
			var since int64
			r, err := scanReplenishment(row, &since)
			at[r.ID] = len(all)
			all = append(all, gremio.WaitingReplenishment{Replenishment: r, WaitsSince: instant(since)})
			return err
		})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	// Not in the same query: it would lock rows of other workers.
	return all, t.each(ctx, "read where waiting carts are", `SELECT r.replenishment_id, COALESCE(l.units, 0), l.updated_at, p.state, p.shift_ended_at, m.state, (SELECT COUNT(*) FROM {holdings} f WHERE f.plate = r.plate),
 (SELECT COUNT(*) FROM {passed_over} o WHERE o.cart_id = r.cart_id AND o.prepared_at >= r.opened_at), `+prefixed("p.", placeColumns)+`
 FROM {replenishments} r LEFT JOIN {stock_levels} l ON l.cart_id = r.cart_id LEFT JOIN {positions} p ON p.cart_id = r.cart_id
 LEFT JOIN {plate_holders} h ON h.plate = r.plate LEFT JOIN {members} m ON m.member_id = h.member_id WHERE r.state = 'open'`, nil,
		func(row scanner) error {
			var id string
			var units, held, passed int
			var moved, ended sql.NullInt64
			var shift, member sql.NullString
			var place nullPlace
			if err := row.Scan(append([]any{&id, &units, &moved, &shift, &ended, &member, &held, &passed}, place.dest()...)...); err != nil {
				return err
			}
			i, ok := at[id]
			if !ok {
				return nil
			}
			w := &all[i]
			w.Units, w.PassedOver, w.Place = units, passed, place.place()
			w.Suspended = member.String == gremio.MemberIsSuspended
			w.HasLeft = !member.Valid && held > 0
			w.OffShift = gremio.CartState(shift.String) == gremio.CartOffShift && ended.Valid && ended.Int64 >= moved.Int64
			return nil
		})
}

// prefixed returns a list of columns with a prefix before each.
func prefixed(prefix, columns string) string {
	return prefix + strings.ReplaceAll(columns, ", ", ", "+prefix)
}

// Stock returns the level of every cart, by plate, and the cursor that goes
// on. A cart that has sold nothing yet stands at its initial stock.
func (q queries) Stock(ctx context.Context, plate gremio.Plate, s gremio.Settings, page gremio.Page) ([]gremio.StockLevel, string, error) {
	where, args := " WHERE 1 = 1", []any{s.InitialStock}
	if page.After != "" {
		m, err := parseMark(page.After)
		if err != nil {
			return nil, "", err
		}
		where, args = where+" AND c.plate > ?", append(args, m.id)
	}
	if plate != "" {
		where, args = where+" AND c.plate = ?", append(args, string(plate))
	}
	var all []gremio.StockLevel
	err := q.each(ctx, "read stock",
		"SELECT c.plate, COALESCE(l.units, ?), l.updated_at FROM carts c LEFT JOIN {stock_levels} l ON l.cart_id = c.cart_id"+where+" ORDER BY c.plate LIMIT ?",
		append(args, page.Limit+1), func(row scanner) error {
			l := gremio.StockLevel{Threshold: s.StockThreshold, Initial: s.InitialStock}
			var updated sql.NullInt64
			err := row.Scan(&l.Plate, &l.Units, &updated)
			l.UpdatedAt = instantOrNil(updated)
			all = append(all, l)
			return err
		})
	if err != nil {
		return nil, "", err
	}
	all, next := cut(all, page, func(l gremio.StockLevel) string { return mark{0, string(l.Plate)}.cursor() })
	return all, next, nil
}

// Replenishments returns replenishments, the newest first, and the cursor that
// goes on. An empty state or plate does not narrow.
func (q queries) Replenishments(ctx context.Context, state string, plate gremio.Plate, page gremio.Page) ([]gremio.Replenishment, string, error) {
	var w filter
	w.is("state", state)
	w.is("plate", string(plate))
	w.since(page, "(opened_at >= ? OR closed_at IS NULL)") // what is still to come is the present bearer's
	end, err := w.page(page, "opened_at", "replenishment_id")
	if err != nil {
		return nil, "", err
	}
	var all []gremio.Replenishment
	err = q.each(ctx, "read replenishments", "SELECT "+replenishmentColumns+" FROM {replenishments}"+end, w.args, func(row scanner) error {
		r, err := scanReplenishment(row)
		all = append(all, r)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	all, next := cut(all, page, func(r gremio.Replenishment) string { return markAt(r.OpenedAt, r.ID) })
	return all, next, nil
}
