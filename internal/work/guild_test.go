package work_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"gremio"
	"gremio/internal/kafka"
	"gremio/internal/kafka/embedded"
	"gremio/internal/store"
	"gremio/internal/work"
	"gremio/internal/work/alerts"
	"gremio/internal/work/members"
	"gremio/internal/work/positions"
	"gremio/internal/work/sales"
	"gremio/internal/work/stock"
)

// A guild is the embedded broker and a SQLite database in virtual time: waiting
// costs nothing, and what happens at a second happens at that second.
type guild struct {
	t       *testing.T
	ctx     context.Context
	network kfake.VirtualNetwork
	broker  *embedded.Broker
	log     *kafka.Log
	store   *store.Store
	client  *kgo.Client
	admin   *kadm.Client
	logger  *slog.Logger
	dir     string
	ids     int
	runs    []*running
}

const partitions = 4

// inGuild runs test in a guild of its own, on 2000-01-01 at 12:00 UTC, which is
// 09:00 in Santiago.
func inGuild(t *testing.T, test func(g *guild)) {
	t.Helper()
	inGuildAt(t, time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC), test)
}

// inGuildAt is inGuild with a first instant, which nothing runs before.
func inGuildAt(t *testing.T, first time.Time, test func(g *guild)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(first))
		g := &guild{t: t, dir: dir, ctx: t.Context(), logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
		if testing.Verbose() {
			g.logger = slog.New(slog.NewTextHandler(t.Output(), nil))
		}
		var err error
		g.broker, err = embedded.Start(embedded.Options{Dir: filepath.Join(dir, "broker"), Listen: "127.0.0.1:9092", ListenFn: g.network.Listen, NoSync: true})
		g.must(err)
		defer g.broker.Close()
		g.log, err = kafka.Open(kafka.Config{Seeds: []string{g.broker.Addr}, Dial: g.network.DialContext}, g.logger)
		g.must(err)
		defer g.log.Close()
		g.client, err = kgo.NewClient(kgo.SeedBrokers(g.broker.Addr), kgo.Dialer(g.network.DialContext), kgo.DisableClientMetrics())
		g.must(err)
		defer g.client.Close()
		g.admin = kadm.NewClient(g.client)
		g.store, err = store.Open("sqlite:" + filepath.Join(dir, "gremio.db"))
		g.must(err)
		defer g.store.Close()
		g.must(g.log.EnsureTopics(g.ctx, partitions, false))
		g.must(g.store.Migrate(g.ctx))
		defer func() {
			for _, r := range g.runs { // a test that fails leaves them running
				r.stop()
			}
		}()
		test(g)
	})
}

func (g *guild) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

func (g *guild) now() time.Time { return gremio.Instant(time.Now()) }

// sleepUntil sleeps until the clock in Santiago shows hour and minute.
func (g *guild) sleepUntil(hour, minute int) {
	at := gremio.DayOf(time.Now(), gremio.Clock(0, 0)).At(gremio.Clock(hour, minute))
	if at.Before(time.Now()) {
		at = gremio.DayOf(time.Now(), gremio.Clock(0, 0)).Next().At(gremio.Clock(hour, minute))
	}
	time.Sleep(time.Until(at))
}

// eventually waits until ok, for at most a minute of virtual time.
func (g *guild) eventually(what string, ok func() bool) {
	g.t.Helper()
	for range 600 {
		if ok() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	g.t.Fatalf("a minute went by without %s", what)
}

// A running is a worker that runs.
type running struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

func (r *running) stop() error {
	r.cancel()
	<-r.done
	return r.err
}

func (g *guild) loop(w work.Worker[*store.Tx]) *work.Loop[*store.Tx] {
	return &work.Loop[*store.Tx]{Worker: w, Store: g.store, Log: g.log, Logger: g.logger, Metrics: work.NewMetrics(prometheus.NewRegistry()), Now: time.Now}
}

func (g *guild) run(loop *work.Loop[*store.Tx]) *running {
	ctx, cancel := context.WithCancel(g.ctx)
	r := &running{cancel: cancel, done: make(chan struct{})}
	g.runs = append(g.runs, r)
	go func() {
		r.err = loop.Run(ctx)
		close(r.done)
	}()
	return r
}

// A freezer stops a process: what it does waits until it thaws. It stands in the
// way of the process's network.
type freezer struct {
	frozen atomic.Bool
	thawed chan struct{}
}

func (f *freezer) wait() {
	if f.frozen.Load() {
		<-f.thawed
	}
}

func (f *freezer) dial(next func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, host string) (net.Conn, error) {
		f.wait()
		conn, err := next(ctx, network, host)
		return frozenConn{conn, f}, err
	}
}

type frozenConn struct {
	net.Conn
	freezer *freezer
}

func (c frozenConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.freezer.wait()
	return n, err
}

func (c frozenConn) Write(b []byte) (int, error) {
	c.freezer.wait()
	return c.Conn.Write(b)
}

// worker returns a worker as cmd/gremio wires it.
func worker(name string, master gremio.Key) work.Worker[*store.Tx] {
	w := work.Worker[*store.Tx]{Name: name}
	switch name {
	case members.Name:
		m := members.Worker{Master: master}
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
	case sales.Name:
		w.Topics, w.Types = sales.Topics, sales.Types
		w.Apply = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			return sales.Apply(ctx, tx, batch)
		}
		w.Replay = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			return sales.Replay(ctx, tx, batch)
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
		w.Replay = w.Apply
	default:
		panic("no worker " + name)
	}
	return w
}

