package live_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/live"
	"gremio/internal/store"
)

// A page is a browser that watches a guild.
type page struct {
	t      *testing.T
	frames *bufio.Scanner
}

// next returns the next event's name and data, and skips comments.
func (p page) next() (event string, data map[string]json.RawMessage) {
	p.t.Helper()
	for p.frames.Scan() {
		line := p.frames.Text()
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			event = name
		}
		if body, ok := strings.CutPrefix(line, "data: "); ok {
			if err := json.Unmarshal([]byte(body), &data); err != nil {
				p.t.Fatalf("%v in %s", err, body)
			}
			return event, data
		}
	}
	p.t.Fatalf("the stream ends: %v", p.frames.Err())
	return "", nil
}

func sections(data map[string]json.RawMessage) string {
	return strings.Join(slices.Sorted(maps.Keys(data)), " ")
}

type guild struct {
	t      *testing.T
	store  *store.Store
	url    string
	view   gremio.LiveView // of whoever watches
	offset gremio.Offset
}

func newGuild(t *testing.T) *guild {
	t.Helper()
	g := &guild{t: t, view: gremio.LiveView{Sections: map[string]bool{"carts": true, "sales": true, "sightings": true, "alerts": true,
		"applications": true, "deliveries": true, "totals": true, "map": true}}}
	var err error
	if g.store, err = store.Open("sqlite:" + filepath.Join(t.TempDir(), "gremio.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.store.Close() })
	if err := g.store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.update(func(tx *store.Tx) (err error) {
		g.offset, err = tx.ClaimPartition(t.Context(), "alerts", gremio.LogPartition{Topic: gremio.TopicAlerts}, time.Now())
		return err
	})
	hub := live.New(g.store, []string{"alerts"}, gremio.NewKey(), slog.New(slog.DiscardHandler), time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { hub.Run(ctx); close(done) }()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hub.Watch(w, r, g.view) }))
	g.url = server.URL
	t.Cleanup(func() { cancel(); <-done; server.CloseClientConnections(); server.Close() })
	return g
}

func (g *guild) update(fn func(*store.Tx) error) {
	g.t.Helper()
	if err := g.store.Update(context.Background(), fn); err != nil {
		g.t.Fatal(err)
	}
}

// work is a worker's transaction: what it writes moves its offset on.
func (g *guild) work(fn func(*store.Tx) error) {
	g.t.Helper()
	g.update(func(tx *store.Tx) error {
		if err := tx.Advance(context.Background(), "alerts", g.offset, g.offset.Next+1, time.Now()); err != nil {
			return err
		}
		return fn(tx)
	})
	g.offset.Next++
}

func (g *guild) watch() page {
	g.t.Helper()
	p, _ := g.watchUntil()
	return p
}

// watchUntil is watch with what ends it.
func (g *guild) watchUntil() (p page, leave func()) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	g.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.url, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { io.Copy(io.Discard, io.LimitReader(resp.Body, 0)); resp.Body.Close() })
	if kind := resp.Header.Get("Content-Type"); kind != "text/event-stream" || resp.StatusCode != http.StatusOK {
		g.t.Fatalf("answers %d %s", resp.StatusCode, kind)
	}
	p = page{g.t, bufio.NewScanner(resp.Body)}
	p.frames.Buffer(nil, 16<<20)
	return p, cancel
}

func (g *guild) cart(plate gremio.Plate, state gremio.CartState) {
	g.t.Helper()
	g.work(func(tx *store.Tx) error {
		return tx.SaveCarts(context.Background(), []*gremio.CartRecord{{CartID: gremio.CartOf(plate), Plate: plate, State: state, FirstNamedAt: time.Now()}})
	})
}

