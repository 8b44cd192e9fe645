package work

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"gremio"
)

// apply takes records of one partition through as many transactions as it
// needs. It returns nil when all are applied or rejected.
func (l *Loop[T]) apply(ctx context.Context, topic gremio.Topic, number int32, records []gremio.Record) error {
	p := l.part(topic, number)
	if p == nil {
		return nil // taken away meanwhile; the next owner has them
	}
	most := maxBatch
	if l.Worker.MaxBatch != nil {
		most = l.Worker.MaxBatch(number)
	}
	for len(records) > 0 {
		n := min(len(records), most)
		if l.Worker.Before != nil {
			if err := l.Worker.Before(ctx, number); err != nil {
				return err
			}
		}
		if err := l.batch(ctx, p, records[:n]); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// batch applies records in one transaction and waits out what passes.
func (l *Loop[T]) batch(ctx context.Context, p *partition, records []gremio.Record) error {
	wait := backOff{least: 50 * time.Millisecond, most: 5 * time.Second}
	for {
		err := l.transact(ctx, p, records)
		if err == nil || gremio.KindOf(err) != gremio.Unavailable {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		l.Metrics.Retries.WithLabelValues(l.Worker.Name).Inc()
		l.Logger.Warn("worker tries its batch again", "worker", l.Worker.Name, "topic", records[0].Topic,
			"partition", records[0].Partition, "records", len(records), "because", err)
		wait.sleep(ctx)
	}
}

// transact applies records in one transaction, in pieces, so that one that fails
// takes little with it.
func (l *Loop[T]) transact(ctx context.Context, p *partition, records []gremio.Record) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	records = notBefore(records, p.offset.Next)
	if len(records) == 0 {
		return nil
	}
	if err := l.whole(p, records); err != nil {
		return err
	}
	point("batch")
	began := l.Now()
	next := records[len(records)-1].Offset + 1
	var done applied
	err := l.Store.Update(ctx, func(tx T) error {
		if err := tx.Advance(ctx, l.Worker.Name, p.offset, next, began); err != nil {
			return err
		}
		done = applied{}
		for piece := range slices.Chunk(records, pieceSize) {
			if err := l.piece(ctx, tx, piece, began, &done); err != nil {
				return err
			}
		}
		point("transaction")
		return nil
	})
	if err != nil {
		return err
	}
	point("committed")
	p.offset.Next = next
	l.Metrics.observe(l.Worker.Name, records, done.fresh, done.Outcome, l.Now().Sub(began))
	l.after(done.Outcome)
	return nil
}

// pieceSize is how many records a failure undoes at most.
const pieceSize = 1000

// What a transaction has applied so far.
type applied struct {
	Outcome
	fresh int // records that were not passed over
}

// piece applies records behind a savepoint of the transaction. If they fail for
// a reason that is one record's, it halves them to find that record, and rejects
// it. What passes, and what needs a person, fails the transaction.
func (l *Loop[T]) piece(ctx context.Context, tx T, records []gremio.Record, now time.Time, done *applied) error {
	err := l.attempt(ctx, tx, records, nil, now, done)
	if err != nil && len(records) == 1 && gremio.KindOf(err) == gremio.Conflict {
		err = l.attempt(ctx, tx, records, nil, now, done) // another may have inserted the same row meanwhile; now it is seen
	}
	if err == nil {
		return nil
	}
	switch gremio.KindOf(err) {
	case gremio.Fenced, gremio.Forbidden, gremio.Unavailable:
		return err // no record's fault
	}
	if len(records) == 1 {
		l.Logger.Error("worker rejects a record", "worker", l.Worker.Name, "at", records[0].LogPosition.String(), "because", err)
		return l.attempt(ctx, tx, records, err, now, done)
	}
	half := len(records) / 2
	if err := l.piece(ctx, tx, records[:half], now, done); err != nil {
		return err
	}
	return l.piece(ctx, tx, records[half:], now, done)
}

// attempt applies records, or rejects them all with rejectAll; an error leaves
// the transaction as it was.
func (l *Loop[T]) attempt(ctx context.Context, tx T, records []gremio.Record, rejectAll error, now time.Time, all *applied) error {
	var done Outcome
	var fresh int
	err := tx.Savepoint(ctx, func() error {
		batch, ids, rejected, err := l.sift(ctx, tx, records, rejectAll)
		if err != nil {
			return err
		}
		fresh, done = len(batch), Outcome{}
		if len(batch) > 0 {
			if done, err = l.safely(func() (Outcome, error) { return l.Worker.Apply(ctx, tx, batch) }); err != nil {
				return err
			}
		}
		answered := len(done.Rejected)
		done.Rejected = append(rejected, done.Rejected...)
		if err := l.finish(ctx, tx, &done, ids, now); err != nil {
			return err
		}
		return l.ring(ctx, tx, done.Rejected, answered, now)
	})
	if err != nil {
		return err
	}
	all.fresh += fresh
	all.Derived = append(all.Derived, done.Derived...)
	all.Rejected = append(all.Rejected, done.Rejected...)
	all.Notices = append(all.Notices, done.Notices...)
	all.Kept = append(all.Kept, done.Kept...)
	return nil
}

// finish writes what every transaction of a worker ends with: rejections, ids
// and the outbox, the records for rechazados among it.
func (l *Loop[T]) finish(ctx context.Context, tx T, done *Outcome, ids []gremio.AppliedID, now time.Time) error {
	refused := map[gremio.LogPosition]bool{}
	if l.replay {
		done.Derived = nil // it was published when it was decided,
		done.Notices = nil // and told
	}
	for i := range done.Rejected {
		r := &done.Rejected[i]
		r.Reason = gremio.BoundedReason(r.Reason)
		refused[r.Record.LogPosition] = true
		if l.replay {
			continue
		}
		done.Derived = append(done.Derived, l.rejectedEvent(*r, now))
	}
	keep := ids[:0:0]
	for _, id := range ids {
		if !refused[id.At] {
			keep = append(keep, id)
		}
	}
	// What the worker decides here comes back to it on its own topic; it is
	// applied already.
	for i := range done.Derived {
		e := &done.Derived[i]
		if e.Digest == "" {
			e.Digest = gremio.DigestOf(e.Data)
		}
		if l.types[e.Type()] {
			keep = append(keep, gremio.AppliedID{Key: e.Key(), ID: e.ID, Digest: e.Digest, Time: e.Time, At: gremio.LogPosition{Topic: e.Topic(), Offset: -1}})
		}
	}
	if err := tx.AddRejections(ctx, l.Worker.Name, done.Rejected, now); err != nil {
		return err
	}
	if err := tx.AddAppliedIDs(ctx, l.Worker.Name, keep); err != nil {
		return err
	}
	if err := tx.AddNotices(ctx, l.Worker.Name, l.wanted(done.Notices)); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, l.Worker.Name, done.Derived)
}

// sift leaves of records those that Apply must see: valid, of the worker's
// types, and not applied before. A repeat of an applied id is passed over; the
// same id with other content is rejected, for the first in the log wins.
func (l *Loop[T]) sift(ctx context.Context, tx T, records []gremio.Record, rejectAll error) (batch []gremio.Record, ids []gremio.AppliedID, rejected []gremio.Rejection, err error) {
	var keys []string
	for _, r := range records {
		if r.Err == nil && l.types[r.Event.Type()] && hasID(r.Event) {
			keys = append(keys, r.Event.Key())
		}
	}
	seen, err := tx.AppliedIDs(ctx, l.Worker.Name, keys)
	if err != nil {
		return nil, nil, nil, err
	}
	var returned []gremio.AppliedID // derived by this worker, and here they lie
	var before map[gremio.LogPosition]gremio.Rejection
	if l.known != nil {
		if before, err = l.known(ctx, records); err != nil {
			return nil, nil, nil, err
		}
	}
	for _, r := range records {
		switch known, ok := before[r.LogPosition]; {
		case ok:
			known.Record = r
			rejected = append(rejected, known)
			continue
		case rejectAll != nil:
			rejected = append(rejected, gremio.Rejection{Record: r, Reason: rejectAll.Error()})
			continue
		case r.Err != nil:
			rejected = append(rejected, gremio.Rejection{Record: r, Reason: r.Err.Error()})
			continue
		case !l.types[r.Event.Type()]:
			continue
		case !hasID(r.Event):
			batch = append(batch, r)
			continue
		}
		id := gremio.AppliedID{Key: r.Event.Key(), ID: r.Event.ID, Digest: r.Event.Digest, Time: r.Event.Time, At: r.LogPosition}
		if before, ok := seen[id.Key]; ok {
			switch {
			case before.Digest != id.Digest:
				rejected = append(rejected, gremio.Rejection{Record: r, Reason: gremio.IDReused + id.ID + " named other content at " + before.At.String()})
			case before.At.Offset < 0:
				returned = append(returned, id)
				seen[id.Key] = id
			}
			continue
		}
		seen[id.Key] = id
		ids = append(ids, id)
		batch = append(batch, r)
	}
	return batch, ids, rejected, tx.PlaceAppliedIDs(ctx, l.Worker.Name, returned)
}

// hasID reports whether the event is known by its id. A sign of take-in is known
// by nothing but its time; a position by plate and fix time, and by its id too
// when the client gave one, which its digest says.
func hasID(e gremio.Event) bool {
	switch e.Type() {
	case gremio.TypeIntakeAlive:
		return false
	case gremio.TypePositionReported:
		return e.Digest != ""
	}
	return true
}

func (l *Loop[T]) rejectedEvent(r gremio.Rejection, now time.Time) gremio.Event {
	rec := r.Record
	id := gremio.DerivedID("rejected", l.Worker.Name+" "+rec.LogPosition.String())
	return gremio.Event{
		ID: id, Source: "/worker/" + l.Worker.Name, Subject: id, Time: gremio.Instant(now),
		Data: gremio.CopyRejected(l.Worker.Name, r, now),
	}
}

// safely turns a panic into an error, so that one record that trips over a
// defect of ours is rejected instead of stopping the rest.
func (l *Loop[T]) safely(fn func() (Outcome, error)) (done Outcome, err error) {
	defer func() {
		if r := recover(); r != nil {
			l.Logger.Error("worker panicked", "worker", l.Worker.Name, "panic", r, "stack", string(debug.Stack()))
			err = gremio.Errorf(gremio.Internal, "panic: %v", fmt.Sprint(r))
		}
	}()
	return fn()
}

// notBefore drops the records below offset next.
func notBefore(records []gremio.Record, next int64) []gremio.Record {
	for len(records) > 0 && records[0].Offset < next {
		records = records[1:]
	}
	return records
}

// after counts what a transaction led to, and wakes what waits for derived events.
func (l *Loop[T]) after(done Outcome) {
	if !l.replay {
		for _, count := range done.Kept {
			count()
		}
	}
	if len(done.Derived) == 0 {
		return
	}
	if l.Worker.After != nil {
		l.Worker.After(done.Derived)
	}
	l.wakeOutbox()
}

// Oldest returns the time of receipt of the oldest event of batch.
func Oldest(batch []gremio.Record) time.Time {
	oldest := batch[0].Event.Time
	for _, rec := range batch[1:] {
		if rec.Event.Time.Before(oldest) {
			oldest = rec.Event.Time
		}
	}
	return oldest
}
