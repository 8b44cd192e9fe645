package work_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
	"gremio/internal/work"
	"gremio/internal/work/alerts"
	"gremio/internal/work/members"
	"gremio/internal/work/stock"
)

// A registry is a guild with its worker members.
type registry struct {
	*guild
	w      work.Worker[*store.Tx]
	master gremio.Key
}

func inRegistry(t *testing.T, test func(r *registry)) {
	inGuild(t, func(g *guild) {
		r := &registry{guild: g, master: gremio.NewKey()}
		r.w = worker(members.Name, r.master)
		g.run(g.loop(r.w))
		test(r)
	})
}

// join makes the nth person a member with a plate, by the application of that name.
func (r *registry) join(application string, n int, plate gremio.Plate) gremio.Member {
	r.t.Helper()
	r.append(r.application(r.master, application, gremio.TierBasic, plate, whole(n)))
	r.settle(r.w)
	return r.member(gremio.DerivedID("member", application))
}

func (r *registry) member(id string) gremio.Member {
	r.t.Helper()
	m, found, err := r.store.Member(r.ctx, id)
	r.must(err)
	if !found {
		r.t.Fatalf("there is no member %s", id)
	}
	return m
}

func (r *registry) act(m gremio.Member) gremio.MemberAct {
	return gremio.MemberAct{Application: m.Application, Member: m.ID, By: "office", Reason: "because", At: r.now()}
}

// does puts something that happens to m on the log and returns why the worker
// refused it, "" when it did not.
func (r *registry) does(m gremio.Member, d gremio.Data) string {
	r.t.Helper()
	at := r.append(gremio.Event{Subject: m.Application, Data: d})[0]
	r.settle(r.w)
	reason, _, err := r.store.RejectionAt(r.ctx, members.Name, at)
	r.must(err)
	return reason
}

func (r *registry) refuses(m gremio.Member, d gremio.Data, want string) {
	r.t.Helper()
	if got := r.does(m, d); got != want {
		r.t.Errorf("%s: %q, want %q", d.EventType(), got, want)
	}
}

func (r *registry) held(m gremio.Member) []gremio.Holding {
	r.t.Helper()
	all, err := r.store.HoldingsOfMember(r.ctx, m.ID)
	r.must(err)
	for i := range all {
		all[i].Member = ""
	}
	return all
}

