package gremio

import "time"

// Statistics are figures of a span of days, in total and in rows by what was
// asked for. Of one day without By they are the guild's figures as they stand.
type Statistics struct {
	Day   Day             `json:"day,omitempty" doc:"Of figures without by"`
	From  Day             `json:"from,omitempty"`
	To    Day             `json:"to,omitempty" doc:"The last day, included"`
	By    StatisticsBy    `json:"by,omitempty"`
	Plate Plate           `json:"plate,omitempty" doc:"Of figures of one cart"`
	Rows  []StatisticsRow `json:"rows,omitempty" doc:"In the order of their keys; what sold nothing has none"`
	SaleFigures
	CartsLive    *int `json:"carts_live,omitempty"`
	CartsMissing *int `json:"carts_missing,omitempty"`
	AlertsOpen   *int `json:"alerts_open,omitempty" doc:"Alerts that are not closed"`
}

// A StatisticsRow is one day, week, month, vendor, hour or tier.
type StatisticsRow struct {
	Key string `json:"key" doc:"YYYY-MM-DD, the Monday of a week, YYYY-MM, a plate, 00 to 23, or basic, premium and none"`
	SaleFigures
}

// SaleFigures are what sales add up to.
type SaleFigures struct {
	Sales              int      `json:"sales"`
	Units              int      `json:"units"`
	NamedSales         *int     `json:"named_sales,omitempty" doc:"Sales that name a client"`
	NamedUnits         *int     `json:"named_units,omitempty"`
	NamedShare         *float64 `json:"named_share,omitempty" doc:"Of the sales, 0 to 1: what a mean per client stands on"`
	Clients            *int     `json:"clients,omitempty" doc:"Distinct clients that were named; absent where they are not counted"`
	MeanUnitsPerSale   *float64 `json:"mean_units_per_sale,omitempty"`
	MeanUnitsPerClient *float64 `json:"mean_units_per_client,omitempty" doc:"Units of named sales over clients"`
	Takings            *int64   `json:"takings,omitempty" doc:"Whole pesos"`
}

// A StatisticsBy says what a row of statistics stands for.
type StatisticsBy string

// What rows can stand for. Weeks begin on Monday; a tier is today's of the cart's holder.
const (
	ByDay    StatisticsBy = "day"
	ByWeek   StatisticsBy = "week"
	ByMonth  StatisticsBy = "month"
	ByVendor StatisticsBy = "vendor"
	ByHour   StatisticsBy = "hour"
	ByTier   StatisticsBy = "tier"
)

// A SaleSum is what is added up of sales.
type SaleSum struct {
	Sales, Units, NamedSales, NamedUnits int
	Priced, Takings                      int64
	Clients                              *int // nil where they cannot be counted
}

// Add adds another sum. Clients do not add up: one buys on two days.
func (s *SaleSum) Add(o SaleSum) {
	s.Sales += o.Sales
	s.Units += o.Units
	s.NamedSales += o.NamedSales
	s.NamedUnits += o.NamedUnits
	s.Priced += o.Priced
	s.Takings += o.Takings
	s.Clients = nil
}

// Times returns the sum n times; -1 takes it away.
func (s SaleSum) Times(n int) SaleSum {
	return SaleSum{Sales: n * s.Sales, Units: n * s.Units, NamedSales: n * s.NamedSales, NamedUnits: n * s.NamedUnits,
		Priced: int64(n) * s.Priced, Takings: int64(n) * s.Takings}
}

// Figures returns the sum with its means.
func (s SaleSum) Figures() SaleFigures {
	f := SaleFigures{Sales: s.Sales, Units: s.Units, NamedSales: &s.NamedSales, NamedUnits: &s.NamedUnits, Clients: s.Clients}
	if s.Sales > 0 {
		mean, share := float64(s.Units)/float64(s.Sales), float64(s.NamedSales)/float64(s.Sales)
		f.MeanUnitsPerSale, f.NamedShare = &mean, &share
	}
	if s.Clients != nil && *s.Clients > 0 {
		mean := float64(s.NamedUnits) / float64(*s.Clients)
		f.MeanUnitsPerClient = &mean
	}
	if s.Priced > 0 {
		f.Takings = &s.Takings
	}
	return f
}

// KeyOf returns the key of the row that a day belongs to.
func (b StatisticsBy) KeyOf(d Day) string {
	switch b {
	case ByWeek:
		return string(d.Monday())
	case ByMonth:
		return d.Month()
	}
	return string(d)
}

// Month returns the month of the day, YYYY-MM.
func (d Day) Month() string { return string(d[:min(len(d), len("2006-01"))]) }

// Monday returns the first day of the day's week.
func (d Day) Monday() Day {
	date, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return d.add(-(int(date.Weekday()) + 6) % 7)
}

// Plus returns the day that is days after d, or before it.
func (d Day) Plus(days int) Day { return d.add(days) }

// Until returns how many days there are from d to last, both included; none when
// last is before.
func (d Day) Until(last Day) int {
	from, err := time.Parse(time.DateOnly, string(d))
	to, wrong := time.Parse(time.DateOnly, string(last))
	if err != nil || wrong != nil || to.Before(from) {
		return 0
	}
	return int(to.Sub(from).Hours()/24) + 1
}
