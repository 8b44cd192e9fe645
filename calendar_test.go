package gremio_test

import (
	"encoding/json"
	"testing"
	"time"

	"gremio"

	"pgregory.net/rapid"
)

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func clock(t *testing.T, s string) gremio.ClockTime {
	t.Helper()
	c, err := gremio.ParseClockTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestClockTime(t *testing.T) {
	for s, minutes := range map[string]int{"00:00": 0, "05:00": 300, "23:59": 1439} {
		c, err := gremio.ParseClockTime(s)
		if err != nil || c.String() != s || c.Minutes() != minutes {
			t.Errorf("ParseClockTime(%q) = %s, %d, %v", s, c, c.Minutes(), err)
		}
	}
	for _, s := range []string{"", "5:00", "24:00", "12:60", "12:30:00", "12.30", "-1:00", "5:00 ", "12:3o"} {
		if c, err := gremio.ParseClockTime(s); err == nil {
			t.Errorf("ParseClockTime(%q) = %s", s, c)
		}
	}
}

func TestOpeningHoursAsJSON(t *testing.T) {
	want := `{"opens":"05:00","closes":"02:00"}`
	var hours gremio.OpeningHours
	if err := json.Unmarshal([]byte(want), &hours); err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(hours); err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`{"opens":"25:00"}`), &hours); err == nil {
		t.Error("25:00 is accepted")
	}
}

func TestParseDay(t *testing.T) {
	for _, s := range []string{"2026-11-22", "2028-02-29"} {
		if d, err := gremio.ParseDay(s); err != nil || string(d) != s {
			t.Errorf("ParseDay(%q) = %q, %v", s, d, err)
		}
	}
	for _, s := range []string{"", "2026-02-29", "2026-1-02", "22-11-2026", "2026-11-22T00:00:00Z", "hoy"} {
		if d, err := gremio.ParseDay(s); err == nil {
			t.Errorf("ParseDay(%q) = %q", s, d)
		}
	}
}

func TestDayNeighbours(t *testing.T) {
	for day, next := range map[gremio.Day]gremio.Day{
		"2026-11-22": "2026-11-23", "2026-12-31": "2027-01-01", "2028-02-28": "2028-02-29",
		"2026-04-04": "2026-04-05", "2026-09-05": "2026-09-06",
	} {
		if day.Next() != next || next.Prev() != day {
			t.Errorf("%s: next %s, and before it %s", day, day.Next(), next.Prev())
		}
	}
	if bad := gremio.Day("hoy"); bad.Next() != "" || bad.Prev() != "" || !bad.Start(gremio.ClockTime{}).IsZero() {
		t.Error("a day that is none has neighbours")
	}
}

func TestDayHours(t *testing.T) {
	for _, test := range []struct {
		day    gremio.Day
		starts string
		start  string
		hours  float64
	}{
		{"2026-11-22", "00:00", "2026-11-22T03:00:00Z", 24},
		{"2026-06-01", "00:00", "2026-06-01T04:00:00Z", 24},
		{"2026-04-04", "00:00", "2026-04-04T03:00:00Z", 25},
		{"2027-04-03", "00:00", "2027-04-03T03:00:00Z", 25},
		{"2028-04-01", "00:00", "2028-04-01T03:00:00Z", 25},
		{"2026-09-06", "00:00", "2026-09-06T04:00:00Z", 23},
		{"2027-09-05", "00:00", "2027-09-05T04:00:00Z", 23},
		{"2028-09-03", "00:00", "2028-09-03T04:00:00Z", 23},
		{"2026-04-05", "00:00", "2026-04-05T04:00:00Z", 24},
		{"2026-09-05", "00:00", "2026-09-05T04:00:00Z", 24},
		{"2026-09-06", "00:30", "2026-09-06T04:00:00Z", 23.5},
		{"2026-09-05", "03:00", "2026-09-05T07:00:00Z", 23},
		{"2026-04-04", "03:00", "2026-04-04T06:00:00Z", 25},
		{"2026-04-04", "23:30", "2026-04-05T02:30:00Z", 25},
	} {
		starts := clock(t, test.starts)
		start, end := test.day.Start(starts), test.day.Next().Start(starts)
		if !start.Equal(instant(t, test.start)) || end.Sub(start).Hours() != test.hours {
			t.Errorf("%s from %s: starts %s, lasts %s; want %s and %v h", test.day, test.starts, start.UTC(), end.Sub(start), test.start, test.hours)
		}
		if got := gremio.DayOf(start, starts); got != test.day {
			t.Errorf("%s from %s: its start is of day %s", test.day, test.starts, got)
		}
		if got := gremio.DayOf(start.Add(-1), starts); got != test.day.Prev() {
			t.Errorf("%s from %s: the instant before is of day %s", test.day, test.starts, got)
		}
	}
}