// produce puts records on the log as they are.
func (g *guild) produce(records ...gremio.Outgoing) {
	g.t.Helper()
	for _, err := range g.log.ProduceEach(g.ctx, records) {
		g.must(err)
	}
}

// append puts events on the log as the api does: received now, with a digest.
func (g *guild) append(events ...gremio.Event) []gremio.LogPosition {
	g.t.Helper()
	for i := range events {
		e := &events[i]
		if e.ID == "" {
			g.ids++
			e.ID = fmt.Sprint("event-", g.ids)
		}
		if e.Source == "" {
			e.Source = "/api"
		}
		if e.Time.IsZero() {
			e.Time = g.now()
		}
		if e.Digest == "" {
			e.Digest = gremio.DigestOf(e.Data)
		}
	}
	at, err := g.log.Append(g.ctx, events)
	g.must(err)
	return at
}

func (g *guild) sale(plate gremio.Plate, id string, units int) gremio.Event {
	return gremio.Event{ID: id, Subject: string(plate), Data: gremio.SaleRecorded{Plate: plate, Units: units, Time: g.now()}}
}

// read returns every record of topic, by partition and offset.
func (g *guild) read(topic gremio.Topic) []gremio.Record {
	g.t.Helper()
	ends, err := g.log.Ends(g.ctx, topic)
	g.must(err)
	ctx, cancel := context.WithCancel(g.ctx)
	defer cancel()
	var mu sync.Mutex
	got := map[int32][]gremio.Record{}
	whole := func() bool {
		for p, end := range ends {
			if int64(len(got[p])) < end {
				return false
			}
		}
		return true
	}
	done := make(chan error, 1)
	g.ids++
	go func() {
		done <- g.log.Consume(ctx, fmt.Sprint("reader-", g.ids), topic,
			func(_ context.Context, parts []gremio.LogPartition) (map[int32]int64, error) {
				starts := map[int32]int64{}
				for _, p := range parts {
					starts[p.Number] = p.Start
				}
				return starts, nil
			}, func([]int32) {},
			func(_ context.Context, p int32, records []gremio.Record) error {
				mu.Lock()
				defer mu.Unlock()
				got[p] = append(got[p], records...)
				return nil
			})
	}()
	g.eventually("the whole of "+string(topic), func() bool {
		mu.Lock()
		defer mu.Unlock()
		return whole()
	})
	cancel()
	<-done
	var all []gremio.Record
	for p := range int32(partitions) {
		all = append(all, got[p]...)
	}
	return all
}

// applied reports whether worker has applied all that its topics hold, and
// emptied its outbox.
func (g *guild) applied(w work.Worker[*store.Tx]) bool {
	g.t.Helper()
	offsets, err := g.store.Offsets(g.ctx, w.Name)
	g.must(err)
	for _, topic := range w.Topics {
		ends, err := g.log.Ends(g.ctx, topic)
		g.must(err)
		for p, end := range ends {
			at := int64(-1)
			for _, o := range offsets {
				if o.Topic == topic && o.Partition == p {
					at = o.Next
				}
			}
			if at < end {
				return false
			}
		}
	}
	waiting, err := g.store.Outbox(g.ctx, w.Name, 1)
	g.must(err)
	return len(waiting) == 0
}

// settle waits until the workers have applied all, their own events included.
func (g *guild) settle(workers ...work.Worker[*store.Tx]) {
	g.t.Helper()
	g.eventually("all applied", func() bool {
		for _, w := range workers {
			if !g.applied(w) {
				return false
			}
		}
		return true
	})
}

// rejected returns what lies on rechazados.
func (g *guild) rejected() (all []gremio.RecordRejected) {
	g.t.Helper()
	for _, rec := range g.read(gremio.TopicRejected) {
		if rec.Err != nil {
			g.t.Fatalf("rechazados holds what nobody can read: %v", rec.Err)
		}
		all = append(all, rec.Event.Data.(gremio.RecordRejected))
	}
	return all
}

func (g *guild) nothingRejected() {
	g.t.Helper()
	for _, r := range g.rejected() {
		g.t.Errorf("worker %s rejected %s/%d/%d: %s", r.Worker, r.Topic, r.Partition, r.Offset, r.Reason)
	}
}

func (g *guild) sold() map[string]gremio.Sale {
	g.t.Helper()
	all := map[string]gremio.Sale{}
	for page := (gremio.Page{Limit: 1000}); ; {
		rows, next, err := g.store.Sales(g.ctx, gremio.SaleFilter{}, page)
		g.must(err)
		for _, s := range rows {
			key := string(s.Plate) + ":" + s.ID
			if _, twice := all[key]; twice {
				g.t.Errorf("sale %s is there twice", key)
			}
			all[key] = s
		}
		if next == "" {
			return all
		}
		page.After = next
	}
}

// alerts returns the alerts of a kind in a state; empty ones do not narrow.
func (g *guild) alerts(kind gremio.AlertKind, state string) []gremio.Alert {
	g.t.Helper()
	all, _, err := g.store.Alerts(g.ctx, gremio.AlertFilter{Kind: kind, State: state}, gremio.Page{Limit: 1000})
	g.must(err)
	return all
}

func (g *guild) cart(plate gremio.Plate) gremio.Cart {
	g.t.Helper()
	c, _, err := g.store.Cart(g.ctx, plate)
	g.must(err)
	return c
}

func ptr[T any](v T) *T { return &v }
