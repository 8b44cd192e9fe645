package work_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gremio"
	"gremio/internal/store"
	"gremio/internal/work/sales"
)

// saleAt is a sale that a phone dated at.
func (g *guild) saleAt(plate gremio.Plate, id, client string, units int, at time.Time) gremio.Event {
	e := g.sale(plate, id, units)
	d := e.Data.(gremio.SaleRecorded)
	d.Time, d.Client = at, client
	e.Data = d
	return e
}

// Forty sales that arrive over ten minutes, three days late, make one revision of
// their day, which lists them and what they changed.
func TestFortyLateSalesAreOneRevision(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(sales.Name, nil)
		day := gremio.DayOf(time.Now(), gremio.Clock(0, 0))
		noon := day.At(gremio.Clock(12, 0))
		time.Sleep(3 * 24 * time.Hour)
		g.run(g.loop(w))
		g.append(g.saleAt("A", "1", "", 3, noon), g.saleAt("B", "1", "", 4, noon))
		g.settle(w)
		if _, err := g.closer("").Close(g.ctx, day); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(g.ctx)
		done := make(chan struct{})
		go func() { g.closer("").Run(ctx); close(done) }()
		defer func() { cancel(); <-done }()
		for i := range 40 {
			g.append(g.saleAt("A", fmt.Sprint("late-", i), "", 2, noon.Add(time.Duration(i)*time.Minute)))
			time.Sleep(15 * time.Second)
		}
		time.Sleep(time.Hour)
		r, _ := g.closed(day)
		if r.Revision != 2 || r.Guild.Sales != 42 || r.Guild.Units != 87 || len(r.Late) != 40 || r.LateMore != 0 || r.Late[7].Sale != "late-7" || r.Late[7].Plate != "A" {
			t.Errorf("revision %d of %d sales and %d units lists %d late ones", r.Revision, r.Guild.Sales, r.Guild.Units, len(r.Late))
		}
		if diff := cmp.Diff([]gremio.Change{{Plate: "A", SalesBefore: 1, Sales: 41, UnitsBefore: 3, Units: 83}}, r.Changed); diff != "" {
			t.Error(diff)
		}
		if first, found, err := g.store.Report(g.ctx, day, 1); err != nil || !found || first.Guild.Units != 7 || first.Late != nil {
			t.Errorf("the old revision reads %+v, %v, %v", first, found, err)
		}
		reports := 0
		for _, rec := range g.read(gremio.TopicSales) {
			if d, ok := rec.Event.Data.(gremio.DayRevisedV2); ok && d.Report.Day == day {
				reports++
			}
		}
		if reports != 1 {
			t.Errorf("%d records of revisions", reports)
		}
		g.nothingRejected()
	})
}

// A sale that was received before its day was closed, and logged after, is in the
// next revision, and a day that was closed while sales were on their way is closed
// anew by itself.
func TestWhatTheCloseMissedIsRevised(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(sales.Name, nil)
		day := gremio.DayOf(time.Now(), gremio.Clock(0, 0))
		received := g.now()
		g.append(g.sale("A", "1", 3))
		time.Sleep(27 * time.Hour)
		r := g.run(g.loop(w))
		g.settle(w)
		if got, err := g.closer("").Close(g.ctx, day); err != nil || got.Revision != 1 || !got.Complete {
			t.Fatalf("%+v, %v", got, err)
		}
		late := g.sale("A", "2", 5)
		late.Time = received // its api was slow to log it
		d := late.Data.(gremio.SaleRecorded)
		d.Time = received
		late.Data = d
		g.append(late)
		g.settle(w)
		run := func() (stop func()) {
			ctx, cancel := context.WithCancel(g.ctx)
			done := make(chan struct{})
			go func() { g.closer("").Run(ctx); close(done) }()
			return func() { cancel(); <-done }
		}
		stop := run()
		time.Sleep(time.Minute)
		stop()
		if got, _ := g.closed(day); got.Revision != 2 || got.Guild.Units != 8 {
			t.Errorf("revision %d of %d units", got.Revision, got.Guild.Units)
		}

		// Worker sales is away at the hour.
		next := gremio.DayOf(time.Now(), gremio.Clock(0, 0))
		g.append(g.sale("A", "3", 1))
		g.settle(w)
		g.must(r.stop())
		g.append(g.sale("A", "4", 1))
		time.Sleep(27 * time.Hour)
		stop = run()
		defer func() { stop() }()
		time.Sleep(2 * time.Minute)
		if got, found := g.closed(next); found {
			t.Fatalf("kept although nobody keeps: %+v", got)
		}
		g.run(g.loop(w))
		time.Sleep(10 * time.Minute)
		if got, _ := g.closed(next); !got.Complete || got.Guild.Units != 2 {
			t.Errorf("once all is applied: %+v", got)
		}
	})
}

