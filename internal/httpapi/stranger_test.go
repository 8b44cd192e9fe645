package httpapi_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gremio"
	"gremio/internal/httpapi"
	"gremio/internal/store"
)

// strangersDoors are all that answers somebody who shows nothing. Written by
// hand: whoever adds one here opens the guild to the street.
var strangersDoors = map[string]bool{
	"POST /v1/session": true, "POST /v1/invitations/read": true, "POST /v1/invitations/accept": true,
	"POST /v1/sightings": true, "POST /agente_extranio": true, "POST /v1/applications": true, "POST /registro_miembro": true, "GET /v1/consents": true, "HEAD /v1/consents": true,
}

// openDoors are those that open_ingest adds.
var openDoors = map[string]bool{"POST /registro_venta": true, "POST /ubicacion": true, "POST /v1/sales": true, "POST /v1/positions": true,
	"POST /v1/stock-counts": true, "POST /v1/shifts": true, "POST /v1/events": true}

func withPages(c *httpapi.Config) {
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "a page") })
	c.Pages, c.Docs, c.HasPage = page, page, func(path string) bool { return path == "/" || path == "/entrar" }
}

// TestWhatAnswersAStranger walks every route by every method.
func TestWhatAnswersAStranger(t *testing.T) {
	for _, open := range []bool{false, true} {
		h := newHouse(t, open, withPages)
		h.twoVendors()
		stranger := h.stranger()
		want := maps.Clone(strangersDoors)
		if open {
			maps.Copy(want, openDoors)
		}
		defined := map[string]bool{}
		for _, d := range h.doors() {
			defined[d.method+" "+d.template] = true
		}
		answered := map[string]bool{}
		for _, d := range h.doors() {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X"} {
				for _, path := range []string{d.path, strings.ReplaceAll(d.path, "A1", "ZZ99"), strings.ReplaceAll(d.path, "/x", "/delivery-of-both")} {
					got := stranger.send(method, path, "{}")
					name := method + " " + d.template
					switch {
					case got.code == 401:
						if want[name] && name != "POST /v1/session" {
							t.Errorf("%s %s: 401", method, path)
						}
					case got.code == 404 || got.code == 405:
						if defined[name] && !want[name] {
							t.Errorf("%s %s: %d before 401", method, path, got.code)
						}
					case method == "OPTIONS" && got.code/100 == 2 && len(got.body) > 0, method != "OPTIONS":
						answered[name] = true
					}
					if got.code != 404 && want[name] {
						answered[name] = true
					}
					if m := betrays(path, got.body); m != "" {
						t.Errorf("%s %s shows a stranger %q", method, path, m)
					}
				}
			}
		}
		for name := range answered {
			if !want[name] {
				t.Errorf("open_ingest=%v: %s answers a stranger", open, name)
			}
		}
		for name := range want {
			if !answered[name] && !strings.Contains(name, "invitations") { // where 404 is an answer too
				t.Errorf("open_ingest=%v: %s does not answer a stranger", open, name)
			}
		}
		for _, path := range []string{"/livez", "/readyz", "/openapi.json", "/docs", "/", "/entrar"} {
			if got := stranger.send("GET", path, ""); got.code != 200 {
				t.Errorf("GET %s: %d", path, got.code)
			}
		}
	}
}

