// Package store keeps the guild's results in MariaDB or SQLite. There is one
// SQL text for both; what differs stands in dialect.go.
package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"

	"gremio"
)

// A Store is an open database. Its methods read; Update writes.
type Store struct {
	queries
	writer *sql.DB
	path   string                              // of the SQLite file, else ""
	onStep func(version int64, step int) error // told before a statement of a migration is noted; for tests
	dirty  *atomic.Bool                        // something was erased, and Scrub has not been through since
}

// A Tx is one transaction. It reads what it has written.
type Tx struct {
	queries
	scrub bool // something was erased: see Scrub
}

// queries reads through a connection pool or a transaction.
type queries struct {
	q     querier
	d     dialect
	names tableNames
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Open opens the database that dsn names: "sqlite:PATH" (a file, made when it
// is missing) or a go-sql-driver DSN such as "user:password@tcp(host:3306)/gremio".
// It does not wait for a MariaDB server that is away; Ping does.
func Open(dsn string) (*Store, error) { return OpenTLS(dsn, "") }

// OpenTLS is Open with MariaDB's certificate checked against the PEM file
// caFile; without one the DSN's own tls parameter counts.
func OpenTLS(dsn, caFile string) (*Store, error) {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		return openSQLite(path)
	}
	return openMariaDB(dsn, caFile)
}

func openSQLite(path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, gremio.Wrap(gremio.Unavailable, err, "make the folder of the database %s", path)
	}
	// It holds hashes of passwords: it is for its owner, and so is what SQLite puts beside it.
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600); err == nil {
		f.Close()
	}
	// Several processes share the file: WAL lets readers go on beside the one
	// writer, immediate transactions queue instead of failing at their first write.
	dsn := "file:" + path + "?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_pragma=secure_delete(ON)"
	writer, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, gremio.Wrap(gremio.Unavailable, err, "open %s", path)
	}
	writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", dsn+"&_pragma=query_only(ON)")
	if err != nil {
		writer.Close()
		return nil, gremio.Wrap(gremio.Unavailable, err, "open %s", path)
	}
	reader.SetMaxOpenConns(8)
	reader.SetMaxIdleConns(4)
	return &Store{queries: queries{q: reader, d: sqliteDialect}, writer: writer, path: path, dirty: new(atomic.Bool)}, nil
}

func openMariaDB(dsn, caFile string) (*Store, error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, gremio.Wrap(gremio.Invalid, err, "database DSN (want user:password@tcp(host:3306)/name or sqlite:PATH)")
	}
	if cfg.DBName == "" {
		return nil, gremio.Errorf(gremio.Invalid, "database DSN names no database: want user:password@tcp(host:3306)/name")
	}
	cfg.ClientFoundRows = true // an UPDATE that finds its row has found it, changed or not
	cfg.InterpolateParams = true
	cfg.Collation = "utf8mb4_bin"
	cfg.Logger = &mysql.NopLogger{} // what it says of idle connections is no news; failures are returned
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, gremio.Wrap(gremio.Invalid, err, "database CA file")
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, gremio.Errorf(gremio.Invalid, "database CA file %s holds no certificate in PEM", caFile)
		}
		host, _, _ := net.SplitHostPort(cfg.Addr)
		cfg.TLS = &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 5 * time.Second
	}
	if cfg.ReadTimeout == 0 {
		cfg.ReadTimeout = time.Minute
	}
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	cfg.Params["sql_mode"] = "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"
	cfg.Params["innodb_lock_wait_timeout"] = "10"
	// A process that is frozen inside a transaction keeps its locks, and nobody
	// could take its partitions over until it is thawed.
	cfg.Params["idle_transaction_timeout"] = "10"
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, gremio.Wrap(gremio.Invalid, err, "database DSN")
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(8)
	db.SetConnMaxLifetime(5 * time.Minute)
	return &Store{queries: queries{q: db, d: mariadb}, writer: db, dirty: new(atomic.Bool)}, nil
}

// Close closes the database.
func (s *Store) Close() error {
	err := s.writer.Close()
	if reader, ok := s.q.(*sql.DB); ok && reader != s.writer {
		err = reader.Close()
	}
	return err
}

// Engine returns "mariadb" or "sqlite".
func (s *Store) Engine() string { return s.d.name }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return problem(s.writer.PingContext(ctx), "reach the database")
}

// Update runs fn in one transaction: all that fn wrote is kept, or, when it
// returns an error, none. A transaction that a deadlock ended runs again, so fn
// must not keep what it read in an earlier run.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	const tries = 5
	for try := 1; ; try++ {
		err := s.update(ctx, fn)
		if err == nil || try == tries || !mayRetry(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(try) * 5 * time.Millisecond):
		}
	}
}

