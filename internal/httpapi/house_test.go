package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"gremio"
	"gremio/internal/httpapi"
	"gremio/internal/identity"
	"gremio/internal/kafka"
	"gremio/internal/kafka/embedded"
	"gremio/internal/live"
	"gremio/internal/sheet"
	"gremio/internal/store"
)

// A house is the api with a real database and a real log, and no worker. What it
// sends comes from an admin, unless as says otherwise.
type house struct {
	t          testing.TB
	url        string
	log        *kafka.Log
	store      *store.Store
	kafka      string        // address
	hold       *sync.RWMutex // while it is locked, reads of sales wait
	identities *identity.Keeper[*store.Tx]
	book       *logbook // what gremio itself logs
	shows      shows    // who sends
	admin      gremio.User
	database   string // its file
}

// A holding store is the real one, whose reads of sales can be made to wait.
type holding struct {
	*store.Store
	hold *sync.RWMutex
}

func (s holding) Sales(ctx context.Context, f gremio.SaleFilter, page gremio.Page) ([]gremio.Sale, string, error) {
	s.hold.RLock()
	defer s.hold.RUnlock()
	return s.Store.Sales(ctx, f, page)
}

// An option changes how a house is wired.
type option func(*httpapi.Config)

func newHouse(t testing.TB, openIngest bool, options ...option) *house {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	book := &logbook{}
	quiet := slog.New(slog.NewJSONHandler(book, &slog.HandlerOptions{Level: slog.LevelDebug}))
	broker, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", NoSync: true})
	must(t, err)
	t.Cleanup(broker.Close)
	log, err := kafka.Open(kafka.Config{Seeds: []string{broker.Addr}}, quiet)
	must(t, err)
	t.Cleanup(log.Close)
	must(t, log.EnsureTopics(ctx, 4, false))
	file := filepath.Join(t.TempDir(), "gremio.db")
	db, err := store.Open("sqlite:" + file)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	must(t, db.Migrate(ctx))
	master := gremio.NewKey()
	hold := &sync.RWMutex{}
	hub := live.New(db, []string{"sales"}, master, quiet, time.Now)
	go hub.Run(ctx)
	keeper := identity.New(db, master, quiet, time.Now)
	go keeper.Run(ctx)
	registry := prometheus.NewRegistry()
	cfg := httpapi.Config{
		Store: holding{db, hold}, Log: log, Live: hub, Master: master, OpenIngest: openIngest, ReportWriters: sheet.ReportWriters(), ReportExcel: sheet.ReportExcel, StatisticsWriters: sheet.StatisticsWriters(), MembershipWriters: sheet.MembershipWriters(),
		StockSheets: httpapi.StockSheets{Levels: sheet.StockWriters(), Replenishments: sheet.ReplenishmentWriters(), Deliveries: sheet.DeliveryWriters()},
		Identities:  keeper, AuditWriter: sheet.AuditCSV, PersonWriter: sheet.PersonZip, MetricsPage: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
		Metrics: registry, Logger: quiet, Now: time.Now,
	}
	for _, change := range options {
		change(&cfg)
	}
	handler, err := httpapi.New(cfg)
	must(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	t.Cleanup(cancel) // before the server closes, so that no stream holds it
	h := &house{t: t, url: server.URL, log: log, store: db, kafka: broker.Addr, hold: hold, identities: keeper, book: book, database: file}
	h.admin = h.person("admin@gremio.test", gremio.RoleAdmin, "")
	return h.as(h.session(h.admin))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// An answer is what a request got.
type answer struct {
	code   int
	header http.Header
	body   []byte
}

// send sends a request with headers, given as name and value in turn.
func (h *house) send(method, path, body string, headers ...string) answer {
	h.t.Helper()
	req, err := http.NewRequest(method, h.url+path, strings.NewReader(body))
	must(h.t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	h.shows.on(req)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // no redirect is followed
	must(h.t, err)
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	must(h.t, err)
	return answer{resp.StatusCode, resp.Header, got}
}

func (h *house) post(path, body string) answer {
	h.t.Helper()
	return h.send("POST", path, body)
}

// A problem is RFC 9457's document as gremio answers it.
type problem struct {
	Title, Detail string
	Status        int
	Errors        []struct{ Location, Message string }
}

// problem wants the answer to be a problem document of its own status.
func (a answer) problem(t testing.TB, status int) problem {
	t.Helper()
	var p problem
	kind := a.header.Get("Content-Type")
	if a.code != status || kind != "application/problem+json" || json.Unmarshal(a.body, &p) != nil || p.Status != status || p.Title == "" || p.Detail == "" {
		t.Errorf("got %d %s %.600s, want a problem document of status %d", a.code, kind, a.body, status)
	}
	return p
}

// names wants every one of fields named below root, once, and nothing else.
func (p problem) names(t testing.TB, root string, fields ...string) {
	t.Helper()
	got := map[string]int{}
	for _, e := range p.Errors {
		if e.Message == "" {
			t.Errorf("%s is named without a word", e.Location)
		}
		got[e.Location]++
	}
	for _, f := range fields {
		if got[root+"."+f] != 1 {
			t.Errorf("%s.%s is named %d times in %+v", root, f, got[root+"."+f], p.Errors)
		}
		delete(got, root+"."+f)
	}
	for f := range got {
		t.Errorf("%s is named and is not wrong: %+v", f, p.Errors)
	}
}

// records counts the records of all topics.
func (h *house) records() (n int64) {
	h.t.Helper()
	for _, topic := range gremio.Topics() {
		ends, err := h.log.Ends(context.Background(), topic)
		must(h.t, err)
		for _, end := range ends {
			n += end
		}
	}
	return n
}

// unchanged runs do, which must put nothing on the log.
func (h *house) unchanged(do func()) {
	h.t.Helper()
	before := h.records()
	do()
	if after := h.records(); after != before {
		h.t.Errorf("%d records were written by what was refused", after-before)
	}
}

// openapi is the document that the server answers, without what is answered
// before the mux: the phones' addresses have tests of their own.
func (h *house) openapi() map[string]map[string]map[string]any {
	h.t.Helper()
	var doc struct {
		Paths map[string]map[string]map[string]any
	}
	got := h.send("GET", "/openapi.json", "")
	must(h.t, json.NewDecoder(bytes.NewReader(got.body)).Decode(&doc))
	if len(doc.Paths) < 20 {
		h.t.Fatalf("only %d paths in the OpenAPI document", len(doc.Paths))
	}
	if doc.Paths["/gps/{token}"] == nil {
		h.t.Fatal("the OpenAPI document does not have the phones' addresses")
	}
	delete(doc.Paths, "/gps/{token}")
	return doc.Paths
}

// update puts sales into the tables as worker sales would.
func (h *house) update(sales []gremio.Sale) error {
	return h.store.Update(context.Background(), func(tx *store.Tx) error { return tx.AddSales(context.Background(), sales) })
}
