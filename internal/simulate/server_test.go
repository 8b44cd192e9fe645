package simulate

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A seen event is what one accepted id carried, however often it was sent.
type seen struct {
	path, body string
	times      int
	plate      string
	at         time.Time
}

// A server keeps what the guild sends and keeps its stock as the real one does,
// so far as deliveries of five need it. trouble may refuse a request, before or
// after it was kept.
type server struct {
	t       *testing.T
	trouble func(n int, w http.ResponseWriter, r *http.Request) (answered, keep bool)
	closed  bool // nobody may read

	mu         sync.Mutex
	requests   int
	inFlight   int
	mostAtOnce int
	events     map[string]*seen
	acked      map[string]bool
	level      map[string]int
	waiting    map[string]bool
	deliveries []*delivery
	prepared   []time.Time
}

func newServer(t *testing.T) *server {
	return &server{
		t: t, events: map[string]*seen{}, acked: map[string]bool{},
		level: map[string]int{}, waiting: map[string]bool{},
	}
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.requests++
	n := s.requests
	s.inFlight++
	s.mostAtOnce = max(s.mostAtOnce, s.inFlight)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.inFlight--
		s.mu.Unlock()
	}()
	if r.Method == http.MethodGet && s.closed {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Method == http.MethodGet {
		s.read(w, r)
		return
	}
	answered, keep := false, true
	if s.trouble != nil {
		answered, keep = s.trouble(n, w, r)
	}
	id := s.keep(r, body, keep)
	if !answered {
		s.mu.Lock()
		s.acked[id] = true
		s.mu.Unlock()
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintf(w, `{"id":%q,"at":"x/0/1"}`, id)
	}
}

// keep files an event under its id and changes the stock at its first coming.
func (s *server) keep(r *http.Request, body []byte, keep bool) string {
	var e struct {
		ID           string `json:"id"`
		Plate        string `json:"plate"`
		Units, Stock *int
		Patente      any
		Cant         *int `json:"CantSopaipillas"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		s.t.Errorf("%s: %v in %s", r.URL.Path, err, body)
	}
	id := r.Header.Get("Idempotency-Key")
	if (id == "") == (e.ID == "") {
		s.t.Errorf("%s: want one id in the header or the body, got %q and %q", r.URL.Path, id, e.ID)
	}
	id += e.ID
	if e.Patente != nil {
		e.Plate, e.Units = fmt.Sprint(e.Patente), e.Cant
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !keep {
		return id
	}
	if old := s.events[id]; old != nil {
		old.times++
		if old.path != r.URL.Path || old.body != string(body) {
			s.t.Errorf("id %s came with other content:\n%s %s\n%s %s", id, old.path, old.body, r.URL.Path, body)
		}
		return id
	}
	s.events[id] = &seen{path: r.URL.Path, body: string(body), times: 1, plate: e.Plate, at: time.Now()}
	switch {
	case strings.HasSuffix(r.URL.Path, "/confirm"):
		s.confirm(strings.Split(r.URL.Path, "/"))
	case r.URL.Path == "/v1/stock-counts":
		s.setLevel(e.Plate, *e.Units)
	case r.URL.Path == "/v1/sales" || r.URL.Path == "/registro_venta":
		if level, ok := s.level[e.Plate]; ok {
			s.setLevel(e.Plate, level-*e.Units)
		} else {
			s.setLevel(e.Plate, fullStock-*e.Units)
		}
		if level := s.level[e.Plate]; e.Patente == nil && level != *e.Stock {
			s.t.Errorf("%s reports %d left after a sale, the server has %d", e.Plate, *e.Stock, level)
		}
	}
	return id
}

func (s *server) setLevel(plate string, units int) {
	s.level[plate] = units
	if units >= 20 || s.waiting[plate] {
		return
	}
	s.waiting[plate] = true
	var stops []stop
	open := map[string]bool{}
	for _, d := range s.deliveries {
		for _, st := range d.Stops {
			open[st.Plate] = open[st.Plate] || st.State == stopWaiting
		}
	}
	for p := range s.waiting {
		if !open[p] {
			stops = append(stops, stop{Plate: p, Units: fullStock - s.level[p], State: stopWaiting})
		}
	}
	if len(stops) == 5 {
		s.deliveries = append(s.deliveries, &delivery{ID: fmt.Sprintf("d%d", len(s.deliveries)), State: "prepared", Stops: stops})
		s.prepared = append(s.prepared, time.Now())
	}
}

func (s *server) confirm(path []string) {
	id, plate := path[3], path[5]
	for _, d := range s.deliveries {
		for i := range d.Stops {
			if st := &d.Stops[i]; d.ID == id && st.Plate == plate && st.State == stopWaiting {
				st.State = stopConfirmed
				s.level[plate] += st.Units
				delete(s.waiting, plate)
			}
		}
	}
}

func (s *server) read(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.URL.Path {
	case "/v1/deliveries":
		_ = json.NewEncoder(w).Encode(map[string]any{"items": s.deliveries})
	case "/v1/stock":
		var items []map[string]any
		for plate, units := range s.level {
			items = append(items, map[string]any{"plate": plate, "units": units})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"items": items})
	default:
		http.NotFound(w, r)
	}
}

// pipes is a network inside the process, so that a test of minutes passes at once under synctest.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// open runs a guild against s for d of the bubble's time.
func open(t *testing.T, cfg Config, s *server, d time.Duration) *Guild {
	t.Helper()
	network := newPipes()
	web := &http.Server{Handler: s}
	go web.Serve(network)
	cfg.BaseURL = "http://127.0.0.1:3000"
	cfg.Logger = slog.New(slog.DiscardHandler)
	g := New(cfg)
	g.client.Transport.(*http.Transport).DialContext = network.dial
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := g.Run(ctx); err != nil {
		t.Errorf("run: %v", err)
	}
	network.Close()
	web.Close()
	synctest.Wait() // for the last handlers: the test reads what they wrote
	return g
}

func sortByTime(events []*seen) {
	slices.SortFunc(events, func(a, b *seen) int { return a.at.Compare(b.at) })
}
