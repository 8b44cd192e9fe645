package sheet_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gremio"
	"gremio/internal/sheet"
)

func mapping(t *testing.T, name string) sheet.SaleMapping {
	t.Helper()
	m, err := sheet.ReadSaleMapping(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func saleFile(t *testing.T, name, text string, plates ...gremio.Plate) sheet.SaleFile {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ventas.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := sheet.ReadSaleFile(file, sheet.SaleFileOptions{Mapping: mapping(t, name), Plates: plates})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A bakery's five months: every ticket is one sale at its time, its rows without
// the NONE ones are the units.
func TestBakerySales(t *testing.T) {
	o := sheet.SaleFileOptions{Mapping: mapping(t, "bakery"), Plates: []gremio.Plate{"P1", "P2", "P3", "P4", "P5"}}
	f, err := sheet.ReadSaleFile("../../testdata/bakery-tickets.csv", o)
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open("../../testdata/bakery-tickets.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	units := map[string]int{} // by the clock's day and time
	for _, row := range rows[1:] {
		if row[3] != "NONE" {
			units[row[0]+" "+row[1]]++
		}
	}
	got, carts, ids := map[string]int{}, map[gremio.Plate]int{}, map[string]bool{}
	for _, s := range f.Sales {
		if len(s.Problems) > 0 {
			t.Fatal(s.Problems)
		}
		got[s.Time.In(gremio.Santiago()).Format("2006-01-02 15:04:05")] += s.Units
		carts[s.Plate]++
		ids[s.ID] = true
	}
	if len(f.Sales) != 9465 || f.Rows != 21293 || f.None != 786 || f.Empty != 66 || len(ids) != len(f.Sales) {
		t.Errorf("%d sales under %d ids, %d rows, %d none, %d empty", len(f.Sales), len(ids), f.Rows, f.None, f.Empty)
	}
	for at, n := range units {
		if got[at] != n {
			t.Errorf("%s: %d units, want %d", at, got[at], n)
		}
	}
	for _, p := range o.Plates {
		if carts[p] < 1500 {
			t.Errorf("the spread gives %s %d of %d sales", p, carts[p], len(f.Sales))
		}
	}
	again, err := sheet.ReadSaleFile("../../testdata/bakery-tickets.csv", o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range again.Sales {
		if a, b := again.Sales[i], f.Sales[i]; a.ID != b.ID || a.Plate != b.Plate {
			t.Fatalf("read again, %v is %v", b, a)
		}
	}
}

// Whatever is wrong is said, each with its line; what is right beside it is read.
func TestSaleProblems(t *testing.T) {
	f := saleFile(t, "ventas", "\ufeffBOLETA;Hora;Cliente;Sopaipillas;Patente;Monto\r\n"+
		"1;22-11-2026 14:05;José;1.000;bb-cl 12;$12.000\n"+ // 1000 units
		"2;ayer;;3;BBCL12;\n"+
		"3;22-11-2026 14:06;;2,5;BBCL12;\n"+
		"4;22-11-2026 14:07;;2;?;\n"+
		"5;06-09-2026 00:30;;2;BBCL12;\n"+ // the clock was turned forward at midnight
		"6;04-04-2026 23:30;;2,0;BBCL12;\n"+ // shown twice: the first is meant
		";22-11-2026 14:08;;2;BBCL12;\n"+
		"8;22-11-2026 14:09;;2;;\n"+
		"9;22-11-2026 14:10;Ana;2;BBCL12;100\n9;22-11-2026 14:10;Eva;1;BBCL12;50\n"+
		"10;22-11-2009 14:10;;2;BBCL12;\n"+
		"1;22-11-2026 14:05;;4;XX99;\n") // another cart's ticket 1
	var said []string
	for _, s := range f.Sales {
		for _, p := range s.Problems {
			said = append(said, fmt.Sprint(p.Line, " ", p.Column))
		}
	}
	want := "3 hora, 4 sopaipillas, 5 patente, 6 hora, 8 boleta, 9 patente, 11 cliente, 12 hora"
	if got := strings.Join(said, ", "); got != want {
		t.Errorf("problems\n%s, want\n%s", got, want)
	}
	first, twice, nine := f.Sales[0], f.Sales[5], f.Sales[8]
	if first.Plate != "BBCL12" || first.Units != 1000 || *first.Amount != 12000 || first.Client != "José" {
		t.Errorf("%+v", first)
	}
	if got := twice.Time.Format("2006-01-02T15:04Z"); got != "2026-04-05T02:30Z" {
		t.Errorf("the first 23:30 is %s", got)
	}
	if nine.Units != 3 || *nine.Amount != 150 {
		t.Errorf("%+v", nine)
	}
	if last := f.Sales[len(f.Sales)-1]; last.Plate != "XX99" || last.Units != 4 || last.ID == first.ID {
		t.Errorf("%+v", last)
	}
}

func TestSaleMappings(t *testing.T) {
	for text, want := range map[string]string{`{"time":"t","units":"u","zone":"Mars/Olympus"}`: "zone", `{"time":"t"}`: "what would a sale be",
		`{"units":"u","date":"d"}`: "no time", `{"tiem":"t"}`: "tiem", `{"time":"t","units":"u","decimal":"'"}`: "decimal"} {
		file := filepath.Join(t.TempDir(), "m.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sheet.ReadSaleMapping(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := sheet.ReadSaleMapping("nothing"); err == nil || !strings.Contains(err.Error(), "bakery, gremio, ventas") {
		t.Error(err)
	}
	file := filepath.Join(t.TempDir(), "v.csv")
	if err := os.WriteFile(file, []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sheet.ReadSaleFile(file, sheet.SaleFileOptions{Mapping: mapping(t, "bakery")}); err == nil || !strings.Contains(err.Error(), "date, item, ticket, time") {
		t.Error(err)
	}
}
