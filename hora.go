package gremio

import (
	"strings"
	"time"
)

// ParseHora reads the first client's Hora, which is whatever its user wrote, and
// returns the instant in UTC. It knows
//
//   - RFC 3339;
//   - "2006-01-02 15:04" with or without seconds, by the clock in Santiago;
//   - "15:04" with or without seconds: the latest instant at or before received at
//     which that clock showed it.
//
// Of a date's hour that comes twice it takes the later one that is not after received,
// else the first; in the hour that is left out, its end. Anything else is false, and
// the time of receipt takes its place.
func ParseHora(text string, received time.Time) (time.Time, bool) {
	text = strings.TrimSpace(text)
	var t time.Time
	if err := t.UnmarshalText([]byte(text)); err == nil {
		return t.UTC(), true
	}
	for _, layout := range []string{time.DateTime, "2006-01-02 15:04"} {
		if wall, ok := parseExactly(layout, text); ok {
			first, last, _ := wallClock(wall)
			if last.After(received) {
				last = first
			}
			return last.UTC(), true
		}
	}
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		if wall, ok := parseExactly(layout, text); ok {
			return latestAt(wall, received).UTC(), true
		}
	}
	return time.Time{}, false
}

// parseExactly is time.Parse without its leniency: no fractions, no single digits.
func parseExactly(layout, text string) (time.Time, bool) {
	if len(text) != len(layout) {
		return time.Time{}, false
	}
	t, err := time.Parse(layout, text)
	return t, err == nil
}

// latestAt returns the latest instant at or before received at which the clock in
// Santiago showed the time of day of clock.
func latestAt(clock, received time.Time) time.Time {
	local := received.In(Santiago())
	wall := time.Date(local.Year(), local.Month(), local.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, time.UTC)
	for ; ; wall = wall.AddDate(0, 0, -1) {
		first, last, exists := wallClock(wall)
		switch {
		case !exists:
		case !last.After(received):
			return last
		case !first.After(received):
			return first
		}
	}
}
