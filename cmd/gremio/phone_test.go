package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"gremio"
)

// A phoneSample is a request of an app and what it says, as internal/gps tests it too.
type phoneSample struct {
	Name, Method, Query, Body string
	ContentType               string `json:"content_type"`
	Agent, Path, Answer       string
	Reports                   []struct {
		Lat, Lon, Speed, Heading, Accuracy, Battery *float64
		Time                                        *time.Time
		Mocked, SOS                                 bool
	}
	Nonsense int
}

// sendPhone sends what a phone sends, to the path that its QR gave it.
func (p *process) sendPhone(path string, s phoneSample) {
	p.t.Helper()
	req, err := http.NewRequest(s.Method, p.url+strings.TrimRight(path+"/"+s.Path, "/")+"?"+s.Query, strings.NewReader(s.Body))
	if err != nil {
		p.t.Fatal(err)
	}
	if s.ContentType != "" {
		req.Header.Set("Content-Type", s.ContentType)
	}
	if s.Agent != "" {
		req.Header.Set("User-Agent", s.Agent)
	}
	resp, err := caller.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 || string(body) != s.Answer {
		p.t.Errorf("%s: the phone gets %d %s", s.Name, resp.StatusCode, body)
	}
}

// near reports whether two measures are the same, or both unknown.
func near(a, b *float64) bool {
	return a == nil && b == nil || a != nil && b != nil && math.Abs(*a-*b) < 1e-6
}

