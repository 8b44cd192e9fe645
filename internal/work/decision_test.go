package work_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/work/members"
)

func (r *registry) set(change func(*gremio.Settings)) {
	r.t.Helper()
	_, err := r.store.ChangeSettings(r.ctx, "admin", r.now(), func(s *gremio.Settings) error { change(s); return nil })
	r.must(err)
	time.Sleep(time.Millisecond) // what comes now is received after it
}

func (r *registry) submit(id string, tier gremio.Tier, p gremio.Personal) {
	r.t.Helper()
	r.append(r.application(r.master, id, tier, "", p))
	r.settle(r.w)
}

// learns puts something about an application on the log and returns why the
// worker refused it.
func (r *registry) learns(id string, d gremio.Data) string {
	r.t.Helper()
	at := r.append(gremio.Event{Subject: id, Special: r.theApplication(id).Tier == gremio.TierPremium, Data: d})[0]
	r.settle(r.w)
	reason, _, err := r.store.RejectionAt(r.ctx, members.Name, at)
	r.must(err)
	return reason
}

func (r *registry) about(id string) gremio.ApplicationAct {
	return gremio.ApplicationAct{Application: id, By: "user-1", At: r.now()}
}

func (r *registry) wantState(id, state string, reasons ...string) gremio.Application {
	r.t.Helper()
	a := r.theApplication(id)
	if a.State != state || !slices.Equal(a.Reasons, append([]string{}, reasons...)) {
		r.t.Errorf("%s: %s because of %v, want %s, %v", id, a.State, a.Reasons, state, reasons)
	}
	return a
}

// sameRows wants a rebuild to give the rows that are there.
func (r *registry) sameRows() {
	r.t.Helper()
	before := r.dump(members.Name)
	_, err := r.rebuild(r.w)
	r.must(err)
	if diff := cmp.Diff(before, r.dump(members.Name)); diff != "" {
		r.t.Errorf("after a rebuild (- before, + after):\n%.3000s", diff)
	}
}

// What the settings ask for is learned bit by bit, and the last bit approves.
func TestJudgedAgain(t *testing.T) {
	inRegistry(t, func(r *registry) {
		r.set(func(s *gremio.Settings) {
			s.ConfirmContact, s.Antecedents = gremio.ConfirmPhone, []string{"certificado", "foto"}
		})
		p := whole(1)
		r.submit("a", gremio.TierBasic, p)
		r.wantState("a", gremio.ApplicationWaiting, gremio.ReasonPhoneUnconfirmed, gremio.ReasonAntecedentMissing)
		confirmed := func(contact string) gremio.Data {
			return gremio.ApplicationConfirmed{ApplicationAct: r.about("a"), Channel: gremio.ChannelPhone, Contact: contact}
		}
		r.learns("a", confirmed("another number's")) // it was corrected meanwhile
		r.wantState("a", gremio.ApplicationWaiting, gremio.ReasonPhoneUnconfirmed, gremio.ReasonAntecedentMissing)
		r.learns("a", confirmed(r.master.ContactHash("a", gremio.ChannelPhone, p)))
		r.wantState("a", gremio.ApplicationWaiting, gremio.ReasonAntecedentMissing)
		check := func(name string, met bool) string {
			return r.learns("a", gremio.ApplicationChecked{ApplicationAct: r.about("a"), Antecedent: name, Met: met})
		}
		check("foto", true)
		check("foto", false)
		check("certificado", true)
		r.wantState("a", gremio.ApplicationWaiting, gremio.ReasonAntecedentMissing)
		r.sameRows()
		check("foto", true)
		a := r.wantState("a", gremio.ApplicationIsApproved, gremio.ReasonAntecedentMissing)
		if a.DecidedBy != gremio.ByMachine || a.Member == "" || a.SettingsVersion == nil || *a.SettingsVersion != 1 {
			t.Errorf("decided by %q, member %q, settings %v", a.DecidedBy, a.Member, a.SettingsVersion)
		}
		if refused := r.learns("a", gremio.ApplicationPaid{ApplicationAct: r.about("a"), Paid: true, Amount: 1}); refused != "a basic application has no fee" {
			t.Errorf("a basic application's fee: %q", refused)
		}
		r.sameRows()
	})
}

// Who seems to be there already waits, and says whom it collides with.
func TestTwinsAndNamesakes(t *testing.T) {
	inRegistry(t, func(r *registry) {
		member := r.join("first", 1, "AAAA11")
		r.submit("member again", gremio.TierBasic, whole(1))
		if a := r.theApplication("member again"); a.SameAs != member.ID || !slices.Contains(a.Reasons, gremio.ReasonMemberAlready) {
			t.Errorf("same_as %q because of %v, want %s", a.SameAs, a.Reasons, member.ID)
		}
		namesake := whole(2)
		namesake.GivenName, namesake.FamilyName = "ANÁ", " pérez  1"
		r.submit("namesake", gremio.TierBasic, namesake)
		r.wantState("namesake", gremio.ApplicationWaiting, gremio.ReasonSameName)
		doubtful := whole(3)
		doubtful.Phone = ""
		r.submit("older", gremio.TierBasic, doubtful)
		r.submit("twin", gremio.TierBasic, whole(3))
		if a := r.wantState("twin", gremio.ApplicationWaiting, gremio.ReasonDuplicate); a.DuplicateOf != "older" {
			t.Errorf("duplicate of %q, want older", a.DuplicateOf)
		}
		// A person may approve whoever waits for a soft reason, once; the first in the log wins.
		approve := gremio.ApplicationApprovedV2{ApplicationApproved: gremio.ApplicationApproved{Application: "namesake", Member: "m2", By: "user-1", At: r.now()},
			Tier: gremio.TierBasic, ServedAs: gremio.TierBasic}
		reject := gremio.ApplicationRejectedV2{ApplicationRejected: gremio.ApplicationRejected{Application: "namesake", By: "user-2", At: r.now()}}
		if refused := r.learns("namesake", approve); refused != "" {
			t.Errorf("the namesake: %s", refused)
		}
		if refused := r.learns("namesake", reject); refused == "" {
			t.Error("what is approved can be rejected")
		}
		r.sameRows()
	})
}

