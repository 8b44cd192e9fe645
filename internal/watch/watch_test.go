package watch

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A terminal is what Run writes to, read while it writes.
type terminal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *terminal) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *terminal) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func (o *terminal) await(t *testing.T, text string) {
	t.Helper()
	for range 500 {
		if strings.Contains(o.String(), text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%q never appeared in %q", text, o.String())
}

func send(w http.ResponseWriter, name, data string) {
	fmt.Fprintf(w, ": keep-alive\nid: 1\nevent: %s\ndata: %s\n\n", name, strings.ReplaceAll(data, "\n", "\ndata: "))
	w.(http.Flusher).Flush()
}

func snapshotServer(t *testing.T, then func(n int, w http.ResponseWriter, r *http.Request)) *httptest.Server {
	t.Helper()
	snapshot, err := os.ReadFile("testdata/snapshot.json")
	if err != nil {
		t.Fatal(err)
	}
	var connections atomic.Int32
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/live" || r.Header.Get("Accept") != "text/event-stream" {
			t.Errorf("asked for %s", r.URL)
		}
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		send(w, "snapshot", string(snapshot))
		then(int(connections.Add(1)), w, r)
	}))
	t.Cleanup(web.Close)
	return web
}

func TestOncePrintsAPlainSnapshot(t *testing.T) {
	t.Parallel()
	web := snapshotServer(t, func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	for _, o := range []Options{{}, {Lang: "en"}, {TTY: true}} {
		var out bytes.Buffer
		o.BaseURL, o.Out = web.URL+"/", &out
		if err := Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "\n"); n < 40 || strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), "WXCC11") {
			t.Errorf("%d lines:\n%s", n, &out)
		}
	}
}

func TestOnceTellsWhyItCannot(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{401: "token", 404: "no live stream", 503: "Service Unavailable", 200: "no live stream"} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		err := Run(t.Context(), Options{BaseURL: web.URL, Out: &bytes.Buffer{}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", status, err)
		}
		web.Close()
		if err := Run(t.Context(), Options{BaseURL: web.URL, Out: &bytes.Buffer{}}); err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("nobody there: %v", err)
		}
	}
	if err := Run(t.Context(), Options{BaseURL: "127.0.0.1:3000"}); err == nil {
		t.Error("an address without a scheme was accepted")
	}
}

func TestScreenFollowsAndIsGivenBack(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	web := snapshotServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			send(w, "change", `{"at":"2026-11-22T21:35:13Z","carts":[{"plate":"AAFIRST","state":"missing","heard_at":"2026-11-22T20:00:00Z"}]}`)
			return // the stream ends and has to be opened again
		}
		send(w, "change", `{"at":"2026-11-22T21:35:14Z","carts":[{"plate":"AASECOND","state":"missing","heard_at":"2026-11-22T20:00:00Z"}]}`)
		<-r.Context().Done()
	})
	out := &terminal{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		done <- Run(ctx, Options{BaseURL: web.URL, Out: out, TTY: true, Size: func() (int, int) { return 100, 30 }})
	}()
	out.await(t, "AAFIRST")
	out.await(t, "sin conexión")
	out.await(t, "AASECOND")
	last := out.String()[strings.LastIndex(out.String(), beginFrame):]
	if strings.Contains(last, "AAFIRST") {
		t.Error("the second snapshot kept a cart of the first stream")
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Second):
		t.Fatal("the screen still runs a second after its end")
	}
	all := out.String()
	if !strings.HasPrefix(all, enterScreen) || !strings.HasSuffix(all, leaveScreen) || !strings.Contains(all, "\x1b[1;31m✖") {
		t.Errorf("begins %.40q, ends %q", all, all[len(all)-40:])
	}
}

func TestScreenWithoutColoursAndAnIdentity(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "1")
	var asked atomic.Int32
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			t.Error("the token was not sent")
		}
		asked.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer web.Close()
	out := &terminal{}
	err := Run(t.Context(), Options{BaseURL: web.URL, Token: "secret", Out: out, TTY: true, Size: func() (int, int) { return 80, 24 }})
	if err == nil || !strings.Contains(err.Error(), "token") || asked.Load() != 1 {
		t.Errorf("%v after %d requests", err, asked.Load())
	}
	if all := out.String(); !strings.HasSuffix(all, leaveScreen) || strings.Contains(strings.TrimSuffix(all, leaveScreen), "m") && strings.Contains(all, "\x1b[1") {
		t.Errorf("the screen was %q", all)
	}
}
