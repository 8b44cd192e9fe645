package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	swagger "github.com/swaggest/swgui/v5emb"

	"gremio"
	"gremio/internal/grow"
	"gremio/internal/httpapi"
	"gremio/internal/identity"
	"gremio/internal/kafka"
	"gremio/internal/live"
	"gremio/internal/sheet"
	"gremio/internal/store"
	"gremio/internal/work"
	"gremio/internal/work/alerts"
	"gremio/internal/work/members"
	"gremio/internal/work/positions"
	"gremio/internal/work/report"
	"gremio/internal/work/sales"
	"gremio/internal/work/stock"
	"gremio/web"
)

// A house is what all roles of one process share.
type house struct {
	parts    parts
	log      *kafka.Log
	store    *store.Store
	master   gremio.Key
	logger   *slog.Logger
	registry *prometheus.Registry
	metrics  *work.Metrics
	notices  *work.NoticeMetrics
	sender   work.Sender // nil where nobody is told anything
	decided  func(served gremio.Tier, by string, took time.Duration)

	identities *identity.Keeper[*store.Tx]

	mu      sync.Mutex
	stopped []string // workers of this process that need a person
}

func (h *house) noteStopped(worker string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = append(h.stopped, worker)
}

func (h *house) stoppedWorkers() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.stopped)
}

// open connects a process to its log and database. Neither need be there yet.
func open(p parts, mayMakeKey bool) (*house, error) {
	h := &house{parts: p, logger: p.logger(os.Stderr), registry: prometheus.NewRegistry()}
	h.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	h.metrics = work.NewMetrics(h.registry)
	h.notices = work.NewNoticeMetrics(h.registry)
	h.decided = members.CountDecisions(h.registry)
	cfg, err := p.kafkaConfig() // before a key is made: where no broker runs there may be no guild
	if err != nil {
		return nil, err
	}
	if h.master, err = p.masterKey(mayMakeKey); err != nil {
		return nil, err
	}
	if h.log, err = kafka.Open(cfg, h.logger); err != nil {
		return nil, err
	}
	if h.store, err = store.OpenTLS(p.dsn(), p.DatabaseCA); err != nil {
		h.log.Close()
		return nil, err
	}
	h.identities = identity.New(h.store, h.master, h.logger, time.Now)
	return h, nil
}

func (h *house) close() {
	h.log.Close()
	h.store.Close()
}

// prepare makes topics and tables fit, and waits for parts that are away.
func (h *house) prepare(ctx context.Context) error {
	if err := h.patiently(ctx, "the topics", func() error {
		return h.log.EnsureTopics(ctx, h.parts.partitions(), h.parts.AcceptWeakerTopics)
	}); err != nil {
		return err
	}
	return h.prepareDatabase(ctx)
}

// prepareDatabase makes the tables fit and sees that they are under this
// process's master key.
func (h *house) prepareDatabase(ctx context.Context) error {
	return h.patiently(ctx, "the database", func() error {
		if err := h.store.Migrate(ctx); err != nil {
			return err
		}
		if err := h.store.BindMasterKey(ctx, h.master.Hash("fingerprint", "master key")); err != nil {
			return err
		}
		return applyErasures(ctx, h.store, h.parts, h.logger)
	})
}

