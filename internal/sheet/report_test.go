package sheet_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"gremio"
	"gremio/internal/sheet"
)

func ptr[T any](v T) *T { return &v }

func report() gremio.DailyReport {
	first := time.Date(2026, 11, 22, 15, 4, 5, 0, time.UTC) // 12:04:05 in Santiago
	r := gremio.DailyReport{
		Day: "2026-11-22", Revision: 1, Complete: true, ClosedAt: &first,
		Vendors: []gremio.VendorDay{
			{Plate: "AAAA11", Sales: 3, Units: 10, NamedSales: 2, NamedUnits: 7, Clients: 2, Takings: ptr(int64(1500)), FirstSale: &first, LastSale: ptr(first.Add(time.Hour)), BusiestHour: ptr(12),
				WeekBefore: &gremio.Sold{Sales: 2, Units: 6}, Tier: gremio.TierPremium,
				FrequentClients: []gremio.Frequent{{Client: `=HYPERLINK("http://x")`, Days: 2, Units: 5}, {Client: `El "Guatón" Pérez, hijo`, Days: 2, Units: 4}}},
			{Plate: "7", Sales: 1, Units: 1},
		},
		Guild: gremio.VendorDay{Clients: 2, BusiestHour: ptr(12), WeekBefore: &gremio.Sold{Sales: 2, Units: 6}},
	}
	r.Finish()
	return r
}

var table = [][]string{
	{"day", "revision", "complete", "plate", "sales", "units", "named_sales", "named_units", "clients", "mean_units_per_sale", "mean_units_per_client", "takings", "first_sale", "last_sale", "busiest_hour", "frequent_clients",
		"named_share", "week_before_sales", "week_before_units", "tier"},
	{"2026-11-22", "1", "true", "7", "1", "1", "0", "0", "0", "1.00", "", "", "", "", "", "", "0.00", "", "", ""},
	{"2026-11-22", "1", "true", "AAAA11", "3", "10", "2", "7", "2", "3.33", "3.50", "1500", "12:04:05", "13:04:05", "12", `'=HYPERLINK("http://x"); El "Guatón" Pérez, hijo`, "0.67", "2", "6", "premium"},
	{"2026-11-22", "1", "true", "", "4", "11", "2", "7", "2", "2.75", "3.50", "1500", "12:04:05", "13:04:05", "12", "", "0.50", "2", "6", ""},
}

func TestReportCSV(t *testing.T) {
	var b bytes.Buffer
	if err := sheet.ReportCSV(&b, report()); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(&b).ReadAll()
	if diff := cmp.Diff(table, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestReportXLSX(t *testing.T) {
	var b bytes.Buffer
	if err := sheet.ReportXLSX(&b, report()); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Ventas 2026-11-22")
	if err != nil || len(rows) != len(table) {
		t.Fatalf("%d rows, %v; want %d", len(rows), err, len(table))
	}
	if diff := cmp.Diff(table[0], rows[0]); diff != "" {
		t.Error(diff)
	}
	if rows[2][3] != "AAAA11" || rows[2][5] != "10" || rows[2][15] != table[2][15] {
		t.Errorf("a vendor's row is %v", rows[2])
	}
	for _, cell := range []string{"E2", "F2", "E3", "L3"} { // counts are numbers, so that a sheet can add them up
		if kind, err := f.GetCellType("Ventas 2026-11-22", cell); err != nil || kind == excelize.CellTypeSharedString || kind == excelize.CellTypeInlineString {
			t.Errorf("%s is text: %v, %v", cell, kind, err)
		}
	}
	if formula, err := f.GetCellFormula("Ventas 2026-11-22", "P3"); err != nil || formula != "" {
		t.Errorf("a client's name is the formula %q, %v", formula, err)
	}
}

func TestReportJSON(t *testing.T) {
	var b bytes.Buffer
	want := report()
	if err := sheet.ReportJSON(&b, want); err != nil {
		t.Fatal(err)
	}
	var got gremio.DailyReport
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReportText(t *testing.T) {
	var b bytes.Buffer
	incomplete := report()
	incomplete.Complete = false
	for want, r := range map[string]gremio.DailyReport{"revisión 1)": report(), "incompleto": incomplete, "aún no cerrado": {Day: "2026-11-22"}} {
		b.Reset()
		if err := sheet.ReportText(&b, r); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) || !strings.Contains(b.String(), "GREMIO") {
			t.Errorf("want %q in\n%s", want, &b)
		}
	}
}

func TestEveryWriterWritesAnEmptyDay(t *testing.T) {
	empty := gremio.DailyReport{Day: "2026-11-22", Vendors: []gremio.VendorDay{}}
	empty.Finish()
	for name, write := range sheet.ReportWriters() {
		var b bytes.Buffer
		if err := write(&b, empty); err != nil || b.Len() == 0 {
			t.Errorf("%s: %d bytes, %v", name, b.Len(), err)
		}
	}
}
