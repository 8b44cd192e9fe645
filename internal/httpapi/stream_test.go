package httpapi_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
)

// begin asks for what may not end, and returns the beginning of the answer.
func (h *house) begin(path string) answer {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", h.url+path, nil)
	must(h.t, err)
	h.shows.on(req)
	resp, err := http.DefaultClient.Do(req)
	must(h.t, err)
	defer resp.Body.Close()
	if resp.StatusCode == 200 {
		return answer{resp.StatusCode, resp.Header, nil}
	}
	body, err := io.ReadAll(resp.Body)
	must(h.t, err)
	return answer{resp.StatusCode, resp.Header, body}
}

// A stream is what somebody watches.
type stream struct {
	mu    sync.Mutex
	text  strings.Builder
	frame chan struct{} // one for each frame
	ended chan time.Time
}

// watch opens the live stream and waits for its snapshot.
func (h *house) watch() *stream {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	h.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", h.url+"/v1/live", nil)
	must(h.t, err)
	h.shows.on(req)
	resp, err := http.DefaultClient.Do(req)
	must(h.t, err)
	if resp.StatusCode != 200 {
		h.t.Fatalf("GET /v1/live: %s", resp.Status)
	}
	s := &stream{frame: make(chan struct{}, 1000), ended: make(chan time.Time, 1)}
	go func() {
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			s.mu.Lock()
			s.text.WriteString(lines.Text() + "\n")
			s.mu.Unlock()
			if strings.HasPrefix(lines.Text(), "data: ") {
				s.frame <- struct{}{}
			}
		}
		s.ended <- time.Now()
	}()
	s.next(h.t)
	return s
}

func (s *stream) next(t testing.TB) {
	t.Helper()
	select {
	case <-s.frame:
	case <-time.After(15 * time.Second):
		t.Fatal("no frame comes")
	}
}

func (s *stream) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// endsWithin wants the stream to end so soon after what just happened.
func (s *stream) endsWithin(t testing.TB, what string, d time.Duration) {
	t.Helper()
	began := time.Now()
	select {
	case at := <-s.ended:
		t.Logf("%s: the stream ended after %s", what, at.Sub(began).Round(time.Millisecond))
	case <-time.After(d):
		t.Errorf("%s: the stream goes on after %s", what, d)
	}
}

// TestStreamsEndWithTheirIdentity opens a stream for each, takes away what it was
// opened with, and wants all ended within 5 seconds and refused when asked again.
func TestStreamsEndWithTheirIdentity(t *testing.T) {
	h := newHouse(t, false)
	office, signedOut, removed, moved := h.person("o@x.cl", gremio.RoleOffice, ""), h.person("s@x.cl", gremio.RoleOffice, ""),
		h.person("r@x.cl", gremio.RoleReader, ""), h.person("v@x.cl", gremio.RoleVendor, "A1")
	program, token := h.program("role:office")
	watchers := map[string]*house{"role changed": h.as(h.session(office)), "signed out": h.as(h.session(signedOut)), "removed": h.as(h.session(removed)),
		"another cart": h.as(h.session(moved)), "token revoked": h.as(program)}
	stays := h.as(h.session(h.person("stays@x.cl", gremio.RoleDesk, ""))).watch()
	streams := map[string]*stream{}
	for name, w := range watchers {
		streams[name] = w.watch()
	}
	time.Sleep(2500 * time.Millisecond) // past the first look
	for name, s := range streams {
		select {
		case <-s.ended:
			t.Errorf("%s: the stream ended before anything changed", name)
		default:
		}
	}
	for name, act := range map[string]func() answer{
		"role changed":  func() answer { return h.send("PATCH", "/v1/users/"+office.ID, `{"role":"driver"}`) },
		"signed out":    func() answer { return watchers["signed out"].send("DELETE", "/v1/session", "") },
		"removed":       func() answer { return h.send("DELETE", "/v1/users/"+removed.ID, "") },
		"another cart":  func() answer { return h.send("PATCH", "/v1/users/"+moved.ID, `{"plate":"B2"}`) },
		"token revoked": func() answer { return h.send("DELETE", "/v1/tokens/"+token.ID, "") },
	} {
		if got := act(); got.code/100 != 2 {
			t.Fatalf("%s: %d %s", name, got.code, got.body)
		}
	}
	deadline := time.Now().Add(5 * time.Second)
	for name, s := range streams {
		s.endsWithin(t, name, time.Until(deadline))
	}
	for _, name := range []string{"signed out", "removed", "token revoked"} {
		if got := watchers[name].begin("/v1/live"); got.code != 401 {
			t.Errorf("%s: asked again: %d", name, got.code)
		}
	}
	select {
	case <-stays.ended:
		t.Error("the stream of one whom nothing happened to ended")
	default:
	}
	h.write(func(tx *store.Tx) error { return nil })
}
