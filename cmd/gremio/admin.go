package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/term"

	"gremio"
	"gremio/internal/httpapi"
	"gremio/internal/identity"
	"gremio/internal/sheet"
	"gremio/internal/simulate"
	"gremio/internal/store"
	"gremio/internal/watch"
)

func serveMetrics(ctx context.Context, addr string, h *house) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	server := &http.Server{Addr: addr, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.ListenAndServe(); err != nil && ctx.Err() == nil {
		return gremio.Wrap(gremio.Unavailable, err, "serve metrics on %s", addr)
	}
	return nil
}

type migrateCmd struct{ parts }

func (c migrateCmd) Run(ctx context.Context) error {
	master, err := c.masterKey(true)
	if err != nil {
		return err
	}
	s, err := store.OpenTLS(c.dsn(), c.DatabaseCA)
	if err != nil {
		return err
	}
	defer s.Close()
	h := &house{parts: c.parts, store: s, master: master, logger: c.logger(os.Stderr)}
	if err := h.prepareDatabase(ctx); err != nil {
		return err
	}
	fmt.Printf("the %s database is at this version; the master key is %s\n", s.Engine(), c.masterKeyFile())
	return nil
}

type topicsCmd struct {
	Create topicsCreateCmd `cmd:"" help:"Make the topics that are missing."`
	List   topicsListCmd   `cmd:"" help:"List the topics with what they keep."`
	Grow   topicsGrowCmd   `cmd:"" help:"Add partitions: take-in pauses, workers drain, take-in goes on."`
}

type topicsCreateCmd struct{ parts }

func (c topicsCreateCmd) Run(ctx context.Context) error {
	return withLog(c.parts, func(h *house) error {
		if err := h.patiently(ctx, "Kafka", func() error { return h.log.EnsureTopics(ctx, c.partitions(), c.AcceptWeakerTopics) }); err != nil {
			return err
		}
		return printTopics(ctx, h)
	})
}

type topicsListCmd struct{ parts }

func (c topicsListCmd) Run(ctx context.Context) error {
	return withLog(c.parts, func(h *house) error { return printTopics(ctx, h) })
}

