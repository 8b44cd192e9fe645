package store

import (
	"context"
	"time"

	"gremio"
)

// TrackingMarks returns, for each of plates, when its cart was no longer
// followed and when it was again.
func (q queries) TrackingMarks(ctx context.Context, plates []gremio.Plate) (map[gremio.Plate]gremio.TrackingMarks, error) {
	all := map[gremio.Plate]gremio.TrackingMarks{}
	for len(plates) > 0 {
		n := min(len(plates), 500)
		args := make([]any, n)
		for i, p := range plates[:n] {
			args[i] = string(p)
		}
		err := q.each(ctx, "read which carts are followed", "SELECT plate, marked_at, kind FROM {tracking_marks} WHERE plate IN ("+placeholders(n)+")", args,
			func(row scanner) error {
				var m gremio.TrackingMark
				var at int64
				err := row.Scan(&m.Plate, &at, &m.Kind)
				m.At = instant(at)
				all[m.Plate] = append(all[m.Plate], m)
				return err
			})
		if err != nil {
			return nil, err
		}
		plates = plates[n:]
	}
	return all, nil
}

// AddTrackingMark notes that a cart is followed from then on, or is not.
func (t *Tx) AddTrackingMark(ctx context.Context, m gremio.TrackingMark) error {
	_, err := t.exec(ctx, "note whether a cart is followed", t.d.ignore+"{tracking_marks} (plate, marked_at, kind) VALUES (?, ?, ?)",
		string(m.Plate), micros(m.At), string(m.Kind))
	return err
}

// EraseTrack erases where a cart was by what was received between from and until.
func (t *Tx) EraseTrack(ctx context.Context, cartID string, from, until time.Time) error {
	t.scrub = true
	_, err := t.exec(ctx, "erase a track", "DELETE FROM {track} WHERE cart_id = ? AND received_at >= ? AND received_at < ?", cartID, micros(from), micros(until))
	return err
}
