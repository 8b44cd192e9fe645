package sheet

import (
	"encoding/csv"
	"io"
	"strings"
)

// Excel in Spanish reads a CSV file right on a double click when it begins with a byte
// order mark, has semicolons between cells and commas before decimals.
const bom = "\ufeff"

func (t table) csvForExcel(w io.Writer) error {
	out, err := excelWriter(w)
	if err != nil {
		return err
	}
	return t.lines(out, excelLine)
}

func excelWriter(w io.Writer) (*csv.Writer, error) {
	_, err := io.WriteString(w, bom)
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = ';', true
	return out, err
}

func excelLine(row []any) []string {
	line := csvLine(row)
	for i, cell := range row {
		if _, ok := cell.(float64); ok {
			line[i] = strings.ReplaceAll(line[i], ".", ",")
		}
	}
	return line
}

func csvLine(row []any) []string {
	line := make([]string, len(row))
	for i, cell := range row {
		line[i] = text(cell)
	}
	return line
}
