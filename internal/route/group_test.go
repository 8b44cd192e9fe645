package route_test

import (
	"math"
	"slices"
	"testing"

	"gremio"
	"gremio/internal/route"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// south returns a place so many hundredths of a degree south of the depot.
func south(hundredths float64) *gremio.Point {
	return &gremio.Point{Lat: depot.Lat - hundredths/100, Lon: depot.Lon}
}

func TestGroup(t *testing.T) {
	for _, test := range []struct {
		name    string
		waiting []route.Waiting
		size    int
		want    []int
	}{
		{"nobody", nil, 5, nil},
		{"no size", []route.Waiting{{}}, 0, nil},
		{"all", []route.Waiting{{}, {Place: south(1)}}, 5, []int{0, 1}},
		{"near ones", []route.Waiting{{Place: south(1)}, {Place: south(50)}, {Place: south(2)}, {Place: south(3)}}, 3, []int{0, 2, 3}},
		{"the oldest is in, however far", []route.Waiting{{Place: south(50)}, {Place: south(1)}, {Place: south(49)}, {Place: south(-1)}}, 2, []int{0, 1}},
		{"passed over before", []route.Waiting{{Place: south(1), PassedOver: 1}, {Place: south(-50), PassedOver: 1}, {Place: south(2)}, {Place: south(3)}}, 3, []int{0, 1, 2}},
		{"too many passed over", []route.Waiting{{PassedOver: 1}, {PassedOver: 1}, {PassedOver: 1}, {Place: south(1)}}, 2, []int{0, 1}},
		{"the placeless later", []route.Waiting{{Place: south(1)}, {}, {Place: south(50)}, {}}, 3, []int{0, 1, 2}},
		{"the placeless wait as others do", []route.Waiting{{}, {PassedOver: 1}, {Place: south(1)}, {Place: south(2)}}, 3, []int{0, 1, 2}},
		{"equals in order of age", []route.Waiting{{Place: south(1)}, {Place: south(2)}, {Place: south(2)}, {Place: south(2)}}, 2, []int{0, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, route.Group(depot, test.waiting, test.size)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func waitingAt(points []gremio.Point) (waiting []route.Waiting) {
	for _, p := range points {
		waiting = append(waiting, route.Waiting{Place: &p})
	}
	return waiting
}

func TestGroupMakesTheShortestTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stops := points(t, 4, 8)
		size := rapid.IntRange(1, 4).Draw(t, "size")
		best := math.Inf(1)
		var choose func(chosen []int, from int)
		choose = func(chosen []int, from int) {
			if len(chosen) == size {
				best = min(best, bruteForce(stops, nil, chosen))
				return
			}
			for i := from; i < len(stops); i++ {
				choose(append(slices.Clone(chosen), i), i+1)
			}
		}
		choose([]int{0}, 1)
		chosen := route.Group(depot, waitingAt(stops), size)
		if len(chosen) != size || chosen[0] != 0 || !slices.IsSorted(chosen) {
			t.Fatalf("chosen %v of size %d", chosen, size)
		}
		if got := bruteForce(stops, nil, chosen); math.Abs(got-best) > 1e-3 {
			t.Fatalf("chosen %v: %v m; best %v m", chosen, got, best)
		}
	})
}

// Carts come at any pace, groups leave at any pace: whoever waits is passed over once
// at most, and the oldest of those who wait always leaves.
func TestGroupPassesNobodyOverTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var waiting []route.Waiting
		for range rapid.IntRange(1, 12).Draw(t, "rounds") {
			for _, w := range waitingAt(points(t, 0, 9)) {
				if rapid.IntRange(0, 4).Draw(t, "known") == 0 {
					w.Place = nil
				}
				waiting = append(waiting, w)
			}
			size := rapid.IntRange(1, 6).Draw(t, "size")
			chosen := route.Group(depot, waiting, size)
			if len(chosen) != min(size, len(waiting)) || !slices.IsSorted(chosen) || len(slices.Compact(slices.Clone(chosen))) != len(chosen) {
				t.Fatalf("chosen %v of %d for %d", chosen, len(waiting), size)
			}
			if len(chosen) > 0 && chosen[0] != 0 {
				t.Fatalf("chosen %v without the oldest", chosen)
			}
			for _, i := range route.PassedOver(len(waiting), chosen) {
				if waiting[i].PassedOver++; waiting[i].PassedOver > 1 {
					t.Fatalf("cart %d is passed over twice by %v", i, chosen)
				}
			}
			for _, i := range slices.Backward(chosen) {
				waiting = slices.Delete(waiting, i, i+1)
			}
		}
	})
}

func TestGroupOfMany(t *testing.T) {
	var stops []gremio.Point
	for i := range 300 {
		stops = append(stops, gremio.Point{Lat: depot.Lat + math.Sin(float64(i*i))/5, Lon: depot.Lon + math.Cos(float64(7*i))/5})
	}
	for _, size := range []int{5, 12, 299, 300} {
		if chosen := route.Group(depot, waitingAt(stops), size); len(chosen) != size || chosen[0] != 0 {
			t.Errorf("chosen %v of size %d", chosen, size)
		}
	}
}

func BenchmarkGroup(b *testing.B) {
	for _, n := range []int{8, 20, 300} {
		b.Run("", func(b *testing.B) {
			var stops []gremio.Point
			for i := range n {
				stops = append(stops, gremio.Point{Lat: depot.Lat + math.Sin(float64(i*i))/5, Lon: depot.Lon + math.Cos(float64(7*i))/5})
			}
			waiting := waitingAt(stops)
			for b.Loop() {
				route.Group(depot, waiting, 5)
			}
		})
	}
}
