package storetest

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gremio"
	"gremio/internal/store"
)

// sold returns a sale as worker sales makes it.
func sold(plate gremio.Plate, id, client string, units int, at time.Time) gremio.Sale {
	return gremio.Sale{
		ID: id, Plate: plate, Client: client, Units: units, Time: at, ReceivedAt: at,
		Day: gremio.DayOf(at, gremio.Clock(0, 0)), ClientKey: gremio.Fold(client), Hour: at.In(gremio.Santiago()).Hour(),
	}
}

func addSales(t failer, s *store.Store, sales ...gremio.Sale) {
	t.Helper()
	update(t, s, func(tx *store.Tx) error { return tx.AddSales(ctx, sales) })
}

func sales(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	whole := sold("BBCL12", "sale-1", "Ana", 3, noon)
	whole.ReceivedAt, whole.DeviceTime, whole.TimeText = minute(1), ptr(minute(-999)), "mediodía"
	whole.Stock, whole.Amount, whole.Where = ptr(17), ptr(int64(1500)), gremio.WhereIs(&gremio.Place{Point: &gremio.Point{Lat: -33.44891234567, Lon: -70.6693}})
	bare := sold("7", "sale-1", "", 1, minute(-5))
	bare.Where = gremio.WhereIs(&gremio.Place{Grid: &gremio.Grid{X: 20, Y: 95.5}})
	nowhere := sold("7", "sale-2", "", 1, noon.AddDate(0, 0, -1))
	addSales(t, s, whole, bare, nowhere)
	got, next, err := s.Sales(ctx, gremio.SaleFilter{}, gremio.Page{Limit: 10})
	must(t, err)
	if diff := cmp.Diff([]gremio.Sale{whole, bare, nowhere}, got); diff != "" || next != "" {
		t.Errorf("cursor %q\n%s", next, diff)
	}
	for what, test := range map[string]struct {
		filter gremio.SaleFilter
		want   []gremio.Sale
	}{
		"plate":  {gremio.SaleFilter{Plate: "7"}, []gremio.Sale{bare, nowhere}},
		"day":    {gremio.SaleFilter{Day: "2026-11-22"}, []gremio.Sale{whole, bare}},
		"id":     {gremio.SaleFilter{ID: "sale-1"}, []gremio.Sale{whole, bare}},
		"all":    {gremio.SaleFilter{Plate: "7", Day: "2026-11-22", ID: "sale-1"}, []gremio.Sale{bare}},
		"nobody": {gremio.SaleFilter{Plate: "8"}, nil},
	} {
		got, _, err := s.Sales(ctx, test.filter, gremio.Page{Limit: 10})
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("by %s: %v\n%s", what, err, diff)
		}
	}
	sellers := map[string]bool{}
	update(t, s, func(tx *store.Tx) (err error) {
		sellers, err = tx.CartsWithSales(ctx, []string{gremio.CartOf("7"), gremio.CartOf("8"), gremio.CartOf("BBCL12")})
		return err
	})
	if diff := cmp.Diff(map[string]bool{"cart-7": true, "cart-BBCL12": true}, sellers); diff != "" {
		t.Error(diff)
	}
}

// figures computes a day's report from its sales, as slowly and plainly as can be.
func figures(day gremio.Day, all []gremio.Sale) gremio.DailyReport {
	r := gremio.DailyReport{Day: day, Vendors: []gremio.VendorDay{}}
	var today []gremio.Sale
	plates := map[gremio.Plate]bool{}
	for _, s := range all {
		if s.Day == day && s.VoidedAt == nil {
			today = append(today, s)
			plates[s.Plate] = true
		}
	}
	of := func(keep func(gremio.Sale) bool) gremio.VendorDay {
		var v gremio.VendorDay
		clients := map[string]bool{}
		var hours [24]int
		for _, s := range today {
			if !keep(s) {
				continue
			}
			v.Sales++
			v.Units += s.Units
			hours[s.Time.In(gremio.Santiago()).Hour()] += s.Units
			if key := gremio.Fold(s.Client); key != "" {
				v.NamedSales++
				v.NamedUnits += s.Units
				clients[key] = true
			}
			if s.Amount != nil {
				if v.Takings == nil {
					v.Takings = new(int64)
				}
				*v.Takings += *s.Amount
			}
			if v.FirstSale == nil || s.Time.Before(*v.FirstSale) {
				v.FirstSale = ptr(s.Time)
			}
			if v.LastSale == nil || s.Time.After(*v.LastSale) {
				v.LastSale = ptr(s.Time)
			}
		}
		v.Clients, v.BusiestHour = len(clients), gremio.BusiestHour(hours)
		if v.Sales > 0 {
			v.MeanUnitsPerSale = ptr(float64(v.Units) / float64(v.Sales))
			v.NamedShare = ptr(float64(v.NamedSales) / float64(v.Sales))
		}
		if v.Clients > 0 {
			v.MeanUnitsPerClient = ptr(float64(v.NamedUnits) / float64(v.Clients))
		}
		v.FrequentClients = frequent(day, all, keep)
		return v
	}
	for p := range plates {
		v := of(func(s gremio.Sale) bool { return s.Plate == p })
		v.Plate = p
		r.Vendors = append(r.Vendors, v)
	}
	slices.SortFunc(r.Vendors, func(a, b gremio.VendorDay) int { return strings.Compare(string(a.Plate), string(b.Plate)) })
	r.Guild = of(func(gremio.Sale) bool { return true })
	return r
}

