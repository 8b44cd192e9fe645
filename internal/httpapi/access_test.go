package httpapi_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
)

// A walker is one way to ask, and what the table gives it.
type walker struct {
	name   string
	shows  shows
	reach  func(gremio.Grant) gremio.Reach
	plate  gremio.Plate // that the walker's own reach is about
	always int          // what every route answers that needs an identity or not, 0 for what the table says
}

// walkers are all who may come to a door: strangers, every role, carts, programs
// of each scope, and those whose right to come has ended.
func (h *house) walkers(openIngest bool) []walker {
	h.t.Helper()
	stranger := func(g gremio.Grant) gremio.Reach {
		if openIngest {
			return max(g.Stranger, g.Open)
		}
		return g.Stranger
	}
	all := []walker{{name: "stranger", reach: stranger}, {name: "stale cookie", shows: shows{session: "no session of anybody"}, reach: stranger}}
	ended := h.session(h.admin)
	if got := h.as(ended).send("DELETE", "/v1/session", ""); got.code != 204 {
		h.t.Fatalf("sign out: %d %s", got.code, got.body)
	}
	all = append(all, walker{name: "ended session", shows: ended, reach: stranger})
	for _, role := range gremio.Roles() {
		plate := map[gremio.Role]gremio.Plate{gremio.RoleVendor: "A1"}[role]
		u := h.person(string(role)+"@walk.test", role, plate)
		all = append(all, walker{name: string(role), shows: h.session(u), plate: plate, reach: func(g gremio.Grant) gremio.Reach { return g.To(role) }})
	}
	cart := func(g gremio.Grant) gremio.Reach { return g.Cart }
	own, _ := h.cart("A1")
	other, _ := h.cart("B2")
	all = append(all, walker{name: "cart", shows: own, reach: cart, plate: "A1"}, walker{name: "another cart", shows: other, reach: cart, plate: "B2"})
	for _, g := range gremio.Grants() {
		if g.Program != gremio.All {
			continue
		}
		one, _ := h.program(string(g.Action))
		all = append(all, walker{name: "program of " + string(g.Action), shows: one, reach: func(other gremio.Grant) gremio.Reach {
			if other.Action == g.Action || other.Action == gremio.ActSessionRead {
				return gremio.All
			}
			return gremio.None
		}})
	}
	revoked, token := h.program("role:admin")
	if got := h.as(revoked).send("GET", "/v1/settings", ""); got.code != 200 {
		h.t.Fatalf("before it is revoked: %d %s", got.code, got.body)
	}
	if got := h.send("DELETE", "/v1/tokens/"+token.ID, ""); got.code != 204 {
		h.t.Fatalf("revoke: %d %s", got.code, got.body)
	}
	former, _ := h.cart("C3")
	h.cart("C3")
	for name, s := range map[string]shows{"revoked token": revoked, "former token of a cart": former, "expired token": h.expired(),
		"garbage token": {token: "gremio_p_nonsense"}, "garbage token beside a good cookie": {token: "x", session: h.shows.session}} {
		all = append(all, walker{name: name, shows: s, always: 401})
	}
	return all
}

// A door is a route, asked about cart A1, and with what body.
type door struct {
	method, path, template string
	act                    gremio.Action
	hasBody                bool
	bodies                 []string
}

