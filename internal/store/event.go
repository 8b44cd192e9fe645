package store

import (
	"context"
	"database/sql"

	"gremio"
)

// RejectionAt returns why worker rejected the record at a position, and whether it did.
func (q queries) RejectionAt(ctx context.Context, worker string, at gremio.LogPosition) (reason string, rejected bool, err error) {
	rejected, err = q.one(ctx, "look for a rejection",
		"SELECT reason FROM {"+worker+"_rejections} WHERE topic = ? AND part = ? AND log_offset = ?",
		[]any{string(at.Topic), at.Partition, at.Offset}, &reason)
	return reason, rejected, err
}

// OffsetOf returns where worker stands in a partition, and whether it has read it.
func (q queries) OffsetOf(ctx context.Context, worker string, topic gremio.Topic, partition int32) (gremio.Offset, bool, error) {
	o := gremio.Offset{Topic: topic, Partition: partition}
	found, err := q.one(ctx, "read an offset", "SELECT next_offset, topic_id FROM {"+worker+"_offsets} WHERE topic = ? AND part = ?",
		[]any{string(topic), partition}, &o.Next, &o.TopicID)
	return o, found, err
}

// FindEvent looks an event's id up in what the workers have applied and
// rejected. Ids are unique for their plate only, so several may be found.
func (q queries) FindEvent(ctx context.Context, workers []string, id string) ([]gremio.KnownEvent, error) {
	var all []gremio.KnownEvent
	for _, worker := range workers {
		err := q.each(ctx, "look up an event",
			"SELECT topic, part, log_offset, id_key, NULL, applied_at FROM {"+worker+"_ids} WHERE event_id = ? UNION ALL SELECT topic, part, log_offset, record_key, reason, rejected_at FROM {"+worker+"_rejections} WHERE event_id = ?",
			[]any{id, id}, func(row scanner) error {
				k := gremio.KnownEvent{Worker: worker}
				var key string
				var noted int64
				var reason sql.NullString
				err := row.Scan(&k.At.Topic, &k.At.Partition, &k.At.Offset, &key, &reason, &noted)
				k.Rejected, k.Reason, k.Noted = reason.Valid, reason.String, instant(noted)
				if k.Subject = key; !k.Rejected {
					k.Subject = gremio.SubjectOfKey(key)
				}
				all = append(all, k)
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	err := q.each(ctx, "look up an event", "SELECT COALESCE(p.plate, ''), t.received_at FROM {track} t LEFT JOIN {positions} p ON p.cart_id = t.cart_id WHERE t.event_id = ?", []any{id}, func(row scanner) error {
		k := gremio.KnownEvent{Worker: "positions", At: gremio.LogPosition{Topic: gremio.TopicPositions, Offset: -1}}
		var noted int64
		err := row.Scan(&k.Subject, &noted)
		k.Noted = instant(noted)
		all = append(all, k)
		return err
	})
	return all, err
}
