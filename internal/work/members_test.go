package work_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
	"gremio/internal/work"
	"gremio/internal/work/alerts"
	"gremio/internal/work/members"
	"gremio/internal/work/positions"
	"gremio/internal/work/sales"
)

// rut returns the nth valid RUT.
func rut(n int) string {
	for _, digit := range "0123456789K" {
		s := fmt.Sprintf("%d-%c", 10_000_000+n, digit)
		if _, err := gremio.ParseRUT(s); err == nil {
			return s
		}
	}
	panic("no check digit fits")
}

func whole(n int) gremio.Personal {
	return gremio.Personal{GivenName: "Ana", FamilyName: fmt.Sprint("Pérez ", n), RUT: rut(n), Email: fmt.Sprintf("ana%d@example.org", n), Phone: "+56912345678"}
}

// application is somebody's wish to join, sealed under a key that the database has.
func (g *guild) application(master gremio.Key, id string, tier gremio.Tier, plate gremio.Plate, p gremio.Personal) gremio.Event {
	g.t.Helper()
	person := "person of " + id
	key := gremio.NewKey()
	wrapped, err := master.Seal(key, person)
	g.must(err)
	_, err = g.store.AddPersonKey(g.ctx, person, wrapped, g.now())
	g.must(err)
	sealed, err := key.SealPersonal(p, person)
	g.must(err)
	d := gremio.ApplicationSubmitted{Application: id, Person: person, Tier: tier, Sealed: sealed, Origin: "v1", Consent: gremio.Consent{Tracking: true, Version: "1"}}
	if plate != "" {
		d.Plate = &plate
	}
	return gremio.Event{ID: id, Subject: id, Special: tier == gremio.TierPremium, Data: d}
}

func (g *guild) theApplication(id string) gremio.Application {
	g.t.Helper()
	a, found, err := g.store.Application(g.ctx, id)
	g.must(err)
	if !found {
		g.t.Fatalf("application %s is not there", id)
	}
	return a
}

func TestWhoIsApproved(t *testing.T) {
	inGuild(t, func(g *guild) {
		master := gremio.NewKey()
		w := worker(members.Name, master)
		g.run(g.loop(w))
		submit := func(id string, plate gremio.Plate, p gremio.Personal) {
			g.append(g.application(master, id, gremio.TierBasic, plate, p))
			g.settle(w)
		}
		submit("good", "AAAA11", whole(1))
		submit("no plate", "", whole(2))
		submit("plate taken", "AAAA11", whole(3))
		submit("member already", "AAAA12", whole(1))
		wrong := whole(4)
		wrong.RUT = "1-1"
		submit("wrong RUT", "AAAA13", wrong)
		doubtful := whole(5)
		doubtful.Phone = ""
		submit("no phone", "AAAA14", doubtful)
		submit("applies already", "AAAA15", whole(5))
		for id, reasons := range map[string][]string{
			"good": {}, "no plate": {}, "plate taken": {gremio.ReasonPlateTaken}, "member already": {gremio.ReasonMemberAlready},
			"wrong RUT": {gremio.ReasonRUTInvalid}, "no phone": {gremio.ReasonPhoneMissing}, "applies already": {gremio.ReasonDuplicate},
		} {
			a := g.theApplication(id)
			want := gremio.ApplicationWaiting
			if len(reasons) == 0 {
				want = gremio.ApplicationIsApproved
			}
			if a.State != want || !slices.Equal(a.Reasons, reasons) {
				t.Errorf("%s: %s because of %v, want %s, %v", id, a.State, a.Reasons, want, reasons)
			}
		}
		if a := g.theApplication("no plate"); a.Plate == nil || !strings.HasPrefix(string(*a.Plate), "G") || len(*a.Plate) != 6 {
			t.Errorf("the guild's code is %v", a.Plate)
		}
		joined, _, err := g.store.Members(g.ctx, gremio.MemberFilter{}, gremio.Page{Limit: 10})
		if err != nil || len(joined) != 2 {
			t.Errorf("%d members, %v; want 2", len(joined), err)
		}

		// A person decides what waits, once, and the first in the log wins.
		approve := func(id string) gremio.LogPosition {
			return g.append(gremio.Event{Subject: id, Data: gremio.ApplicationApproved{Application: id, Member: "member " + id, By: "office", At: g.now()}})[0]
		}
		reject := func(id string) gremio.LogPosition {
			return g.append(gremio.Event{Subject: id, Data: gremio.ApplicationRejected{Application: id, By: "office", Reason: "no", At: g.now()}})[0]
		}
		approve("wrong RUT")
		reject("no phone")
		refused := []gremio.LogPosition{approve("plate taken"), approve("member already"), approve("wrong RUT"), reject("wrong RUT"), approve("no phone"), reject("nobody"), approve("nobody")}
		g.settle(w)
		if a := g.theApplication("wrong RUT"); a.State != gremio.ApplicationIsApproved || a.DecidedBy != "office" {
			t.Errorf("what the office approved is %+v", a)
		}
		if a := g.theApplication("no phone"); a.State != gremio.ApplicationIsRejected || a.DecidedReason != "no" {
			t.Errorf("what the office rejected is %+v", a)
		}
		if joined, _, err = g.store.Members(g.ctx, gremio.MemberFilter{}, gremio.Page{Limit: 10}); err != nil || len(joined) != 3 {
			t.Errorf("%d members, %v; want 3", len(joined), err)
		}
		rejected := map[gremio.LogPosition]bool{}
		for _, r := range g.rejected() {
			rejected[gremio.LogPosition{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset}] = true
		}
		for i, at := range refused {
			if !rejected[at] {
				t.Errorf("decision %d that cannot be followed is not rejected", i)
			}
		}
		if len(rejected) != len(refused) {
			t.Errorf("%d records are rejected, want %d", len(rejected), len(refused))
		}
	})
}

