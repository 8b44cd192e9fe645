package httpapi_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/forecast"
	"gremio/internal/httpapi"
)

// TestStopIsNeverBeforeItsDelivery takes what is said of a stop, without a time,
// by an api whose clock is behind that of the worker that prepared the delivery.
func TestStopIsNeverBeforeItsDelivery(t *testing.T) {
	h := newHouse(t, false, func(c *httpapi.Config) { c.Now = func() time.Time { return time.Now().Add(-time.Minute) } })
	h.twoVendors()
	d, found, err := h.store.Delivery(h.ctx(), "delivery-of-both")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	for i, path := range []string{"/stops/AA11/confirm", "/stops/ZZ99/fail"} {
		if got := h.post("/v1/deliveries/"+d.ID+path, []string{"", `{"reason":"no estaba"}`}[i]); got.code != 202 {
			t.Errorf("%s: %d %s", path, got.code, got.body)
		}
	}
	said := fmt.Sprintf(`{"units":7,"time":%q}`, d.PreparedAt.Add(time.Second).Format(time.RFC3339Nano)) // by a phone whose clock is right
	if got := h.post("/v1/deliveries/"+d.ID+"/stops/AA11/confirm", said); got.code != 202 {
		t.Errorf("%s: %d %s", said, got.code, got.body)
	}
	told := 0
	for _, e := range h.logged(gremio.TopicStock) {
		var at time.Time
		switch s := e.Data.(type) {
		case gremio.StopConfirmed:
			at = s.ConfirmedAt
		case gremio.StopFailed:
			at = s.FailedAt
		default:
			continue
		}
		told++
		if at.Before(d.PreparedAt) {
			t.Errorf("%s at %s, before %s", e.Type(), at, d.PreparedAt)
		}
	}
	if told != 3 {
		t.Errorf("%d acts on the log, want 3", told)
	}
}

func TestDeliveriesOfNoSpan(t *testing.T) {
	h := newHouse(t, true)
	h.send("GET", "/v1/deliveries?from=2026-11-24&to=2026-11-23", "").problem(t, 422).names(t, "query", "to")
}

// TestPreparedOnceByItsKey asks twice for a delivery under the same key, as after
// a connection that was cut: both are about one delivery.
func TestPreparedOnceByItsKey(t *testing.T) {
	h := newHouse(t, true)
	for _, key := range []string{"monday-1", "monday-1", "monday-2", "", ""} {
		if got := h.send("POST", "/v1/deliveries", "", "Idempotency-Key", key); got.code != 202 {
			t.Fatalf("%q: %d %s", key, got.code, got.body)
		}
	}
	type event struct{ id, delivery string }
	events, deliveries := map[event]int{}, map[string]int{}
	for _, e := range h.logged(gremio.TopicStock) {
		asked := e.Data.(gremio.DeliveryRequested)
		events[event{e.ID, asked.Delivery}]++
		deliveries[asked.Delivery]++
	}
	if len(deliveries) != 4 || len(events) != 4 {
		t.Errorf("%d deliveries in %d events, want 4 in 4: %v", len(deliveries), len(events), events)
	}
}

