package gremio_test

import (
	"testing"
	"time"

	"gremio"
)

func fixAt(n int, lat, lon float64) gremio.Fix {
	return gremio.Fix{Time: time.Unix(int64(n), 0), Where: gremio.Where{Lat: &lat, Lon: &lon}}
}

func TestSimplifyTrack(t *testing.T) {
	// A degree of longitude is 93 km in Santiago: 0.0001 degrees are 9.3 m there, of latitude 11.1 m.
	street := []gremio.Fix{fixAt(0, -33.4, -70.6), fixAt(1, -33.40005, -70.599), fixAt(2, -33.4, -70.598), fixAt(3, -33.401, -70.598), fixAt(4, -33.402, -70.598)}
	for _, c := range []struct {
		metres float64
		want   []int64
	}{{0, []int64{0, 1, 2, 3, 4}}, {3, []int64{0, 1, 2, 4}}, {10, []int64{0, 2, 4}}, {100000, []int64{0, 4}}} {
		var got []int64
		for _, f := range gremio.SimplifyTrack(street, c.metres) {
			got = append(got, f.Time.Unix())
		}
		if len(got) != len(c.want) {
			t.Errorf("to %v m: %v, want %v", c.metres, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("to %v m: %v, want %v", c.metres, got, c.want)
			}
		}
	}
	// There and back again: the first fix of a place stands for it, the last is the last.
	parked := []gremio.Fix{fixAt(0, -33.4, -70.6), fixAt(1, -33.4, -70.6), fixAt(2, -33.5, -70.6), fixAt(3, -33.4, -70.6), fixAt(4, -33.4, -70.6)}
	got := gremio.SimplifyTrack(parked, 5)
	if len(got) != 3 || got[0].Time.Unix() != 0 || got[1].Time.Unix() != 2 || got[2].Time.Unix() != 4 {
		t.Errorf("there and back: %+v", got)
	}
	grid := []gremio.Fix{{Where: gremio.Where{Grid: &gremio.Grid{X: 1}}}, fixAt(1, 1, 1), fixAt(2, 1, 1)}
	if got := gremio.SimplifyTrack(grid, 1e6); len(got) != 3 {
		t.Errorf("of a grid: %+v", got)
	}
	if got := gremio.SimplifyTrack(nil, 5); len(got) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
}
