package sheet

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gremio"
)

// A SaleLine is a sale of a file, with what is wrong with it.
type SaleLine struct {
	Line     int // where it begins
	ID       string
	Plate    gremio.Plate
	Client   string
	Units    int
	Time     time.Time
	Amount   *int64
	Problems []LineProblem

	ticket   string
	timeText string
	voided   bool
}

// A SaleFile is what a till wrote.
type SaleFile struct {
	Sales    []SaleLine
	Problems []LineProblem // of the file itself
	Rows     int
	None     int // rows of items that are none
	Empty    int // sales of nothing else
	Voided   int
}

// SaleFileOptions say what a file does not.
type SaleFileOptions struct {
	Mapping SaleMapping
	Sheet   string
	// Plates are the carts that sales without a plate are spread over: a ticket
	// goes to the same one each time that the same carts are named.
	Plates []gremio.Plate
}

// ReadSaleFile reads a till's file.
func ReadSaleFile(file string, o SaleFileOptions) (SaleFile, error) {
	r := saleReader{SaleFileOptions: o, tickets: map[string]*SaleLine{}}
	err := ReadRows(file, o.Sheet, r.row)
	var wrong *RowError
	switch {
	case errors.As(err, &wrong):
		r.file.Problems = append(r.file.Problems, LineProblem{wrong.Line, "", wrong.Message})
	case err != nil:
		return r.file, err
	case r.at == nil:
		return r.file, gremio.Errorf(gremio.Invalid, "%s is empty", file)
	}
	r.finish()
	return r.file, nil
}

type saleReader struct {
	SaleFileOptions
	file    SaleFile
	at      map[string]int // of a column, by what it means
	tickets map[string]*SaleLine
	order   []*SaleLine
}

