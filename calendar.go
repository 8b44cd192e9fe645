package gremio

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // a phone, a container or Windows may have no zones of its own
)

// Santiago returns the guild's time zone. The system's table is used where there is
// one, for the government changes the rules often and an operator updates it faster
// than this program.
func Santiago() *time.Location { return santiago() }

var santiago = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("America/Santiago")
	if err != nil {
		panic("gremio: the embedded zones have no America/Santiago: " + err.Error())
	}
	return zone
})

// A ClockTime is what a clock on the wall shows, to the minute, on no particular day.
// The zero ClockTime is midnight.
type ClockTime struct{ minutes int }

// Clock returns the ClockTime of hour and minute, for constants: it panics at what
// no clock shows.
func Clock(hour, minute int) ClockTime {
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		panic(fmt.Sprintf("gremio: no clock shows %d:%02d", hour, minute))
	}
	return ClockTime{minutes: hour*60 + minute}
}

// ParseClockTime reads "05:00".
func ParseClockTime(s string) (ClockTime, error) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return ClockTime{}, fmt.Errorf("time of day %q is not accepted: 00:00 to 23:59 is", s)
	}
	return Clock(t.Hour(), t.Minute()), nil
}

// Minutes returns the minutes since midnight as a clock counts them, 0 to 1439.
func (c ClockTime) Minutes() int { return c.minutes }

func (c ClockTime) String() string { return fmt.Sprintf("%02d:%02d", c.minutes/60, c.minutes%60) }

// MarshalText returns "05:00".
func (c ClockTime) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads "05:00".
func (c *ClockTime) UnmarshalText(text []byte) error {
	parsed, err := ParseClockTime(string(text))
	if err == nil {
		*c = parsed
	}
	return err
}

// A Day is a day of the guild's calendar in America/Santiago, as "2026-11-22", so
// days compare as strings do. Once a year it has 25 hours and once 23: it lasts
// from its Start to the Start of Next, never 24 hours by rule.
//
// Who got it from ParseDay or DayOf holds a valid one; of any other, Start and At
// return the zero time, Next and Prev the empty Day.
type Day string

// ParseDay reads "2026-11-22".
func ParseDay(s string) (Day, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", fmt.Errorf("day %q is not accepted: a date like 2026-11-22 is", s)
	}
	return Day(s), nil
}

// DayOf returns the day that t falls on when days start at startsAt.
func DayOf(t time.Time, startsAt ClockTime) Day {
	day := Day(t.In(Santiago()).Format(time.DateOnly))
	if t.Before(day.Start(startsAt)) {
		return day.Prev()
	}
	return day
}

// Start returns the first instant of the day. Chile moves its clocks at midnight,
// so once a year the day begins at 01:00 and time.Date(y, m, d, 0, ...) answers
// 23:00 of the evening before; Start asks the zone instead.
func (d Day) Start(startsAt ClockTime) time.Time { return d.At(startsAt) }

// Next returns the day after d.
func (d Day) Next() Day { return d.add(1) }

// Prev returns the day before d.
func (d Day) Prev() Day { return d.add(-1) }

func (d Day) add(days int) Day {
	date, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return Day(date.AddDate(0, 0, days).Format(time.DateOnly))
}

// At returns the first instant of the date d at which the clock in Santiago shows c
// or later: of an hour that comes twice the first, of one that is left out its end.
func (d Day) At(c ClockTime) time.Time {
	date, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	first, _, _ := wallClock(date.Add(time.Duration(c.minutes) * time.Minute))
	return first
}

// wallClock returns the instants at which the clock in Santiago shows the date and
// time that wall has in UTC: first and last differ by an hour in the hour that comes
// twice. In the hour that is left out exists is false and both are its end.
func wallClock(wall time.Time) (first, last time.Time, exists bool) {
	// A day away on either side, the two offsets are those around the change.
	before := wall.Add(-utcOffset(wall.AddDate(0, 0, -1)))
	after := wall.Add(-utcOffset(wall.AddDate(0, 0, 1)))
	zone := Santiago()
	shows := func(t time.Time) bool { return t.Add(utcOffset(t)).Equal(wall) }
	switch {
	case shows(before) && shows(after):
		return before.In(zone), after.In(zone), true
	case shows(before):
		return before.In(zone), before.In(zone), true
	case shows(after):
		return after.In(zone), after.In(zone), true
	}
	end, _ := before.In(zone).ZoneBounds()
	return end, end, false
}

func utcOffset(t time.Time) time.Duration {
	_, seconds := t.In(Santiago()).Zone()
	return time.Duration(seconds) * time.Second
}
