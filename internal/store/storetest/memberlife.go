package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

// memberLife is what becomes of members and their plates.
func memberLife(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	for i, id := range []string{"m-1", "m-2"} {
		app := "app-" + id
		addApplication(t, s, app, func(*gremio.Application) {})
		update(t, s, func(tx *store.Tx) error {
			return tx.AddMember(ctx, gremio.Member{ID: id, Application: app, Person: "person-" + app, Tier: gremio.TierBasic,
				Plate: gremio.Plate("AB"[i : i+1]), State: gremio.MemberActive, JoinedAt: noon})
		})
	}
	holder := func(plate gremio.Plate) (member string) {
		update(t, s, func(tx *store.Tx) (err error) {
			member, _, err = tx.HolderOf(ctx, plate)
			return err
		})
		return member
	}
	wantKind(t, s.Update(ctx, func(tx *store.Tx) error { return tx.ClaimPlate(ctx, "A", "m-2", minute(1)) }), gremio.Conflict)
	// m-1's cart becomes m-2's, and m-2 leaves with both; the ends come first, as
	// when the partitions are read in that order.
	update(t, s, func(tx *store.Tx) error {
		return tx.MarkHoldings(ctx, gremio.HoldingMark{Plate: "A", Member: "m-2", At: minute(20), Cause: "left"}, gremio.HoldingMark{Plate: "B", Member: "m-2", At: minute(20), Cause: "left"})
	})
	if holder("A") != "m-1" || holder("B") != "" {
		t.Errorf("before the log tells of the sale: A is %q's, B %q's", holder("A"), holder("B"))
	}
	for range 2 { // told twice counts once
		update(t, s, func(tx *store.Tx) error {
			return tx.MarkHoldings(ctx, gremio.HoldingMark{Plate: "A", Member: "m-2", At: minute(10), Cause: "given", Starts: true}, gremio.HoldingMark{Plate: "A", Member: "m-1", At: minute(10), Cause: "given"})
		})
	}
	if holder("A") != "" {
		t.Errorf("A is %q's", holder("A"))
	}
	of, err := s.HoldingsOfMember(ctx, "m-2")
	must(t, err)
	ten, twenty := minute(10), minute(20)
	if diff := cmp.Diff([]gremio.Holding{{Plate: "A", Member: "m-2", From: ten, Until: &twenty}, {Plate: "B", Member: "m-2", From: noon, Until: &twenty}}, of); diff != "" {
		t.Error(diff)
	}
	update(t, s, func(tx *store.Tx) error {
		if former, err := tx.FormerlyHeld(ctx, "A"); err != nil || !former {
			t.Errorf("A was held: %v, %v", former, err)
		}
		if former, err := tx.FormerlyHeld(ctx, "C"); err != nil || former {
			t.Errorf("C was held: %v, %v", former, err)
		}
		return tx.ClaimPlate(ctx, "A", "m-1", minute(30))
	})

	m, found, err := s.Member(ctx, "m-1")
	if err != nil || !found || m.Plate != "A" || m.State != gremio.MemberActive {
		t.Fatalf("%+v, %v, %v", m, found, err)
	}
	m.Tier, m.State, m.SuspendedReason, m.SuspendedUntil, m.LeftAt = gremio.TierPremium, gremio.MemberHasLeft, "ñandú 🥟", &ten, &twenty
	e := gremio.MemberEvent{Member: "m-1", Cause: "e-1", At: ten, Kind: "changed", By: "user-1", Reason: "because", Tier: gremio.TierPremium, Plate: "A", Other: "m-2", Until: &twenty, Sealed: gremio.Sealed("n 1"), ExpiresOn: "2027-01-31"}
	p := gremio.Permit{Member: "m-1", Kind: gremio.PermitSanitary, Sealed: gremio.Sealed("n 1"), ExpiresOn: "2027-03-31"}
	for range 2 {
		update(t, s, func(tx *store.Tx) error {
			must(t, tx.SaveMember(ctx, m))
			must(t, tx.SavePermit(ctx, p))
			return tx.AddMemberEvent(ctx, e)
		})
	}
	got, _, err := s.Member(ctx, "m-1")
	must(t, err)
	if diff := cmp.Diff(m, got); diff != "" {
		t.Error(diff)
	}
	history, err := s.MemberHistory(ctx, "m-1")
	must(t, err)
	if diff := cmp.Diff([]gremio.MemberEvent{e}, history); diff != "" {
		t.Error(diff)
	}
	permits, err := s.PermitsOf(ctx, "m-1")
	must(t, err)
	if diff := cmp.Diff([]gremio.Permit{p}, permits); diff != "" {
		t.Error(diff)
	}
}

