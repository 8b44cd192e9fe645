package httpapi_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/httpapi"
	"gremio/internal/identity"
	"gremio/internal/kafka"
)

// cartToken makes a cart's token and returns it.
func (h *house) cartToken(plate gremio.Plate) string {
	h.t.Helper()
	secret, _, err := h.identities.AddCart(context.Background(), identity.Terminal, plate, gremio.Visit{})
	must(h.t, err)
	return secret
}

// logged returns every event of a topic.
func (h *house) logged(topic gremio.Topic) (all []gremio.Event) {
	h.t.Helper()
	parts, err := h.log.Describe(context.Background(), topic)
	must(h.t, err)
	for _, p := range parts {
		must(h.t, h.log.Read(context.Background(), topic, p.Number, p.Start, p.End, func(records []gremio.Record) error {
			for _, r := range records {
				must(h.t, r.Err)
				all = append(all, r.Event)
			}
			return nil
		}))
	}
	return all
}

const fix = "id=x&lat=-33.4372&lon=-70.6506&timestamp=%d&speed=10"

func fixNow() string { return fmt.Sprintf(fix, time.Now().Unix()) }

// A token may stand wherever an app can put one, and at any path below.
func TestPhoneShowsItsToken(t *testing.T) {
	h := newHouse(t, false)
	token := h.cartToken("PH1")
	stranger := h.stranger()
	basic := func(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, c := range []struct{ method, path, header string }{
		{"POST", "/gps/" + token + "?", ""}, {"GET", "/gps/" + token + "/?", ""}, {"POST", "/gps/" + token + "/client/index.php?", ""},
		{"PUT", "/gps/" + token + "//x/../y?", ""}, {"PROPFIND", "/gps/" + token + "/%2e?", ""},
		{"POST", "/gps?", "Bearer " + token}, {"POST", "/gps/anything?", "bearer  " + token}, {"POST", "/gps/?", basic("x:" + token)}, {"POST", "/gps/?", basic(token + ":")},
		{"POST", "/gps/?", "Basic " + token + ":"}, {"GET", "/gps/?token=" + token + "&", ""}, {"POST", "/gps?access_token=" + token + "&", ""},
	} {
		before := len(h.logged(gremio.TopicPositions))
		got := stranger.send(c.method, c.path+fixNow(), "", "Authorization", c.header)
		if got.code != 200 || len(got.body) > 0 {
			t.Errorf("%s %s %q: %d %s", c.method, c.path, c.header, got.code, got.body)
		}
		if after := len(h.logged(gremio.TopicPositions)); after != before+1 {
			t.Errorf("%s %s: %d events, want 1", c.method, c.path, after-before)
		}
	}
	for _, e := range h.logged(gremio.TopicPositions) {
		if p, ok := e.Data.(gremio.PositionReported); !ok || p.Plate != "PH1" || p.Place == nil || p.Speed == nil {
			t.Errorf("logged %+v", e)
		}
	}
	h.unchanged(func() {
		program, _, err := h.identities.AddProgram(context.Background(), identity.Terminal, "p", []string{"position.report"}, time.Now().Add(time.Hour), gremio.Visit{})
		must(t, err)
		for path, code := range map[string]int{"/gps": 401, "/gps/": 401, "/gps/x": 401, "/gps/" + token + "x": 401, "/gps/gremio_c_" + strings.Repeat("x", 32): 401, "/gps/" + program: 403, "/gpsx/" + token: 404} {
			stranger.send("POST", path+"?"+fixNow(), "").problem(t, code)
		}
	})
	revoked := h.cartToken("PH1")
	stranger.send("POST", "/gps/"+token+"?"+fixNow(), "").problem(t, 401)
	if got := stranger.send("POST", "/gps/"+revoked+"?"+fixNow(), ""); got.code != 200 {
		t.Errorf("the newer token: %d %s", got.code, got.body)
	}
}

// Nonsense is answered like sense, and the desk learns of it once.
func TestPhoneSendsNonsense(t *testing.T) {
	h := newHouse(t, false)
	token := h.cartToken("PH2")
	for _, body := range []string{"hello", `{"Rosa":"Tapia"}`, "id=1&lat=91&lon=1&timestamp=1", `[1,2]`, strings.Repeat("x", 4<<20+1), "\xff\xfe"} {
		got := h.stranger().send("POST", "/gps/"+token, body, "Content-Type", "application/x-www-form-urlencoded; name=Rosa")
		if got.code != 200 || len(got.body) > 0 {
			t.Errorf("%.30q: %d %s", body, got.code, got.body)
		}
	}
	rejected := h.logged(gremio.TopicRejected)
	if len(rejected) != 6 {
		t.Errorf("rechazados has %d records, want 6", len(rejected))
	}
	for _, e := range rejected {
		r, ok := e.Data.(gremio.RequestRejected)
		value, err := e.Value()
		must(t, err)
		if !ok || r.Plate != "PH2" || r.Reason == "" || r.Method != "POST" || strings.Contains(string(value), "Rosa") || strings.Contains(string(value), "gremio_c") || e.Subject != "PH2" {
			t.Errorf("rejected %s", value)
		}
	}
	if alerts := h.logged(gremio.TopicAlerts); len(alerts) != 1 || alerts[0].Data.(gremio.AlertRaised).Kind != gremio.AlertRejected {
		t.Errorf("alerts: %+v, want one", alerts)
	}
	if events := h.logged(gremio.TopicPositions); len(events) != 0 {
		t.Errorf("nonsense became %+v", events)
	}
	// Where to push messages to is no nonsense, and no sign of life.
	h.unchanged(func() {
		if got := h.stranger().send("POST", "/gps/"+token, "id=1&notificationToken=x", "Content-Type", "application/x-www-form-urlencoded"); got.code != 200 {
			t.Errorf("%d %s", got.code, got.body)
		}
	})
}

// A call for help is one alert, however often it is sent; a made-up place is one a day.
func TestPhoneAsksForHelp(t *testing.T) {
	h := newHouse(t, false)
	token := h.cartToken("PH3")
	body := fixNow() + "&alarm=sos&mock=true"
	for range 3 {
		h.stranger().send("POST", "/gps/"+token+"?"+body, "")
	}
	kinds := map[gremio.AlertKind]map[string]bool{}
	for _, e := range h.logged(gremio.TopicAlerts) {
		a := e.Data.(gremio.AlertRaised)
		if kinds[a.Kind] == nil {
			kinds[a.Kind] = map[string]bool{}
		}
		kinds[a.Kind][a.Alert] = true
		if a.Plate == nil || *a.Plate != "PH3" || a.Place == nil {
			t.Errorf("alert %+v", a)
		}
	}
	if len(kinds) != 2 || len(kinds[gremio.AlertSOS]) != 1 || len(kinds[gremio.AlertMocked]) != 1 {
		t.Errorf("alerts %v, want one for help and one of a made-up place", kinds)
	}
}

// What the log did not take is sent again: a phone keeps what is answered 503.
func TestPhoneKeepsWhatTheLogDidNotTake(t *testing.T) {
	var log *awayLog
	h := newHouse(t, false, func(c *httpapi.Config) {
		log = &awayLog{Log: c.Log.(*kafka.Log)}
		c.Log = log
	})
	token := h.cartToken("PH4")
	log.away = true
	for range 2 {
		got := h.stranger().send("POST", "/gps/"+token+"?"+fixNow(), "")
		got.problem(t, 503)
		if got.header.Get("Retry-After") == "" {
			t.Error("503 without Retry-After")
		}
	}
	h.stranger().send("POST", "/gps/"+token, "nonsense").problem(t, 503)
	log.away = false
	if got := h.stranger().send("POST", "/gps/"+token, "nonsense"); got.code != 200 || len(h.logged(gremio.TopicAlerts)) != 1 {
		t.Errorf("once the log is back: %d %s, %d alerts", got.code, got.body, len(h.logged(gremio.TopicAlerts)))
	}
}

type awayLog struct {
	*kafka.Log
	away bool
}

func (l *awayLog) Append(ctx context.Context, events []gremio.Event) ([]gremio.LogPosition, error) {
	if l.away {
		return nil, gremio.Errorf(gremio.Unavailable, "the log is away")
	}
	return l.Log.Append(ctx, events)
}

// A token is in no log line, no metric and no record.
func TestPhoneTokenStaysSecret(t *testing.T) {
	h := newHouse(t, false)
	token := h.cartToken("PH5")
	for _, path := range []string{"/gps/" + token, "/gps/" + token + "/a//b", "/gps/" + token + "/../x", "/gps?token=" + token, "/gps/" + token + "x"} {
		for _, body := range []string{fixNow(), "nonsense", ""} {
			h.stranger().send("POST", path, body)
			h.stranger().send("GET", path+"/", body)
		}
	}
	page := string(h.send("GET", "/metrics", "").body)
	if !strings.Contains(page, `route="/gps/{token}"`) {
		t.Error("the metrics do not count phones")
	}
	for what, text := range map[string]string{"metrics": page, "log": h.book.String()} {
		if strings.Contains(text, token[:20]) {
			t.Errorf("the %s has the token", what)
		}
	}
	for _, topic := range gremio.Topics() {
		for _, e := range h.logged(topic) {
			value, err := e.Value()
			must(t, err)
			if strings.Contains(string(value)+fmt.Sprint(e.Headers()), token[:20]) {
				t.Errorf("%s has the token: %s", topic, value)
			}
		}
	}
}

// Whoever opens the address with a camera is told what it is for, and the cart
// has given no sign of life.
func TestPhoneAddressInABrowser(t *testing.T) {
	h := newHouse(t, false)
	token := h.cartToken("PH6")
	h.unchanged(func() {
		got := h.stranger().send("GET", "/gps/"+token+"?id=PH6&interval=20&heartbeat=20", "", "Accept", "text/html,*/*")
		if got.code != 200 || !strings.Contains(string(got.body), "Traccar Client") || strings.Contains(string(got.body), token) || got.header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%d %s", got.code, got.body)
		}
		english := h.stranger().send("GET", "/gps/"+token, "", "Accept", "text/html", "Accept-Language", "en-GB,en;q=0.9,es;q=0.1")
		if !strings.Contains(string(english.body), `lang="en"`) || !strings.Contains(string(got.body), `lang="es"`) {
			t.Errorf("in English:\n%s", english.body)
		}
		h.stranger().send("GET", "/gps/"+token+"/"+gremio.OwnTracksFile, "").problem(t, 409)
		if got := h.stranger().send("GET", "/gps/"+token+"x", "", "Accept", "text/html"); got.code != http.StatusUnauthorized {
			t.Errorf("%d", got.code)
		}
	})
}

