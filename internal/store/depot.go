package store

import (
	"context"
	"database/sql"
	"time"

	"gremio"
)

// Kinds of what happens to a depot's dough.
const (
	depotRefilled = "refilled"
	depotCounted  = "counted"
)

// AddDepotMove notes that a depot was refilled or counted.
func (t *Tx) AddDepotMove(ctx context.Context, key string, d gremio.Data) error {
	var depot, kind string
	var units int
	var at time.Time
	switch d := d.(type) {
	case gremio.DepotRefilled:
		depot, kind, units, at = d.Depot, depotRefilled, d.Units, d.Time
	case gremio.DepotCounted:
		depot, kind, units, at = d.Depot, depotCounted, d.Units, d.Time
	default:
		return nil
	}
	_, err := t.exec(ctx, "note a depot's dough", t.d.ignore+"{depot_moves} (depot, moved_at, event_key, kind, units) VALUES (?, ?, ?, ?, ?)", depot, micros(at), key, kind, units)
	return err
}

// DepotStocks returns what is known of the dough at each of depots: what was counted
// last and brought since, less what deliveries took. A delivery takes its load when
// it is loaded, and what its stops did not need comes back with the van; the stops
// of one that nobody said is loaded take theirs when they are confirmed.
func (q queries) DepotStocks(ctx context.Context, depots []gremio.Depot) ([]gremio.DepotStock, error) {
	all := make([]gremio.DepotStock, len(depots))
	for i, d := range depots {
		all[i].Depot = d
		if err := q.depotStock(ctx, &all[i], i == 0); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// depotStock fills in one depot. first: what was prepared before depots were named
// was loaded there.
func (q queries) depotStock(ctx context.Context, s *gremio.DepotStock, first bool) error {
	name, of := s.Name, "d.depot = ?"
	if first {
		of = "(d.depot = ? OR d.depot IS NULL)"
	}
	if _, err := q.one(ctx, "add up what is promised", "SELECT COALESCE(SUM(s.units), 0) FROM {stops} s JOIN {deliveries} d ON d.delivery_id = s.delivery_id WHERE "+of+" AND d.state = ? AND s.state = ?",
		[]any{name, gremio.DeliveryPreparedState, gremio.StopWaiting}, &s.Promised); err != nil {
		return err
	}
	var counted sql.NullInt64
	var base, brought int
	if _, err := q.one(ctx, "read a depot's last count", "SELECT units, moved_at FROM {depot_moves} WHERE depot = ? AND kind = ? ORDER BY moved_at DESC, event_key DESC LIMIT 1",
		[]any{name, depotCounted}, &base, &counted); err != nil {
		return err
	}
	var last sql.NullInt64
	if _, err := q.one(ctx, "add up what a depot got", "SELECT COALESCE(SUM(CASE WHEN kind = ? AND moved_at > ? THEN units ELSE 0 END), 0), MAX(moved_at) FROM {depot_moves} WHERE depot = ?",
		[]any{depotRefilled, counted.Int64, name}, &brought, &last); err != nil || !last.Valid {
		return err
	}
	since := counted.Int64
	if !counted.Valid {
		if _, err := q.one(ctx, "find a depot's first refill", "SELECT MIN(moved_at) FROM {depot_moves} WHERE depot = ?", []any{name}, &since); err != nil {
			return err
		}
	}
	var taken int
	if _, err := q.one(ctx, "add up what deliveries took", `SELECT COALESCE(SUM(CASE WHEN s.state = ? THEN COALESCE(CASE WHEN s.confirmed_by = ? THEN NULL ELSE s.confirmed_units END, s.units) WHEN s.state = ? AND (d.loaded_at IS NOT NULL OR d.left_at IS NOT NULL) THEN s.units ELSE 0 END), 0)
 FROM {deliveries} d JOIN {stops} s ON s.delivery_id = d.delivery_id WHERE `+of+` AND COALESCE(d.loaded_at, d.left_at, s.confirmed_at) > ?`,
		[]any{gremio.StopDone, gremio.ByFigure, gremio.StopWaiting, name, since}, &taken); err != nil {
		return err
	}
	units := base + brought - taken
	s.Units, s.UpdatedAt = &units, instantOrNil(last)
	return nil
}
