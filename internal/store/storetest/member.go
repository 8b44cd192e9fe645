package storetest

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

func addApplication(t *testing.T, s *store.Store, id string, change func(*gremio.Application)) gremio.Application {
	t.Helper()
	a := gremio.Application{ID: id, Person: "person-" + id, Tier: gremio.TierBasic, Sealed: gremio.Sealed{1, 2, 3}, Origin: "v1",
		State: gremio.ApplicationWaiting, Reasons: []string{}, SubmittedAt: noon, Consent: gremio.Consent{Tracking: true, Version: "1"}}
	if len(a.Person) > 64 {
		a.Person = "person"
	}
	change(&a)
	update(t, s, func(tx *store.Tx) error {
		return tx.AddApplication(ctx, a, a.Consent)
	})
	return a
}

func members(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	a := addApplication(t, s, "app-1", func(a *gremio.Application) {
		a.Plate, a.RUTHash, a.Reasons, a.Tier = ptr(gremio.Plate("A")), ptr("hash-1"), []string{gremio.ReasonReview}, gremio.TierPremium
	})
	got, found, err := s.Application(ctx, "app-1")
	if diff := cmp.Diff(a, got); diff != "" || !found || err != nil {
		t.Errorf("%v, %v\n%s", found, err, diff)
	}
	wantKind(t, s.Update(ctx, func(tx *store.Tx) error { return tx.AddApplication(ctx, a, gremio.Consent{}) }), gremio.Conflict)

	decide := func(id, state string) (decided bool) {
		t.Helper()
		update(t, s, func(tx *store.Tx) (err error) {
			decided, err = tx.DecideApplication(ctx, gremio.Decision{Application: id, State: state, By: "office", Reason: "because", At: minute(5), SettingsVersion: 3, ServedAs: gremio.TierBasic, Member: "m-1"})
			return err
		})
		return decided
	}
	applies := func(hash string) (again bool) {
		t.Helper()
		update(t, s, func(tx *store.Tx) (err error) {
			other, err := tx.WaitsWithDocument(ctx, hash, "another")
			again = other != ""
			return err
		})
		return again
	}
	if !applies("hash-1") || applies("hash-2") || applies("HASH-1") {
		t.Error("who applies already is somebody else")
	}
	if !decide("app-1", gremio.ApplicationIsApproved) {
		t.Error("a waiting application is not decided")
	}
	if decide("app-1", gremio.ApplicationIsRejected) || decide("app-2", gremio.ApplicationIsRejected) {
		t.Error("an application is decided twice, or one that is not there")
	}
	if applies("hash-1") {
		t.Error("a decided application still applies")
	}
	if got, _, err = s.Application(ctx, "app-1"); err != nil || got.State != gremio.ApplicationIsApproved || got.DecidedBy != "office" || got.DecidedReason != "because" || !got.DecidedAt.Equal(minute(5)) {
		t.Errorf("decided: %+v, %v", got, err)
	}

	m := gremio.Member{ID: "m-1", Application: "app-1", Person: "person-app-1", Tier: gremio.TierPremium, Plate: "A", RUTHash: ptr("hash-1"), State: "active", JoinedAt: minute(5)}
	add := func(change func(*gremio.Member)) error {
		other := m
		change(&other)
		return s.Update(ctx, func(tx *store.Tx) error { return tx.AddMember(ctx, other) })
	}
	must(t, add(func(*gremio.Member) {}))
	wantKind(t, add(func(m *gremio.Member) { m.ID, m.RUTHash = "m-2", ptr("hash-2") }), gremio.Conflict)       // the plate
	wantKind(t, add(func(m *gremio.Member) { m.ID, m.Plate = "m-3", "B" }), gremio.Conflict)                   // the document
	wantKind(t, add(func(m *gremio.Member) { m.Plate, m.RUTHash = "C", nil }), gremio.Conflict)                // the id
	must(t, add(func(m *gremio.Member) { m.ID, m.Plate, m.RUTHash, m.JoinedAt = "m-4", "D", nil, minute(6) })) // without a document,
	must(t, add(func(m *gremio.Member) { m.ID, m.Plate, m.RUTHash, m.JoinedAt = "m-5", "E", nil, minute(7) })) // and another one
	for _, test := range []struct {
		plate      gremio.Plate
		hash       string
		plate1, r1 bool
	}{{"A", "hash-1", true, true}, {"A", "", true, false}, {"", "hash-1", false, true}, {"B", "hash-2", false, false}, {"", "", false, false}, {"a", "HASH-1", false, false}} {
		update(t, s, func(tx *store.Tx) error {
			plate, rut, err := tx.MemberTaken(ctx, test.plate, test.hash)
			if plate != test.plate1 || rut != test.r1 {
				t.Errorf("plate %q and document %q are taken: %v, %v", test.plate, test.hash, plate, rut)
			}
			return err
		})
	}
	all, _, err := s.Members(ctx, gremio.MemberFilter{}, gremio.Page{Limit: 10})
	if err != nil || len(all) != 3 || all[2].ID != "m-1" || !bytes.Equal(all[2].Sealed, a.Sealed) || all[2].Tier != gremio.TierPremium || all[2].Plate != "A" {
		t.Errorf("members %+v, %v", all, err)
	}
	some, _, err := s.Members(ctx, gremio.MemberFilter{JoinedFrom: minute(6), JoinedBefore: minute(7)}, gremio.Page{Limit: 10})
	if err != nil || len(some) != 1 || some[0].ID != "m-4" {
		t.Errorf("who joined then: %+v, %v", some, err)
	}

	addApplication(t, s, "app-6", func(a *gremio.Application) { a.SubmittedAt = minute(30) })
	update(t, s, func(tx *store.Tx) error { return tx.SetApplicationPlate(ctx, "app-6", "G12345") })
	if got, _, err = s.Application(ctx, "app-6"); err != nil || got.Plate == nil || *got.Plate != "G12345" {
		t.Errorf("the code is not kept: %+v, %v", got, err)
	}
	for at, want := range map[time.Time]string{minute(0): "", minute(1): "app-1", minute(5): "app-1", minute(6): "", minute(31): "app-6"} {
		waiting, err := s.WaitingAt(ctx, at)
		must(t, err)
		if names := pageThrough(t, 10, func(gremio.Page) ([]gremio.Application, string, error) { return waiting, "", nil }, func(a gremio.Application) string { return a.ID }); len(names) > 1 || (len(names) == 1) != (want != "") || len(names) == 1 && names[0] != want {
			t.Errorf("waiting at %s: %v, want %q", at, names, want)
		}
	}
	byState, _, err := s.Applications(ctx, gremio.ApplicationWaiting, "", gremio.Page{Limit: 10})
	if err != nil || len(byState) != 1 || byState[0].ID != "app-6" {
		t.Errorf("waiting applications %+v, %v", byState, err)
	}
}

