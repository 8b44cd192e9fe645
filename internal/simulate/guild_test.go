package simulate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestServerElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	for base, ok := range map[string]bool{
		"http://127.0.0.1:3000": true, "http://[::1]:3000/": true, "http://localhost:3000": true, "https://127.9.9.9": true,
		"http://192.168.1.5:3000": false, "http://gremio.example.cl": false, "http://localhost.example.cl": false,
		"ftp://127.0.0.1": false, "127.0.0.1:3000": false, "": false, "http://0.0.0.0:3000": false,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := New(Config{BaseURL: base, Logger: slog.New(slog.DiscardHandler)}).Run(ctx); (err == nil) != ok {
			t.Errorf("%q: %v", base, err)
		}
	}
	err := New(Config{BaseURL: "http://10.0.0.1", Carts: 1}).Run(t.Context())
	if !errors.Is(err, ErrRemote) {
		t.Errorf("want ErrRemote, got %v", err)
	}
	if u, err := checkBase("https://gremio.example.cl", true); err != nil || u.Host != "gremio.example.cl" {
		t.Errorf("remote that was allowed: %v, %v", u, err)
	}
}

func TestDemoIsLivelyWithinMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		opened := time.Now()
		g := open(t, Config{Seed: 1}, s, 10*time.Minute)
		if len(s.prepared) == 0 || s.prepared[0].Sub(opened) > 2*time.Minute {
			t.Errorf("the first delivery came late: %v after %v", s.prepared, opened)
		}
		c := g.Counts()
		t.Logf("%+v, deliveries %d, %d requests, %d at once", c, len(s.prepared), s.requests, s.mostAtOnce)
		if c.Confirmed < 5 || c.ByKind[kindSighting] < 3 || c.ByKind[kindSale] < 500 || c.Refused != 0 || c.Retries != 0 {
			t.Errorf("not lively: %+v", c)
		}
		if c.ByKind[kindApplication] != 60+6 {
			t.Errorf("%d applications", c.ByKind[kindApplication])
		}
		if perSecond := s.requests / 600; perSecond > 25 || s.mostAtOnce > requestsAtOnce {
			t.Errorf("not gentle: %d requests a second, %d at once", perSecond, s.mostAtOnce)
		}
		if silent := s.longestSilence(); silent < 90*time.Second || silent > 5*time.Minute {
			t.Errorf("the longest silence of a cart was %v", silent)
		}
		for _, path := range []string{"/ubicacion", "/registro_venta", "/registro_miembro", "/v1/shifts", "/v1/stock-counts"} {
			if !s.heard(path) {
				t.Errorf("nobody called %s", path)
			}
		}
	})
}

// longestSilence is the longest gap between two positions of a cart that was not off shift between them.
func (s *server) longestSilence() (longest time.Duration) {
	byPlate := map[string][]*seen{}
	for _, e := range s.events {
		if strings.HasSuffix(e.path, "/positions") || e.path == "/v1/shifts" {
			byPlate[e.plate] = append(byPlate[e.plate], e)
		}
	}
	for _, all := range byPlate {
		sortByTime(all)
		for i := 1; i < len(all); i++ {
			if all[i].path == all[i-1].path && all[i].path == "/v1/positions" {
				longest = max(longest, all[i].at.Sub(all[i-1].at))
			}
		}
	}
	return longest
}

func (s *server) heard(path string) bool {
	for _, e := range s.events {
		if e.path == path {
			return true
		}
	}
	return false
}