// TestStockListsAreFiles wants the files of the stock board to be whole, whatever a
// page holds, narrowed as the list is, and nobody's but who may see it.
func TestStockListsAreFiles(t *testing.T) {
	h := newHouse(t, false)
	h.twoVendors()
	lines := func(who *house, path string) []string {
		t.Helper()
		got := who.send("GET", path, "")
		if got.code != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/csv") || !strings.Contains(got.header.Get("Content-Disposition"), ".csv") {
			t.Fatalf("%s: %d %s %s", path, got.code, got.header, got.body)
		}
		return strings.Split(strings.TrimSuffix(string(got.body), "\n"), "\n")
	}
	if all := lines(h, "/v1/stock.csv"); len(all) != 3 || !strings.HasPrefix(all[1], string(mine)+",") || !strings.HasPrefix(all[2], string(theirs)+",") {
		t.Errorf("levels: %q", all)
	}
	if one := lines(h, "/v1/stock.csv?plate="+string(mine)); len(one) != 2 {
		t.Errorf("one cart's level: %q", one)
	}
	if all := lines(h, "/v1/deliveries.csv?state=open"); len(all) != 3 {
		t.Errorf("a delivery of two stops: %q", all)
	}
	if none := lines(h, "/v1/deliveries.csv?state=done"); len(none) != 1 {
		t.Errorf("no delivery: %q", none)
	}
	if got := h.send("GET", "/v1/replenishments.xlsx", ""); got.code != 200 || !strings.HasPrefix(string(got.body), "PK") {
		t.Errorf("%d %.40s", got.code, got.body)
	}
	if got := h.send("GET", "/v1/stock.csv?excel=true", ""); !strings.HasPrefix(string(got.body), "\ufeffplate;units") {
		t.Errorf("for Excel: %d %.80q", got.code, got.body)
	}
	vendor := h.as(h.session(h.person("v@x.cl", gremio.RoleVendor, mine)))
	if own := lines(vendor, "/v1/stock.csv"); len(own) != 2 || betrays("", []byte(strings.Join(own, "\n"))) != "" {
		t.Errorf("a vendor's: %q", own)
	}
	for path, want := range map[string]int{"/v1/stock.csv?plate=" + string(theirs): 403, "/v1/deliveries.csv": 403, "/v1/deliveries.xlsx": 403} {
		if got := vendor.send("GET", path, ""); got.code != want {
			t.Errorf("a vendor at %s: %d %s", path, got.code, got.body)
		}
	}
}

// TestStockForecast wants to hear of a cart that sells 24 units an hour, day and
// night, that its three last some minutes, in the list and in the file; and nothing
// of one that nobody can know of.
func TestStockForecast(t *testing.T) {
	h := newHouse(t, false)
	h.twoVendors()
	now := time.Now()
	levels := func() (items []gremio.StockLevel) {
		t.Helper()
		var list struct{ Items []gremio.StockLevel }
		must(t, json.Unmarshal(h.send("GET", "/v1/stock?plate="+string(mine), "").body, &list))
		if len(list.Items) != 1 {
			t.Fatalf("%d levels", len(list.Items))
		}
		return list.Items
	}
	if f := levels()[0].Forecast; f != nil {
		t.Errorf("nobody ever sold on these weekdays, and it runs out %v", f)
	}
	var sales []gremio.Sale
	for _, day := range forecast.Days(now, gremio.Clock(0, 0)) {
		for at := day.At(gremio.Clock(0, 0)); at.Before(day.Next().At(gremio.Clock(0, 0))) && at.Before(now); at = at.Add(time.Hour) {
			sales = append(sales, gremio.Sale{ID: fmt.Sprint(at.Unix()), Plate: mine, Units: 24, Time: at, ReceivedAt: at, Day: day, Hour: at.In(gremio.Santiago()).Hour()})
		}
	}
	must(t, h.update(sales))
	level := levels()[0]
	f := level.Forecast
	if f == nil || f.RunsOutAt == nil || f.Earliest == nil || level.Units != 3 {
		t.Fatalf("%+v", level)
	}
	// The hour that runs has sold all it will: a little more, at midnight, than usual.
	if lasts := f.RunsOutAt.Sub(now); lasts < 5*time.Minute || lasts > 20*time.Minute || f.Earliest.After(*f.RunsOutAt) || f.Latest != nil && f.Latest.Before(*f.RunsOutAt) {
		t.Errorf("three units at 24 an hour last %v: %+v", lasts, f)
	}
	rows, err := csv.NewReader(bytes.NewReader(h.send("GET", "/v1/stock.csv?plate="+string(mine), "").body)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][slices.Index(rows[0], "runs_out_at")] == "" {
		t.Errorf("%v %q", err, rows)
	}
}
