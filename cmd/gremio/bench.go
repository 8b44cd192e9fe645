package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"gremio"
	"gremio/internal/bench"
	"gremio/internal/kafka/embedded"
	"gremio/internal/store"
	"gremio/internal/work/sales"
)

type benchCmd struct {
	Kafka    []string `help:"Kafka brokers on loopback that hold no topic of gremio's; the embedded broker when absent." placeholder:"HOST:PORT"`
	Database string   `help:"MariaDB on loopback, where bench makes a database of its own and drops it; SQLite when absent." placeholder:"DSN"`
	Seconds  float64  `help:"How long each figure is measured." default:"3"`
	Backlog  int      `help:"Sales that the worker finds at least." default:"50000"`
	JSON     bool     `name:"json" help:"Print JSON."`
}

// The limits' names, as the table shows them.
const (
	limitHTTP     = "HTTP"
	limitLog      = "log"
	limitDatabase = "inserts"
)

var benchConnections = []int{1, 16, 64}

func (c benchCmd) Run(ctx context.Context) error {
	for _, addr := range c.Kafka {
		if err := bench.OnLoopback(addr); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "gremio-bench-")
	if err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "make a scratch folder")
	}
	defer os.RemoveAll(dir)
	p := parts{Data: dir, Kafka: c.Kafka, LogLevel: "error", LogFormat: "auto"}
	if c.Database != "" {
		own, remove, err := bench.OwnDatabase(ctx, c.Database)
		if err != nil {
			return err
		}
		defer remove()
		p.Database = own
	}
	if p.isEmbedded() {
		broker, err := embedded.Start(embedded.Options{Dir: p.brokerDir(), Listen: "127.0.0.1:0"})
		if err != nil {
			return err
		}
		defer broker.Close()
	}
	report, err := c.measure(ctx, p)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(report)
	}
	return report.Print(os.Stdout)
}

func (c benchCmd) measure(ctx context.Context, p parts) (*bench.Report, error) {
	cfg, err := p.kafkaConfig()
	if err != nil {
		return nil, err
	}
	client, err := bench.Connect(cfg.Seeds)
	if err != nil {
		return nil, gremio.Wrap(gremio.Invalid, err, "kafka configuration")
	}
	defer client.Close()
	remove, err := bench.OwnTopics(ctx, client, p.partitions())
	if err != nil {
		return nil, err
	}
	defer remove()
	h, err := open(p, true)
	if err != nil {
		return nil, err
	}
	defer h.close()
	if err := h.prepare(ctx); err != nil {
		return nil, err
	}
	report := &bench.Report{Log: "Kafka", Database: h.store.Engine(), CPUs: runtime.NumCPU()}
	if p.isEmbedded() {
		report.Log = "embedded"
	}
	if err := c.takeIn(ctx, h, client, report); err != nil {
		return nil, err
	}
	return report, c.work(ctx, h, report)
}

// takeIn measures single sales against a bare server and one that only writes
// them to the log.
func (c benchCmd) takeIn(ctx context.Context, h *house, client *bench.Client, report *bench.Report) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	bare, stopBare, err := bench.Serve(http.HandlerFunc(bench.Decode))
	if err != nil {
		return err
	}
	defer stopBare()
	forward, stopForward, err := bench.Serve(bench.Forward(client, bench.LimitTopic))
	if err != nil {
		return err
	}
	defer stopForward()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "listen on loopback")
	}
	served := make(chan error, 1)
	go func() { served <- h.serve(ctx, ln, listenFlags{OpenIngest: true}) }()
	for _, m := range []struct {
		name, url string
		limits    []string
	}{
		{limitHTTP, bare, nil}, {limitLog, forward, []string{limitHTTP}},
		{"take-in", "http://" + ln.Addr().String() + "/v1/sales", []string{limitHTTP, limitLog}},
	} {
		for _, n := range benchConnections {
			f, err := bench.Load(ctx, m.url, fmt.Sprintf("%s-%d", m.name, n), n, c.duration())
			if err != nil {
				return err
			}
			report.Add(m.name, f, m.limits...)
		}
	}
	stop()
	return <-served
}

func (c benchCmd) duration() time.Duration { return time.Duration(c.Seconds * float64(time.Second)) }

// work measures worker sales on what take-in has left on the log and a backlog
// that repeats every tenth sale, against the database's own speed.
func (c benchCmd) work(ctx context.Context, h *house, report *bench.Report) error {
	driver, dsn := "mysql", h.parts.Database
	if dsn == "" {
		driver, dsn = "sqlite", "file:"+filepath.Join(h.parts.Data, "limit.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	}
	limit, err := bench.Inserts(ctx, driver, dsn, c.duration())
	if err != nil {
		return err
	}
	report.Add(limitDatabase, limit)
	if err := appendBacklog(ctx, h, c.Backlog); err != nil {
		return err
	}
	ends, err := h.log.Ends(ctx, gremio.TopicSales)
	if err != nil {
		return err
	}
	var records int64
	for _, end := range ends {
		records += end
	}
	run, err := h.worker(sales.Name, "")
	if err != nil {
		return err
	}
	done, err := bench.Drain(ctx, records, run, func(ctx context.Context) (int64, error) { return unapplied(ctx, h.store, ends) })
	if err != nil {
		return err
	}
	report.Add("worker sales", done, limitDatabase)
	return nil
}

func appendBacklog(ctx context.Context, h *house, n int) error {
	now := gremio.Instant(time.Now())
	const part = 1000
	for from := 0; from < n; from += part {
		var events []gremio.Event
		for i := from; i < min(from+part, n); i++ {
			s := bench.SaleOf("backlog", i-i%10/9) // every tenth is the one before once more
			plate, err := gremio.ParsePlate(s.Plate)
			if err != nil {
				return err
			}
			e := gremio.Event{ID: s.ID, Source: "/bench", Subject: string(plate), Time: now,
				Data: gremio.SaleRecorded{Plate: plate, Client: s.Client, Units: s.Units, Time: now}}
			e.Digest = gremio.DigestOf(e.Data)
			events = append(events, e)
		}
		if _, err := h.log.Append(ctx, events); err != nil {
			return err
		}
	}
	return nil
}

// unapplied returns how many records before ends worker sales has still to apply.
func unapplied(ctx context.Context, s *store.Store, ends map[int32]int64) (left int64, err error) {
	offsets, err := s.Offsets(ctx, sales.Name)
	if err != nil {
		return 0, err
	}
	for part, end := range ends {
		left += end
		for _, o := range offsets {
			if o.Partition == part && o.Topic == gremio.TopicSales {
				left -= min(o.Next, end)
			}
		}
	}
	return left, nil
}
