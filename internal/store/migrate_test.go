package store_test

import (
	"context"
	"database/sql"
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

// MariaDB keeps what a killed migration had made, so all of a migration must be
// able to run on its own result. It holds for whatever part of it had run,
// because each statement then does what it would have done, or nothing.
func TestMigrationRunsAgain(t *testing.T) {
	dsn := newDatabase(t, mariaDB(t))
	must(t, migrate(t, dsn))
	db := raw(t, "mysql", dsn)
	whole := schema(t, db)
	var last int
	must(t, db.QueryRow("SELECT MAX(version_id) FROM goose_db_version").Scan(&last))
	for from := last; from > 0; from-- {
		if _, err := db.Exec("DELETE FROM goose_db_version WHERE version_id >= ?", from); err != nil {
			t.Fatal(err)
		}
		if err := migrate(t, dsn); err != nil {
			t.Fatalf("migration %d killed at its end does not run again: %v", from, err)
		}
		if diff := cmp.Diff(whole, schema(t, db)); diff != "" {
			t.Fatalf("after migration %d again:\n%s", from, diff)
		}
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
