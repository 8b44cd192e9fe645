package main_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gremio"
)

// A hook is a webhook that counts what it gets, by id.
type hook struct {
	server *httptest.Server
	down   atomic.Bool

	mu    sync.Mutex
	got   map[string]int
	kinds map[string]map[string]string // a notice of each kind
	wrong []string
}

func startHook(t *testing.T) *hook {
	h := &hook{got: map[string]int{}, kinds: map[string]map[string]string{}}
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.down.Load() {
			http.Error(w, "later", http.StatusServiceUnavailable)
			return
		}
		var body map[string]string
		err := json.NewDecoder(r.Body).Decode(&body)
		id := r.Header.Get("Idempotency-Key")
		h.mu.Lock()
		defer h.mu.Unlock()
		if err != nil || id == "" || body["id"] != id || body["title"] == "" || body["message"] == "" || r.URL.Path != "/hook/"+hookToken {
			h.wrong = append(h.wrong, fmt.Sprint(r.URL, r.Header, body, err))
		}
		h.got[id]++
		h.kinds[body["kind"]] = body
		time.Sleep(5 * time.Millisecond) // so that a kill meets it
	}))
	t.Cleanup(h.server.Close)
	return h
}

func (h *hook) ids() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.got)
}

const hookToken = "s3cretT0ken"

// applies posts an application that waits for its phone number.
func applies(p *process, n int) {
	p.taken("/v1/applications", map[string]any{"id": fmt.Sprint("app-", n), "given_name": "Rosalba", "family_name": "Ñandú", "rut": rut(11_000_000 + n),
		"email": fmt.Sprintf("rosalba%d@correo.example", n), "tier": "basic", "consent": map[string]any{"tracking": true, "version": "1"}})
}

// TestWrongNotify: nothing starts with a URL that cannot be used, and none is repeated.
func TestWrongNotify(t *testing.T) {
	g := newGuild(t, nil)
	for _, role := range []string{"up", "worker sales", "config check"} {
		for flag, words := range map[string]string{"--notify": "--notify, URL 1", "--notify-mail": "--notify-mail"} {
			out, stderr, code := finish(t, g.command(append(strings.Fields(role), flag, "https://host/"+hookToken)...))
			if code != 3 || !contains(out+stderr, words) || contains(out+stderr, hookToken) {
				t.Errorf("%s %s: exit %d: %s%s", role, flag, code, out, stderr)
			}
		}
	}
	cmd := g.command("config", "check")
	cmd.Env = append(cmd.Env, "GREMIO_NOTIFY=ntfy://host/"+hookToken+"  telegram://1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA@telegram?chats=1,2", "GREMIO_NOTIFY_MAIL=")
	if out, stderr, code := finish(t, cmd); code != 0 || !contains(out, "ok     notices") || contains(out, hookToken) {
		t.Errorf("exit %d: %s%s", code, out, stderr)
	}
}

// testNotices kills everything while notices go out, and counts what arrives.
func testNotices(t *testing.T, g *guild) {
	const kills = 3
	h, post := startHook(t), startMailServer(t)
	g.env = append(g.env,
		"GREMIO_NOTIFY=generic+"+h.server.URL+"/hook/"+hookToken+"?template=json",
		"GREMIO_NOTIFY_MAIL=smtp://"+post.addr+"/?from=gremio@correo.example")
	h.down.Store(true)
	post.down.Store(true)
	up, said := g.startAPI("up"), ""
	for round := range kills {
		seenAndApplied(g, up, round)
		if round == 0 {
			g.noticesWait(t, up)
			h.down.Store(false)
			post.down.Store(false)
		}
		before := len(h.ids())
		eventually(t, "some notices arrive", func() error {
			if n := len(h.ids()); n < before+sightings/4 {
				return errorf("%d", n)
			}
			return nil
		})
		up.kill()
		said += up.said()
		up = g.startAPI("up")
	}
	delivered(g, up)
	g.allSent()
	alerts, applications := g.texts("SELECT alert_id FROM alerts"), g.texts("SELECT application_id FROM applications")
	if len(alerts) < kills*sightings || len(applications) != kills*applicants {
		t.Errorf("%d alerts and %d applications", len(alerts), len(applications))
	}
	everyOne(t, "webhook", h.ids(), gremio.NoticeAlert, alerts, kills)
	everyOne(t, "mail", post.ids(), gremio.NoticeApplicationWaiting, applications, kills)
	for kind, words := range map[string]string{"alert": "openstreetmap.org", "delivery": "1. N1: 190 masas", "day": "1 venta, 3 sopaipillas"} {
		if !contains(h.kinds[kind]["message"], words) {
			t.Errorf("the notice of a %s does not say %q: %v", kind, words, h.kinds[kind])
		}
	}
	if len(h.wrong) > 0 {
		t.Errorf("wrong requests: %v", h.wrong)
	}
	post.readable(t)
	secret(t, up, said+up.said())
}

// Sightings and applicants are how many come in a round.
const sightings, applicants = 60, 10

