package gremio_test

import (
	"testing"
	"time"

	"gremio"
)

func TestParseHora(t *testing.T) {
	const spring, night, gap = "2026-11-22T15:00:00Z", "2026-04-05T03:45:00Z", "2026-09-06T04:30:00Z" // 12:00, 23:45 again, 01:30
	for _, test := range []struct{ text, received, want string }{
		{"2026-11-22T12:00:00-03:00", spring, "2026-11-22T15:00:00Z"},
		{" 2026-11-22T15:00:00.25Z ", spring, "2026-11-22T15:00:00.25Z"},
		{"2026-11-22 11:58", spring, "2026-11-22T14:58:00Z"},
		{"2026-11-22 11:58:30", spring, "2026-11-22T14:58:30Z"},
		{"2026-06-01 11:58:30", spring, "2026-06-01T15:58:30Z"},
		{"2026-11-22 23:00", spring, "2026-11-23T02:00:00Z"}, // its plausibility is judged elsewhere
		{"11:58", spring, "2026-11-22T14:58:00Z"},
		{"12:00", spring, "2026-11-22T15:00:00Z"},
		{"12:00:01", spring, "2026-11-21T15:00:01Z"},
		{"23:59", spring, "2026-11-22T02:59:00Z"},
		{"00:00", spring, "2026-11-22T03:00:00Z"},
		{"23:30", night, "2026-04-05T03:30:00Z"}, // the second time
		{"23:50", night, "2026-04-05T02:50:00Z"}, // only the first is over
		{"23:30", "2026-04-05T02:40:00Z", "2026-04-05T02:30:00Z"},
		{"2026-04-04 23:30", "2026-04-05T02:40:00Z", "2026-04-05T02:30:00Z"},
		{"2026-04-04 23:30", night, "2026-04-05T03:30:00Z"},
		{"00:30", gap, "2026-09-05T04:30:00Z"}, // it was no half past midnight today
		{"2026-09-06 00:30", gap, "2026-09-06T04:00:00Z"},
	} {
		got, ok := gremio.ParseHora(test.text, instant(t, test.received))
		if !ok || got.Format(time.RFC3339Nano) != test.want {
			t.Errorf("ParseHora(%q, %s) = %s, %v; want %s", test.text, test.received, got.Format(time.RFC3339Nano), ok, test.want)
		}
	}
	for _, text := range []string{
		"", "ahora", "12", "1200", "9:05", "24:00", "12:60", "12:00:60", "12:00 PM", "12:00:00.5", "22-11-2026 12:00", "2026-11-31 12:00",
		"2026-11-22", "2026-11-22T12:00:00", "2026-11-22 12:00:00Z", "2026-11-22 12:00:00 -03", "1795359600", "-1:00", "12:0\xff",
	} {
		if got, ok := gremio.ParseHora(text, instant(t, spring)); ok {
			t.Errorf("ParseHora(%q) = %s", text, got)
		}
	}
}

func FuzzParseHora(f *testing.F) {
	for _, seed := range []string{"12:00", "23:59:59", "2026-09-06 00:30", "2026-11-22T12:00:00-03:00", "ahora", "\xff"} {
		f.Add(seed, int64(1795359600))
		f.Add(seed, int64(1788667200)) // 2026-09-06T04:00:00Z
	}
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		received := time.Unix(seconds%(1<<34), 0)
		got, ok := gremio.ParseHora(text, received)
		if !ok {
			if !got.IsZero() {
				t.Fatalf("ParseHora(%q) = %s and false", text, got)
			}
			return
		}
		if len(text) <= len(time.TimeOnly) && (got.After(received) || received.Sub(got) > 49*time.Hour) {
			t.Fatalf("ParseHora(%q, %s) = %s", text, received, got)
		}
		if again, ok := gremio.ParseHora(got.Format(time.RFC3339Nano), received); !ok || !again.Equal(got) {
			t.Fatalf("ParseHora(%q) = %s, then %s, %v", text, got, again, ok)
		}
	})
}
