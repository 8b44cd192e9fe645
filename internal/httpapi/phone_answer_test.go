package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/httpapi"
)

// Every sample of every app is answered with what takes it out of the app's queue,
// at the app's own path, and none is refused.
func TestPhonesAreAnsweredInTheirDialect(t *testing.T) {
	files, err := filepath.Glob("../gps/testdata/*.json")
	must(t, err)
	if len(files) < 7 {
		t.Fatalf("samples of %d apps, want 7", len(files))
	}
	h := newHouse(t, false)
	token := h.cartToken("PH7")
	for _, name := range files {
		text, err := os.ReadFile(name)
		must(t, err)
		var samples []struct {
			Name, Method, Query, Body, Agent, Path, Answer string
			ContentType                                    string `json:"content_type"`
		}
		must(t, json.Unmarshal(text, &samples))
		for _, s := range samples {
			got := h.stranger().send(s.Method, strings.TrimRight("/gps/"+token+"/"+s.Path, "/")+"?"+s.Query, s.Body, "Content-Type", s.ContentType, "User-Agent", s.Agent)
			if got.code != 200 || string(got.body) != s.Answer {
				t.Errorf("%s %s: %d %q, want %q", name, s.Name, got.code, got.body, s.Answer)
			}
			if is := strings.HasPrefix(got.header.Get("Content-Type"), "application/json"); is != (s.Answer != "") {
				t.Errorf("%s %s: the answer is of type %q", name, s.Name, got.header.Get("Content-Type"))
			}
		}
	}
}

// A phone that sends too seldom is told the guild's settings, where its app takes
// any, and not with every answer.
func TestSlowPhoneIsSetUp(t *testing.T) {
	now := time.Now()
	h := newHouse(t, false, func(c *httpapi.Config) { c.Now = func() time.Time { return now } })
	ownTracks, overland, traccar := h.cartToken("PH8"), h.cartToken("PH9"), h.cartToken("PH10")
	send := func(token, body string) string {
		got := h.stranger().send("POST", "/gps/"+token, strings.ReplaceAll(body, "NOW", fmt.Sprint(now.Unix())), "Content-Type", "application/json")
		if got.code != 200 {
			t.Fatalf("%d %s", got.code, got.body)
		}
		return string(got.body)
	}
	for _, c := range []struct {
		wait time.Duration
		told bool
	}{{0, false}, {20 * time.Second, false}, {300 * time.Second, true}, {300 * time.Second, false}, {300 * time.Second, true}, {20 * time.Second, false}} {
		now = now.Add(c.wait)
		var commands []struct {
			Type          string `json:"_type"`
			Action        string
			Configuration map[string]any
		}
		must(t, json.Unmarshal([]byte(send(ownTracks, `{"_type":"location","lat":-33.4,"lon":-70.6,"tst":NOW}`)), &commands))
		if (len(commands) == 1) != c.told || c.told && (commands[0].Type != "cmd" || commands[0].Action != "setConfiguration" || commands[0].Configuration["_type"] != "configuration" || commands[0].Configuration["moveModeLocatorInterval"] != float64(gremio.PhoneIntervalSeconds)) {
			t.Errorf("OwnTracks after %v is told %+v", c.wait, commands)
		}
		var overlands struct {
			Result string
			Set    map[string]any
		}
		must(t, json.Unmarshal([]byte(send(overland, `{"locations":[{"type":"Feature","geometry":{"type":"Point","coordinates":[-70.6,-33.4]},"properties":{}}]}`)), &overlands))
		if overlands.Result != "ok" || (overlands.Set["send_interval"] == "10s") != c.told {
			t.Errorf("Overland after %v is told %+v", c.wait, overlands)
		}
		if got := send(traccar, `{"location":{"coords":{"latitude":-33.4,"longitude":-70.6}},"device_id":"1"}`); got != "" {
			t.Errorf("Traccar Client is told %s", got)
		}
	}
}

// uLogger signs in and then shows its session; a photo behind a fix may be large.
func TestULoggerSignsIn(t *testing.T) {
	h := newHouse(t, false)
	token := h.cartToken("PH11")
	signedIn := h.stranger().send("POST", "/gps/"+token+"/client/index.php", "action=auth&user=u&pass=p", "Content-Type", "application/x-www-form-urlencoded")
	cookie, err := http.ParseSetCookie(signedIn.header.Get("Set-Cookie"))
	if err != nil || string(signedIn.body) != `{"error":false}` || !cookie.HttpOnly || cookie.Path != "/gps" {
		t.Fatalf("%d %s, cookie %+v", signedIn.code, signedIn.body, cookie)
	}
	fix := url.Values{"action": {"addpos"}, "lat": {"-33.4372"}, "lon": {"-70.6506"}, "time": {fmt.Sprint(time.Now().Unix())}, "trackid": {"7"}}
	got := h.stranger().send("POST", "/gps/client/index.php", fix.Encode(), "Cookie", cookie.Name+"="+cookie.Value)
	if got.code != 200 || string(got.body) != `{"error":false}` {
		t.Errorf("with the session: %d %s", got.code, got.body)
	}
	h.stranger().send("POST", "/gps/client/index.php", fix.Encode(), "Cookie", cookie.Name+"=x").problem(t, 401)
	var form strings.Builder
	for _, name := range []string{"action", "lat", "lon", "time", "trackid"} {
		fmt.Fprintf(&form, "--b\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", name, fix.Get(name))
	}
	form.WriteString("--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"upload\"\r\nContent-Type: image/jpeg\r\n\r\n" + strings.Repeat("x", 6<<20) + "\r\n--b--\r\n")
	got = h.stranger().send("POST", "/gps/"+token+"/client/index.php", form.String(), "Content-Type", "multipart/form-data; boundary=b")
	if got.code != 200 || string(got.body) != `{"error":false}` || len(h.logged(gremio.TopicRejected)) > 0 {
		t.Errorf("with a photo: %d %s, %d rejected", got.code, got.body, len(h.logged(gremio.TopicRejected)))
	}
	located := 0
	for _, e := range h.logged(gremio.TopicPositions) {
		if p, ok := e.Data.(gremio.PositionReported); ok && p.Place != nil && p.Plate == "PH11" {
			located++
		}
	}
	if located != 2 {
		t.Errorf("%d fixes on the log, want 2", located)
	}
}

// The largest batch that an app makes is taken whole, by one answer.
func TestLargestBatch(t *testing.T) {
	h := newHouse(t, false)
	token := h.cartToken("PH13")
	var body strings.Builder
	body.WriteString(`{"locations":[`)
	first := time.Now().Add(-time.Hour).UTC()
	for i := range 1000 {
		if i > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, `{"type":"Feature","geometry":{"type":"Point","coordinates":[-70.6,-33.4]},"properties":{"timestamp":%q,"motion":["walking"],"wifi":"%0400d"}}`, first.Add(time.Duration(i)*time.Second).Format(time.RFC3339), i)
	}
	body.WriteString(`]}`)
	got := h.stranger().send("POST", "/gps/"+token, body.String(), "Content-Type", "application/json")
	if fixes := h.logged(gremio.TopicPositions); got.code != 200 || string(got.body) != `{"result":"ok"}` || len(fixes) != 1000 {
		t.Errorf("%d %s, %d fixes on the log", got.code, got.body, len(fixes))
	}
}
