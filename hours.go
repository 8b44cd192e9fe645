package gremio

import "time"

// OpeningHours is when the guild's carts may work, by the clock in Santiago. When
// Closes is not after Opens they close on the next date, as 05:00 to 02:00 does; when
// both are equal they never close.
type OpeningHours struct {
	Opens  ClockTime `json:"opens"`
	Closes ClockTime `json:"closes"`
}

// Contains reports whether t is within opening hours. The opening instant is, the
// closing instant is not. Each date opens and closes once, also when an hour comes twice.
func (h OpeningHours) Contains(t time.Time) bool {
	if h.Opens == h.Closes {
		return true
	}
	today := DayOf(t, ClockTime{})
	for _, day := range []Day{today, today.Prev()} {
		if !t.Before(day.At(h.Opens)) && t.Before(h.closing(day)) {
			return true
		}
	}
	return false
}

// ClosedSince returns the last closing instant at or before t, and false when t is
// within opening hours.
func (h OpeningHours) ClosedSince(t time.Time) (time.Time, bool) {
	if h.Contains(t) {
		return time.Time{}, false
	}
	day := DayOf(t, ClockTime{})
	for h.closing(day).After(t) {
		day = day.Prev()
	}
	return h.closing(day), true
}

// closing returns the instant at which the hours that opened on day end.
func (h OpeningHours) closing(day Day) time.Time {
	if h.Closes.minutes <= h.Opens.minutes {
		day = day.Next()
	}
	return day.At(h.Closes)
}