func TestCartIsSold(t *testing.T) {
	inRegistry(t, func(r *registry) {
		ana, beto := r.join("app-ana", 1, "AAAA11"), r.join("app-beto", 2, "BBBB22")
		r.refuses(beto, gremio.CartGiven{MemberAct: r.act(beto), Plate: "AAAA11", To: ana.ID}, "the member's cart does not bear that plate")
		time.Sleep(time.Hour)
		sold := r.now()
		r.refuses(ana, gremio.CartGiven{MemberAct: r.act(ana), Plate: "AAAA11", To: beto.ID}, "")
		r.refuses(ana, gremio.CartGiven{MemberAct: r.act(ana), Plate: "AAAA11", To: beto.ID}, "the member's cart does not bear that plate")
		if got := r.member(ana.ID); got.Plate != "" || got.State != gremio.MemberActive {
			t.Errorf("who sold the only cart: %+v", got)
		}
		if diff := cmp.Diff([]gremio.Holding{{Plate: "AAAA11", From: ana.JoinedAt, Until: &sold}}, r.held(ana)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]gremio.Holding{{Plate: "AAAA11", From: sold}, {Plate: "BBBB22", From: beto.JoinedAt}}, r.held(beto)); diff != "" {
			t.Error(diff)
		}
		time.Sleep(time.Minute)
		r.refuses(beto, gremio.MemberLeft{MemberAct: r.act(beto), Plates: []gremio.Plate{"BBBB22"}}, "the member's carts have changed meanwhile: look again")
		leaves := r.act(beto)
		r.refuses(beto, gremio.MemberLeft{MemberAct: leaves, Plates: []gremio.Plate{"BBBB22", "AAAA11"}}, "")
		r.refuses(beto, gremio.MemberLeft{MemberAct: r.act(beto)}, "the member has left")
		if got := r.member(beto.ID); got.State != gremio.MemberHasLeft || !got.LeftAt.Equal(leaves.At) || got.Plate != "" {
			t.Errorf("who left: %+v", got)
		}
		r.refuses(ana, gremio.PlateChanged{MemberAct: r.act(ana), From: "AAAA11", To: "CCCC33"}, "the member's cart does not bear that plate")
		for id, test := range map[string]struct {
			n      int
			plate  gremio.Plate
			reason string
		}{"app-plate": {7, "AAAA11", gremio.ReasonFormerPlate}, "app-again": {2, "DDDD44", gremio.ReasonFormerMember}} {
			r.append(r.application(r.master, id, gremio.TierBasic, test.plate, whole(test.n)))
			r.settle(r.w)
			if got := r.theApplication(id); got.State != gremio.ApplicationWaiting || !slices.Equal(got.Reasons, []string{test.reason}) {
				t.Errorf("%s: %s because of %v", id, got.State, got.Reasons)
			}
		}
		carla := r.join("app-carla", 3, "CCCC33")
		r.refuses(carla, gremio.CartGiven{MemberAct: r.act(carla), Plate: "CCCC33", To: beto.ID}, "whom the cart is given to is no member")
		r.refuses(beto, gremio.MemberReturned{MemberAct: r.act(beto), Plate: ptr(gremio.Plate("CCCC33"))}, "a member bears that plate already")
		r.refuses(beto, gremio.MemberReturned{MemberAct: r.act(beto), Plate: ptr(gremio.Plate("BBBB22"))}, "")
		if got := r.member(beto.ID); got.State != gremio.MemberActive || got.LeftAt != nil || got.Plate != "BBBB22" {
			t.Errorf("who came back: %+v", got)
		}
	})
}

func TestPlateIsChanged(t *testing.T) {
	inRegistry(t, func(r *registry) {
		ana, beto := r.join("app-ana", 1, "AAAA11"), r.join("app-beto", 2, "BBBB22")
		time.Sleep(time.Hour)
		r.refuses(ana, gremio.PlateChanged{MemberAct: r.act(ana), From: "AAAA11", To: "BBBB22"}, "a member bears that plate already")
		r.refuses(ana, gremio.PlateChanged{MemberAct: r.act(ana), From: "AAAA11", To: "AAAA12"}, "")
		if got := r.member(ana.ID); got.Plate != "AAAA12" {
			t.Errorf("%+v", got)
		}
		// The plate that is free again may be anybody's.
		time.Sleep(time.Hour)
		r.refuses(beto, gremio.PlateChanged{MemberAct: r.act(beto), From: "BBBB22", To: "AAAA11"}, "")
		of, err := r.store.HoldingsOfPlate(r.ctx, "AAAA11")
		r.must(err)
		if len(of) != 2 || of[0].Member != ana.ID || of[0].Until == nil || of[1].Member != beto.ID || of[1].Until != nil || !of[0].Until.Before(of[1].From) {
			t.Errorf("AAAA11 was held %+v", of)
		}
	})
}

