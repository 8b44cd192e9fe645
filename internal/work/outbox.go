package work

import (
	"context"
	"time"

	"gremio"
)

// publish moves the outbox to the topics, in order, while this process leads.
// A crash between the two ends repeats records under the same ids.
func (l *Loop[T]) publish(ctx context.Context) {
	ticker := time.NewTicker(outboxEvery)
	defer ticker.Stop()
	wait := backOff{least: 100 * time.Millisecond, most: 5 * time.Second}
	took := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.outbox:
		case <-ticker.C:
		}
		if l.leader() == nil {
			took = false
			continue
		}
		var err error
		if !took {
			// What the log refused is tried once more by every new leader: the log's
			// limit may be another by now.
			err = l.Store.Update(ctx, func(tx T) error { _, err := tx.RetryOutbox(ctx, l.Worker.Name); return err })
			took = err == nil
		}
		if err == nil {
			err = l.publishAll(ctx)
		}
		if err != nil && ctx.Err() == nil {
			l.Logger.Warn("worker keeps its outbox for now", "worker", l.Worker.Name, "because", err)
			wait.sleep(ctx)
			continue
		}
		wait.reset()
	}
}

func (l *Loop[T]) publishAll(ctx context.Context) error {
	const most = 500
	for {
		rows, err := l.Store.Outbox(ctx, l.Worker.Name, most)
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := l.publishRows(ctx, rows); err != nil {
			return err
		}
		if len(rows) < most {
			return nil
		}
	}
}

// publishRows puts rows on their topics and takes those out of the outbox that
// the log has, whatever became of the others.
func (l *Loop[T]) publishRows(ctx context.Context, rows []gremio.Outgoing) error {
	fates := l.Log.ProduceEach(ctx, rows)
	point("published")
	var kept []int64
	var invalid []gremio.Outgoing
	var failed error
	for i, r := range rows {
		switch {
		case fates[i] == nil:
			kept = append(kept, r.ID)
		case gremio.KindOf(fates[i]) == gremio.Invalid:
			invalid = append(invalid, r)
		default:
			failed = fates[i]
		}
	}
	if len(kept) > 0 {
		if err := l.Store.Update(ctx, func(tx T) error { return tx.DeleteOutbox(ctx, kept) }); err != nil {
			return err
		}
	}
	if failed != nil {
		return failed
	}
	for _, r := range invalid {
		if len(rows) > 1 { // the fault may be one's that it was sent with
			if err := l.publishRows(ctx, []gremio.Outgoing{r}); err != nil {
				return err
			}
		} else if err := l.refuse(ctx, r, fates[0]); err != nil {
			return err
		}
	}
	return nil
}

// refuse sets a row aside that the log will not take as it is, and tells the
// desk: nothing else would ever come of it, and it holds nothing up.
func (l *Loop[T]) refuse(ctx context.Context, r gremio.Outgoing, because error) error {
	now := gremio.Instant(l.Now())
	l.Logger.Error("the log refuses a derived event; it is set aside", "worker", l.Worker.Name, "topic", r.Topic, "outbox_id", r.ID,
		"bytes", len(r.Value), "because", because)
	return l.Store.Update(ctx, func(tx T) error {
		if err := tx.RefuseOutbox(ctx, r.ID, because.Error(), now); err != nil {
			return err
		}
		if r.Topic == gremio.TopicAlerts {
			return nil // what tells of it would be refused as well; the metric does
		}
		return tx.AddOutbox(ctx, l.Worker.Name, []gremio.Event{gremio.RefusedAlert(l.Worker.Name, r, because, now)})
	})
}

func (l *Loop[T]) wakeOutbox() {
	select {
	case l.outbox <- struct{}{}:
	default: // it is awake already
	}
}
