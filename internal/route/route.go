// Package route orders the stops of a delivery and picks the carts that share one.
package route

import "gremio"

// exactStops is how many stops Shortest tries every order of.
const exactStops = 8

// epsilon, in metres, is what an order must save to be the better one: a trip and its
// reverse are equally long and must not be told apart by rounding.
const epsilon = 1e-6

// Shortest returns the order, as indexes of stops, of the shortest closed trip: from
// the depot to every stop and back to the depot. Up to 8 stops no other order is
// shorter; with more it is a good one. The same stops in the same order give the same
// trip, and of a trip and its reverse one is taken.
func Shortest(depot gremio.Point, stops []gremio.Point) (order []int, metres float64) {
	if len(stops) > exactStops {
		return inserted(depot, stops)
	}
	all := make([]int, len(stops))
	for i := range all {
		all[i] = i
	}
	return distancesOf(depot, stops).shortest(all)
}

// Order is Shortest for stops of which some have no place: those come last, in the
// given order, and add no metres.
func Order(depot gremio.Point, stops []*gremio.Point) (order []int, metres float64) {
	var points []gremio.Point
	var placed, unplaced []int
	for i, p := range stops {
		if p == nil {
			unplaced = append(unplaced, i)
			continue
		}
		points, placed = append(points, *p), append(placed, i)
	}
	shortest, metres := Shortest(depot, points)
	for _, i := range shortest {
		order = append(order, placed[i])
	}
	return append(order, unplaced...), metres
}

// distances holds the metres between the stops; the depot is the last index.
type distances [][]float64

func distancesOf(depot gremio.Point, stops []gremio.Point) distances {
	all := append(append([]gremio.Point(nil), stops...), depot)
	d := make(distances, len(all))
	for i := range d {
		d[i] = make([]float64, len(all))
		for j := range i {
			d[i][j] = gremio.Distance(all[i], all[j])
			d[j][i] = d[i][j]
		}
	}
	return d
}

// shortest tries every order of the stops in among, leaving each that is already
// longer than the best one with the way home.
func (d distances) shortest(among []int) (best []int, metres float64) {
	depot := len(d) - 1
	if len(among) == 0 {
		return nil, 0
	}
	best, metres = append([]int(nil), among...), d.trip(among)
	order, used := make([]int, 0, len(among)), make([]bool, len(among))
	var extend func(at int, walked float64)
	extend = func(at int, walked float64) {
		if walked+d[at][depot] >= metres-epsilon {
			return
		}
		if len(order) == len(among) {
			best, metres = append(best[:0], order...), walked+d[at][depot]
			return
		}
		for i, stop := range among {
			if used[i] {
				continue
			}
			used[i], order = true, append(order, stop)
			extend(stop, walked+d[at][stop])
			used[i], order = false, order[:len(order)-1]
		}
	}
	extend(depot, 0)
	return best, metres
}

// trip returns the metres of the closed trip in the given order.
func (d distances) trip(order []int) float64 {
	at, metres := len(d)-1, 0.0
	for _, stop := range order {
		metres, at = metres+d[at][stop], stop
	}
	return metres + d[at][len(d)-1]
}

// A loop is a closed trip that grows by the stop that lengthens it least.
type loop struct {
	depot  gremio.Point
	stops  []gremio.Point
	order  []int
	metres float64
}

// detour returns where in the order the stop lengthens the trip least, and by how much.
func (l *loop) detour(stop int) (at int, metres float64) {
	for i := 0; i <= len(l.order); i++ {
		from, to := l.depot, l.depot
		if i > 0 {
			from = l.stops[l.order[i-1]]
		}
		if i < len(l.order) {
			to = l.stops[l.order[i]]
		}
		p := l.stops[stop]
		more := gremio.Distance(from, p) + gremio.Distance(p, to) - gremio.Distance(from, to)
		if i == 0 || more < metres-epsilon {
			at, metres = i, more
		}
	}
	return at, metres
}

func (l *loop) insert(stop int) {
	at, more := l.detour(stop)
	l.order = append(l.order, 0)
	copy(l.order[at+1:], l.order[at:])
	l.order[at] = stop
	l.metres += more
}

// nearest returns the one of candidates with the least detour, as an index of it.
func (l *loop) nearest(candidates []int) int {
	best, least := 0, 0.0
	for i, stop := range candidates {
		if _, more := l.detour(stop); i == 0 || more < least-epsilon {
			best, least = i, more
		}
	}
	return best
}

func inserted(depot gremio.Point, stops []gremio.Point) (order []int, metres float64) {
	l := &loop{depot: depot, stops: stops}
	for i := range stops {
		l.insert(i)
	}
	return l.order, l.metres
}
