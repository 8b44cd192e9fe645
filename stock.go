package gremio

import "time"

// StockCounted is a vendor's count of the dough units left on the cart.
type StockCounted struct {
	Plate      Plate      `json:"plate"`
	Units      int        `json:"units"`
	Time       time.Time  `json:"time"`
	DeviceTime *time.Time `json:"device_time,omitempty"`
}

// EventType implements Data.
func (StockCounted) EventType() Type { return TypeStockCounted }

// Validate implements Data.
func (s StockCounted) Validate() []FieldError {
	var c check
	c.plate("plate", s.Plate)
	c.between("units", s.Units, 0, MaxUnits)
	c.time("time", s.Time)
	return c.fields
}

// ReplenishmentOpened is the decision that a cart needs dough.
type ReplenishmentOpened struct {
	Replenishment   string    `json:"replenishment"`
	Plate           Plate     `json:"plate"`
	Level           int       `json:"level"`
	OpenedAt        time.Time `json:"opened_at"`
	SettingsVersion int64     `json:"settings_version"`
}

// EventType implements Data.
func (ReplenishmentOpened) EventType() Type { return TypeReplenishmentOpened }

// Validate implements Data.
func (r ReplenishmentOpened) Validate() []FieldError { return plateAndTime(r.Plate, r.OpenedAt) }

// ReplenishmentClosed says that the cart has dough again.
type ReplenishmentClosed struct {
	Replenishment string    `json:"replenishment"`
	Plate         Plate     `json:"plate"`
	ClosedAt      time.Time `json:"closed_at"`
	Reason        string    `json:"reason"` // "stop_confirmed" or "figure_rose"
}

// EventType implements Data.
func (ReplenishmentClosed) EventType() Type { return TypeReplenishmentClosed }

// Validate implements Data.
func (r ReplenishmentClosed) Validate() []FieldError { return plateAndTime(r.Plate, r.ClosedAt) }

// A Level is what is known of one cart's dough.
type Level struct {
	Plate      Plate
	Units      int       // dough units left, as far as known; never below 0
	LastFigure int       // the last figure that the vendor sent, or the initial stock
	FigureAt   time.Time // of the last figure that was believed; zero when none was
	SoldSince  int       // units sold since LastFigure was sent
	UpdatedAt  time.Time
}

// NewLevel returns the level of a cart that nothing is known of but its initial stock.
func NewLevel(p Plate, initial int) Level {
	return Level{Plate: p, Units: initial, LastFigure: initial}
}

// A LevelChange is what one event did to a level.
type LevelChange struct {
	Disagrees int  // by how many units a believed figure missed what was expected; 0 when it agreed
	Refilled  bool // the figure rose from below the threshold to it or above: a refill that nobody confirmed
}

// Sell takes a sale of units at t from the level. figure is the stock that the
// vendor sent with it, nil when none was sent. A figure equal to the last one
// although units were sold is no count. An event older than the last believed
// figure changes nothing: that figure already has it in.
func (l *Level) Sell(units int, figure *int, t time.Time, threshold int) LevelChange {
	if t.Before(l.FigureAt) {
		return LevelChange{}
	}
	l.SoldSince += units
	if figure == nil || *figure == l.LastFigure {
		l.Units = max(0, l.Units-units)
		l.UpdatedAt = later(l.UpdatedAt, t)
		return LevelChange{}
	}
	return l.believe(*figure, l.Units-units, t, threshold)
}

// Count sets the level to what the vendor counted at t. Somebody who counts
// looks: the rule of the constant figure is for what a client sends with sales.
func (l *Level) Count(figure int, t time.Time, threshold int) LevelChange {
	if t.Before(l.FigureAt) {
		return LevelChange{}
	}
	return l.believe(figure, l.Units, t, threshold)
}

func (l *Level) believe(figure, expected int, t time.Time, threshold int) LevelChange {
	expected = max(0, expected)
	change := LevelChange{Disagrees: figure - expected}
	if l.Units < threshold && figure >= threshold && figure > expected {
		change = LevelChange{Refilled: true}
	}
	l.Units, l.LastFigure, l.FigureAt, l.SoldSince = figure, figure, t, 0
	l.UpdatedAt = later(l.UpdatedAt, t)
	return change
}

// Refill puts the cart at its initial stock, or adds units when the driver said
// how many. A cart known to be full at t needs no news from before t.
func (l *Level) Refill(units *int, initial int, t time.Time) {
	if units == nil {
		l.Units = initial
		l.FigureAt = later(l.FigureAt, t)
	} else {
		l.Units += *units
	}
	l.UpdatedAt = later(l.UpdatedAt, t)
}

// A StockLevel is a cart's dough as the guild sees it.
type StockLevel struct {
	Plate     Plate      `json:"plate"`
	Units     int        `json:"units" doc:"Dough units left"`
	Threshold int        `json:"threshold" doc:"Fewer units open a replenishment"`
	Initial   int        `json:"initial" doc:"Units on a full cart"`
	UpdatedAt *time.Time `json:"updated_at,omitempty"`
}

// States of a replenishment.
const (
	ReplenishmentOpen     = "open"     // waits for a delivery
	ReplenishmentPrepared = "prepared" // is a stop of one
	ReplenishmentIsClosed = "closed"
)

// A Replenishment is one cart's refill, from the event that asked for it.
type Replenishment struct {
	ID          string     `json:"id"`
	Plate       Plate      `json:"plate"`
	State       string     `json:"state" enum:"open,prepared,closed"`
	Level       int        `json:"level" doc:"Dough units left when it was opened"`
	Delivery    string     `json:"delivery,omitempty"`
	OpenedAt    time.Time  `json:"opened_at"`
	ClosedAt    *time.Time `json:"closed_at,omitempty"`
	CloseReason string     `json:"close_reason,omitempty"`
	PassedOver  int        `json:"-"`
}

// A WaitingReplenishment is one that waits for a delivery, with where its cart
// is and what it needs.
type WaitingReplenishment struct {
	Replenishment
	Units int // left on the cart now
	Place *Place
}
