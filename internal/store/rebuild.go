package store

import (
	"context"
	"database/sql"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gremio"
)

// A Rebuild is a worker's tables made anew, beside those that are in use.
type Rebuild struct {
	// Store reads and writes the new tables under the names of the old.
	*Store
	// Resumed reports whether an earlier rebuild left off in the middle.
	Resumed bool

	live   *Store
	worker string
	unlock func()
}

const (
	newTable  = "rebuild_"
	goneTable = "gone_"
)

// BeginRebuild makes the tables of worker once more, empty, beside those in use,
// or goes on with what an earlier rebuild of the same schema left, unless restart
// is set. It fails as Conflict while another rebuild of the worker runs.
func (s *Store) BeginRebuild(ctx context.Context, worker string, restart bool) (*Rebuild, error) {
	if _, ok := ownTables[worker]; !ok {
		return nil, gremio.Errorf(gremio.Invalid, "worker %q has no tables to make anew", worker)
	}
	unlock, err := s.lock(ctx, "rebuild "+worker, time.Second)
	if err != nil {
		return nil, gremio.Errorf(gremio.Conflict, "another rebuild of worker %s runs: %w", worker, err)
	}
	r := &Rebuild{live: s, worker: worker, unlock: unlock}
	names := tableNames{}
	for _, table := range TablesOf(worker) {
		names[table] = newTable + table
	}
	r.Store = &Store{queries: queries{s.q, s.d, names}, writer: s.writer, path: s.path, dirty: s.dirty}
	if err := r.begin(ctx, restart); err != nil {
		unlock()
		return nil, err
	}
	return r, nil
}

func (r *Rebuild) begin(ctx context.Context, restart bool) error {
	if err := r.drop(ctx, goneTable); err != nil {
		return err
	}
	schema, err := r.live.schemaVersion(ctx)
	if err != nil {
		return err
	}
	want := strconv.FormatInt(schema, 10)
	var have string
	found, err := r.live.one(ctx, "look for an earlier rebuild", "SELECT value FROM installation WHERE name = ?", []any{r.marker()}, &have)
	if err != nil {
		return err
	}
	if found && have == want && !restart {
		// A swap that was killed before it forgot the rebuild has moved the tables away.
		if r.Resumed, err = r.hasTables(ctx); err != nil || r.Resumed {
			return err
		}
	}
	if err := r.Discard(ctx); err != nil {
		return err
	}
	if err := r.create(ctx); err != nil {
		return err
	}
	_, err = r.live.writerQueries().exec(ctx, "note the rebuild", "INSERT INTO installation (name, value) VALUES (?, ?)", r.marker(), want)
	return err
}

// Close lets another rebuild of the worker begin. What is done stays for it.
func (r *Rebuild) Close() { r.unlock() }

// Discard drops the new tables.
func (r *Rebuild) Discard(ctx context.Context) error {
	if err := r.forget(ctx); err != nil {
		return err
	}
	return r.drop(ctx, newTable)
}

// hasTables reports whether the new tables are there. They come before the marker
// and go all at once.
func (r *Rebuild) hasTables(ctx context.Context) (bool, error) {
	query := "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
	if r.d.name == mariadb.name {
		query = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?"
	}
	var n int
	_, err := r.live.one(ctx, "look for an earlier rebuild's tables", query, []any{newTable + r.worker + "_offsets"}, &n)
	return n > 0, err
}

// marker names the row that says of which schema the new tables are.
func (r *Rebuild) marker() string { return newTable + r.worker }

func (r *Rebuild) forget(ctx context.Context) error {
	_, err := r.live.writerQueries().exec(ctx, "forget the rebuild", "DELETE FROM installation WHERE name = ?", r.marker())
	return err
}

