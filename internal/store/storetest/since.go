package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

// since is what whoever may see a cart from a time on is shown of it.
func since(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	cart := gremio.CartOf("A")
	update(t, s, func(tx *store.Tx) error {
		for i, id := range []string{"old", "at", "new"} {
			at, day := minute(i), gremio.Day("2026-11-2"+string(rune('0'+i)))
			place := &gremio.Place{Point: &gremio.Point{Lat: -33, Lon: -70}}
			must(t, tx.AddSales(ctx, []gremio.Sale{{ID: id, Plate: "A", Units: 1, Client: "Ana", ClientKey: "ana", Time: at, ReceivedAt: minute(9), Day: day}}))
			must(t, tx.AddTrack(ctx, []gremio.TrackPoint{{CartID: cart, EventID: id, ReceivedAt: at, Fix: gremio.PositionReported{Plate: "A", Place: place, Time: at}}}))
		}
		for id, at := range map[string]int{"old-open": 0, "old": -1, "new": 2} {
			must(t, tx.OpenReplenishment(ctx, gremio.ReplenishmentOpened{Replenishment: id, Plate: gremio.Plate("R" + id[:1] + id[len(id)-1:]), OpenedAt: minute(at)}))
		}
		return tx.CloseReplenishment(ctx, gremio.ReplenishmentClosed{Replenishment: "old", ClosedAt: minute(0)})
	})
	page := gremio.Page{Limit: 10, Since: minute(1)}
	sold, _, err := s.Sales(ctx, gremio.SaleFilter{Plate: "A"}, page)
	must(t, err)
	fixes, _, err := s.Track(ctx, "A", page)
	must(t, err)
	refills, _, err := s.Replenishments(ctx, "", "", page)
	must(t, err)
	var got []string
	for _, one := range sold {
		got = append(got, one.ID)
	}
	for _, one := range fixes {
		got = append(got, one.Time.Format("15:04"))
	}
	for _, one := range refills {
		got = append(got, one.ID)
	}
	if diff := cmp.Diff([]string{"new", "at", minute(2).Format("15:04"), minute(1).Format("15:04"), "new", "old-open"}, got); diff != "" {
		t.Error(diff)
	}
	for from, want := range map[gremio.Day]int{"2026-11-20": 3, "2026-11-21": 2} {
		often, err := s.FrequentClients(ctx, "A", from, "2026-11-22")
		if err != nil || len(often) != 1 || often[0].Days != want {
			t.Errorf("who came often from %s on: %+v, %v", from, often, err)
		}
	}
	for _, id := range []string{"old", "new"} {
		known, err := s.FindEvent(ctx, []string{"sales"}, id)
		if err != nil || len(known) != 1 || known[0].Noted.IsZero() {
			t.Errorf("event %s: %+v, %v", id, known, err)
		}
	}
}
