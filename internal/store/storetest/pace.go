package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

// pace reads by the hour what carts and the guild sold on some days,
// and on no other.
func pace(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	day := gremio.Day("2026-11-17")
	addSales(t, s,
		sold("A", "1", "", 4, day.At(gremio.Clock(12, 0))),
		sold("A", "2", "", 3, day.At(gremio.Clock(12, 59))),
		sold("A", "3", "", 5, day.At(gremio.Clock(20, 0))),
		sold("B", "1", "", 11, day.At(gremio.Clock(12, 30))),
		sold("C", "1", "", 13, day.At(gremio.Clock(13, 0))),
		sold("A", "4", "", 99, day.Next().At(gremio.Clock(12, 0))))
	got, err := s.PaceHistory(ctx, []gremio.Plate{"A", "B", "X"}, []gremio.Day{day, day.Prev()})
	want := gremio.PaceHistory{
		Carts: map[gremio.Plate]map[gremio.Day]gremio.HourlyUnits{"A": {day: {12: 7, 20: 5}}, "B": {day: {12: 11}}},
		Guild: map[gremio.Day]gremio.GuildDay{day: {HourlyUnits: gremio.HourlyUnits{12: 18, 13: 13, 20: 5}, Carts: 3}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if none, err := s.PaceHistory(ctx, nil, []gremio.Day{day}); err != nil || len(none.Carts)+len(none.Guild) != 0 {
		t.Errorf("of no cart: %v %v", none, err)
	}
}