func seenAndApplied(g *guild, up *process, round int) {
	for n := range sightings {
		up.taken("/v1/sightings", map[string]any{"id": fmt.Sprintf("s-%d-%d", round, n), "lat": -33.4, "lon": -70.6})
	}
	for n := range applicants {
		applies(up, round*applicants+n)
	}
	g.applied("positions", gremio.TopicPositions)
	g.applied("members", gremio.TopicMemberships)
}

// noticesWait sees that what waits for its receivers holds no personal data.
func (g *guild) noticesWait(t *testing.T, up *process) {
	t.Helper()
	eventually(t, "notices wait", func() error {
		if n := g.number("SELECT COUNT(*) FROM notices WHERE attempts > 0"); n < 5 {
			return errorf("%d", n)
		}
		return nil
	})
	g.want(0, "SELECT COUNT(*) FROM notices WHERE body LIKE '%osalba%' OR title LIKE '%osalba%' OR body LIKE '%correo.example%'")
	if code, _, body := up.try("GET", "/metrics", nil); code != 200 || !contains(string(body), "gremio_notices_failed_total{") {
		t.Errorf("/metrics (%d) counts no failed notices", code)
	}
}

// delivered makes a delivery and closes a day, one notice each.
func delivered(g *guild, up *process) {
	g.t.Helper()
	up.taken("/v1/stock-counts", map[string]any{"plate": "N1", "units": 10})
	g.applied("stock", gremio.TopicStock)
	eventually(g.t, "a cart waits", func() error {
		if n := g.number("SELECT COUNT(*) FROM replenishments"); n != 1 {
			return errorf("%d", n)
		}
		return nil
	})
	if code, _, answer := up.try("POST", "/v1/deliveries", "{}"); code >= 300 {
		g.t.Errorf("POST /v1/deliveries: %d %s", code, answer)
	}
	day := gremio.DayOf(time.Now(), gremio.Clock(0, 0)).Prev()
	up.taken("/v1/sales", map[string]any{"id": "yesterday", "plate": "N1", "units": 3, "time": day.At(gremio.Clock(12, 0))})
	g.applied("sales", gremio.TopicSales)
	g.run("report", "--day", string(day))
}

func (g *guild) allSent() {
	g.t.Helper()
	for _, w := range []struct {
		worker string
		topic  gremio.Topic
	}{{"positions", gremio.TopicPositions}, {"stock", gremio.TopicStock}, {"sales", gremio.TopicSales}, {"members", gremio.TopicMemberships}, {"alerts", gremio.TopicAlerts}} {
		g.applied(w.worker, w.topic)
	}
	eventually(g.t, "all notices sent", func() error {
		if n := g.number("SELECT COUNT(*) FROM notices"); n != 0 {
			return errorf("%d wait", n)
		}
		return nil
	})
}

// everyOne fails the test unless all that is wanted came, and no more repeats
// than there were kills.
func everyOne(t *testing.T, where string, got map[string]int, kind string, about []string, kills int) {
	t.Helper()
	missing, repeats := 0, 0
	for _, cause := range about {
		if got[gremio.DerivedID("notice", kind+" "+cause)] == 0 {
			missing++
		}
	}
	for _, n := range got {
		repeats += n - 1
	}
	t.Logf("%s: %d notices wanted, %d came, %d missing, %d repeats after %d kills", where, len(about), len(got), missing, repeats, kills)
	if missing > 0 || repeats > kills {
		t.Errorf("%s: %d of %d are missing, %d repeats after %d kills", where, missing, len(about), repeats, kills)
	}
}

// readable sees that a mail is one that its reader can read.
func (s *mailServer) readable(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mails) == 0 {
		t.Fatal("no mail came")
	}
	for i, m := range s.mails {
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || subject != "Recibimos tu solicitud al gremio" || m.Header.Get("To") != s.to[i] ||
			!strings.HasPrefix(s.to[i], "rosalba") || !strings.HasPrefix(s.texts[i], "Hola Rosalba Ñandú:") || !contains(s.texts[i], "- falta el teléfono") {
			t.Fatalf("mail to %s: %v\n%s", s.to[i], m.Header, s.texts[i])
		}
	}
}

// secret sees that what went out under a secret or to a person is nowhere else.
func secret(t *testing.T, up *process, said string) {
	t.Helper()
	_, _, metrics := up.try("GET", "/metrics", nil)
	for what, text := range map[string]string{"the log": said, "/metrics": string(metrics)} {
		for _, word := range []string{hookToken, "rosalba", "Rosalba", "correo.example"} {
			if contains(text, word) {
				t.Errorf("%s says %q", what, word)
			}
		}
	}
	if !contains(string(metrics), "gremio_notices_sent_total{") {
		t.Error("/metrics counts no sent notices")
	}
}

// texts returns the only column that query selects.
func (g *guild) texts(query string, args ...any) (all []string) {
	g.t.Helper()
	rows, err := g.db.Query(query, args...)
	if err != nil {
		g.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			g.t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}
