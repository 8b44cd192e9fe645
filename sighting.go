package gremio

import "time"

// SightingReported is a passer-by's report of a strange or fugitive cart.
// Coordinates are enough, and nobody's identity is kept.
type SightingReported struct {
	Place Place     `json:"place"`
	Time  time.Time `json:"time"`
	Plate *Plate    `json:"plate,omitempty"` // if the passer-by could read one
	Note  string    `json:"note,omitempty"`
}

// EventType implements Data.
func (SightingReported) EventType() Type { return TypeSightingReported }

// Validate implements Data.
func (s SightingReported) Validate() []FieldError {
	var c check
	c.place("place", &s.Place)
	c.time("time", s.Time)
	if s.Plate != nil {
		c.plate("plate", *s.Plate)
	}
	c.text("note", s.Note, MaxNoteRunes)
	return c.fields
}

// A Sighting is a passer-by's report as it is kept.
type Sighting struct {
	ID string `json:"id"`
	Where
	Plate *Plate    `json:"plate,omitempty"`
	Note  string    `json:"note,omitempty"`
	At    time.Time `json:"at"`
}
