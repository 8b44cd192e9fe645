package work_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
	"gremio/internal/work"
	"gremio/internal/work/alerts"
	"gremio/internal/work/sales"
)

// One record that no attempt can apply never stops the rest.
func TestPoisonIsFoundAndRejected(t *testing.T) {
	for what, fail := range map[string]func() error{
		"error": func() error { return gremio.Errorf(gremio.Internal, "cannot take this one") },
		"panic": func() error { panic("cannot take this one") },
		"wrong": func() error { return gremio.Errorf(gremio.Invalid, "cannot take this one") },
	} {
		t.Run(what, func(t *testing.T) {
			inGuild(t, func(g *guild) {
				w := worker(sales.Name, nil)
				apply := w.Apply
				var tries atomic.Int64
				w.Apply = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
					tries.Add(1)
					done, err := apply(ctx, tx, batch) // what it writes before it fails must not stay
					if err == nil && slices.ContainsFunc(batch, func(r gremio.Record) bool { return r.Event.ID == "poison" }) {
						err = fail()
					}
					return done, err
				}
				var events []gremio.Event
				for i := range 500 {
					id := fmt.Sprint(i)
					if i == 321 {
						id = "poison"
					}
					events = append(events, g.sale("A", id, 1))
				}
				at := g.append(events...)
				r := g.run(g.loop(w))
				g.settle(w)
				g.must(r.stop())
				sold := g.sold()
				if _, there := sold["A:poison"]; there || len(sold) != 499 {
					t.Errorf("%d sales are kept, the poison among them: %v", len(sold), there)
				}
				if n := tries.Load(); n > 60 {
					t.Errorf("it took %d batches to find one of 500", n)
				}
				reason, rejected, err := g.store.RejectionAt(g.ctx, sales.Name, at[321])
				if err != nil || !rejected || !strings.Contains(reason, "cannot take this one") {
					t.Errorf("rejected %v because of %q, %v", rejected, reason, err)
				}
				if all := g.rejected(); len(all) != 1 || all[0].Offset != at[321].Offset || all[0].Headers[gremio.HeaderID] != "poison" {
					t.Errorf("rechazados: %+v", all)
				}
			})
		})
	}
}

// What passes is waited out: nothing is rejected because the database was away.
func TestUnavailableIsWaitedOut(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(sales.Name, nil)
		apply := w.Apply
		back := time.Now().Add(3 * time.Minute)
		w.Apply = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			if time.Now().Before(back) {
				return work.Outcome{}, gremio.Errorf(gremio.Unavailable, "the database is away")
			}
			return apply(ctx, tx, batch)
		}
		for i := range 20 {
			g.append(g.sale(gremio.Plate(fmt.Sprint(i%4)), fmt.Sprint(i), 1))
		}
		r := g.run(g.loop(w))
		time.Sleep(2 * time.Minute)
		if sold := g.sold(); len(sold) != 0 {
			t.Errorf("%d sales are there while the database is away", len(sold))
		}
		time.Sleep(70 * time.Second)
		g.settle(w)
		g.must(r.stop())
		if sold := g.sold(); len(sold) != 20 {
			t.Errorf("%d sales are kept, want 20", len(sold))
		}
		g.nothingRejected()
	})
}

func TestInvalidRecordsGoToRechazados(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(sales.Name, nil)
		good := g.sale("A", "good", 1)
		good.Time = g.now()
		record := func(change func(*gremio.Outgoing)) gremio.Outgoing {
			out, err := good.Outgoing()
			g.must(err)
			change(&out)
			return out
		}
		spoilt := []gremio.Outgoing{
			record(func(o *gremio.Outgoing) { o.Headers = nil }),
			record(func(o *gremio.Outgoing) { o.Value = []byte("\xff\xfe not JSON") }),
			record(func(o *gremio.Outgoing) { o.Value = nil }),
			record(func(o *gremio.Outgoing) { o.Value = []byte(`{"plate":"A","units":0,"time":"2000-01-01T12:00:00Z"}`) }),
			record(func(o *gremio.Outgoing) {
				o.Headers = slices.Concat(o.Headers, [][2]string{{gremio.HeaderType, "gremio.sale.recorded.v9"}})
			}),
			record(func(o *gremio.Outgoing) {
				o.Headers = slices.Concat(o.Headers, [][2]string{{gremio.HeaderID, strings.Repeat("x", 5000)}, {gremio.HeaderTime, "never"}})
			}),
		}
		g.produce(spoilt...)
		g.append(good)
		r := g.run(g.loop(w))
		g.settle(w)
		g.must(r.stop())
		if sold := g.sold(); len(sold) != 1 {
			t.Errorf("%d sales are kept, want the good one", len(sold))
		}
		all := g.rejected()
		if len(all) != len(spoilt) {
			t.Fatalf("%d of %d lie on rechazados: %+v", len(all), len(spoilt), all)
		}
		slices.SortFunc(all, func(a, b gremio.RecordRejected) int { return int(a.Offset - b.Offset) })
		for i, got := range all {
			if got.Worker != sales.Name || got.Topic != gremio.TopicSales || got.Reason == "" || got.Key != "A" || string(got.Value) != string(spoilt[i].Value) {
				t.Errorf("record %d is rejected as %+v", i, got)
			}
			for _, h := range spoilt[i].Headers[max(0, len(spoilt[i].Headers)-1):] {
				if got.Headers[h[0]] != h[1] {
					t.Errorf("record %d: header %s is %.40q, want %.40q", i, h[0], got.Headers[h[0]], h[1])
				}
			}
			at := gremio.LogPosition{Topic: got.Topic, Partition: got.Partition, Offset: got.Offset}
			if reason, rejected, err := g.store.RejectionAt(g.ctx, sales.Name, at); err != nil || !rejected || reason != got.Reason {
				t.Errorf("record %d is noted as %q, %v, %v", i, reason, rejected, err)
			}
		}
	})
}

// What a worker decides comes back to it on its own topic and is applied already.
func TestDerivedEventsAreNotAppliedTwice(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(alerts.Name, nil)
		var closed atomic.Int64
		apply := w.Apply
		w.Apply = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			done, err := apply(ctx, tx, batch)
			for _, r := range batch {
				switch d := r.Event.Data.(type) {
				case gremio.AlertRaised:
					c := gremio.AlertClosed{Alert: d.Alert, By: "worker", At: r.Event.Time}
					if ok, err := tx.CloseAlert(ctx, c); err != nil || !ok {
						return done, fmt.Errorf("close %s: %v, %w", d.Alert, ok, err)
					}
					done.Derived = append(done.Derived, gremio.CloseAlert("/worker/alerts", d.Plate, c))
				case gremio.AlertClosed:
					closed.Add(1)
				}
			}
			return done, err
		}
		r := g.run(g.loop(w))
		for i := range 50 {
			g.append(gremio.NewAlert("/api", gremio.AlertRaised{Alert: fmt.Sprint(i), Kind: gremio.AlertSighting, Severity: gremio.SeverityInfo, RaisedAt: g.now()}))
		}
		g.settle(w)
		time.Sleep(2 * time.Second)
		g.settle(w)
		g.must(r.stop())
		if on := g.read(gremio.TopicAlerts); len(on) != 100 {
			t.Errorf("%d records lie on the topic, want 50 alerts and 50 that they are closed", len(on))
		}
		if n := closed.Load(); n != 0 {
			t.Errorf("%d of the worker's own events were applied again", n)
		}
		if n := len(g.alerts("", gremio.AlertIsClosed)); n != 50 {
			t.Errorf("%d of 50 alerts are closed", n)
		}
		g.nothingRejected()
	})
}
