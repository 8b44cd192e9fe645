package gps

import (
	"math"
	"strconv"
	"strings"
	"time"

	"gremio"
)

// Units as factors of ours.
const (
	knot    = 1852. / 3600 // m/s
	kmh     = 1 / 3.6      // m/s
	percent = 0.01
	same    = 1
)

// number reads a decimal number. Go would read more, infinities among it.
func number(text string) (float64, bool) {
	if text == "" || len(text) > 40 || strings.Trim(text, "0123456789+-.eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return 0, false
	}
	return n, true
}

// measure reads a number in unit. Phones write a negative one for what they do
// not know; what is none, or more than most, is not known either.
func measure(text string, unit, most float64) *float64 {
	n, ok := number(text)
	if n *= unit; !ok || n < 0 || n > most {
		return nil
	}
	n += 0 // -0 is 0
	return &n
}

// What a measure may be at most, as gremio.PositionReported takes it.
const (
	mostAccuracy = 1e7
	mostSpeed    = 400
	mostHeading  = 360
)

// accuracy reads metres. Android writes 0.0 when the provider says none: no fix
// is exact.
func accuracy(text string) *float64 {
	m := measure(text, same, mostAccuracy)
	if m != nil && *m == 0 {
		return nil
	}
	return m
}

// point reads a place; reason says what is wrong with it.
func point(lat, lon string) (p gremio.Point, reason string) {
	y, ok1 := number(lat)
	x, ok2 := number(lon)
	switch {
	case lat == "" || lon == "":
		return p, "one of latitude and longitude is missing"
	case !ok1 || !ok2:
		return p, "latitude or longitude is no number"
	}
	p = gremio.Point{Lat: y, Lon: x}
	if !p.Valid() {
		return p, "latitude or longitude is not on the earth"
	}
	return p, ""
}

// instant reads a time: seconds or milliseconds since 1970, which their size tells
// apart, ISO 8601, or a date and time of day on the guild's clocks. What is none of
// them is nil: the place counts all the same, as of its receipt.
func instant(text string) *time.Time {
	text = strings.TrimSpace(text)
	if n, ok := number(text); ok {
		if n <= 0 {
			return nil
		}
		if n < 1<<31 {
			n *= 1000
		}
		if n > lastMillisecond {
			return nil
		}
		t := time.UnixMicro(int64(math.Round(n * 1000))).UTC()
		return &t
	}
	layouts, zone := []string{"2006-01-02 15:04:05"}, gremio.Santiago()
	if strings.Contains(text, "T") {
		text = strings.Replace(text, " ", "+", 1) // a plus sign that nobody encoded
		layouts, zone = []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05"}, time.UTC
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil && t.Year() >= 1970 && t.Year() <= 9998 {
			t = t.UTC()
			return &t
		}
	}
	return nil
}

// lastMillisecond is that of the year 9998, the last whose times RFC 3339 writes
// in every zone.
const lastMillisecond = 253370764799999