// patiently repeats what fails because a part is away.
func (h *house) patiently(ctx context.Context, what string, do func() error) error {
	for wait := 200 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := do()
		if err == nil || gremio.KindOf(err) != gremio.Unavailable {
			return err
		}
		h.logger.Warn("waiting for "+what, "because", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// workerNames are the workers that read topics, and the report.
var workerNames = []string{members.Name, sales.Name, stock.Name, positions.Name, alerts.Name, "report"}

// writesToApplicants reports whether applicants get mail.
func (h *house) writesToApplicants() bool {
	return h.sender != nil && len(h.sender.Destinations(gremio.AudienceApplicant)) > 0
}

// workerOf returns the worker of that name, one of those that read topics.
func (h *house) workerOf(name string) (work.Worker[*store.Tx], error) {
	w := work.Worker[*store.Tx]{Name: name}
	switch name {
	case members.Name:
		listed, err := h.parts.erasures().Read()
		if err != nil {
			return w, err
		}
		m := members.Worker{Master: h.master, Mail: h.writesToApplicants(), Now: time.Now, Decided: h.decided,
			NoteErased: h.parts.erasures().Add, Listed: listed}
		w.Topics, w.Types = members.Topics, members.Types
		w.Apply = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			return m.Apply(ctx, tx, batch)
		}
		w.Replay = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			return m.Replay(ctx, tx, batch)
		}
		w.Tick = func(ctx context.Context, tx *store.Tx, now time.Time) (work.Outcome, error) {
			return m.Tick(ctx, tx, now)
		}
		w.Queue = &work.Queue[*store.Tx]{
			First: func(ctx context.Context, tx *store.Tx, now time.Time, limit int) ([]string, bool, error) {
				return m.First(ctx, tx, now, limit)
			},
			Serve: func(ctx context.Context, tx *store.Tx, ids []string, now time.Time) (work.Outcome, error) {
				return m.Serve(ctx, tx, ids, now)
			},
			Portion: members.BasicBatch,
		}
		w.MaxBatch = func(partition int32) int {
			if partition == gremio.SpecialPartition {
				return 1000
			}
			return members.BasicBatch
		}
	case sales.Name:
		w.Topics, w.Types = sales.Topics, sales.Types
		w.Apply = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			return sales.Apply(ctx, tx, batch)
		}
		w.Replay = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			return sales.Replay(ctx, tx, batch)
		}
		var old sales.Old
		w.Tick = func(ctx context.Context, tx *store.Tx, now time.Time) (work.Outcome, error) {
			return old.Tick(ctx, tx, now)
		}
	case stock.Name:
		w.Topics, w.Types = stock.Topics, stock.Types
		w.Apply = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			return stock.Apply(ctx, tx, batch)
		}
		w.Replay = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			return stock.Replay(ctx, tx, batch)
		}
		w.Tick = func(ctx context.Context, tx *store.Tx, now time.Time) (work.Outcome, error) {
			return stock.Tick(ctx, tx, now)
		}
		w.After = func(derived []gremio.Event) { stock.Print(os.Stdout, derived) }
	case positions.Name:
		w.Topics, w.Types = positions.Topics, positions.Types
		w.Apply = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			return positions.Apply(ctx, tx, batch)
		}
		w.Replay = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			return positions.Replay(ctx, tx, batch)
		}
		w.Tick = func(ctx context.Context, tx *store.Tx, now time.Time) (work.Outcome, error) {
			return positions.Tick(ctx, tx, now)
		}
	case alerts.Name:
		w.Topics, w.Types = alerts.Topics, alerts.Types
		w.Apply = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			return alerts.Apply(ctx, tx, batch)
		}
		w.Replay = w.Apply // it decides nothing
	default:
		return w, gremio.Errorf(gremio.Invalid, "there is no worker %q: want one of %v", name, workerNames)
	}
	return w, nil
}

// worker returns what runs the worker of that name, the report included.
func (h *house) worker(name, reportDir string) (func(context.Context) error, error) {
	if name == "report" {
		return h.closer(reportDir).Run, nil
	}
	if name == members.Name {
		if err := h.parts.checkErasures(); err != nil {
			return nil, err
		}
	}
	w, err := h.workerOf(name)
	if err != nil {
		return nil, err
	}
	loop := &work.Loop[*store.Tx]{Worker: w, Store: h.store, Log: h.log, Logger: h.logger, Metrics: h.metrics, Now: time.Now,
		Sender: h.sender, NoticeMetrics: h.notices}
	loop.Stopped = func(ctx context.Context, cause error) { h.workerStopped(ctx, name, cause) }
	if name == members.Name {
		loop.Worker.Before = func(ctx context.Context, partition int32) error {
			if partition == gremio.SpecialPartition {
				return nil
			}
			return loop.WaitForPartition(ctx, gremio.SpecialPartition) // premium goes before every basic batch
		}
		return func(ctx context.Context) error {
			h.completeErasures(ctx)
			return loop.Run(ctx)
		}, nil
	}
	return loop.Run, nil
}

// workerStopped raises an alert for a worker that needs a person.
func (h *house) workerStopped(ctx context.Context, name string, cause error) {
	h.logger.Error("worker stopped: it needs a person", "worker", name, "because", cause)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	now := gremio.Instant(time.Now())
	alert := gremio.NewAlert("/worker/"+name, gremio.AlertRaised{
		Alert: gremio.AlertID(gremio.AlertWorkerStopped, name+" "+uuid.NewString()), Kind: gremio.AlertWorkerStopped,
		Severity: gremio.SeverityCritical, RaisedAt: now, Cause: fmt.Sprintf("worker %s stopped: %v", name, cause),
	})
	alert.Digest = gremio.DigestOf(alert.Data)
	if _, err := h.log.Append(ctx, []gremio.Event{alert}); err != nil {
		h.logger.Error("the alert of a stopped worker is lost", "worker", name, "because", err)
	}
}

func (h *house) closer(dir string) report.Closer {
	return report.Closer{Store: h.store, Log: h.log, Logger: h.logger, Now: time.Now, Dir: dir, Writers: sheet.ReportWriters(), SalesWait: 30 * time.Second}
}

