package main_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
)

// testMemberLife walks through a member's life by HTTP: what each step answers,
// and what is left of it at the end.
func testMemberLife(t *testing.T, g *guild) {
	g.startBroker()
	api := g.startAPI("api")
	for worker := range workersOfTopics {
		g.start("worker", worker)
	}
	if code, _, answer := api.try("PUT", "/v1/settings", `{"membership":"review"}`); code != 200 {
		t.Fatalf("settings: %d %s", code, answer)
	}
	g.still()
	act := func(path string, body any, want int) {
		t.Helper()
		code, _, answer := api.try("POST", path, body)
		if code != want && !(want == 200 && code == 202) {
			t.Errorf("POST %s: %d %s, want %d", path, code, answer, want)
		}
		if code == 202 { // a worker that is slow today
			g.still()
		}
	}
	join := func(id, plate, name string, n int) string {
		t.Helper()
		api.post("/v1/applications", map[string]any{"id": id, "given_name": name, "family_name": "Soto", "rut": rut(n), "email": id + "@example.cl",
			"phone": "+56911112222", "tier": "basic", "plate": plate, "consent": map[string]any{"tracking": true, "version": "1"}})
		g.still()
		if a := get[gremio.Application](api, "/v1/applications/"+id); a.State != gremio.ApplicationWaiting {
			t.Fatalf("%s is %s before anybody looked", id, a.State)
		}
		act("/v1/applications/"+id+"/approve", nil, 200)
		act("/v1/applications/"+id+"/approve", nil, 409)
		return get[gremio.Application](api, "/v1/applications/"+id).Member
	}
	rosa, luis := join("rosa", "RS1111", "Rosa", 15_000_001), join("luis", "LU2222", "Luis", 15_000_002)
	on := func(act string) string { return "/v1/members/" + rosa + "/" + act }
	sell := func(id, plate string) { api.post("/v1/sales", map[string]any{"id": id, "plate": plate, "units": 3}) }
	alerts := func(kind string) (open, closed int) {
		for _, a := range get[items[gremio.Alert]](api, "/v1/alerts?kind="+kind).Items {
			if a.State == gremio.AlertIsClosed {
				closed++
			} else {
				open++
			}
		}
		return open, closed
	}
	wants := func(kind string, open, closed int) {
		t.Helper()
		eventually(t, "alerts of kind "+kind, func() error {
			if o, c := alerts(kind); o != open || c != closed {
				return errorf("%d are open and %d closed, want %d and %d", o, c, open, closed)
			}
			return nil
		})
	}

	sell("before", "RS1111")
	act(on("tier"), `{"tier":"premium"}`, 200)
	act(on("tier"), `{"tier":"premium"}`, 409)
	act(on("suspend"), `{"reason":"no se presentó"}`, 200)
	sell("suspended", "RS1111")
	wants("suspended_cart", 1, 0)
	if out, stderr, code := finish(t, g.command("token", "cart", "RS1111")); code == 0 || !strings.Contains(stderr, "end the suspension") {
		t.Errorf("a token for a suspended cart: %d %s%s", code, out, stderr)
	}
	act("/v1/members/"+luis+"/give-cart", map[string]any{"to": rosa}, 409)
	act(on("resume"), nil, 200)
	act(on("resume"), nil, 409)
	wants("suspended_cart", 0, 1)
	act(on("plate"), `{"plate":"rs.11-12"}`, 200)
	act(on("plate"), `{"plate":"LU2222"}`, 409)
	sell("renamed", "RS1112")
	soon := gremio.DayOf(time.Now(), gremio.Clock(0, 0)).Next()
	act(on("permits"), map[string]any{"kind": "municipal", "number": "R-77", "expires_on": soon}, 200)
	wants("permit_expires", 1, 0)
	act(on("permits"), `{"kind":"municipal","number":"R-78","expires_on":"2099-12-31"}`, 200)
	wants("permit_expires", 0, 1)
	act(on("give-cart"), map[string]any{"to": luis, "plate": "RS1112"}, 200)
	sell("given", "RS1112")
	act(on("leave"), `{"reason":"se va al norte"}`, 200)
	act(on("tier"), `{"tier":"basic"}`, 409)
	act(on("return"), `{"plate":"RS1112"}`, 409)
	act(on("return"), `{"plate":"RS1113"}`, 200)

	g.still()
	got := get[gremio.MemberFile](api, "/v1/members/"+rosa)
	var kinds []string
	for _, h := range got.History {
		kinds = append(kinds, strings.TrimSpace(h.Kind+" "+h.Number))
	}
	if diff := cmp.Diff([]string{"joined", "changed", "suspended", "resumed", "plate_changed", "permit_noted R-77", "permit_noted R-78", "gave_cart", "left", "returned"}, kinds); diff != "" {
		t.Errorf("the history of the member: %s", diff)
	}
	if got.State != gremio.MemberActive || got.Tier != gremio.TierPremium || got.Plate != "RS1113" || len(got.Carts) != 3 || len(got.Permits) != 1 {
		t.Errorf("the member is at last %+v", got)
	}
	g.want(4, "SELECT COUNT(*) FROM sales")
	var held []string
	for _, h := range get[gremio.MemberFile](api, "/v1/members/"+luis).Carts {
		if h.Until == nil {
			held = append(held, string(h.Plate))
		}
	}
	if diff := cmp.Diff([]string{"LU2222", "RS1112"}, held); diff != "" {
		t.Errorf("who got the cart has %s", diff)
	}
	var list gremio.MembershipList
	month := time.Now().In(gremio.Santiago()).Format("2006-01")
	if _, _, answer := api.try("GET", "/v1/membership-lists/"+month, nil); json.Unmarshal(answer, &list) != nil || len(list.Joined) != 2 || len(list.Waiting) != 0 {
		t.Errorf("the month's list is %s", answer)
	}
	g.want(0, "SELECT COUNT(*) FROM sales_rejections")
}
