package route

import (
	"slices"

	"gremio"
)

// Waiting is a cart that waits for a delivery. Place is nil while nobody knows where
// it is; PassedOver is how often PassedOver has named it.
type Waiting struct {
	Place      *gremio.Point
	PassedOver int
}

// maxTrips bounds the work of trying every choice: choices times orders of each.
const maxTrips = 1_000_000

// Group picks size of the waiting, the oldest first in the slice, for one delivery and
// returns their indexes in order of age; all of them when they are no more than size.
//
// The oldest is always in, then come all who were passed over before, in order of age.
// The rest is chosen for the shortest closed trip from the depot: the best choice where
// there are few, otherwise the cart with the least detour each time. Carts without a
// place are taken after those with one, for they make no trip short.
//
// If the caller counts with PassedOver, nobody is ever passed over twice.
func Group(depot gremio.Point, waiting []Waiting, size int) (chosen []int) {
	if size <= 0 {
		return nil
	}
	var free, unplaced []int
	for i, w := range waiting {
		switch {
		case i == 0, w.PassedOver > 0, len(waiting) <= size:
			chosen = append(chosen, i)
		case w.Place == nil:
			unplaced = append(unplaced, i)
		default:
			free = append(free, i)
		}
	}
	if len(chosen) >= size {
		return chosen[:size]
	}
	chosen = append(chosen, shortTrip(depot, waiting, chosen, free, size-len(chosen))...)
	chosen = append(chosen, unplaced[:min(len(unplaced), max(0, size-len(chosen)))]...)
	slices.Sort(chosen)
	return chosen
}

// PassedOver returns which of n waiting a choice of Group passed over: those left
// behind although someone younger goes. Who is younger than all chosen only waits.
func PassedOver(n int, chosen []int) (passed []int) {
	if len(chosen) == 0 {
		return nil
	}
	for i := range min(n, slices.Max(chosen)) {
		if !slices.Contains(chosen, i) {
			passed = append(passed, i)
		}
	}
	return passed
}

// shortTrip returns up to k of free that make the shortest trip together with fixed.
func shortTrip(depot gremio.Point, waiting []Waiting, fixed, free []int, k int) []int {
	if len(free) <= k {
		return free
	}
	var points []gremio.Point
	var always []int
	for _, i := range fixed {
		if waiting[i].Place != nil {
			always, points = append(always, len(points)), append(points, *waiting[i].Place)
		}
	}
	first := len(points)
	for _, i := range free {
		points = append(points, *waiting[i].Place)
	}
	var picked []int
	if stops := len(always) + k; stops <= exactStops && choices(len(free), k)*orders(stops) <= maxTrips {
		picked = bestChoice(distancesOf(depot, points), always, first, k)
	} else {
		picked = leastDetours(&loop{depot: depot, stops: points}, always, first, k)
	}
	for i, p := range picked {
		picked[i] = free[p-first]
	}
	return picked
}

// bestChoice tries every k of the points from first on; of equals the eldest win.
func bestChoice(d distances, always []int, first, k int) (best []int) {
	least := 0.0
	trip := slices.Clone(always)
	var extend func(from, more int)
	extend = func(from, more int) {
		if more == 0 {
			if _, metres := d.shortest(trip); best == nil || metres < least-epsilon {
				best, least = slices.Clone(trip[len(always):]), metres
			}
			return
		}
		for i := from; i <= len(d)-1-more; i++ {
			trip = append(trip, i)
			extend(i+1, more-1)
			trip = trip[:len(trip)-1]
		}
	}
	extend(first, k)
	return best
}

func leastDetours(l *loop, always []int, first, k int) (picked []int) {
	for _, i := range always {
		l.insert(i)
	}
	var candidates []int
	for i := first; i < len(l.stops); i++ {
		candidates = append(candidates, i)
	}
	for range k {
		i := l.nearest(candidates)
		picked = append(picked, candidates[i])
		l.insert(candidates[i])
		candidates = slices.Delete(candidates, i, i+1)
	}
	return picked
}

// choices returns how many ways there are to take k of n, or more than maxTrips.
func choices(n, k int) int {
	ways := 1
	for i := 1; i <= k; i++ {
		if ways = ways * (n - k + i) / i; ways > maxTrips {
			return maxTrips + 1
		}
	}
	return ways
}

// orders returns the factorial of n, which is at most exactStops.
func orders(n int) int {
	ways := 1
	for i := 2; i <= n; i++ {
		ways *= i
	}
	return ways
}