func frequent(day gremio.Day, all []gremio.Sale, keep func(gremio.Sale) bool) []gremio.Frequent {
	from := day
	for range gremio.FrequentDays - 1 {
		from = from.Prev()
	}
	type client struct {
		key, name string
		days      map[gremio.Day]bool
		units     int
	}
	clients := map[string]*client{}
	for _, s := range all {
		key := gremio.Fold(s.Client)
		if key == "" || s.VoidedAt != nil || s.Day < from || s.Day > day || !keep(s) {
			continue
		}
		c := clients[key]
		if c == nil {
			c = &client{key: key, name: s.Client, days: map[gremio.Day]bool{}}
			clients[key] = c
		}
		c.name = min(c.name, s.Client)
		c.days[s.Day] = true
		c.units += s.Units
	}
	var often []*client
	for _, c := range clients {
		if len(c.days) > 1 {
			often = append(often, c)
		}
	}
	sort.Slice(often, func(i, j int) bool {
		a, b := often[i], often[j]
		if len(a.days) != len(b.days) {
			return len(a.days) > len(b.days)
		}
		if a.units != b.units {
			return a.units > b.units
		}
		return a.key < b.key
	})
	named := []gremio.Frequent{}
	for _, c := range often[:min(len(often), gremio.FrequentClients)] {
		named = append(named, gremio.Frequent{Client: c.name, Days: len(c.days), Units: c.units})
	}
	return named
}

// Totals are the same whatever order and batches sales come in, and whatever is
// voided in between.
func salesInAnyOrder(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	checks := 0
	rapid.Check(t, func(t *rapid.T) {
		// Each check has days of its own, out of sight of the others'.
		first := gremio.DayOf(noon.AddDate(0, 0, 40*checks), gremio.Clock(0, 0))
		checks++
		days := []gremio.Day{first, first.Next()}
		var todo []func()
		var all []*gremio.Sale
		for i := range rapid.IntRange(0, 25).Draw(t, "sales") {
			day := rapid.SampledFrom(days).Draw(t, "day")
			at := day.Start(gremio.Clock(0, 0)).Add(time.Duration(rapid.IntRange(0, 24*3600-1).Draw(t, "second")) * time.Second).UTC()
			sale := sold(rapid.SampledFrom([]gremio.Plate{"A", "B", "7"}).Draw(t, "plate"), fmt.Sprint("sale-", checks, "-", i),
				rapid.SampledFrom([]string{"", "", "Ana", "ANA", "ána", "O'Higgins", `El "Guatón" Pérez`, "Peña", "Pena", "🥟"}).Draw(t, "client"),
				rapid.IntRange(1, 10_000).Draw(t, "units"), at)
			if rapid.Bool().Draw(t, "priced") {
				sale.Amount = ptr(int64(rapid.IntRange(0, gremio.MaxAmount).Draw(t, "amount")))
			}
			all = append(all, &sale)
		}
		order := rapid.Permutation(all).Draw(t, "order")
		for len(order) > 0 {
			n := rapid.IntRange(1, len(order)).Draw(t, "batch")
			batch := order[:n]
			order = order[n:]
			todo = append(todo, func() {
				var rows []gremio.Sale
				for _, p := range batch {
					rows = append(rows, *p)
				}
				addSales(t, s, rows...)
			})
			if victim := batch[0]; rapid.IntRange(0, 3).Draw(t, "void") == 0 {
				todo = append(todo, func() {
					at := victim.Time.Add(time.Duration(rapid.IntRange(-100, 100).Draw(t, "minutes")) * time.Minute)
					victim.VoidedAt = &at
					update(t, s, func(tx *store.Tx) error {
						voided, err := tx.VoidSale(ctx, victim.Plate, victim.ID, "typed twice", at)
						if err == nil && !voided {
							err = fmt.Errorf("sale %s is not there to be voided", victim.ID)
						}
						return err
					})
				})
			}
		}
		for _, do := range todo {
			do()
		}
		var rows []gremio.Sale
		for _, p := range all {
			rows = append(rows, *p)
		}
		sameStatistics(t, s, days[0], days[1], rows)
		for _, day := range days {
			got, err := s.ComputeReport(ctx, day)
			must(t, err)
			want := figures(day, rows)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("report of %s:\n%s", day, diff)
			}
			totals, err := s.Totals(ctx, day)
			must(t, err)
			g := want.Guild
			if diff := cmp.Diff(gremio.Totals{Day: day, Sales: g.Sales, Units: g.Units, Clients: g.Clients, MeanUnitsPerSale: g.MeanUnitsPerSale,
				MeanUnitsPerClient: g.MeanUnitsPerClient, Takings: g.Takings}, totals); diff != "" {
				t.Fatalf("totals of %s:\n%s", day, diff)
			}
		}
	})
}

