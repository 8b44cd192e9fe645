package work_test

import (
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

// A suspended member's cart that goes on selling, or starts a shift, is one alert
// for each suspension; what it sells is kept.
func TestSuspendedCartAtWork(t *testing.T) {
	inGuild(t, func(g *guild) {
		r := &registry{guild: g, master: gremio.NewKey()}
		var all []work.Worker[*store.Tx]
		for _, name := range []string{members.Name, sales.Name, positions.Name, alerts.Name} {
			w := worker(name, r.master)
			all = append(all, w)
			g.run(g.loop(w))
		}
		r.w = all[0]
		wants := func(state string, n int) {
			t.Helper()
			time.Sleep(3 * time.Second)
			g.settle(all...)
			if got := g.alerts(gremio.AlertSuspendedCart, state); len(got) != n {
				t.Errorf("%d alerts of suspended carts are %s, want %d: %+v", len(got), state, n, got)
			}
		}
		ana, beto := r.join("app-ana", 1, "AAAA11"), r.join("app-beto", 2, "BBBB22")
		late := g.sale("AAAA11", "late", 1)
		time.Sleep(time.Minute)
		r.refuses(ana, gremio.MemberSuspended{MemberAct: r.act(ana)}, "")
		since := r.member(ana.ID).SuspendedAt
		g.append(late, g.sale("BBBB22", "1", 1))
		wants(gremio.AlertOpen, 0) // sold before, or by another
		for _, id := range []string{"1", "2", "3"} {
			time.Sleep(time.Minute)
			g.append(g.sale("AAAA11", id, 2))
		}
		wants(gremio.AlertOpen, 1)
		r.refuses(ana, gremio.MemberSuspended{MemberAct: r.act(ana), Until: ptr(r.now().Add(time.Hour))}, "") // prolonged: it is the same
		if now := r.member(ana.ID).SuspendedAt; since == nil || now == nil || !now.Equal(*since) {
			t.Errorf("suspended since %v, then %v", since, now)
		}
		g.append(g.sale("AAAA11", "4", 2))
		wants(gremio.AlertOpen, 1)
		r.refuses(ana, gremio.MemberResumed{MemberAct: r.act(ana)}, "")
		wants(gremio.AlertOpen, 0)
		wants(gremio.AlertIsClosed, 1)
		g.append(g.sale("AAAA11", "5", 2))
		wants(gremio.AlertOpen, 0)
		// The next suspension is another cause, and so is a shift; it ends with the plate.
		r.refuses(ana, gremio.MemberSuspended{MemberAct: r.act(ana)}, "")
		time.Sleep(time.Minute)
		g.append(gremio.Event{Subject: "AAAA11", Data: gremio.PositionReported{Plate: "AAAA11", Time: r.now(), Place: &gremio.Place{Point: &gremio.Point{Lat: -33.4, Lon: -70.6}}}})
		wants(gremio.AlertOpen, 1)
		r.refuses(ana, gremio.CartGiven{MemberAct: r.act(ana), Plate: "AAAA11", To: beto.ID}, "")
		wants(gremio.AlertOpen, 0)
		wants(gremio.AlertIsClosed, 2)
		if n := len(g.sold()); n != 7 {
			t.Errorf("%d sales are kept, want all 7", n)
		}
		before := g.dump(members.Name)
		if _, err := g.rebuild(r.w); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, g.dump(members.Name)); diff != "" {
			t.Error(diff)
		}
	})
}