func (s *Store) update(ctx context.Context, fn func(*Tx) error) error {
	tx, err := s.writer.BeginTx(ctx, s.d.begin)
	if err != nil {
		return problem(err, "begin a transaction")
	}
	defer tx.Rollback()
	t := &Tx{queries: queries{tx, s.d, s.names}}
	if err := fn(t); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return problem(err, "commit")
	}
	if t.scrub || s.dirty.Load() {
		// It is done whatever becomes of this; the next transaction tries again.
		s.dirty.Store(s.Scrub(ctx) != nil)
	}
	return nil
}

// Savepoint runs fn within the transaction: when fn fails, what it wrote is
// undone and the transaction goes on. A transaction that the database has ended,
// as after a deadlock, fails as a whole.
func (t *Tx) Savepoint(ctx context.Context, fn func() error) error {
	if _, err := t.exec(ctx, "set a savepoint", "SAVEPOINT piece"); err != nil {
		return err
	}
	failed := fn()
	if failed != nil {
		if _, err := t.exec(ctx, "go back to a savepoint", "ROLLBACK TO SAVEPOINT piece"); err != nil {
			return gremio.Wrap(gremio.Unavailable, failed, "the transaction is over")
		}
	}
	if _, err := t.exec(ctx, "release a savepoint", "RELEASE SAVEPOINT piece"); err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "release a savepoint")
	}
	return failed
}

func (q queries) exec(ctx context.Context, what, query string, args ...any) (int64, error) {
	res, err := q.q.ExecContext(ctx, q.names.in(query), args...)
	if err != nil {
		return 0, problem(err, what)
	}
	n, err := res.RowsAffected()
	return n, problem(err, what)
}

// each runs scan for every row of query.
func (q queries) each(ctx context.Context, what, query string, args []any, scan func(row scanner) error) error {
	rows, err := q.q.QueryContext(ctx, q.names.in(query), args...)
	if err != nil {
		return problem(err, what)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return problem(err, what)
		}
	}
	return problem(rows.Err(), what)
}

// one scans the only row of query and reports whether there was one.
func (q queries) one(ctx context.Context, what, query string, args []any, dest ...any) (bool, error) {
	err := q.q.QueryRowContext(ctx, q.names.in(query), args...).Scan(dest...)
	if err == sql.ErrNoRows {
		return false, nil
	}
	return err == nil, problem(err, what)
}

type scanner interface{ Scan(dest ...any) error }

func problem(err error, what string) error {
	if err == nil {
		return nil
	}
	return gremio.Wrap(kindOf(err), err, "%s", what)
}

// insertMany inserts rows with one statement for each few hundred: head is
// "INSERT INTO t (a, b) VALUES", tail an onConflict clause or "".
func (q queries) insertMany(ctx context.Context, what, head, tail string, rows [][]any) error {
	const most = 500 // far below the limits of either engine on parameters and packet
	for len(rows) > 0 {
		n := min(len(rows), most)
		width := len(rows[0])
		group := "(" + strings.TrimSuffix(strings.Repeat("?,", width), ",") + ")"
		query := head + " " + strings.TrimSuffix(strings.Repeat(group+",", n), ",") + tail
		args := make([]any, 0, n*width)
		for _, row := range rows[:n] {
			if len(row) != width {
				return gremio.Errorf(gremio.Internal, "%s: a row of %d values among rows of %d", what, len(row), width)
			}
			args = append(args, row...)
		}
		if _, err := q.exec(ctx, what, query, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func placeholders(n int) string {
	return strings.TrimSuffix(strings.Repeat("?,", n), ",")
}

func anys[T any](in []T) []any {
	out := make([]any, len(in))
	for i, v := range in {
		out[i] = v
	}
	return out
}

// CopyTo writes all that is committed now into a new SQLite file, while others go
// on writing.
func (s *Store) CopyTo(ctx context.Context, file string) error {
	if s.d.name == mariadb.name {
		return gremio.Errorf(gremio.Invalid, "MariaDB is copied by its own tools")
	}
	_, err := s.writer.ExecContext(ctx, "VACUUM INTO ?", file)
	return problem(err, "copy the database")
}

// Sound reports an error when the SQLite file is damaged.
func (s *Store) Sound(ctx context.Context) error {
	if s.d.name == mariadb.name {
		return nil
	}
	var said string
	if err := s.writer.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said); err != nil {
		return problem(err, "check the database")
	}
	if said != "ok" {
		return gremio.Errorf(gremio.Invalid, "the database is damaged: %s", said)
	}
	return nil
}

// Counts returns how many members and sales the database has.
func (s *Store) Counts(ctx context.Context) (members, sales int64, err error) {
	_, err = s.one(ctx, "count members and sales", "SELECT (SELECT COUNT(*) FROM {members}), (SELECT COUNT(*) FROM {sales})", nil, &members, &sales)
	return members, sales, err
}