// TestOddPaths spells routes in odd ways: none gets around the identity.
func TestOddPaths(t *testing.T) {
	h := newHouse(t, false, withPages)
	h.twoVendors()
	conn := func(target, headers string) answer {
		c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		must(t, err)
		defer c.Close()
		fmt.Fprintf(c, "%s HTTP/1.1\r\nHost: gremio\r\nConnection: close\r\n%s\r\n", target, headers)
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return answer{}
		}
		body, _ := io.ReadAll(resp.Body)
		return answer{resp.StatusCode, resp.Header, body}
	}
	for _, path := range []string{"//v1/sales", "/v1//sales", "/v1/sales/", "/V1/SALES", "/v1/sales%2F", "/v1%2Fsales", "/./v1/sales", "/x/../v1/sales", "/v1/sales;a=b", "/%76%31/sales",
		"/v1/sales%00", "/v1/sales?", "/v1/sales#x", "/v1/carts/ZZ99/../../sales", "/docs/../v1/sales", "/docs/%2e%2e/v1/sales", "/livez/../v1/sales", "http://gremio/v1/sales", "/v1/carts/%41A11",
		"/v1/carts/ZZ99%2Ftrack", "/v1/carts//track", "/metrics/", "//metrics", "/METRICS", "/v1/reports/daily/2026-01-05.csv", "/v1/reports/daily/2026-01-05.xlsx", "/v1/audit.csv", "*", "/entrar/../v1/sales"} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			got := conn(method+" "+path, "")
			if got.code/100 == 2 && string(got.body) != "a page" && method != "HEAD" || betrays(path, got.body) != "" || strings.Contains(string(got.body), "go_goroutines") {
				t.Errorf("%s %s: %d %.300s", method, path, got.code, got.body)
			}
		}
	}
	// Headers that claim to be somebody, and that are too much.
	text, _ := h.program("sale.read")
	for headers, want := range map[string]int{
		"Authorization: Bearer " + text.token + "\r\n": 200, "authorization: bearer " + text.token + "\r\n": 200, "Authorization: BEARER   " + text.token + "\r\n": 200,
		"Authorization: Basic " + text.token + "\r\n": 401, "Authorization: " + text.token + "\r\n": 401, "Authorization: Bearer\r\n": 401, "Authorization: Bearer \r\n": 401,
		"Authorization: Bearer x\r\nAuthorization: Bearer " + text.token + "\r\n": 401, "Authorization: Bearer " + text.token + " x\r\n": 401,
		"Cookie: gremio_session=" + h.shows.session + "\r\n":                                       200,
		"Cookie: gremio_session=x; gremio_session=" + h.shows.session + "\r\n":                     401,
		"Cookie: GREMIO_SESSION=" + h.shows.session + "\r\n":                                       401,
		"Cookie: __Host-gremio_session=" + h.shows.session + "\r\n":                                401, // over http nobody may have set one
		"Cookie: gremio_session=" + h.shows.session + "\r\nAuthorization: Bearer x\r\n":            401,
		"Cookie: gremio_session=x\r\nAuthorization: Bearer " + text.token + "\r\n":                 200,
		"X-Forwarded-User: admin\r\nX-Remote-User: admin\r\nX-Original-URL: /livez\r\n":            401,
		"X-HTTP-Method-Override: GET\r\nForwarded: for=127.0.0.1;proto=https\r\n":                  401,
		"Authorization: Bearer " + strings.Repeat("x", 500_000) + "\r\n":                           401,
		"Cookie: gremio_session=" + strings.Repeat("x", 500_000) + "\r\n":                          401,
		"Authorization: Bearer " + strings.Repeat("x", 3<<20) + "\r\n":                             431,
		"Cookie: gremio_session=" + strings.ToUpper(h.shows.session[:1]) + "x\r\nOrigin: null\r\n": 401,
	} {
		if got := conn("GET /v1/sales", headers); got.code != want && (want != 431 || got.code != 0) {
			t.Errorf("%.90q: %d, want %d: %.200s", headers, got.code, want, got.body)
		}
	}
}