// While a fee is set, an unpaid premium application comes after the basic ones
// that were there before it, and holds nobody up.
func TestUnpaidPremiumTakesItsTurn(t *testing.T) {
	inGuild(t, func(g *guild) {
		r := &registry{guild: g, master: gremio.NewKey()}
		r.w = worker(members.Name, r.master)
		r.set(func(s *gremio.Settings) { s.PremiumFee = 15000 })
		var stuck atomic.Bool // the basic lane
		stuck.Store(true)
		loop := g.loop(r.w)
		loop.Worker.MaxBatch = func(int32) int { return members.BasicBatch }
		loop.Worker.Before = func(ctx context.Context, partition int32) error {
			for partition == 1 && stuck.Load() && ctx.Err() == nil {
				time.Sleep(100 * time.Millisecond)
			}
			if partition == gremio.SpecialPartition {
				return nil
			}
			return loop.WaitForPartition(ctx, gremio.SpecialPartition)
		}
		basic := func(from, to int) (all []gremio.Event) {
			for n := from; n < to; n++ {
				e := g.application(r.master, fmt.Sprint("basic-", n), gremio.TierBasic, "", whole(n))
				e.Lane = gremio.LaneAt(1)
				all = append(all, e)
			}
			return all
		}
		g.append(basic(0, 150)...)
		for n, id := range []string{"unpaid", "pays", "rejected"} {
			g.append(g.application(r.master, id, gremio.TierPremium, "", whole(500+n)))
		}
		running := g.run(loop)
		time.Sleep(20 * time.Second)
		if a := r.wantState("unpaid", gremio.ApplicationWaiting); !a.Queued {
			t.Error("the unpaid one does not wait for its turn")
		}
		paid := gremio.ApplicationPaid{ApplicationAct: r.about("pays"), Paid: true, Amount: 15000, Reference: "1"}
		g.append(gremio.Event{Subject: "pays", Special: true, Data: paid}, gremio.Event{Subject: "rejected", Special: true,
			Data: gremio.ApplicationRejected{Application: "rejected", By: "user-1", At: r.now()}})
		time.Sleep(time.Second)
		if a := r.wantState("pays", gremio.ApplicationIsApproved); a.ServedAs != gremio.TierPremium {
			t.Errorf("who paid is served as %s", a.ServedAs)
		}
		r.wantState("rejected", gremio.ApplicationIsRejected)
		// The worker dies and another begins; the lane moves again.
		running.stop()
		stuck.Store(false)
		loop = g.loop(loop.Worker)
		loop.Worker.Before = nil
		running = g.run(loop)
		g.eventually("the turn of the unpaid one", func() bool { return r.theApplication("unpaid").State == gremio.ApplicationIsApproved })
		a := r.theApplication("unpaid")
		if a.ServedAs != gremio.TierBasic || a.Queued {
			t.Errorf("the unpaid one is served as %s, queued %v", a.ServedAs, a.Queued)
		}
		for n := range 150 {
			if b := r.theApplication(fmt.Sprint("basic-", n)); b.DecidedAt == nil || b.DecidedAt.After(*a.DecidedAt) {
				t.Fatalf("%s was there before the unpaid one and is decided %v, that one %v", b.ID, b.DecidedAt, a.DecidedAt)
			}
		}
		g.settle(r.w)
		r.sameRows()
		// With no basic ones to wait for it does not wait for ever.
		g.append(g.application(r.master, "alone", gremio.TierPremium, "", whole(600)))
		time.Sleep(10 * time.Second)
		if a := r.wantState("alone", gremio.ApplicationIsApproved); a.ServedAs != gremio.TierBasic {
			t.Errorf("alone it is served as %s", a.ServedAs)
		}
		// A fee that nobody asks for any more is waited for by nobody, whatever stands before.
		running.stop()
		stuck.Store(true)
		loop = g.loop(loop.Worker)
		loop.Worker.Before = func(ctx context.Context, partition int32) error {
			for partition == 2 && ctx.Err() == nil && stuck.Load() {
				time.Sleep(100 * time.Millisecond)
			}
			return ctx.Err()
		}
		last := g.application(r.master, "stuck", gremio.TierBasic, "", whole(700))
		last.Lane = gremio.LaneAt(2)
		g.append(last, g.application(r.master, "free", gremio.TierPremium, "", whole(701)))
		g.run(loop)
		time.Sleep(10 * time.Second)
		r.wantState("free", gremio.ApplicationWaiting)
		r.set(func(s *gremio.Settings) { s.PremiumFee = 0 })
		time.Sleep(5 * time.Second)
		if a := r.wantState("free", gremio.ApplicationIsApproved); a.ServedAs != gremio.TierPremium {
			t.Errorf("without a fee it is served as %s", a.ServedAs)
		}
		stuck.Store(false)
		g.settle(r.w)
		r.sameRows()
		g.nothingRejected()
	})
}
