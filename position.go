package gremio

import (
	"math"
	"strconv"
	"time"
)

func itoa(n int) string { return strconv.Itoa(n) }

// A CartState is where a cart stands for whoever watches the map.
type CartState string

// The states of a cart.
const (
	CartLive     CartState = "live"      // on shift and heard within its limit
	CartQuiet    CartState = "quiet"     // on shift, past its limit for a known harmless reason
	CartMissing  CartState = "missing"   // on shift and not heard for its limit
	CartOffShift CartState = "off_shift" // not supposed to report
)

// PositionReported is a sign of life of a cart, with its place when the phone knew it.
type PositionReported struct {
	Plate      Plate      `json:"plate"`
	Place      *Place     `json:"place,omitempty"`
	Time       time.Time  `json:"time"` // of the fix
	DeviceTime *time.Time `json:"device_time,omitempty"`
	Accuracy   *float64   `json:"accuracy,omitempty"` // metres
	Speed      *float64   `json:"speed,omitempty"`    // m/s
	Heading    *float64   `json:"heading,omitempty"`  // degrees clockwise from north
	Battery    *float64   `json:"battery,omitempty"`  // 0 to 1
}

// EventType implements Data.
func (PositionReported) EventType() Type { return TypePositionReported }

// Validate implements Data.
func (p PositionReported) Validate() []FieldError {
	var c check
	c.plate("plate", p.Plate)
	c.place("place", p.Place)
	c.time("time", p.Time)
	c.measure("accuracy", p.Accuracy, 0, 1e7)
	c.measure("speed", p.Speed, 0, 400)
	c.measure("heading", p.Heading, 0, 360)
	c.measure("battery", p.Battery, 0, 1)
	return c.fields
}

func (c *check) measure(field string, v *float64, least, most float64) {
	if v != nil && (math.IsNaN(*v) || *v < least || *v > most) {
		c.add(field, "must be "+strconv.FormatFloat(least, 'g', -1, 64)+" to "+strconv.FormatFloat(most, 'g', -1, 64))
	}
}

// Moves reports whether a position fixed at t moves the marker of c. A late fix
// joins the track and never moves the marker back; a fix from the future never
// gets here, since BelievableTime dated it with the server's time. At one instant
// a position tells more than a sale.
func (c *CartRecord) Moves(t time.Time) bool {
	return c.FixedAt == nil || t.After(*c.FixedAt) || c.PlacedBySale && t.Equal(*c.FixedAt)
}

// MovesBySale is Moves for the place of a sale.
func (c *CartRecord) MovesBySale(t time.Time) bool { return c.FixedAt == nil || t.After(*c.FixedAt) }

// ShiftStarted says that a cart is now supposed to report. The first position
// starts a shift by itself; a vendor may start one too, but silence is watched
// only from a position on.
type ShiftStarted struct {
	Plate Plate     `json:"plate"`
	Time  time.Time `json:"time"`
	By    string    `json:"by"` // "vendor" or "position"
}

// EventType implements Data.
func (ShiftStarted) EventType() Type { return TypeShiftStarted }

// Validate implements Data.
func (s ShiftStarted) Validate() []FieldError { return plateAndTime(s.Plate, s.Time) }

// ShiftEnded says that a cart is no longer supposed to report.
type ShiftEnded struct {
	Plate Plate     `json:"plate"`
	Time  time.Time `json:"time"`
	By    string    `json:"by"` // "vendor" or "closing_hour"
}

// EventType implements Data.
func (ShiftEnded) EventType() Type { return TypeShiftEnded }

// Validate implements Data.
func (s ShiftEnded) Validate() []FieldError { return plateAndTime(s.Plate, s.Time) }

// ShiftPaused says that the phone's page was closed: silence from here on is
// quiet, not missing, until the next position.
type ShiftPaused struct {
	Plate Plate     `json:"plate"`
	Time  time.Time `json:"time"`
}

// EventType implements Data.
func (ShiftPaused) EventType() Type { return TypeShiftPaused }

// Validate implements Data.
func (s ShiftPaused) Validate() []FieldError { return plateAndTime(s.Plate, s.Time) }

// CartMissed is the decision that a cart on shift was not heard for its limit.
// It holds only while nothing newer than LastHeard has come.
type CartMissed struct {
	Plate           Plate     `json:"plate"`
	LastHeard       time.Time `json:"last_heard"`
	DecidedAt       time.Time `json:"decided_at"`
	LimitSeconds    int       `json:"limit_seconds"`
	SettingsVersion int64     `json:"settings_version"`
	Alert           string    `json:"alert"`
}

// EventType implements Data.
func (CartMissed) EventType() Type { return TypeCartMissed }

// Validate implements Data.
func (m CartMissed) Validate() []FieldError { return plateAndTime(m.Plate, m.LastHeard) }

func plateAndTime(p Plate, t time.Time) []FieldError {
	var c check
	c.plate("plate", p)
	c.time("time", t)
	return c.fields
}

// A Fix is one point of a cart's track.
type Fix struct {
	Time time.Time `json:"time"`
	Where
	Accuracy   *float64   `json:"accuracy,omitempty"`
	Speed      *float64   `json:"speed,omitempty"`
	Heading    *float64   `json:"heading,omitempty"`
	Battery    *float64   `json:"battery,omitempty"`
	DeviceTime *time.Time `json:"device_time,omitempty"`
	ReceivedAt time.Time  `json:"received_at"`
}

// A TrackPoint is one fix of a cart's track.
type TrackPoint struct {
	CartID     string
	EventID    string
	ReceivedAt time.Time
	Fix        PositionReported
}
