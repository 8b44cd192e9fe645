package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

// twins are applications and members with one document, and namesakes those with
// one name: by hashes, which compare by their bytes.
func twins(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	apply := func(id string, at int, rut, name *string) {
		addApplication(t, s, id, func(a *gremio.Application) { a.SubmittedAt, a.RUTHash, a.NameHash = minute(at), rut, name })
	}
	waits := func(hash, id string) (other string) {
		t.Helper()
		update(t, s, func(tx *store.Tx) (err error) {
			other, err = tx.WaitsWithDocument(ctx, hash, id)
			return err
		})
		return other
	}
	alike := func(name, rut, id string) (found bool) {
		t.Helper()
		update(t, s, func(tx *store.Tx) (err error) {
			found, err = tx.NamedAlike(ctx, name, rut, id)
			return err
		})
		return found
	}
	decide := func(id, state string) {
		t.Helper()
		update(t, s, func(tx *store.Tx) error {
			_, err := tx.DecideApplication(ctx, gremio.Decision{Application: id, State: state, By: "office", At: minute(9), ServedAs: gremio.TierBasic})
			return err
		})
	}
	apply("b", 2, ptr("rut-1"), ptr("name-1"))
	apply("a", 1, ptr("rut-1"), ptr("name-1"))
	apply("c", 3, ptr("rut-1"), ptr("name-2"))
	apply("d", 4, ptr("rut-2"), ptr("name-1"))
	apply("e", 5, nil, ptr("name-3"))
	for id, want := range map[string]string{"a": "b", "b": "a", "c": "a", "d": "a", "z": "a"} {
		if got := waits("rut-1", id); got != want {
			t.Errorf("with the document of %s waits %q, want the oldest other, %q", id, got, want)
		}
	}
	if waits("RUT-1", "z") != "" || waits("rut-3", "z") != "" {
		t.Error("another document is the same")
	}
	// Of two only the later waits because of the other.
	update(t, s, func(tx *store.Tx) error {
		return tx.HoldApplication(ctx, gremio.ApplicationHeldV2{ApplicationHeld: gremio.ApplicationHeld{Application: "b", Reasons: []string{gremio.ReasonDuplicate}}, DuplicateOf: "a", SameAs: "m-9"})
	})
	if got := waits("rut-1", "a"); got != "c" {
		t.Errorf("a waits because of %q, though b waits because of a", got)
	}
	if b, _, err := s.Application(ctx, "b"); err != nil || b.DuplicateOf != "a" || b.SameAs != "m-9" || !slices.Equal(b.Reasons, []string{gremio.ReasonDuplicate}) {
		t.Errorf("%+v, %v", b, err)
	}
	for _, test := range []struct {
		name, rut, id string
		want          bool
	}{{"name-1", "rut-1", "a", true}, {"name-1", "rut-2", "d", true}, {"name-2", "rut-1", "c", false}, {"name-2", "rut-9", "z", true}, {"NAME-1", "rut-9", "z", false}, {"name-3", "rut-9", "z", false}} {
		if got := alike(test.name, test.rut, test.id); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
	decide("d", gremio.ApplicationIsRejected)
	if alike("name-1", "rut-1", "a") {
		t.Error("somebody who was refused is a namesake")
	}
	for _, id := range []string{"a", "c"} {
		decide(id, gremio.ApplicationIsRejected)
	}
	if waits("rut-1", "z") != "b" || waits("rut-1", "b") != "" {
		t.Error("who was refused still waits")
	}
}

// documents are those of members, of who left too.
func documents(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	addMember(t, s, "m-1", func(m *gremio.Member) { m.RUTHash = ptr("rut-1") })
	addMember(t, s, "m-2", func(m *gremio.Member) { m.RUTHash, m.State = ptr("rut-2"), gremio.MemberHasLeft })
	addMember(t, s, "m-3", func(*gremio.Member) {})
	update(t, s, func(tx *store.Tx) error {
		for hash, want := range map[string]string{"rut-1": "m-1", "rut-2": "m-2 left", "rut-3": "", "RUT-1": ""} {
			member, left, err := tx.MemberWithDocument(ctx, hash)
			if left {
				member += " left"
			}
			if err != nil || member != want {
				t.Errorf("with document %s: %q, %v; want %q", hash, member, err, want)
			}
		}
		return nil
	})
	// A plate whose member gave it up is a former one until somebody bears it again.
	former := func() (is bool) {
		update(t, s, func(tx *store.Tx) (err error) {
			is, err = tx.FormerlyHeld(ctx, "P2")
			return err
		})
		return is
	}
	mark := func(member string, at int, starts bool) {
		update(t, s, func(tx *store.Tx) error {
			return tx.MarkHoldings(ctx, gremio.HoldingMark{Plate: "P2", Member: member, At: minute(at), Cause: "e", Starts: starts})
		})
	}
	if former() {
		t.Error("a plate that is borne is a former one")
	}
	mark("m-2", 1, false)
	if !former() {
		t.Error("a plate that was given up is none")
	}
	mark("m-3", 2, true)
	if former() {
		t.Error("a plate that somebody else bears now is a former one")
	}
	held, err := s.HoldingsOfMembers(ctx, []string{"m-2", "m-3", "m-9"})
	one, two := minute(1), minute(2)
	want := map[string][]gremio.Holding{"m-2": {{Plate: "P2", Member: "m-2", From: noon, Until: &one}},
		"m-3": {{Plate: "P2", Member: "m-3", From: two}, {Plate: "P3", Member: "m-3", From: noon}}}
	if diff := cmp.Diff(want, held); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

// decisionTimes are how long decisions took and who waits, by tier and payment.
func decisionTimes(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	apply := func(id string, tier gremio.Tier, at int) {
		addApplication(t, s, id, func(a *gremio.Application) { a.Tier, a.SubmittedAt = tier, minute(at) })
	}
	decide := func(id string, at int, served gremio.Tier) {
		update(t, s, func(tx *store.Tx) error {
			_, err := tx.DecideApplication(ctx, gremio.Decision{Application: id, State: gremio.ApplicationIsRejected, By: "office", At: minute(at), ServedAs: served})
			return err
		})
	}
	apply("old", gremio.TierBasic, 0)
	apply("basic", gremio.TierBasic, 1)
	apply("unpaid", gremio.TierPremium, 2)
	apply("early", gremio.TierPremium, 30) // by an api whose clock is ahead
	decide("old", 5, gremio.TierBasic)
	decide("basic", 21, gremio.TierBasic)
	decide("unpaid", 22, gremio.TierBasic)
	decide("early", 29, gremio.TierPremium)
	took, err := s.DecisionTimes(ctx, minute(10))
	must(t, err)
	slices.Sort(took[gremio.TierBasic])
	if diff := cmp.Diff(map[gremio.Tier][]time.Duration{gremio.TierBasic: {20 * time.Minute, 20 * time.Minute}, gremio.TierPremium: {0}}, took); diff != "" {
		t.Error(diff)
	}
	apply("waits-1", gremio.TierPremium, 40)
	apply("waits-2", gremio.TierPremium, 41)
	apply("waits-3", gremio.TierPremium, 42)
	apply("waits-4", gremio.TierBasic, 43)
	pay := func(paid bool) {
		update(t, s, func(tx *store.Tx) error {
			return tx.SetPayment(ctx, gremio.ApplicationPaid{ApplicationAct: gremio.ApplicationAct{Application: "waits-2", At: minute(45)}, Paid: paid, Amount: 15000, Reference: "4711"})
		})
	}
	pay(true)
	waiting, err := s.WaitingTiers(ctx)
	must(t, err)
	slices.SortFunc(waiting, func(a, b gremio.WaitingTier) int { return a.Oldest.Compare(b.Oldest) })
	want := []gremio.WaitingTier{{Tier: gremio.TierPremium, Count: 2, Oldest: minute(40)}, {Tier: gremio.TierPremium, Paid: true, Count: 1, Oldest: minute(41)}, {Tier: gremio.TierBasic, Count: 1, Oldest: minute(43)}}
	if diff := cmp.Diff(want, waiting); diff != "" {
		t.Error(diff)
	}
	pay(false)
	if a, _, err := s.Application(ctx, "waits-2"); err != nil || a.PaidAt != nil || a.PaidReference != "" || a.PaidAmount != 0 {
		t.Errorf("a payment that was taken back: %+v, %v", a, err)
	}
	// Turns come in the order of what was sent in, and are over with a decision.
	update(t, s, func(tx *store.Tx) error {
		for _, id := range []string{"waits-3", "waits-1", "waits-2"} {
			must(t, tx.QueueApplication(ctx, id))
		}
		return tx.HoldApplication(ctx, gremio.ApplicationHeldV2{ApplicationHeld: gremio.ApplicationHeld{Application: "waits-2"}})
	})
	decide("waits-3", 50, gremio.TierBasic)
	if ids, err := s.Queued(ctx, 10); err != nil || !slices.Equal(ids, []string{"waits-1"}) {
		t.Errorf("whose turn it is: %v, %v", ids, err)
	}
}

// endings are what the clock and the log's own word decide of members.
func endings(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	for i, id := range []string{"m-1", "m-2", "m-3", "m-4"} {
		m := addMember(t, s, id, func(*gremio.Member) {})
		if id == "m-4" {
			continue
		}
		m.State, m.SuspendedAt, m.SuspendedReason = gremio.MemberIsSuspended, ptr(minute(1)), "because"
		if id != "m-3" { // m-3's ends by a person
			m.SuspendedUntil = ptr(minute(20 - i))
		}
		update(t, s, func(tx *store.Tx) error { return tx.SaveMember(ctx, m) })
	}
	for at, want := range map[int][]string{18: nil, 19: {"m-2"}, 20: {"m-2", "m-1"}} {
		over, err := s.SuspensionsOver(ctx, minute(at), 10)
		must(t, err)
		var ids []string
		for _, m := range over {
			ids = append(ids, m.ID)
		}
		if !slices.Equal(ids, want) {
			t.Errorf("at minute %d the suspensions of %v are over, want %v", at, ids, want)
		}
	}
	key := gremio.IDKey(gremio.TypeApplicationSubmitted, "app-m-1", "app-m-1")
	decision := gremio.IDKey(gremio.TypeMemberResumed, "app-m-1", "resumed-1")
	id := func(key, id string, offset int64) gremio.AppliedID {
		return gremio.AppliedID{Key: key, ID: id, Digest: "d", Time: noon, At: gremio.LogPosition{Topic: gremio.TopicMemberships, Partition: 3, Offset: offset}}
	}
	onItsWay := func(offset int64) (is bool) {
		update(t, s, func(tx *store.Tx) (err error) {
			is, err = tx.DecisionOnItsWay(ctx, "m-1", offset)
			return err
		})
		return is
	}
	if _, found, err := s.PartitionOf(ctx, "app-m-1"); err != nil || found || onItsWay(10) {
		t.Errorf("of what the log has not told: %v, %v", found, err)
	}
	update(t, s, func(tx *store.Tx) error {
		must(t, tx.AddAppliedIDs(ctx, "members", []gremio.AppliedID{id(key, "app-m-1", 7), id(decision, "resumed-1", -1)}))
		return tx.NoteDecision(ctx, "m-1", decision)
	})
	if partition, found, err := s.PartitionOf(ctx, "app-m-1"); err != nil || !found || partition != 3 {
		t.Errorf("the application lies in %d, %v, %v", partition, found, err)
	}
	if !onItsWay(10) {
		t.Error("a decision that the log does not have is not on its way")
	}
	update(t, s, func(tx *store.Tx) error {
		return tx.PlaceAppliedIDs(ctx, "members", []gremio.AppliedID{id(decision, "resumed-1", 9)})
	})
	if !onItsWay(8) || onItsWay(10) {
		t.Error("whether a decision is on its way does not go by where the log has it")
	}
}
