package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

// plainSums adds up sales by a key, as slowly and plainly as can be.
func plainSums(all []gremio.Sale, key func(gremio.Sale) string) map[string]gremio.SaleSum {
	sums := map[string]gremio.SaleSum{}
	for _, s := range all {
		if k := key(s); k != "" && s.VoidedAt == nil {
			sum := sums[k]
			sum.Sales++
			sum.Units += s.Units
			if gremio.Fold(s.Client) != "" {
				sum.NamedSales++
				sum.NamedUnits += s.Units
			}
			if s.Amount != nil {
				sum.Priced++
				sum.Takings += *s.Amount
			}
			sums[k] = sum
		}
	}
	return sums
}

// sameStatistics compares what statistics read with the sales of a span of days.
func sameStatistics(t failer, s *store.Store, from, to gremio.Day, all []gremio.Sale) {
	t.Helper()
	within := func(key func(gremio.Sale) string) func(gremio.Sale) string {
		return func(s gremio.Sale) string {
			if s.Day < from || s.Day > to {
				return ""
			}
			return key(s)
		}
	}
	same := func(what string, want map[string]gremio.SaleSum, got map[string]gremio.SaleSum, err error) {
		t.Helper()
		must(t, err)
		for k, sum := range got {
			sum.Clients = nil
			got[k] = sum
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(fmt.Sprintf("%s from %s to %s:\n%s", what, from, to, diff))
		}
	}
	day := func(s gremio.Sale) string { return string(s.Day) }
	hour := func(s gremio.Sale) string { return fmt.Sprintf("%02d", s.Hour) }
	got, err := s.SumsByDay(ctx, from, to, to, "")
	same("by day", plainSums(all, within(day)), got, err)
	got, err = s.SumsByHour(ctx, from, to, "")
	same("by hour", plainSums(all, within(hour)), got, err)
	for _, today := range []gremio.Day{to, to.Plus(40)} {
		got, err = s.SumsByVendor(ctx, from, to, today)
		same("by vendor", plainSums(all, within(func(s gremio.Sale) string { return string(s.Plate) })), got, err)
	}
	got, err = s.SumsByDay(ctx, from, to, to, "A")
	same("by day of A", plainSums(all, within(func(s gremio.Sale) string {
		if s.Plate != "A" {
			return ""
		}
		return string(s.Day)
	})), got, err)
}

func statistics(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	first := gremio.Day("2026-01-20")
	var all []gremio.Sale
	for i := range 80 { // four months, a month's ends among them
		at := first.Plus(i).Start(gremio.Clock(0, 0)).Add(time.Duration(8+i%11) * time.Hour).UTC()
		one := sold([]gremio.Plate{"A", "B"}[i%2], fmt.Sprint("s", i), []string{"", "Ana", "ANA ", "Pía"}[i%4], 1+i%5, at)
		if i%3 == 0 {
			one.Amount = ptr(int64(500 * one.Units))
		}
		all = append(all, one)
	}
	addSales(t, s, all...)
	for _, span := range [][2]gremio.Day{{first, first.Plus(79)}, {"2026-02-01", "2026-02-28"}, {"2026-01-31", "2026-03-01"}, {"2026-02-10", "2026-02-12"}, {"2026-02-01", "2026-03-15"}} {
		sameStatistics(t, s, span[0], span[1], all)
	}
	clients, err := s.ClientsBetween(ctx, first, first.Plus(79), "A") // Ana and ANA are one; B has Pía and nobody
	if err != nil || clients != 1 {
		t.Errorf("A has %d clients, %v", clients, err)
	}
	// A day's clients are known to its close, and those of today as they stand.
	closed := gremio.DailyReport{Day: "2026-02-03", Revision: 2, ClosedAt: ptr(noon), Guild: gremio.VendorDay{Clients: 7}}
	older := closed
	older.Revision, older.Guild.Clients = 1, 9
	update(t, s, func(tx *store.Tx) error { return tx.AddReport(ctx, closed) })
	update(t, s, func(tx *store.Tx) error { return tx.AddReport(ctx, older) })
	byDay, err := s.SumsByDay(ctx, "2026-02-02", "2026-02-09", "2026-02-09", "")
	must(t, err)
	for day, want := range map[string]*int{"2026-02-03": ptr(7), "2026-02-04": nil, "2026-02-09": ptr(0)} {
		got := byDay[day].Clients
		if day == "2026-02-09" {
			want = ptr(len(plainSums(all, func(s gremio.Sale) string {
				if s.Day == "2026-02-09" && s.ClientKey != "" {
					return s.ClientKey
				}
				return ""
			})))
			if got == nil {
				got = ptr(0)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("clients of %s:\n%s", day, diff)
		}
	}
}

func saleFilters(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	a, b, c := sold("A", "1", "José  Pérez", 1, noon), sold("B", "1", "jose perez", 2, minute(1)), sold("A", "2", "", 3, noon.AddDate(0, 0, 2))
	addSales(t, s, a, b, c)
	update(t, s, func(tx *store.Tx) error {
		_, err := tx.VoidSale(ctx, "B", "1", "typed twice", minute(5))
		return err
	})
	for what, test := range map[string]struct {
		filter gremio.SaleFilter
		want   string
	}{
		"client":     {gremio.SaleFilter{Client: "JOSÉ PEREZ"}, "B1 A1 "},
		"from":       {gremio.SaleFilter{From: c.Day}, "A2 "},
		"to":         {gremio.SaleFilter{To: a.Day}, "B1 A1 "},
		"voided":     {gremio.SaleFilter{Voided: ptr(true)}, "B1 "},
		"not voided": {gremio.SaleFilter{Voided: ptr(false)}, "A2 A1 "},
		"nobody's":   {gremio.SaleFilter{Member: "nobody"}, ""},
	} {
		got, _, err := s.Sales(ctx, test.filter, gremio.Page{Limit: 10})
		must(t, err)
		said := ""
		for _, one := range got {
			said += string(one.Plate) + one.ID + " "
		}
		if said != test.want {
			t.Errorf("by %s: %q, want %q", what, said, test.want)
		}
	}
}
