package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

// raw opens the database behind a store's back.
func raw(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func migrate(t *testing.T, dsn string) error {
	t.Helper()
	s, err := store.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return s.Migrate(context.Background())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// An older binary does not work on tables that it does not know.
func TestNewerSchema(t *testing.T) {
	check := func(t *testing.T, dsn string, db *sql.DB) {
		must(t, migrate(t, dsn))
		if _, err := db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)"); err != nil {
			t.Fatal(err)
		}
		err := migrate(t, dsn)
		if gremio.KindOf(err) != gremio.Conflict || !strings.Contains(err.Error(), "newer gremio (schema 99999; ") {
			t.Errorf("a database of schema 99999: %v", err)
		}
	}
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "gremio.db")
		check(t, "sqlite:"+path, raw(t, "sqlite", "file:"+path))
	})
	t.Run("MariaDB", func(t *testing.T) {
		dsn := newDatabase(t, mariaDB(t))
		check(t, dsn, raw(t, "mysql", dsn))
	})
}

// MariaDB keeps what a killed migration had made. Here each statement of each
// migration is the last one of a process, after it ran and before that is noted.
func TestMigrationKilledAtEveryStatement(t *testing.T) {
	server := mariaDB(t)
	whole := newDatabase(t, server)
	must(t, migrate(t, whole))
	dsn := newDatabase(t, server)
	db := raw(t, "mysql", dsn)
	kill, kills := errors.New("killed"), map[string]bool{}
	for {
		s, err := store.Open(dsn)
		must(t, err)
		s.OnStep(func(version int64, step int) error {
			at := fmt.Sprint(version, " ", step)
			if kills[at] {
				return nil
			}
			kills[at] = true
			return kill
		})
		err = s.Migrate(context.Background())
		s.Close()
		if err == nil {
			break
		}
		if !errors.Is(err, kill) {
			t.Fatalf("after %d kills: %v", len(kills), err)
		}
	}
	if len(kills) < 50 {
		t.Errorf("only %d statements were seen", len(kills))
	}
	if diff := cmp.Diff(schema(t, raw(t, "mysql", whole)), schema(t, db)); diff != "" {
		t.Errorf("after %d kills:\n%s", len(kills), diff)
	}
	// A kill between goose's CREATE TABLE and its first row.
	if _, err := db.Exec("DELETE FROM goose_db_version"); err != nil {
		t.Fatal(err)
	}
	must(t, migrate(t, dsn))
}

// schema lists columns and keys, and how many rows each table has.
func schema(t *testing.T, db *sql.DB) (lines []string) {
	t.Helper()
	for _, query := range []string{
		`SELECT CONCAT_WS(' ', table_name, ordinal_position, column_name, column_type, is_nullable, COALESCE(column_default, ''), COALESCE(collation_name, ''))
			FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`,
		`SELECT CONCAT_WS(' ', table_name, index_name, seq_in_index, column_name, non_unique)
			FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index`,
		`SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name`,
	} {
		rows, err := db.Query(query)
		must(t, err)
		for rows.Next() {
			var line string
			must(t, rows.Scan(&line))
			lines = append(lines, line)
		}
		must(t, rows.Err())
	}
	for i, line := range lines {
		if !strings.Contains(line, " ") && line != "goose_db_version" {
			var n int
			must(t, db.QueryRow("SELECT COUNT(*) FROM "+line).Scan(&n))
			lines[i] = fmt.Sprintf("%s has %d rows", line, n)
		}
	}
	return lines
}
