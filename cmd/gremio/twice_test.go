package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"gremio"
)

// testSentTwice sends one event again and again, through two apis.
func testSentTwice(t *testing.T, g *guild) {
	g.startBroker()
	one, two := g.startAPI("api"), g.startAPI("api")
	g.start("worker", "sales", "stock", "positions", "members")
	posts := map[string][2]string{ // the same words, and others under the same id
		"/v1/sales":        {`{"id":"x","plate":"AB.CD-12","units":3,"client":"Ana"}`, `{"id":"x","plate":"ABCD12","units":4,"client":"Ana"}`},
		"/v1/stock-counts": {`{"id":"x2","plate":"ABCD12","units":90}`, `{"id":"x2","plate":"ABCD12","units":91}`},
		"/v1/shifts":       {`{"id":"x1","plate":"ABCD12","action":"start"}`, `{"id":"x1","plate":"ABCD12","action":"end"}`},
		"/v1/sightings":    {`{"id":"x","lat":-33.4,"lon":-70.6}`, `{"id":"x","lat":-33.5,"lon":-70.6}`},
		"/v1/applications": {`{"id":"x","given_name":"A","family_name":"B","rut":"11111111-1","email":"a@example.cl","tier":"basic"}`,
			`{"id":"x","given_name":"Z","family_name":"B","rut":"11111111-1","email":"a@example.cl","tier":"basic"}`},
	}
	first := map[string]ack{}
	for path, p := range posts {
		first[path] = one.post(path, p[0])
	}
	all := func() {
		t.Helper()
		g.applied("sales", gremio.TopicSales)
		g.applied("stock", gremio.TopicStock, gremio.TopicSales)
		g.applied("positions", gremio.TopicPositions, gremio.TopicSales)
		g.applied("members", gremio.TopicMemberships)
	}
	all()
	for path, p := range posts {
		for _, api := range []*process{one, two} {
			if again := api.post(path, p[0]); again != first[path] {
				t.Errorf("POST %s again: %+v, the first time %+v", path, again, first[path])
			}
			if code, _, answer := api.try("POST", path, p[1]); code != http.StatusConflict || !bytes.Contains(answer, []byte(`"status":409`)) {
				t.Errorf("POST %s with other content under the same id: %d %s, want 409", path, code, answer)
			}
		}
	}
	// Idempotency-Key names the event as id does.
	req, _ := http.NewRequest("POST", two.url+"/v1/sales", bytes.NewReader([]byte(`{"plate":"ABCD12","units":3,"client":"Ana"}`)))
	req.Header.Set("Idempotency-Key", "key-1")
	for range 2 {
		req.Body, _ = req.GetBody()
		if resp, err := caller.Do(req); err != nil || resp.StatusCode != 202 {
			t.Errorf("with Idempotency-Key: %v %v", resp, err)
		} else {
			resp.Body.Close()
		}
	}
	// Twenty at once, while neither api nor database can know the others.
	var wg sync.WaitGroup
	for n := range 20 {
		api := []*process{one, two}[n%2]
		wg.Go(func() {
			if code, _, answer := api.try("POST", "/v1/sales", `{"id":"race","plate":"ABCD12","units":5}`); code != 202 {
				t.Errorf("%d %s", code, answer)
			}
		})
	}
	wg.Wait()
	sentAWeekLater(t, g, two, posts, first)
	// An id is unique for its plate, not for the guild.
	two.post("/v1/sales", `{"id":"x","plate":"OTHER1","units":1}`)
	// A position is known by plate and fix time, whatever its id.
	fix := `"plate":"ABCD12","lat":-33.4,"lon":-70.6,"time":"` + timeOfDay(t, g) + `"}`
	one.post("/v1/positions", `{"id":"p1",`+fix)
	two.post("/v1/positions", `{"id":"p2",`+fix)
	all()
	g.want(5, "SELECT COUNT(*) FROM sales")
	g.want(3+3+5+2+1, "SELECT SUM(units) FROM sales")
	g.want(13, "SELECT SUM(units) FROM day_totals WHERE plate = 'ABCD12'")
	g.want(1, "SELECT COUNT(*) FROM track")
	g.want(1, "SELECT COUNT(*) FROM sightings")
	g.want(1, "SELECT COUNT(*) FROM applications")
	for _, worker := range []string{"sales", "stock", "positions", "members"} {
		g.want(0, "SELECT COUNT(*) FROM "+worker+"_rejections")
	}
}

// sentAWeekLater sends events again in one request, when their ids were noted a
// week ago and no process remembers them: as they were, and with other content.
func sentAWeekLater(t *testing.T, g *guild, api *process, posts map[string][2]string, first map[string]ack) {
	t.Helper()
	for _, worker := range []string{"sales", "stock", "positions", "members"} {
		if _, err := g.db.Exec("UPDATE " + worker + "_ids SET applied_at = applied_at - 8 * 86400 * 1000000"); err != nil {
			t.Fatal(err)
		}
	}
	types := map[string]string{"/v1/sales": "sale", "/v1/stock-counts": "stock_count", "/v1/shifts": "shift", "/v1/sightings": "sighting", "/v1/applications": "application"}
	for content := range 2 {
		var lines strings.Builder
		paths := slices.Sorted(maps.Keys(posts))
		for _, path := range paths {
			fmt.Fprintf(&lines, `{"type":%q,%s`+"\n", types[path], posts[path][content][1:])
		}
		code, _, answer := api.try("POST", "/v1/events", lines.String())
		var all items[struct {
			ID, At  string
			Problem struct{ Status int }
		}]
		if code != 202 || json.Unmarshal(answer, &all) != nil || len(all.Items) != len(paths) {
			t.Fatalf("POST /v1/events a week later: %d %s", code, answer)
		}
		for i, item := range all.Items {
			switch path := paths[i]; {
			case content == 0 && (ack{item.ID, item.At}) != first[path]:
				t.Errorf("%s a week later: %+v, the first time %+v", path, item, first[path])
			case content == 1 && item.Problem.Status != http.StatusConflict:
				t.Errorf("%s with other content a week later: %+v, want 409", path, item)
			}
		}
	}
	// The first client may name its sale as well.
	for range 2 {
		if code, _, answer := api.try("POST", "/registro_venta", `{"id":"f","Patente":"ABCD12","Cliente":"Ana","CantSopaipillas":2,"Hora":"12:30","Stock":200}`); code != 202 {
			t.Errorf("POST /registro_venta with an id: %d %s", code, answer)
		}
	}
}

