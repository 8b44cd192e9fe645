package store

import (
	"context"
	"slices"
	"time"

	"gremio"
)

// KeepOlder keeps, of the tables in use, the rows that came from records which
// the log no longer has: those below the start of a partition of starts, received
// before. It returns how many rows it kept. It comes before the log is applied:
// a record that is there may repeat one that is not.
func (r *Rebuild) KeepOlder(ctx context.Context, starts []gremio.LogPartition, before time.Time) (rows int64, err error) {
	err = r.Update(ctx, func(tx *Tx) error {
		rows = 0
		keep := func(table, columns, where string, args ...any) error {
			n, err := tx.exec(ctx, "keep older rows", tx.d.ignore+"{"+table+"} ("+columns+") SELECT "+columns+" FROM "+table+" WHERE "+where, args...)
			rows += n
			return err
		}
		for _, p := range starts {
			lost := []any{string(p.Topic), p.Number, p.Start}
			if err := keep(r.worker+"_ids", "id_key, event_id, digest, topic, part, log_offset, applied_at", "topic = ? AND part = ? AND log_offset >= 0 AND log_offset < ?", lost...); err != nil {
				return err
			}
			if err := keep(r.worker+"_rejections", "topic, part, log_offset, event_id, event_type, reason, record_key, rejected_at", "topic = ? AND part = ? AND log_offset < ?", lost...); err != nil {
				return err
			}
		}
		if r.worker != "positions" {
			return nil // the other topics are kept for ever
		}
		// What was decided because of a fix bears its time, and may be the first that
		// the log still has: the fix is gone then.
		if err := keep("track", trackColumns, "received_at <= ?", micros(before)); err != nil {
			return err
		}
		if err := keep("tracking_marks", "plate, marked_at, kind", "marked_at < ?", micros(before)); err != nil {
			return err
		}
		if err := keep("sightings", "sighting_id, plate, note, seen_at, "+placeColumns, "seen_at < ?", micros(before)); err != nil {
			return err
		}
		return keep("phone_paces", paceColumns, "decided_at < ?", micros(before))
	})
	return rows, err
}

// CompleteOlder adds to the new tables, once the log is applied, what only the
// old tables know of carts and of take-in before then.
func (r *Rebuild) CompleteOlder(ctx context.Context, before time.Time) (rows int64, err error) {
	if r.worker != "positions" {
		return 0, nil
	}
	err = r.Update(ctx, func(tx *Tx) error {
		if rows, err = r.keepCarts(ctx, tx, before); err != nil {
			return err
		}
		return r.keepSpans(ctx, tx, before)
	})
	return rows, err
}

// heldOfAnyVersion matches the keys of decisions to hold an application.
const heldOfAnyVersion = "gremio.application.held.v%"

// KeepUntold keeps from the tables in use what the log does not tell because the
// gremio that decided it did not say: why an application waits, of those that were
// sent in before application.held. It returns how many rows it kept.
func (r *Rebuild) KeepUntold(ctx context.Context) (rows int64, err error) {
	if r.worker != "members" {
		return 0, nil
	}
	told := map[string]bool{}
	err = r.each(ctx, "look for decisions to hold", "SELECT id_key FROM {members_ids} WHERE id_key LIKE ?", []any{heldOfAnyVersion}, func(row scanner) error {
		var key string
		err := row.Scan(&key)
		told[key] = true
		return err
	})
	if err != nil {
		return 0, err
	}
	was, err := r.live.reasons(ctx)
	if err != nil {
		return 0, err
	}
	is, err := r.reasons(ctx)
	if err != nil {
		return 0, err
	}
	err = r.Update(ctx, func(tx *Tx) error {
		rows = 0
		for id, reasons := range is {
			before, known := was[id]
			if !known || before == reasons || slices.ContainsFunc(gremio.HeldKeys(id), func(key string) bool { return told[key] }) {
				continue
			}
			if _, err := tx.exec(ctx, "keep why an application waits", "UPDATE {applications} SET reasons = ? WHERE application_id = ?", before, id); err != nil {
				return err
			}
			rows++
		}
		return nil
	})
	return rows, err
}

// reasons returns why each application waited, as it is stored.
func (q queries) reasons(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	err := q.each(ctx, "read why applications wait", "SELECT application_id, reasons FROM {applications}", nil, func(row scanner) error {
		var id, reasons string
		err := row.Scan(&id, &reasons)
		all[id] = reasons
		return err
	})
	return all, err
}

// keepCarts completes what the log tells of carts by what only the old tables
// know, and returns how many carts the log does not know at all.
func (r *Rebuild) keepCarts(ctx context.Context, tx *Tx, before time.Time) (added int64, err error) {
	old, err := r.live.cartRecords(ctx, "first_named_at < ?", []any{micros(before)})
	if err != nil {
		return 0, err
	}
	now, err := tx.cartRecords(ctx, "1 = 1", nil)
	if err != nil {
		return 0, err
	}
	var carts []*gremio.CartRecord
	for id, was := range old {
		is := now[id]
		if is == nil {
			added++
			carts = append(carts, was)
			continue
		}
		complete(is, was)
		carts = append(carts, is)
	}
	return added, tx.SaveCarts(ctx, carts)
}

// complete adds to what the log tells of a cart what was known of it: the newest
// of each counts.
func complete(is, was *gremio.CartRecord) {
	if was.FirstNamedAt.Before(is.FirstNamedAt) {
		is.FirstNamedAt = was.FirstNamedAt
	}
	if is.Battery == nil {
		is.Battery = was.Battery
	}
	if was.FixedAt != nil && is.Moves(*was.FixedAt) {
		is.Place, is.FixedAt, is.PlacedBySale = was.Place, was.FixedAt, was.PlacedBySale
		is.Accuracy, is.Speed, is.Heading = was.Accuracy, was.Speed, was.Heading
	}
	if was.HeardAt != nil && (is.HeardAt == nil || !is.HeardAt.After(*was.HeardAt)) {
		is.HeardAt, is.MissedAlert = was.HeardAt, was.MissedAlert
	}
	if was.PausedAt != nil {
		is.Pause(*was.PausedAt)
	}
	if was.ShiftStartedAt != nil {
		is.StartShift(*was.ShiftStartedAt)
	}
	if was.ShiftEndedAt != nil {
		is.EndShift(*was.ShiftEndedAt, was.ShiftEndedBy)
	}
	is.Settle()
}

func (q queries) cartRecords(ctx context.Context, where string, args []any) (map[string]*gremio.CartRecord, error) {
	all := map[string]*gremio.CartRecord{}
	err := q.each(ctx, "read carts", "SELECT "+cartColumns+" FROM {positions} WHERE "+where, args, func(row scanner) error {
		c, err := scanCart(row)
		all[c.CartID] = &c
		return err
	})
	return all, err
}

// keepSpans keeps when take-in was up before the log's start.
func (r *Rebuild) keepSpans(ctx context.Context, tx *Tx, before time.Time) error {
	spans, err := r.live.intakeSpans(ctx, "started_at < ?", []any{micros(before)})
	if err != nil || len(spans) == 0 {
		return err
	}
	now, err := tx.intakeSpans(ctx, "1 = 1", nil)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "keep older spans", "DELETE FROM {intake_spans}"); err != nil {
		return err
	}
	var rows [][]any
	for _, s := range gremio.AddIntake(append(spans, now...), nil) {
		rows = append(rows, []any{micros(s.Start), micros(s.End)})
	}
	return tx.insertMany(ctx, "keep older spans", "INSERT INTO {intake_spans} (started_at, ended_at) VALUES", "", rows)
}