func (r *Rebuild) drop(ctx context.Context, prefix string) error {
	for _, table := range TablesOf(r.worker) {
		if _, err := r.live.writerQueries().exec(ctx, "drop a table", "DROP TABLE IF EXISTS "+prefix+table); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rebuild) create(ctx context.Context) error {
	for _, table := range TablesOf(r.worker) {
		if r.d.name == mariadb.name {
			if _, err := r.live.writerQueries().exec(ctx, "make a table anew", "CREATE TABLE "+newTable+table+" LIKE "+table); err != nil {
				return err
			}
			continue
		}
		statements, err := r.live.definition(ctx, table)
		if err != nil {
			return err
		}
		for _, text := range statements {
			if _, err := r.live.writerQueries().exec(ctx, "make a table anew", beside(text, newTable)); err != nil {
				return err
			}
		}
	}
	return nil
}

// definition returns the statements that made a table of SQLite and its indexes.
func (s *Store) definition(ctx context.Context, table string) (statements []string, err error) {
	err = s.each(ctx, "read a table's definition",
		"SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL AND type IN ('table', 'index') ORDER BY type DESC", []any{table},
		func(row scanner) error {
			var text string
			err := row.Scan(&text)
			statements = append(statements, text)
			return err
		})
	return statements, err
}

var (
	tableName = regexp.MustCompile(`^(CREATE TABLE )["` + "`" + `]?(\w+)["` + "`" + `]?`)
	indexName = regexp.MustCompile(`^(CREATE (?:UNIQUE )?INDEX )["` + "`" + `]?(\w+)["` + "`" + `]? ON ["` + "`" + `]?(\w+)["` + "`" + `]?`)
)

// beside returns the statement with the names of its table and index prefixed.
func beside(statement, prefix string) string {
	if tableName.MatchString(statement) {
		return tableName.ReplaceAllString(statement, "${1}"+prefix+"${2}")
	}
	return indexName.ReplaceAllString(statement, "${1}"+prefix+"${2} ON "+prefix+"${3}")
}

// Hold keeps everybody else from moving the worker's offsets until then, and
// returns where they stand. Transactions that have begun end first.
func (r *Rebuild) Hold(ctx context.Context, until time.Time) ([]gremio.Offset, error) {
	if _, err := r.live.writerQueries().exec(ctx, "hold the worker", "UPDATE "+r.worker+"_offsets SET held_until = ?", micros(until)); err != nil {
		return nil, err
	}
	return r.live.Offsets(ctx, r.worker)
}

// Release ends a Hold.
func (r *Rebuild) Release(ctx context.Context) error {
	_, err := r.live.writerQueries().exec(ctx, "release the worker", "UPDATE "+r.worker+"_offsets SET held_until = 0")
	return err
}

// PendingIDs returns the keys of events that the worker has derived and not yet
// read back from its topics.
func (r *Rebuild) PendingIDs(ctx context.Context) (map[string]bool, error) {
	keys := map[string]bool{}
	err := r.live.each(ctx, "look for derived events", "SELECT id_key FROM "+r.worker+"_ids WHERE log_offset < 0", nil, func(row scanner) error {
		var key string
		err := row.Scan(&key)
		keys[key] = true
		return err
	})
	return keys, err
}

// RejectedBefore returns those of records that the worker in use has rejected.
func (r *Rebuild) RejectedBefore(ctx context.Context, records []gremio.Record) (map[gremio.LogPosition]gremio.Rejection, error) {
	found := map[gremio.LogPosition]gremio.Rejection{}
	if len(records) == 0 {
		return found, nil
	}
	first, last := records[0].LogPosition, records[len(records)-1].LogPosition
	err := r.live.each(ctx, "look for rejections",
		"SELECT log_offset, reason, rejected_at FROM "+r.worker+"_rejections WHERE topic = ? AND part = ? AND log_offset BETWEEN ? AND ?",
		[]any{string(first.Topic), first.Partition, first.Offset, last.Offset}, func(row scanner) error {
			at := first
			var rejection gremio.Rejection
			var when int64
			err := row.Scan(&at.Offset, &rejection.Reason, &when)
			rejection.At = instant(when)
			found[at] = rejection
			return err
		})
	return found, err
}

// Swap puts the new tables in the place of the old in one statement (MariaDB) or
// one transaction (SQLite), offsets among them. Whoever owned a partition finds
// another epoch there and claims it again.
func (r *Rebuild) Swap(ctx context.Context, live []gremio.Offset) error {
	for _, o := range live {
		n, err := r.writerQueries().exec(ctx, "raise the epoch", "UPDATE {"+r.worker+"_offsets} SET epoch = ?, held_until = 0 WHERE topic = ? AND part = ? AND next_offset = ?",
			o.Epoch+1, string(o.Topic), o.Partition, o.Next)
		if err == nil && n != 1 {
			err = gremio.Errorf(gremio.Internal, "the rebuild does not stand at offset %d of %s/%d, where worker %s does", o.Next, o.Topic, o.Partition, r.worker)
		}
		if err != nil {
			return err
		}
	}
	swap := r.swapSQLite
	if r.d.name == mariadb.name {
		swap = r.swapMariaDB
	}
	if err := swap(ctx); err != nil {
		return err
	}
	if err := r.forget(ctx); err != nil {
		return err
	}
	return r.drop(ctx, goneTable)
}

func (r *Rebuild) swapMariaDB(ctx context.Context) error {
	conn, err := r.writer.Conn(ctx)
	if err != nil {
		return problem(err, "reach the database")
	}
	defer conn.Close()
	// Readers of the old tables end soon; whoever does not must not hold up the rest.
	if _, err := conn.ExecContext(ctx, "SET SESSION lock_wait_timeout = 5"); err != nil {
		return problem(err, "swap the tables")
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "SET SESSION lock_wait_timeout = DEFAULT")
	var renames []string
	for _, table := range TablesOf(r.worker) {
		renames = append(renames, table+" TO "+goneTable+table, newTable+table+" TO "+table)
	}
	_, err = conn.ExecContext(ctx, "RENAME TABLE "+strings.Join(renames, ", "))
	return problem(err, "swap the tables")
}

func (r *Rebuild) swapSQLite(ctx context.Context) error {
	conn, err := r.writer.Conn(ctx)
	if err != nil {
		return problem(err, "reach the database")
	}
	defer conn.Close()
	// The view of all carts names some of the tables; renaming must not look at it
	// while one of them is gone.
	if _, err := conn.ExecContext(ctx, "PRAGMA legacy_alter_table = ON"); err != nil {
		return problem(err, "swap the tables")
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA legacy_alter_table = OFF")
	tx, err := conn.BeginTx(ctx, r.d.begin)
	if err != nil {
		return problem(err, "swap the tables")
	}
	defer tx.Rollback()
	for _, table := range TablesOf(r.worker) {
		statements, err := r.live.definition(ctx, table)
		if err != nil {
			return err
		}
		do := []string{"DROP TABLE " + table, "ALTER TABLE " + newTable + table + " RENAME TO " + table}
		for _, text := range statements {
			if index := indexName.FindStringSubmatch(text); index != nil {
				do = append(do, "DROP INDEX "+newTable+index[2], text)
			}
		}
		for _, text := range do {
			if _, err := tx.ExecContext(ctx, text); err != nil {
				return problem(err, "swap the tables: "+text)
			}
		}
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM installation WHERE name = ?", r.marker()); err != nil {
		return problem(err, "forget the rebuild")
	}
	return problem(tx.Commit(), "swap the tables")
}

// writerQueries runs single statements where SQLite may write.
func (s *Store) writerQueries() queries { return queries{s.writer, s.d, s.names} }

// schemaVersion returns the number of the newest migration that the database has.
func (s *Store) schemaVersion(ctx context.Context) (int64, error) {
	var version sql.NullInt64
	_, err := s.one(ctx, "read the schema's version", "SELECT MAX(version_id) FROM goose_db_version WHERE is_applied = 1", nil, &version)
	return version.Int64, err
}
