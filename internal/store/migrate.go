package store

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"testing/fstest"
	"text/template"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"

	"gremio"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrate brings the database's tables to this binary's version. Processes that
// start together take turns, so every migration runs once.
func (s *Store) Migrate(ctx context.Context) error {
	unlock, err := s.lock(ctx, "migrate", 2*time.Minute)
	if err != nil {
		return err
	}
	defer unlock()
	if s.d.name == mariadb.name {
		// Text compares in Go, byte for byte; the database must not fold it, nor
		// take "a " for "a" as the padding collations do.
		if _, err := s.writer.ExecContext(ctx, "ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"); err != nil {
			return problem(err, "set the database's character set (the user needs ALTER on it)")
		}
	}
	provider, err := s.provider()
	if err != nil {
		return gremio.Wrap(gremio.Internal, err, "read the migrations")
	}
	if err := s.mendVersions(ctx); err != nil {
		return err
	}
	if err := refuseNewer(ctx, provider); err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return problem(err, "migrate the database")
	}
	return nil
}

// provider runs the migrations: on SQLite each as one transaction, on MariaDB
// statement by statement.
func (s *Store) provider() (*goose.Provider, error) {
	texts, err := s.migrations()
	if err != nil {
		return nil, err
	}
	quiet := goose.WithSlog(slog.New(slog.DiscardHandler))
	if s.d.name == mariadb.name {
		steps, err := s.steps(texts)
		if err != nil {
			return nil, err
		}
		return goose.NewProvider(goose.DialectMySQL, s.writer, nil, quiet, goose.WithGoMigrations(steps...))
	}
	files := fstest.MapFS{}
	for name, text := range texts {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return goose.NewProvider(goose.DialectSQLite3, s.writer, files, quiet)
}

// lock takes the lock named what, which one process at a time can have, or gives
// up after wait.
func (s *Store) lock(ctx context.Context, what string, wait time.Duration) (unlock func(), err error) {
	if s.d.name != mariadb.name {
		lock := flock.New(s.path + "." + strings.ReplaceAll(what, " ", "-") + ".lock")
		ctx, cancel := context.WithTimeout(ctx, wait)
		defer cancel()
		if _, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
			return nil, gremio.Wrap(gremio.Unavailable, err, "wait for another process to %s", what)
		}
		return func() { lock.Unlock() }, nil
	}
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return nil, problem(err, "reach the database")
	}
	var got int
	for deadline := time.Now().Add(wait); got != 1; {
		// In turns that are shorter than the connection waits for an answer.
		turn := max(0, min(time.Until(deadline), 20*time.Second))
		err = conn.QueryRowContext(ctx, "SELECT GET_LOCK(LEFT(CONCAT('gremio ', ?, ' ', DATABASE()), 64), ?)", what, int(turn.Seconds())).Scan(&got)
		if err == nil && got != 1 && turn < 20*time.Second {
			err = errors.New("it has had the lock for " + wait.String())
		}
		if err != nil {
			conn.Close()
			return nil, gremio.Wrap(gremio.Unavailable, err, "wait for another process to %s", what)
		}
	}
	return func() {
		conn.ExecContext(context.WithoutCancel(ctx), "SELECT RELEASE_LOCK(LEFT(CONCAT('gremio ', ?, ' ', DATABASE()), 64))", what)
		conn.Close()
	}, nil
}

// migrations returns the migrations' texts by file name, with the dialect's
// words filled in.
func (s *Store) migrations() (map[string]string, error) {
	funcs := template.FuncMap{
		"auto_id": func() string { return s.d.autoID },
		"list":    func(words ...string) []string { return words },
		"on":      s.d.onTable,
	}
	files, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, name := range files {
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		t, err := template.New(name).Funcs(funcs).Parse(string(text))
		if err != nil {
			return nil, gremio.Wrap(gremio.Internal, err, "migration %s", name)
		}
		var b bytes.Buffer
		if err := t.Execute(&b, nil); err != nil {
			return nil, gremio.Wrap(gremio.Internal, err, "migration %s", name)
		}
		out[path.Base(name)] = b.String()
	}
	return out, nil
}
