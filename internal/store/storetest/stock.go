package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gremio"
	"gremio/internal/store"
)

var ignoreChanged = cmpopts.IgnoreUnexported(gremio.StockMove{})

// ledger reads a cart's ledger from first on.
func ledger(t *testing.T, s *store.Store, plate gremio.Plate, first time.Time) (l *gremio.StockLedger, found bool) {
	t.Helper()
	update(t, s, func(tx *store.Tx) (err error) {
		if l, found, err = tx.LockLedger(ctx, plate); err != nil || !found {
			return err
		}
		l, err = tx.ReadMoves(ctx, plate, gremio.StockMove{At: first})
		return err
	})
	return l, found
}

func stock(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	for range 2 {
		if l, found := ledger(t, s, "A", noon); found {
			t.Errorf("a cart that nothing is known of has the ledger %+v", l)
		}
	}
	var want gremio.StockLedger
	for i, m := range []gremio.StockMove{
		{At: minute(1), Key: "b", Kind: gremio.MoveCount, Figure: ptr(30)},
		{At: minute(1), Key: "a", Kind: gremio.MoveSale, Units: ptr(3), Figure: ptr(190)},
		{At: minute(2), Key: "a", Kind: gremio.MoveRefill},
		{At: minute(0), Key: "z", Kind: gremio.MoveSale, Units: ptr(1)},
	} {
		m.Initial = 200
		want.Add(m, 20)
		update(t, s, func(tx *store.Tx) error {
			l, found, err := tx.LockLedger(ctx, "A")
			if err != nil || found != (i > 0) {
				t.Errorf("the ledger of A is found: %v, %v", found, err)
			}
			if found {
				if l, err = tx.ReadMoves(ctx, "A", m); err != nil {
					return err
				}
			}
			l.Add(m, 20)
			return tx.SaveLedgers(ctx, []*gremio.StockLedger{l})
		})
		got, _ := ledger(t, s, "A", noon)
		if diff := cmp.Diff(want.Moves(), got.Moves(), ignoreChanged); diff != "" {
			t.Error(diff)
		}
	}
	// The refill at minute 2 bears the level, and so does the count before it.
	for from, n := range map[time.Time]int{minute(3): 0, minute(2): 1} {
		if end, _ := ledger(t, s, "A", from); len(end.Moves()) != n || end.Level() != want.Level() {
			t.Errorf("%d moves from %s on, the level %+v; want %d moves, %+v", len(end.Moves()), from, end.Level(), n, want.Level())
		}
	}
	saveCarts(t, s, &gremio.CartRecord{CartID: gremio.CartOf("B"), Plate: "B", State: gremio.CartOffShift, FirstNamedAt: noon,
		Place: &gremio.Place{Point: &gremio.Point{Lat: -33, Lon: -70}}})
	settings := gremio.DefaultSettings()
	settings.InitialStock = 150
	levels, _, err := s.Stock(ctx, "", settings, gremio.Page{Limit: 10})
	wantLevels := []gremio.StockLevel{{Plate: "A", Units: 200, Threshold: 20, Initial: 150, UpdatedAt: ptr(minute(2))}, {Plate: "B", Units: 150, Threshold: 20, Initial: 150}}
	if diff := cmp.Diff(wantLevels, levels); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if one, _, err := s.Stock(ctx, "B", settings, gremio.Page{Limit: 10}); err != nil || len(one) != 1 || one[0].Plate != "B" {
		t.Errorf("the stock of B: %v, %v", one, err)
	}

	live := func(plate gremio.Plate) (r gremio.Replenishment, found bool) {
		t.Helper()
		update(t, s, func(tx *store.Tx) (err error) {
			r, found, err = tx.LiveReplenishment(ctx, plate)
			return err
		})
		return r, found
	}
	if _, found := live("A"); found {
		t.Error("a replenishment nobody opened is live")
	}
	for i, plate := range []gremio.Plate{"B", "A"} {
		update(t, s, func(tx *store.Tx) error {
			return tx.OpenReplenishment(ctx, gremio.ReplenishmentOpened{Replenishment: fmt.Sprint("r-", plate), Plate: plate, Level: 19, OpenedAt: minute(i), SettingsVersion: 3})
		})
	}
	r, found := live("A")
	if diff := cmp.Diff(gremio.Replenishment{ID: "r-A", Plate: "A", State: gremio.ReplenishmentOpen, Level: 19, OpenedAt: minute(1)}, r); diff != "" || !found {
		t.Errorf("%v\n%s", found, diff)
	}
	waiting := func() (all []gremio.WaitingReplenishment) {
		t.Helper()
		update(t, s, func(tx *store.Tx) (err error) {
			all, err = tx.WaitingReplenishments(ctx)
			return err
		})
		return all
	}
	all := waiting()
	if len(all) != 2 || all[0].Plate != "B" || all[1].Plate != "A" || all[1].Units != 200 || all[1].Place != nil || all[0].Place == nil {
		t.Errorf("waiting, the oldest first: %+v", all)
	}
	for range 2 {
		update(t, s, func(tx *store.Tx) error {
			return tx.CloseReplenishment(ctx, gremio.ReplenishmentClosed{Replenishment: "r-A", Plate: "A", ClosedAt: minute(5), Reason: "figure_rose"})
		})
	}
	if _, found := live("A"); found {
		t.Error("a closed replenishment is live")
	}
	if all = waiting(); len(all) != 1 || all[0].ID != "r-B" {
		t.Errorf("waiting after one is closed: %+v", all)
	}
	closed, _, err := s.Replenishments(ctx, gremio.ReplenishmentIsClosed, "A", gremio.Page{Limit: 10})
	if err != nil || len(closed) != 1 || closed[0].CloseReason != "figure_rose" || !closed[0].ClosedAt.Equal(minute(5)) {
		t.Errorf("closed: %+v, %v", closed, err)
	}
}