func saleTwice(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	addSales(t, s, sold("A", "1", "Ana", 3, noon))
	wantKind(t, s.Update(ctx, func(tx *store.Tx) error {
		return tx.AddSales(ctx, []gremio.Sale{sold("A", "2", "Ana", 5, noon), sold("A", "1", "Ana", 3, noon)})
	}), gremio.Conflict)
	addSales(t, s, sold("B", "1", "Ana", 4, noon)) // another cart may name its sale so
	totals, err := s.Totals(ctx, "2026-11-22")
	if err != nil || totals.Sales != 2 || totals.Units != 7 || totals.Clients != 1 {
		t.Errorf("%+v, %v; want 2 sales of 7 units to one client", totals, err)
	}
}

func void(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	addSales(t, s, sold("A", "1", "Ana", 3, noon), sold("A", "2", "Beto", 5, minute(1)), sold("B", "1", "Ana", 4, minute(2)))
	take := func(plate gremio.Plate, id string) (voided bool) {
		t.Helper()
		update(t, s, func(tx *store.Tx) (err error) {
			voided, err = tx.VoidSale(ctx, plate, id, nasty[1], minute(10))
			return err
		})
		return voided
	}
	if !take("A", "1") {
		t.Error("a sale that is there is not voided")
	}
	if take("A", "1") {
		t.Error("a sale is voided twice")
	}
	// One that has not come yet is taken back when it comes, once.
	if !take("A", "3") || take("A", "3") {
		t.Error("a sale to come is not taken back, or twice")
	}
	addSales(t, s, sold("A", "3", "Ana", 50, minute(3)), sold("C", "3", "", 1, minute(3)))
	if !take("C", "3") || take("A", "3") {
		t.Error("a sale that was taken back before it came is another's, or is taken back again")
	}
	got, _, err := s.Sales(ctx, gremio.SaleFilter{Plate: "A", ID: "1"}, gremio.Page{Limit: 1})
	if err != nil || len(got) != 1 || got[0].VoidedAt == nil || !got[0].VoidedAt.Equal(minute(10)) || got[0].VoidReason != nasty[1] {
		t.Errorf("the voided sale is %+v, %v", got, err)
	}
	r, err := s.ComputeReport(ctx, "2026-11-22")
	if err != nil || r.Guild.Sales != 2 || r.Guild.Units != 9 || r.Guild.Clients != 2 || len(r.Vendors) != 2 || r.Vendors[0].Clients != 1 {
		t.Errorf("after voiding: %+v, %v", r, err)
	}
	if !take("A", "2") || !take("B", "1") {
		t.Error("the other sales are not voided")
	}
	r, err = s.ComputeReport(ctx, "2026-11-22")
	if err != nil || len(r.Vendors) != 0 || r.Guild.Sales != 0 || r.Guild.Clients != 0 || r.Guild.BusiestHour != nil || r.Guild.FirstSale != nil {
		t.Errorf("a day without sales: %+v, %v", r, err)
	}
	// The first sale of a day was wrong and is typed again.
	addSales(t, s, sold("A", "4", "", 1, minute(30)))
	if r, err = s.ComputeReport(ctx, "2026-11-22"); err != nil || len(r.Vendors) != 1 || !r.Vendors[0].FirstSale.Equal(minute(30)) || !r.Vendors[0].LastSale.Equal(minute(30)) {
		t.Errorf("first and last sale of %+v, %v; want %s", r.Vendors, err, minute(30))
	}
}

