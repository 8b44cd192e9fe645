package store

import (
	"context"
	"database/sql"

	"gremio"
)

// AddDelivery stores a prepared delivery with its stops and takes their
// replenishments out of the queue. Its stops may be confirmed, and its
// replenishments closed, by what was read before in other partitions.
func (t *Tx) AddDelivery(ctx context.Context, d gremio.DeliveryPreparedV2) error {
	var depot, lat, lon any
	if d.Depot != nil {
		depot, lat, lon = d.Depot.Name, d.Depot.Lat, d.Depot.Lon
	}
	if _, err := t.exec(ctx, "store a delivery",
		"INSERT INTO {deliveries} (delivery_id, state, depot, depot_lat, depot_lon, why, total_units, metres, prepared_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		d.Delivery, gremio.DeliveryPreparedState, depot, lat, lon, d.Why, d.TotalUnits, d.Metres, micros(d.PreparedAt)); err != nil {
		return err
	}
	for i, s := range d.Stops {
		if _, err := t.exec(ctx, "store a stop",
			"INSERT INTO {stops} (delivery_id, seq, cart_id, plate, replenishment_id, units, state, after_seconds, "+placeColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			append([]any{d.Delivery, i + 1, gremio.CartOf(s.Plate), string(s.Plate), s.Replenishment, s.Units, gremio.StopWaiting, orNull(s.AfterSeconds)}, placeValues(s.Place)...)...); err != nil {
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

// StopOf returns the delivery of the waiting stop that refills a replenishment, "" when there is none.
func (t *Tx) StopOf(ctx context.Context, replenishment string) (delivery string, err error) {
	_, err = t.one(ctx, "find a stop", "SELECT delivery_id FROM {stops} WHERE replenishment_id = ? AND state = ?",
		[]any{replenishment, gremio.StopWaiting}, &delivery)
	return delivery, err
}

// Deliveries returns deliveries with their stops, the newest first, and the
// cursor that goes on. A zero field of f does not narrow.
func (q queries) Deliveries(ctx context.Context, f gremio.DeliveryFilter, page gremio.Page) ([]gremio.Delivery, string, error) {
	var w filter
	w.is("delivery_id", f.ID)
	if len(f.States) > 0 {
		w.add("state IN ("+placeholders(len(f.States))+")", anys(f.States)...)
	}
	if f.Plate != "" {
		w.add("EXISTS (SELECT 1 FROM {stops} s WHERE s.delivery_id = {deliveries}.delivery_id AND s.cart_id = ?)", gremio.CartOf(f.Plate))
	}
	if !f.From.IsZero() {
		w.add("prepared_at >= ?", micros(f.From))
	}
	if !f.Until.IsZero() {
		w.add("prepared_at < ?", micros(f.Until))
	}
	end, err := w.page(page, "prepared_at", "delivery_id")
	if err != nil {
		return nil, "", err
	}
	var all []gremio.Delivery
	err = q.each(ctx, "read deliveries",
		"SELECT delivery_id, state, depot, depot_lat, depot_lon, why, total_units, metres, prepared_at, loaded_at, left_at, done_at, cancelled_at, cancel_reason FROM {deliveries}"+end, w.args,
		func(row scanner) error {
			d, err := scanDelivery(row)
			all = append(all, d)
			return err
		})
	if err != nil {
		return nil, "", err
	}
	all, next := cut(all, page, func(d gremio.Delivery) string { return markAt(d.PreparedAt, d.ID) })
	for i := range all {
		if all[i].Stops, err = q.stops(ctx, all[i]); err != nil {
			return nil, "", err
		}
	}
	return all, next, nil
}

// Delivery returns one delivery, and whether there is one.
func (q queries) Delivery(ctx context.Context, id string) (gremio.Delivery, bool, error) {
	all, _, err := q.Deliveries(ctx, gremio.DeliveryFilter{ID: id}, gremio.Page{Limit: 1})
	if err != nil || len(all) == 0 {
		return gremio.Delivery{}, false, err
	}
	return all[0], true, nil
}

func scanDelivery(row scanner) (d gremio.Delivery, err error) {
	var prepared int64
	var depot, reason sql.NullString
	var lat, lon sql.NullFloat64
	var loaded, left, done, cancelled sql.NullInt64
	err = row.Scan(&d.ID, &d.State, &depot, &lat, &lon, &d.Why, &d.TotalUnits, &d.Metres, &prepared, &loaded, &left, &done, &cancelled, &reason)
	if depot.Valid {
		d.Depot = &gremio.Depot{Name: depot.String, Point: gremio.Point{Lat: lat.Float64, Lon: lon.Float64}}
	}
	d.PreparedAt, d.LoadedAt, d.LeftAt = instant(prepared), instantOrNil(loaded), instantOrNil(left)
	d.DoneAt, d.CancelledAt, d.CancelReason = instantOrNil(done), instantOrNil(cancelled), reason.String
	return d, err
}

func (q queries) stops(ctx context.Context, d gremio.Delivery) ([]gremio.DeliveryStop, error) {
	all := []gremio.DeliveryStop{}
	err := q.each(ctx, "read stops",
		"SELECT plate, units, state, after_seconds, confirmed_at, confirmed_units, failed_at, fail_reason, replenishment_id, "+placeColumns+" FROM {stops} WHERE delivery_id = ? ORDER BY seq",
		[]any{d.ID}, func(row scanner) error {
			var s gremio.DeliveryStop
			var after, confirmed, units, failed sql.NullInt64
			var reason sql.NullString
			var place nullPlace
			err := row.Scan(append([]any{&s.Plate, &s.Units, &s.State, &after, &confirmed, &units, &failed, &reason, &s.Replenishment}, place.dest()...)...)
			s.ConfirmedAt, s.ConfirmedUnits, s.FailedAt, s.FailReason, s.Where = instantOrNil(confirmed), intOrNil(units), instantOrNil(failed), reason.String, gremio.WhereIs(place.place())
			s.ExpectedAt = d.Expects(intOrNil(after))
			all = append(all, s)
			return err
		})
	return all, err
}