func TestDayOf(t *testing.T) {
	for _, test := range []struct {
		at, starts string
		want       gremio.Day
	}{
		{"2026-11-22T02:59:59Z", "00:00", "2026-11-21"},
		{"2026-11-22T03:00:00Z", "00:00", "2026-11-22"},
		{"2026-11-22T05:59:59Z", "03:00", "2026-11-21"},
		{"2026-11-22T06:00:00Z", "03:00", "2026-11-22"},
		{"2026-04-05T02:30:00Z", "00:00", "2026-04-04"}, // 23:30 the first time
		{"2026-04-05T03:30:00Z", "00:00", "2026-04-04"}, // 23:30 the second time
		{"2026-04-05T04:00:00Z", "00:00", "2026-04-05"},
		{"2026-04-05T02:15:00Z", "23:30", "2026-04-03"},
		{"2026-04-05T03:15:00Z", "23:30", "2026-04-04"}, // 23:15 the second time: the day has begun
	} {
		if got := gremio.DayOf(instant(t, test.at), clock(t, test.starts)); got != test.want {
			t.Errorf("DayOf(%s, %s) = %s; want %s", test.at, test.starts, got, test.want)
		}
	}
}

func TestDayAt(t *testing.T) {
	for _, test := range []struct {
		day       gremio.Day
		at, start string
	}{
		{"2026-11-22", "05:00", "2026-11-22T08:00:00Z"},
		{"2026-04-04", "23:30", "2026-04-05T02:30:00Z"}, // comes twice: the first
		{"2026-04-04", "23:00", "2026-04-05T02:00:00Z"},
		{"2026-04-04", "22:59", "2026-04-05T01:59:00Z"},
		{"2026-04-05", "00:00", "2026-04-05T04:00:00Z"},
		{"2026-09-06", "00:59", "2026-09-06T04:00:00Z"}, // does not come: the end of the gap
		{"2026-09-06", "01:00", "2026-09-06T04:00:00Z"},
		{"2026-09-06", "01:01", "2026-09-06T04:01:00Z"},
		{"2026-09-05", "23:59", "2026-09-06T03:59:00Z"},
	} {
		if got := test.day.At(clock(t, test.at)); !got.Equal(instant(t, test.start)) {
			t.Errorf("%s at %s = %s; want %s", test.day, test.at, got.UTC(), test.start)
		}
	}
}

// Every instant is of exactly one day, and that day's ends are around it.
func TestDaysCoverTime(t *testing.T) {
	near := func(t *rapid.T) time.Time {
		change := rapid.SampledFrom([]string{"2026-04-05T03:00:00Z", "2026-09-06T04:00:00Z", "2027-04-04T03:00:00Z", "2027-09-05T04:00:00Z", "2010-06-01T00:00:00Z"}).Draw(t, "near")
		at, _ := time.Parse(time.RFC3339, change)
		return at.Add(time.Duration(rapid.IntRange(-60*3600, 60*3600).Draw(t, "seconds")) * time.Second)
	}
	rapid.Check(t, func(t *rapid.T) {
		minute := rapid.IntRange(0, 1439).Draw(t, "minute")
		at, starts := near(t), gremio.Clock(minute/60, minute%60)
		day := gremio.DayOf(at, starts)
		if at.Before(day.Start(starts)) || !at.Before(day.Next().Start(starts)) {
			t.Fatalf("%s is of %s, which lasts from %s to %s", at, day, day.Start(starts).UTC(), day.Next().Start(starts).UTC())
		}
		if got := day.At(starts); got.Format(time.DateOnly) != string(day) || got.Format("15:04") < starts.String() {
			t.Fatalf("%s at %s is %s", day, starts, got)
		}
	})
}
