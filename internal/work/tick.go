package work

import (
	"context"
	"time"

	"gremio"
)

// tick runs the worker's Tick once a second while this process leads.
func (l *Loop[T]) tick(ctx context.Context) {
	everySecond(ctx, func() {
		if l.leader() == nil {
			return
		}
		if err := l.tickOnce(ctx); err != nil && ctx.Err() == nil {
			l.Logger.Warn("worker leaves out a tick", "worker", l.Worker.Name, "because", err)
			l.fenced(l.Worker.Topics[0], err)
		}
	})
}

// everySecond calls do once a second until ctx ends.
func everySecond(ctx context.Context, do func()) {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		do()
	}
}

// tickOnce judges the world at now, after everything that the log held at now
// is applied: a tick that runs behind would take what it has not read yet for
// silence.
func (l *Loop[T]) tickOnce(ctx context.Context) error {
	now := gremio.Instant(l.Now())
	ends, err := l.Log.Ends(ctx, l.Worker.Topics[0])
	if err != nil {
		return err
	}
	caughtUp, err := l.appliedUpTo(ctx, l.Worker.Topics[0], ends)
	if err != nil || !caughtUp {
		return err
	}
	return l.lead(ctx, "tick", now, func(tx T) (Outcome, error) {
		done, err := l.Worker.Tick(ctx, tx, now)
		if err == nil && len(done.Derived) == 0 && len(done.Kept) == 0 {
			err = errNothing
		}
		return done, err
	})
}

// lead decides in one transaction of partition 0, under its fence, if this
// process still leads. at is the point where the torture may stop it.
func (l *Loop[T]) lead(ctx context.Context, at string, now time.Time, decide func(tx T) (Outcome, error)) error {
	p := l.leader()
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	point(at)
	var done Outcome
	err := l.Store.Update(ctx, func(tx T) (err error) {
		if err := tx.Advance(ctx, l.Worker.Name, p.offset, p.offset.Next, now); err != nil {
			return err
		}
		if done, err = l.safely(func() (Outcome, error) { return decide(tx) }); err != nil {
			return err
		}
		return l.finish(ctx, tx, &done, nil, now)
	})
	if err == errNothing {
		return nil
	}
	if err == nil {
		l.after(done)
	}
	return err
}

// errNothing rolls a tick back that decided nothing, which spares a write a second.
var errNothing = gremio.Errorf(gremio.Conflict, "nothing to decide")

// appliedUpTo reports whether the database has every partition of topic up to
// ends. It waits a little, for the end moves on while records come.
func (l *Loop[T]) appliedUpTo(ctx context.Context, topic gremio.Topic, ends map[int32]int64) (bool, error) {
	for wait := 0; wait < 100; wait++ {
		offsets, err := l.Store.Offsets(ctx, l.Worker.Name)
		if err != nil {
			return false, err
		}
		if gremio.Reached(offsets, topic, ends) {
			return true, nil
		}
		if !sleep(ctx, 10*time.Millisecond) {
			return false, ctx.Err()
		}
	}
	return false, nil
}

// WaitForPartition waits until the worker has applied partition number of its
// own topic up to where it ends now. It is a Before for batches that another
// lane goes ahead of.
func (l *Loop[T]) WaitForPartition(ctx context.Context, number int32) error {
	topic := l.Worker.Topics[0]
	wait := backOff{least: 5 * time.Millisecond, most: 100 * time.Millisecond}
	ends := map[int32]int64(nil)
	for ctx.Err() == nil {
		if ends == nil {
			all, err := l.Log.Ends(ctx, topic)
			if err == nil {
				ends = map[int32]int64{number: all[number]}
			}
		}
		if ends != nil {
			offsets, err := l.Store.Offsets(ctx, l.Worker.Name)
			if err == nil && gremio.Reached(offsets, topic, ends) {
				return nil
			}
		}
		wait.sleep(ctx)
	}
	return ctx.Err()
}
