package gremio

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of the numbers and texts that a client may send.
const (
	MaxUnits     = 10_000      // of one sale, count or stop
	MaxAmount    = 100_000_000 // whole pesos
	MaxTextRunes = 200         // of a name
	MaxNoteRunes = 1000
	MaxIDRunes   = 100
)

// OldestSaleTime is the earliest device time that a sale is believed with.
var OldestSaleTime = time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)

// MaxClockLead is how far after the receipt a device's time may lie and still be believed.
const MaxClockLead = 10 * time.Minute

// SaleRecorded is one purchase by one client. It is one record: sales, stock
// and positions learn of it from the same one.
type SaleRecorded struct {
	Plate  Plate     `json:"plate"`
	Client string    `json:"client,omitempty"` // as it was written; empty when nobody was named
	Units  int       `json:"units"`
	Time   time.Time `json:"time"` // the device's when plausible, else the server's
	// DeviceTime is what the device said when that was not plausible.
	DeviceTime *time.Time `json:"device_time,omitempty"`
	TimeText   string     `json:"time_text,omitempty"` // the first client's Hora, as it was written
	Stock      *int       `json:"stock,omitempty"`     // dough units left, as the vendor says
	Place      *Place     `json:"place,omitempty"`
	Amount     *int64     `json:"amount,omitempty"` // whole pesos
}

// EventType implements Data.
func (SaleRecorded) EventType() Type { return TypeSaleRecorded }

// Validate implements Data.
func (s SaleRecorded) Validate() []FieldError {
	var c check
	c.plate("plate", s.Plate)
	c.text("client", s.Client, MaxTextRunes)
	c.text("time_text", s.TimeText, MaxTextRunes)
	c.between("units", s.Units, 1, MaxUnits)
	c.time("time", s.Time)
	if s.Stock != nil {
		c.between("stock", *s.Stock, 0, MaxUnits)
	}
	if s.Amount != nil && (*s.Amount < 0 || *s.Amount > MaxAmount) {
		c.add("amount", "must be 0 to 100000000 whole pesos")
	}
	c.place("place", s.Place)
	return c.fields
}

// SaleVoided takes a sale back, with the reason.
type SaleVoided struct {
	Plate  Plate  `json:"plate"`
	Sale   string `json:"sale"` // the id that the client gave the sale
	Reason string `json:"reason,omitempty"`
	By     string `json:"by"`
}

// EventType implements Data.
func (SaleVoided) EventType() Type { return TypeSaleVoided }

// Validate implements Data.
func (s SaleVoided) Validate() []FieldError {
	var c check
	c.plate("plate", s.Plate)
	c.id("sale", s.Sale)
	c.text("reason", s.Reason, MaxNoteRunes)
	return c.fields
}

// BelievableTime returns the time to use for an event that a device dated at
// device, and the device's own time when it was not believed. A device's time
// is believed from oldest until MaxClockLead after the receipt.
func BelievableTime(device *time.Time, received, oldest time.Time) (use time.Time, disbelieved *time.Time) {
	received = Instant(received)
	if device == nil {
		return received, nil
	}
	d := Instant(*device)
	if y := d.Year(); y < 0 || y > 9999 {
		return received, nil // no date of RFC 3339 in UTC, so it cannot be kept
	}
	if d.Before(oldest) || d.After(received.Add(MaxClockLead)) {
		return received, &d
	}
	return d, nil
}

// A check gathers the wrong fields of one event.
type check struct{ fields []FieldError }

func (c *check) add(field, message string) {
	c.fields = append(c.fields, FieldError{field, message})
}

func (c *check) plate(field string, p Plate) {
	if folded, err := ParsePlate(string(p)); err != nil {
		c.add(field, err.Error())
	} else if folded != p {
		c.add(field, "is not folded: it should be "+string(folded))
	}
}

func (c *check) tier(field string, t Tier) {
	if t != TierBasic && t != TierPremium {
		c.add(field, "must be basic or premium")
	}
}

func (c *check) id(field, id string) {
	if id == "" {
		c.add(field, "is missing")
		return
	}
	c.text(field, id, MaxIDRunes)
}

