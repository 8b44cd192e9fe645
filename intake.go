package gremio

import "time"

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

// A Span is time from Start to End in which take-in was up.
type Span struct{ Start, End time.Time }

// ExtendIntake returns spans after a sign of take-in at t. Spans are in order
// and do not touch. A sign within IntakeGap after the newest span lengthens it.
func ExtendIntake(spans []Span, t time.Time) []Span {
	if n := len(spans); n > 0 {
		last := &spans[n-1]
		if !t.After(last.End) {
			return spans // signs of several partitions come out of order by a little
		}
		if t.Sub(last.End) <= IntakeGap {
			last.End = t
			return spans
		}
	}
	return append(spans, Span{t, t})
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
