package gremio_test

import (
	"testing"
	"time"

	"gremio"
)

// Sales that are no longer kept never are again, whatever the setting becomes.
func TestSalesKeptFrom(t *testing.T) {
	noon := func(day gremio.Day) time.Time { return day.At(gremio.Clock(12, 0)) }
	version := func(since gremio.Day, days int) gremio.SettingsVersion {
		s := gremio.DefaultSettings()
		s.SalesRetentionDays = days
		return gremio.SettingsVersion{Since: noon(since), Settings: s}
	}
	h := gremio.SettingsHistory{{Settings: gremio.DefaultSettings()}, version("2026-01-01", 0), version("2026-03-01", 30), version("2026-04-01", 90), version("2026-12-01", 0)}
	for at, want := range map[gremio.Day]gremio.Day{
		"2025-12-01": "", "2026-02-28": "",
		"2026-03-02": "2026-01-31", "2026-04-01": "2026-03-02",
		"2026-04-02": "2026-03-02", "2026-05-30": "2026-03-02", // 90 days from now on give nothing back
		"2026-07-01": "2026-04-02",
		"2026-12-24": "2026-09-02", // all are kept again, from where it stood
	} {
		if got := h.SalesKeptFrom(noon(at)); got != want {
			t.Errorf("on %s sales are kept from %q, want %q", at, got, want)
		}
	}
	last := gremio.Day("")
	for at := noon("2025-12-01"); at.Before(noon("2027-02-01")); at = at.Add(7 * time.Hour) {
		first := h.SalesKeptFrom(at)
		if first < last {
			t.Fatalf("at %s sales are kept from %s, before from %s", at, first, last)
		}
		last = first
	}
}
