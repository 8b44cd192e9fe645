package gremio

import (
	"slices"
	"time"
)

// IntakeAlive is the api's word that take-in is up. Silence counts only over
// time in which take-in was up, so a stop of ours accuses no cart.
type IntakeAlive struct {
	API string `json:"api"` // which api process says so
}

// EventType implements Data.
func (IntakeAlive) EventType() Type { return TypeIntakeAlive }

// Validate implements Data.
func (IntakeAlive) Validate() []FieldError { return nil }

const (
	// IntakeAliveEvery is how often an api says that it is alive.
	IntakeAliveEvery = 5 * time.Second
	// IntakeGap is the longest pause between two signs of take-in that still
	// counts as up. It allows for a beat that was late, not for one that failed.
	IntakeGap = IntakeAliveEvery + 3*time.Second
)

// A Span is time from Start to End in which take-in was up. Spans do not touch.
type Span struct{ Start, End time.Time }

// AddIntake returns spans with signs of take-in put in, in order. Signs within
// IntakeGap of each other are one span, whatever order they come in.
func AddIntake(spans []Span, signs []time.Time) []Span {
	all := slices.Clone(spans)
	for _, t := range signs {
		all = append(all, Span{t, t})
	}
	slices.SortFunc(all, func(a, b Span) int { return a.Start.Compare(b.Start) })
	var merged []Span
	for _, s := range all {
		if n := len(merged); n > 0 && s.Start.Sub(merged[n-1].End) <= IntakeGap {
			merged[n-1].End = later(merged[n-1].End, s.End)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// UpBetween returns how much of the time from a to b take-in was up. The time
// since the newest sign counts too while it is no longer than IntakeGap.
func UpBetween(spans []Span, a, b time.Time) time.Duration {
	var up time.Duration
	for i, s := range spans {
		end := s.End
		if i == len(spans)-1 && b.After(end) && b.Sub(end) <= IntakeGap {
			end = b
		}
		from, to := later(a, s.Start), earlier(b, end)
		if to.After(from) {
			up += to.Sub(from)
		}
	}
	return up
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
