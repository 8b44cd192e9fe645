package httpapi_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

func readAs[T any](t *testing.T, h *house, path string, headers ...string) (v T) {
	t.Helper()
	got := h.send("GET", path, "", headers...)
	if got.code != 200 {
		t.Fatalf("GET %s: %d %s", path, got.code, got.body)
	}
	if err := json.Unmarshal(got.body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Statistics of each kind tell of the same sales, each in its own words.
func TestStatistics(t *testing.T) {
	h := newHouse(t, false)
	at := time.Date(2026, 3, 30, 15, 0, 0, 0, time.UTC) // a Monday
	var sales []gremio.Sale
	for i, s := range []struct {
		plate  gremio.Plate
		client string
		days   int
		hours  int
	}{{"A1", "Ana", 0, 0}, {"A1", "", 1, 3}, {"B2", "ANA", 1, 0}, {"A1", "Eva", 7, 0}} {
		when := at.AddDate(0, 0, s.days).Add(time.Duration(s.hours) * time.Hour)
		sales = append(sales, gremio.Sale{ID: string(rune('a' + i)), Plate: s.plate, Client: s.client, ClientKey: gremio.Fold(s.client), Units: i + 1, Time: when, ReceivedAt: when,
			Day: gremio.DayOf(when, gremio.Clock(0, 0)), Hour: when.In(gremio.Santiago()).Hour()})
	}
	if err := h.update(sales); err != nil {
		t.Fatal(err)
	}
	h.write(func(tx *store.Tx) error {
		_, err := tx.VoidSale(context.Background(), "A1", "b", "typed twice", at)
		return err
	})
	for query, want := range map[string]map[string]int{
		"by=day":             {"2026-03-30": 1, "2026-03-31": 3, "2026-04-06": 4},
		"by=week":            {"2026-03-30": 4, "2026-04-06": 4},
		"by=month":           {"2026-03": 4, "2026-04": 4},
		"by=vendor":          {"A1": 5, "B2": 3},
		"by=vendor&plate=a1": {"A1": 5},
		"by=hour":            {"11": 4, "12": 4},
		"by=hour&plate=A1":   {"11": 4, "12": 1},
		"by=tier":            {"none": 8},
		"by=day&plate=B2":    {"2026-03-31": 3},
	} {
		s := readAs[gremio.Statistics](t, h, "/v1/statistics?from=2026-03-01&to=2026-04-30&"+query)
		got, total := map[string]int{}, 0
		for _, row := range s.Rows {
			got[row.Key] = row.Units
			total += row.Units
		}
		if query == "by=hour" || query == "by=hour&plate=A1" { // the clock changes on the way: both hours are 15:00 UTC
			if total != s.Units {
				t.Errorf("%s: rows %d, total %d", query, total, s.Units)
			}
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" || total != s.Units {
			t.Errorf("%s: total %d\n%s", query, s.Units, diff)
		}
	}
	own := readAs[gremio.Statistics](t, h, "/v1/statistics?by=month&from=2026-03-01&to=2026-04-30&plate=A1")
	if own.Clients == nil || *own.Clients != 2 || own.MeanUnitsPerClient == nil || *own.MeanUnitsPerClient != 2.5 || *own.NamedShare != 1 {
		t.Errorf("of A1: %+v", own)
	}
	for _, query := range []string{"by=day&from=2026-02-02&to=2026-02-01", "by=day&from=2010-01-01&to=2026-01-01", "by=week&day=2026-01-01", "by=plate", "by=day&from=x"} {
		if got := h.send("GET", "/v1/statistics?"+query, ""); got.code != 422 {
			t.Errorf("%s: %d", query, got.code)
		}
	}
	if got := h.send("GET", "/v1/statistics.csv?excel=true&by=day&from=2026-03-01&to=2026-04-30", ""); got.code != 200 || !strings.HasPrefix(string(got.body), "\ufeffday;sales") {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := h.send("GET", "/v1/statistics.xlsx?by=day&from=2026-03-01&to=2026-04-30", ""); got.code != 200 || !strings.HasPrefix(string(got.body), "PK") {
		t.Errorf("xlsx: %d", got.code)
	}
	if got := h.send("GET", "/v1/reports/daily/2026-03-30.csv?excel=true", ""); got.code != 200 || !strings.HasPrefix(string(got.body), "\ufeffday;revision") {
		t.Errorf("%d %s", got.code, got.body)
	}
	type list struct{ Items []gremio.Sale }
	if got := readAs[list](t, h, "/v1/sales?from=2026-03-31&voided=false", "Gremio-Client", "%C3%81na"); len(got.Items) != 1 || got.Items[0].ID != "c" {
		t.Errorf("filtered: %+v", got.Items)
	}
	h.send("GET", "/v1/sales", "", "Gremio-Client", "%zz").problem(t, 422)
	h.send("GET", "/v1/sales?from=2026-03-31&to=2026-03-30", "").problem(t, 422)
}

// Whoever reaches the own cart alone gets its figures, whatever is asked for.
func TestStatisticsOfOwnCart(t *testing.T) {
	h := newHouse(t, false)
	h.twoVendors()
	vendor := h.as(h.session(h.person("vendor@example.cl", gremio.RoleVendor, mine)))
	for _, by := range []string{"day", "week", "month", "vendor", "hour", "tier"} {
		s := readAs[gremio.Statistics](t, vendor, "/v1/statistics?from=2026-01-01&by="+by)
		if s.Plate != mine || s.Units != 9 || strings.Contains(string(vendor.send("GET", "/v1/statistics?by="+by, "").body), string(theirs)) {
			t.Errorf("by %s: %+v", by, s)
		}
		vendor.send("GET", "/v1/statistics?by="+by+"&plate="+string(theirs), "").problem(t, 403)
	}
}

// What a report says of the guild beside its vendors is nothing to a vendor's account.
func TestReportOfOwnCart(t *testing.T) {
	h := newHouse(t, false)
	now := gremio.Instant(time.Now())
	r := gremio.DailyReport{Day: "2026-01-05", Revision: 2, Complete: true, ClosedAt: &now, Vendors: []gremio.VendorDay{{Plate: mine, Sales: 1, Units: 3}, {Plate: theirs, Sales: 1, Units: 4321}},
		Tiers: []gremio.TierDay{{Tier: gremio.TierBasic, Units: 4324}}, Silent: []gremio.Plate{theirs}, Late: []gremio.LateSale{{Plate: theirs, Sale: theirID, Units: 4321}},
		LateMore: 1, Changed: []gremio.Change{{Plate: theirs, Units: 4321}}, Places: []gremio.PlaceDay{{Lat: -33.98765, Units: 4321}}}
	r.Finish()
	h.write(func(tx *store.Tx) error { return tx.AddReport(context.Background(), r) })
	vendor := h.as(h.session(h.person("vendor@example.cl", gremio.RoleVendor, mine)))
	got := vendor.send("GET", "/v1/reports/daily/2026-01-05", "")
	for _, mark := range append(marks, "4324", `"late`, `"changed`, `"silent`, `"places`, `"tiers`) {
		if got.code != 200 || strings.Contains(string(got.body), mark) {
			t.Errorf("%d, %s in %s", got.code, mark, got.body)
		}
	}
	if all := string(h.send("GET", "/v1/reports/daily/2026-01-05", "").body); !strings.Contains(all, theirID) || !strings.Contains(all, "4324") {
		t.Errorf("the admin gets %s", all)
	}
}
