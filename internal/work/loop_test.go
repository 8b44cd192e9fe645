package work_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"gremio"
	"gremio/internal/kafka"
	"gremio/internal/store"
	"gremio/internal/work"
	"gremio/internal/work/alerts"
	"gremio/internal/work/positions"
	"gremio/internal/work/sales"
)

func TestEachRecordIsAppliedOnce(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(sales.Name, nil)
		r := g.run(g.loop(w))
		for i := range 30 {
			plate := gremio.Plate(fmt.Sprint("P", i%5))
			sale := g.sale(plate, fmt.Sprint(i), 1)
			g.append(sale, sale) // twice in one batch,
			if i%2 == 0 {
				g.settle(w)
			}
			g.append(sale) // and later
		}
		other := g.sale("P0", "0", 99) // another cart's "0" is another sale, P0's is not
		at := g.append(other, g.sale("P1", "0", 7))
		g.append(gremio.Event{Subject: "P0", Data: gremio.DayClosed{Report: gremio.DailyReport{Day: "1999-12-31", Revision: 1}}})
		g.settle(w)
		g.must(r.stop())

		sold := g.sold()
		if len(sold) != 31 {
			t.Errorf("%d sales are kept, want 31", len(sold))
		}
		for key, s := range sold {
			if want := map[bool]int{true: 7, false: 1}[key == "P1:0"]; s.Units != want {
				t.Errorf("sale %s has %d units, want %d: the first in the log wins", key, s.Units, want)
			}
		}
		totals, err := g.store.Totals(g.ctx, gremio.DayOf(time.Now(), gremio.Clock(0, 0)))
		if err != nil || totals.Sales != 31 || totals.Units != 37 {
			t.Errorf("totals %+v, %v", totals, err)
		}
		reason, rejected, err := g.store.RejectionAt(g.ctx, sales.Name, at[0])
		if err != nil || !rejected || !strings.Contains(reason, "id reused") {
			t.Errorf("other content under a known id: %q, %v, %v", reason, rejected, err)
		}
		if all := g.rejected(); len(all) != 1 || all[0].Offset != at[0].Offset || all[0].Partition != at[0].Partition {
			t.Errorf("rejected: %+v", all)
		}
	})
}

// Two members of a group, of which one freezes with records in its hands: when
// it wakes up its partitions have another owner, and it writes nothing.
func TestFrozenMemberWritesNothing(t *testing.T) {
	inGuild(t, func(g *guild) {
		// A position is known by its time alone, so nothing but the epoch keeps a
		// batch of them from being applied again.
		mark := func(name string) work.Worker[*store.Tx] {
			return work.Worker[*store.Tx]{
				Name: positions.Name, Topics: positions.Topics[:1], Types: positions.Types,
				Apply: func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
					for _, r := range batch {
						if err := tx.AddSighting(ctx, r.Event.ID+" by "+name, gremio.SightingReported{Time: r.Event.Time}); err != nil {
							return work.Outcome{}, err
						}
					}
					return work.Outcome{}, nil
				},
			}
		}
		report := func(from, to int) {
			for i := from; i < to; i++ {
				plate := gremio.Plate(fmt.Sprint(i % 7))
				g.append(gremio.Event{ID: fmt.Sprint("fix ", i), Subject: string(plate), Data: gremio.PositionReported{Plate: plate, Time: g.now()}})
			}
		}
		frozen := make(chan struct{})
		process := &freezer{thawed: make(chan struct{})}
		thaw := sync.OnceFunc(func() { close(process.thawed) })
		defer thaw()
		log, err := kafka.Open(kafka.Config{Seeds: []string{g.broker.Addr}, Dial: process.dial(g.network.DialContext)}, g.logger)
		g.must(err)
		defer log.Close()
		first := mark("first")
		var armed atomic.Bool
		first.Before = func(context.Context, int32) error {
			if armed.CompareAndSwap(true, false) {
				process.frozen.Store(true)
				close(frozen)
			}
			process.wait()
			return nil
		}
		loop := g.loop(first)
		loop.Log = log
		a := g.run(loop)
		report(0, 20)
		g.settle(first)
		armed.Store(true) // it stops between reading what comes and applying it
		report(20, 40)
		<-frozen
		second := mark("second")
		b := g.run(g.loop(second))
		g.settle(second) // the group gives the first member up after its session
		report(40, 60)
		g.settle(second)
		owned, err := g.store.Offsets(g.ctx, positions.Name)
		g.must(err)
		thaw() // it still holds what it read, and the old epochs
		time.Sleep(time.Minute)
		report(60, 80)
		g.settle(second)
		g.must(b.stop())
		g.must(a.stop())
		marks, _, err := g.store.Sightings(g.ctx, gremio.Page{Limit: 1000})
		g.must(err)
		for _, m := range marks {
			var i int
			var by string
			fmt.Sscanf(m.ID, "fix %d by %s", &i, &by)
			if want := map[bool]string{true: "first", false: "second"}[i < 20]; i < 60 && by != want {
				t.Errorf("fix %d was written by the %s member, want the %s", i, by, want)
			}
		}
		if len(marks) != 80 {
			t.Errorf("%d fixes of 80 are written", len(marks))
		}
		for _, o := range owned {
			if o.Epoch < 2 {
				t.Errorf("the second member took %s/%d without raising its epoch: %d", o.Topic, o.Partition, o.Epoch)
			}
		}
		g.nothingRejected()
	})
}