func TestUnknownOutcomesAreSentAgainUnderTheSameID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.trouble = func(n int, w http.ResponseWriter, r *http.Request) (answered, keep bool) {
			switch {
			case n%7 == 0: // kept, and the answer is lost on the way
				w.Header().Set("Retry-After", "2")
				w.WriteHeader(http.StatusServiceUnavailable)
				return true, true
			case n%11 == 0:
				w.WriteHeader(http.StatusServiceUnavailable)
				return true, false
			case n%13 == 0: // no answer at all
				<-r.Context().Done()
				return true, n%2 == 0
			}
			return false, true
		}
		c := open(t, Config{Seed: 3, Carts: 20}, s, 5*time.Minute).Counts()
		t.Logf("%+v", c)
		if c.Retries < 100 || c.Refused != 0 {
			t.Errorf("want retries and no refusal: %+v", c)
		}
		kept := 0
		for id := range s.acked {
			if s.events[id] == nil {
				t.Errorf("%s was acknowledged and is not kept", id)
			}
			kept++
		}
		// What was answered but not read before the end is on neither side's account.
		if onWay := c.Made - c.Acknowledged; c.Acknowledged > kept || kept > c.Made || onWay > 22 {
			t.Errorf("the guild knows of %d of %d events, the server acknowledged %d", c.Acknowledged, c.Made, kept)
		}
	})
}

func TestRefusedEventsAreCountedAndDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.trouble = func(_ int, w http.ResponseWriter, r *http.Request) (answered, keep bool) {
			if r.URL.Path != "/v1/positions" {
				return false, true
			}
			w.WriteHeader(http.StatusUnprocessableEntity)
			return true, false
		}
		c := open(t, Config{Seed: 3, Carts: 4}, s, time.Minute).Counts()
		if c.Refused < 10 || c.Retries != 0 || c.ByKind[kindSale] == 0 {
			t.Errorf("want refused positions, sales all the same: %+v", c)
		}
	})
}

func TestGuildGoesOnWhereItStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		open(t, Config{Seed: 5, Carts: 12}, s, 2*time.Minute)
		open(t, Config{Seed: 5, Carts: 12}, s, 2*time.Minute) // s compares every figure with its level
		applications := 0
		for _, e := range s.events {
			if e.path == "/v1/applications" && e.plate != "" {
				applications++
			}
		}
		if applications != 12-gridCarts {
			t.Errorf("%d applications after two runs of one seed", applications)
		}
	})
}

func TestVendorsFetchDoughWhenNoDriverMayCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.closed = true
		c := open(t, Config{Seed: 2, Carts: 12, Speed: 5}, s, 10*time.Minute).Counts()
		if c.Confirmed != 0 || c.ByKind[kindStockCount] < 15 || c.UnitsSold < 1000 {
			t.Errorf("want counts of dough that vendors fetched: %+v", c)
		}
	})
}

func TestDriverSignsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for status, want := range map[int]string{204: "", 401: "sign in as ana@example.cl"} {
			network, sessions := newPipes(), 0
			web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v1/session" {
					sessions++
					http.SetCookie(w, &http.Cookie{Name: "session", Value: "x", Path: "/"})
					w.WriteHeader(status)
					return
				}
				if _, err := r.Cookie("session"); err != nil {
					t.Errorf("%s without a session", r.URL.Path)
				}
				w.WriteHeader(http.StatusAccepted)
			})}
			go web.Serve(network)
			g := New(Config{BaseURL: "http://127.0.0.1:3000", Carts: 2, Email: "ana@example.cl", Password: "x", Logger: slog.New(slog.DiscardHandler)})
			g.client.Transport.(*http.Transport).DialContext = network.dial
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			err := g.Run(ctx)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) || sessions != 1 {
				t.Errorf("%d: %v after %d sign-ins", status, err, sessions)
			}
			cancel()
			network.Close()
			web.Close()
		}
	})
}

func TestRunEndsAtOnceAndLogsItsCounts(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	release := make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/positions" {
			<-release
		}
		s.ServeHTTP(w, r)
	}))
	defer web.Close()
	defer close(release)
	var log bytes.Buffer
	g := New(Config{BaseURL: web.URL, Carts: 10, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- g.Run(ctx) }()
	time.Sleep(300 * time.Millisecond)
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Second):
		t.Fatal("the guild still works a second after its end")
	}
	if want := fmt.Sprintf("applications=%d", g.Counts().ByKind[kindApplication]); !strings.Contains(log.String(), want) {
		t.Errorf("the log lacks %s:\n%s", want, &log)
	}
}