// timeOfDay is a moment of an hour ago.
func timeOfDay(t *testing.T, g *guild) string {
	t.Helper()
	return anHourAgo().Format("2006-01-02T15:04:05Z")
}

// testSentTwiceUnapplied reuses an id while no worker has applied the first:
// the log takes both, the first wins and the other is rejected with the reason.
func testSentTwiceUnapplied(t *testing.T, g *guild) {
	g.startBroker()
	one, two := g.startAPI("api"), g.startAPI("api")
	first := one.post("/v1/sales", `{"id":"same","plate":"AA1000","units":1}`)
	other := two.post("/v1/sales", `{"id":"same","plate":"AA1000","units":2}`)
	again := one.post("/v1/sales", `{"id":"same","plate":"AA1000","units":1}`)
	if first.At == other.At || first.ID != "same" || other.ID != "same" || again.ID != "same" {
		t.Errorf("answers %+v, %+v and %+v", first, other, again)
	}
	type state struct {
		Workers []struct{ Worker, State, Reason string }
	}
	of := func(at string) string {
		s := ""
		for _, w := range get[state](one, "/v1/events/same?at="+at).Workers {
			s += w.Worker + " " + w.State + ","
		}
		return s
	}
	if s := of(first.At); s != "sales pending,stock pending,positions pending," {
		t.Errorf("before any worker: %s", s)
	}
	if code, _, answer := one.try("GET", "/v1/events/same", nil); code != 404 {
		t.Errorf("an id that the database does not know: %d %s, want 404", code, answer)
	}
	g.start("worker", "sales", "stock", "positions")
	for _, worker := range []string{"sales", "stock", "positions"} {
		g.applied(worker, gremio.TopicSales)
	}
	if s := of(first.At); s != "sales applied,stock applied,positions applied," {
		t.Errorf("the first: %s", s)
	}
	if s := of(other.At); s != "sales rejected,stock rejected,positions rejected," {
		t.Errorf("the other: %s", s)
	}
	g.want(1, "SELECT COUNT(*) FROM sales")
	g.want(1, "SELECT SUM(units) FROM sales")
	g.want(199, "SELECT units FROM stock_levels WHERE plate = 'AA1000'")
	g.want(1, "SELECT COUNT(*) FROM sales_rejections WHERE reason LIKE 'id reused%'")
	eventually(t, "the rejection is on the log", func() error {
		n := 0
		for _, r := range g.records(gremio.TopicRejected) {
			if bytes.Contains(r.Value, []byte("id reused")) {
				n++
			}
		}
		if n != 3 {
			return errorf("%d of 3 workers said so", n)
		}
		return nil
	})
}

// testIDsAsWritten sends ids and clients that a careless database takes for
// one: each is its own event.
func testIDsAsWritten(t *testing.T, g *guild) {
	up := g.startAPI("up")
	ids := []string{"a", "A", "á", "a ", " a", "ａ", "a.", "n", "ñ", "ß", "ss", "😀", "😁", "%", "_", "'", `"`, `\`, "a/b", "a:b"}
	for n, id := range ids {
		up.post("/v1/sales", map[string]any{"id": id, "plate": "IDS1", "units": 1, "client": fmt.Sprintf("Peña %s", id)})
		up.post("/v1/sightings", map[string]any{"id": id, "lat": -33.4, "lon": -70.6, "note": fmt.Sprint(n)})
	}
	for _, client := range []string{"Peña", "Pena", "PEÑA", "  peña "} {
		up.post("/v1/sales", map[string]any{"plate": "IDS2", "units": 1, "client": client})
	}
	g.applied("sales", gremio.TopicSales)
	g.applied("positions", gremio.TopicPositions)
	n := int64(len(ids))
	g.want(n, "SELECT COUNT(*) FROM sales WHERE plate = 'IDS1'")
	g.want(n, "SELECT COUNT(*) FROM sightings")
	g.want(2, "SELECT COUNT(*) FROM client_totals WHERE cart_id = (SELECT cart_id FROM sales WHERE plate = 'IDS2' LIMIT 1)")
	g.want(0, "SELECT COUNT(*) FROM sales_rejections")
	g.want(0, "SELECT COUNT(*) FROM positions_rejections")
	type sale struct{ ID, Plate string }
	got := map[string]bool{}
	for _, s := range get[items[sale]](up, "/v1/sales?plate=IDS1").Items {
		got[s.ID] = true
	}
	for _, id := range ids {
		if !got[id] {
			t.Errorf("sale %q is not in the list", id)
		}
	}
}