// A cart that sells in one process while it is counted in another has one
// level and one replenishment, also when it is new.
func levelsTogether(t *testing.T, open func(t *testing.T) *store.Store) {
	s, other := migrated(t, open), open(t)
	const events = 8
	for _, err := range together(events, func(i int) error {
		return []*store.Store{s, other}[i%2].Update(ctx, func(tx *store.Tx) error {
			l, found, err := tx.LockLedger(ctx, "A")
			if err != nil {
				return err
			}
			if !found {
				added, err := tx.AddLevel(ctx, "A", gremio.Level{Units: 20, LastFigure: 20})
				if err != nil {
					return err
				}
				if !added {
					if l, _, err = tx.LockLedger(ctx, "A"); err != nil {
						return err
					}
				}
			}
			m := gremio.StockMove{At: minute(events - i), Key: fmt.Sprint(i), Kind: gremio.MoveSale, Units: ptr(1), Initial: 20}
			if found {
				if l, err = tx.ReadMoves(ctx, "A", m); err != nil {
					return err
				}
			}
			l.Add(m, 20)
			if _, live, err := tx.LiveReplenishment(ctx, "A"); err != nil {
				return err
			} else if !live {
				if err := tx.OpenReplenishment(ctx, gremio.ReplenishmentOpened{Replenishment: fmt.Sprint("r-", i), Plate: "A", Level: l.Level().Units, OpenedAt: noon}); err != nil {
					return err
				}
			}
			return tx.SaveLedgers(ctx, []*gremio.StockLedger{l})
		})
	}) {
		t.Error(err)
	}
	if l, found := ledger(t, s, "A", noon); !found || l.Level().Units != 20-events || len(l.Moves()) != events {
		t.Errorf("after %d sales of 1 the ledger is %+v, want %d left", events, l, 20-events)
	}
	if open, _, err := s.Replenishments(ctx, "", "A", gremio.Page{Limit: 10}); err != nil || len(open) != 1 {
		t.Errorf("%d replenishments are open, %v; want 1", len(open), err)
	}
}

func prepare(t *testing.T, s *store.Store, plates ...gremio.Plate) gremio.DeliveryPrepared {
	t.Helper()
	d := gremio.DeliveryPrepared{Delivery: "d-1", PreparedAt: minute(9), Metres: 1234.5, PassedOver: []gremio.Plate{"Z"}}
	for i, p := range append(plates, "Z") {
		update(t, s, func(tx *store.Tx) error {
			return tx.OpenReplenishment(ctx, gremio.ReplenishmentOpened{Replenishment: "r-" + string(p), Plate: p, Level: i, OpenedAt: minute(i)})
		})
		if p != "Z" {
			stop := gremio.Stop{Plate: p, Replenishment: "r-" + string(p), Units: 100 + i}
			if i == 0 {
				stop.Place = &gremio.Place{Point: &gremio.Point{Lat: -33.1, Lon: -70.2}}
			}
			d.Stops = append(d.Stops, stop)
			d.TotalUnits += stop.Units
		}
	}
	update(t, s, func(tx *store.Tx) error { return tx.AddDelivery(ctx, d.V2()) })
	return d
}

