package store

import (
	"context"
	"database/sql"

	"gremio"
)

// AddDelivery stores a prepared delivery with its stops and takes their
// replenishments out of the queue. Its stops may be confirmed, and its
// replenishments closed, by what was read before in other partitions.
func (t *Tx) AddDelivery(ctx context.Context, d gremio.DeliveryPrepared) error {
	if _, err := t.exec(ctx, "store a delivery",
		"INSERT INTO {deliveries} (delivery_id, state, total_units, metres, prepared_at) VALUES (?, ?, ?, ?, ?)",
		d.Delivery, gremio.DeliveryPreparedState, d.TotalUnits, d.Metres, micros(d.PreparedAt)); err != nil {
		return err
	}
	for i, s := range d.Stops {
		if _, err := t.exec(ctx, "store a stop",
			"INSERT INTO {stops} (delivery_id, seq, cart_id, plate, replenishment_id, units, state, "+placeColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			append([]any{d.Delivery, i + 1, gremio.CartOf(s.Plate), string(s.Plate), s.Replenishment, s.Units, gremio.StopWaiting}, placeValues(s.Place)...)...); err != nil {
			return err
		}
		if _, err := t.exec(ctx, "take a replenishment out of the queue",
			"UPDATE {replenishments} SET delivery_id = ?, state = CASE WHEN state = ? THEN ? ELSE state END WHERE replenishment_id = ?",
			d.Delivery, gremio.ReplenishmentOpen, gremio.ReplenishmentPrepared, s.Replenishment); err != nil {
			return err
		}
	}
	for _, p := range d.PassedOver {
		if _, err := t.exec(ctx, "note who was passed over", t.d.ignore+"{passed_over} (cart_id, delivery_id, prepared_at) VALUES (?, ?, ?)",
			gremio.CartOf(p), d.Delivery, micros(d.PreparedAt)); err != nil {
			return err
		}
	}
	return t.settleDelivery(ctx, d.Delivery)
}

// ConfirmStop confirms the stop of a cart on a delivery and, when it was the
// last, ends the delivery. found reports whether the delivery has such a stop,
// and replenishment is the one that the stop refills; it is "" when the stop
// was confirmed before.
func (t *Tx) ConfirmStop(ctx context.Context, c gremio.StopConfirmed) (found bool, replenishment string, err error) {
	// The delivery's row is locked first: its stops may be confirmed side by side.
	var state string
	if found, err = t.one(ctx, "lock a delivery", "SELECT state FROM {deliveries} WHERE delivery_id = ?"+t.d.lockRows, []any{c.Delivery}, &state); err != nil || !found {
		return false, "", err
	}
	var stop string
	found, err = t.one(ctx, "read a stop", "SELECT state, replenishment_id FROM {stops} WHERE delivery_id = ? AND cart_id = ?",
		[]any{c.Delivery, gremio.CartOf(c.Plate)}, &stop, &replenishment)
	if err != nil || !found {
		return false, "", err
	}
	if stop != gremio.StopWaiting {
		return true, "", nil
	}
	return true, replenishment, t.KeepConfirmation(ctx, c)
}

// KeepConfirmation notes that a stop was confirmed, whether or not its delivery
// is known yet. The first of two is kept.
func (t *Tx) KeepConfirmation(ctx context.Context, c gremio.StopConfirmed) error {
	if _, err := t.exec(ctx, "confirm a stop",
		t.d.ignore+"{stop_confirmations} (delivery_id, cart_id, units, confirmed_at, confirmed_by) VALUES (?, ?, ?, ?, ?)",
		c.Delivery, gremio.CartOf(c.Plate), orNull(c.Units), micros(c.ConfirmedAt), c.By); err != nil {
		return err
	}
	return t.settleDelivery(ctx, c.Delivery)
}