// The page has for every app what sets it up or an address to write, and files for
// those that take one.
func TestPhonePageSetsUpEveryApp(t *testing.T) {
	h := newHouse(t, false, at("https://gremio.example.cl"))
	token := h.cartToken("PH12")
	address := "https://gremio.example.cl/gps/" + token
	h.unchanged(func() {
		page := h.stranger().send("GET", "/gps/"+token, "", "Accept", "text/html")
		if page.code != 200 || page.header.Get("Cache-Control") != "no-store" || page.header.Get("Referrer-Policy") != "no-referrer" {
			t.Fatalf("%d %v", page.code, page.header)
		}
		text := html.UnescapeString(string(page.body))
		for _, app := range gremio.PhoneApps("https://gremio.example.cl", token, "PH12") {
			if !strings.Contains(text, "<code>"+app.Address+"</code>") || !strings.Contains(text, app.Name+" (") || app.Link != "" && !strings.Contains(text, `href="`+app.Link+`"`) {
				t.Errorf("the page does not set up %s", app.Name)
			}
		}
		if strings.Contains(text, "ZgotmplZ") || strings.Contains(text, "<p></p>") {
			t.Errorf("the page:\n%s", text)
		}
		var config struct{ URL string }
		file := h.stranger().send("GET", "/gps/"+token+"/"+gremio.OwnTracksFile, "")
		must(t, json.Unmarshal(file.body, &config))
		if config.URL != address {
			t.Errorf("OwnTracks is set to %s", config.URL)
		}
		if file := h.stranger().send("GET", "/gps/"+token+"/"+gremio.GPSLoggerFile, ""); file.code != 200 || !strings.Contains(string(file.body), token) {
			t.Errorf("GPSLogger's profile: %d %s", file.code, file.body)
		}
	})
	// What the page tells to write into an app is understood.
	fill := strings.NewReplacer("{0}", "-33.4", "{1}", "-70.6", "{2}", fmt.Sprint(time.Now().UnixMilli()), "{3}", "5.0", "{4}", "570.0", "{5}", "2.5", "{6}", "90.0",
		"%LAT", "-33.4", "%LON", "-70.6", "%TIMESTAMP", fmt.Sprint(time.Now().Unix()+1), "%SPD", "2.5", "%DIR", "90.0", "%ACC", "5.0", "%BATT", "80.0")
	for _, app := range gremio.PhoneApps("https://gremio.example.cl", token, "PH12") {
		if _, query, isTemplate := strings.Cut(app.Address, "?"); isTemplate && query != "" {
			h.stranger().send("GET", fill.Replace(strings.TrimPrefix(app.Address, "https://gremio.example.cl")), "")
		}
	}
	fixes := h.logged(gremio.TopicPositions)
	if len(fixes) != 2 {
		t.Fatalf("%d fixes, want OsmAnd's and GPSLogger's", len(fixes))
	}
	for _, e := range fixes {
		if p := e.Data.(gremio.PositionReported); p.Place == nil || p.Place.Point.Lat != -33.4 || *p.Speed != 2.5 || *p.Heading != 90 || *p.Accuracy != 5 || p.DeviceTime != nil {
			t.Errorf("a fix is %+v", p)
		}
	}
}

