package gremio_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gremio"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// after returns the instant n seconds after noon.
func after(n float64) time.Time { return noon.Add(seconds(n)) }

func TestAddIntake(t *testing.T) {
	for _, test := range []struct {
		what  string
		signs []float64
		want  [][2]float64
	}{
		{"none", nil, nil},
		{"one", []float64{0}, [][2]float64{{0, 0}}},
		{"as planned", []float64{0, 5, 10}, [][2]float64{{0, 10}}},
		{"a beat that was late", []float64{0, 8}, [][2]float64{{0, 8}}},
		{"a beat that failed", []float64{0, 8.000001, 13}, [][2]float64{{0, 0}, {8.000001, 13}}},
		{"out of order by a little", []float64{0, 5, 3, 10}, [][2]float64{{0, 10}}},
		{"twice", []float64{0, 5, 5}, [][2]float64{{0, 5}}},
		{"one that joins two spans", []float64{0, 14, 7}, [][2]float64{{0, 14}}},
		{"late, of a span of its own", []float64{100, 0}, [][2]float64{{0, 0}, {100, 100}}},
		{"two apis", []float64{0, 1, 5, 6, 10, 11}, [][2]float64{{0, 11}}},
		{"a stop of ten minutes", []float64{0, 5, 605, 610}, [][2]float64{{0, 5}, {605, 610}}},
	} {
		var spans, want []gremio.Span
		for _, s := range test.signs {
			spans = gremio.AddIntake(spans, []time.Time{after(s)})
		}
		for _, w := range test.want {
			want = append(want, gremio.Span{Start: after(w[0]), End: after(w[1])})
		}
		if diff := cmp.Diff(want, spans); diff != "" {
			t.Errorf("%s:\n%s", test.what, diff)
		}
		var signs []time.Time
		for _, s := range test.signs {
			signs = append(signs, after(s))
		}
		if diff := cmp.Diff(want, gremio.AddIntake(nil, signs)); diff != "" {
			t.Errorf("%s, all at once:\n%s", test.what, diff)
		}
	}
}

func TestUpBetween(t *testing.T) {
	spans := []gremio.Span{{Start: after(0), End: after(10)}, {Start: after(100), End: after(130)}}
	for _, test := range []struct{ from, to, want float64 }{
		{0, 10, 10},
		{2, 7, 5},
		{-50, 5, 5},
		{5, 105, 10}, // the gap does not count
		{10, 100, 0}, // all gap
		{10, 18, 0},  // an older span has no tail
		{0, 130, 40},
		{0, 138, 48}, // the newest one has, while it may be up still
		{0, 138.1, 40},
		{135, 138, 3},
		{140, 141, 0},
		{7, 2, 0},
	} {
		if got := gremio.UpBetween(spans, after(test.from), after(test.to)); got != seconds(test.want) {
			t.Errorf("up from %g to %g: %s, want %g s", test.from, test.to, got, test.want)
		}
	}
	if got := gremio.UpBetween(nil, after(0), after(5)); got != 0 {
		t.Errorf("without any sign take-in was up for %s", got)
	}
}

// No time is counted that is not there, and none is counted twice.
func TestUpBetweenAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var spans []gremio.Span
		var at float64
		for _, pause := range rapid.SliceOf(rapid.Float64Range(0, 30)).Draw(t, "pauses") {
			at += pause
			spans = gremio.AddIntake(spans, []time.Time{after(at)})
		}
		for i := 1; i < len(spans); i++ {
			if !spans[i].Start.After(spans[i-1].End) {
				t.Fatalf("spans meet: %v", spans)
			}
		}
		// Nothing of the tail: the end lies at the newest sign.
		a := rapid.Float64Range(0, at+1).Draw(t, "a")
		b := rapid.Float64Range(0, at+1).Draw(t, "b")
		a, b = min(a, b, at), min(max(a, b), at)
		whole := gremio.UpBetween(spans, after(0), after(at))
		parts := gremio.UpBetween(spans, after(0), after(a)) + gremio.UpBetween(spans, after(a), after(b)) + gremio.UpBetween(spans, after(b), after(at))
		if parts != whole || whole > after(at).Sub(noon) {
			t.Fatalf("whole %s, in parts %s, of %g s", whole, parts, at)
		}
	})
}