// TestApplicantReadsTheOwnApplication wants the page of an applicant to open with
// its token and with nothing else.
func TestApplicantReadsTheOwnApplication(t *testing.T) {
	h := newHouse(t, false)
	stranger := h.stranger()
	apply := func(id, name string) (token string) {
		body := fmt.Sprintf(`{"id":%q,"given_name":%q,"family_name":"B","rut":"11111111-1","email":"a@example.cl","tier":"basic"}`, id, name)
		ack := read[struct{ ID, Token string }](h, stranger.post("/v1/applications", body), 202)
		return ack.Token
	}
	one, two := apply("one", "Ana"), apply("two", "Beatriz")
	again, other := apply("one", "Ana"), apply("one", "Eva")
	if one == "" || one == two || one != again || other == one {
		t.Fatalf("tokens %q, %q, again %q, of other content %q", one, two, again, other)
	}
	get := func(w *house, id, token string) answer {
		return w.send("GET", "/v1/applications/"+id+"?token="+token, "")
	}
	get(stranger, "one", one).problem(t, 404) // on its way: no worker runs here
	h.applied("one", one)
	h.applied("two", two)
	if got := get(stranger, "one", one); got.code != 200 || !strings.Contains(string(got.body), `"id":"one"`) {
		t.Errorf("the applicant: %d %s", got.code, got.body)
	}
	for _, token := range []string{"", two, other, one[:len(one)-1], one + "x", strings.ToUpper(one), one[:24], strings.Repeat("0", len(one)), one[:24] + two[24:], two[:24] + one[24:], "%00"} {
		if got := get(stranger, "one", token); got.code != 401 {
			t.Errorf("token %q: %d %s", token, got.code, got.body)
		}
	}
	get(stranger, "three", one).problem(t, 401)
	vendor := h.as(h.session(h.person("v@x.cl", gremio.RoleVendor, "A1")))
	if got := get(vendor, "one", one); got.code != 200 {
		t.Errorf("a vendor with the applicant's token: %d", got.code)
	}
	get(vendor, "one", "").problem(t, 403)
	get(vendor, "one", two).problem(t, 401)
	stranger.send("POST", "/v1/applications/one/approve?token="+one, "").problem(t, 401)
	stranger.send("GET", "/v1/applications?token="+one, "").problem(t, 401)
	if strings.Contains(h.book.String(), one) || h.inDatabase(one) {
		t.Error("the applicant's token is stored or logged")
	}
}

// applied puts an application into the tables as worker members would.
func (h *house) applied(id, token string) {
	h.t.Helper()
	now := gremio.Instant(h.admin.CreatedAt)
	h.write(func(tx *store.Tx) error {
		if err := tx.AddApplication(h.ctx(), gremio.Application{ID: id, Tier: gremio.TierBasic, State: "waiting", SubmittedAt: now, Sealed: gremio.Sealed{}, Person: gremio.DerivedID("person", id)}, gremio.Consent{}); err != nil {
			return err
		}
		return tx.AddAppliedIDs(h.ctx(), "members", []gremio.AppliedID{{Key: gremio.IDKey(gremio.TypeApplicationSubmitted, id, id), ID: id, Digest: token[:24], Time: now,
			At: gremio.LogPosition{Topic: gremio.TopicMemberships, Partition: 1}}})
	})
}

// TestTakeInChecksEachOfMany lets nobody slip in among many what alone is refused.
func TestTakeInChecksEachOfMany(t *testing.T) {
	h := newHouse(t, false)
	cart, _ := h.cart("A1")
	narrow, _ := h.program("event.take_in", "sale.record")
	events := `{"type":"sale","plate":"A1","units":1}
{"type":"sale","plate":"a.1","units":1}
{"type":"sale","plate":"B2","units":1}
{"type":"position","plate":"B2","lat":1,"lon":2}
{"type":"position","plate":"A1","lat":1,"lon":2}
{"type":"stock_count","plate":"B2","units":1}
{"type":"shift","plate":"B2","action":"end"}
{"type":"sighting","lat":1,"lon":2}`
	for name, test := range map[string]struct {
		shows shows
		want  []int
	}{
		"cart":    {cart, []int{0, 0, 403, 403, 0, 403, 403, 0}},
		"program": {narrow, []int{0, 0, 0, 403, 403, 403, 403, 403}},
	} {
		var out struct {
			Items []struct{ Problem *problem }
		}
		got := h.as(test.shows).post("/v1/events", events)
		must(t, json.Unmarshal(got.body, &out))
		var codes []int
		for _, i := range out.Items {
			code := 0
			if i.Problem != nil {
				code = i.Problem.Status
			}
			codes = append(codes, code)
		}
		if !slices.Equal(codes, test.want) {
			t.Errorf("%s: %v, want %v", name, codes, test.want)
		}
	}
}
