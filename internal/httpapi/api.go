// Package httpapi is the guild's door: it takes requests in, puts them on the
// log, and reads what the workers made of them. It writes no domain table.
package httpapi

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"

	"gremio"
)

// A Store is the database as the api reads it. It writes settings and persons'
// keys alone, which belong to no worker.
type Store interface {
	memberStore
	lifeStore
	personStore
	saleStore
	statisticsStore
	positionStore
	stockStore
	alertStore
	eventStore
	settingsStore
	Ping(ctx context.Context) error
}

// A Log is the topics as the api writes them.
type Log interface {
	// Append returns where the events lie once the log has all of them. An error
	// of kind Unavailable means that it is not known which the log has.
	Append(ctx context.Context, events []gremio.Event) ([]gremio.LogPosition, error)
	// Ends returns the offset of the next record of each partition of topic.
	Ends(ctx context.Context, topic gremio.Topic) (map[int32]int64, error)
	// TopicID returns the id that the log was born with for topic, "" when it is
	// not known yet.
	TopicID(topic gremio.Topic) string
	// Ready reports whether the log answers and has every topic.
	Ready(ctx context.Context) error
}

// A Config is what the api is wired with.
type Config struct {
	Store Store
	Log   Log
	Live  Live         // GET /v1/live; nil leaves it out
	Docs  http.Handler // GET /docs
	Pages http.Handler // everything that is no route of the API
	// HasPage reports whether Pages has something at a path.
	HasPage func(urlPath string) bool
	Master  gremio.Key // wraps the keys of persons
	// Stopped returns the workers of this process that stopped for a person; nil
	// when it runs none.
	Stopped func() []string
	// OpenIngest takes the first client's requests and their /v1 twins without an identity.
	OpenIngest bool
	Identities Identities
	// PublicURL is where people reach gremio, "" when nobody said.
	PublicURL string
	// TrustedProxies are whose word counts for a client's address and TLS.
	TrustedProxies    []netip.Prefix
	ReportWriters     map[string]func(io.Writer, gremio.DailyReport) error
	ReportExcel       func(io.Writer, gremio.DailyReport) error // CSV for Excel in Spanish
	StatisticsWriters map[string]func(io.Writer, gremio.Statistics) error
	MembershipWriters map[string]func(io.Writer, gremio.MembershipList) error
	StockSheets       StockSheets
	// PersonWriter writes what the guild holds about a person as a zip file.
	PersonWriter func(io.Writer, gremio.PersonFile) error
	// AuditWriter writes the audit log as CSV, a page at a time.
	AuditWriter func(w io.Writer, pages func(after string) ([]gremio.AuditEntry, string, error)) error
	Metrics     prometheus.Registerer
	MetricsPage http.Handler
	Logger      *slog.Logger
	Now         func() time.Time
}

type api struct {
	Config
	huma     huma.API
	intake   *prometheus.CounterVec
	settings settingsCache
	shares   *shares
	lookups  rest // of the look for repeats
	keys     rest // of storing persons' keys
	raised   recent
	paces    paces // of phones
}

// New returns the handler of everything that gremio answers.
func New(cfg Config) (http.Handler, error) {
	mux := http.NewServeMux()
	a := &api{Config: cfg, shares: newShares(cfg.Metrics)}
	a.settings.store = cfg.Store
	a.intake = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "gremio_intake_total", Help: "Events that clients sent, by type and answer."}, []string{"type", "answer"})
	requests := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "gremio_http_request_seconds", Help: "Time to answer a request.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"route", "status"})
	cfg.Metrics.MustRegister(a.intake, requests)

	config := huma.DefaultConfig("gremio", APIVersion)
	config.Info.Description = "The system that a guild of street-food carts runs its day on. " +
		"Errors are problem documents (RFC 9457). Lists end with `next` when there is more: ask again with `?cursor=`."
	config.DocsPath, config.CreateHooks, config.Transformers = "", nil, nil
	config.SchemasPath = ""
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "A program's or a cart's token"},
		"session": {Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "Set by POST /v1/session; " + hostPrefix + sessionCookie + " over TLS"},
	}
	config.Formats = map[string]huma.Format{"application/json": plainJSON, "json": plainJSON}
	a.huma = humago.New(mux, config)

	a.firstClient()
	a.sales()
	a.positions()
	a.sightings()
	a.stock()
	a.deliveries()
	a.deliveryLife()
	a.depots()
	a.members()
	a.memberLife()
	a.decisions()
	a.corrections()
	a.personRights()
	a.alerts()
	a.events()
	a.reports()
	a.statistics()
	a.settingsRoutes()
	a.live()
	a.sessions()
	a.account()
	a.users()
	a.tokens()
	a.auditLog()
	a.phoneSetup()
	if err := a.everyRouteHasAction(); err != nil {
		return nil, err
	}
	a.documentPhones()
	a.plainRoutes(mux)
	return a.around(mux, requests)
}

// plainJSON writes what people typed as they typed it: < stays <.
var plainJSON = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	},
	Unmarshal: json.Unmarshal,
}

// APIVersion is the version of the API, not of the program: clients written for
// 1.x go on working.
const APIVersion = "1.0.0"

// noLive stands for the stream while only the document is wanted.
type noLive struct{}

func (noLive) Watch(http.ResponseWriter, *http.Request, gremio.LiveView) {}

// OpenAPI returns the document of all routes, as /openapi.json answers it.
func OpenAPI() ([]byte, error) {
	mux := http.NewServeMux()
	h, err := New(Config{Metrics: prometheus.NewRegistry(), Logger: slog.New(slog.DiscardHandler),
		Now: time.Now, Live: noLive{}, ReportWriters: map[string]func(io.Writer, gremio.DailyReport) error{"csv": nil, "xlsx": nil}})
	if err != nil {
		return nil, err
	}
	mux.Handle("/", h)
	doc := newRecorder()
	req, err := http.NewRequest(http.MethodGet, "/openapi.json", nil)
	if err != nil {
		return nil, err
	}
	mux.ServeHTTP(doc, req)
	var v any
	if err := json.Unmarshal(doc.body.Bytes(), &v); err != nil {
		return nil, gremio.Wrap(gremio.Internal, err, "read the OpenAPI document")
	}
	return json.MarshalIndent(v, "", "  ")
}
