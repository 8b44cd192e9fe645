package work

import (
	"context"
	"time"

	"gremio"
)

// A Queue holds back what a record asks for until everything is applied that the
// log held when the record was there.
type Queue[T Tx] struct {
	// First returns the ids of those that wait, the first first, at most limit.
	First func(ctx context.Context, tx T, now time.Time, limit int) (ids []string, atOnce bool, err error)
	// Serve does what they wait for. Those that wait no longer it passes over.
	Serve func(ctx context.Context, tx T, ids []string, now time.Time) (Outcome, error)
	// Portion is how many are served in one transaction.
	Portion int
}

// A turn is those whom the queue serves next, and where the topic ended when
// they were seen in the database: whatever lies before came before them, or
// together with them.
type turn struct {
	ids  []string
	ends map[int32]int64 // nil: nothing to wait for
}

// serve serves the queue while this process leads.
func (l *Loop[T]) serve(ctx context.Context) {
	var next *turn
	everySecond(ctx, func() {
		if l.leader() == nil {
			next = nil // whoever leads now begins by itself
			return
		}
		for more := true; more && ctx.Err() == nil; {
			var err error
			if next, more, err = l.serveNext(ctx, next); err != nil && ctx.Err() == nil {
				l.Logger.Warn("worker keeps its queue waiting", "worker", l.Worker.Name, "because", err)
				l.fenced(l.Worker.Topics[0], err)
			}
		}
	})
}

// serveNext brings the queue one step further and returns the turn that is next,
// and whether to go on at once. It sees who waits before it asks where the topic
// ends, in this order: a record that the log had before one of them is below
// those ends.
func (l *Loop[T]) serveNext(ctx context.Context, next *turn) (_ *turn, more bool, err error) {
	if next == nil {
		if next, err = l.nextTurn(ctx); next == nil || err != nil {
			return nil, false, err
		}
	}
	if next.ends != nil {
		offsets, err := l.Store.Offsets(ctx, l.Worker.Name)
		if err != nil {
			return next, false, err
		}
		if !gremio.Reached(offsets, l.Worker.Topics[0], next.ends) {
			now, err := l.nextTurn(ctx) // perhaps nothing need be waited for any more
			if err != nil || now == nil || now.ends != nil {
				return next, false, err
			}
			next = now
		}
	}
	if l.Worker.Before != nil { // the queue goes behind what any other batch goes behind
		if err := l.Worker.Before(ctx, gremio.SpecialPartition+1); err != nil {
			return next, false, err
		}
	}
	if err := l.serveTurn(ctx, next.ids); err != nil {
		return next, false, l.serveEach(ctx, next.ids, err)
	}
	return nil, true, nil
}

// serveEach serves ids one by one after they failed together, so that one that
// trips over a defect of ours holds up no other. It returns the last failure.
func (l *Loop[T]) serveEach(ctx context.Context, ids []string, failed error) error {
	switch gremio.KindOf(failed) {
	case gremio.Fenced, gremio.Forbidden, gremio.Unavailable:
		return failed // nobody's fault among them
	}
	for _, id := range ids {
		if err := l.serveTurn(ctx, []string{id}); err != nil {
			failed = err
		}
	}
	return failed
}

func (l *Loop[T]) nextTurn(ctx context.Context) (*turn, error) {
	var next turn
	var atOnce bool
	err := l.Store.Update(ctx, func(tx T) (err error) {
		next.ids, atOnce, err = l.Worker.Queue.First(ctx, tx, gremio.Instant(l.Now()), l.Worker.Queue.Portion)
		if err == nil {
			err = errNothing
		}
		return err
	})
	if err != errNothing || len(next.ids) == 0 {
		if err == errNothing {
			err = nil
		}
		return nil, err
	}
	if !atOnce {
		if next.ends, err = l.Log.Ends(ctx, l.Worker.Topics[0]); err != nil {
			return nil, err
		}
	}
	return &next, nil
}

// serveTurn serves ids in one transaction.
func (l *Loop[T]) serveTurn(ctx context.Context, ids []string) error {
	now := gremio.Instant(l.Now())
	return l.lead(ctx, "turn", now, func(tx T) (Outcome, error) { return l.Worker.Queue.Serve(ctx, tx, ids, now) })
}