// The token and the accounts of a plate go with the change itself: no api needs to
// be there when it is applied.
func TestPlatesAreTaken(t *testing.T) {
	inRegistry(t, func(r *registry) {
		ana, beto := r.join("app-ana", 1, "AAAA11"), r.join("app-beto", 2, "BBBB22")
		for _, p := range []gremio.Plate{"AAAA11", "BBBB22"} {
			r.must(r.store.Update(r.ctx, func(tx *store.Tx) error {
				if err := tx.AddToken(r.ctx, gremio.Token{ID: "token-" + string(p), Hash: string(p), Kind: gremio.CartIdentity, Plate: p, CreatedAt: r.now()}); err != nil {
					return err
				}
				return tx.SaveUser(r.ctx, gremio.User{ID: "vendor-" + string(p), Role: gremio.RoleVendor, Plate: p, State: gremio.UserActive, CreatedAt: r.now()})
			}))
		}
		shown := func(account string, plate gremio.Plate, token string, good bool) {
			t.Helper()
			u, _, err := r.store.User(r.ctx, account)
			r.must(err)
			if u.Plate != plate {
				t.Errorf("%s sees the cart %q, want %q", account, u.Plate, plate)
			}
			tokens, _, err := r.store.Tokens(r.ctx, gremio.CartIdentity, gremio.Page{Limit: 10})
			r.must(err)
			i := slices.IndexFunc(tokens, func(k gremio.Token) bool { return k.ID == token })
			if i < 0 || (tokens[i].RevokedAt == nil) != good {
				t.Errorf("the cart's tokens are %+v", tokens)
			}
		}
		time.Sleep(time.Hour)
		r.refuses(ana, gremio.PlateChanged{MemberAct: r.act(ana), From: "AAAA11", To: "BBBB22"}, "a member bears that plate already")
		shown("vendor-AAAA11", "AAAA11", "token-AAAA11", true)
		r.refuses(ana, gremio.PlateChanged{MemberAct: r.act(ana), From: "AAAA11", To: "AAAA12"}, "")
		shown("vendor-AAAA11", "AAAA12", "token-AAAA11", false)
		shown("vendor-BBBB22", "BBBB22", "token-BBBB22", true)
		r.refuses(beto, gremio.CartGiven{MemberAct: r.act(beto), Plate: "BBBB22", To: ana.ID}, "")
		shown("vendor-BBBB22", "", "token-BBBB22", false)
		time.Sleep(time.Hour)
		r.refuses(ana, gremio.MemberLeft{MemberAct: r.act(ana), Plates: []gremio.Plate{"AAAA12", "BBBB22"}}, "")
		shown("vendor-AAAA11", "", "token-AAAA11", false)
		entries, _, err := r.store.Audit(r.ctx, gremio.AuditFilter{Action: "token.revoke"}, gremio.Page{Limit: 10})
		r.must(err)
		if len(entries) != 2 || entries[0].Actor != "office" {
			t.Errorf("the audit log has %+v", entries)
		}
	})
}

func TestMemberIsSuspended(t *testing.T) {
	inRegistry(t, func(r *registry) {
		ana, beto := r.join("app-ana", 1, "AAAA11"), r.join("app-beto", 2, "BBBB22")
		until := r.now().Add(24 * time.Hour)
		r.refuses(ana, gremio.MemberResumed{MemberAct: r.act(ana)}, "the member is not suspended")
		r.refuses(ana, gremio.MemberSuspended{MemberAct: r.act(ana), Until: &until}, "")
		if got := r.member(ana.ID); got.State != gremio.MemberIsSuspended || got.SuspendedReason != "because" || !got.SuspendedUntil.Equal(until) || got.Plate != "AAAA11" {
			t.Errorf("who is suspended: %+v", got)
		}
		time.Sleep(time.Minute)
		r.refuses(beto, gremio.CartGiven{MemberAct: r.act(beto), Plate: "BBBB22", To: ana.ID}, "whom the cart is given to is suspended")
		r.refuses(ana, gremio.MemberResumed{MemberAct: r.act(ana)}, "")
		if got := r.member(ana.ID); got.State != gremio.MemberActive || got.SuspendedReason != "" || got.SuspendedUntil != nil {
			t.Errorf("who is no longer suspended: %+v", got)
		}
		r.refuses(ana, gremio.MemberChanged{MemberAct: r.act(ana), Tier: gremio.TierBasic}, "the member has that tier already")
		r.refuses(ana, gremio.MemberChanged{MemberAct: r.act(ana), Tier: gremio.TierPremium}, "")
		r.refuses(ana, gremio.PermitNoted{MemberAct: r.act(ana), Kind: gremio.PermitMunicipal, Number: gremio.Sealed("1"), ExpiresOn: "2027-01-31"}, "")
		time.Sleep(time.Second)
		r.refuses(ana, gremio.PermitNoted{MemberAct: r.act(ana), Kind: gremio.PermitMunicipal, Number: gremio.Sealed("2"), ExpiresOn: "2028-01-31"}, "")
		permits, err := r.store.PermitsOf(r.ctx, ana.ID)
		r.must(err)
		if diff := cmp.Diff([]gremio.Permit{{Kind: gremio.PermitMunicipal, Sealed: gremio.Sealed("2"), ExpiresOn: "2028-01-31", Member: ana.ID}}, permits); diff != "" {
			t.Error(diff)
		}
		history, err := r.store.MemberHistory(r.ctx, ana.ID)
		r.must(err)
		var kinds []string
		for _, h := range history {
			kinds = append(kinds, h.Kind)
		}
		slices.Sort(kinds) // some happened at one time
		if diff := cmp.Diff([]string{"changed", "joined", "permit_noted", "permit_noted", "resumed", "suspended"}, kinds); diff != "" {
			t.Error(diff)
		}
		first, last := history[0], history[len(history)-1]
		if first.Kind != "joined" || first.By != gremio.ByMachine || first.Tier != gremio.TierBasic || first.Plate != "AAAA11" || !first.At.Equal(ana.JoinedAt) {
			t.Errorf("the history begins with %+v", first)
		}
		if last.Other != "municipal" || string(last.Sealed) != "2" || last.ExpiresOn != "2028-01-31" {
			t.Errorf("the history ends with %+v", last)
		}
	})
}

