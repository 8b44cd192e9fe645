package gremio

import "time"

// DeliverySize is how many carts one delivery refills.
const DeliverySize = 5

// States of deliveries and stops.
const (
	DeliveryPreparedState = "prepared"
	DeliveryDone          = "done"
	StopWaiting           = "waiting"
	StopDone              = "confirmed"
)

// DeliveryRequested is the office's word that a delivery is wanted now,
// however few carts wait.
type DeliveryRequested struct {
	Delivery string `json:"delivery"` // the id it will have
	By       string `json:"by"`
}

// EventType implements Data.
func (DeliveryRequested) EventType() Type { return TypeDeliveryRequested }

// Validate implements Data.
func (d DeliveryRequested) Validate() []FieldError {
	var c check
	c.id("delivery", d.Delivery)
	return c.fields
}

// DeliveryPrepared is the decision which carts one trip refills, in which order.
type DeliveryPrepared struct {
	Delivery        string    `json:"delivery"`
	PreparedAt      time.Time `json:"prepared_at"`
	Stops           []Stop    `json:"stops"` // in the order of the trip
	TotalUnits      int       `json:"total_units"`
	Metres          float64   `json:"metres"`      // of the trip over the known places, as the crow flies
	PassedOver      []Plate   `json:"passed_over"` // older carts that waited and were not taken
	SettingsVersion int64     `json:"settings_version"`
}

// A Stop is one cart on a delivery.
type Stop struct {
	Plate         Plate  `json:"plate"`
	Replenishment string `json:"replenishment"`
	Units         int    `json:"units"`
	Place         *Place `json:"place,omitempty"` // where the cart was when the delivery was prepared
}

// EventType implements Data.
func (DeliveryPrepared) EventType() Type { return TypeDeliveryPrepared }

// Validate implements Data.
func (d DeliveryPrepared) Validate() []FieldError {
	var c check
	c.id("delivery", d.Delivery)
	if len(d.Stops) == 0 {
		c.add("stops", "is empty")
	}
	for _, s := range d.Stops {
		c.plate("stops.plate", s.Plate)
	}
	return c.fields
}

// StopConfirmed says that a cart of a delivery was refilled: to its initial
// stock, or by Units when they were counted.
type StopConfirmed struct {
	Delivery    string    `json:"delivery"`
	Plate       Plate     `json:"plate"`
	Units       *int      `json:"units,omitempty"`
	ConfirmedAt time.Time `json:"confirmed_at"`
	By          string    `json:"by"`
}

// EventType implements Data.
func (StopConfirmed) EventType() Type { return TypeStopConfirmed }

// Validate implements Data.
func (s StopConfirmed) Validate() []FieldError {
	var c check
	c.plate("plate", s.Plate)
	c.id("delivery", s.Delivery)
	c.time("confirmed_at", s.ConfirmedAt)
	if s.Units != nil {
		c.between("units", *s.Units, 0, MaxUnits)
	}
	return c.fields
}

// A Delivery is one trip as the office and the driver see it.
type Delivery struct {
	ID         string         `json:"id"`
	State      string         `json:"state" enum:"prepared,done"`
	PreparedAt time.Time      `json:"prepared_at"`
	DoneAt     *time.Time     `json:"done_at,omitempty"`
	TotalUnits int            `json:"total_units"`
	Metres     float64        `json:"metres" doc:"Of the trip over the known places, as the crow flies"`
	Stops      []DeliveryStop `json:"stops"`
}

// A DeliveryStop is one cart on the trip.
type DeliveryStop struct {
	Plate Plate  `json:"plate"`
	Units int    `json:"units"`
	State string `json:"state" enum:"waiting,confirmed"`
	Where
	ConfirmedAt    *time.Time `json:"confirmed_at,omitempty"`
	ConfirmedUnits *int       `json:"confirmed_units,omitempty"`
	Replenishment  string     `json:"replenishment"`
}
