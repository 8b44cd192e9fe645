package store

import (
	"context"
	"encoding/json"
	"time"

	"gremio"
)

// AddOutbox queues derived events of worker, in their order.
func (t *Tx) AddOutbox(ctx context.Context, worker string, events []gremio.Event) error {
	rows := make([][]any, len(events))
	for i, e := range events {
		value, err := e.Value()
		if err != nil {
			return err
		}
		headers, err := json.Marshal(e.Headers())
		if err != nil {
			return gremio.Wrap(gremio.Internal, err, "headers of %s", e.Type())
		}
		special := 0
		if e.Special {
			special = 1
		}
		rows[i] = []any{worker, string(e.Topic()), e.Subject, special, int32(e.Lane), string(headers), value, micros(e.Time)}
	}
	return t.insertMany(ctx, "queue derived events",
		"INSERT INTO outbox (worker, topic, subject, special, lane, headers, body, made_at) VALUES", "", rows)
}

// Outbox returns the oldest rows that wait for worker, at most limit, without
// those that the log refused.
func (q queries) Outbox(ctx context.Context, worker string, limit int) ([]gremio.Outgoing, error) {
	return q.outbox(ctx, "worker = ? AND refused_at = 0 ORDER BY outbox_id LIMIT ?", worker, limit)
}

// WholeOutbox returns every row of worker, those that the log refused too.
func (q queries) WholeOutbox(ctx context.Context, worker string) ([]gremio.Outgoing, error) {
	return q.outbox(ctx, "worker = ? ORDER BY outbox_id", worker)
}

func (q queries) outbox(ctx context.Context, where string, args ...any) ([]gremio.Outgoing, error) {
	var all []gremio.Outgoing
	err := q.each(ctx, "read the outbox",
		"SELECT outbox_id, topic, subject, special, lane, headers, body, made_at FROM outbox WHERE "+where,
		args, func(row scanner) error {
			var r gremio.Outgoing
			var headers string
			var madeAt int64
			if err := row.Scan(&r.ID, &r.Topic, &r.Key, &r.Special, &r.Lane, &headers, &r.Value, &madeAt); err != nil {
				return err
			}
			r.Time = instant(madeAt)
			all = append(all, r)
			return json.Unmarshal([]byte(headers), &all[len(all)-1].Headers)
		})
	return all, err
}

// RefuseOutbox sets a row aside that the log will never take as it is.
func (t *Tx) RefuseOutbox(ctx context.Context, id int64, because string, now time.Time) error {
	_, err := t.exec(ctx, "set a derived event aside", "UPDATE outbox SET refused_at = ?, refused_because = ? WHERE outbox_id = ?", micros(now), because, id)
	return err
}

// RetryOutbox lets the rows of worker that the log refused wait again: its limit
// may be another by now.
func (t *Tx) RetryOutbox(ctx context.Context, worker string) (int64, error) {
	return t.exec(ctx, "take refused events up again", "UPDATE outbox SET refused_at = 0, refused_because = NULL WHERE worker = ? AND refused_at > 0", worker)
}

// DeleteOutbox removes rows that their topics have.
func (t *Tx) DeleteOutbox(ctx context.Context, ids []int64) error {
	for len(ids) > 0 {
		n := min(len(ids), 500)
		if _, err := t.exec(ctx, "empty the outbox", "DELETE FROM outbox WHERE outbox_id IN ("+placeholders(n)+")", anys(ids[:n])...); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}
