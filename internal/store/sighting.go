package store

import (
	"context"
	"database/sql"

	"gremio"
)

// AddSighting stores a sighting, once: a rebuild keeps those that the log no longer
// has by when they were seen, and may find one of them on it after all.
func (t *Tx) AddSighting(ctx context.Context, id string, s gremio.SightingReported) error {
	var plate any
	if s.Plate != nil {
		plate = string(*s.Plate)
	}
	_, err := t.exec(ctx, "store a sighting",
		t.d.ignore+"{sightings} (sighting_id, plate, note, seen_at, "+placeColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		append([]any{id, plate, s.Note, micros(s.Time)}, placeValues(&s.Place)...)...)
	return err
}

// Sightings returns sightings, the newest first, and the cursor that goes on.
func (q queries) Sightings(ctx context.Context, page gremio.Page) ([]gremio.Sighting, string, error) {
	var w filter
	end, err := w.page(page, "seen_at", "sighting_id")
	if err != nil {
		return nil, "", err
	}
	var all []gremio.Sighting
	err = q.each(ctx, "read sightings", "SELECT sighting_id, plate, note, seen_at, "+placeColumns+" FROM {sightings}"+end, w.args, func(row scanner) error {
		var s gremio.Sighting
		var plate sql.NullString
		var at int64
		var place nullPlace
		if err := row.Scan(append([]any{&s.ID, &plate, &s.Note, &at}, place.dest()...)...); err != nil {
			return err
		}
		s.Plate, s.At, s.Where = plateOrNil(plate), instant(at), gremio.WhereIs(place.place())
		all = append(all, s)
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	all, next := cut(all, page, func(s gremio.Sighting) string { return markAt(s.At, s.ID) })
	return all, next, nil
}
