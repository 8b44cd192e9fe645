package bench

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"gremio"
)

// Inserts is the limit of the database: rows as wide as a sale, 500 a statement,
// each statement its own transaction, one connection, for about d.
func Inserts(ctx context.Context, driver, dsn string, d time.Duration) (Figure, error) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return Figure{}, gremio.Wrap(gremio.Invalid, err, "open the database")
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, `CREATE TABLE bench_rows (cart_id VARCHAR(32) NOT NULL, sale_id VARCHAR(100) NOT NULL, client VARCHAR(200) NOT NULL,
		units INT NOT NULL, sold_at BIGINT NOT NULL, PRIMARY KEY (cart_id, sale_id))`)
	if err != nil {
		return Figure{}, gremio.Wrap(gremio.Unavailable, err, "make a scratch table")
	}
	const rows = 500
	query := "INSERT INTO bench_rows (cart_id, sale_id, client, units, sold_at) VALUES " + strings.TrimSuffix(strings.Repeat("(?,?,?,?,?),", rows), ",")
	done, cpu, began := 0, cpuSeconds(), time.Now()
	for time.Since(began) < d {
		args := make([]any, 0, 5*rows)
		for n := done; n < done+rows; n++ {
			args = append(args, fmt.Sprintf("cart-%d", n%300), fmt.Sprintf("sale-%d", n), fmt.Sprintf("Cliente %d", n%5000), 1+n%7, began.UnixMicro()+int64(n))
		}
		if _, err := db.ExecContext(ctx, query, args...); err != nil {
			return Figure{}, gremio.Wrap(gremio.Unavailable, err, "insert %d rows", rows)
		}
		done += rows
	}
	took := time.Since(began).Seconds()
	return Figure{PerSecond: float64(done) / took, CPUPer10k: (cpuSeconds() - cpu) / float64(done) * 10_000, Count: int64(done)}, nil
}

// Drain measures how fast n records are applied: run works until ctx ends, and
// left says how many it has still to do.
func Drain(ctx context.Context, n int64, run func(context.Context) error, left func(context.Context) (int64, error)) (Figure, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	cpu, began := cpuSeconds(), time.Now()
	go func() { ended <- run(ctx) }()
	for {
		select {
		case err := <-ended:
			return Figure{}, gremio.Wrap(gremio.Internal, err, "the worker ended before the log did")
		case <-time.After(20 * time.Millisecond):
		}
		rest, err := left(ctx)
		if err != nil {
			return Figure{}, err
		}
		if rest == 0 {
			break
		}
	}
	took := time.Since(began).Seconds()
	f := Figure{PerSecond: float64(n) / took, CPUPer10k: (cpuSeconds() - cpu) / float64(n) * 10_000, Count: n}
	stop()
	<-ended
	return f, nil
}