// header finds the mapping's columns.
func (r *saleReader) header(cells []string) error {
	r.at = map[string]int{}
	var missing []string
	for what, name := range r.Mapping.columns() {
		at := slices.IndexFunc(cells, func(cell string) bool { return gremio.Fold(cell) == gremio.Fold(name) })
		switch {
		case at >= 0:
			r.at[what] = at
		case what != "voided" && what != "amount" && what != "client":
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		return gremio.Errorf(gremio.Invalid, "the first line names no column %s: is this the right --mapping?", strings.Join(missing, ", "))
	}
	return nil
}

func (r *saleReader) cell(row Row, what string) string {
	at, ok := r.at[what]
	if !ok || at >= len(row.Cells) {
		return ""
	}
	return strings.TrimSpace(row.Cells[at])
}

func (r *saleReader) row(row Row) error {
	if r.at == nil {
		return r.header(row.Cells)
	}
	r.file.Rows++
	s := r.saleOf(row)
	add := func(what, message string) {
		s.Problems = append(s.Problems, LineProblem{row.Line, r.Mapping.columns()[what], message})
	}
	r.when(s, row, add)
	r.what(s, row, add)
	if name := r.cell(row, "client"); name != "" {
		switch {
		case s.Client != "" && gremio.Fold(s.Client) != gremio.Fold(name):
			add("client", "is another than in an earlier line of the same sale")
		case gremio.TextError(name, gremio.MaxTextRunes) != "":
			add("client", gremio.TextError(name, gremio.MaxTextRunes))
		default:
			s.Client = name
		}
	}
	if text := r.cell(row, "plate"); text != "" {
		p, err := gremio.ParsePlate(text)
		switch {
		case err != nil:
			add("plate", strings.TrimPrefix(err.Error(), "plate "))
		case s.Plate != "" && s.Plate != p:
			add("plate", "is another than in an earlier line of the same sale")
		}
		s.Plate = p
	} else if len(r.Plates) == 0 {
		add("plate", "is missing: say whose sales these are with --spread")
	}
	s.voided = s.voided || r.cell(row, "voided") != ""
	return nil
}

// saleOf returns the sale that a row is of. A till counts its tickets for itself, so
// a ticket of another cart is another sale.
func (r *saleReader) saleOf(row Row) *SaleLine {
	ticket := r.cell(row, "id")
	key := ticket + "\x00" + r.cell(row, "plate")
	if s := r.tickets[key]; s != nil && ticket != "" {
		return s
	}
	s := &SaleLine{Line: row.Line, ticket: ticket}
	if r.Mapping.ID != "" && ticket == "" {
		s.Problems = append(s.Problems, LineProblem{row.Line, r.Mapping.ID, "is missing"})
	}
	r.tickets[key] = s
	r.order = append(r.order, s)
	return s
}

func (r *saleReader) when(s *SaleLine, row Row, add func(what, message string)) {
	what, text := "time", r.cell(row, "time")
	if r.Mapping.Time == "" {
		what, text = "clock", r.cell(row, "date")+" "+r.cell(row, "clock")
	}
	switch {
	case s.timeText == text:
		return
	case s.timeText != "":
		add(what, "is another time than in an earlier line of the same sale")
		return
	}
	s.timeText = text
	t, err := r.Mapping.instant(text)
	switch {
	case err != nil:
		add(what, err.Error())
	case t.Before(gremio.OldestSaleTime):
		add(what, "is before 2010")
	}
	s.Time = t
}

// what adds up what a row sold.
func (r *saleReader) what(s *SaleLine, row Row, add func(what, message string)) {
	item := r.cell(row, "item")
	if r.Mapping.Item != "" && slices.ContainsFunc(r.Mapping.None, func(none string) bool { return gremio.Fold(none) == gremio.Fold(item) }) {
		r.file.None++
		return
	}
	units := int64(1)
	if r.Mapping.Units != "" {
		var ok bool
		if units, ok = r.Mapping.whole(r.cell(row, "units")); !ok || units > gremio.MaxUnits {
			add("units", fmt.Sprintf("is no whole number up to %d", gremio.MaxUnits))
			units = 0
		}
	}
	s.Units += int(units)
	if text := r.cell(row, "amount"); text != "" {
		n, ok := r.Mapping.whole(text)
		if !ok || n > gremio.MaxAmount {
			add("amount", "is no amount in whole pesos")
		}
		if s.Amount != nil {
			n += *s.Amount
		}
		s.Amount = &n
	}
}

// finish names the sales and says whose they are.
func (r *saleReader) finish() {
	same := map[string]int{}
	for _, s := range r.order {
		switch {
		case s.voided:
			r.file.Voided++
			continue
		case s.Units == 0 && len(s.Problems) == 0:
			r.file.Empty++
			continue
		case s.Units > gremio.MaxUnits:
			s.Problems = append(s.Problems, LineProblem{s.Line, r.Mapping.Units, fmt.Sprintf("are more than %d units in one sale", gremio.MaxUnits)})
		}
		if s.ID = s.ticket; !r.Mapping.KeepIDs {
			s.name(same)
		} else if message := gremio.IDError(s.ID); message != "" {
			s.Problems = append(s.Problems, LineProblem{s.Line, r.Mapping.ID, message})
		}
		if s.Plate == "" && len(r.Plates) > 0 {
			sum := sha256.Sum256([]byte(s.ID))
			s.Plate = r.Plates[(int(sum[0])<<16|int(sum[1])<<8|int(sum[2]))%len(r.Plates)]
		}
		r.file.Sales = append(r.file.Sales, *s)
	}
}

// name gives the sale an id that follows from what the file says, so that the same
// file counts once however often it is sent. No client's name goes into it: an id
// stands in logs and addresses, and a digest would let anybody test a guess.
func (s *SaleLine) name(same map[string]int) {
	text := strings.Join([]string{s.ticket, s.Time.Format(time.RFC3339Nano), string(s.Plate)}, "\x00")
	if s.ticket == "" {
		text += fmt.Sprint("\x00", s.Units)
		same[text]++
		text += fmt.Sprint("\x00", same[text]) // the second of two equal rows
	}
	sum := sha256.Sum256([]byte(text))
	s.ID = "import-" + hex.EncodeToString(sum[:12])
}
