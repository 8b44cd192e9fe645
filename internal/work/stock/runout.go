package stock

import (
	"context"
	"time"

	"gremio"
	"gremio/internal/forecast"
)

// loading is what passes from a delivery's preparation until its van leaves: the
// driver hears of it, loads and starts.
const loading = 15 * time.Minute

// oneRunsOut reports whether one of the few carts that wait at a depot would run out
// before a delivery that leaves later than now gets to it: in one case of ten, by its
// own pace. Not asked are carts with less than a week of history, and one whose stop
// has failed: the van would turn round for a cart that is not there.
func (b *stockBatch) oneRunsOut(ctx context.Context, depot gremio.Depot, queue []gremio.WaitingReplenishment, now time.Time) (bool, error) {
	if len(queue) == 0 {
		return false, nil
	}
	plates := make([]gremio.Plate, len(queue))
	for i, w := range queue {
		plates[i] = w.Plate
	}
	sold, err := b.tx.SoldByHour(ctx, plates, forecast.Days(now, b.settings.DayStartsAt))
	if err != nil || len(sold) == 0 {
		return false, err
	}
	weekAgo := gremio.DayOf(now, b.settings.DayStartsAt).Plus(-7)
	for _, s := range b.arrivals(depot, queue) {
		w := queue[s.waiting]
		if !w.WaitsSince.Equal(w.OpenedAt) || !knownSince(sold[w.Plate], weekAgo) {
			continue
		}
		pace, known := forecast.New(now, b.settings.DayStartsAt, forecast.History{Cart: sold[w.Plate]})
		if !known {
			continue
		}
		if f := pace.RunOut(w.Units); f.Earliest != nil && !f.Earliest.After(now.Add(s.after)) {
			return true, nil
		}
	}
	return false, nil
}

// knownSince reports whether a cart sold on a day or before it.
func knownSince(sold map[gremio.Day]gremio.HourlyUnits, day gremio.Day) bool {
	for d := range sold {
		if d <= day {
			return true
		}
	}
	return false
}

// An arrival is how long after now the van would come to one of those who wait.
type arrival struct {
	waiting int
	after   time.Duration
}

// arrivals returns when the van would come to each of a queue of five at most.
// Nobody knows how far a cart is whose place nobody knows: it counts as beside the depot.
func (b *stockBatch) arrivals(depot gremio.Depot, queue []gremio.WaitingReplenishment) []arrival {
	chosen, order, _ := trip(depot, queue)
	stops := make([]gremio.PlannedStop, len(order))
	for i, o := range order {
		stops[i].Place = queue[chosen[o]].Place
	}
	b.expect(depot, stops)
	all := make([]arrival, len(order))
	for i, o := range order {
		all[i].waiting = chosen[o]
		all[i].after = loading
		if stops[i].AfterSeconds != nil {
			all[i].after += time.Duration(*stops[i].AfterSeconds) * time.Second
		}
	}
	return all
}