// seen counts what a worker applies.
func seen(w *work.Worker[*store.Tx]) *sync.Map {
	var ids sync.Map
	apply := w.Apply
	w.Apply = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
		for _, r := range batch {
			ids.Store(r.Event.ID, r.Event.Type())
		}
		return apply(ctx, tx, batch)
	}
	return &ids
}

func count(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}

// The offsets that Kafka holds are for tools to look at; the database says where to start.
func TestRestartStartsFromTheDatabase(t *testing.T) {
	for what, commit := range map[string]func(end int64) int64{
		"Kafka is behind": func(int64) int64 { return 0 },
		"Kafka is ahead":  func(end int64) int64 { return end },
	} {
		t.Run(what, func(t *testing.T) {
			inGuild(t, func(g *guild) {
				w := worker(sales.Name, nil)
				for i := range 40 {
					g.append(g.sale(gremio.Plate(fmt.Sprint("P", i)), fmt.Sprint(i), 1))
				}
				r := g.run(g.loop(w))
				g.settle(w)
				time.Sleep(3 * time.Second)
				committed, err := g.admin.FetchOffsets(g.ctx, "sales.ventas")
				g.must(err)
				ends, err := g.log.Ends(g.ctx, gremio.TopicSales)
				g.must(err)
				for p, end := range ends {
					if o, ok := committed.Lookup(string(gremio.TopicSales), p); end > 0 && (!ok || o.At != end) {
						t.Errorf("tools see %s/%d at %d, want %d", gremio.TopicSales, p, o.At, end)
					}
				}
				g.must(r.stop())
				for i := 40; i < 60; i++ {
					g.append(g.sale(gremio.Plate(fmt.Sprint("P", i)), fmt.Sprint(i), 1))
				}
				ends, err = g.log.Ends(g.ctx, gremio.TopicSales)
				g.must(err)
				var other kadm.Offsets
				for p, end := range ends {
					other.AddOffset(string(gremio.TopicSales), p, commit(end), -1)
				}
				g.must(g.admin.CommitAllOffsets(g.ctx, "sales.ventas", other))

				ids := seen(&w)
				r = g.run(g.loop(w))
				g.settle(w)
				g.must(r.stop())
				if n := count(ids); n != 20 {
					t.Errorf("after the restart %d records were applied, want the 20 new ones", n)
				}
				if sold := g.sold(); len(sold) != 60 {
					t.Errorf("%d sales are kept, want 60", len(sold))
				}
			})
		})
	}
}

