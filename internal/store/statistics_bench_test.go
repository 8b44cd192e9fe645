package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
)

// BenchmarkStatisticsYear reads a year of 5,000 vendors. GREMIO_BENCH_VENDORS makes it smaller.
func BenchmarkStatisticsYear(b *testing.B) {
	ctx := context.Background()
	s, vendors := benchStore(b)
	from := gremio.Day("2025-12-01")
	to := from.Plus(364)
	for i := range 365 {
		day := from.Plus(i)
		var sales []gremio.Sale
		for v := range vendors {
			at := day.Start(gremio.Clock(0, 0)).Add(time.Duration(7+(v+i)%13) * time.Hour)
			sales = append(sales, gremio.Sale{ID: fmt.Sprint(i), Plate: gremio.Plate(fmt.Sprint("V", v)), Units: 1 + v%7, Time: at, ReceivedAt: at, Day: day, Hour: at.In(gremio.Santiago()).Hour()})
		}
		if err := s.Update(ctx, func(tx *store.Tx) error { return tx.AddSales(ctx, sales) }); err != nil {
			b.Fatal(err)
		}
	}
	for name, read := range map[string]func() (map[string]gremio.SaleSum, error){
		"day":           func() (map[string]gremio.SaleSum, error) { return s.SumsByDay(ctx, from, to, to, "") },
		"hour":          func() (map[string]gremio.SaleSum, error) { return s.SumsByHour(ctx, from, to, "") },
		"vendor":        func() (map[string]gremio.SaleSum, error) { return s.SumsByVendor(ctx, from, to, to) },
		"vendor-uneven": func() (map[string]gremio.SaleSum, error) { return s.SumsByVendor(ctx, from.Plus(15), to, to) },
		"day-of-one":    func() (map[string]gremio.SaleSum, error) { return s.SumsByDay(ctx, from, to, to, "V7") },
		"hour-of-one":   func() (map[string]gremio.SaleSum, error) { return s.SumsByHour(ctx, from, to, "V7") },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if rows, err := read(); err != nil || len(rows) == 0 {
					b.Fatal(len(rows), err)
				}
			}
		})
	}
}
