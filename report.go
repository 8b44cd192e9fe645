package gremio

import (
	"sort"
	"time"
)

// A DailyReport is the guild's day in figures. It is made from totals, closed
// once, and revised when sales came late.
type DailyReport struct {
	Day      Day         `json:"day"`
	Revision int         `json:"revision"` // 0 while the day is not closed, then 1, 2, …
	Complete bool        `json:"complete"` // false when sales were still on their way
	ClosedAt *time.Time  `json:"closed_at,omitempty"`
	Vendors  []VendorDay `json:"vendors"` // by plate
	Guild    VendorDay   `json:"guild"`   // of all vendors; without a plate
}

// A VendorDay is one vendor's day.
type VendorDay struct {
	Plate              Plate      `json:"plate,omitempty"`
	Sales              int        `json:"sales"`
	Units              int        `json:"units"`
	NamedSales         int        `json:"named_sales"` // sales that name a client
	NamedUnits         int        `json:"named_units"`
	Clients            int        `json:"clients"`                         // distinct clients that were named
	MeanUnitsPerSale   *float64   `json:"mean_units_per_sale,omitempty"`   // absent without sales
	MeanUnitsPerClient *float64   `json:"mean_units_per_client,omitempty"` // units of named sales over clients; absent without named clients
	Takings            *int64     `json:"takings,omitempty"`               // whole pesos, of the sales with an amount
	FirstSale          *time.Time `json:"first_sale,omitempty"`
	LastSale           *time.Time `json:"last_sale,omitempty"`
	BusiestHour        *int       `json:"busiest_hour,omitempty"` // 0 to 23 in Santiago, the earliest of equals
	FrequentClients    []Frequent `json:"frequent_clients"`       // at most FrequentClients
}

// A Frequent is a client who comes often.
type Frequent struct {
	Client string `json:"client"`
	Days   int    `json:"days"` // on which the client bought, of the last FrequentDays
	Units  int    `json:"units"`
}

// FrequentClients is how many frequent clients a report names for each vendor,
// FrequentDays how many days it looks at, its own included.
const (
	FrequentClients = 5
	FrequentDays    = 30
)

// Finish computes the means and the guild's figures from the vendors' counts.
// The guild's clients cannot be added up (one client buys from two carts), so
// the caller sets Guild.Clients, Guild.BusiestHour and the frequent clients.
func (r *DailyReport) Finish() {
	sort.Slice(r.Vendors, func(i, j int) bool { return r.Vendors[i].Plate < r.Vendors[j].Plate })
	g := &r.Guild
	for i := range r.Vendors {
		v := &r.Vendors[i]
		v.means()
		g.Sales += v.Sales
		g.Units += v.Units
		g.NamedSales += v.NamedSales
		g.NamedUnits += v.NamedUnits
		if v.Takings != nil {
			total := *v.Takings
			if g.Takings != nil {
				total += *g.Takings
			}
			g.Takings = &total
		}
		if v.FirstSale != nil && (g.FirstSale == nil || v.FirstSale.Before(*g.FirstSale)) {
			g.FirstSale = v.FirstSale
		}
		if v.LastSale != nil && (g.LastSale == nil || v.LastSale.After(*g.LastSale)) {
			g.LastSale = v.LastSale
		}
	}
	g.means()
}

func (v *VendorDay) means() {
	if v.Sales > 0 {
		m := float64(v.Units) / float64(v.Sales)
		v.MeanUnitsPerSale = &m
	}
	if v.Clients > 0 {
		m := float64(v.NamedUnits) / float64(v.Clients)
		v.MeanUnitsPerClient = &m
	}
	if v.FrequentClients == nil {
		v.FrequentClients = []Frequent{}
	}
}

// BusiestHour returns the hour with the most units, the earliest of equals, nil when nothing was sold.
func BusiestHour(units [24]int) *int {
	best, at := 0, -1
	for h, n := range units {
		if n > best {
			best, at = n, h
		}
	}
	if at < 0 {
		return nil
	}
	return &at
}

// DayClosed carries the first report of a day.
type DayClosed struct {
	Report DailyReport `json:"report"`
}

// EventType implements Data.
func (DayClosed) EventType() Type { return TypeDayClosed }

// Validate implements Data.
func (d DayClosed) Validate() []FieldError { return validReport(d.Report) }

// DayRevised carries a later report of a closed day and says why it was made.
type DayRevised struct {
	Report DailyReport `json:"report"`
	Reason string      `json:"reason"`
}

// EventType implements Data.
func (DayRevised) EventType() Type { return TypeDayRevised }

// Validate implements Data.
func (d DayRevised) Validate() []FieldError { return validReport(d.Report) }

func validReport(r DailyReport) []FieldError {
	var c check
	if _, err := ParseDay(string(r.Day)); err != nil {
		c.add("report.day", err.Error())
	}
	if r.Revision < 1 {
		c.add("report.revision", "must be 1 or more")
	}
	return c.fields
}
