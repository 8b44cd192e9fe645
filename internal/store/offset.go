package store

import (
	"context"
	"time"

	"gremio"
)

// ClaimPartition takes a partition for a worker: it raises the owner's epoch,
// so that an earlier owner's transactions are refused from now on, and returns
// where to go on. A partition that was never read starts at p.Start.
func (t *Tx) ClaimPartition(ctx context.Context, worker string, p gremio.LogPartition, now time.Time) (gremio.Offset, error) {
	o := gremio.Offset{Topic: p.Topic, Partition: p.Number}
	n, err := t.exec(ctx, "claim a partition",
		"UPDATE {"+worker+"_offsets} SET epoch = epoch + 1, updated_at = ? WHERE topic = ? AND part = ? AND held_until <= ?",
		micros(now), string(p.Topic), p.Number, micros(now))
	if err != nil {
		return o, err
	}
	if n == 0 {
		if err := t.refuseHeld(ctx, worker, p.Topic, p.Number, now); err != nil {
			return o, err
		}
		_, err := t.exec(ctx, "claim a partition",
			"INSERT INTO {"+worker+"_offsets} (topic, part, epoch, next_offset, cluster_id, topic_id, updated_at) VALUES (?, ?, 1, ?, ?, ?, ?)",
			string(p.Topic), p.Number, p.Start, p.ClusterID, p.TopicID, micros(now))
		if err != nil {
			return o, err
		}
	}
	found, err := t.one(ctx, "claim a partition",
		"SELECT epoch, next_offset, cluster_id, topic_id FROM {"+worker+"_offsets} WHERE topic = ? AND part = ?",
		[]any{string(p.Topic), p.Number}, &o.Epoch, &o.Next, &o.ClusterID, &o.TopicID)
	if err == nil && !found {
		err = gremio.Errorf(gremio.Internal, "%s_offsets lost its row of %s/%d", worker, p.Topic, p.Number)
	}
	return o, err
}

// Advance moves a worker's offset of a partition from o.Next to next, and
// fails as Fenced when the partition has another owner or stands elsewhere.
// It is the first statement of every transaction of a worker, ticks included.
func (t *Tx) Advance(ctx context.Context, worker string, o gremio.Offset, next int64, now time.Time) error {
	n, err := t.exec(ctx, "advance an offset",
		"UPDATE {"+worker+"_offsets} SET next_offset = ?, updated_at = ? WHERE topic = ? AND part = ? AND epoch = ? AND next_offset = ? AND held_until <= ?",
		next, micros(now), string(o.Topic), o.Partition, o.Epoch, o.Next, micros(now))
	if err != nil {
		return err
	}
	if n != 1 {
		if err := t.refuseHeld(ctx, worker, o.Topic, o.Partition, now); err != nil {
			return err
		}
		return gremio.Errorf(gremio.Fenced, "worker %s no longer owns %s/%d (epoch %d, offset %d)", worker, o.Topic, o.Partition, o.Epoch, o.Next)
	}
	return nil
}

// refuseHeld fails as Unavailable while a rebuild holds the partition.
func (t *Tx) refuseHeld(ctx context.Context, worker string, topic gremio.Topic, partition int32, now time.Time) error {
	var until int64
	held, err := t.one(ctx, "look for a rebuild", "SELECT held_until FROM {"+worker+"_offsets} WHERE topic = ? AND part = ? AND held_until > ?",
		[]any{string(topic), partition, micros(now)}, &until)
	if err == nil && held {
		err = gremio.Errorf(gremio.Unavailable, "a rebuild of worker %s takes over: it holds %s/%d until %s at most", worker, topic, partition, instant(until).Format(time.RFC3339))
	}
	return err
}

// Offsets returns where a worker stands in every partition it ever read.
func (q queries) Offsets(ctx context.Context, worker string) ([]gremio.Offset, error) {
	var all []gremio.Offset
	err := q.each(ctx, "read offsets",
		"SELECT topic, part, epoch, next_offset, cluster_id, topic_id, updated_at FROM {"+worker+"_offsets} ORDER BY topic, part", nil,
		func(row scanner) error {
			var o gremio.Offset
			var at int64
			if err := row.Scan(&o.Topic, &o.Partition, &o.Epoch, &o.Next, &o.ClusterID, &o.TopicID, &at); err != nil {
				return err
			}
			o.UpdatedAt = instant(at)
			all = append(all, o)
			return nil
		})
	return all, err
}

// AppliedIDs returns those of keys that the worker has applied, by key.
func (q queries) AppliedIDs(ctx context.Context, worker string, keys []string) (map[string]gremio.AppliedID, error) {
	found := map[string]gremio.AppliedID{}
	for len(keys) > 0 {
		n := min(len(keys), 500)
		err := q.each(ctx, "look up event ids",
			"SELECT id_key, event_id, digest, topic, part, log_offset FROM {"+worker+"_ids} WHERE id_key IN ("+placeholders(n)+")",
			anys(keys[:n]), func(row scanner) error {
				var a gremio.AppliedID
				if err := row.Scan(&a.Key, &a.ID, &a.Digest, &a.At.Topic, &a.At.Partition, &a.At.Offset); err != nil {
					return err
				}
				found[a.Key] = a
				return nil
			})
		if err != nil {
			return nil, err
		}
		keys = keys[n:]
	}
	return found, nil
}

// AddAppliedIDs notes that the worker has applied ids.
func (t *Tx) AddAppliedIDs(ctx context.Context, worker string, ids []gremio.AppliedID) error {
	rows := make([][]any, len(ids))
	for i, a := range ids {
		rows[i] = []any{a.Key, a.ID, a.Digest, string(a.At.Topic), a.At.Partition, a.At.Offset, micros(a.Time)}
	}
	return t.insertMany(ctx, "note event ids",
		"INSERT INTO {"+worker+"_ids} (id_key, event_id, digest, topic, part, log_offset, applied_at) VALUES", "", rows)
}

// PlaceAppliedIDs notes where events lie whose ids the worker noted when it
// derived them.
func (t *Tx) PlaceAppliedIDs(ctx context.Context, worker string, ids []gremio.AppliedID) error {
	for _, a := range ids {
		if _, err := t.exec(ctx, "note where events lie", "UPDATE {"+worker+"_ids} SET topic = ?, part = ?, log_offset = ? WHERE id_key = ?",
			string(a.At.Topic), a.At.Partition, a.At.Offset, a.Key); err != nil {
			return err
		}
	}
	return nil
}

// AddRejections notes records that the worker did not apply.
func (t *Tx) AddRejections(ctx context.Context, worker string, rejections []gremio.Rejection, now time.Time) error {
	rows := make([][]any, len(rejections))
	for i, r := range rejections {
		rows[i] = []any{string(r.Record.Topic), r.Record.Partition, r.Record.Offset,
			clip(r.Record.Headers[gremio.HeaderID]), clip(r.Record.Headers[gremio.HeaderType]), r.Reason, clip(r.Record.Key), micros(now)}
		if !r.At.IsZero() {
			rows[i][len(rows[i])-1] = micros(r.At)
		}
	}
	return t.insertMany(ctx, "note rejections",
		t.d.ignore+"{"+worker+"_rejections} (topic, part, log_offset, event_id, event_type, reason, record_key, rejected_at) VALUES", "", rows)
}

// clip keeps a header that anybody may have written within its column.
func clip(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:100])
	}
	return s
}
