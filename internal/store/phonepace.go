package store

import (
	"context"
	"time"

	"gremio"
)

const paceColumns = "cart_id, plate, interval_seconds, decided_at, settings_version, alert_id"

// PhonePaces returns what was decided last of the phones of carts, by cart.
func (q queries) PhonePaces(ctx context.Context, cartIDs []string) (map[string]gremio.PhonePaced, error) {
	all := map[string]gremio.PhonePaced{}
	for len(cartIDs) > 0 {
		n := min(len(cartIDs), 500)
		err := q.each(ctx, "read how often phones report", "SELECT "+paceColumns+" FROM {phone_paces} WHERE cart_id IN ("+placeholders(n)+")", anys(cartIDs[:n]),
			func(row scanner) error {
				var id string
				var p gremio.PhonePaced
				var at int64
				err := row.Scan(&id, &p.Plate, &p.IntervalSeconds, &at, &p.SettingsVersion, &p.Alert)
				p.DecidedAt = instant(at)
				all[id] = p
				return err
			})
		if err != nil {
			return nil, err
		}
		cartIDs = cartIDs[n:]
	}
	return all, nil
}

// SetPhonePace notes a decision, unless a newer one stands already.
func (t *Tx) SetPhonePace(ctx context.Context, p gremio.PhonePaced) error {
	id := gremio.CartOf(p.Plate)
	if _, err := t.exec(ctx, "note how often a phone reports", t.d.ignore+"{phone_paces} ("+paceColumns+") VALUES (?, ?, ?, ?, ?, ?)",
		id, string(p.Plate), p.IntervalSeconds, micros(p.DecidedAt), p.SettingsVersion, p.Alert); err != nil {
		return err
	}
	_, err := t.exec(ctx, "note how often a phone reports",
		"UPDATE {phone_paces} SET plate = ?, interval_seconds = ?, settings_version = ?, alert_id = ?, decided_at = ? WHERE cart_id = ? AND decided_at < ?",
		string(p.Plate), p.IntervalSeconds, p.SettingsVersion, p.Alert, micros(p.DecidedAt), id, micros(p.DecidedAt))
	return err
}

// FixesReceived returns when fixes of a cart were received since then, in order,
// those of one request once. Of fixes that were more than an hour late it tells
// nothing: the index is by when they were taken.
func (q queries) FixesReceived(ctx context.Context, cartID string, since time.Time) ([]time.Time, error) {
	var all []time.Time
	err := q.each(ctx, "read when a phone reported", "SELECT DISTINCT received_at FROM {track} WHERE cart_id = ? AND fixed_at >= ? AND received_at >= ? ORDER BY received_at",
		[]any{cartID, micros(since.Add(-time.Hour)), micros(since)}, func(row scanner) error {
			var at int64
			err := row.Scan(&at)
			all = append(all, instant(at))
			return err
		})
	return all, err
}
