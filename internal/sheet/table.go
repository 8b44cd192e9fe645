package sheet

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// A table is what CSV and XLSX show alike. Text that people wrote has passed
// harmless.
type table struct {
	name   string // of the sheet, at most 31 characters
	header []string
	rows   [][]any
}

func (t table) csv(w io.Writer) error {
	return t.lines(csv.NewWriter(w), csvLine)
}

// lines writes the header and each row as line makes one of it.
func (t table) lines(out *csv.Writer, line func([]any) []string) error {
	if err := out.Write(t.header); err != nil {
		return err
	}
	for _, row := range t.rows {
		if err := out.Write(line(row)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (t table) xlsx(w io.Writer) error {
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", t.name); err != nil {
		return err
	}
	header := make([]any, len(t.header))
	for i, h := range t.header {
		header[i] = h
	}
	for i, row := range append([][]any{header}, t.rows...) {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := f.SetSheetRow(t.name, cell, &row); err != nil {
			return err
		}
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	if err := f.SetRowStyle(t.name, 1, 1, bold); err != nil {
		return err
	}
	last, err := excelize.ColumnNumberToName(len(t.header))
	if err != nil {
		return err
	}
	if err := f.SetColWidth(t.name, "A", last, 16); err != nil {
		return err
	}
	if err := f.SetPanes(t.name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return f.Write(w)
}

// A timeText writes an instant for who reads the file: programs get the offset,
// people the clock of Santiago.
type timeText func(time.Time) string

func (f timeText) or(t *time.Time) string {
	if t == nil {
		return ""
	}
	return f(*t)
}

// fileWriters are the kinds of files that a table is written as, by name.
func fileWriters[T any](of func(T, timeText) table) map[string]func(io.Writer, T) error {
	return map[string]func(io.Writer, T) error{
		"csv":   func(w io.Writer, v T) error { return of(v, plainTime).csv(w) },
		"excel": func(w io.Writer, v T) error { return of(v, excelTime).csvForExcel(w) },
		"xlsx":  func(w io.Writer, v T) error { return of(v, excelTime).xlsx(w) },
	}
}

// harmless keeps a sheet program from taking a client's name for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func text(cell any) string {
	switch c := cell.(type) {
	case string:
		return c
	case int:
		return strconv.Itoa(c)
	case int64:
		return strconv.FormatInt(c, 10)
	case float64:
		return strconv.FormatFloat(c, 'f', 2, 64)
	case bool:
		return strconv.FormatBool(c)
	}
	return ""
}
