package gremio

import "time"

// DeliverySize is how many carts one delivery refills.
const DeliverySize = 5

// States of deliveries and stops. A delivery is done when none of its stops waits
// any more.
const (
	DeliveryPreparedState = "prepared"
	DeliveryIsLoaded      = "loaded"
	DeliveryHasLeft       = "left"
	DeliveryDone          = "done"
	DeliveryIsCancelled   = "cancelled"

	StopWaiting     = "waiting"
	StopDone        = "confirmed"
	StopHasFailed   = "failed"
	StopIsCancelled = "cancelled"
)

// Why a delivery was prepared.
const (
	BecauseFiveWait  = "five_wait"
	BecauseOfWait    = "waited"   // the oldest of fewer has waited long enough
	BecauseForecast  = "forecast" // one of fewer is expected to run out before that
	BecauseRequested = "requested"
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

// V2 returns the same as version 2 says it.
func (d DeliveryPrepared) V2() DeliveryPreparedV2 {
	v2 := DeliveryPreparedV2{Delivery: d.Delivery, PreparedAt: d.PreparedAt, TotalUnits: d.TotalUnits, Metres: d.Metres, PassedOver: d.PassedOver, SettingsVersion: d.SettingsVersion}
	for _, s := range d.Stops {
		v2.Stops = append(v2.Stops, PlannedStop{Stop: s})
	}
	return v2
}

// DeliveryPreparedV2 is the decision which carts one trip refills from which depot,
// in which order, and why now.
type DeliveryPreparedV2 struct {
	Delivery        string        `json:"delivery"`
	Depot           *Depot        `json:"depot,omitempty"` // version 1 did not say
	Why             string        `json:"why"`
	PreparedAt      time.Time     `json:"prepared_at"`
	Stops           []PlannedStop `json:"stops"` // in the order of the trip
	TotalUnits      int           `json:"total_units"`
	Metres          float64       `json:"metres"`      // of the trip over the known places, as the crow flies
	PassedOver      []Plate       `json:"passed_over"` // older carts that waited and were not taken
	SettingsVersion int64         `json:"settings_version"`
}

// EventType implements Data.
func (DeliveryPreparedV2) EventType() Type { return TypeDeliveryPreparedV2 }

// Validate implements Data.
func (d DeliveryPreparedV2) Validate() []FieldError {
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

// A PlannedStop is a stop and when it is expected.
type PlannedStop struct {
	Stop
	AfterSeconds *int `json:"after_seconds,omitempty"` // from leaving the depot; nil where nobody knows the place
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
func (d DeliveryPrepared) Validate() []FieldError { return d.V2().Validate() }

// A Delivery is one trip as the office and the driver see it.
type Delivery struct {
	ID           string         `json:"id"`
	State        string         `json:"state" enum:"prepared,loaded,left,done,cancelled"`
	Depot        *Depot         `json:"depot,omitempty" doc:"Where it is loaded; absent on deliveries from before depots had names"`
	Why          string         `json:"why,omitempty" enum:"five_wait,waited,requested" doc:"Why it was prepared"`
	PreparedAt   time.Time      `json:"prepared_at"`
	LoadedAt     *time.Time     `json:"loaded_at,omitempty"`
	LeftAt       *time.Time     `json:"left_at,omitempty"`
	DoneAt       *time.Time     `json:"done_at,omitempty"`
	CancelledAt  *time.Time     `json:"cancelled_at,omitempty"`
	CancelReason string         `json:"cancel_reason,omitempty"`
	TotalUnits   int            `json:"total_units"`
	Metres       float64        `json:"metres" doc:"Of the trip over the known places, as the crow flies"`
	Stops        []DeliveryStop `json:"stops"`
}

// Expects returns when a stop is expected that comes so many seconds after leaving
// the depot, nil for nil: reckoned from when the delivery left, or was loaded, or
// prepared.
func (d Delivery) Expects(after *int) *time.Time {
	if after == nil {
		return nil
	}
	from := d.PreparedAt
	if d.LoadedAt != nil {
		from = *d.LoadedAt
	}
	if d.LeftAt != nil {
		from = *d.LeftAt
	}
	at := from.Add(time.Duration(*after) * time.Second)
	return &at
}

// A DeliveryFilter narrows a list of deliveries; zero fields do not.
type DeliveryFilter struct {
	ID          string
	States      []string
	Plate       Plate
	From, Until time.Time // prepared then
}

// OpenDeliveryStates are the states of deliveries with stops that wait.
func OpenDeliveryStates() []string {
	return []string{DeliveryPreparedState, DeliveryIsLoaded, DeliveryHasLeft}
}

// A DeliveryStop is one cart on the trip.
type DeliveryStop struct {
	Plate Plate  `json:"plate"`
	Units int    `json:"units"`
	State string `json:"state" enum:"waiting,confirmed,failed,cancelled"`
	Where
	ExpectedAt     *time.Time `json:"expected_at,omitempty" doc:"From when the delivery left, or was loaded, or was prepared"`
	ConfirmedAt    *time.Time `json:"confirmed_at,omitempty"`
	ConfirmedUnits *int       `json:"confirmed_units,omitempty"`
	FailedAt       *time.Time `json:"failed_at,omitempty"`
	FailReason     string     `json:"fail_reason,omitempty"`
	Replenishment  string     `json:"replenishment"`
}