// What the OpenAPI document says of the phones' addresses is what they answer.
func TestPhonesAreDocumented(t *testing.T) {
	h := newHouse(t, false)
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string
			Parameters  []struct{ Name, In string }
			Responses   map[string]any
			Security    []map[string][]string
		}
	}
	must(t, json.Unmarshal(h.send("GET", "/openapi.json", "").body, &doc))
	ids := map[string]bool{}
	for method, o := range doc.Paths["/gps/{token}"] {
		ids[o.OperationID] = true
		if len(o.Parameters) != 1 || o.Parameters[0].Name != "token" || o.Parameters[0].In != "path" || len(o.Security) != 1 || len(o.Security[0]) != 0 {
			t.Errorf("%s: %+v", method, o)
		}
		method := strings.ToUpper(method)
		shows, _ := h.program("sale.read")
		for path, code := range map[string]int{"/gps/" + h.cartToken("DOC1") + "?" + fixNow(): 200, "/gps/gremio_c_wrong": 401, "/gps/" + shows.token: 403} {
			got := h.stranger().send(method, path, "")
			if _, said := o.Responses[fmt.Sprint(got.code)]; got.code != code || !said {
				t.Errorf("%s %s answers %d, want %d, and the document has %v", method, strings.SplitN(path, "?", 2)[0], got.code, code, o.Responses)
			}
		}
	}
	if len(ids) != 2 {
		t.Errorf("the operations are %v", ids)
	}
}
