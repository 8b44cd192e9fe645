package sheet

import (
	"bytes"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"gremio"
)

// What a workbook may unzip to, in bytes, and how much of a sheet is kept in memory:
// what is larger goes to a file.
const (
	maxUnzipped = 512 << 20
	maxInMemory = 16 << 20
)

func readWorkbook(body []byte, sheet string, each func(Row) error) error {
	f, err := excelize.OpenReader(bytes.NewReader(body), excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxInMemory})
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "read the workbook: is it .xlsx without a password?")
	}
	defer f.Close()
	sheets := f.GetSheetList()
	switch {
	case len(sheets) == 0:
		return gremio.Errorf(gremio.Invalid, "the workbook has no sheet")
	case sheet == "":
		sheet = sheets[0]
	case !slices.Contains(sheets, sheet):
		return gremio.Errorf(gremio.Invalid, "the workbook has no sheet %q; it has %s", sheet, strings.Join(sheets, ", "))
	}
	rows, err := f.Rows(sheet)
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "read sheet %s", sheet)
	}
	defer rows.Close()
	for line := 1; rows.Next(); line++ {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return gremio.Wrap(gremio.Invalid, err, "read sheet %s at line %d", sheet, line)
		}
		for i := range cells {
			cells[i] = inFull(cells[i])
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		if err := each(Row{line, cells}); err != nil {
			return err
		}
	}
	return rows.Error()
}

var shortened = regexp.MustCompile(`^[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]{1,2}$`)

// inFull writes a whole number that a workbook keeps as 5.6912345678E10 digit for
// digit: a phone in a column of numbers.
func inFull(cell string) string {
	if !shortened.MatchString(cell) {
		return cell
	}
	n, ok := new(big.Rat).SetString(cell)
	if !ok || !n.IsInt() {
		return cell
	}
	return n.Num().String()
}
