package sheet_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"gremio"
	"gremio/internal/sheet"
)

// TestDeliverySheets wants a row for each stop, nothing that a sheet program takes
// for a formula, and the same cells in every kind of file.
func TestDeliverySheets(t *testing.T) {
	at := time.Date(2026, 11, 24, 3, 30, 0, 0, time.UTC) // 00:30 in Santiago
	units := 150
	all := []gremio.Delivery{{
		ID: "delivery-1", State: "left", Depot: &gremio.Depot{Name: "=Centro"}, Why: gremio.BecauseOfWait, PreparedAt: at, LeftAt: &at,
		Stops: []gremio.DeliveryStop{
			{Plate: "AA1000", Units: 185, Replenishment: "r-1", State: "confirmed", ConfirmedAt: &at, ConfirmedUnits: &units},
			{Plate: "BB2000", Units: 190, Replenishment: "r-2", State: "failed", FailedAt: &at, FailReason: "+nadie; \"estaba\""},
		}}, {ID: "delivery-2", PreparedAt: at, Stops: nil}}
	var plain, excel, book bytes.Buffer
	for name, to := range map[string]*bytes.Buffer{"csv": &plain, "excel": &excel, "xlsx": &book} {
		if err := sheet.DeliveryWriters()[name](to, all); err != nil {
			t.Fatal(name, err)
		}
	}
	rows, err := csv.NewReader(&plain).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	for column, want := range map[string][2]string{
		"delivery": {"delivery-1", "delivery-1"}, "depot": {"'=Centro", "'=Centro"}, "stop": {"1", "2"}, "plate": {"AA1000", "BB2000"}, "units": {"185", "190"},
		"prepared_at": {"2026-11-24T00:30:00-03:00", "2026-11-24T00:30:00-03:00"}, "stop_state": {"confirmed", "failed"}, "confirmed_units": {"150", ""},
		"fail_reason": {"", `'+nadie; "estaba"`}, "done_at": {"", ""},
	} {
		i := slices.Index(rows[0], column)
		if i < 0 || rows[1][i] != want[0] || rows[2][i] != want[1] {
			t.Errorf("%s: %q and %q, want %q", column, rows[1], rows[2], want)
		}
	}
	text, ok := strings.CutPrefix(excel.String(), "\ufeff")
	in := csv.NewReader(strings.NewReader(text))
	in.Comma = ';'
	spanish, err := in.ReadAll()
	if !ok || err != nil || spanish[1][slices.Index(rows[0], "prepared_at")] != "2026-11-24 00:30:00" {
		t.Errorf("for Excel: %v %q", err, spanish)
	}
	f, err := excelize.OpenReader(&book)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := f.GetRows("Repartos")
	if err != nil || len(cells) != 3 || cells[2][slices.Index(rows[0], "units")] != "190" || cells[2][slices.Index(rows[0], "fail_reason")] != `'+nadie; "estaba"` {
		t.Errorf("xlsx: %v %q", err, cells)
	}
}

// TestStockText shows text that steers no terminal.
func TestStockText(t *testing.T) {
	at := time.Date(2026, 11, 24, 3, 30, 0, 0, time.UTC)
	dry := at.Add(time.Hour)
	var out strings.Builder
	err := sheet.StockText(&out, []gremio.StockLevel{{Plate: "AA1000", Units: 7, Initial: 200, Threshold: 20, UpdatedAt: &at, Forecast: &gremio.StockForecast{RunsOutAt: &dry}}, {Plate: "B1", Units: 200, Initial: 200, Threshold: 20}})
	want := "PLATE   UNITS  INITIAL  THRESHOLD  UPDATED_AT           RUNS_OUT_AT\nAA1000  7      200      20         2026-11-24 00:30:00  2026-11-24 01:30:00\nB1      200    200      20\n"
	if err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out.String())
	}
	out.Reset()
	if err := sheet.DeliveryText(&out, []gremio.Delivery{{ID: "d", Depot: &gremio.Depot{Name: "Ñuñoa\x1b[31m"}, Stops: []gremio.DeliveryStop{{}}}}); err != nil || strings.Contains(out.String(), "\x1b") {
		t.Errorf("%v %q", err, out.String())
	}
}
