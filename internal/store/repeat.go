package store

import (
	"context"
	"database/sql"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"

	"gremio"
)

// MariaDB commits every CREATE and ALTER at once, so a migration that is killed
// half way leaves a part of its work, and goose would run it again from its
// first statement. Here each statement that is done is noted: what changes rows
// in one transaction with its note, what changes tables before its note and in
// words that may be said twice. SQLite runs a migration in one transaction.
var repeatable = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`(?i)^(CREATE TABLE|CREATE INDEX|CREATE UNIQUE INDEX) (?:IF NOT EXISTS )?`), "$1 IF NOT EXISTS "},
	{regexp.MustCompile(`(?i)^CREATE VIEW `), "CREATE OR REPLACE VIEW "},
	{regexp.MustCompile(`(?i)^(DROP TABLE|DROP VIEW|DROP INDEX) (?:IF EXISTS )?`), "$1 IF EXISTS "},
	{regexp.MustCompile(`(?i)\b(ADD COLUMN|ADD INDEX) (?:IF NOT EXISTS )?`), "$1 IF NOT EXISTS "},
	{regexp.MustCompile(`(?i)\b(DROP COLUMN) (?:IF EXISTS )?`), "$1 IF EXISTS "},
}

var (
	comment     = regexp.MustCompile(`--.*`) // no text of a migration has two dashes
	changesRows = regexp.MustCompile(`(?i)^(INSERT|UPDATE|DELETE|REPLACE)\b`)
)

// statements cuts a migration's text into its statements, each safe to repeat
// if it changes tables.
func statements(text string) (list []string) {
	for part := range strings.SplitSeq(comment.ReplaceAllString(text, ""), ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		for _, r := range repeatable {
			part = r.from.ReplaceAllString(part, r.to)
		}
		list = append(list, part)
	}
	return list
}

// steps returns the migrations, texts by file name, as goose is to run them on
// MariaDB.
func (s *Store) steps(texts map[string]string) (migrations []*goose.Migration, err error) {
	for name, text := range texts {
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, gremio.Wrap(gremio.Internal, err, "migration %s", name)
		}
		list := statements(text)
		migrations = append(migrations, goose.NewGoMigration(version, &goose.GoFunc{
			RunDB: func(ctx context.Context, db *sql.DB) error { return s.runSteps(ctx, db, version, list) }}, nil))
	}
	slices.SortFunc(migrations, func(a, b *goose.Migration) int { return int(a.Version - b.Version) })
	return migrations, nil
}

// runSteps runs those statements of a migration that are not noted as done.
func (s *Store) runSteps(ctx context.Context, db *sql.DB, version int64, list []string) error {
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS migration_steps (version BIGINT NOT NULL PRIMARY KEY, done INT NOT NULL)"); err != nil {
		return err
	}
	var done int
	if err := db.QueryRowContext(ctx, "SELECT COALESCE(MAX(done), 0) FROM migration_steps WHERE version = ?", version).Scan(&done); err != nil {
		return err
	}
	for i := done; i < len(list); i++ {
		if err := s.step(ctx, db, version, i+1, list[i]); err != nil {
			return gremio.Wrap(kindOf(err), err, "statement %d of %d of migration %d", i+1, len(list), version)
		}
	}
	return nil
}

func (s *Store) step(ctx context.Context, db *sql.DB, version int64, number int, statement string) error {
	if !changesRows.MatchString(statement) {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	tx, err := db.BeginTx(ctx, s.d.begin)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if changesRows.MatchString(statement) {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	if s.onStep != nil {
		if err := s.onStep(version, number); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO migration_steps (version, done) VALUES (?, ?)"+s.d.onConflict("version", "done = new(done)"), version, number)
	if err != nil {
		return err
	}
	return tx.Commit()
}

// mendVersions completes goose's own table where a process was killed between
// making it and writing its first row; goose would refuse it for ever.
func (s *Store) mendVersions(ctx context.Context) error {
	if s.d.name != mariadb.name {
		return nil
	}
	var rows int
	err := s.writer.QueryRowContext(ctx, `SELECT COUNT(*) FROM information_schema.tables
		WHERE table_schema = DATABASE() AND table_name = ?`, goose.DefaultTablename).Scan(&rows)
	if err != nil || rows == 0 {
		return problem(err, "look for the table of the migrations")
	}
	if err := s.writer.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+goose.DefaultTablename).Scan(&rows); err != nil || rows > 0 {
		return problem(err, "read the table of the migrations")
	}
	_, err = s.writer.ExecContext(ctx, "INSERT INTO "+goose.DefaultTablename+" (version_id, is_applied) VALUES (0, TRUE)")
	return problem(err, "complete the table of the migrations")
}

// refuseNewer refuses a database that a later gremio has migrated: this one
// would read and write tables that are not as it knows them.
func refuseNewer(ctx context.Context, provider *goose.Provider) error {
	have, known, err := provider.GetVersions(ctx)
	if err != nil {
		return problem(err, "ask for the database's schema")
	}
	if have > known {
		return gremio.Errorf(gremio.Conflict, "this database was migrated by a newer gremio (schema %d; this binary knows %d): upgrade this binary", have, known)
	}
	return nil
}