func confirm(s *store.Store, delivery string, plate gremio.Plate, units *int) (refused, replenishment string, err error) {
	err = s.Update(ctx, func(tx *store.Tx) (err error) {
		replenishment, refused, err = tx.ConfirmStop(ctx, gremio.StopConfirmed{Delivery: delivery, Plate: plate, Units: units, ConfirmedAt: minute(20), By: "driver"})
		return err
	})
	return refused, replenishment, err
}

func deliveries(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	prepared := prepare(t, s, "B", "A")
	got, found, err := s.Delivery(ctx, "d-1")
	must(t, err)
	want := gremio.Delivery{ID: "d-1", State: gremio.DeliveryPreparedState, PreparedAt: minute(9), TotalUnits: 201, Metres: 1234.5, Stops: []gremio.DeliveryStop{
		{Plate: "B", Units: 100, State: gremio.StopWaiting, Where: gremio.WhereIs(prepared.Stops[0].Place), Replenishment: "r-B"},
		{Plate: "A", Units: 101, State: gremio.StopWaiting, Replenishment: "r-A"},
	}}
	if diff := cmp.Diff(want, got); diff != "" || !found {
		t.Errorf("%v\n%s", found, diff)
	}
	var waiting []gremio.WaitingReplenishment
	var stop string
	update(t, s, func(tx *store.Tx) (err error) {
		if waiting, err = tx.WaitingReplenishments(ctx); err != nil {
			return err
		}
		stop, err = tx.StopOf(ctx, "r-A")
		return err
	})
	if len(waiting) != 1 || waiting[0].Plate != "Z" || waiting[0].PassedOver != 1 {
		t.Errorf("waiting after the delivery is prepared: %+v, want Z, passed over once", waiting)
	}
	if stop != "d-1" {
		t.Errorf("the stop of A is on delivery %q", stop)
	}
	if taken, _, err := s.Replenishments(ctx, gremio.ReplenishmentPrepared, "", gremio.Page{Limit: 10}); err != nil || len(taken) != 2 || taken[0].Delivery != "d-1" {
		t.Errorf("prepared: %+v, %v", taken, err)
	}
	for _, test := range []struct {
		delivery      string
		plate         gremio.Plate
		refused       bool
		replenishment string
	}{
		{"d-2", "A", true, ""}, {"d-1", "Z", true, ""}, {"D-1", "A", true, ""},
		{"d-1", "A", false, "r-A"}, {"d-1", "A", true, ""},
	} {
		refused, r, err := confirm(s, test.delivery, test.plate, ptr(99))
		if err != nil || (refused != "") != test.refused || r != test.replenishment {
			t.Errorf("confirming %s of %s: %q, %q, %v; want %v, %q", test.plate, test.delivery, refused, r, err, test.refused, test.replenishment)
		}
	}
	got, _, err = s.Delivery(ctx, "d-1")
	if a := got.Stops[1]; err != nil || got.State != gremio.DeliveryPreparedState || a.State != gremio.StopDone || *a.ConfirmedUnits != 99 || !a.ConfirmedAt.Equal(minute(20)) {
		t.Errorf("after one of two stops: %+v, %v", got, err)
	}
	if _, _, err := confirm(s, "d-1", "B", nil); err != nil {
		t.Error(err)
	}
	got, _, err = s.Delivery(ctx, "d-1")
	if err != nil || got.State != gremio.DeliveryDone || got.DoneAt == nil || !got.DoneAt.Equal(minute(20)) || got.Stops[0].ConfirmedUnits != nil {
		t.Errorf("after all stops: %+v, %v", got, err)
	}
	update(t, s, func(tx *store.Tx) (err error) {
		stop, err = tx.StopOf(ctx, "r-A")
		return err
	})
	if stop != "" {
		t.Errorf("a confirmed stop waits on %q", stop)
	}
}

// Drivers who confirm at the same moment end the delivery, and each stop once.
func stopsTogether(t *testing.T, open func(t *testing.T) *store.Store) {
	s, other := migrated(t, open), open(t)
	plates := []gremio.Plate{"A", "B", "C", "D", "E"}
	prepare(t, s, plates...)
	first := make(chan gremio.Plate, 2*len(plates))
	for _, err := range together(2*len(plates), func(i int) error {
		plate := plates[i%len(plates)]
		_, r, err := confirm([]*store.Store{s, other}[i/len(plates)], "d-1", plate, nil)
		if r != "" {
			first <- plate
		}
		return err
	}) {
		t.Error(err)
	}
	if len(first) != len(plates) {
		t.Errorf("%d confirmations counted for %d stops", len(first), len(plates))
	}
	if d, _, err := s.Delivery(ctx, "d-1"); err != nil || d.State != gremio.DeliveryDone {
		t.Errorf("all stops are confirmed and the delivery is %s, %v", d.State, err)
	}
}
