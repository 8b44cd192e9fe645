package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"gremio"
)

// A dialect holds the few places where MariaDB and SQLite differ. All other
// SQL is one text.
type dialect struct {
	name     string // "mariadb" or "sqlite"
	autoID   string // column type of a key that the database counts up
	ignore   string // INSERT that leaves an existing row alone
	lockRows string // suffix that locks the rows read
	begin    *sql.TxOptions
}

var mariadb = dialect{
	name:     "mariadb",
	autoID:   "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
	ignore:   "INSERT IGNORE INTO ",
	lockRows: " FOR UPDATE",
	// Rows are locked one by one; the gaps that the default also locks would
	// make workers of different carts wait for each other.
	begin: &sql.TxOptions{Isolation: sql.LevelReadCommitted},
}

// SQLite has one writer at a time (BEGIN IMMEDIATE), so a read within a
// transaction needs no lock of its own.
var sqliteDialect = dialect{
	name:   "sqlite",
	autoID: "INTEGER PRIMARY KEY AUTOINCREMENT",
	ignore: "INSERT OR IGNORE INTO ",
}

// onConflict returns the clause that turns an INSERT into an upsert: rows whose
// key columns exist are changed by set instead. In set, new(col) stands for the
// value that would have been inserted; other names are the row's columns.
func (d dialect) onConflict(key string, set ...string) string {
	assign := strings.Join(set, ", ")
	if d.name == mariadb.name {
		return " ON DUPLICATE KEY UPDATE " + strings.ReplaceAll(assign, "new(", "VALUES(")
	}
	var b strings.Builder
	for rest := assign; ; {
		i := strings.Index(rest, "new(")
		if i < 0 {
			b.WriteString(rest)
			break
		}
		end := i + strings.Index(rest[i:], ")")
		b.WriteString(rest[:i] + "excluded." + rest[i+len("new("):end])
		rest = rest[end+1:]
	}
	return " ON CONFLICT (" + key + ") DO UPDATE SET " + b.String()
}

// onTable names the table of an index that is dropped, where that must be said.
func (d dialect) onTable(table string) string {
	if d.name == mariadb.name {
		return " ON " + table
	}
	return ""
}

// least and greatest return the smaller and the larger of two expressions.
func (d dialect) least(a, b string) string {
	if d.name == mariadb.name {
		return "LEAST(" + a + ", " + b + ")"
	}
	return "MIN(" + a + ", " + b + ")"
}

func (d dialect) greatest(a, b string) string {
	if d.name == mariadb.name {
		return "GREATEST(" + a + ", " + b + ")"
	}
	return "MAX(" + a + ", " + b + ")"
}

// kindOf says what a driver's error means: a worker retries what is Unavailable
// and rejects the record behind anything else.
func kindOf(err error) gremio.Kind {
	var own *gremio.Error
	if errors.As(err, &own) {
		return own.Kind
	}
	var my *mysql.MySQLError
	if errors.As(err, &my) {
		switch my.Number {
		case 1062: // duplicate entry
			return gremio.Conflict
		case 1264, 1366, 1406: // out of range, incorrect value, too long
			return gremio.Invalid
		case 1044, 1045, 1049, 1142, 1193: // no such user, database or right
			return gremio.Forbidden
		case 1050, 1054, 1060, 1061, 1064, 1091, 1136, 1146, 1305: // our SQL and the schema disagree: no record's fault
			return gremio.Forbidden
		}
		return gremio.Unavailable
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_CONSTRAINT:
			return gremio.Conflict
		case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_RANGE: // our SQL and the schema disagree: no record's fault
			return gremio.Forbidden
		case sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG:
			return gremio.Invalid
		}
		return gremio.Unavailable
	}
	var network *net.OpError
	if errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return gremio.Unavailable
	}
	return gremio.Internal
}

// mayRetry reports whether a transaction failed for a reason that another try
// at once may not meet: a deadlock, or a row that another inserted meanwhile.
func mayRetry(err error) bool {
	var my *mysql.MySQLError
	if errors.As(err, &my) {
		return my.Number == 1213 || my.Number == 1205 || my.Number == 1020 || my.Number == 1062
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}
