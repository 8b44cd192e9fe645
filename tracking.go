package gremio

import "time"

// TrackingStopped says that from At on where a plate's cart is must not be kept:
// its member took the consent back. Its positions are then neither places nor
// signs of life.
type TrackingStopped struct {
	Plate Plate     `json:"plate"`
	At    time.Time `json:"at"`
}

// EventType implements Data.
func (TrackingStopped) EventType() Type { return TypeTrackingStopped }

// Validate implements Data.
func (t TrackingStopped) Validate() []FieldError {
	var c check
	c.plate("plate", t.Plate)
	c.time("at", t.At)
	return c.fields
}

// TrackingResumed says that from At on the cart may be followed again.
type TrackingResumed struct {
	Plate Plate     `json:"plate"`
	At    time.Time `json:"at"`
}

// EventType implements Data.
func (TrackingResumed) EventType() Type { return TypeTrackingResumed }

// Validate implements Data.
func (t TrackingResumed) Validate() []FieldError {
	var c check
	c.plate("plate", t.Plate)
	c.time("at", t.At)
	return c.fields
}

// TrackErased says that where a plate's cart was between From and Until is
// forgotten: whoever had it then is.
type TrackErased struct {
	Plate Plate     `json:"plate"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// EventType implements Data.
func (TrackErased) EventType() Type { return TypeTrackErased }

// Validate implements Data.
func (t TrackErased) Validate() []FieldError {
	var c check
	c.plate("plate", t.Plate)
	c.time("from", t.From)
	c.time("until", t.Until)
	return c.fields
}

// A TrackingMark says that a plate's cart is followed from then on, or is not, or
// until when its places are forgotten.
type TrackingMark struct {
	Plate Plate
	At    time.Time
	Kind  TrackingKind
}

// A TrackingKind is what a mark says.
type TrackingKind string

// The kinds of marks.
const (
	MarkStopped TrackingKind = "stopped"
	MarkResumed TrackingKind = "resumed"
	MarkErased  TrackingKind = "erased"
)

// TrackingMarks are the marks of one plate, in no order.
type TrackingMarks []TrackingMark

// Followed reports whether where the cart is may be kept at t. Of a stop and a
// resumption at the same instant the stop counts.
func (all TrackingMarks) Followed(t time.Time) bool {
	var last TrackingMark
	for _, m := range all {
		if m.Kind == MarkErased || m.At.After(t) || m.At.Before(last.At) || m.At.Equal(last.At) && m.Kind == MarkResumed {
			continue
		}
		last = m
	}
	return last.Kind != MarkStopped
}

// ErasedUntil returns until when the cart's places are forgotten, zero when they are not.
func (all TrackingMarks) ErasedUntil() (until time.Time) {
	for _, m := range all {
		if m.Kind == MarkErased && m.At.After(until) {
			until = m.At
		}
	}
	return until
}