func personKeys(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	key := []byte{0, 1, 255, '\'', '\\', 0}
	held, err := s.AddPersonKey(ctx, "person-1", key, noon)
	if err != nil || !bytes.Equal(held, key) {
		t.Errorf("held %x, %v", held, err)
	}
	if held, err = s.AddPersonKey(ctx, "person-1", []byte("another"), noon); err != nil || !bytes.Equal(held, key) {
		t.Errorf("a second key takes the place of the first: %x, %v", held, err)
	}
	got, err := s.PersonKeys(ctx, []string{"person-1", "person-2", "PERSON-1"})
	if diff := cmp.Diff(map[string][]byte{"person-1": key}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	// Two apis that take in the same persons agree on their keys.
	var every [4]map[string][]byte
	for _, err := range together(len(every), func(i int) (err error) {
		wrapped := map[string][]byte{}
		for n := range 600 {
			wrapped[fmt.Sprint("many-", n)] = []byte{byte(i), byte(n)}
		}
		every[i], err = s.AddPersonKeys(ctx, wrapped, noon)
		return err
	}) {
		must(t, err)
	}
	for i := range every {
		if diff := cmp.Diff(every[0], every[i]); diff != "" || len(every[i]) != 600 {
			t.Errorf("the %dth holds %d keys, others than the first: %s", i, len(every[i]), diff)
		}
	}
	if got, err := s.PersonKey(ctx, "person-2"); err != nil || got != nil {
		t.Errorf("a person without a key: %x, %v", got, err)
	}
}

func alerts(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	whole := gremio.AlertRaised{Alert: "alert-1", Kind: gremio.AlertSilent, Severity: gremio.SeverityCritical, Plate: ptr(gremio.Plate("A")),
		Place: &gremio.Place{Point: &gremio.Point{Lat: -33, Lon: -70}}, RaisedAt: noon, Cause: "why"}
	again := whole
	again.Cause = "another reason"
	bare := gremio.AlertRaised{Alert: "alert-2", Kind: gremio.AlertSighting, Severity: gremio.SeverityInfo, RaisedAt: minute(1)}
	for _, a := range []gremio.AlertRaised{whole, again, bare} {
		update(t, s, func(tx *store.Tx) error { return tx.RaiseAlert(ctx, a) })
	}
	all, _, err := s.Alerts(ctx, gremio.AlertFilter{}, gremio.Page{Limit: 10})
	want := []gremio.Alert{
		{ID: "alert-2", Kind: gremio.AlertSighting, State: gremio.AlertOpen, Severity: gremio.SeverityInfo, RaisedAt: minute(1)},
		{ID: "alert-1", Kind: gremio.AlertSilent, Plate: whole.Plate, State: gremio.AlertOpen, Severity: gremio.SeverityCritical, Cause: "why", Where: gremio.WhereIs(whole.Place), RaisedAt: noon},
	}
	if diff := cmp.Diff(want, all); diff != "" || err != nil {
		t.Errorf("one alert a cause: %v\n%s", err, diff)
	}
	act := func(do func(*store.Tx) (bool, error)) (done bool) {
		t.Helper()
		update(t, s, func(tx *store.Tx) (err error) {
			done, err = do(tx)
			return err
		})
		return done
	}
	acknowledge := func(id string) bool {
		return act(func(tx *store.Tx) (bool, error) { return tx.AcknowledgeAlert(ctx, id, "Ana", minute(2)) })
	}
	closeIt := func(id string) bool {
		return act(func(tx *store.Tx) (bool, error) {
			return tx.CloseAlert(ctx, gremio.AlertClosed{Alert: id, By: "Beto", Reason: "found", At: minute(3)})
		})
	}
	if !acknowledge("alert-1") || acknowledge("alert-1") || acknowledge("alert-3") {
		t.Error("an alert is acknowledged twice, or one that is not there")
	}
	if !closeIt("alert-1") || closeIt("alert-1") || closeIt("alert-3") || acknowledge("alert-1") {
		t.Error("an alert is closed twice, or one that is not there, or acknowledged when closed")
	}
	update(t, s, func(tx *store.Tx) error { return tx.RaiseAlert(ctx, whole) })
	got, _, err := s.Alert(ctx, "alert-1")
	if err != nil || got.State != gremio.AlertIsClosed || got.AcknowledgedBy != "Ana" || !got.AcknowledgedAt.Equal(minute(2)) || got.ClosedBy != "Beto" || got.CloseReason != "found" || !got.ClosedAt.Equal(minute(3)) {
		t.Errorf("a closed alert that is raised again is %+v, %v", got, err)
	}
	for what, test := range map[string]struct {
		filter gremio.AlertFilter
		want   string
	}{
		"not done": {gremio.AlertFilter{NotDone: true}, "alert-2"}, "state": {gremio.AlertFilter{State: gremio.AlertIsClosed}, "alert-1"},
		"kind": {gremio.AlertFilter{Kind: gremio.AlertSilent}, "alert-1"}, "plate": {gremio.AlertFilter{Plate: "A"}, "alert-1"},
	} {
		if found, _, err := s.Alerts(ctx, test.filter, gremio.Page{Limit: 10}); err != nil || len(found) != 1 || found[0].ID != test.want {
			t.Errorf("by %s: %+v, %v; want %s", what, found, err, test.want)
		}
	}
}