func (c *check) text(field, s string, most int) {
	if message := TextError(s, most); message != "" {
		c.add(field, message)
	}
}

func (c *check) between(field string, n, least, most int) {
	if n < least || n > most {
		c.add(field, "must be "+itoa(least)+" to "+itoa(most))
	}
}

func (c *check) time(field string, t time.Time) {
	if t.IsZero() {
		c.add(field, "is missing")
	}
}

func (c *check) place(field string, p *Place) {
	switch {
	case p == nil:
	case (p.Point == nil) == (p.Grid == nil):
		c.add(field, "must be either a point or a grid position")
	case p.Point != nil && !p.Point.Valid():
		c.add(field, "lat must be -90 to 90 and lon -180 to 180")
	}
}

// TextError says what is wrong with a text of at most most characters, "" if
// nothing is. Anything that people write is kept as it is; only what no
// keyboard writes (control characters, broken UTF-8) is refused.
func TextError(s string, most int) string {
	if !utf8.ValidString(s) {
		return "is not valid UTF-8"
	}
	if utf8.RuneCountInString(s) > most {
		return "is longer than " + itoa(most) + " characters"
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return "has a control character"
		}
	}
	return ""
}

// IDError says what is wrong with an id that a client chose, "" if nothing is. One
// that nobody can see could not be told from another, nor typed again.
func IDError(id string) string {
	if message := TextError(id, MaxIDRunes); message != "" {
		return message
	}
	if id != "" && !strings.ContainsFunc(id, func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Mn, r) && !strings.ContainsRune(blank, r)
	}) {
		return "has no character that can be seen"
	}
	return ""
}

// blank are letters and symbols that no font shows: Hangul fillers and the empty
// Braille pattern.
const blank = "\u115f\u1160\u3164\uffa0\u2800"

// A Sale is a sale as it is kept.
type Sale struct {
	ID     string `json:"id" doc:"As the client named it, else the server's"`
	Plate  Plate  `json:"plate"`
	Client string `json:"client,omitempty"`
	Units  int    `json:"units"`
	// Time is when it was sold: the device's time when plausible, else the server's.
	Time       time.Time  `json:"time" doc:"When it was sold: the device's time when plausible, else the server's"`
	ReceivedAt time.Time  `json:"received_at"`
	DeviceTime *time.Time `json:"device_time,omitempty" doc:"What the device said when that was not plausible"`
	TimeText   string     `json:"time_text,omitempty" doc:"The first client's Hora as it was written"`
	Stock      *int       `json:"stock,omitempty"`
	Where
	Amount     *int64     `json:"amount,omitempty" doc:"Whole pesos"`
	Day        Day        `json:"day"`
	VoidedAt   *time.Time `json:"voided_at,omitempty"`
	VoidReason string     `json:"void_reason,omitempty"`

	ClientKey string `json:"-"` // the client's name folded, "" when nobody was named
	Hour      int    `json:"-"` // of the day in Santiago
}

// A SaleFilter narrows a list of sales; empty fields do not.
type SaleFilter struct {
	Plate    Plate
	Day      Day
	From, To Day    // both included
	ID       string // as the client named the sale
	Client   string // as people write it: case, accents and spaces do not matter
	Member   string // of whom the plate was when it was sold
	Voided   *bool
}

// Totals are the guild's figures of one day as they stand now.
type Totals struct {
	Day                Day      `json:"day"`
	Sales              int      `json:"sales"`
	Units              int      `json:"units"`
	Clients            int      `json:"clients" doc:"Distinct clients that were named"`
	MeanUnitsPerSale   *float64 `json:"mean_units_per_sale,omitempty"`
	MeanUnitsPerClient *float64 `json:"mean_units_per_client,omitempty"`
	Takings            *int64   `json:"takings,omitempty" doc:"Whole pesos"`
	CartsLive          int      `json:"carts_live"`
	CartsMissing       int      `json:"carts_missing"`
	AlertsOpen         int      `json:"alerts_open" doc:"Alerts that are not closed"`
}