// A suspension ends by itself at its time, and not when it was ended or prolonged before.
func TestSuspensionEndsByItself(t *testing.T) {
	inRegistry(t, func(r *registry) {
		ana, beto := r.join("app-ana", 1, "AAAA11"), r.join("app-beto", 2, "BBBB22")
		soon, later := r.now().Add(time.Hour), r.now().Add(3*time.Hour)
		r.refuses(ana, gremio.MemberSuspended{MemberAct: r.act(ana), Until: &soon}, "")
		r.refuses(beto, gremio.MemberSuspended{MemberAct: r.act(beto), Until: &soon}, "")
		r.refuses(beto, gremio.MemberSuspended{MemberAct: r.act(beto), Until: &later}, "")
		time.Sleep(50 * time.Minute)
		r.settle(r.w)
		if m := r.member(ana.ID); m.State != gremio.MemberIsSuspended {
			t.Errorf("before its time: %s", m.State)
		}
		time.Sleep(11 * time.Minute)
		r.settle(r.w)
		if a, b := r.member(ana.ID), r.member(beto.ID); a.State != gremio.MemberActive || b.State != gremio.MemberIsSuspended {
			t.Errorf("at the time: %s and %s", a.State, b.State)
		}
		history, err := r.store.MemberHistory(r.ctx, ana.ID)
		r.must(err)
		if last := history[len(history)-1]; last.Kind != "resumed" || last.By != gremio.ByMachine || last.At.Before(soon) || last.At.After(soon.Add(3*time.Second)) {
			t.Errorf("%+v", last)
		}
		time.Sleep(3 * time.Hour)
		r.settle(r.w)
		if b := r.member(beto.ID); b.State != gremio.MemberActive {
			t.Errorf("at the later time: %s", b.State)
		}
		before := r.dump(members.Name)
		if _, err := r.rebuild(r.w); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, r.dump(members.Name)); diff != "" {
			t.Error(diff)
		}
	})
}

