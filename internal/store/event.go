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
			"SELECT topic, part, log_offset, NULL FROM {"+worker+"_ids} WHERE event_id = ? UNION ALL SELECT topic, part, log_offset, reason FROM {"+worker+"_rejections} WHERE event_id = ?",
			[]any{id, id}, func(row scanner) error {
				k := gremio.KnownEvent{Worker: worker}
				var reason sql.NullString
				err := row.Scan(&k.At.Topic, &k.At.Partition, &k.At.Offset, &reason)
				k.Rejected, k.Reason = reason.Valid, reason.String
				all = append(all, k)
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	var n int
	found, err := q.one(ctx, "look up an event", "SELECT 1 FROM {track} WHERE event_id = ? LIMIT 1", []any{id}, &n)
	if found {
		all = append(all, gremio.KnownEvent{Worker: "positions", At: gremio.LogPosition{Topic: gremio.TopicPositions, Offset: -1}})
	}
	return all, err
}
