package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
)

// BenchmarkCloseMillion makes the report of a day of 5,000 vendors and 1,000,000
// sales, with a week of a tenth of that before it, and splits it for the log.
// GREMIO_BENCH_VENDORS makes it smaller. MB is the most that the heap held at once.
func BenchmarkCloseMillion(b *testing.B) {
	ctx := context.Background()
	s, vendors := benchStore(b)
	day := gremio.Day("2026-11-20")
	for back := 7; back >= 0; back-- {
		each := 20
		if back == 0 {
			each = 200
		}
		of := day.Plus(-back)
		start := of.Start(gremio.Clock(0, 0))
		for first := 0; first < vendors; first += 10 {
			var sales []gremio.Sale
			for v := first; v < min(first+10, vendors); v++ {
				for n := range each {
					client := fmt.Sprintf("Cliente %d de %d", n%60, v)
					lat, lon := -33.44-float64(v%70)/1000, -70.65-float64(v%90)/1000
					sales = append(sales, gremio.Sale{ID: fmt.Sprint(back, "-", n), Plate: gremio.Plate(fmt.Sprintf("V%04d", v)), Client: client, ClientKey: gremio.Fold(client), Units: 1 + n%5,
						Time: start.Add(time.Duration(8*3600+n*200) * time.Second), ReceivedAt: start.Add(20 * time.Hour), Day: of, Hour: 8 + n/18%12, Where: gremio.Where{Lat: &lat, Lon: &lon}})
				}
			}
			if err := s.Update(ctx, func(tx *store.Tx) error { return tx.AddSales(ctx, sales) }); err != nil {
				b.Fatal(err)
			}
		}
	}
	var most uint64
	for b.Loop() {
		r, err := s.ComputeReport(ctx, day)
		if err != nil || len(r.Vendors) != vendors || r.Guild.Sales != 200*vendors {
			b.Fatal(len(r.Vendors), r.Guild.Sales, err)
		}
		parts, err := r.Parts("bench")
		if err != nil || len(parts) == 0 {
			b.Fatal(err)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		runtime.KeepAlive(r)
		runtime.KeepAlive(parts)
		most = max(most, m.HeapInuse)
	}
	b.ReportMetric(float64(most)/1e6, "MB")
	b.ReportMetric(float64(200*vendors), "sales")
}

// benchStore opens a database for a benchmark, MariaDB where GREMIO_TEST_DATABASE
// names one, and returns for how many vendors: 5,000, or GREMIO_BENCH_VENDORS.
func benchStore(b *testing.B) (s *store.Store, vendors int) {
	b.Helper()
	vendors = 5000
	fmt.Sscan(os.Getenv("GREMIO_BENCH_VENDORS"), &vendors)
	dsn := "sqlite:" + filepath.Join(b.TempDir(), "gremio.db")
	if os.Getenv("GREMIO_TEST_DATABASE") != "" {
		dsn = newDatabase(b, mariaDB(b))
	}
	s, err := store.Open(dsn)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	if err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s, vendors
}