func reports(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	if _, found, err := s.Report(ctx, "2026-11-22", 0); found || err != nil {
		t.Fatalf("a day that is not closed: %v, %v", found, err)
	}
	one := gremio.DailyReport{Day: "2026-11-22", Revision: 1, Complete: true, ClosedAt: ptr(noon), Vendors: []gremio.VendorDay{{Plate: "A", Sales: 1, FrequentClients: []gremio.Frequent{{Client: nasty[1], Days: 2, Units: 3}}}},
		Guild: gremio.VendorDay{Sales: 1, MeanUnitsPerSale: ptr(1. / 3), FrequentClients: []gremio.Frequent{}}}
	again := one
	again.Guild.Sales = 99
	two := one
	two.Revision, two.ClosedAt, two.Complete = 2, ptr(minute(1)), false
	for _, r := range []gremio.DailyReport{one, again, two} {
		update(t, s, func(tx *store.Tx) error { return tx.AddReport(ctx, r) })
	}
	for revision, want := range map[int]gremio.DailyReport{0: two, 1: one, 2: two} {
		got, found, err := s.Report(ctx, "2026-11-22", revision)
		if diff := cmp.Diff(want, got); diff != "" || !found || err != nil {
			t.Errorf("revision %d: %v, %v\n%s", revision, found, err, diff)
		}
	}
	if _, found, err := s.Report(ctx, "2026-11-22", 3); found || err != nil {
		t.Errorf("a revision that is not there: %v, %v", found, err)
	}
}

func daysToReport(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	for n := range 3 {
		at := noon.AddDate(0, 0, n)
		addSales(t, s, sold("A", fmt.Sprint(n), "", 1, at), sold("B", fmt.Sprint(n), "", 1, at))
	}
	days, err := s.UnclosedDays(ctx, "2026-11-24")
	if diff := cmp.Diff([]gremio.Day{"2026-11-22", "2026-11-23"}, days); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	closed := noon.AddDate(0, 0, 1)
	update(t, s, func(tx *store.Tx) error {
		return tx.AddReport(ctx, gremio.DailyReport{Day: "2026-11-22", Revision: 1, Complete: true, ClosedAt: &closed, Guild: gremio.VendorDay{Sales: 2, Units: 2}})
	})
	if days, err = s.UnclosedDays(ctx, "2026-11-24"); len(days) != 1 || days[0] != "2026-11-23" || err != nil {
		t.Errorf("open days %v, %v; want 2026-11-23", days, err)
	}
	changed := func(quiet time.Time) []gremio.Day {
		t.Helper()
		days, err := s.ChangedDays(ctx, quiet)
		must(t, err)
		return days
	}
	if days := changed(closed.Add(time.Hour)); len(days) != 0 {
		t.Errorf("nothing came after closing, and yet %v", days)
	}
	late := sold("A", "late", "", 1, noon)
	late.ReceivedAt = closed.Add(time.Hour)
	addSales(t, s, late)
	if days := changed(late.ReceivedAt.Add(-time.Second)); len(days) != 0 {
		t.Errorf("a day that has not lain still is due: %v", days)
	}
	if days := changed(late.ReceivedAt); len(days) != 1 || days[0] != "2026-11-22" {
		t.Errorf("changed days %v, want 2026-11-22", days)
	}
	revised := late.ReceivedAt.Add(time.Hour)
	update(t, s, func(tx *store.Tx) error {
		return tx.AddReport(ctx, gremio.DailyReport{Day: "2026-11-22", Revision: 2, Complete: true, ClosedAt: &revised, Guild: gremio.VendorDay{Sales: 3, Units: 3}})
	})
	if days := changed(revised.Add(time.Hour)); len(days) != 0 {
		t.Errorf("a revised day is due again: %v", days)
	}
	// A report that was made without a sale that had been received before, or while
	// sales were on their way, is due again.
	missed := noon.AddDate(0, 0, 2).Add(time.Minute)
	for n, r := range []gremio.DailyReport{
		{Day: "2026-11-24", Revision: 1, Complete: true, ClosedAt: &missed, Guild: gremio.VendorDay{Sales: 1, Units: 1}},
		{Day: "2026-11-24", Revision: 2, Complete: false, ClosedAt: &missed, Guild: gremio.VendorDay{Sales: 2, Units: 2}},
	} {
		update(t, s, func(tx *store.Tx) error { return tx.AddReport(ctx, r) })
		if days := changed(missed); len(days) != 1 || days[0] != "2026-11-24" {
			t.Errorf("%d: %v, want 2026-11-24", n, days)
		}
	}
	missed = missed.Add(time.Minute)
	update(t, s, func(tx *store.Tx) error {
		return tx.AddReport(ctx, gremio.DailyReport{Day: "2026-11-24", Revision: 3, Complete: true, ClosedAt: &missed, Guild: gremio.VendorDay{Sales: 2, Units: 2}})
	})
	// Voiding a sale changes the day too, whenever the sale came.
	update(t, s, func(tx *store.Tx) error {
		_, err := tx.VoidSale(ctx, "A", "0", "", revised.Add(time.Minute))
		return err
	})
	if days := changed(revised.Add(time.Hour)); len(days) != 1 {
		t.Errorf("a voided sale changes %v, want 2026-11-22", days)
	}
}
