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
	days := []gremio.Day{day, day.Prev()}
	carts, err := s.SoldByHour(ctx, []gremio.Plate{"A", "B", "X"}, days)
	if diff := cmp.Diff(map[gremio.Plate]map[gremio.Day]gremio.HourlyUnits{"A": {day: {12: 7, 20: 5}}, "B": {day: {12: 11}}}, carts); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	guild, err := s.GuildDays(ctx, days)
	if diff := cmp.Diff(map[gremio.Day]gremio.GuildDay{day: {HourlyUnits: gremio.HourlyUnits{12: 18, 13: 13, 20: 5}, Carts: 3}}, guild); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if none, err := s.SoldByHour(ctx, nil, days); err != nil || len(none) != 0 {
		t.Errorf("of no cart: %v %v", none, err)
	}
}
