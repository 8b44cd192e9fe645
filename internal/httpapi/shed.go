package httpapi

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"gremio"
)

// What the api holds at once is bounded; beyond a bound it answers 503 at once
// and keeps nothing, so that it sheds load before it falls over. Take-in has
// bounds of its own: no crowd of slow readers takes its place. Health and
// metrics are never refused.
const (
	mostOpen     = 4096     // requests that are open, bodies that come slowly among them
	mostTakingIn = 1024     // requests that wait for the log
	mostReading  = 64       // reads, which wait for the database
	mostBodies   = 24 << 20 // bytes of large bodies; decoded they are some ten times as much
	smallBody    = 64 << 10 // a body up to here counts as one request and no more
)

// How long a request may take, whatever hangs. An act reads, writes and waits
// for its worker within it; many events may hold many applications, each of
// which stores a key.
const (
	readTimeout = 15 * time.Second
	actTimeout  = 8 * time.Second
	manyTimeout = time.Minute
	keyTimeout  = 2 * time.Second // to store a person's key
)

// A share is what one kind of request may hold.
type share struct {
	most    int64
	used    atomic.Int64
	refused prometheus.Counter
}

func (s *share) take(n int64) bool {
	if s.used.Add(n) > s.most {
		s.used.Add(-n)
		s.refused.Inc()
		return false
	}
	return true
}

func (s *share) give(n int64) { s.used.Add(-n) }

type shares struct{ open, takingIn, reading, bodies share }

func newShares(r prometheus.Registerer) *shares {
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gremio_http_shed_total", Help: "Requests that were answered 503 at once, by the bound that was reached."}, []string{"bound"})
	held := func(name string, s *share) prometheus.Collector {
		s.refused = refused.WithLabelValues(name)
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "gremio_http_held", ConstLabels: prometheus.Labels{"bound": name},
			Help: "What the api holds now of what it holds at most: requests, or bytes of large bodies."},
			func() float64 { return float64(s.used.Load()) })
	}
	all := &shares{}
	all.open.most, all.takingIn.most, all.reading.most, all.bodies.most = mostOpen, mostTakingIn, mostReading, mostBodies
	r.MustRegister(refused, held("open", &all.open), held("take_in", &all.takingIn), held("read", &all.reading), held("bodies", &all.bodies))
	return all
}

// neverShed are the paths that an operator needs most when everything is full,
// and the live stream, which the hub bounds.
func neverShed(path string) bool {
	return path == "/livez" || path == "/readyz" || path == "/metrics" || path == "/v1/live"
}

// admit lets a request in and returns what to call when it is done, nil when
// it is refused.
func (a *api) admit(r *http.Request) (done func()) {
	if !a.shares.open.take(1) {
		return nil
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		if !strings.HasPrefix(r.URL.Path, "/v1/") {
			return func() { a.shares.open.give(1) } // a page, from memory
		}
		if !a.shares.reading.take(1) {
			a.shares.open.give(1)
			return nil
		}
		return func() { a.shares.reading.give(1); a.shares.open.give(1) }
	}
	size := bodySize(r)
	if size <= smallBody {
		size = 0
	}
	if !a.shares.bodies.take(size) {
		a.shares.open.give(1)
		return nil
	}
	return func() { a.shares.bodies.give(size); a.shares.open.give(1) }
}

// bodySize returns the most that the body may hold: routes refuse a longer one.
func bodySize(r *http.Request) int64 {
	most := int64(mostBody)
	if r.URL.Path == "/v1/events" {
		most = maxEventBody
	}
	if r.ContentLength < 0 || r.ContentLength > most {
		return most
	}
	return r.ContentLength
}

// timeLimit returns how long a request may take.
func timeLimit(r *http.Request) time.Duration {
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return readTimeout
	case r.URL.Path == "/v1/events":
		return manyTimeout
	}
	return actTimeout
}

// shed answers a request that there is no room for. Nothing of it was read.
func shed(w http.ResponseWriter) {
	w.Header().Set("Retry-After", retryAfter)
	w.Header().Set("Connection", "close") // the body is not read, and the next request need not come here
	writeProblem(w, http.StatusServiceUnavailable, "gremio has too much to do at once and kept nothing of this: send it again with the same id")
}

// A rest spares a database that did not answer in time: until it is over nobody
// waits for it again.
type rest struct{ until atomic.Int64 }

const restTime = time.Second

func (r *rest) isOver() bool { return time.Now().UnixNano() >= r.until.Load() }

// note begins a rest if err says that the database let us wait in vain.
func (r *rest) note(ctx context.Context, err error) {
	if err != nil && (ctx.Err() == context.DeadlineExceeded || gremio.KindOf(err) == gremio.Unavailable) {
		r.until.Store(time.Now().Add(restTime).UnixNano())
	}
}

var errResting = gremio.Errorf(gremio.Unavailable, "the database did not answer a moment ago")
