package store

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"gremio"
)

// A mark is where a list that is ordered by time and id was cut. Its cursor is
// opaque to clients.
type mark struct {
	at int64 // microseconds
	id string
}

func (m mark) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(m.at, 10) + " " + m.id))
}

func markAt(t time.Time, id string) string { return mark{micros(t), id}.cursor() }

func parseMark(cursor string) (mark, error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		if at, id, ok := strings.Cut(string(text), " "); ok {
			if us, err := strconv.ParseInt(at, 10, 64); err == nil {
				return mark{us, id}, nil
			}
		}
	}
	return mark{}, &gremio.Error{Kind: gremio.Invalid, Message: "invalid", Fields: []gremio.FieldError{
		{Field: "cursor", Message: "is not one that a list of gremio ended with"}}}
}

// A filter builds the WHERE of a list, newest first.
type filter struct {
	where []string
	args  []any
}

func (f *filter) add(condition string, args ...any) {
	f.where = append(f.where, condition)
	f.args = append(f.args, args...)
}

// is adds column = value unless value is empty.
func (f *filter) is(column, value string) {
	if value != "" {
		f.add(column+" = ?", value)
	}
}

// since adds the condition that leaves out what was before the page's Since.
func (f *filter) since(p gremio.Page, condition string) {
	if !p.Since.IsZero() {
		f.add(condition, micros(p.Since))
	}
}

// page adds what continues the list and returns the end of the query. One row
// more than the limit is read, to know whether there is more.
func (f *filter) page(p gremio.Page, timeColumn, idColumn string) (string, error) {
	if p.After != "" {
		m, err := parseMark(p.After)
		if err != nil {
			return "", err
		}
		// The bound stands alone too: an OR by itself makes SQLite read all that is left.
		f.add(timeColumn+" <= ? AND ("+timeColumn+" < ? OR "+idColumn+" < ?)", m.at, m.at, m.id)
	}
	end := ""
	if len(f.where) > 0 {
		end = " WHERE " + strings.Join(f.where, " AND ")
	}
	f.args = append(f.args, p.Limit+1)
	return end + " ORDER BY " + timeColumn + " DESC, " + idColumn + " DESC LIMIT ?", nil
}

// cut returns the page of rows and the cursor that continues after it, "" at the end.
func cut[T any](rows []T, p gremio.Page, cursor func(T) string) ([]T, string) {
	if len(rows) <= p.Limit {
		return rows, ""
	}
	rows = rows[:p.Limit]
	return rows, cursor(rows[len(rows)-1])
}
