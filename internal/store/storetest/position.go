package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

func saveCarts(t *testing.T, s *store.Store, carts ...*gremio.CartRecord) {
	t.Helper()
	update(t, s, func(tx *store.Tx) error { return tx.SaveCarts(ctx, carts) })
}

func lockCarts(t *testing.T, s *store.Store, ids ...string) (rows map[string]*gremio.CartRecord) {
	t.Helper()
	update(t, s, func(tx *store.Tx) (err error) {
		rows, err = tx.LockCarts(ctx, ids)
		return err
	})
	return rows
}

func carts(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	whole := gremio.CartRecord{
		CartID: gremio.CartOf("B"), Plate: "B", Place: &gremio.Place{Point: &gremio.Point{Lat: -33.44, Lon: -70.66}}, FixedAt: ptr(noon),
		Accuracy: ptr(5.5), Speed: ptr(1.25), Heading: ptr(90.), Battery: ptr(.8), HeardAt: ptr(minute(1)), State: gremio.CartMissing,
		ShiftStartedAt: ptr(minute(-60)), ShiftEndedAt: ptr(minute(-90)), ShiftEndedBy: "vendor", PausedAt: ptr(minute(-1)), MissedAlert: "silent-1", FirstNamedAt: minute(-100), PlacedBySale: true,
	}
	bare := gremio.CartRecord{CartID: gremio.CartOf("A"), Plate: "A", State: gremio.CartOffShift, FirstNamedAt: noon}
	saveCarts(t, s, &whole, &bare)
	rows := lockCarts(t, s, "cart-A", "cart-B", "cart-none")
	if diff := cmp.Diff(map[string]*gremio.CartRecord{"cart-A": &bare, "cart-B": &whole}, rows); diff != "" {
		t.Error(diff)
	}
	// Whatever a row has is replaced, fields that are now empty included.
	emptied := gremio.CartRecord{CartID: whole.CartID, Plate: "B", Place: &gremio.Place{Grid: &gremio.Grid{X: 1, Y: 2}}, State: gremio.CartLive, FirstNamedAt: noon}
	saveCarts(t, s, &emptied)
	if diff := cmp.Diff(&emptied, lockCarts(t, s, "cart-B")["cart-B"]); diff != "" {
		t.Error(diff)
	}
	saveCarts(t, s, &whole)

	// Whatever names a cart puts it on the list, and several put it there once.
	update(t, s, func(tx *store.Tx) error { return addLevel(tx, "B", 200) })
	update(t, s, func(tx *store.Tx) error { return addLevel(tx, "C", 200) })
	addApplication(t, s, "app-d", func(a *gremio.Application) { a.Plate = ptr(gremio.Plate("D")) })
	addApplication(t, s, "app-none", func(*gremio.Application) {})
	update(t, s, func(tx *store.Tx) error {
		return tx.AddMember(ctx, gremio.Member{ID: "m-1", Application: "app-e", Person: "p", Tier: gremio.TierBasic, Plate: "B", State: "active", JoinedAt: noon})
	})
	all, _, err := s.Carts(ctx, "", gremio.Page{Limit: 10})
	must(t, err)
	want := []gremio.Cart{
		{Plate: "A", State: gremio.CartOffShift},
		{Plate: "B", State: gremio.CartMissing, Where: gremio.WhereIs(whole.Place), Speed: whole.Speed, Heading: whole.Heading, Accuracy: whole.Accuracy, Battery: whole.Battery,
			FixedAt: whole.FixedAt, HeardAt: whole.HeardAt, ShiftStartedAt: whole.ShiftStartedAt},
		{Plate: "C", State: gremio.CartOffShift},
		{Plate: "D", State: gremio.CartOffShift},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
	missing, _, err := s.Carts(ctx, gremio.CartMissing, gremio.Page{Limit: 10})
	if err != nil || len(missing) != 1 || missing[0].Plate != "B" {
		t.Errorf("missing carts %v, %v; want B", missing, err)
	}
	if off, _, err := s.Carts(ctx, gremio.CartOffShift, gremio.Page{Limit: 10}); err != nil || len(off) != 3 {
		t.Errorf("off shift %v, %v; want 3", off, err)
	}
	if c, found, err := s.Cart(ctx, "B"); err != nil || !found || c.State != gremio.CartMissing {
		t.Errorf("cart B: %+v, %v, %v", c, found, err)
	}
	if _, found, err := s.Cart(ctx, "b"); err != nil || found {
		t.Errorf("cart b is found: %v", err)
	}
	var onShift []*gremio.CartRecord
	update(t, s, func(tx *store.Tx) (err error) {
		onShift, err = tx.CartsOnShift(ctx)
		return err
	})
	if diff := cmp.Diff([]*gremio.CartRecord{&whole}, onShift); diff != "" {
		t.Errorf("on shift:\n%s", diff)
	}
	if totals, err := s.Totals(ctx, "2026-11-22"); err != nil || totals.CartsMissing != 1 || totals.CartsLive != 0 {
		t.Errorf("totals %+v, %v; want one cart missing", totals, err)
	}
	known := map[gremio.Plate]bool{}
	update(t, s, func(tx *store.Tx) (err error) {
		known, err = tx.KnownPlates(ctx, []gremio.Plate{"A", "B", "C", "D", "b", "d"})
		return err
	})
	if diff := cmp.Diff(map[gremio.Plate]bool{"B": true, "D": true}, known); diff != "" {
		t.Errorf("known plates:\n%s", diff)
	}
}

// A cart's events may reach two members of a group through two topics: neither
// overwrites what the other wrote, also when the cart is new.
func cartsTogether(t *testing.T, open func(t *testing.T) *store.Store) {
	s, other := migrated(t, open), open(t)
	const members = 8
	for _, err := range together(members, func(i int) error {
		return []*store.Store{s, other}[i%2].Update(ctx, func(tx *store.Tx) error {
			rows, err := tx.LockCarts(ctx, []string{"cart-A", "cart-B"})
			if err != nil {
				return err
			}
			var save []*gremio.CartRecord
			for _, plate := range []gremio.Plate{"A", "B"} {
				c := rows[gremio.CartOf(plate)]
				if c == nil {
					c = &gremio.CartRecord{CartID: gremio.CartOf(plate), Plate: plate, State: gremio.CartOffShift, FirstNamedAt: noon}
					added, err := tx.AddCart(ctx, c)
					if err != nil {
						return err
					}
					if !added {
						if rows, err = tx.LockCarts(ctx, []string{"cart-A", "cart-B"}); err != nil {
							return err
						}
						c = rows[c.CartID]
					}
				}
				if c.Battery == nil {
					c.Battery = new(float64)
				}
				*c.Battery++
				save = append(save, c)
			}
			return tx.SaveCarts(ctx, save)
		})
	}) {
		t.Error(err)
	}
	for id, c := range lockCarts(t, s, "cart-A", "cart-B") {
		if *c.Battery != members {
			t.Errorf("%s was changed %d times, and %g are kept", id, members, *c.Battery)
		}
	}
}

func addLevel(tx *store.Tx, plate gremio.Plate, units int) error {
	_, err := tx.AddLevel(ctx, plate, gremio.Level{Units: units, LastFigure: units})
	return err
}

func track(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	whole := gremio.TrackPoint{CartID: "cart-A", EventID: "1", ReceivedAt: minute(1), Fix: gremio.PositionReported{
		Plate: "A", Place: &gremio.Place{Point: &gremio.Point{Lat: -33.44, Lon: -70.66}}, Time: noon, DeviceTime: ptr(minute(-9)),
		Accuracy: ptr(5.5), Speed: ptr(1.25), Heading: ptr(90.), Battery: ptr(.8)}}
	bare := gremio.TrackPoint{CartID: "cart-A", EventID: "2", ReceivedAt: minute(2), Fix: gremio.PositionReported{Plate: "A", Time: minute(-10)}}
	again := whole
	again.EventID, again.Fix.Speed = "3", ptr(99.)
	elsewhere := whole
	elsewhere.CartID, elsewhere.EventID = "cart-B", "4"
	for range 2 {
		update(t, s, func(tx *store.Tx) error {
			return tx.AddTrack(ctx, []gremio.TrackPoint{whole, bare, again, elsewhere})
		})
	}
	got, _, err := s.Track(ctx, "A", gremio.Page{Limit: 10})
	want := []gremio.Fix{
		{Time: noon, Where: gremio.WhereIs(whole.Fix.Place), DeviceTime: whole.Fix.DeviceTime, Accuracy: whole.Fix.Accuracy, Speed: whole.Fix.Speed,
			Heading: whole.Fix.Heading, Battery: whole.Fix.Battery, ReceivedAt: minute(1)},
		{Time: minute(-10), ReceivedAt: minute(2)},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for id, found := range map[string]int{"1": 1, "3": 0} {
		if known, err := s.FindEvent(ctx, nil, id); err != nil || len(known) != found {
			t.Errorf("fix %s is known as %v, %v", id, known, err)
		}
	}
}

func intakeSpans(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	add := func(signs ...time.Time) {
		t.Helper()
		update(t, s, func(tx *store.Tx) error { return tx.AddIntakeSigns(ctx, signs) })
	}
	second := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }
	add(second(0), second(5))
	add(second(60), second(55), second(50))
	add(second(5))
	add(second(300))
	want := []gremio.Span{{Start: second(0), End: second(5)}, {Start: second(50), End: second(60)}, {Start: second(300), End: second(300)}}
	spans, err := s.IntakeSpans(ctx, noon)
	if diff := cmp.Diff(want, spans); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	// What comes late closes the gap that it was missed in.
	add(second(12), second(19), second(26), second(33), second(40), second(45))
	want = []gremio.Span{{Start: second(0), End: second(60)}, want[2]}
	spans, err = s.IntakeSpans(ctx, noon)
	if diff := cmp.Diff(want, spans); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for since, n := range map[time.Time]int{second(60): 2, second(61): 1, second(301): 0} {
		if spans, err := s.IntakeSpans(ctx, since); err != nil || len(spans) != n {
			t.Errorf("since %s: %v, %v; want %d", since, spans, err, n)
		}
	}
}

// phonePaces checks that of what was decided of a cart's phone the newest counts,
// in whatever order it comes, and which fixes tell of its pauses.
func phonePaces(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	pace := func(plate gremio.Plate, n, seconds int) gremio.PhonePaced {
		return gremio.PhonePaced{Plate: plate, IntervalSeconds: seconds, DecidedAt: minute(n), SettingsVersion: int64(n), Alert: "alert-1"}
	}
	for _, p := range []gremio.PhonePaced{pace("A", 2, 0), pace("A", 1, 300), pace("A", 2, 0), pace("B", 1, 300), pace("B", 3, 600)} {
		update(t, s, func(tx *store.Tx) error { return tx.SetPhonePace(ctx, p) })
	}
	want := map[string]gremio.PhonePaced{gremio.CartOf("A"): pace("A", 2, 0), gremio.CartOf("B"): pace("B", 3, 600)}
	got, err := s.PhonePaces(ctx, []string{gremio.CartOf("A"), gremio.CartOf("B"), gremio.CartOf("C")})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	fix := func(cart string, fixed, received int) gremio.TrackPoint {
		return gremio.TrackPoint{CartID: cart, EventID: fmt.Sprint(cart, fixed), ReceivedAt: minute(received), Fix: gremio.PositionReported{Plate: "A", Time: minute(fixed)}}
	}
	update(t, s, func(tx *store.Tx) error {
		return tx.AddTrack(ctx, []gremio.TrackPoint{fix("cart-A", 9, 10), fix("cart-A", 4, 5), fix("cart-A", 3, 5), fix("cart-A", 1, 1), fix("cart-B", 7, 7)})
	})
	heard, err := s.FixesReceived(ctx, "cart-A", minute(5))
	if diff := cmp.Diff([]time.Time{minute(5), minute(10)}, heard); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
