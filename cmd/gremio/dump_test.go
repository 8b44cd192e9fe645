package main_test

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// definer names the user of the server where the dump was made.
var definer = regexp.MustCompile(`(?i)(ALGORITHM=\w+ |DEFINER=\S+ |SQL SECURITY \w+ |AUTO_INCREMENT=\d+ )`)

// dumpDatabase writes a MariaDB database as statements, one a line: tables,
// their rows, then views.
func dumpDatabase(t *testing.T, db *sql.DB, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := gzip.NewWriter(f)
	var tables, views []string
	rows, err := db.Query("SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name")
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			t.Fatal(err)
		}
		if kind == "VIEW" {
			views = append(views, name)
		} else {
			tables = append(tables, name)
		}
	}
	for _, name := range tables {
		var made string
		if err := db.QueryRow("SHOW CREATE TABLE "+name).Scan(new(string), &made); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(out, strings.ReplaceAll(definer.ReplaceAllString(made, ""), "\n", " "))
		dumpRows(t, db, name, out)
	}
	for _, name := range views {
		var made string
		if err := db.QueryRow("SHOW CREATE VIEW "+name).Scan(new(string), &made, new(string), new(string)); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(out, strings.ReplaceAll(definer.ReplaceAllString(made, ""), "\n", " "))
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func dumpRows(t *testing.T, db *sql.DB, table string, out io.Writer) {
	rows, err := db.Query("SELECT * FROM " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells := make([]sql.RawBytes, len(columns))
		to := make([]any, len(columns))
		for i := range cells {
			to[i] = &cells[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		values := make([]string, len(columns))
		for i, cell := range cells {
			switch kind := columns[i].DatabaseTypeName(); {
			case cell == nil:
				values[i] = "NULL"
			case strings.Contains(kind, "BLOB"):
				values[i] = fmt.Sprintf("X'%x'", []byte(cell))
			case kind == "TIMESTAMP" || kind == "DATETIME":
				values[i] = "'" + strings.NewReplacer("T", " ", "Z", "").Replace(string(cell)) + "'"
			default: // the server reads numbers and instants from text
				values[i] = "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\r", `\r`).Replace(string(cell)) + "'"
			}
		}
		fmt.Fprintf(out, "INSERT INTO %s VALUES (%s)\n", table, strings.Join(values, ", "))
	}
}

// loadDatabase runs what dumpDatabase wrote in an empty database.
func loadDatabase(t *testing.T, db *sql.DB, file string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	tx, err := db.Begin() // a commit a row would take a minute
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for lines.Scan() {
		if _, err := tx.Exec(lines.Text()); err != nil {
			t.Fatalf("%.200s: %v", lines.Text(), err)
		}
	}
	if err := errors.Join(lines.Err(), tx.Commit()); err != nil {
		t.Fatal(err)
	}
}

// leftOut is what a data folder holds beside its log, database and key.
var leftOut = regexp.MustCompile(`^reports/|\.db-(wal|shm)$|lock$`)

// pack writes a data folder's files into a tar.
func pack(t *testing.T, dir, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, _ := gzip.NewWriterLevel(f, gzip.BestCompression)
	out := tar.NewWriter(zip)
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if leftOut.MatchString(filepath.ToSlash(name)) {
			return nil
		}
		if err := out.WriteHeader(&tar.Header{Name: filepath.ToSlash(name), Mode: 0o640, Size: int64(len(body))}); err != nil {
			return err
		}
		_, err = out.Write(body)
		return err
	})
	if err := errors.Join(err, out.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
}

// unpack is pack's other way.
func unpack(t *testing.T, file, dir string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	in := tar.NewReader(zip)
	for {
		h, err := in.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, body, 0o640)); err != nil {
			t.Fatal(err)
		}
	}
}
