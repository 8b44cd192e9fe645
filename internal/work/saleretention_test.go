package work_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
	"gremio/internal/work"
	"gremio/internal/work/sales"
)

func (g *guild) void(plate gremio.Plate, sale string) gremio.Event {
	g.ids++
	return gremio.Event{ID: fmt.Sprint("void-", g.ids), Source: "/test", Subject: string(plate), Time: g.now(), Digest: fmt.Sprint(g.ids),
		Data: gremio.SaleVoided{Plate: plate, Sale: sale, Reason: "typed twice", By: "office"}}
}

// Single sales of past days are deleted. Their totals stay, a repeat of one still
// counts once, one that comes late still counts, none is taken back, and a rebuild,
// which reads them all again, gives the same totals and refuses the same voids.
func TestOldSalesAreDeleted(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(sales.Name, nil)
		var old sales.Old
		w.Tick = func(ctx context.Context, tx *store.Tx, now time.Time) (work.Outcome, error) {
			return old.Tick(ctx, tx, now)
		}
		var run *running
		away := func(days int) { // nothing ticks meanwhile, which would take long
			g.must(run.stop())
			time.Sleep(time.Duration(days) * 24 * time.Hour)
			run = g.run(g.loop(w))
			time.Sleep(15 * time.Minute)
		}
		day := gremio.DayOf(time.Now(), gremio.Clock(0, 0))
		noon := day.At(gremio.Clock(12, 0))
		run = g.run(g.loop(w))
		first := g.saleAt("A", "1", "Ana", 3, noon)
		g.append(first, g.saleAt("A", "2", "Ana", 4, noon), g.saleAt("A", "3", "", 5, noon.Add(time.Hour)), g.saleAt("B", "1", "Beto", 7, noon))
		g.append(g.void("A", "2"), g.void("A", "early")) // one in time, one before its sale, which comes when its day is past
		g.settle(w)
		if _, err := g.store.ChangeSettings(g.ctx, "test", g.now(), func(s *gremio.Settings) error { s.SalesRetentionDays = 30; return nil }); err != nil {
			t.Fatal(err)
		}
		away(29)
		g.append(g.saleAt("A", "new", "", 1, time.Now()))
		g.settle(w)
		if got := len(g.sold()); got != 5 {
			t.Fatalf("after 29 days %d sales are there, want all 5", got)
		}
		away(4)
		if sold := g.sold(); len(sold) != 1 || sold["A:new"].Units != 1 {
			t.Fatalf("after 33 days these are there: %v", sold)
		}
		want, err := g.store.ComputeReport(g.ctx, day)
		if err != nil || want.Guild.Sales != 3 || want.Guild.Units != 15 || want.Guild.Clients != 2 {
			t.Fatalf("the totals of the day: %+v, %v", want.Guild, err)
		}

		g.append(first) // a phone that was lost for a month
		g.append(g.void("A", "1"), g.void("B", "1"))
		g.settle(w)
		if got, err := g.store.ComputeReport(g.ctx, day); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("a repeat or a void changed the day, %v:\n%s", err, cmp.Diff(want, got))
		}
		refused := g.rejected()
		if len(refused) != 2 || refused[0].Reason != gremio.SaleIsPast || refused[1].Reason != gremio.SaleIsPast {
			t.Errorf("two voids of sales that are gone: %+v", refused)
		}

		g.append(g.saleAt("A", "early", "", 10, noon), g.saleAt("A", "late", "", 100, noon))
		g.settle(w)
		g.append(g.void("A", "late")) // its row is there, those of the day are not
		g.settle(w)
		late, err := g.store.ComputeReport(g.ctx, day)
		if err != nil || late.Guild.Sales != 5 || late.Guild.Units != 125 || late.Guild.Clients != 2 {
			t.Errorf("with two that came late: %+v, %v", late.Guild, err)
		}
		if refused := g.rejected(); len(refused) != 3 || refused[2].Reason != gremio.SaleIsPast {
			t.Errorf("a void of a late one: %+v", refused)
		}

		g.append(g.void("A", "new")) // of a day that is kept
		g.settle(w)
		if got, err := g.store.ComputeReport(g.ctx, day.Next()); err != nil || got.Guild.Sales != 0 {
			t.Errorf("%+v, %v", got.Guild, err)
		}
		before := g.dump(sales.Name)[sales.Name]
		away(8) // the late ones are deleted too
		if sold := g.sold(); len(sold) != 1 {
			t.Errorf("at last these are there: %v", sold)
		}
		g.must(run.stop()) // so that no tick deletes what the rebuild reads again
		if _, err := g.rebuild(w); err != nil {
			t.Fatal(err)
		}
		after := g.dump(sales.Name)[sales.Name]
		for _, table := range []string{"day_totals", "hour_totals", "client_totals", "place_totals", "early_voids", "sales_rejections"} {
			if diff := cmp.Diff(before[table], after[table]); diff != "" {
				t.Errorf("%s after a rebuild:\n%s", table, diff)
			}
		}
		if got := len(g.sold()); got != 7 {
			t.Errorf("the rebuild read %d sales again, want 7", got)
		}
		g.run(g.loop(w))
		time.Sleep(15 * time.Minute)
		if sold := g.sold(); len(sold) != 1 {
			t.Errorf("after the rebuild these stay: %v", sold)
		}
	})
}