func TestReviewLeavesEverythingToAPerson(t *testing.T) {
	inGuild(t, func(g *guild) {
		master := gremio.NewKey()
		_, err := g.store.ChangeSettings(g.ctx, "office", g.now(), func(s *gremio.Settings) error { s.Membership = gremio.MembershipReview; return nil })
		g.must(err)
		w := worker(members.Name, master)
		g.run(g.loop(w))
		g.append(g.application(master, "a", gremio.TierPremium, "AAAA11", whole(1)))
		g.settle(w)
		if a := g.theApplication("a"); a.State != gremio.ApplicationWaiting || !slices.Equal(a.Reasons, []string{gremio.ReasonReview}) {
			t.Errorf("%s because of %v", a.State, a.Reasons)
		}
	})
}

// An application that nobody can read any more is rejected, not repeated for ever.
func TestErasedPersonIsRejected(t *testing.T) {
	inGuild(t, func(g *guild) {
		master := gremio.NewKey()
		w := worker(members.Name, master)
		g.run(g.loop(w))
		gone := g.application(master, "gone", gremio.TierBasic, "AAAA11", whole(1))
		d := gone.Data.(gremio.ApplicationSubmitted)
		d.Person = "somebody erased"
		gone.Data = d
		g.append(gone, g.application(gremio.NewKey(), "another master", gremio.TierBasic, "AAAA12", whole(2)), g.application(master, "good", gremio.TierBasic, "AAAA13", whole(3)))
		g.settle(w)
		if all := g.rejected(); len(all) != 2 {
			t.Errorf("%d records are rejected, want 2: %+v", len(all), all)
		}
		if a := g.theApplication("good"); a.State != gremio.ApplicationIsApproved {
			t.Errorf("the good one is %s", a.State)
		}
	})
}

