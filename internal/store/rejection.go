package store

import (
	"context"
	"database/sql"

	"gremio"
)

// rejectionsOf joins a worker's rejections with what became of them.
func (q queries) rejectionsOf(worker string) string {
	return " FROM {" + worker + "_rejections} r LEFT JOIN rejection_acts a" +
		" ON a.worker = ? AND a.topic = r.topic AND a.part = r.part AND a.log_offset = r.log_offset"
}

// Rejected returns what worker has rejected and nobody has done anything about,
// or all of it, the oldest first.
func (q queries) Rejected(ctx context.Context, worker string, all bool) ([]gremio.RejectedRecord, error) {
	where, args := " WHERE a.act IS NULL", []any{worker}
	if all {
		where = ""
	}
	return q.rejected(ctx, worker, where, args)
}

// RejectedAt returns what worker has rejected at a position, and whether it has.
func (q queries) RejectedAt(ctx context.Context, worker string, at gremio.LogPosition) (gremio.RejectedRecord, bool, error) {
	found, err := q.rejected(ctx, worker, " WHERE r.topic = ? AND r.part = ? AND r.log_offset = ?",
		[]any{worker, string(at.Topic), at.Partition, at.Offset})
	if err != nil || len(found) == 0 {
		return gremio.RejectedRecord{}, false, err
	}
	return found[0], true, nil
}

func (q queries) rejected(ctx context.Context, worker, where string, args []any) ([]gremio.RejectedRecord, error) {
	var list []gremio.RejectedRecord
	err := q.each(ctx, "read rejections",
		"SELECT r.topic, r.part, r.log_offset, r.event_id, r.event_type, r.record_key, r.reason, r.rejected_at, a.act, a.acted_at, a.acted_by, a.reason"+
			q.rejectionsOf(worker)+where+" ORDER BY r.rejected_at, r.topic, r.part, r.log_offset", args, func(row scanner) error {
			r := gremio.RejectedRecord{Worker: worker, State: gremio.RejectionOpen}
			var at int64
			var act, by, reason sql.NullString
			var acted sql.NullInt64
			if err := row.Scan(&r.At.Topic, &r.At.Partition, &r.At.Offset, &r.ID, &r.Type, &r.Key, &r.Reason, &at, &act, &acted, &by, &reason); err != nil {
				return err
			}
			r.Position, r.RejectedAt = r.At.String(), instant(at)
			r.ActedAt, r.ActedBy, r.ActReason = instantOrNil(acted), by.String, reason.String
			if act.Valid {
				r.State = act.String
			}
			list = append(list, r)
			return nil
		})
	return list, err
}

// OpenRejections counts what worker has rejected and nobody has done anything about.
func (q queries) OpenRejections(ctx context.Context, worker string) (n int64, err error) {
	_, err = q.one(ctx, "count rejections", "SELECT COUNT(*)"+q.rejectionsOf(worker)+" WHERE a.act IS NULL", []any{worker}, &n)
	return n, err
}

// AddRejectionActs notes what was done about rejected records. The first act about one stays.
func (t *Tx) AddRejectionActs(ctx context.Context, acts []gremio.RejectionAct) error {
	rows := make([][]any, len(acts))
	for i, a := range acts {
		rows[i] = []any{a.Worker, string(a.At.Topic), a.At.Partition, a.At.Offset, a.Act, micros(a.Time), clip(a.By), a.Reason}
	}
	return t.insertMany(ctx, "note what became of rejections",
		t.d.ignore+"rejection_acts (worker, topic, part, log_offset, act, acted_at, acted_by, reason) VALUES", "", rows)
}

// NoteRejectionActs is AddRejectionActs in a transaction of its own.
func (s *Store) NoteRejectionActs(ctx context.Context, acts []gremio.RejectionAct) error {
	return s.Update(ctx, func(tx *Tx) error { return tx.AddRejectionActs(ctx, acts) })
}
