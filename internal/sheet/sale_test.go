package sheet_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/sheet"
)

func exported(t *testing.T, format string, sales ...gremio.Sale) string {
	t.Helper()
	var b bytes.Buffer
	w, err := sheet.NewSaleWriter(&b, format)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sales {
		if err := w.Write(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What an export writes, an import reads as the same sales under the same ids.
func TestExportedSales(t *testing.T) {
	at := time.Date(2026, 4, 5, 3, 30, 0, 0, time.UTC) // the second 23:30 of that night
	amount, lat := int64(1500), -33.44891234567
	a := gremio.Sale{ID: "caja-1", Plate: "BBCL12", Client: `O'Higgins; "el Guatón"`, Units: 3, Time: at, ReceivedAt: at, Day: "2026-04-04", Amount: &amount}
	a.Lat, a.Lon = &lat, &lat
	b := gremio.Sale{ID: "caja-2", Plate: "7", Units: 1, Time: at.Add(time.Second), ReceivedAt: at, Day: "2026-04-04", VoidedAt: &at, VoidReason: "=1+1"}
	text := exported(t, "csv", a, b)
	file := filepath.Join(t.TempDir(), "v.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := sheet.ReadSaleFile(file, sheet.SaleFileOptions{Mapping: mapping(t, "gremio")})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Sales) != 1 || f.Voided != 1 {
		t.Fatalf("%+v", f)
	}
	if s := f.Sales[0]; s.ID != a.ID || !s.Time.Equal(at) || s.Client != a.Client || *s.Amount != amount || s.Plate != a.Plate || len(s.Problems) > 0 {
		t.Errorf("%+v", s)
	}
	if !strings.Contains(text, "'=1+1") || !strings.Contains(text, "-33.44891234567") {
		t.Error(text)
	}
	excel := exported(t, "excel", a)
	if !strings.HasPrefix(excel, "\ufeffid;plate;") || !strings.Contains(excel, ";2026-04-04 23:30:00;") {
		t.Error(excel)
	}
	for want, sales := range map[int][]gremio.Sale{0: nil, 1: {a}, 2: {a, b}} {
		var got []gremio.Sale
		if err := json.Unmarshal([]byte(exported(t, "json", sales...)), &got); err != nil || len(got) != want {
			t.Errorf("%d sales as JSON: %v", want, err)
		}
		if lines := strings.Count(exported(t, "ndjson", sales...), "\n"); lines != want {
			t.Errorf("%d sales in %d lines", want, lines)
		}
	}
}

func TestStatisticsForExcel(t *testing.T) {
	mean := 2.5
	s := gremio.Statistics{By: gremio.ByDay, Rows: []gremio.StatisticsRow{{Key: "2026-11-22", SaleFigures: gremio.SaleFigures{Sales: 2, Units: 5, MeanUnitsPerSale: &mean}}}}
	var b bytes.Buffer
	if err := sheet.StatisticsWriters()["excel"](&b, s); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.HasPrefix(got, "\ufeffday;sales;units;") || !strings.Contains(got, "2026-11-22;2;5;;;;;2,50;;\r\n") {
		t.Errorf("%q", got)
	}
}
