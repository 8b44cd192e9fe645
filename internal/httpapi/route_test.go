package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gremio"
)

// takeIn are the routes that open ingest allows without an identity.
var takeIn = []string{"/registro_miembro", "/registro_venta", "/ubicacion", "/agente_extranio",
	"/v1/applications", "/v1/sales", "/v1/positions", "/v1/sightings", "/v1/stock-counts", "/v1/shifts", "/v1/events"}

// publicTakeIn are those of them that never ask for an identity.
var publicTakeIn = []string{"/registro_miembro", "/agente_extranio", "/v1/applications", "/v1/sightings"}

func TestEveryRouteNamesAnAction(t *testing.T) {
	h := newHouse(t, true)
	routes := 0
	for path, methods := range h.openapi() {
		for method, route := range methods {
			routes++
			act, _ := route["x-gremio-action"].(string)
			noun, verb, found := strings.Cut(act, ".")
			if !found || noun == "" || verb == "" {
				t.Errorf("%s %s names the action %q", method, path, act)
			}
			if route["operationId"] == nil || route["summary"] == nil || route["responses"] == nil {
				t.Errorf("%s %s is not described: %v", method, path, route)
			}
		}
	}
	t.Log(routes, "routes")
}

// TestIdentityComesFirst wants 401 before the body is looked at, on exactly the
// routes that take in what is not everybody's to send.
func TestIdentityComesFirst(t *testing.T) {
	known := newHouse(t, false)
	h := known.stranger()
	h.unchanged(func() {
		for _, path := range takeIn {
			if slices.Contains(publicTakeIn, path) {
				continue
			}
			for _, body := range []string{"", "{broken", `{"plate":"A1","units":1}`, strings.Repeat("x", 12<<20)} {
				got := h.post(path, body)
				got.problem(t, 401)
				if got.header.Get("WWW-Authenticate") == "" {
					t.Errorf("POST %s: 401 without WWW-Authenticate", path)
				}
			}
		}
	})
	h.send("GET", "/v1/sales", "").problem(t, 401)
	if got := known.send("GET", "/v1/sales", ""); got.code != 200 {
		t.Errorf("GET /v1/sales: %d %s", got.code, got.body)
	}
}

// TestOtherSites refuses what a page of another site makes a browser send.
func TestOtherSites(t *testing.T) {
	h := newHouse(t, true)
	sale := `{"plate":"A1","units":1}`
	h.unchanged(func() {
		for _, headers := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"},
			{"Sec-Fetch-Site", "same-site"}, {"Origin", "null"}, {"Origin", "https://evil.example", "Content-Type", "text/plain"}} {
			for _, path := range takeIn {
				h.send("POST", path, sale, headers...).problem(t, 403)
			}
			h.send("PUT", "/v1/settings", `{"initial_stock":1}`, headers...).problem(t, 403)
		}
	})
	for _, headers := range [][]string{nil, {"Origin", h.url}, {"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}} {
		if got := h.send("POST", "/v1/sales", sale, headers...); got.code != 202 {
			t.Errorf("POST with %v: %d %s", headers, got.code, got.body)
		}
	}
}

func TestMethodsAndPaths(t *testing.T) {
	h := newHouse(t, true)
	for _, path := range []string{"/v1/", "/v1/nothing", "/v1/sales/x/y/z", "/v1/carts/A1/x", "/nothing"} {
		h.send("GET", path, "").problem(t, 404)
		h.send("POST", path, "{}").problem(t, 404)
	}
	for _, path := range []string{"/v1/carts/NOBODY", "/v1/applications/x", "/v1/alerts/x", "/v1/deliveries/x", "/v1/events/x", "/v1/reports/daily/2020-01-01?revision=3"} {
		h.send("GET", path, "").problem(t, 404)
	}
	for _, path := range []string{"/v1/alerts/x/close", "/v1/alerts/x/acknowledge", "/v1/deliveries/x/stops/A1/confirm", "/v1/applications/x/approve", "/v1/applications/x/reject", "/v1/sales/x/void"} {
		h.send("POST", path, "{}").problem(t, 404)
	}
	for _, path := range []string{"/v1/carts/***", "/v1/sales?plate=***", "/v1/sales?day=nonsense", "/v1/reports/daily/nonsense", "/v1/reports/daily/2026-02-30",
		"/v1/membership-lists/2026-13", "/v1/membership-lists/x", "/v1/events/x?at=y", "/v1/events/x?at=ventas/-1/0", "/v1/alerts?state=maybe", "/v1/statistics?day=x"} {
		h.send("GET", path, "").problem(t, 422)
	}
	for path, methods := range h.openapi() {
		path := strings.NewReplacer("{id}", "x", "{plate}", "A1", "{day}", "2026-01-01", "{month}", "2026-01").Replace(path)
		for _, method := range []string{"HEAD", "OPTIONS", "DELETE", "PATCH", "GET", "PUT", "TRACE"} {
			if methods[strings.ToLower(method)] != nil || path == "/v1/live" {
				continue
			}
			got := h.send(method, path, "")
			if got.code >= 500 || got.code >= 200 && got.code < 300 && (method != "HEAD" || methods["get"] == nil) {
				t.Errorf("%s %s: %d %.200s", method, path, got.code, got.body)
			}
			if method == "HEAD" && len(got.body) > 0 {
				t.Errorf("HEAD %s has a body: %.200s", path, got.body)
			}
		}
	}
}

