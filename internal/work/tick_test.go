package work_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"gremio"
	"gremio/internal/store"
	"gremio/internal/work"
	"gremio/internal/work/sales"
)

func TestOutboxKeepsItsOrder(t *testing.T) {
	inGuild(t, func(g *guild) {
		const events = 1300 // more than one round of the outbox
		w := worker(sales.Name, nil)
		plain := w.Apply
		w.Apply = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			done, err := plain(ctx, tx, batch)
			done.Derived = nil
			for _, r := range batch {
				done.Derived = append(done.Derived, gremio.Event{ID: "alert of " + r.Event.ID, Source: "/worker/sales", Subject: "one key", Time: r.Event.Time,
					Data: gremio.AlertRaised{Alert: r.Event.ID, Kind: gremio.AlertSighting, Severity: gremio.SeverityInfo, RaisedAt: r.Event.Time}})
			}
			return done, err
		}
		var told atomic.Int64
		w.After = func(derived []gremio.Event) { told.Add(int64(len(derived))) }
		var all []gremio.Event
		for i := range events {
			all = append(all, g.sale("A", fmt.Sprintf("%04d", i), 1))
		}
		g.append(all...)
		r := g.run(g.loop(w))
		g.settle(w)
		g.must(r.stop())
		derived := g.read(gremio.TopicAlerts)
		if len(derived) != events || told.Load() != events {
			t.Fatalf("%d of %d are on the log, After was told of %d", len(derived), events, told.Load())
		}
		for i, rec := range derived {
			if want := fmt.Sprintf("alert of %04d", i); rec.Event.ID != want {
				t.Fatalf("at %d lies %q, want %q", i, rec.Event.ID, want)
			}
			if rec.Event.Digest == "" {
				t.Fatalf("%s has no digest: a repeat could not be told from another", rec.Event.ID)
			}
		}
	})
}