// serve runs the api on ln until ctx ends.
func (h *house) serve(ctx context.Context, ln net.Listener, f listenFlags) error {
	hub := live.New(h.store, []string{members.Name, sales.Name, stock.Name, positions.Name, alerts.Name}, h.master, h.logger, time.Now)
	h.warnPhones(f.PublicURL)
	pages, err := web.Handler(h.styleURL)
	if err != nil {
		return gremio.Wrap(gremio.Internal, err, "read the pages")
	}
	gate := &grow.Gate{Store: h.store, Log: h.log, API: apiName(), Logger: h.logger}
	handler, err := httpapi.New(httpapi.Config{
		Store: h.store, Log: gatedLog{h.log, gate}, Live: hub, Docs: docs(), Pages: pages, HasPage: web.Has, Stopped: h.stoppedWorkers, Master: h.master, OpenIngest: f.OpenIngest,
		Identities: h.identities, PublicURL: strings.TrimRight(f.PublicURL, "/"), TrustedProxies: f.proxies(),
		ReportWriters: sheet.ReportWriters(), ReportExcel: sheet.ReportExcel, StatisticsWriters: sheet.StatisticsWriters(), MembershipWriters: sheet.MembershipWriters(),
		StockSheets: httpapi.StockSheets{Levels: sheet.StockWriters(), Replenishments: sheet.ReplenishmentWriters(), Deliveries: sheet.DeliveryWriters()},
		AuditWriter: sheet.AuditCSV, PersonWriter: sheet.PersonZip, Metrics: h.registry, MetricsPage: promhttp.HandlerFor(h.registry, promhttp.HandlerOpts{}),
		Logger: h.logger, Now: time.Now,
	})
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx }, // live streams end with the process
		ErrorLog:    slog.NewLogLogger(h.logger.Handler(), slog.LevelDebug),
	}
	go hub.Run(ctx)
	go h.identities.Run(ctx)
	behind := h.lag()
	h.registry.MustRegister(behind, rejectedGauge{h}, outboxGauge{h})
	go behind.Run(ctx)
	go gate.Run(ctx)
	go h.beat(ctx, gate)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(ln) }()
	select {
	case err := <-failed:
		return gremio.Wrap(gremio.Unavailable, err, "serve %s", ln.Addr())
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := server.Shutdown(last); err != nil && !errors.Is(err, http.ErrServerClosed) {
		server.Close()
	}
	return nil
}

// docs shows the OpenAPI document with everything that it needs from this binary.
func docs() http.Handler {
	page := swagger.New("gremio", "/openapi.json", "/docs/")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/docs" {
			http.Redirect(w, r, "/docs/", http.StatusPermanentRedirect)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'self' 'unsafe-inline'; img-src 'self' data:")
		page.ServeHTTP(w, r)
	})
}

// styleURL returns the configured map style for the pages' security policy.
func (h *house) styleURL() string {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	s, err := h.store.Settings(ctx)
	if err != nil {
		return ""
	}
	return s.MapStyleURL
}

// beat says on the log every few seconds that take-in is up. A beat that the log
// does not take is left out, never caught up with. While take-in pauses nothing
// is said: silence in that time is no cart's fault.
func (h *house) beat(ctx context.Context, gate *grow.Gate) {
	api := apiName()
	ticker := time.NewTicker(gremio.IntakeAliveEvery)
	defer ticker.Stop()
	for last := time.Now(); ; {
		now := gremio.Instant(time.Now())
		takesIn := h.log.TakesIn(last)
		last = now
		switch {
		case gate.Shut():
		case !takesIn:
			h.logger.Warn("take-in is down: the log does not take every cart's news")
		default:
			once, cancel := context.WithTimeout(ctx, gremio.IntakeAliveEvery-time.Second)
			err := h.log.Say(once, gremio.Event{
				ID: uuid.NewString(), Source: "/api", Subject: api, Time: now, Data: gremio.IntakeAlive{API: api}})
			cancel()
			if err != nil && ctx.Err() == nil {
				h.logger.Warn("take-in is down: the log does not answer", "because", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// withLog runs do with a connection to the log alone.
func withLog(p parts, do func(*house) error) error {
	cfg, err := p.kafkaConfig()
	if err != nil {
		return err
	}
	h := &house{parts: p, logger: p.logger(os.Stderr)}
	if h.log, err = kafka.Open(cfg, h.logger); err != nil {
		return err
	}
	defer h.log.Close()
	return do(h)
}

// withLogAndStore runs do with log and database, at this version.
func withLogAndStore(ctx context.Context, p parts, do func(*house) error) error {
	return withLog(p, func(h *house) error {
		return withStore(ctx, p, func(s *store.Store) error {
			h.store = s
			return do(h)
		})
	})
}

// withStore runs do with the database alone, at this version.
func withStore(ctx context.Context, p parts, do func(*store.Store) error) error {
	if err := p.mustExist(); err != nil {
		return err
	}
	s, err := store.OpenTLS(p.dsn(), p.DatabaseCA)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	if err := applyErasures(ctx, s, p, p.logger(os.Stderr)); err != nil {
		return err
	}
	return do(s)
}