// A premium application goes before every basic batch that begins after it was
// acknowledged.
func TestPremiumBeforeBasic(t *testing.T) {
	inGuild(t, func(g *guild) {
		master := gremio.NewKey()
		w := worker(members.Name, master)
		var mu sync.Mutex
		var order []string // "premium" or "basic" for each application, as they are applied
		apply := w.Apply
		w.Apply = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			done, err := apply(ctx, tx, batch)
			mu.Lock()
			defer mu.Unlock()
			for _, r := range batch {
				if a, ok := r.Event.Data.(gremio.ApplicationSubmitted); ok {
					order = append(order, string(a.Tier))
				}
			}
			return done, err
		}
		w.MaxBatch = func(partition int32) int {
			if partition == gremio.SpecialPartition {
				return 1000
			}
			return 10
		}
		var batches int
		late := g.application(master, "late", gremio.TierPremium, "LATE11", whole(900))
		loop := g.loop(w)
		loop.Worker.Before = func(ctx context.Context, partition int32) error {
			if partition == gremio.SpecialPartition {
				time.Sleep(5 * time.Second) // the premium lane is the slower one
				return nil
			}
			mu.Lock()
			batches++
			third := batches == 3
			mu.Unlock()
			if third {
				if _, err := g.log.Append(ctx, []gremio.Event{late}); err != nil {
					return err
				}
			}
			if err := loop.WaitForPartition(ctx, gremio.SpecialPartition); err != nil {
				return err
			}
			if third {
				mu.Lock()
				order = append(order, "third batch begins")
				mu.Unlock()
			}
			return nil
		}
		late.Time, late.Source, late.Digest = g.now(), "/api", "d"
		var all []gremio.Event
		for i := range 60 {
			all = append(all, g.application(master, fmt.Sprint("basic-", i), gremio.TierBasic, gremio.Plate(fmt.Sprint("B", i)), whole(i)))
		}
		for i := range 12 {
			all = append(all, g.application(master, fmt.Sprint("premium-", i), gremio.TierPremium, gremio.Plate(fmt.Sprint("P", i)), whole(100+i)))
		}
		g.append(all...)
		g.run(loop)
		g.settle(w)
		mu.Lock()
		defer mu.Unlock()
		for i, tier := range order[:12] {
			if tier != string(gremio.TierPremium) {
				t.Errorf("application %d that was decided is %s, want the 12 premium ones first: %v", i, tier, order[:13])
				break
			}
		}
		premium := 0
		for _, what := range order {
			if what == string(gremio.TierPremium) {
				premium++
			}
			if what == "third batch begins" && premium != 13 {
				t.Errorf("the third basic batch began after %d premium applications, want 13", premium)
			}
		}
		if n := len(order); n != 12+60+1+1 {
			t.Errorf("%d steps, want 73 applications and the third batch's begin", n)
		}
		g.nothingRejected()
	})
}

func TestUnknownCartIsOneAlert(t *testing.T) {
	inGuild(t, func(g *guild) {
		master := gremio.NewKey()
		all := []work.Worker[*store.Tx]{worker(sales.Name, nil), worker(positions.Name, nil), worker(alerts.Name, nil), worker(members.Name, master)}
		for _, w := range all {
			g.run(g.loop(w))
		}
		g.append(g.application(master, "known", gremio.TierBasic, "KNOWN1", whole(1)))
		g.settle(all...)
		for i := range 5 { // in several batches, through two topics
			for _, plate := range []gremio.Plate{"KNOWN1", "UNKN11", "UNKN12"} {
				g.append(g.sale(plate, fmt.Sprint(i, "a"), 1), g.sale(plate, fmt.Sprint(i, "b"), 1))
				g.report(plate)
			}
			g.settle(all...)
		}
		raised := g.alerts(gremio.AlertUnknownCart, "")
		if len(raised) != 2 {
			t.Fatalf("%d alerts of unknown carts, want 2: %+v", len(raised), raised)
		}
		for _, a := range raised {
			if *a.Plate == "KNOWN1" || a.State != gremio.AlertOpen {
				t.Errorf("%s of %s", a.State, *a.Plate)
			}
		}
		if n := len(g.sold()); n != 30 {
			t.Errorf("%d sales are kept, want 30: an unknown cart's too", n)
		}
		g.append(g.application(master, "at last", gremio.TierBasic, "UNKN11", gremio.Personal{}))
		g.settle(all...)
		for _, a := range g.alerts(gremio.AlertUnknownCart, "") {
			if want := map[bool]string{true: gremio.AlertIsClosed, false: gremio.AlertOpen}[*a.Plate == "UNKN11"]; a.State != want {
				t.Errorf("after the application the alert of %s is %s, want %s", *a.Plate, a.State, want)
			}
		}
		g.nothingRejected()
	})
}

func TestVoidedSaleAndClosedDay(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(sales.Name, nil)
		g.run(g.loop(w))
		void := gremio.Event{Subject: "A", Data: gremio.SaleVoided{Plate: "A", Sale: "1", By: "office"}}
		again := void
		g.append(g.sale("A", "1", 3), g.sale("A", "2", 4), void) // in one batch
		at := g.append(again)
		report := gremio.DailyReport{Day: "1999-12-31", Revision: 1, Complete: true, ClosedAt: ptr(g.now())}
		report.Finish()
		g.append(gremio.Event{Subject: "1999-12-31", Data: gremio.DayClosed{Report: report}})
		g.settle(w)
		totals, err := g.store.Totals(g.ctx, gremio.DayOf(time.Now(), gremio.Clock(0, 0)))
		if err != nil || totals.Sales != 1 || totals.Units != 4 {
			t.Errorf("totals %+v, %v; want one sale of 4", totals, err)
		}
		if all := g.rejected(); len(all) != 1 || all[0].Offset != at[0].Offset {
			t.Errorf("rejected %+v, want the second voiding", all)
		}
		if _, found, err := g.store.Report(g.ctx, "1999-12-31", 0); err != nil || !found {
			t.Errorf("the closed day is kept: %v, %v", found, err)
		}
	})
}

