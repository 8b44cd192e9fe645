package route_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gremio"
	"gremio/internal/route"
)

// cases is how many random guilds each of the comparisons below draws. Their seeds
// are fixed, so that the figures they print can be quoted.
const cases = 1000

// around draws n places evenly in a square of 40 km about the depot.
func around(r *rand.Rand, n int) []gremio.Point {
	stops := make([]gremio.Point, n)
	for i := range stops {
		stops[i] = gremio.Point{Lat: depot.Lat + (r.Float64()-0.5)*0.36, Lon: depot.Lon + (r.Float64()-0.5)*0.43}
	}
	return stops
}

func TestFiveStopsAreShortestOfAllOrders(t *testing.T) {
	for seed := range uint64(cases) {
		stops := around(rand.New(rand.NewPCG(seed, 1)), gremio.DeliverySize)
		order, metres := route.Shortest(depot, stops)
		best := bruteForce(stops, nil, numbers(len(stops)))
		if got := trip(stops, order); math.Abs(got-best) > 1e-3 || math.Abs(metres-got) > 1e-3 {
			t.Errorf("case %d: order %v is %v m, said %v m; best %v m", seed, order, got, metres, best)
		}
	}
}

// tripsOf sums the trips that take all of the stops, group by group as choose says,
// with what the worker remembers of who was passed over.
func tripsOf(t *testing.T, stops []gremio.Point, choose func([]route.Waiting) []int) (metres float64) {
	t.Helper()
	waiting := waitingAt(stops)
	for len(waiting) > 0 {
		chosen := choose(waiting)
		places := make([]gremio.Point, len(chosen))
		for i, c := range chosen {
			places[i] = *waiting[c].Place
		}
		_, m := route.Shortest(depot, places)
		metres += m
		for _, i := range route.PassedOver(len(waiting), chosen) {
			if waiting[i].PassedOver++; waiting[i].PassedOver > 1 {
				t.Fatalf("cart %d is passed over twice", i)
			}
		}
		for _, i := range slices.Backward(chosen) {
			waiting = slices.Delete(waiting, i, i+1)
		}
	}
	return metres
}

// Forty carts wait at once, as after a restart: the groups must make the sum of the
// eight trips shorter than first come, first served does, each route being the best.
func TestGroupsOfFortyBeatFirstComeFirstServed(t *testing.T) {
	var grouped, served float64
	worse := 0
	for seed := range uint64(cases) {
		stops := around(rand.New(rand.NewPCG(seed, 2)), 40)
		g := tripsOf(t, stops, func(w []route.Waiting) []int { return route.Group(depot, w, gremio.DeliverySize) })
		s := tripsOf(t, stops, func(w []route.Waiting) []int { return numbers(min(len(w), gremio.DeliverySize)) })
		if grouped, served = grouped+g, served+s; g >= s {
			worse++
		}
	}
	t.Logf("mean of %d cases: %.1f km in groups, %.1f km first come first served: %.1f %% less; %d cases no better",
		cases, grouped/cases/1000, served/cases/1000, 100*(1-grouped/served), worse)
	if grouped >= served {
		t.Errorf("groups need %.0f m, first come first served %.0f m", grouped, served)
	}
}
