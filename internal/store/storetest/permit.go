package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

// addMember makes a member of id by the application app-ID.
func addMember(t *testing.T, s *store.Store, id string, change func(*gremio.Member)) gremio.Member {
	t.Helper()
	addApplication(t, s, "app-"+id, func(*gremio.Application) {})
	m := gremio.Member{ID: id, Application: "app-" + id, Person: "person-app-" + id, Tier: gremio.TierBasic, Plate: gremio.Plate("P" + id[2:]),
		State: gremio.MemberActive, JoinedAt: noon}
	change(&m)
	update(t, s, func(tx *store.Tx) error { return tx.AddMember(ctx, m) })
	return m
}

// suspendedCarts are those that suspended members have now.
func suspendedCarts(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	for _, id := range []string{"m-1", "m-2", "m-3"} {
		m := addMember(t, s, id, func(*gremio.Member) {})
		if id != "m-2" {
			m.State, m.SuspendedAt, m.SuspendedReason = gremio.MemberIsSuspended, ptr(minute(3)), "because"
			update(t, s, func(tx *store.Tx) error { return tx.SaveMember(ctx, m) })
		}
	}
	update(t, s, func(tx *store.Tx) error {
		return tx.MarkHoldings(ctx, gremio.HoldingMark{Plate: "P3", Member: "m-3", At: minute(5), Cause: "given"},
			gremio.HoldingMark{Plate: "P3", Member: "m-2", At: minute(5), Cause: "given", Starts: true})
	})
	update(t, s, func(tx *store.Tx) error {
		return tx.MarkHoldings(ctx, gremio.HoldingMark{Plate: "P2", Member: "m-2", At: minute(6), Cause: "changed"})
	})
	for plate, want := range map[gremio.Plate]string{"P1": gremio.MemberIsSuspended, "P2": gremio.MemberHasLeft, "P3": gremio.MemberActive, "p3": "", "X": ""} {
		if state, err := s.BearerState(ctx, plate); err != nil || state != want {
			t.Errorf("the member with plate %s: %q, %v; want %q", plate, state, err, want)
		}
	}
	got, err := s.SuspendedSince(ctx, []gremio.Plate{"P1", "P2", "P3", "p1", "X"})
	must(t, err)
	if diff := cmp.Diff(map[gremio.Plate]time.Time{"P1": minute(3)}, got); diff != "" {
		t.Error(diff)
	}
}

// permits are told of once for each date, and never of who has left.
func permits(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	addMember(t, s, "m-1", func(*gremio.Member) {})
	addMember(t, s, "m-2", func(m *gremio.Member) { m.State = gremio.MemberHasLeft })
	note := func(member string, kind gremio.PermitKind, day gremio.Day) {
		update(t, s, func(tx *store.Tx) error {
			return tx.SavePermit(ctx, gremio.Permit{Member: member, Kind: kind, Sealed: gremio.Sealed("n"), ExpiresOn: day})
		})
	}
	due := func(until gremio.Day, want ...gremio.Permit) {
		t.Helper()
		got, err := s.PermitsToWarnOf(ctx, until, 10)
		must(t, err)
		if diff := cmp.Diff(append([]gremio.Permit{}, want...), got); diff != "" {
			t.Errorf("until %s (- want, + got):\n%s", until, diff)
		}
	}
	note("m-1", gremio.PermitMunicipal, "2027-03-31")
	note("m-1", gremio.PermitSanitary, "2027-02-28")
	note("m-2", gremio.PermitSanitary, "2027-01-01")
	municipal := gremio.Permit{Member: "m-1", Kind: gremio.PermitMunicipal, Sealed: gremio.Sealed("n"), ExpiresOn: "2027-03-31"}
	sanitary := gremio.Permit{Member: "m-1", Kind: gremio.PermitSanitary, Sealed: gremio.Sealed("n"), ExpiresOn: "2027-02-28"}
	due("2027-02-27")
	due("2027-02-28", sanitary)
	due("2027-03-31", sanitary, municipal)
	warned := municipal
	warned.Alert, warned.WarnedFor = "alert-1", "2027-03-31"
	update(t, s, func(tx *store.Tx) error { return tx.NoteWarning(ctx, warned) })
	due("2028-01-01", sanitary)
	note("m-1", gremio.PermitMunicipal, "2027-03-31")
	due("2028-01-01", sanitary)
	update(t, s, func(tx *store.Tx) error {
		locked, err := tx.LockPermits(ctx, "m-1")
		if diff := cmp.Diff([]gremio.Permit{warned, sanitary}, locked); diff != "" {
			t.Error(diff)
		}
		return err
	})
	note("m-1", gremio.PermitMunicipal, "2027-12-31")
	municipal.ExpiresOn, municipal.Alert = "2027-12-31", "alert-1"
	due("2028-01-01", sanitary, municipal)
	warned.WarnedFor = "2027-12-31"
	update(t, s, func(tx *store.Tx) error {
		must(t, tx.NoteWarning(ctx, warned))
		return tx.ForgetWarnings(ctx, "m-1")
	})
	due("2028-01-01", sanitary, municipal)
}