// The days on which Chile moves its clocks: 2026-04-04 has 25 hours, two 23:30s of
// one day; 2026-09-06 has 23, and a close at 00:00, which does not exist, comes once.
func TestDaysOf25And23HoursAreClosed(t *testing.T) {
	for _, c := range []struct {
		day   gremio.Day
		hours int
	}{{"2026-04-04", 25}, {"2026-09-05", 24}, {"2026-09-06", 23}} {
		t.Run(string(c.day), func(t *testing.T) {
			start, end := c.day.Start(gremio.Clock(0, 0)), c.day.Next().Start(gremio.Clock(0, 0))
			inGuildAt(t, end.Add(-time.Hour), func(g *guild) {
				w := worker(sales.Name, nil)
				g.run(g.loop(w))
				_, err := g.store.ChangeSettings(g.ctx, "admin", g.now(), func(s *gremio.Settings) error { s.DayClosesAt = gremio.Clock(0, 0); return nil })
				g.must(err)
				if end.Sub(start) != time.Duration(c.hours)*time.Hour {
					t.Fatalf("the day lasts %s", end.Sub(start))
				}
				ctx, cancel := context.WithCancel(g.ctx)
				done := make(chan struct{})
				go func() { g.closer("").Run(ctx); close(done) }()
				defer func() { cancel(); <-done }()
				// A sale each half hour of the day, one before it and one after it.
				n := 0
				for at := start.Add(-30 * time.Minute); !at.After(end); at = at.Add(30 * time.Minute) {
					time.Sleep(time.Until(at)) // those of before lie in the past already
					g.append(g.saleAt("A", fmt.Sprint(n), "", 1, at))
					n++
				}
				time.Sleep(2 * time.Hour)
				r, _ := g.closed(c.day)
				if r.Revision != 1 || r.Guild.Sales != 2*c.hours || !r.Guild.FirstSale.Equal(start) || !r.Guild.LastSale.Equal(end.Add(-30*time.Minute)) {
					t.Errorf("revision %d of %d sales from %v to %v; want %d from %v", r.Revision, r.Guild.Sales, r.Guild.FirstSale, r.Guild.LastSale, 2*c.hours, start)
				}
				closes := 0
				for _, rec := range g.read(gremio.TopicSales) {
					if d, ok := rec.Event.Data.(gremio.DayClosedV2); ok && d.Report.Day == c.day {
						closes++
						if late := rec.Event.Time.Sub(end); late < 0 || late > time.Minute {
							t.Errorf("closed %s after the day's end", late)
						}
					}
				}
				if closes != 1 {
					t.Errorf("closed %d times", closes)
				}
			})
		})
	}
}

