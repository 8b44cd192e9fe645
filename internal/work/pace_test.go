package work_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/work/alerts"
	"gremio/internal/work/positions"
)

// A phone that its app makes report every 300 s is one alert that says what to
// change. Until somebody does, its cart is missing when it is late by that
// measure, across a restart too; the others are missing as ever.
func TestPhoneThatReportsTooSeldom(t *testing.T) {
	inGuild(t, func(g *guild) {
		stop := positionsAndAlerts(g)
		slowly := func(times int) {
			for range times {
				g.report("SLOW1")
				g.live(300*time.Second, "B")
			}
		}
		slowly(3) // two pauses
		g.report("SLOW1")
		g.live(5*time.Second, "B")
		found := g.alerts(gremio.AlertSlowPhone, "")
		if len(found) != 1 || *found[0].Plate != "SLOW1" || found[0].State != gremio.AlertOpen || !strings.Contains(found[0].Cause, "every 300 s") || !strings.Contains(found[0].Cause, "750 s") {
			t.Fatalf("alerts of slow phones: %+v", found)
		}
		early := len(g.alerts(gremio.AlertSilent, ""))
		if early > 3 {
			t.Errorf("%d alerts of silence before it was found out", early)
		}
		g.live(295*time.Second, "B")
		g.wantState("SLOW1", gremio.CartLive)
		stop()
		positionsAndAlerts(g)
		slowly(6)
		g.wantState("SLOW1", gremio.CartLive)
		if got := g.alerts(gremio.AlertSilent, ""); len(got) != early {
			t.Errorf("%d alerts of silence afterwards, want none but the %d of before", len(got), early)
		}
		if got := g.alerts(gremio.AlertSlowPhone, ""); len(got) != 1 || got[0].State != gremio.AlertOpen {
			t.Errorf("alerts of slow phones: %+v, want the one", got)
		}
		g.report("SLOW1")
		g.live(745*time.Second, "B")
		g.wantState("SLOW1", gremio.CartLive)
		g.live(10*time.Second, "B")
		g.wantState("SLOW1", gremio.CartMissing)
		g.live(70 * time.Second)
		g.wantState("B", gremio.CartMissing) // which reported every 20 s
		g.nothingRejected()
	})
}

// Once somebody has set the phone right, it is judged like the others.
func TestSlowPhoneIsSetRight(t *testing.T) {
	inGuild(t, func(g *guild) {
		positionsAndAlerts(g)
		for range 3 {
			g.report("SLOW1")
			g.live(120 * time.Second)
		}
		if got := g.alerts(gremio.AlertSlowPhone, gremio.AlertOpen); len(got) != 1 {
			t.Fatalf("alerts of slow phones: %+v", got)
		}
		g.live(gremio.PaceHeld+4*time.Minute, "SLOW1")
		if got := g.alerts(gremio.AlertSlowPhone, ""); len(got) != 1 || got[0].State != gremio.AlertIsClosed {
			t.Errorf("alerts of slow phones: %+v, want it closed", got)
		}
		g.live(90 * time.Second)
		g.wantState("SLOW1", gremio.CartMissing)
		g.settle(worker(positions.Name, nil), worker(alerts.Name, nil))
		paces, err := g.store.PhonePaces(g.ctx, []string{gremio.CartOf("SLOW1")})
		g.must(err)
		if p := paces[gremio.CartOf("SLOW1")]; p.IntervalSeconds != 0 {
			t.Errorf("the pace is %+v", p)
		}
		before := g.dump(positions.Name)
		_, err = g.rebuild(worker(positions.Name, nil))
		g.must(err)
		if diff := cmp.Diff(before, g.dump(positions.Name)); diff != "" {
			t.Errorf("(- before, + after the rebuild):\n%s", diff)
		}
		g.nothingRejected()
	})
}

// What is no timer's is no setting: two losses of the network, and a phone whose
// server was away.
func TestPausesThatAreNoPace(t *testing.T) {
	for name, pauses := range map[string][]time.Duration{"uneven": {70 * time.Second, 200 * time.Second, 100 * time.Second}, "hours": {45 * time.Minute, 45 * time.Minute, 45 * time.Minute}} {
		t.Run(name, func(t *testing.T) {
			inGuild(t, func(g *guild) {
				positionsAndAlerts(g)
				g.report("A")
				for _, pause := range pauses {
					g.live(pause)
					g.report("A")
				}
				g.live(5 * time.Second)
				if got := g.alerts(gremio.AlertSlowPhone, ""); len(got) != 0 {
					t.Errorf("alerts of slow phones: %+v", got)
				}
			})
		})
	}
	inGuild(t, func(g *guild) {
		positionsAndAlerts(g)
		g.live(time.Minute, "A")
		for range 3 {
			g.report("A")
			g.live(5 * time.Second)
			time.Sleep(5 * time.Minute) // nothing is taken in
		}
		g.live(time.Minute, "A")
		if got := g.alerts(gremio.AlertSlowPhone, ""); len(got) != 0 {
			t.Errorf("while take-in was away: %+v", got)
		}
	})
}
