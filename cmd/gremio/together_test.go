package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"gremio"
)

// testSentTogether sends every kind of event from twenty clients at once,
// through two apis, one by one and many in a request, half of them with other
// content under the same id, while no database can tell. The first in the log
// counts, once; whoever asks is told what became of his.
func testSentTogether(t *testing.T, g *guild) {
	g.startBroker()
	apis := []*process{g.startAPI("api"), g.startAPI("api")}
	fix := timeOfDay(t, g)
	kinds := []struct {
		path, kind, worker string
		body               [2]string
	}{
		{"/v1/sales", "sale", "sales", [2]string{`"plate":"AB12","units":3`, `"plate":"AB12","units":4`}},
		{"/v1/stock-counts", "stock_count", "stock", [2]string{`"plate":"AB12","units":90`, `"plate":"AB12","units":91`}},
		{"/v1/shifts", "shift", "positions", [2]string{`"plate":"AB12","action":"start"`, `"plate":"AB12","action":"end"`}},
		{"/v1/sightings", "sighting", "positions", [2]string{`"lat":-33.4,"lon":-70.6`, `"lat":-33.5,"lon":-70.6`}},
		{"/v1/positions", "position", "positions", [2]string{`"plate":"AB12","lat":-33.4,"lon":-70.6,"time":"` + fix + `"`, `"plate":"AB12","lat":-33.5,"lon":-70.6`}},
		{"/v1/applications", "application", "members", [2]string{`"given_name":"Ana","family_name":"B","rut":"11111111-1","email":"a@example.cl","tier":"basic"`,
			`"given_name":"Eva","family_name":"B","rut":"22222222-2","email":"a@example.cl","tier":"basic"`}},
	}
	type answer struct {
		id, at  string
		worker  string
		content int
	}
	var mu sync.Mutex
	var answers []answer
	var wg sync.WaitGroup
	for client := range 20 {
		api, content := apis[client%2], client/2%2
		wg.Go(func() {
			var lines strings.Builder
			for _, k := range kinds {
				id := "one-" + k.kind // an id may be known for another plate and topic: each kind its own
				a := api.post(k.path, `{"id":"`+id+`",`+k.body[content]+`}`)
				fmt.Fprintf(&lines, `{"type":%q,"id":"many-%s",%s}`+"\n", k.kind, k.kind, k.body[content])
				mu.Lock()
				answers = append(answers, answer{a.ID, a.At, k.worker, content})
				mu.Unlock()
				if a.ID != id {
					t.Errorf("POST %s under %s is answered %+v", k.path, id, a)
				}
			}
			code, _, body := api.try("POST", "/v1/events", lines.String())
			var all items[ack]
			if code != http.StatusAccepted || json.Unmarshal(body, &all) != nil || len(all.Items) != len(kinds) {
				t.Errorf("POST /v1/events: %d %s", code, body)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			for i, a := range all.Items {
				answers = append(answers, answer{a.ID, a.At, kinds[i].worker, content})
			}
		})
	}
	wg.Wait()
	g.start("worker", "sales", "stock", "positions", "members")
	g.applied("sales", gremio.TopicSales)
	g.applied("stock", gremio.TopicStock, gremio.TopicSales)
	g.applied("positions", gremio.TopicPositions, gremio.TopicSales)
	g.applied("members", gremio.TopicMemberships)

	type state struct {
		Workers []struct{ Worker, State, Reason string }
	}
	became := map[string][2]map[string]int{} // by id and content
	for _, a := range answers {
		if _, ok := became[a.id]; !ok {
			became[a.id] = [2]map[string]int{{}, {}}
		}
		for _, w := range get[state](apis[0], "/v1/events/"+a.id+"?at="+a.at).Workers {
			if w.Worker == a.worker {
				became[a.id][a.content][w.State]++
			}
			if w.State == "rejected" && !strings.HasPrefix(w.Reason, gremio.IDReused) {
				t.Errorf("%s at %s is rejected by %s: %s", a.id, a.at, w.Worker, w.Reason)
			}
		}
	}
	if len(became) != 2*len(kinds) {
		t.Errorf("%d ids, want %d", len(became), 2*len(kinds))
	}
	for id, c := range became {
		one, other := fmt.Sprint(c[0]), fmt.Sprint(c[1])
		if !(one == "map[applied:10]" && other == "map[rejected:10]") && !(other == "map[applied:10]" && one == "map[rejected:10]") {
			t.Errorf("%s: one content became %s, the other %s; want ten applied and ten rejected", id, one, other)
		}
	}
	g.want(2, "SELECT COUNT(*) FROM sales")
	g.want(2, "SELECT SUM(sales) FROM day_totals")
	g.want(2, "SELECT COUNT(*) FROM sightings")
	g.want(2, "SELECT COUNT(*) FROM applications")
	for worker, ids := range map[string]int64{"sales": 2, "stock": 4, "positions": 8} {
		g.want(ids, "SELECT COUNT(*) FROM "+worker+"_ids WHERE event_id LIKE 'one-%' OR event_id LIKE 'many-%'")
	}
	// An Idempotency-Key is the same name as an id in the body.
	apis[0].post("/v1/sales", `{"id":"named","plate":"AB12","units":7}`)
	g.applied("sales", gremio.TopicSales)
	for units, want := range map[int]int{7: http.StatusAccepted, 8: http.StatusConflict} {
		req, _ := http.NewRequest("POST", apis[1].url+"/v1/sales", strings.NewReader(fmt.Sprintf(`{"plate":"AB12","units":%d}`, units)))
		req.Header.Set("Idempotency-Key", "named")
		resp, err := caller.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("Idempotency-Key named, %d units: %d, want %d", units, resp.StatusCode, want)
		}
	}
	g.want(3, "SELECT COUNT(*) FROM sales")
}