// TestPages wants limits and cursors checked, on every list.
func TestPages(t *testing.T) {
	h := newHouse(t, true)
	lists := 0
	for path, methods := range h.openapi() {
		text, _ := json.Marshal(methods["get"])
		if !strings.Contains(string(text), `"name":"cursor"`) {
			continue
		}
		lists++
		path := strings.ReplaceAll(path, "{plate}", "A1")
		for _, limit := range []string{"0", "-1", "1001", "x", "1e9", "99999999999999999999"} {
			h.send("GET", path+"?limit="+limit, "").problem(t, 422)
		}
		for _, cursor := range []string{"nonsense", "%00", "'--", "eA", strings.Repeat("A", 5000), "MTIz"} {
			if got := h.send("GET", path+"?cursor="+cursor, ""); got.code != 200 || strings.HasPrefix(path, "/v1/sales") {
				got.problem(t, 422).names(t, "query", "cursor")
			}
		}
		got := h.send("GET", path+"?limit=1000", "")
		var page struct{ Items []json.RawMessage }
		if got.code != 200 || json.Unmarshal(got.body, &page) != nil || page.Items == nil || len(page.Items) != 0 && path != "/v1/audit" {
			t.Errorf("GET %s: %d %s, want an empty list", path, got.code, got.body)
		}
	}
	if lists < 8 {
		t.Errorf("only %d lists take a cursor", lists)
	}
}

// TestPagesGoOn follows cursors over all sales: each once, none left out.
func TestPagesGoOn(t *testing.T) {
	h := newHouse(t, true)
	var sales []gremio.Sale
	at := gremio.Instant(time.Now())
	for n := range 25 { // many of one instant, and one id on two carts
		id := string(rune('a' + n/2))
		sales = append(sales, gremio.Sale{ID: id, Plate: gremio.Plate([]string{"A1", "B2"}[n%2]), Units: 1, Time: at, ReceivedAt: at, Day: "2026-01-01"})
	}
	must(t, h.update(sales))
	seen := map[string]bool{}
	for path, pages := "/v1/sales?limit=4", 0; ; pages++ {
		got := h.send("GET", path, "")
		var page struct {
			Items []struct{ ID, Plate string }
			Next  string
		}
		must(t, json.Unmarshal(got.body, &page))
		for _, s := range page.Items {
			if seen[s.Plate+s.ID] {
				t.Errorf("%+v came twice", s)
			}
			seen[s.Plate+s.ID] = true
		}
		if page.Next == "" {
			break
		}
		if len(page.Items) != 4 || pages > 10 {
			t.Fatalf("page %d has %d items", pages, len(page.Items))
		}
		path = "/v1/sales?limit=4&cursor=" + page.Next
	}
	if len(seen) != len(sales) {
		t.Errorf("%d of %d sales", len(seen), len(sales))
	}
}

// TestLiveStream wants a snapshot, and then what changes.
func TestLiveStream(t *testing.T) {
	h := newHouse(t, true)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", h.url+"/v1/live", nil)
	must(t, err)
	h.shows.on(req)
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || kind != "text/event-stream" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s %v", resp.Status, resp.Header)
	}
	frames := bufio.NewScanner(resp.Body)
	frames.Buffer(nil, 1<<20)
	next := func() (event string, data map[string]json.RawMessage) {
		for frames.Scan() {
			if name, ok := strings.CutPrefix(frames.Text(), "event: "); ok {
				event = name
			} else if text, ok := strings.CutPrefix(frames.Text(), "data: "); ok {
				must(t, json.Unmarshal([]byte(text), &data))
				return event, data
			}
		}
		t.Fatal("the stream ended: ", frames.Err())
		return "", nil
	}
	event, first := next()
	if event != "snapshot" {
		t.Fatalf("first came %q", event)
	}
	for _, section := range []string{"at", "carts", "sightings", "alerts", "applications", "sales", "deliveries", "totals", "map"} {
		if len(first[section]) == 0 || string(first[section]) == "null" {
			t.Errorf("the snapshot has no %s: %s", section, first[section])
		}
	}
	must(t, h.update([]gremio.Sale{{ID: "live", Plate: "A1", Units: 3, Time: gremio.Instant(time.Now()), ReceivedAt: gremio.Instant(time.Now()),
		Day: gremio.DayOf(time.Now(), gremio.Clock(0, 0))}}))
	for { // a change may tell of something else first
		event, frame := next()
		if event != "change" {
			t.Fatalf("then came %q", event)
		}
		if strings.Contains(string(frame["sales"]), `"live"`) && strings.Contains(string(frame["totals"]), `"units":3`) {
			if frame["sightings"] != nil || frame["applications"] != nil {
				t.Errorf("the change tells what did not change: %v", frame)
			}
			return
		}
	}
}

func TestHealth(t *testing.T) {
	h := newHouse(t, true)
	for _, path := range []string{"/livez", "/readyz"} {
		if got := h.send("GET", path, ""); got.code != 200 {
			t.Errorf("GET %s: %d %s", path, got.code, got.body)
		}
	}
	got := h.send("GET", "/v1/settings", "")
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Content-Type": "application/json"} {
		if got.header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.header.Get(name), want)
		}
	}
}
