package gremio

import (
	"math"
	"reflect"
	"slices"
	"sort"
	"strings"
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

	Tiers  []TierDay  `json:"tiers,omitempty" doc:"The guild by the tiers that vendors had when the report was made"`
	Places []PlaceDay `json:"places,omitempty" doc:"Where most was sold, in cells of a grid with no fewer than five vendors"`
	Silent []Plate    `json:"silent,omitempty" doc:"Members' carts that sold nothing"`

	Late     []LateSale `json:"late,omitempty" doc:"What came, or was taken back, after the revision before; at most 1000"`
	LateMore int        `json:"late_more,omitempty" doc:"How many more there are"`
	Changed  []Change   `json:"changed,omitempty" doc:"What it changed, by plate"`
}

// A TierDay is what the vendors of a tier sold on a day.
type TierDay struct {
	Tier    Tier   `json:"tier" enum:"basic,premium"`
	Vendors int    `json:"vendors"`
	Sales   int    `json:"sales"`
	Units   int    `json:"units"`
	Takings *int64 `json:"takings,omitempty" doc:"Whole pesos"`
}

// A PlaceDay is what was sold in a cell of the grid. Lat and Lon are its middle.
type PlaceDay struct {
	Lat     float64 `json:"lat"`
	Lon     float64 `json:"lon"`
	Vendors int     `json:"vendors"`
	Sales   int     `json:"sales"`
	Units   int     `json:"units"`
}

// Cells of the grid of best places: so wide and high in degrees (some 550 by 460 m
// in Santiago), with no fewer vendors than hide one, and so many in a report.
const (
	PlaceCell    = 0.005
	PlaceVendors = 5
	BestPlaces   = 10
)

// PlaceCellOf returns the cell of a point, and CellMiddle the middle of a cell.
func PlaceCellOf(p Point) (y, x int) {
	return int(math.Floor((p.Lat + 90) / PlaceCell)), int(math.Floor((p.Lon + 180) / PlaceCell))
}

// CellMiddle returns the middle of a cell, to the six decimals that a phone gives.
func CellMiddle(y, x int) (lat, lon float64) {
	six := func(v float64) float64 { return math.Round(v*1e6) / 1e6 }
	return six((float64(y)+0.5)*PlaceCell - 90), six((float64(x)+0.5)*PlaceCell - 180)
}

// A LateSale is a sale that came, or was taken back, after its day was closed.
type LateSale struct {
	Plate      Plate      `json:"plate"`
	Sale       string     `json:"sale"`
	Units      int        `json:"units"`
	Time       time.Time  `json:"time"`
	ReceivedAt time.Time  `json:"received_at"`
	VoidedAt   *time.Time `json:"voided_at,omitempty"`
}

// MostLate is how many late sales a report lists.
const MostLate = 1000

// A Change is how a revision differs from the one before, for one vendor.
type Change struct {
	Plate       Plate `json:"plate"`
	SalesBefore int   `json:"sales_before"`
	Sales       int   `json:"sales"`
	UnitsBefore int   `json:"units_before"`
	Units       int   `json:"units"`
}

// ChangesFrom returns how the vendors of r differ from those of before.
func (r DailyReport) ChangesFrom(before DailyReport) (all []Change) {
	by := map[Plate]*Change{}
	of := func(p Plate) *Change {
		if by[p] == nil {
			by[p] = &Change{Plate: p}
		}
		return by[p]
	}
	for _, v := range before.Vendors {
		c := of(v.Plate)
		c.SalesBefore, c.UnitsBefore = v.Sales, v.Units
	}
	for _, v := range r.Vendors {
		c := of(v.Plate)
		c.Sales, c.Units = v.Sales, v.Units
	}
	for _, c := range by {
		if c.Sales != c.SalesBefore || c.Units != c.UnitsBefore {
			all = append(all, *c)
		}
	}
	slices.SortFunc(all, func(a, b Change) int { return strings.Compare(string(a.Plate), string(b.Plate)) })
	return all
}

// SameSales reports whether two reports of a day say the same of its sales. What
// stands beside them (the week before, tiers, who sold nothing) makes no revision.
func (r DailyReport) SameSales(other DailyReport) bool {
	bare := func(r DailyReport) DailyReport {
		vendors := slices.Clone(r.Vendors)
		for i := range vendors {
			vendors[i].WeekBefore, vendors[i].Tier = nil, ""
			vendors[i].NamedShare = nil // of the counts
		}
		r.Guild.WeekBefore, r.Guild.NamedShare = nil, nil
		return DailyReport{Vendors: vendors, Guild: r.Guild}
	}
	return reflect.DeepEqual(bare(r), bare(other))
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

	NamedShare *float64 `json:"named_share,omitempty"` // of the sales that name a client, 0 to 1; absent without sales
	WeekBefore *Sold    `json:"week_before,omitempty"` // on the same weekday before
	Tier       Tier     `json:"tier,omitempty"`        // when the report was made; "" of a cart that is no member's
}

// Sold is what was sold on a day.
type Sold struct {
	Sales   int    `json:"sales"`
	Units   int    `json:"units"`
	Takings *int64 `json:"takings,omitempty"`
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

// FrequentFrom returns the first day that counts for who comes often on day.
func FrequentFrom(day Day) Day { return day.add(1 - FrequentDays) }

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
		m, named := float64(v.Units)/float64(v.Sales), float64(v.NamedSales)/float64(v.Sales)
		v.MeanUnitsPerSale, v.NamedShare = &m, &named
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