// tiersOfADay wants a day's figures by tier to be of who held the carts when they
// sold, whoever holds them since, or nobody.
func tiersOfADay(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	for i, id := range []string{"m-1", "m-2"} {
		app := "app-" + id
		addApplication(t, s, app, func(*gremio.Application) {})
		update(t, s, func(tx *store.Tx) error {
			return tx.AddMember(ctx, gremio.Member{ID: id, Application: app, Person: "person-" + app, Tier: []gremio.Tier{gremio.TierBasic, gremio.TierPremium}[i],
				Plate: gremio.Plate("AB"[i : i+1]), State: gremio.MemberActive, JoinedAt: minute(10)})
		})
	}
	day := gremio.DayOf(noon, gremio.Clock(0, 0))
	update(t, s, func(tx *store.Tx) error {
		return tx.AddSales(ctx, []gremio.Sale{
			{ID: "early", Plate: "A", Units: 3, Time: minute(5), ReceivedAt: noon, Day: day, Hour: 9}, // while the application waited
			{ID: "s", Plate: "B", Units: 4, Time: minute(15), ReceivedAt: noon, Day: day, Hour: 9},
			{ID: "nobody's", Plate: "C", Units: 5, Time: minute(15), ReceivedAt: noon, Day: day, Hour: 9}})
	})
	check := func(when string, silent ...gremio.Plate) {
		t.Helper()
		r, err := s.ComputeReport(ctx, day)
		must(t, err)
		want := []gremio.TierDay{{Tier: gremio.TierPremium, Vendors: 1, Sales: 1, Units: 4}, {Tier: gremio.TierBasic, Vendors: 1, Sales: 1, Units: 3}}
		if diff := cmp.Diff(want, r.Tiers); diff != "" {
			t.Errorf("%s:\n%s", when, diff)
		}
		if diff := cmp.Diff(silent, r.Silent); diff != "" {
			t.Errorf("%s: silent:\n%s", when, diff)
		}
	}
	check("at first")
	update(t, s, func(tx *store.Tx) error { // the cart B goes to the other member, with a plate more
		return tx.MarkHoldings(ctx, gremio.HoldingMark{Plate: "B", Member: "m-2", At: minute(20), Cause: "given"}, gremio.HoldingMark{Plate: "B", Member: "m-1", At: minute(20), Cause: "given", Starts: true},
			gremio.HoldingMark{Plate: "D", Member: "m-1", At: minute(20), Cause: "given", Starts: true})
	})
	check("a cart goes to another", "D")
	update(t, s, func(tx *store.Tx) error {
		for _, plate := range []gremio.Plate{"A", "B", "D"} {
			if err := tx.MarkHoldings(ctx, gremio.HoldingMark{Plate: plate, Member: "m-1", At: minute(30), Cause: "erased"}); err != nil {
				return err
			}
		}
		return tx.EraseMember(ctx, "m-1")
	})
	check("who has them is forgotten")
	tiers, err := s.TiersOfPlates(ctx)
	must(t, err)
	if diff := cmp.Diff(map[string]gremio.Tier{"A": gremio.TierBasic, "B": gremio.TierBasic, "D": gremio.TierBasic}, tiers); diff != "" {
		t.Error(diff)
	}
}
