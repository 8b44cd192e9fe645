package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"gremio"
)

// around puts what every request needs around the routes.
func (a *api) around(mux *http.ServeMux, requests *prometheus.HistogramVec) (http.Handler, error) {
	// A page of another site must not post here from a visitor's browser.
	// Programs and phones send no Origin and are not concerned.
	sameSite := http.NewCrossOriginProtection()
	sameSite.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, http.StatusForbidden, "a page of another site may not send this")
	}))
	if a.PublicURL != "" {
		if err := sameSite.AddTrustedOrigin(a.PublicURL); err != nil {
			return nil, gremio.Wrap(gremio.Invalid, err, "the public URL")
		}
	}
	guarded := sameSite.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isPhone(r.URL.Path) {
			a.phone(w, r) // the mux would send phones elsewhere whose path is not clean
			return
		}
		mux.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := a.Now()
		answer := &answerWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				a.Logger.Error("a handler panicked", "method", r.Method, "path", nameless(r.URL.Path), "panic", p, "stack", string(debug.Stack()))
				if !answer.wrote {
					writeProblem(answer, http.StatusInternalServerError, "gremio failed at this; it is in its log")
				}
			}
			_, route := mux.Handler(r)
			if isPhone(r.URL.Path) {
				route = phoneRoute
			}
			if route == "" {
				route = "none"
			}
			if route != "GET /v1/live" {
				requests.WithLabelValues(route, strconv.Itoa(answer.status)).Observe(a.Now().Sub(began).Seconds())
			}
		}()
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		asJSON(r)
		if neverShed(r.URL.Path) {
			guarded.ServeHTTP(answer, r)
			return
		}
		done := a.admit(r)
		if done == nil {
			shed(answer)
			return
		}
		defer done()
		ctx, cancel := context.WithTimeout(r.Context(), timeLimit(r))
		defer cancel()
		guarded.ServeHTTP(answer, r.WithContext(ctx))
	}), nil
}

// asJSON reads a body that is not said to be JSON as JSON all the same: plain
// posts, curl's -d among them, name another type or none.
func asJSON(r *http.Request) {
	if isPhone(r.URL.Path) || r.Method != http.MethodPost && r.Method != http.MethodPut && r.Method != http.MethodPatch {
		return
	}
	if t := r.Header.Get("Content-Type"); !strings.Contains(t, "json") {
		r.Header.Set("Content-Type", "application/json")
	}
}

type answerWriter struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (w *answerWriter) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWriter) Write(b []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection: the live stream flushes.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func writeProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail})
}

// guard lets only who may do act through to a route that is no part of the API.
func (a *api) guard(act gremio.Action, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := a.permit(r, act); err != nil {
			writeStatusError(w, a.problem(r.URL.Path, err))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// plainRoutes adds what is not part of the API: health, metrics, docs and pages.
func (a *api) plainRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", a.ready)
	if a.MetricsPage != nil {
		mux.Handle("GET /metrics", a.guard(gremio.ActMetricsRead, a.MetricsPage))
	}
	if a.Docs != nil {
		mux.Handle("GET /docs", a.Docs)
		mux.Handle("GET /docs/", a.Docs)
	}
	unknown := func(w http.ResponseWriter, r *http.Request) {
		if allow := allowed(mux, r); allow != "" {
			w.Header().Set("Allow", allow)
			writeProblem(w, http.StatusMethodNotAllowed, r.URL.Path+" takes "+allow+", not "+r.Method)
			return
		}
		writeProblem(w, http.StatusNotFound, "gremio has nothing at "+r.URL.Path+"; /docs lists what it has")
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if a.Pages == nil || !a.HasPage(r.URL.Path) || r.Method != http.MethodGet && r.Method != http.MethodHead {
			unknown(w, r)
			return
		}
		a.Pages.ServeHTTP(w, r)
	})
}

// allowed returns the methods that r's path takes, "" when nothing is there.
func allowed(mux *http.ServeMux, r *http.Request) string {
	var methods []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := mux.Handler(other); strings.HasPrefix(pattern, m+" ") {
			methods = append(methods, m)
		}
	}
	return strings.Join(methods, ", ")
}

// ready says whether take-in works, which needs the log alone; a database that
// is away is said beside it.
func (a *api) ready(w http.ResponseWriter, r *http.Request) {
	type parts struct {
		Status   string `json:"status"`
		Kafka    string `json:"kafka"`
		Database string `json:"database"`
		// WorkersStopped are those of this process that a person must look at.
		WorkersStopped []string `json:"workers_stopped,omitempty"`
	}
	answer := parts{Status: "ready", Kafka: "up", Database: "up"}
	if a.Stopped != nil {
		if answer.WorkersStopped = a.Stopped(); len(answer.WorkersStopped) > 0 {
			answer.Status = "degraded"
		}
	}
	status := http.StatusOK
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	database := make(chan error, 1)
	go func() { database <- a.Store.Ping(ctx) }() // one that hangs takes no time from the log
	logged := a.Log.Ready(ctx)
	if err := <-database; err != nil {
		answer.Status, answer.Database = "degraded", "away"
	}
	if logged != nil {
		answer.Status, answer.Kafka, status = "not ready", "away", http.StatusServiceUnavailable
		w.Header().Set("Retry-After", retryAfter)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}
