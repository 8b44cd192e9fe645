package lag_test

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"math"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"gremio"
	"gremio/internal/lag"
	"gremio/internal/store"
)

// ends is a log of which only the ends are known; it hangs when hung.
type ends struct {
	mu   sync.Mutex
	at   map[int32]int64
	hung bool
}

// more makes partition p end n records later.
func (e *ends) more(p int32, n int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.at[p] += n
}

func (e *ends) hang() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hung = true
}

func (e *ends) now() (at map[int32]int64, hung bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.at), e.hung
}

func (e *ends) Ends(ctx context.Context, _ gremio.Topic) (map[int32]int64, error) {
	at, hung := e.now()
	if hung {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return at, nil
}

// A scene is a worker that reads ventas, with a real database.
type scene struct {
	t       *testing.T
	log     *ends
	store   *store.Store
	offsets map[int32]gremio.Offset
	page    *prometheus.Registry
}

func inScene(t *testing.T, run func(*scene)) {
	synctest.Test(t, func(t *testing.T) {
		s := &scene{t: t, log: &ends{at: map[int32]int64{0: 0, 1: 0}}, offsets: map[int32]gremio.Offset{}, page: prometheus.NewRegistry()}
		var err error
		if s.store, err = store.Open("sqlite:" + filepath.Join(t.TempDir(), "gremio.db")); err != nil {
			t.Fatal(err)
		}
		defer s.store.Close()
		if err := s.store.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		for p := range s.log.at {
			err := s.store.Update(t.Context(), func(tx *store.Tx) (err error) {
				s.offsets[p], err = tx.ClaimPartition(t.Context(), "sales", gremio.LogPartition{Topic: gremio.TopicSales, Number: p}, time.Now())
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		w := &lag.Watch{Store: s.store, Log: s.log, Reads: map[string][]gremio.Topic{"sales": {gremio.TopicSales}}, Logger: slog.New(slog.DiscardHandler), Now: time.Now}
		s.page.MustRegister(w)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { w.Run(ctx); close(ended) }()
		run(s)
		cancel()
		<-ended
	})
}

// apply lets the worker apply up to next.
func (s *scene) apply(p int32, next int64) {
	s.t.Helper()
	o := s.offsets[p]
	if err := s.store.Update(s.t.Context(), func(tx *store.Tx) error { return tx.Advance(s.t.Context(), "sales", o, next, time.Now()) }); err != nil {
		s.t.Fatal(err)
	}
	o.Next = next
	s.offsets[p] = o
}

// gauge reads a gauge off the page whose line begins so, NaN when there is none.
func (s *scene) gauge(name, label string) float64 {
	s.t.Helper()
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(s.page, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	body, _ := io.ReadAll(answer.Body)
	for line := range strings.Lines(string(body)) {
		if strings.HasPrefix(line, name+"{") && strings.Contains(line, label) {
			v, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndex(line, " "):]), 64)
			if err != nil {
				s.t.Fatal(err)
			}
			return v
		}
	}
	return math.NaN()
}

func (s *scene) want(name, label string, want, within float64) {
	s.t.Helper()
	got := s.gauge(name, label)
	if got != want && !(math.Abs(got-want) <= within) {
		s.t.Errorf("%s %s is %v, want %v", name, label, got, want)
	}
}

const (
	records = "gremio_worker_lag_records"
	behind  = "gremio_worker_behind_seconds"
	drain   = "gremio_worker_drain_seconds"
	asked   = "gremio_lag_asked_seconds"
)

// A worker that is dead falls behind, and one that catches up says when it is done.
func TestLagAndDrain(t *testing.T) {
	inScene(t, func(s *scene) {
		time.Sleep(time.Minute)
		s.want(records, `partition="0"`, 0, 0)
		s.want(drain, "", 0, 0)
		for range 60 { // the worker is dead, and 100 records come each second
			time.Sleep(time.Second)
			s.log.more(0, 50)
			s.log.more(1, 50)
		}
		time.Sleep(5*time.Second + 100*time.Millisecond) // past the next look, which comes at the very second
		s.want(records, `partition="0"`, 3000, 0)
		s.want(records, `partition="1"`, 3000, 0)
		s.want(behind, `partition="0"`, 65, 6)
		s.want(drain, "", math.Inf(1), 0)

		for n := int64(1); n <= 60; n++ { // 40 a second, and nothing comes
			time.Sleep(time.Second)
			s.apply(0, 20*n)
			s.apply(1, 20*n)
		}
		time.Sleep(100 * time.Millisecond)
		s.want(records, `partition="1"`, 1800, 100)
		s.want(drain, "", 3600/40, 20)
		s.want(behind, `partition="1"`, 101, 8) // the record after 1,200 came in the 25th second of 60
		s.apply(0, 3000)
		s.apply(1, 3000)
		time.Sleep(6 * time.Second)
		s.want(records, `partition="1"`, 0, 0)
		s.want(drain, "", 0, 0)
		s.want(behind, `partition="1"`, 0, 0)
	})
}

// A log that hangs leaves the last word standing, and the page never waits.
func TestPageDoesNotWait(t *testing.T) {
	inScene(t, func(s *scene) {
		s.log.more(0, 10)
		time.Sleep(10 * time.Second)
		s.log.hang()
		time.Sleep(10 * time.Minute)
		began := time.Now()
		s.want(records, `partition="0"`, 10, 0)
		s.want(asked, `part="log"`, 600, 15)
		s.want(asked, `part="database"`, 5, 5)
		if took := time.Since(began); took != 0 {
			t.Errorf("the page took %s", took)
		}
		s.store.Close()
		time.Sleep(time.Minute)
		s.want(records, `partition="0"`, 10, 0)
		s.want(asked, `part="database"`, 62, 10)
	})
}

// An hour of a dead worker takes no more memory than its marks.
func TestBehindForHours(t *testing.T) {
	inScene(t, func(s *scene) {
		time.Sleep(10 * time.Second)
		for range 4 * 3600 {
			time.Sleep(time.Second)
			s.log.more(0, 1)
		}
		time.Sleep(5 * time.Second)
		s.want(behind, `partition="0"`, 4*3600, 120) // older marks stand further apart
		s.apply(0, 2*3600)
		time.Sleep(6 * time.Second)
		s.want(behind, `partition="0"`, 2*3600, 120)
	})
}
