package store

import (
	"context"
	"regexp"

	"github.com/pressly/goose/v3"

	"gremio"
)

// MariaDB commits every CREATE and ALTER at once, so a migration that was killed
// half way has left a part of its tables, and goose runs it again from its first
// statement. There, what makes and drops things does so only where that is not
// done yet. SQLite runs a migration in one transaction and needs none of this.
var repeatable = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`(?im)^(CREATE TABLE|CREATE INDEX|CREATE UNIQUE INDEX) (?:IF NOT EXISTS )?`), "$1 IF NOT EXISTS "},
	{regexp.MustCompile(`(?im)^CREATE VIEW `), "CREATE OR REPLACE VIEW "},
	{regexp.MustCompile(`(?im)^(DROP TABLE|DROP VIEW|DROP INDEX) (?:IF EXISTS )?`), "$1 IF EXISTS "},
	{regexp.MustCompile(`(?im)\b(ADD COLUMN) (?:IF NOT EXISTS )?`), "$1 IF NOT EXISTS "},
	{regexp.MustCompile(`(?im)\b(DROP COLUMN) (?:IF EXISTS )?`), "$1 IF EXISTS "},
}

// repeatably returns a migration's text so that running a part of it, and then
// all of it, leaves what running it once leaves. A migration that writes rows
// sees to that itself; storetest.Migrations checks it for every one.
func (d dialect) repeatably(text string) string {
	if d.name != mariadb.name {
		return text
	}
	for _, r := range repeatable {
		text = r.from.ReplaceAllString(text, r.to)
	}
	return text
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