// A premium application that is approved unpaid joins as premium and owes the
// fee, until that is marked, which changes no tier.
func TestUnpaidPremiumJoins(t *testing.T) {
	inRegistry(t, func(r *registry) {
		settings, err := r.store.ChangeSettings(r.ctx, "office", r.now(), func(s *gremio.Settings) error { s.PremiumFee = 15000; return nil })
		r.must(err)
		time.Sleep(time.Second)
		r.append(r.application(r.master, "app-ana", gremio.TierPremium, "AAAA11", whole(1)))
		r.append(r.application(r.master, "app-beto", gremio.TierBasic, "BBBB22", whole(2)))
		r.eventually("both are decided", func() bool {
			return r.theApplication("app-ana").State == gremio.ApplicationIsApproved && r.theApplication("app-beto").State == gremio.ApplicationIsApproved
		})
		r.settle(r.w)
		ana, beto := r.member(gremio.DerivedID("member", "app-ana")), r.member(gremio.DerivedID("member", "app-beto"))
		if fee := settings.FeeOfMember(ana); ana.Tier != gremio.TierPremium || fee == nil || fee.Amount != 15000 || fee.PaidAt != nil {
			t.Errorf("who joined unpaid is %s and has the fee %+v", ana.Tier, fee)
		}
		if fee := settings.FeeOfMember(beto); fee != nil {
			t.Errorf("a basic member has the fee %+v", fee)
		}
		paid := gremio.ApplicationPaid{ApplicationAct: gremio.ApplicationAct{Application: "app-ana", By: "office", At: r.now()}, Paid: true, Amount: 15000, Reference: "4711"}
		r.append(gremio.Event{Subject: "app-ana", Special: true, Data: paid})
		r.settle(r.w)
		r.nothingRejected()
		ana = r.member(ana.ID)
		if fee := settings.FeeOfMember(ana); ana.Tier != gremio.TierPremium || fee == nil || fee.PaidAt == nil || fee.Reference != "4711" {
			t.Errorf("who has paid is %s and has the fee %+v", ana.Tier, fee)
		}
	})
}

// A cart that gets another plate has the dough that it had, and asks for more
// under the new plate alone.
func TestPlateChangeKeepsTheDough(t *testing.T) {
	inRegistry(t, func(r *registry) {
		all := []work.Worker[*store.Tx]{r.w, worker(stock.Name, nil), worker(alerts.Name, nil)}
		for _, w := range all[1:] {
			r.run(r.loop(w))
		}
		settle := func() {
			t.Helper()
			time.Sleep(3 * time.Second)
			r.settle(all...)
		}
		ana, beto := r.join("app-ana", 1, "AAAA11"), r.join("app-beto", 2, "BBBB22")
		r.append(r.sale("AAAA11", "1", 130))
		settle()
		r.refuses(ana, gremio.PlateChanged{MemberAct: r.act(ana), From: "AAAA11", To: "AAAA12"}, "")
		settle()
		if got := r.levels(); got["AAAA12"] != 70 {
			t.Errorf("the levels are %v, want 70 on AAAA12", got)
		}
		r.append(r.sale("AAAA12", "2", 60))
		settle()
		if open := r.replenishments(gremio.ReplenishmentOpen); len(open) != 1 || open[0].Plate != "AAAA12" || open[0].Level != 10 {
			t.Errorf("open replenishments are %+v", open)
		}
		time.Sleep(time.Minute)
		r.refuses(ana, gremio.PlateChanged{MemberAct: r.act(ana), From: "AAAA12", To: "AAAA13"}, "")
		settle()
		if open := r.replenishments(gremio.ReplenishmentOpen); len(open) != 1 || open[0].Plate != "AAAA13" || open[0].Level != 10 {
			t.Errorf("after the next plate open replenishments are %+v", open)
		}
		r.refuses(beto, gremio.PlateChanged{MemberAct: r.act(beto), From: "BBBB22", To: "BBBB23"}, "") // it has told of no dough
		settle()
		if got := r.alerts(gremio.AlertStockMismatch, ""); len(got) > 0 {
			t.Errorf("the change of a plate is told as dough that does not add up: %+v", got)
		}
		r.nothingRejected()
		for _, w := range all[:2] {
			before := r.dump(w.Name)
			if _, err := r.rebuild(w); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, r.dump(w.Name)); diff != "" {
				t.Errorf("after a rebuild of %s: %s", w.Name, diff)
			}
		}
	})
}
