package work_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gremio"
	"gremio/internal/sheet"
	"gremio/internal/work/report"
	"gremio/internal/work/sales"
)

func (g *guild) closer(dir string) report.Closer {
	return report.Closer{Store: g.store, Log: g.log, Logger: g.logger, Now: time.Now, Dir: dir, Writers: sheet.ReportWriters(), SalesWait: 30 * time.Second}
}

func (g *guild) closed(day gremio.Day) (gremio.DailyReport, bool) {
	g.t.Helper()
	r, found, err := g.store.Report(g.ctx, day, 0)
	g.must(err)
	return r, found
}

func TestDayIsClosedAtItsHourAndRevised(t *testing.T) {
	dir := t.TempDir()
	inGuild(t, func(g *guild) {
		w := worker(sales.Name, nil)
		day := gremio.DayOf(time.Now(), gremio.Clock(0, 0))
		g.append(g.sale("A", "1", 3), g.sale("B", "1", 4))
		g.sleepUntil(2, 58)
		g.run(g.loop(w))
		g.settle(w)
		ctx, cancel := context.WithCancel(g.ctx)
		done := make(chan struct{})
		go func() { g.closer(dir).Run(ctx); close(done) }()
		defer func() { cancel(); <-done }()
		g.sleepUntil(2, 59)
		if r, found := g.closed(day); found {
			t.Errorf("before 03:00 the day is closed: %+v", r)
		}
		time.Sleep(90 * time.Second)
		r, found := g.closed(day)
		if !found || r.Revision != 1 || !r.Complete || r.Guild.Units != 7 || len(r.Vendors) != 2 {
			t.Fatalf("after 03:00: %v, %+v", found, r)
		}

		// Late sales are gathered for 15 minutes into one revision.
		noon := day.At(gremio.Clock(12, 0))
		late := func(id string) {
			e := g.sale("A", id, 10)
			d := e.Data.(gremio.SaleRecorded)
			d.Time = noon
			e.Data = d
			g.append(e)
			g.settle(w)
		}
		late("2")
		time.Sleep(10 * time.Minute)
		late("3")
		time.Sleep(14 * time.Minute)
		if r, _ := g.closed(day); r.Revision != 1 {
			t.Errorf("revised after less than 15 still minutes: %+v", r)
		}
		time.Sleep(2 * time.Minute)
		if r, _ := g.closed(day); r.Revision != 2 || r.Guild.Units != 27 || r.Guild.Sales != 4 {
			t.Errorf("after late sales: %+v, want revision 2 of 27 units", r)
		}
		time.Sleep(20 * time.Minute)
		if r, _ := g.closed(day); r.Revision != 2 {
			t.Errorf("nothing came, and yet there is revision %d", r.Revision)
		}
		for _, name := range []string{"r1.csv", "r1.xlsx", "r1.json", "r2.csv", "r2.xlsx", "r2.json"} {
			if info, err := os.Stat(filepath.Join(dir, "ventas-"+string(day)+"-"+name)); err != nil || info.Size() == 0 {
				t.Errorf("the file of %s: %v", name, err)
			}
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) != 6 {
			t.Errorf("%d files, %v; want 6", len(files), err)
		}
		g.nothingRejected()
	})
}

// Sales that are logged and not applied make a report that says so, and the
// next one is whole.
func TestReportSaysThatItIsIncomplete(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(sales.Name, nil)
		r := g.run(g.loop(w))
		day := gremio.DayOf(time.Now(), gremio.Clock(0, 0))
		g.append(g.sale("A", "1", 3))
		g.settle(w)
		if present, err := g.closer("").Close(g.ctx, day); err != nil || present.Revision != 0 || present.Guild.Units != 3 {
			t.Errorf("a day that has not ended: %+v, %v; want the present figures as revision 0", present, err)
		}
		g.must(r.stop())
		g.append(g.sale("B", "1", 4))
		time.Sleep(24 * time.Hour)
		got, err := g.closer("").Close(g.ctx, day)
		if err != nil || got.Complete || got.Guild.Units != 3 || got.Revision != 1 {
			t.Errorf("with a sale on its way: %+v, %v; want an incomplete report of 3 units", got, err)
		}
		g.run(g.loop(w))
		g.settle(w)
		if got, err = g.closer("").Close(g.ctx, day); err != nil || !got.Complete || got.Guild.Units != 7 || got.Revision != 2 {
			t.Errorf("once all is applied: %+v, %v; want revision 2 of 7 units", got, err)
		}
		if got, err = g.closer("").Close(g.ctx, day); err != nil || got.Revision != 2 {
			t.Errorf("closing again makes revision %d, %v", got.Revision, err)
		}
	})
}

func TestTwoWhoCloseAtOnceMakeOneReport(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(sales.Name, nil)
		day := gremio.DayOf(time.Now(), gremio.Clock(0, 0))
		g.append(g.sale("A", "1", 3))
		time.Sleep(24 * time.Hour)
		g.run(g.loop(w))
		g.settle(w)
		got := make(chan gremio.DailyReport, 2)
		for i := range 2 {
			go func() {
				c := g.closer("")
				c.Now = func() time.Time { return time.Now().Add(time.Duration(i) * time.Second) } // their clocks differ
				r, err := c.Close(g.ctx, day)
				if err != nil {
					t.Error(err)
				}
				got <- r
			}()
		}
		a, b := <-got, <-got
		if a.Revision != 1 || b.Revision != 1 || !a.ClosedAt.Equal(*b.ClosedAt) {
			t.Errorf("two reports: %+v and %+v", a, b)
		}
	})
}
