package sheet

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"gremio"
)

// A SaleMapping says how a till's CSV is to be read: what its columns are called,
// and how it writes times and numbers. Names of columns are compared as people
// would: case and accents do not matter. An empty name is a column that is not there.
type SaleMapping struct {
	// ID is the column of the ticket: rows of one ticket are one sale. Without it
	// each row is a sale.
	ID string `json:"id,omitempty"`
	// KeepIDs: the tickets' names are the sales' own ids, as gremio wrote them.
	KeepIDs bool   `json:"keep_ids,omitempty"`
	Time    string `json:"time,omitempty"`  // day and clock in one column
	Date    string `json:"date,omitempty"`  // or in two
	Clock   string `json:"clock,omitempty"` //
	Client  string `json:"client,omitempty"`
	// Units is the column of what was sold; without it each row is one unit.
	Units  string `json:"units,omitempty"`
	Item   string `json:"item,omitempty"`
	Plate  string `json:"plate,omitempty"`
	Amount string `json:"amount,omitempty"` // whole pesos
	Voided string `json:"voided,omitempty"` // a sale with anything in it is left out
	// None are items that are none.
	None []string `json:"none,omitempty"`
	// Decimal is what stands before decimals, "," or "."; the other one stands between thousands.
	Decimal string `json:"decimal,omitempty"`
	// Zone is where the clock stood; America/Santiago when empty.
	Zone string `json:"zone,omitempty"`

	location *time.Location
}

// SaleMappings are the mappings that have a name.
func SaleMappings() map[string]SaleMapping {
	return map[string]SaleMapping{
		"bakery": {ID: "ticket", Date: "date", Clock: "time", Item: "item", None: []string{"NONE"}, Decimal: "."},
		"gremio": {ID: "id", KeepIDs: true, Time: "time", Client: "client", Units: "units", Plate: "plate", Amount: "amount", Voided: "voided_at", Decimal: "."},
		"ventas": {ID: "boleta", Time: "hora", Client: "cliente", Units: "sopaipillas", Plate: "patente", Amount: "monto", Decimal: ","},
	}
}

// ReadSaleMapping returns the mapping of that name, or the one in that JSON file.
func ReadSaleMapping(name string) (SaleMapping, error) {
	m, known := SaleMappings()[name]
	if !known {
		text, err := os.ReadFile(name)
		if err != nil {
			return m, gremio.Errorf(gremio.Invalid, "mapping %q is neither a file nor one of %s", name, strings.Join(slices.Sorted(maps.Keys(SaleMappings())), ", "))
		}
		dec := json.NewDecoder(strings.NewReader(string(text)))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&m); err != nil {
			return m, gremio.Wrap(gremio.Invalid, err, "mapping %s", name)
		}
	}
	return m, m.check()
}

func (m *SaleMapping) check() (err error) {
	if m.Decimal == "" {
		m.Decimal = "."
	}
	if m.Zone == "" {
		m.Zone = gremio.Santiago().String()
	}
	if m.location, err = time.LoadLocation(m.Zone); err != nil {
		return gremio.Errorf(gremio.Invalid, "the mapping's zone %q is none: want one like America/Santiago", m.Zone)
	}
	switch {
	case m.Decimal != "." && m.Decimal != ",":
		return gremio.Errorf(gremio.Invalid, "the mapping's decimal %q is neither . nor ,", m.Decimal)
	case m.Time == "" && (m.Date == "" || m.Clock == ""):
		return gremio.Errorf(gremio.Invalid, "the mapping names no time, nor date and clock")
	case m.ID == "" && m.Units == "" && m.Item == "":
		return gremio.Errorf(gremio.Invalid, "the mapping names none of id, units and item: what would a sale be?")
	}
	return nil
}

// columns are the mapping's names of columns, by what they mean.
func (m SaleMapping) columns() map[string]string {
	all := map[string]string{"id": m.ID, "time": m.Time, "date": m.Date, "clock": m.Clock, "client": m.Client, "units": m.Units,
		"item": m.Item, "plate": m.Plate, "amount": m.Amount, "voided": m.Voided}
	for what, name := range all {
		if name == "" {
			delete(all, what)
		}
	}
	return all
}

// instant reads a time of the file. A clock that is turned back shows an hour twice:
// the first is meant; an hour that it leaves out never was.
func (m SaleMapping) instant(text string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UTC(), nil
	}
	for _, layout := range saleTimes {
		wall, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		shows := func(t time.Time) bool { return t.Hour() == wall.Hour() && t.Minute() == wall.Minute() }
		t := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, m.location)
		switch earlier := t.Add(-time.Hour); {
		case !shows(t):
			return t, errors.New("is in an hour that the clock left out")
		case shows(earlier):
			t = earlier
		}
		return t.UTC(), nil
	}
	return time.Time{}, errors.New("is no time like 2026-11-22 14:05 or 22-11-2026 14:05")
}

// saleTimes are the ways in which tills write times; the day stands before the month.
var saleTimes = []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04",
	"2-1-2006 15:04:05", "2-1-2006 15:04", "2/1/2006 15:04:05", "2/1/2006 15:04"}

// whole reads a whole number as the mapping writes numbers.
func (m SaleMapping) whole(text string) (int64, bool) {
	thousands := map[string]string{".": ",", ",": "."}[m.Decimal]
	text = strings.NewReplacer(thousands, "", "$", "", " ", "", "\u00a0", "").Replace(text)
	before, after, _ := strings.Cut(text, m.Decimal)
	if before == "" || len(before) > 12 || strings.Trim(before, "0123456789") != "" || strings.Trim(after, "0") != "" {
		return 0, false
	}
	var n int64
	for _, digit := range before {
		n = 10*n + int64(digit-'0')
	}
	return n, true
}
