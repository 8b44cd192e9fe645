package gremio_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
)

func TestBusiestHour(t *testing.T) {
	for _, test := range []struct {
		units map[int]int
		want  *int
	}{
		{nil, nil},
		{map[int]int{0: 1}, ptr(0)},
		{map[int]int{23: 1}, ptr(23)},
		{map[int]int{9: 5, 13: 8, 20: 7}, ptr(13)},
		{map[int]int{9: 5, 13: 8, 20: 8}, ptr(13)}, // the earliest of equals
	} {
		var units [24]int
		for h, n := range test.units {
			units[h] = n
		}
		if diff := cmp.Diff(test.want, gremio.BusiestHour(units)); diff != "" {
			t.Errorf("%v:\n%s", test.units, diff)
		}
	}
}

func TestFinish(t *testing.T) {
	at := func(hour int) *time.Time { return ptr(noon.Add(time.Duration(hour) * time.Hour)) }
	r := gremio.DailyReport{
		Day: "2026-11-22",
		Vendors: []gremio.VendorDay{
			{Plate: "C", Sales: 1, Units: 5},
			{Plate: "B", Sales: 4, Units: 10, NamedSales: 3, NamedUnits: 9, Clients: 2, Takings: ptr(int64(3000)), FirstSale: at(1), LastSale: at(6)},
			{Plate: "A", Sales: 2, Units: 6, NamedSales: 1, NamedUnits: 3, Clients: 1, Takings: ptr(int64(500)), FirstSale: at(2), LastSale: at(8)},
		},
		// One client bought from two carts.
		Guild: gremio.VendorDay{Clients: 2},
	}
	r.Finish()
	none := []gremio.Frequent{}
	want := gremio.DailyReport{
		Day: "2026-11-22",
		Vendors: []gremio.VendorDay{
			{Plate: "A", Sales: 2, Units: 6, NamedSales: 1, NamedUnits: 3, Clients: 1, MeanUnitsPerSale: ptr(3.), MeanUnitsPerClient: ptr(3.), Takings: ptr(int64(500)), FirstSale: at(2), LastSale: at(8), FrequentClients: none, NamedShare: ptr(0.5)},
			{Plate: "B", Sales: 4, Units: 10, NamedSales: 3, NamedUnits: 9, Clients: 2, MeanUnitsPerSale: ptr(2.5), MeanUnitsPerClient: ptr(4.5), Takings: ptr(int64(3000)), FirstSale: at(1), LastSale: at(6), FrequentClients: none, NamedShare: ptr(0.75)},
			{Plate: "C", Sales: 1, Units: 5, MeanUnitsPerSale: ptr(5.), FrequentClients: none, NamedShare: ptr(0.)},
		},
		Guild: gremio.VendorDay{Sales: 7, Units: 21, NamedSales: 4, NamedUnits: 12, Clients: 2, MeanUnitsPerSale: ptr(3.), MeanUnitsPerClient: ptr(6.), Takings: ptr(int64(3500)),
			FirstSale: at(1), LastSale: at(8), FrequentClients: none, NamedShare: ptr(4. / 7)},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
}

func TestFinishOfADayWithoutSales(t *testing.T) {
	r := gremio.DailyReport{Day: "2026-11-22"}
	r.Finish()
	if diff := cmp.Diff(gremio.DailyReport{Day: "2026-11-22", Guild: gremio.VendorDay{FrequentClients: []gremio.Frequent{}}}, r); diff != "" {
		t.Errorf("no means, no takings, no hours:\n%s", diff)
	}
}

func TestReportValidate(t *testing.T) {
	for _, test := range []struct {
		report gremio.DailyReport
		wrong  int
	}{
		{gremio.DailyReport{Day: "2026-11-22", Revision: 1}, 0},
		{gremio.DailyReport{Day: "2026-11-22"}, 1},
		{gremio.DailyReport{Day: "22-11-2026", Revision: 1}, 1},
		{gremio.DailyReport{}, 2},
	} {
		if fields := (gremio.DayClosed{Report: test.report}).Validate(); len(fields) != test.wrong {
			t.Errorf("day %q revision %d: %v", test.report.Day, test.report.Revision, fields)
		}
		if fields := (gremio.DayRevised{Report: test.report}).Validate(); len(fields) != test.wrong {
			t.Errorf("revised: day %q revision %d: %v", test.report.Day, test.report.Revision, fields)
		}
	}
}