// What was missing or wrong is mended, and the application is judged again; what
// was said before is not read any more.
func TestApplicationIsCorrected(t *testing.T) {
	inGuild(t, func(g *guild) {
		master := gremio.NewKey()
		w := worker(members.Name, master)
		g.run(g.loop(w))
		lacking := whole(1)
		lacking.RUT, lacking.Phone = "1-1", ""
		e := g.application(master, "app", gremio.TierBasic, "AAAA11", lacking)
		d := e.Data.(gremio.ApplicationSubmitted)
		d.Consent = gremio.Consent{}
		e.Data = d
		g.append(e)
		g.settle(w)
		waits := func(want ...string) {
			t.Helper()
			g.settle(w)
			if a := g.theApplication("app"); a.State != gremio.ApplicationWaiting || !slices.Equal(a.Reasons, want) {
				t.Fatalf("%s because of %v, want %v", a.State, a.Reasons, want)
			}
		}
		waits(gremio.ReasonRUTInvalid, gremio.ReasonPhoneMissing, gremio.ReasonConsentMissing)
		wrapped, err := g.store.PersonKey(g.ctx, d.Person)
		g.must(err)
		key, err := master.Open(wrapped, d.Person)
		g.must(err)
		act := func() gremio.ApplicationAct {
			return gremio.ApplicationAct{Application: "app", By: gremio.ByApplicant, At: g.now()}
		}
		correct := func(p gremio.Personal, plate *gremio.Plate) gremio.LogPosition {
			sealed, err := gremio.Key(key).SealPersonal(p, d.Person)
			g.must(err)
			return g.append(gremio.Event{Subject: "app", Data: gremio.PersonCorrected{ApplicationAct: act(), Person: d.Person, Sealed: sealed, Plate: plate}})[0]
		}
		say := func(given bool) {
			said := gremio.ConsentAct{ApplicationAct: act(), Person: d.Person, Purpose: gremio.PurposeTracking, Version: "2026-11"}
			if given {
				g.append(gremio.Event{Subject: "app", Data: gremio.ConsentGiven{ConsentAct: said}})
				return
			}
			g.append(gremio.Event{Subject: "app", Data: gremio.ConsentWithdrawn{ConsentAct: said}})
		}
		say(true)
		waits(gremio.ReasonRUTInvalid, gremio.ReasonPhoneMissing)
		say(false)
		waits(gremio.ReasonRUTInvalid, gremio.ReasonPhoneMissing, gremio.ReasonConsentMissing)
		say(true)
		correct(whole(1), ptr(gremio.Plate("BBBB22")))
		g.settle(w)
		if a := g.theApplication("app"); a.State != gremio.ApplicationIsApproved || *a.Plate != "BBBB22" || !a.Consent.Tracking || a.Consent.Version != "2026-11" {
			t.Fatalf("corrected: %+v", a)
		}
		late := correct(whole(2), nil)
		g.settle(w)
		if reason, rejected, err := g.store.RejectionAt(g.ctx, members.Name, late); err != nil || !rejected || reason != "the application is decided: a member's document stays" {
			t.Errorf("another document after the decision: %q, %v", reason, err)
		}
		married := whole(1)
		married.FamilyName, married.Phone = "Rojas Núñez", "+56912340000"
		correct(married, nil)
		moved := correct(married, ptr(gremio.Plate("CCCC33")))
		g.settle(w)
		if reason, rejected, err := g.store.RejectionAt(g.ctx, members.Name, moved); err != nil || !rejected || !strings.Contains(reason, "plate is changed as a member's") {
			t.Errorf("another plate after the decision: %q, %v", reason, err)
		}
		a := g.theApplication("app")
		if who, err := master.Unseal(wrapped, a.Sealed, d.Person); err != nil || who != married || *a.Plate != "BBBB22" {
			t.Errorf("a member's data after a correction: %+v, %v", who, err)
		}
		before := g.dump(members.Name)
		if _, err := g.rebuild(w); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, g.dump(members.Name)); diff != "" {
			t.Error(diff)
		}
	})
}
