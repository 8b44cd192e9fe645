package gremio_test

import (
	"strings"
	"testing"
	"time"

	"gremio"
)

func TestBelievableTime(t *testing.T) {
	received := time.Date(2026, 11, 22, 12, 0, 0, 123456789, time.UTC)
	kept := received.Truncate(time.Microsecond)
	oldest := gremio.OldestSaleTime
	for _, test := range []struct {
		what   string
		device time.Time
		use    time.Time
	}{
		{"now", received, kept},
		{"yesterday", received.Add(-24 * time.Hour), kept.Add(-24 * time.Hour)},
		{"a clock ten minutes fast", kept.Add(gremio.MaxClockLead), kept.Add(gremio.MaxClockLead)},
		{"a clock faster than that", kept.Add(gremio.MaxClockLead + time.Microsecond), kept},
		{"next year", received.AddDate(1, 0, 0), kept},
		{"the oldest", oldest, oldest},
		{"older than the oldest", oldest.Add(-time.Microsecond), kept},
		{"1970", time.Unix(0, 0), kept},
		{"in Santiago", kept.In(gremio.Santiago()), kept},
	} {
		use, disbelieved := gremio.BelievableTime(&test.device, received, oldest)
		if use != test.use {
			t.Errorf("%s: uses %s, want %s", test.what, use, test.use)
		}
		if believed := disbelieved == nil; believed != test.use.Equal(test.device.Truncate(time.Microsecond)) {
			t.Errorf("%s: disbelieved %v", test.what, disbelieved)
		}
		if disbelieved != nil && !disbelieved.Equal(test.device.Truncate(time.Microsecond)) {
			t.Errorf("%s: keeps %s as what the device said", test.what, disbelieved)
		}
	}
	if use, disbelieved := gremio.BelievableTime(nil, received, oldest); use != kept || disbelieved != nil {
		t.Errorf("without a time: %s, %v", use, disbelieved)
	}
}

func TestTextError(t *testing.T) {
	for _, good := range []string{
		"", "O'Higgins", `El "Guatón" Pérez`, "'); DROP TABLE sales;--", "<script>alert(1)</script>", "🥟👩‍🍳", "two\nlines\tand a tab",
		strings.Repeat("ñ", 200), strings.Repeat("👩", 200), "\u202eright to left", "=1+1",
	} {
		if message := gremio.TextError(good, 200); message != "" {
			t.Errorf("%q %s", good, message)
		}
	}
	for bad, says := range map[string]string{
		strings.Repeat("ñ", 201): "200 characters",
		"a\x00b":                 "control",
		"a\x1bb":                 "control",
		"a\rb":                   "control",
		"a\x7fb":                 "control",
		"a\u0085b":               "control",
		"\xff\xfe":               "UTF-8",
		"caf\xe9":                "UTF-8",
	} {
		if message := gremio.TextError(bad, 200); !strings.Contains(message, says) {
			t.Errorf("%q: %q, want a word about %s", bad, message, says)
		}
	}
}

func TestSaleValidate(t *testing.T) {
	good := gremio.SaleRecorded{Plate: "7", Units: 1, Time: noon}
	if fields := good.Validate(); len(fields) > 0 {
		t.Fatalf("the least that a sale needs: %v", fields)
	}
	for field, spoil := range map[string]func(*gremio.SaleRecorded){
		"plate":     func(s *gremio.SaleRecorded) { s.Plate = "ñ" },
		"units":     func(s *gremio.SaleRecorded) { s.Units = gremio.MaxUnits + 1 },
		"time":      func(s *gremio.SaleRecorded) { s.Time = time.Time{} },
		"stock":     func(s *gremio.SaleRecorded) { s.Stock = ptr(-1) },
		"amount":    func(s *gremio.SaleRecorded) { s.Amount = ptr(int64(gremio.MaxAmount + 1)) },
		"client":    func(s *gremio.SaleRecorded) { s.Client = strings.Repeat("x", gremio.MaxTextRunes+1) },
		"time_text": func(s *gremio.SaleRecorded) { s.TimeText = "\x00" },
		"place":     func(s *gremio.SaleRecorded) { s.Place = &gremio.Place{} },
	} {
		s := good
		spoil(&s)
		if fields := s.Validate(); len(fields) != 1 || fields[0].Field != field || fields[0].Message == "" {
			t.Errorf("a wrong %s: %v", field, fields)
		}
	}
}