func printTopics(ctx context.Context, h *house) error {
	topics, err := h.log.Topics(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TOPIC\tPARTITIONS\tREPLICAS\tRECORDS\tKEPT")
	for _, t := range topics {
		kept := "for ever"
		if t.RetentionMS >= 0 {
			kept = fmt.Sprintf("%.0f days", float64(t.RetentionMS)/86_400_000)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", t.Topic, t.Partitions, t.Replication, t.Records, kept)
	}
	return w.Flush()
}

type settingsCmd struct {
	Show settingsShowCmd `cmd:"" default:"withargs" help:"Print the settings as JSON."`
	Set  settingsSetCmd  `cmd:"" help:"Change settings: gremio settings set silent_after_seconds=90 opens_at=06:00"`
}

type settingsShowCmd struct{ parts }

func (c settingsShowCmd) Run(ctx context.Context) error {
	return withStore(ctx, c.parts, func(s *store.Store) error {
		settings, err := s.Settings(ctx)
		if err != nil {
			return err
		}
		return printJSON(settings)
	})
}

type settingsSetCmd struct {
	parts
	Changes map[string]string `arg:"" help:"name=value; values are JSON or plain text"`
}

func (c settingsSetCmd) Run(ctx context.Context) error {
	return withStore(ctx, c.parts, func(s *store.Store) error {
		settings, err := s.ChangeSettings(ctx, identity.Terminal.ID, gremio.Instant(time.Now()), func(now *gremio.Settings) error {
			return now.Change(c.Changes)
		})
		if err != nil {
			return err
		}
		keeper := identity.New(s, nil, c.logger(os.Stderr), time.Now) // the audit log needs no key
		if err := keeper.NoteAct(ctx, identity.Terminal, gremio.Visit{}, string(gremio.ActSettingsChange),
			fmt.Sprintf("version %d", settings.Version), slices.Sorted(maps.Keys(c.Changes))...); err != nil {
			return err
		}
		return printJSON(settings)
	})
}

type reportCmd struct {
	parts
	Day       string `help:"YYYY-MM-DD; yesterday when absent." placeholder:"DAY"`
	Vendor    string `help:"Print one vendor's line: the plate of the cart, or a member's id." placeholder:"PLATE|MEMBER"`
	ReportDir string `help:"Folder of the report's files; reports in --data when absent." type:"path" placeholder:"DIR"`
}

// ofVendor leaves of a report the lines of one cart, or of the carts that a member
// had on the day.
func (c reportCmd) ofVendor(ctx context.Context, s *store.Store, r gremio.DailyReport) (gremio.DailyReport, error) {
	plates := map[gremio.Plate]bool{}
	if _, found, err := s.Member(ctx, c.Vendor); err != nil {
		return r, err
	} else if found {
		held, err := s.HoldingsOfMember(ctx, c.Vendor)
		if err != nil {
			return r, err
		}
		for _, h := range held {
			if gremio.DayOf(h.From, gremio.Clock(0, 0)) <= r.Day && (h.Until == nil || gremio.DayOf(*h.Until, gremio.Clock(0, 0)) >= r.Day) {
				plates[h.Plate] = true
			}
		}
	} else {
		plate, err := gremio.ParsePlate(c.Vendor)
		if err != nil {
			return r, gremio.Wrap(gremio.Invalid, err, "--vendor is no member's id, and as a plate")
		}
		plates[plate] = true
	}
	lines := []gremio.VendorDay{}
	for _, v := range r.Vendors {
		if plates[v.Plate] {
			lines = append(lines, v)
		}
	}
	r.Vendors = lines
	return r, nil
}

func (c reportCmd) Run(ctx context.Context) error {
	if c.Day != "" {
		if _, err := gremio.ParseDay(c.Day); err != nil {
			return gremio.Wrap(gremio.Invalid, err, "--day")
		}
	}
	if err := c.mustExist(); err != nil {
		return err
	}
	h, err := open(c.parts, c.ownsParts())
	if err != nil {
		return err
	}
	defer h.close()
	if err := h.prepare(ctx); err != nil {
		return err
	}
	settings, err := h.store.Settings(ctx)
	if err != nil {
		return err
	}
	day := gremio.DayOf(time.Now(), settings.DayStartsAt).Prev()
	if c.Day != "" {
		day = gremio.Day(c.Day)
	}
	dir := c.ReportDir
	if dir == "" {
		dir = filepath.Join(c.Data, "reports")
	}
	r, err := h.closer(dir).Close(ctx, day)
	if err != nil {
		return err
	}
	if c.Vendor != "" {
		if r, err = c.ofVendor(ctx, h.store, r); err != nil {
			return err
		}
	}
	if err := sheet.ReportText(os.Stdout, r); err != nil {
		return err
	}
	if r.Revision > 0 {
		fmt.Println("\nfiles:", dir)
	}
	return nil
}

type watchCmd struct {
	URL   string `help:"The api." default:"http://127.0.0.1:3000"`
	Token string `help:"Of a program that may watch (gremio token add wall --scopes role:desk); better in GREMIO_TOKEN."`
	Lang  string `help:"es or en." enum:"es,en" default:"es"`
	Once  bool   `help:"Print what is now and end."`
}

func (c watchCmd) Run(ctx context.Context) error {
	return watch.Run(ctx, watch.Options{
		BaseURL: c.URL, Token: c.Token, Out: os.Stdout, TTY: isatty.IsTerminal(os.Stdout.Fd()), Keys: os.Stdin, Lang: c.Lang, Once: c.Once,
		Size: func() (int, int) {
			w, h, err := term.GetSize(int(os.Stdout.Fd()))
			if err != nil {
				return 80, 24
			}
			return w, h
		},
	})
}

type simulateCmd struct {
	URL      string        `help:"The api, on loopback." default:"http://127.0.0.1:3000"`
	Carts    int           `help:"How many carts." default:"60"`
	Seed     uint64        `help:"The same seed plays the same day." default:"1"`
	Interval time.Duration `help:"Between two positions of a cart." default:"5s"`
	LogLevel string        `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
	Token    string        `help:"Of a program that may take in and confirm stops (--scopes role:office); better in GREMIO_TOKEN."`
}

func (c simulateCmd) Run(ctx context.Context) error {
	logger := parts{LogFormat: "auto", LogLevel: c.LogLevel}.logger(os.Stderr)
	return simulate.New(simulate.Config{BaseURL: c.URL, Carts: c.Carts, Seed: c.Seed, Interval: c.Interval, Token: c.Token, Logger: logger}).Run(ctx)
}

type healthCmd struct {
	Listen string `help:"Address of the api." default:"127.0.0.1:3000" placeholder:"HOST:PORT"`
}

func (c healthCmd) Run(ctx context.Context) error {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "--listen %q", c.Listen)
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "the api does not answer")
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
	fmt.Print(string(body))
	if resp.StatusCode != http.StatusOK {
		return gremio.Errorf(gremio.Unavailable, "the api is not ready (%s)", resp.Status)
	}
	return nil
}

type openAPICmd struct{}

func (openAPICmd) Run() error {
	doc, err := httpapi.OpenAPI()
	if err != nil {
		return err
	}
	fmt.Println(string(doc))
	return nil
}

type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Say what is wrong before anything starts."`
}

type configCheckCmd struct {
	parts
	listenFlags
	notifyFlags
}

func (c configCheckCmd) Run(ctx context.Context) error {
	problems := 0
	tell := func(what string, err error) {
		if err != nil {
			problems++
			fmt.Printf("wrong  %-10s %v\n", what, err)
			return
		}
		fmt.Printf("ok     %s\n", what)
	}
	tell("listen", c.check())
	fmt.Println(notePhones(c.PublicURL))
	tell("notices", c.checkNotify())
	_, err := c.masterKey(false)
	if c.MasterKeyFile == "" && err != nil {
		fmt.Println("note   master key: it will be made in", c.masterKeyFile())
	} else {
		tell("master key", err)
	}
	if list := c.erasures(); c.Erasures != "" || exists(list.File) {
		tell("erasures", list.Check())
	} else {
		fmt.Println("note   erasures: the list of erased persons will be made in", list.File)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if c.isEmbedded() {
		fmt.Println("note   kafka: the embedded broker in", c.brokerDir())
	} else {
		tell("kafka", withLog(c.parts, func(h *house) error { return h.log.Ping(ctx) }))
	}
	if file, ok := strings.CutPrefix(c.dsn(), "sqlite:"); ok && !exists(file) {
		fmt.Println("note   database: SQLite will be made in", file)
	} else {
		s, err := store.OpenTLS(c.dsn(), c.DatabaseCA)
		if err == nil {
			if err = s.Ping(ctx); err == nil {
				c.noteUnsent(ctx, s)
			}
			s.Close()
		}
		tell("database", err)
	}
	if problems > 0 {
		return gremio.Errorf(gremio.Invalid, "the configuration is wrong in %d of these", problems)
	}
	return nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func printJSON(v any) error { return sheet.JSON(os.Stdout, v) }