// The same events in any order, some of them twice, in whatever batches, through two
// workers and with a rebuild in the middle, give the same figures in the last revision.
func TestFiguresFollowFromTheEventsAlone(t *testing.T) {
	var want []gremio.DailyReport
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("order ", seed), func(t *testing.T) {
			inGuild(t, func(g *guild) {
				same := rand.New(rand.NewPCG(1, 2)) // the events
				any := rand.New(rand.NewPCG(seed, 3))
				first := gremio.DayOf(time.Now(), gremio.Clock(0, 0))
				var events []gremio.Event
				for i := range 400 {
					day := first
					for range same.IntN(4) {
						day = day.Next()
					}
					plate := gremio.Plate(fmt.Sprint("V", same.IntN(9)))
					e := g.saleAt(plate, fmt.Sprint("s-", i), []string{"", "Ana", "ANA ", "Beto", "Núñez", "nunez"}[same.IntN(6)], 1+same.IntN(9), day.At(gremio.Clock(8, 0)).Add(time.Duration(same.IntN(12*3600))*time.Second))
					d := e.Data.(gremio.SaleRecorded)
					if same.IntN(3) == 0 {
						d.Amount = ptr(int64(same.IntN(5000)))
					}
					if same.IntN(2) == 0 {
						d.Place = &gremio.Place{Point: &gremio.Point{Lat: -33.44 + float64(same.IntN(3))/100, Lon: -70.65}}
					}
					e.Data = d
					events = append(events, e)
					if same.IntN(8) == 0 {
						events = append(events, gremio.Event{ID: fmt.Sprint("void-", i), Subject: string(plate), Data: gremio.SaleVoided{Plate: plate, Sale: e.ID, Reason: "mistake", By: "office"}})
					}
				}
				for range 60 {
					events = append(events, events[same.IntN(len(events))])
				}
				any.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })

				w := worker(sales.Name, nil)
				var mu sync.Mutex
				w.MaxBatch = func(int32) int { mu.Lock(); defer mu.Unlock(); return 1 + any.IntN(40) }
				time.Sleep(5 * 24 * time.Hour)
				g.run(g.loop(w))
				g.run(g.loop(w))
				half := len(events) / 2
				for chunk := range slices.Chunk(events[:half], 1+any.IntN(50)) {
					g.append(chunk...)
				}
				g.settle(w)
				if _, err := g.rebuild(w); err != nil {
					t.Fatal(err)
				}
				// Some days are closed before everything is there.
				if _, err := g.closer("").Close(g.ctx, first); err != nil {
					t.Fatal(err)
				}
				g.append(events[half:]...)
				g.settle(w)
				var got []gremio.DailyReport
				for i, day := 0, first; i < 4; i, day = i+1, day.Next() {
					live, err := g.store.ComputeReport(g.ctx, day)
					g.must(err)
					r, err := g.closer("").Close(g.ctx, day)
					g.must(err)
					if diff := cmp.Diff(live, r, cmpopts.IgnoreFields(gremio.DailyReport{}, "Revision", "Complete", "ClosedAt", "Late", "LateMore", "Changed"), cmpopts.EquateEmpty()); diff != "" {
						t.Errorf("the live figures of %s are not the close's:\n%s", day, diff)
					}
					r.Revision, r.ClosedAt, r.Late, r.LateMore, r.Changed = 0, nil, nil, 0, nil
					got = append(got, r)
				}
				if want == nil {
					want = got
				}
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("other figures than in the first order:\n%s", diff)
				}
				for _, r := range g.rejected() {
					t.Errorf("rejected: %s", r.Reason)
				}
			})
		})
	}
}

// The report of 5,000 vendors with long names of clients is more than a record may
// hold: it comes in parts, and is read back as it was made.
func TestReportOfThousandsOfVendors(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(sales.Name, nil)
		day := gremio.DayOf(time.Now(), gremio.Clock(0, 0))
		noon := day.At(gremio.Clock(12, 0))
		g.must(g.store.Update(g.ctx, func(tx *store.Tx) error {
			for i := range 5000 {
				var all []gremio.Sale
				for c := range gremio.FrequentClients {
					name := fmt.Sprintf("Cliente de la Población José María Caro %d de %d", c, i)
					for n, d := range []gremio.Day{day.Prev(), day} {
						all = append(all, gremio.Sale{ID: fmt.Sprint(c, "-", n), Plate: gremio.Plate(fmt.Sprintf("V%04d", i)), Client: name, ClientKey: gremio.Fold(name), Units: 1 + c,
							Time: noon.AddDate(0, 0, n-1), ReceivedAt: noon, Day: d, Hour: 12})
					}
				}
				if err := tx.AddSales(g.ctx, all); err != nil {
					return err
				}
			}
			return nil
		}))
		time.Sleep(27 * time.Hour)
		g.run(g.loop(w))
		g.settle(w)
		live, err := g.store.ComputeReport(g.ctx, day)
		g.must(err)
		kept, err := g.closer("").Close(g.ctx, day)
		g.must(err)
		parts := 0
		for _, rec := range g.read(gremio.TopicSales) {
			if d, ok := rec.Event.Data.(gremio.DayClosedV2); ok && d.Report.Day == day {
				parts++
			}
		}
		if kept.Revision != 1 || len(kept.Vendors) != 5000 || parts < 5 || len(kept.Vendors[4321].FrequentClients) != gremio.FrequentClients {
			t.Fatalf("revision %d of %d vendors in %d parts", kept.Revision, len(kept.Vendors), parts)
		}
		if diff := cmp.Diff(live, kept, cmpopts.IgnoreFields(gremio.DailyReport{}, "Revision", "Complete", "ClosedAt"), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("read back otherwise:\n%.2000s", diff)
		}
	})
}
