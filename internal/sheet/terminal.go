package sheet

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"gremio"
)

// MembershipText writes a month's list for a terminal, its columns one below the
// other whatever letters the names have.
func MembershipText(w io.Writer, l gremio.MembershipList) error {
	t := membershipTable(l)
	var rows [][]string
	for _, row := range append([][]any{{"", "LIST", "AT", "NAME", "", "RUT", "DOCUMENT", "EMAIL", "PHONE", "PLATE", "TIER", "REASONS", "ID"}}, t.rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = visible(text(cell))
		}
		cells[3] = strings.TrimSpace(cells[3] + " " + cells[4])
		if cells[5] == "" {
			cells[5] = cells[6]
		}
		rows = append(rows, append(append([]string{}, cells[1:4]...), append([]string{cells[5]}, cells[7:]...)...))
	}
	if err := writeAligned(w, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s: %d joined, %d wait\n", l.Month, len(l.Joined), len(l.Waiting))
	return err
}

// text writes columns of a table for a terminal.
func (t table) text(w io.Writer, columns ...string) error {
	var at []int
	var header []string
	for _, name := range columns {
		at = append(at, slices.Index(t.header, name))
		header = append(header, strings.ToUpper(name))
	}
	rows := [][]string{header}
	for _, row := range t.rows {
		var cells []string
		for _, i := range at {
			cells = append(cells, visible(text(row[i])))
		}
		rows = append(rows, cells)
	}
	return writeAligned(w, rows)
}

// writeAligned writes rows with their columns one below the other.
func writeAligned(w io.Writer, rows [][]string) error {
	widest := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widest[i] = max(widest[i], columnsOf(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", widest[i]-columnsOf(cell)+2))
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// visible keeps what people wrote from steering the terminal.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}

// columnsOf returns how many places of a terminal a text takes.
func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		switch kind := width.LookupRune(r).Kind(); {
		case unicode.Is(unicode.Mn, r):
		case kind == width.EastAsianWide, kind == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
