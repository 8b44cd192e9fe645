package gremio_test

import (
	"testing"
	"time"

	"gremio"

	"pgregory.net/rapid"
)

func TestOpeningHours(t *testing.T) {
	for _, test := range []struct{ opens, closes, at, closed string }{ // closed empty: open
		{"05:00", "02:00", "2026-11-22T08:00:00Z", ""}, // 05:00
		{"05:00", "02:00", "2026-11-22T07:59:59Z", "2026-11-22T05:00:00Z"},
		{"05:00", "02:00", "2026-11-22T05:00:00Z", "2026-11-22T05:00:00Z"}, // 02:00
		{"05:00", "02:00", "2026-11-22T04:59:59Z", ""},
		{"05:00", "02:00", "2026-11-22T03:00:00Z", ""}, // 00:00
		{"09:00", "18:00", "2026-11-22T12:00:00Z", ""}, // 09:00
		{"09:00", "18:00", "2026-11-22T21:00:00Z", "2026-11-22T21:00:00Z"},
		{"09:00", "18:00", "2026-11-22T11:59:59Z", "2026-11-21T21:00:00Z"},
		{"00:00", "00:00", "2026-11-22T07:00:00Z", ""},
		{"05:00", "05:00", "2026-11-22T08:00:00Z", ""},
		{"05:00", "00:00", "2026-04-05T03:30:00Z", ""}, // 23:30 the second time
		{"05:00", "00:00", "2026-04-05T04:00:00Z", "2026-04-05T04:00:00Z"},
		{"05:00", "23:30", "2026-04-05T03:15:00Z", "2026-04-05T02:30:00Z"}, // 23:15 after 23:30
		{"05:00", "00:30", "2026-09-06T03:59:59Z", ""},                     // closes in the gap
		{"05:00", "00:30", "2026-09-06T04:00:00Z", "2026-09-06T04:00:00Z"},
		{"23:30", "02:00", "2026-04-05T03:10:00Z", ""}, // 23:10 after it opened
	} {
		hours := gremio.OpeningHours{Opens: clock(t, test.opens), Closes: clock(t, test.closes)}
		at := instant(t, test.at)
		since, closed := hours.ClosedSince(at)
		switch {
		case hours.Contains(at) != (test.closed == ""), closed != (test.closed != ""):
			t.Errorf("%s-%s at %s: open %v, closed %v", test.opens, test.closes, test.at, hours.Contains(at), closed)
		case closed && !since.Equal(instant(t, test.closed)):
			t.Errorf("%s-%s at %s: closed since %s, want %s", test.opens, test.closes, test.at, since.UTC(), test.closed)
		}
	}
}

func TestOpeningHoursFollowTheClock(t *testing.T) {
	day, _ := time.Parse(time.DateOnly, "2026-11-22") // no change of clocks near
	rapid.Check(t, func(t *rapid.T) {
		minute := rapid.IntRange(0, 1439)
		opens, closes := minute.Draw(t, "opens"), minute.Draw(t, "closes")
		hours := gremio.OpeningHours{Opens: gremio.Clock(opens/60, opens%60), Closes: gremio.Clock(closes/60, closes%60)}
		at := day.Add(time.Duration(rapid.IntRange(0, 2*86400).Draw(t, "second")) * time.Second)
		local := at.In(gremio.Santiago())
		now := local.Hour()*60 + local.Minute()
		want := opens == closes || (now-opens+1440)%1440 < (closes-opens+1440)%1440
		if hours.Contains(at) != want {
			t.Fatalf("%v at %s: %v", hours, local, !want)
		}
		if since, closed := hours.ClosedSince(at); closed == want {
			t.Fatalf("%v at %s: closed %v", hours, local, closed)
		} else if closed && (since.After(at) || at.Sub(since) >= 24*time.Hour || hours.Contains(since) || !hours.Contains(since.Add(-1))) {
			t.Fatalf("%v at %s: closed since %s", hours, local, since)
		}
	})
}