// phoneSamples returns those of every app, Traccar Client's first.
func phoneSamples(t *testing.T) (all []phoneSample) {
	t.Helper()
	for _, app := range []string{"traccar", "owntracks", "overland", "gpslogger", "colota", "osmand", "ulogger"} {
		text, err := os.ReadFile("../../internal/gps/testdata/" + app + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var some []phoneSample
		if err := json.Unmarshal(text, &some); err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}

// testPhones sends every sample of every app from a cart of its own, and looks
// where each cart is then.
func testPhones(t *testing.T, g *guild) {
	up := g.closed("GREMIO_ADMIN_EMAIL=jefa@example.cl", "GREMIO_ADMIN_PASSWORD=sopaipillas con pebre", "GREMIO_PUBLIC_URL=https://gremio.example.cl")
	cookie := up.signIn("jefa@example.cl", "sopaipillas con pebre")
	// No phone goes silent while the cases are sent on a slow machine, and none is out of hours.
	g.run("settings", "set", "silent_after_seconds=86400", "opens_at=00:00", "closes_at=00:00")
	samples := phoneSamples(t)
	now := time.Now().Add(-time.Minute).Truncate(time.Second).UTC()
	for name, said := range map[string]string{"seconds": fmt.Sprint(now.Unix()), "milliseconds": fmt.Sprint(now.UnixMilli()), "ISO": now.Format(time.RFC3339)} {
		s := samples[1] // sent a minute late, in each way to say so
		s.Name, s.Query = "a minute ago in "+name, strings.Replace(s.Query, "1795377160", said, 1)
		s.Reports = append(s.Reports[:0:0], s.Reports...)
		s.Reports[0].Time = &now
		samples = append(samples, s)
	}
	tokens, sent := map[gremio.Plate]string{}, time.Now()
	nonsense := 0
	for i, s := range samples {
		plate := gremio.Plate(fmt.Sprintf("PH%d", i))
		path, token := up.setUpPhone(cookie, plate)
		tokens[plate] = token
		up.sendPhone(path, s)
		up.sendPhone(path, s) // the answer to the first was lost
		nonsense += 2 * s.Nonsense
	}
	for i, s := range samples {
		up.wantPhone(g, tokens[gremio.Plate(fmt.Sprintf("PH%d", i))], gremio.Plate(fmt.Sprintf("PH%d", i)), s, sent)
	}
	var rejected []gremio.RequestRejected
	if err := json.Unmarshal([]byte(g.run("rejected", "phones", "--json")), &rejected); err != nil || len(rejected) != nonsense {
		t.Errorf("rejected phones lists %d requests, want %d: %v", len(rejected), nonsense, err)
	}
	one := string(rejected[0].Plate)
	if out := g.run("rejected", "phones", "--plate", strings.ToLower(one)); contains(out, "gremio_c_") || strings.Count(out, one+" ") != 2 || strings.Count(out, "\n") != 3 {
		t.Errorf("rejected phones --plate %s:\n%s", one, out)
	}
	if out := g.run("rejected"); !contains(out, "nothing is rejected") {
		t.Errorf("a worker rejected what a phone sent:\n%s", out)
	}
	eventually(t, "both calls for help are one alert each", func() error {
		if n := g.number("SELECT COUNT(*) FROM alerts WHERE kind = 'sos'"); n < 2 {
			return errorf("%d alerts", n)
		}
		return nil
	})
	_, before := up.as(g.token(), "GET", "/v1/carts?limit=200", "")
	g.run("rebuild", "positions")
	if _, after := up.as(g.token(), "GET", "/v1/carts?limit=200", ""); before != after || !contains(before, "PH0") {
		t.Errorf("the rebuild made\n%s\nof\n%s", after, before)
	}
	up.interrupt()
	for plate, token := range tokens {
		if contains(up.said(), token[:20]) {
			t.Errorf("the token of %s is in the log", plate)
		}
	}
}

// wantPhone waits until the cart is as a sample says.
func (p *process) wantPhone(g *guild, token string, plate gremio.Plate, s phoneSample, sent time.Time) {
	p.t.Helper()
	if len(s.Reports) == 0 {
		if code, answer := p.as(token, "GET", "/v1/carts/"+string(plate), ""); code != 404 {
			p.t.Errorf("%s: the cart gave a sign of life: %d %s", s.Name, code, answer)
		}
		return
	}
	want, located := s.Reports[0], s.Reports[0].Lat != nil
	for _, r := range s.Reports[1:] {
		if r.Lat != nil { // a later fix
			want = r
		}
	}
	battery := want.Battery
	if last := s.Reports[len(s.Reports)-1].Battery; last != nil {
		battery = last
	}
	eventually(p.t, s.Name, func() error {
		code, answer := p.as(token, "GET", "/v1/carts/"+string(plate), "")
		var c gremio.Cart
		if code != 200 || json.Unmarshal([]byte(answer), &c) != nil || c.HeardAt == nil {
			return errorf("%d %s", code, answer)
		}
		if !located {
			if c.Lat != nil || c.FixedAt != nil || c.State != gremio.CartOffShift || !near(c.Battery, battery) {
				return errorf("want a sign of life alone: %s", answer)
			}
			return nil
		}
		if !near(c.Lat, want.Lat) || !near(c.Lon, want.Lon) || !near(c.Speed, want.Speed) || !near(c.Heading, want.Heading) || !near(c.Accuracy, want.Accuracy) || !near(c.Battery, battery) {
			return errorf("want %+v: %s", want, answer)
		}
		believed := want.Time != nil && time.Since(*want.Time) < gremio.TopicPositions.Retention()-time.Minute && time.Until(*want.Time) < 9*time.Minute
		if believed && !c.FixedAt.Equal(*want.Time) || !believed && c.FixedAt.Before(sent.Add(-time.Second)) {
			return errorf("want the fix of %v: %s", want.Time, answer)
		}
		if n := g.number("SELECT COUNT(*) FROM track WHERE cart_id = ?", gremio.CartOf(plate)); believed && n != int64(locatedOf(s)) {
			return errorf("%d points of the track, want %d", n, locatedOf(s))
		}
		return nil
	})
}

func locatedOf(s phoneSample) (n int) {
	for _, r := range s.Reports {
		if r.Lat != nil {
			n++
		}
	}
	return n
}

// setUpPhone makes a cart's token as the office does, and returns the path that
// its QR leads to.
func (p *process) setUpPhone(cookie string, plate gremio.Plate) (path, token string) {
	p.t.Helper()
	req, err := http.NewRequest("POST", p.url+"/v1/carts/"+string(plate)+"/token", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Cookie", cookie)
	resp, err := caller.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	var made struct {
		Token string
		Setup gremio.PhoneSetup
	}
	if err := json.NewDecoder(resp.Body).Decode(&made); err != nil || resp.StatusCode != 201 {
		p.t.Fatalf("token of %s: %d %v", plate, resp.StatusCode, err)
	}
	path, isHere := strings.CutPrefix(made.Setup.URL, "https://gremio.example.cl")
	path, settings, _ := strings.Cut(path, "?")
	if !isHere || path != "/gps/"+made.Token || !strings.HasPrefix(settings, "id="+string(plate)+"&interval=20&") {
		p.t.Fatalf("the QR of %s says %s", plate, made.Setup.URL)
	}
	return path, made.Token
}

// signIn returns a session's cookie.
func (p *process) signIn(email, password string) string {
	p.t.Helper()
	body, _ := json.Marshal(map[string]string{"email": email, "password": password})
	resp, err := caller.Post(p.url+"/v1/session", "application/json", strings.NewReader(string(body)))
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	for _, c := range resp.Cookies() {
		if strings.HasSuffix(c.Name, "gremio_session") {
			return c.Name + "=" + c.Value
		}
	}
	p.t.Fatalf("sign in: %d", resp.StatusCode)
	return ""
}

// testTokenCart prints a token for a pipe, and beside it what a phone reads.
func testTokenCart(t *testing.T, g *guild) {
	g.run("migrate")
	for publicURL, says := range map[string][]string{
		"":                          {"no QR", "--public-url"},
		"https://gremio.example.cl": {"https://gremio.example.cl/gps/", "org.traccar.client://", "█"},
		"http://127.0.0.1:3000":     {"http://127.0.0.1:3000/gps/", "warning", "█"},
		"http://gremio.example.cl":  {"http://gremio.example.cl/gps/", "plain HTTP", "█"},
	} {
		cmd := g.command("token", "cart", "bb-cl 12")
		cmd.Env = append(cmd.Env, "GREMIO_PUBLIC_URL="+publicURL)
		out, stderr, code := finish(t, cmd)
		token := strings.TrimSuffix(out, "\n")
		if code != 0 || !strings.HasPrefix(token, "gremio_c_") || strings.ContainsAny(token, " \n") {
			t.Errorf("%q: exit %d %q", publicURL, code, out)
		}
		for _, text := range says {
			if !contains(stderr, text) {
				t.Errorf("%q: token cart does not say %q:\n%s", publicURL, text, stderr)
			}
		}
		if publicURL == "https://gremio.example.cl" && (contains(stderr, "warning") || !contains(stderr, token+"?id=BBCL12&interval=20")) {
			t.Errorf("token cart says\n%s", stderr)
		}
		check := g.command("config", "check")
		check.Env = append(check.Env, "GREMIO_PUBLIC_URL="+publicURL)
		want := map[string]string{"": "note   phones: no --public-url", "https://gremio.example.cl": "ok     phones", "http://127.0.0.1:3000": "warn   phones: only this machine", "http://gremio.example.cl": "warn   phones: --public-url is plain HTTP"}[publicURL]
		if out, _, code := finish(t, check); code != 0 || !contains(out, want) {
			t.Errorf("%q: config check: exit %d\n%s", publicURL, code, out)
		}
	}
	up := g.closed("GREMIO_PUBLIC_URL=http://gremio.example.cl")
	up.saying("plain HTTP")
	up.interrupt()
}