func TestSnapshotThenChanges(t *testing.T) {
	g := newGuild(t)
	for i := range 3 {
		g.cart(gremio.Plate(fmt.Sprint("A", i)), gremio.CartLive)
	}
	p := g.watch()
	event, data := p.next()
	if want := "alerts applications at carts deliveries map sales sightings totals"; event != "snapshot" || sections(data) != want {
		t.Fatalf("first comes %q with %s, want a snapshot with %s", event, sections(data), want)
	}
	for name, body := range data {
		if string(body) == "null" {
			t.Errorf("section %s is null, want an empty list", name)
		}
	}
	var carts []gremio.Cart
	if err := json.Unmarshal(data["carts"], &carts); err != nil || len(carts) != 3 {
		t.Errorf("carts %s, %v", data["carts"], err)
	}

	g.work(func(tx *store.Tx) error {
		return tx.RaiseAlert(context.Background(), gremio.AlertRaised{Alert: "a", Kind: gremio.AlertSilent, Severity: gremio.SeverityInfo, RaisedAt: time.Now()})
	})
	if event, data = p.next(); event != "change" || sections(data) != "alerts at totals" {
		t.Errorf("after an alert comes %q with %s, want a change of the alerts and how many there are", event, sections(data))
	}
	g.cart("A1", gremio.CartMissing)
	event, data = p.next()
	if err := json.Unmarshal(data["carts"], &carts); err != nil || event != "change" || len(carts) != 1 || carts[0].Plate != "A1" || carts[0].State != gremio.CartMissing {
		t.Errorf("after a cart changed comes %q with carts %s, want it alone", event, data["carts"])
	}
	if _, ok := data["alerts"]; ok {
		t.Error("the alerts have not changed and come again")
	}
	// Who comes later gets the newest state at once.
	event, data = g.watch().next()
	if err := json.Unmarshal(data["carts"], &carts); err != nil || event != "snapshot" || len(carts) != 3 || carts[1].State != gremio.CartMissing {
		t.Errorf("a second page gets %q with carts %s", event, data["carts"])
	}
}

// Who may see little gets a snapshot of it, though nothing of it changes.
func TestSnapshotOfTheOwnCart(t *testing.T) {
	g := newGuild(t)
	for i := range 3 {
		g.cart(gremio.Plate(fmt.Sprint("A", i)), gremio.CartLive)
	}
	all := g.view
	first, leave := g.watchUntil()
	first.next()
	leave()
	time.Sleep(100 * time.Millisecond) // the hub sees that nobody watches
	g.cart("A0", gremio.CartMissing)
	g.view = gremio.LiveView{Plate: "A1", Sections: map[string]bool{"carts": true, "map": true}}
	p := g.watch()
	came, busy := make(chan struct{}), make(chan struct{})
	go func() { // others' carts change all the while
		defer close(busy)
		for i := 0; ; i++ {
			select {
			case <-came:
				return
			case <-time.After(20 * time.Millisecond):
				g.cart("A0", []gremio.CartState{gremio.CartLive, gremio.CartMissing}[i%2])
			}
		}
	}()
	event, data := p.next()
	close(came)
	<-busy
	var carts []gremio.Cart
	if err := json.Unmarshal(data["carts"], &carts); err != nil || event != "snapshot" || sections(data) != "at carts map" || len(carts) != 1 || carts[0].Plate != "A1" {
		t.Errorf("comes %q with %s: %s", event, sections(data), data["carts"])
	}
	g.view = all
	if _, data := g.watch().next(); !strings.Contains(string(data["carts"]), `"A2"`) {
		t.Errorf("who may see all gets %s", data["carts"])
	}
	g.cart("A2", gremio.CartMissing) // tells the first nothing
	g.cart("A1", gremio.CartMissing)
	if event, data := p.next(); event != "change" || sections(data) != "at carts" || strings.Contains(string(data["carts"]), `"A2"`) {
		t.Errorf("then comes %q with %s: %s", event, sections(data), data["carts"])
	}
}

// A reader that is slow misses no state: it gets the newest when it reads again.
func TestSlowReaderGetsTheNewestState(t *testing.T) {
	g := newGuild(t)
	g.cart("A", gremio.CartLive)
	p := g.watch()
	p.next()
	for i := range 20 {
		g.cart("A", []gremio.CartState{gremio.CartLive, gremio.CartQuiet}[i%2])
	}
	g.cart("A", gremio.CartMissing)
	for {
		_, data := p.next()
		var carts []gremio.Cart
		if body, ok := data["carts"]; ok {
			if err := json.Unmarshal(body, &carts); err != nil {
				t.Fatal(err)
			}
			if carts[0].State == gremio.CartMissing {
				return
			}
		}
	}
}

// Everybody who left and came back sees what happened meanwhile.
func TestReturningReaderGetsASnapshot(t *testing.T) {
	g := newGuild(t)
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	page{t, bufio.NewScanner(resp.Body)}.next()
	cancel()
	resp.Body.Close()
	g.cart("NEW", gremio.CartLive)
	back := g.watch()
	event, data := back.next()
	if event != "snapshot" {
		t.Errorf("who comes back gets a %s first", event)
	}
	for !strings.Contains(string(data["carts"]), `"NEW"`) {
		_, data = back.next()
	}
}
