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

var depot = gremio.Point{Lat: -33.45, Lon: -70.66}

// points draws places in and around Santiago, some of them the same.
func points(t *rapid.T, least, most int) []gremio.Point {
	coordinate := rapid.IntRange(-40, 40)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) gremio.Point {
		return gremio.Point{Lat: depot.Lat + float64(coordinate.Draw(t, "lat"))/200, Lon: depot.Lon + float64(coordinate.Draw(t, "lon"))/200}
	}), least, most).Draw(t, "points")
}

func trip(stops []gremio.Point, order []int) float64 {
	at, metres := depot, 0.0
	for _, i := range order {
		metres, at = metres+gremio.Distance(at, stops[i]), stops[i]
	}
	return metres + gremio.Distance(at, depot)
}

// bruteForce returns the metres of the shortest of all orders, none left out.
func bruteForce(stops []gremio.Point, done, left []int) float64 {
	if len(left) == 0 {
		return trip(stops, done)
	}
	best := math.Inf(1)
	for i := range left {
		rest := slices.Delete(slices.Clone(left), i, i+1)
		best = min(best, bruteForce(stops, append(slices.Clone(done), left[i]), rest))
	}
	return best
}

func numbers(n int) []int {
	var all []int
	for i := range n {
		all = append(all, i)
	}
	return all
}

func TestShortestIsShortest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stops := points(t, 1, 6)
		order, metres := route.Shortest(depot, stops)
		if diff := cmp.Diff(numbers(len(stops)), slices.Sorted(slices.Values(order))); diff != "" {
			t.Fatal(diff)
		}
		if got, want := trip(stops, order), bruteForce(stops, nil, numbers(len(stops))); math.Abs(got-want) > 1e-3 || math.Abs(metres-got) > 1e-3 {
			t.Fatalf("order %v of %v: %v m, said %v m; best %v m", order, stops, got, metres, want)
		}
	})
}

func TestShortestOfMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stops := points(t, 7, 30)
		order, metres := route.Shortest(depot, stops)
		if diff := cmp.Diff(numbers(len(stops)), slices.Sorted(slices.Values(order))); diff != "" {
			t.Fatal(diff)
		}
		if got := trip(stops, order); math.Abs(metres-got) > 1e-3 {
			t.Fatalf("order %v: %v m, said %v m", order, got, metres)
		}
	})
}

func TestShortestWithoutStops(t *testing.T) {
	if order, metres := route.Shortest(depot, nil); len(order) != 0 || metres != 0 {
		t.Errorf("got %v, %v", order, metres)
	}
}

func TestOrderPutsThePlacelessLast(t *testing.T) {
	near, far := gremio.Point{Lat: -33.46, Lon: -70.66}, gremio.Point{Lat: -33.50, Lon: -70.66}
	order, metres := route.Order(depot, []*gremio.Point{nil, &far, nil, &near})
	if diff := cmp.Diff([]int{0, 2}, order[2:]); diff != "" || len(order) != 4 {
		t.Errorf("got %v", order)
	}
	if want := 2 * gremio.Distance(depot, far); math.Abs(metres-want) > 1 {
		t.Errorf("got %v m; want %v m", metres, want)
	}
	if order, metres := route.Order(depot, []*gremio.Point{nil, nil}); !slices.Equal(order, []int{0, 1}) || metres != 0 {
		t.Errorf("got %v, %v", order, metres)
	}
}

func BenchmarkShortest(b *testing.B) {
	var stops []gremio.Point
	for i := range 8 {
		stops = append(stops, gremio.Point{Lat: depot.Lat + math.Sin(float64(i*i))/10, Lon: depot.Lon + math.Cos(float64(3*i))/10})
	}
	for b.Loop() {
		route.Shortest(depot, stops)
	}
}
