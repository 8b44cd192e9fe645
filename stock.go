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
	Reason        string    `json:"reason"` // why, as below
}

// Why a replenishment was closed.
const (
	ClosedByStop   = "stop_confirmed"
	ClosedByFigure = "figure_rose"
	ClosedByLeave  = "member_left" // nobody bears the plate any more
)

// EventType implements Data.
func (ReplenishmentClosed) EventType() Type { return TypeReplenishmentClosed }

// Validate implements Data.
func (r ReplenishmentClosed) Validate() []FieldError { return plateAndTime(r.Plate, r.ClosedAt) }

// A StockLevel is a cart's dough as the guild sees it.
type StockLevel struct {
	Plate     Plate          `json:"plate"`
	Units     int            `json:"units" doc:"Dough units left"`
	Threshold int            `json:"threshold" doc:"Fewer units open a replenishment"`
	Initial   int            `json:"initial" doc:"Units on a full cart"`
	UpdatedAt *time.Time     `json:"updated_at,omitempty"`
	Forecast  *StockForecast `json:"forecast,omitempty" doc:"When it runs out at its own pace; absent while nothing is known of these weekdays"`
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
	WaitsSince time.Time // since it was opened, or the last stop of it came to nothing
	Units      int       // left on the cart now
	Place      *Place
	Suspended  bool // the cart's member is
	HasLeft    bool // who bore the plate left the guild, and nobody bears it now
	OffShift   bool // the cart's shift has ended and nothing moved since
}
