package main_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gremio"
)

const bakery = "../../testdata/bakery-tickets.csv"

// testSalesImport takes a bakery's five months in, twice, and reads them back: what
// statistics say is what the file says when it is counted by itself.
func testSalesImport(t *testing.T, g *guild) {
	api := g.startAPI("up")
	importing := func(file string, more ...string) (string, string, int) {
		return finish(t, plain(append([]string{"sales", "import", file, "--mapping", "bakery", "--url", api.url, "--token", g.token()}, more...)...))
	}
	bad := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(bad, []byte("date,time,ticket,item\n2026-11-20,9:00,1,Pan\n2026-11-20,mediodía,2,Pan\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, more := range [][]string{{"--spread", "P1", "--dry-run"}, {"--spread", "P1"}} {
		if out, _, code := importing(bad, more...); code != 3 || !strings.Contains(out, "3     time") {
			t.Errorf("%v: exit %d: %s", more, code, out)
		}
	}
	spread := []string{"--spread", "P1,P2,P3,P4,P5"}
	if out, _, code := importing(bakery, append(spread, "--dry-run")...); code != 0 || !strings.Contains(out, "9465 good sales of 20507 units by 5 carts on 159 days") || !strings.Contains(out, "nothing was sent") {
		t.Errorf("exit %d: %s", code, out)
	}
	g.want(0, "SELECT COUNT(*) FROM sales")
	for range 2 {
		if out, stderr, code := importing(bakery, spread...); code != 0 || !strings.Contains(out, "9465 sales were sent") {
			t.Fatalf("exit %d: %s%s", code, out, stderr)
		}
		g.applied("sales", gremio.TopicSales)
	}
	g.want(9465, "SELECT COUNT(*) FROM sales")

	days, hours, all := countBakery(t)
	span := "&from=2016-10-01&to=2017-04-30"
	for by, want := range map[string]map[string]int{"day": days, "hour": hours} {
		got := map[string]int{}
		s := get[gremio.Statistics](api, "/v1/statistics?by="+by+span)
		for _, row := range s.Rows {
			got[row.Key] = row.Units
		}
		if diff := cmp.Diff(want, got); diff != "" || s.Units != all {
			t.Errorf("by %s: %d units, want %d\n%s", by, s.Units, all, diff)
		}
	}
	vendors := get[gremio.Statistics](api, "/v1/statistics?by=vendor"+span)
	if len(vendors.Rows) != 5 || vendors.Units != all {
		t.Errorf("by vendor: %+v", vendors)
	}
}

// testSalesExport writes more sales than a page of the api holds, as they come, and an
// import of what it wrote counts nothing twice.
func testSalesExport(t *testing.T, g *guild) {
	api := g.startAPI("up")
	as := []string{"--url", api.url, "--token", g.token()}
	if _, stderr, code := finish(t, plain(append([]string{"sales", "import", bakery, "--mapping", "bakery", "--spread", "P1,P2"}, as...)...)); code != 0 {
		t.Fatal(stderr)
	}
	g.applied("sales", gremio.TopicSales)
	file := filepath.Join(t.TempDir(), "ventas.csv")
	if out, stderr, code := finish(t, plain(append([]string{"sales", "export", "--output", file}, as...)...)); code != 0 || !strings.Contains(out, "9465 sales") {
		t.Fatalf("%s%s", out, stderr)
	}
	if out, stderr, code := finish(t, plain(append([]string{"sales", "import", file, "--mapping", "gremio"}, as...)...)); code != 0 || !strings.Contains(out, "9465 good sales of 20507 units by 2 carts") {
		t.Fatalf("%s%s", out, stderr)
	}
	g.applied("sales", gremio.TopicSales)
	g.want(9465, "SELECT COUNT(*) FROM sales")
	days, _, _ := countBakery(t)
	out, stderr, code := finish(t, plain(append([]string{"sales", "export", "--format", "ndjson", "--from", "2016-11-05", "--to", "2016-11-05", "--voided", "none"}, as...)...))
	units := 0
	for line := range strings.Lines(out) {
		var s gremio.Sale
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		units += s.Units
	}
	if code != 0 || units != days["2016-11-05"] {
		t.Errorf("exit %d, %d units, want %d: %s", code, units, days["2016-11-05"], stderr)
	}
}

// countBakery counts the bakery's units by day, by hour of the day, and all.
func countBakery(t *testing.T) (days, hours map[string]int, all int) {
	t.Helper()
	in, err := os.Open(bakery)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	days, hours = map[string]int{}, map[string]int{}
	for _, row := range rows[1:] {
		if row[3] != "NONE" {
			days[row[0]]++
			hours[row[1][:2]]++
			all++
		}
	}
	return days, hours, all
}
