package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"gremio"
)

// maxFile is the most of a file that is read, in bytes. A guild of ten thousand has a
// list of two million.
const maxFile = 64 << 20

// A Row is a row of a file that people made, and the line where it stands.
type Row struct {
	Line  int
	Cells []string // as they were typed; numbers of a workbook in full
}

// ReadRows calls each for every row of a CSV file or of a sheet of a workbook that is
// not empty; an empty sheet is the first. An error of kind Invalid says what to do.
func ReadRows(file, sheet string, each func(Row) error) error {
	info, err := os.Stat(file)
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "read the file")
	}
	if info.Size() > maxFile {
		return gremio.Errorf(gremio.Invalid, "%s has %d MB: at most %d are read, so split it", file, info.Size()>>20, maxFile>>20)
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "read the file")
	}
	switch {
	case bytes.HasPrefix(body, []byte("PK\x03\x04")):
		return readWorkbook(body, sheet, each)
	case bytes.HasPrefix(body, []byte("\xd0\xcf\x11\xe0")):
		return gremio.Errorf(gremio.Invalid, "%s is a workbook of before 2007: save it as .xlsx or as CSV", file)
	case bytes.HasPrefix(body, []byte("%PDF")):
		return gremio.Errorf(gremio.Invalid, "%s is a PDF: CSV and .xlsx are read", file)
	}
	text, err := decoded(body)
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "%s", file)
	}
	return readCSV(text, each)
}

// decoded returns a CSV file's text. Excel in Spanish writes Windows-1252 unless it is
// told otherwise, and "Unicode text" as UTF-16.
func decoded(body []byte) (string, error) {
	switch {
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("\xfe\xff")):
		body, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(body)
		return string(body), err
	case utf8.Valid(body):
		return strings.TrimPrefix(string(body), "\ufeff"), nil
	}
	body, err := charmap.Windows1252.NewDecoder().Bytes(body)
	return string(body), err
}

func readCSV(text string, each func(Row) error) error {
	skipped := 0
	comma, found := separatorLine(text)
	if found {
		_, text, _ = strings.Cut(text, "\n")
		skipped = 1
	} else {
		comma = separatorOf(text)
	}
	in := csv.NewReader(strings.NewReader(text))
	in.Comma, in.FieldsPerRecord = comma, -1
	for {
		cells, err := in.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &wrong):
			return &RowError{Line: wrong.StartLine + skipped, Message: "has a quotation mark where none may stand, or one that is not closed: the file is not read from here on"}
		case err != nil:
			return gremio.Wrap(gremio.Invalid, err, "read CSV")
		}
		line, _ := in.FieldPos(0)
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		if err := each(Row{line + skipped, cells}); err != nil {
			return err
		}
	}
}

// A RowError says at which line a file cannot be read any further.
type RowError struct {
	Line    int
	Message string
}

// Error implements error.
func (e *RowError) Error() string { return e.Message }

// separatorLine reads the line by which Excel is told its separator.
func separatorLine(text string) (rune, bool) {
	first, _, _ := strings.Cut(text, "\n")
	rest, ok := strings.CutPrefix(strings.ToLower(strings.TrimRight(first, "\r")), "sep=")
	if r, size := utf8.DecodeRuneInString(rest); ok && size == len(rest) && strings.ContainsRune(";,\t|", r) {
		return r, true
	}
	return 0, false
}

// separatorOf returns what stands most often between the names of the first lines,
// outside of quotation marks. Excel in Spanish writes semicolons.
func separatorOf(text string) rune {
	counts, quoted, lines := map[rune]int{}, false, 0
	for _, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '\n':
			if lines++; lines == 20 {
				return most(counts)
			}
		case strings.ContainsRune(";,\t", r):
			counts[r]++
		}
	}
	return most(counts)
}

func most(counts map[rune]int) rune {
	best := ','
	for _, r := range []rune{';', '\t'} {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}