// doors are all routes of the document and the metrics.
func (h *house) doors() []door {
	h.t.Helper()
	all := []door{{"GET", "/metrics", "/metrics", gremio.ActMetricsRead, false, nil}}
	fill := strings.NewReplacer("{id}", "x", "{plate}", "A1", "{day}", "2026-01-01", "{month}", "2026-01")
	for path, methods := range h.openapi() {
		for method, route := range methods {
			act, _ := route["x-gremio-action"].(string)
			all = append(all, door{strings.ToUpper(method), fill.Replace(path), path, gremio.Action(act), route["requestBody"] != nil, nil})
		}
	}
	slices.SortFunc(all, func(a, b door) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return all
}

// mayAnswer says how a door must answer a walker: 401, 403, or neither.
func (w walker) mayAnswer(d door, body string) int {
	if w.always != 0 {
		return w.always
	}
	refused := 403
	if w.shows == (shows{}) || w.shows.session != "" && w.name != "vendor" && !slices.Contains(gremio.Roles(), gremio.Role(w.name)) {
		refused = 401
	}
	switch w.reach(gremio.GrantOf(d.act)) {
	case gremio.None:
		return refused
	case gremio.Own:
		if gremio.GrantOf(d.act).Stranger == gremio.Own {
			return refused // the own is what bears the applicant's token, and none is sent
		}
		if w.plate != "A1" && strings.Contains(d.template, "{plate}") && body == "" {
			return 403 // whose a cart is is looked at behind the body
		}
	}
	return 0
}

// ask sends what d wants without an open end.
func (h *house) ask(d door, body string) answer {
	if d.path != "/v1/live" {
		return h.send(d.method, d.path, body)
	}
	return h.begin(d.path)
}

// TestEveryRouteForEveryone walks every door as everybody: exactly the table's
// answers, whatever the body is.
func TestEveryRouteForEveryone(t *testing.T) {
	for _, open := range []bool{false, true} {
		t.Run(fmt.Sprintf("open_ingest=%v", open), func(t *testing.T) {
			h := newHouse(t, open)
			h.write(func(tx *store.Tx) error {
				now := time.Now()
				return tx.SaveCarts(context.Background(), []*gremio.CartRecord{
					{CartID: gremio.CartOf("A1"), Plate: "A1", State: gremio.CartLive, FirstNamedAt: now}, {CartID: gremio.CartOf("B2"), Plate: "B2", State: gremio.CartLive, FirstNamedAt: now}})
			})
			doors, asked, refused := h.doors(), 0, 0
			for _, w := range h.walkers(open) {
				if open && w.name != "stranger" && w.name != "stale cookie" && w.name != "revoked token" {
					continue // open take-in is about strangers, and about no token that is wrong
				}
				for _, d := range doors {
					if d.template == "/v1/carts/{plate}/token" || d.template == "/v1/session" && d.method == "DELETE" || d.path == "/v1/deliveries" && d.method == "POST" || d.path == "/v1/sessions/close-others" {
						if w.mayAnswer(d, "") == 0 {
							continue // it would end what the others show, or wait for a worker
						}
					}
					bodies := []string{""}
					if d.hasBody && !strings.HasPrefix(w.name, "garbage") { // for whose token the database is asked, at most ten times a second
						bodies = append(bodies, "{broken", strings.Repeat("x", 70<<10))
					}
					for _, body := range bodies {
						got := h.as(w.shows).ask(d, body)
						asked++
						switch want := w.mayAnswer(d, body); {
						case want == 0 && d.act == gremio.ActSessionOpen || want == 0 && got.code != 401 && got.code != 403:
							if got.code >= 500 {
								t.Errorf("%s: %s %s %.10q: %d %s", w.name, d.method, d.path, body, got.code, got.body)
							}
						case got.code != want:
							t.Errorf("%s: %s %s (%s) %.10q: %d %.200s, want %d (0 is neither 401 nor 403)", w.name, d.method, d.path, d.act, body, got.code, got.body, want)
						default:
							refused++
							got.problem(t, want)
							if want == 401 && got.header.Get("WWW-Authenticate") == "" {
								t.Errorf("%s: %s %s: 401 without WWW-Authenticate", w.name, d.method, d.path)
							}
						}
					}
				}
			}
			t.Log(len(doors), "routes,", asked, "requests,", refused, "refused")
		})
	}
}

// cells are those of the table that design.md decides, written by hand: which
// columns reach an action. A letter is a column: s stranger, o stranger while
// take-in is open, c cart, v vendor, d driver, r reader, k desk, f office,
// a admin, p program; in capitals for every cart's, else the own.
var cells = map[gremio.Action]string{
	gremio.ActSaleRecord: "OcvFAP", gremio.ActPositionReport: "OcvFAP", gremio.ActEventTakeIn: "OcvFAP", gremio.ActStockCount: "OcvDFAP", gremio.ActShiftReport: "OcvKFAP",
	gremio.ActSightingReport: "SOCVDRKFAP", gremio.ActApplicationSubmit: "SOCVDRKFAP",
	gremio.ActApplicationRead: "socvdrkFAP", gremio.ActApplicationPhone: "socvdrkFA", gremio.ActApplicationList: "FAP", gremio.ActApplicationDecide: "FAP",
	gremio.ActApplicationConfirm: "socvdrkFAP", gremio.ActApplicationCheck: "FAP", gremio.ActApplicationCorrect: "socvdrkFAP", gremio.ActPersonErase: "socvdrkfA", gremio.ActConsentTextRead: "SOCVDRKFAP", gremio.ActMemberRead: "FAP", gremio.ActMemberChange: "FAP",
	gremio.ActSaleRead: "cvRKFAP", gremio.ActTrackRead: "vKFAP", gremio.ActReportRead: "vRKFAP", gremio.ActCartRead: "cvDRKFAP", gremio.ActLiveWatch: "vDRKFAP",
	gremio.ActStopConfirm: "cvDFAP", gremio.ActDeliveryPrepare: "FAP", gremio.ActDeliveryRead: "DRKFAP", gremio.ActAlertRead: "RKFAP", gremio.ActAlertHandle: "KFAP",
	gremio.ActSettingsRead: "RKFAP", gremio.ActSettingsChange: "AP", gremio.ActUserRead: "A", gremio.ActUserChange: "A", gremio.ActTokenRead: "A", gremio.ActTokenChange: "A",
	gremio.ActCartTokenChange: "FA", gremio.ActAuditRead: "AP", gremio.ActMetricsRead: "AP", gremio.ActSaleVoid: "vFAP",
	gremio.ActAccountRead: "VDRKFA", gremio.ActAccountChange: "VDRKFA", gremio.ActSessionRead: "CVDRKFAP",
}

func TestTheTableIsTheGuilds(t *testing.T) {
	for _, g := range gremio.Grants() {
		want, ok := cells[g.Action]
		if !ok {
			continue
		}
		got := ""
		for i, reach := range []gremio.Reach{g.Stranger, g.Open, g.Cart, g.Vendor, g.Driver, g.Reader, g.Desk, g.Office, g.Admin, g.Program} {
			letter := "socvdrkfap"[i : i+1]
			switch reach {
			case gremio.All:
				got += strings.ToUpper(letter)
			case gremio.Own:
				got += letter
			}
		}
		// A stranger's reach is one while take-in is open, too.
		if strings.HasPrefix(got, "S") && !strings.HasPrefix(got, "SO") || got != want {
			t.Errorf("%s reaches %q, want %q", g.Action, got, want)
		}
	}
	for act := range cells {
		if gremio.GrantOf(act).Admin == gremio.None {
			t.Errorf("%s is no action of the table", act)
		}
	}
}

// TestReadersChangeNothing says it of every door: what a reader, a driver who is
// not on a stop, or a desk may do by POST, PUT, PATCH and DELETE is this and no more.
func TestReadersChangeNothing(t *testing.T) {
	h := newHouse(t, false)
	everybodys := []gremio.Action{gremio.ActSightingReport, gremio.ActApplicationSubmit, gremio.ActSessionOpen, gremio.ActSessionClose, gremio.ActInvitationAccept, gremio.ActAccountChange}
	for role, more := range map[gremio.Role][]gremio.Action{gremio.RoleReader: nil, gremio.RoleDriver: {gremio.ActStopConfirm, gremio.ActStockCount, gremio.ActDeliveryDrive, gremio.ActDepotChange}, gremio.RoleDesk: {gremio.ActAlertHandle, gremio.ActShiftReport}} {
		for _, d := range h.doors() {
			may := gremio.GrantOf(d.act).Stranger == gremio.Own || // with an applicant's token
				slices.Contains(everybodys, d.act) || slices.Contains(more, d.act)
			if d.method != "GET" && gremio.GrantOf(d.act).To(role) != gremio.None && !may {
				t.Errorf("%s may %s %s (%s)", role, d.method, d.path, d.act)
			}
		}
	}
}
