package work_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/prometheus/client_golang/prometheus"

	"gremio"
	"gremio/internal/store"
	"gremio/internal/work"
	"gremio/internal/work/sales"
)

// A feed is a log that gives one portion of records of partition 0.
type feed struct {
	records []gremio.Record
	applied chan error
}

func (f *feed) Consume(ctx context.Context, _ string, topic gremio.Topic,
	assigned func(context.Context, []gremio.LogPartition) (map[int32]int64, error), _ func([]int32),
	apply func(context.Context, int32, []gremio.Record) error) error {
	part := gremio.LogPartition{Topic: topic, Start: f.records[0].Offset, End: f.records[0].Offset + int64(len(f.records)), ClusterID: "bench", TopicID: "bench"}
	if _, err := assigned(ctx, []gremio.LogPartition{part}); err != nil {
		f.applied <- err
		return err
	}
	f.applied <- apply(ctx, 0, f.records)
	<-ctx.Done()
	return ctx.Err()
}

func (f *feed) Ends(context.Context, gremio.Topic) (map[int32]int64, error) { return nil, nil }
func (f *feed) ProduceEach(_ context.Context, rows []gremio.Outgoing) []error {
	return make([]error, len(rows))
}

const poisonBatch = 5000

// portion is the nth batch of sales, with a poison among them if wanted: a sale
// that the database refuses, for its cart has one of that id already.
func portion(n int, poison bool) []gremio.Record {
	records := make([]gremio.Record, poisonBatch)
	bad := 0
	if poison {
		bad = 1 + rand.IntN(poisonBatch-1)
	}
	for i := range records {
		plate := gremio.Plate(fmt.Sprint("CART", i%300))
		e := gremio.Event{ID: fmt.Sprint(n, "-", i), Subject: string(plate), Source: "/api", Digest: "digest", Time: time.Now().UTC(),
			Data: gremio.SaleRecorded{Plate: plate, Units: 1 + i%5, Client: fmt.Sprint("Cliente ", i%50), Time: time.Now().UTC()}}
		if bad > 0 && i == bad {
			first := records[0].Event
			e.ID, e.Data = first.ID, first.Data // of another plate by its key, of the same by its data
			e.Subject = "OTHER"
		}
		records[i] = gremio.Record{LogPosition: gremio.LogPosition{Topic: gremio.TopicSales, Offset: int64(n*poisonBatch + i)}, Key: e.Subject, Event: e, Headers: map[string]string{}}
	}
	return records
}

// BenchmarkPoison compares batches of 5,000 sales that have one poison record
// among them with batches that have none.
func BenchmarkPoison(b *testing.B) {
	for engine, database := range map[string]func(*testing.B) string{
		"sqlite":  func(b *testing.B) string { return "sqlite:" + filepath.Join(b.TempDir(), "bench.db") },
		"mariadb": scratchDatabase,
	} {
		b.Run(engine, func(b *testing.B) {
			s, err := store.Open(database(b))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			if err := s.Migrate(b.Context()); err != nil {
				b.Fatal(err)
			}
			var took [2]time.Duration
			n := 0
			for b.Loop() {
				for poison := range took {
					took[poison] += applyOnce(b, s, portion(n, poison == 1))
					n++
				}
			}
			b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "with/without")
		})
	}
}

// scratchDatabase makes an empty database that is dropped with the benchmark.
func scratchDatabase(b *testing.B) string {
	dsn := os.Getenv("GREMIO_TEST_DATABASE")
	if dsn == "" {
		b.Skip("GREMIO_TEST_DATABASE names no MariaDB")
	}
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		b.Fatal("GREMIO_TEST_DATABASE: ", err)
	}
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		b.Fatal(err)
	}
	cfg.DBName = fmt.Sprintf("gremio_poison_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := db.Exec("CREATE DATABASE " + cfg.DBName); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if _, err := db.Exec("DROP DATABASE " + cfg.DBName); err != nil {
			b.Error(err)
		}
		db.Close()
	})
	return cfg.FormatDSN()
}

func applyOnce(b *testing.B, s *store.Store, records []gremio.Record) time.Duration {
	f := &feed{records: records, applied: make(chan error, 1)}
	w := worker(sales.Name, nil)
	loop := &work.Loop[*store.Tx]{Worker: w, Store: s, Log: f, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Metrics: work.NewMetrics(prometheus.NewRegistry()), Now: time.Now}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	began := time.Now()
	go func() { ended <- loop.Run(ctx) }()
	err := <-f.applied
	took := time.Since(began)
	cancel()
	<-ended
	if err != nil {
		b.Fatal(err)
	}
	return took
}