// Where the stored offset means nothing a person must look: nothing is skipped
// and nothing is read again.
func TestOffsetOutsideTheLogStopsTheWorker(t *testing.T) {
	stored := func(g *guild, change func(p *gremio.LogPartition)) {
		topics, err := g.admin.ListTopics(g.ctx, string(gremio.TopicSales))
		g.must(err)
		meta, err := g.admin.Metadata(g.ctx)
		g.must(err)
		p := gremio.LogPartition{Topic: gremio.TopicSales, Number: 1, ClusterID: meta.Cluster, TopicID: topics[string(gremio.TopicSales)].ID.String()}
		change(&p)
		g.must(g.store.Update(g.ctx, func(tx *store.Tx) error {
			_, err := tx.ClaimPartition(g.ctx, sales.Name, p, g.now())
			return err
		}))
	}
	for what, spoil := range map[string]func(g *guild){
		"after the end": func(g *guild) { stored(g, func(p *gremio.LogPartition) { p.Start = 1000 }) },
		"before the start": func(g *guild) {
			stored(g, func(p *gremio.LogPartition) { p.Start = 2 })
			var head kadm.Offsets
			head.AddOffset(string(gremio.TopicSales), 1, 5, -1)
			deleted, err := g.admin.DeleteRecords(g.ctx, head)
			g.must(err)
			g.must(deleted.Error())
		},
		"another cluster": func(g *guild) { stored(g, func(p *gremio.LogPartition) { p.ClusterID = "other" }) },
		"another topic":   func(g *guild) { stored(g, func(p *gremio.LogPartition) { p.TopicID = "other" }) },
	} {
		t.Run(what, func(t *testing.T) {
			inGuild(t, func(g *guild) {
				for i := range 200 {
					g.append(g.sale(gremio.Plate(fmt.Sprint("P", i)), fmt.Sprint(i), 1))
				}
				spoil(g)
				before, _, err := g.store.OffsetOf(g.ctx, sales.Name, gremio.TopicSales, 1)
				g.must(err)
				loop := g.loop(worker(sales.Name, nil))
				var told error
				loop.Stopped = func(ctx context.Context, cause error) {
					if ctx.Err() != nil {
						t.Errorf("the alert of it cannot be sent: %v", ctx.Err())
					}
					told = cause
				}
				r := g.run(loop)
				g.eventually("the worker stopping", func() bool {
					select {
					case <-r.done:
						return true
					default:
						return false
					}
				})
				if r.err == nil || gremio.KindOf(r.err) != gremio.Conflict || told == nil {
					t.Errorf("stopped with %v, told %v; want a conflict", r.err, told)
				}
				after, _, err := g.store.OffsetOf(g.ctx, sales.Name, gremio.TopicSales, 1)
				if err != nil || after.Next != before.Next {
					t.Errorf("the offset went from %d to %d, %v", before.Next, after.Next, err)
				}
				for key := range g.sold() {
					if gremio.TopicSales.Partition(strings.Split(key, ":")[0], false, partitions) == 1 {
						t.Errorf("sale %s of the partition in question was applied", key)
					}
				}
			})
		})
	}
}

// A person's act and the worker's own go through the same door: a person who
// comes too late is refused.
func TestAlertsRefuseWhoComesTooLate(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(alerts.Name, nil)
		r := g.run(g.loop(w))
		g.append(gremio.NewAlert("/worker/stock", gremio.AlertRaised{Alert: "a", Kind: gremio.AlertStockMismatch, Severity: gremio.SeverityInfo, RaisedAt: g.now()}))
		g.append(gremio.Event{Subject: "a", Data: gremio.AlertAcknowledged{Alert: "a", By: "Ana", At: g.now()}})
		late := g.append(gremio.Event{Subject: "a", Data: gremio.AlertAcknowledged{Alert: "a", By: "Beto", At: g.now()}})
		g.append(gremio.Event{Subject: "a", Data: gremio.AlertClosed{Alert: "a", By: "Ana", At: g.now()}})
		g.append(gremio.CloseAlert("/worker/stock", nil, gremio.AlertClosed{Alert: "a", By: "worker", At: g.now()}))
		g.append(gremio.CloseAlert("/worker/stock", nil, gremio.AlertClosed{Alert: "never raised", By: "worker", At: g.now()}))
		g.settle(w)
		g.must(r.stop())
		alert, _, err := g.store.Alert(g.ctx, "a")
		if err != nil || alert.State != gremio.AlertIsClosed || alert.AcknowledgedBy != "Ana" || alert.ClosedBy != "Ana" {
			t.Errorf("%+v, %v", alert, err)
		}
		all := g.rejected()
		if len(all) != 1 || all[0].Offset != late[0].Offset || !strings.Contains(all[0].Reason, "not open") {
			t.Errorf("rejected %+v, want the second to acknowledge it", all)
		}
	})
}
