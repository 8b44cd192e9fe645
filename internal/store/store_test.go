package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"gremio"
	"gremio/internal/store"
	"gremio/internal/store/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, opener(func(t *testing.T) string {
		return "sqlite:" + filepath.Join(t.TempDir(), "gremio.db")
	}))
}

func TestMariaDB(t *testing.T) {
	server := mariaDB(t)
	storetest.Run(t, opener(func(t *testing.T) string { return newDatabase(t, server) }))
}

// opener opens what dsn names: once a test, the same again for the same test.
func opener(dsn func(t *testing.T) string) func(t *testing.T) *store.Store {
	var mu sync.Mutex
	of := map[*testing.T]string{}
	return func(t *testing.T) *store.Store {
		t.Helper()
		mu.Lock()
		if of[t] == "" {
			of[t] = dsn(t)
		}
		name := of[t]
		mu.Unlock()
		s, err := store.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
}

// mariaDB returns the DSN of a server whose user may make databases gremio_*.
func mariaDB(t testing.TB) *mysql.Config {
	t.Helper()
	dsn := os.Getenv("GREMIO_TEST_DATABASE")
	if dsn == "" {
		const reason = "GREMIO_TEST_DATABASE names no MariaDB server; make test-real starts one"
		if os.Getenv("GREMIO_TEST_REAL") == "required" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

var databases atomic.Int64

// newDatabase makes an empty database that is dropped with the test.
func newDatabase(t testing.TB, server *mysql.Config) string {
	t.Helper()
	name := fmt.Sprintf("gremio_%d_%d", os.Getpid(), databases.Add(1))
	db, err := sql.Open("mysql", server.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec("DROP DATABASE " + name); err != nil {
			t.Error(err)
		}
		db.Close()
	})
	cfg := server.Clone()
	cfg.DBName = name
	return cfg.FormatDSN()
}

// A server that is away is Unavailable: workers wait for it, take-in answers 503.
func TestMariaDBIsAway(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close() // from here on connections are refused
	s, err := store.Open("gremio:secret@tcp(" + ln.Addr().String() + ")/gremio")
	if err != nil {
		t.Fatalf("opening does not wait for the server, and yet: %v", err)
	}
	defer s.Close()
	ctx := context.Background()
	_, readErr := s.Settings(ctx)
	for what, err := range map[string]error{
		"ping": s.Ping(ctx), "read": readErr, "migrate": s.Migrate(ctx),
		"write": s.Update(ctx, func(*store.Tx) error { return nil }),
	} {
		if err == nil || gremio.KindOf(err) != gremio.Unavailable {
			t.Errorf("%s: %v, want unavailable", what, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error tells the password: %v", what, err)
		}
	}
}

// A server that accepts and says nothing is Unavailable too, when the caller stops waiting.
func TestMariaDBIsMute(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	s, err := store.Open("gremio:secret@tcp(" + ln.Addr().String() + ")/gremio")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Ping(ctx); err == nil || gremio.KindOf(err) != gremio.Unavailable {
		t.Errorf("%v, want unavailable", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, dsn := range []string{"", "nonsense", "postgres://localhost/gremio", "gremio@tcp(localhost:3306)/"} {
		if s, err := store.Open(dsn); err == nil || gremio.KindOf(err) != gremio.Invalid {
			t.Errorf("%q: %v, want invalid", dsn, err)
			if err == nil {
				s.Close()
			}
		}
	}
}

func TestSQLiteIsAway(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a file where a folder should be")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := store.Open("sqlite:" + filepath.Join(file, "gremio.db")); err == nil || gremio.KindOf(err) != gremio.Unavailable {
		t.Errorf("%v, want unavailable", err)
		if err == nil {
			s.Close()
		}
	}
}

// What is written survives the process.
func TestSQLiteKeeps(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "folder", "gremio.db")
	ctx := context.Background()
	for run := range 2 {
		s, err := store.Open(dsn)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		got, err := s.ChangeSettings(ctx, "office", time.Now(), func(s *gremio.Settings) error { s.InitialStock++; return nil })
		if err != nil || got.Version != int64(run+1) {
			t.Errorf("run %d: version %d, %v", run, got.Version, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestEngine(t *testing.T) {
	s := opener(func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "gremio.db") })(t)
	if s.Engine() != "sqlite" {
		t.Errorf("the engine is %q", s.Engine())
	}
	m, err := store.Open("gremio@tcp(localhost:1)/gremio")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Engine() != "mariadb" {
		t.Errorf("the engine is %q", m.Engine())
	}
}
