package gremio

import "time"

// HourlyUnits is what was sold at each hour of Santiago's clock, 00 to 23, in units.
type HourlyUnits [24]int

// Sum returns the units of the whole day.
func (h HourlyUnits) Sum() (units int) {
	for _, n := range h {
		units += n
	}
	return units
}

// A GuildDay is what all carts sold on a day, and how many of them sold anything.
type GuildDay struct {
	HourlyUnits
	Carts int
}

// A StockForecast is when a cart is expected to run out of dough. What does not
// happen before the end of the guild's next day is nil.
type StockForecast struct {
	RunsOutAt *time.Time `json:"runs_out_at,omitempty" doc:"Absent when it has enough until the end of tomorrow"`
	Earliest  *time.Time `json:"earliest,omitempty" doc:"One cart of ten runs out before"`
	Latest    *time.Time `json:"latest,omitempty" doc:"One cart of ten lasts longer"`
}