// settleDelivery makes a delivery's stops, and the delivery itself, say what the
// confirmations do. A delivery that is not known yet stays so.
func (t *Tx) settleDelivery(ctx context.Context, delivery string) error {
	confirmed := func(column string) string {
		return "(SELECT c." + column + " FROM {stop_confirmations} c WHERE c.delivery_id = {stops}.delivery_id AND c.cart_id = {stops}.cart_id)"
	}
	if _, err := t.exec(ctx, "confirm stops",
		"UPDATE {stops} SET state = ?, confirmed_units = "+confirmed("units")+", confirmed_at = "+confirmed("confirmed_at")+", confirmed_by = "+confirmed("confirmed_by")+
			" WHERE delivery_id = ? AND state = ? AND "+confirmed("confirmed_at")+" IS NOT NULL",
		gremio.StopDone, delivery, gremio.StopWaiting); err != nil {
		return err
	}
	_, err := t.exec(ctx, "end a delivery",
		"UPDATE {deliveries} SET state = ?, done_at = (SELECT MAX(confirmed_at) FROM {stops} WHERE delivery_id = ?)"+
			" WHERE delivery_id = ? AND NOT EXISTS (SELECT 1 FROM {stops} WHERE delivery_id = ? AND state = ?)",
		gremio.DeliveryDone, delivery, delivery, delivery, gremio.StopWaiting)
	return err
}

// StopOf returns the delivery of the waiting stop that refills a replenishment, "" when there is none.
func (t *Tx) StopOf(ctx context.Context, replenishment string) (delivery string, err error) {
	_, err = t.one(ctx, "find a stop", "SELECT delivery_id FROM {stops} WHERE replenishment_id = ? AND state = ?",
		[]any{replenishment, gremio.StopWaiting}, &delivery)
	return delivery, err
}

// Deliveries returns deliveries with their stops, the newest first, and the
// cursor that goes on. An empty state or id does not narrow.
func (q queries) Deliveries(ctx context.Context, state, id string, page gremio.Page) ([]gremio.Delivery, string, error) {
	var w filter
	w.is("state", state)
	w.is("delivery_id", id)
	end, err := w.page(page, "prepared_at", "delivery_id")
	if err != nil {
		return nil, "", err
	}
	var all []gremio.Delivery
	err = q.each(ctx, "read deliveries",
		"SELECT delivery_id, state, total_units, metres, prepared_at, done_at FROM {deliveries}"+end, w.args, func(row scanner) error {
			var d gremio.Delivery
			var prepared int64
			var done sql.NullInt64
			err := row.Scan(&d.ID, &d.State, &d.TotalUnits, &d.Metres, &prepared, &done)
			d.PreparedAt, d.DoneAt = instant(prepared), instantOrNil(done)
			all = append(all, d)
			return err
		})
	if err != nil {
		return nil, "", err
	}
	all, next := cut(all, page, func(d gremio.Delivery) string { return markAt(d.PreparedAt, d.ID) })
	for i := range all {
		if all[i].Stops, err = q.stops(ctx, all[i].ID); err != nil {
			return nil, "", err
		}
	}
	return all, next, nil
}

// Delivery returns one delivery, and whether there is one.
func (q queries) Delivery(ctx context.Context, id string) (gremio.Delivery, bool, error) {
	all, _, err := q.Deliveries(ctx, "", id, gremio.Page{Limit: 1})
	if err != nil || len(all) == 0 {
		return gremio.Delivery{}, false, err
	}
	return all[0], true, nil
}

func (q queries) stops(ctx context.Context, delivery string) ([]gremio.DeliveryStop, error) {
	all := []gremio.DeliveryStop{}
	err := q.each(ctx, "read stops",
		"SELECT plate, units, state, confirmed_at, confirmed_units, replenishment_id, "+placeColumns+" FROM {stops} WHERE delivery_id = ? ORDER BY seq",
		[]any{delivery}, func(row scanner) error {
			var s gremio.DeliveryStop
			var confirmed, units sql.NullInt64
			var place nullPlace
			err := row.Scan(append([]any{&s.Plate, &s.Units, &s.State, &confirmed, &units, &s.Replenishment}, place.dest()...)...)
			s.ConfirmedAt, s.ConfirmedUnits, s.Where = instantOrNil(confirmed), intOrNil(units), gremio.WhereIs(place.place())
			all = append(all, s)
			return err
		})
	return all, err
}
