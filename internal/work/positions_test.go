package work_test

import (
	"testing"
	"time"

	"gremio"
	"gremio/internal/work/alerts"
	"gremio/internal/work/positions"
)

func (g *guild) report(plate gremio.Plate) {
	g.t.Helper()
	g.append(gremio.Event{Subject: string(plate), Data: gremio.PositionReported{
		Plate: plate, Time: g.now(), Place: &gremio.Place{Point: &gremio.Point{Lat: -33.45, Lon: -70.66}}}})
}

// live lets d pass with take-in up, while the carts' phones report every 20 s
// as the guild sets them.
func (g *guild) live(d time.Duration, carts ...gremio.Plate) {
	g.t.Helper()
	end := time.Now().Add(d)
	step := 0
	for at := time.Now(); at.Before(end); at = at.Add(gremio.IntakeAliveEvery) {
		time.Sleep(time.Until(at))
		g.append(gremio.Event{Subject: "api", Data: gremio.IntakeAlive{API: "api"}})
		if step++; step%4 == 1 {
			for _, plate := range carts {
				g.report(plate)
			}
		}
	}
	time.Sleep(time.Until(end))
}

func (g *guild) wantState(plate gremio.Plate, want gremio.CartState) {
	g.t.Helper()
	if got := g.cart(plate).State; got != want {
		g.t.Errorf("at %s cart %s is %s, want %s", time.Now().In(gremio.Santiago()).Format(time.TimeOnly), plate, got, want)
	}
}

// positionsAndAlerts runs both workers and returns what stops them.
func positionsAndAlerts(g *guild) (stop func()) {
	p, a := g.run(g.loop(worker(positions.Name, nil))), g.run(g.loop(worker(alerts.Name, nil)))
	return func() {
		g.t.Helper()
		g.must(p.stop())
		g.must(a.stop())
	}
}

func TestSilentCartIsMissing(t *testing.T) {
	inGuild(t, func(g *guild) {
		positionsAndAlerts(g)
		g.live(time.Minute, "A", "B")
		last := time.Now()
		g.report("A")
		g.live(59500*time.Millisecond, "B")
		g.wantState("A", gremio.CartLive)
		g.wantState("B", gremio.CartLive)
		g.live(3*time.Minute, "B")
		g.wantState("A", gremio.CartMissing)
		g.wantState("B", gremio.CartLive)
		raised := g.alerts(gremio.AlertSilent, "")
		if len(raised) != 1 || raised[0].Plate == nil || *raised[0].Plate != "A" || raised[0].State != gremio.AlertOpen {
			t.Fatalf("alerts of silence: %+v, want one of A", raised)
		}
		if after := raised[0].RaisedAt.Sub(last); after < time.Minute || after > 62*time.Second {
			t.Errorf("the alert came %s after the last sign of life, want 60 to 62 s", after)
		}
		g.report("A")
		g.live(5*time.Second, "B")
		g.wantState("A", gremio.CartLive)
		if alert := g.alerts(gremio.AlertSilent, ""); len(alert) != 1 || alert[0].State != gremio.AlertIsClosed {
			t.Errorf("after its return: %+v, want the one alert closed", alert)
		}
		// A second silence is another alert.
		g.live(2*time.Minute, "B")
		if open, all := g.alerts(gremio.AlertSilent, gremio.AlertOpen), g.alerts(gremio.AlertSilent, ""); len(open) != 1 || len(all) != 2 {
			t.Errorf("after a second silence %d alerts are open of %d, want 1 of 2", len(open), len(all))
		}
		g.nothingRejected()
	})
}

// A stop of ours accuses no cart: only time counts in which carts could report.
func TestNobodyIsMissingWhileTakeInIsDown(t *testing.T) {
	inGuild(t, func(g *guild) {
		positionsAndAlerts(g)
		g.live(time.Minute, "A", "B", "C")
		time.Sleep(10 * time.Minute) // nothing comes in, the workers run on
		for _, plate := range []gremio.Plate{"A", "B", "C"} {
			g.wantState(plate, gremio.CartLive)
		}
		g.live(20 * time.Second)
		g.live(15*time.Second, "A")
		g.report("B")
		g.wantState("C", gremio.CartLive)
		if raised := g.alerts(gremio.AlertSilent, ""); len(raised) != 0 {
			t.Errorf("the stop raised %+v", raised)
		}
		// C does not come back.
		g.live(30*time.Second, "A", "B")
		g.live(20*time.Second, "A", "B")
		g.wantState("A", gremio.CartLive)
		g.wantState("B", gremio.CartLive)
		g.wantState("C", gremio.CartMissing)
		if raised := g.alerts(gremio.AlertSilent, ""); len(raised) != 1 {
			t.Errorf("%d alerts, want the one of C", len(raised))
		}
	})
}

// A worker that was down decides nothing before it has read what came meanwhile.
func TestWorkerThatCatchesUpAccusesNobody(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(positions.Name, nil)
		r := g.run(g.loop(w))
		g.run(g.loop(worker(alerts.Name, nil)))
		g.live(time.Minute, "A", "B")
		g.must(r.stop())
		g.live(10*time.Minute, "A", "B")
		g.run(g.loop(w))
		g.live(time.Minute, "A", "B")
		g.wantState("A", gremio.CartLive)
		g.wantState("B", gremio.CartLive)
		if raised := g.alerts(gremio.AlertSilent, ""); len(raised) != 0 {
			t.Errorf("the worker's stop raised %+v", raised)
		}
	})
}

func TestClosingHourEndsShiftsQuietly(t *testing.T) {
	inGuild(t, func(g *guild) {
		g.sleepUntil(1, 58)
		stop := positionsAndAlerts(g)
		g.live(100*time.Second, "A", "B")
		g.live(15*time.Second, "A") // B is silent as the guild closes, but not for its limit
		g.wantState("A", gremio.CartLive)
		g.live(5*time.Minute, "A") // its phone goes on on the way home
		g.wantState("A", gremio.CartOffShift)
		g.wantState("B", gremio.CartOffShift)
		if raised := g.alerts(gremio.AlertSilent, ""); len(raised) != 0 {
			t.Errorf("closing raised %+v", raised)
		}
		closing := gremio.DayOf(time.Now(), gremio.Clock(0, 0)).At(gremio.Clock(2, 0))
		ended := map[gremio.Plate]int{}
		for _, rec := range g.read(gremio.TopicPositions) {
			if e, ok := rec.Event.Data.(gremio.ShiftEnded); ok {
				ended[e.Plate]++
				if e.By != "closing_hour" || !e.Time.Equal(closing) {
					t.Errorf("the shift of %s was ended by %s at %s", e.Plate, e.By, e.Time)
				}
			}
		}
		if len(ended) != 2 || ended["A"] != 1 || ended["B"] != 1 {
			t.Errorf("shifts ended: %v, want one each", ended)
		}
		// The next morning starts a new one.
		stop()
		g.sleepUntil(5, 0)
		positionsAndAlerts(g)
		g.live(20*time.Second, "A")
		g.wantState("A", gremio.CartLive)
		g.nothingRejected()
	})
}

func TestVendorsEndHoldsAgainstAPhoneThatGoesOn(t *testing.T) {
	inGuild(t, func(g *guild) {
		positionsAndAlerts(g)
		g.live(time.Minute, "A")
		worked := g.now()
		g.append(gremio.Event{Subject: "A", Data: gremio.ShiftEnded{Plate: "A", Time: g.now(), By: "vendor"}})
		g.live(20*time.Minute, "A")
		g.wantState("A", gremio.CartOffShift)
		g.live(6 * time.Minute)
		g.wantState("A", gremio.CartOffShift)
		if raised := g.alerts(gremio.AlertSilent, ""); len(raised) != 0 {
			t.Errorf("a cart off shift raised %+v", raised)
		}
		// What the phone had stored of the shift that has ended starts none.
		g.append(gremio.Event{Subject: "A", Data: gremio.PositionReported{Plate: "A", Time: worked.Add(-time.Second)}})
		g.live(6 * time.Minute)
		g.wantState("A", gremio.CartOffShift)
		g.live(20*time.Second, "A") // after a pause it does
		g.wantState("A", gremio.CartLive)
		g.nothingRejected()
	})
}

func TestPausedCartIsQuiet(t *testing.T) {
	inGuild(t, func(g *guild) {
		positionsAndAlerts(g)
		g.live(time.Minute, "A")
		g.append(gremio.Event{Subject: "A", Data: gremio.ShiftPaused{Plate: "A", Time: g.now()}})
		g.live(5 * time.Minute)
		g.wantState("A", gremio.CartQuiet)
		if raised := g.alerts(gremio.AlertSilent, ""); len(raised) != 0 {
			t.Errorf("a closed page raised %+v", raised)
		}
		g.live(20*time.Second, "A")
		g.wantState("A", gremio.CartLive)
		g.live(70 * time.Second)
		g.wantState("A", gremio.CartMissing)
		g.nothingRejected()
	})
}

// Only a position starts a shift and its watch.
func TestSaleStartsNoShift(t *testing.T) {
	inGuild(t, func(g *guild) {
		positionsAndAlerts(g)
		for range 5 {
			sale := g.sale("A", "", 1)
			d := sale.Data.(gremio.SaleRecorded)
			d.Place = &gremio.Place{Grid: &gremio.Grid{X: 20, Y: 95}}
			sale.Data = d
			g.append(sale)
			g.live(time.Minute)
		}
		g.wantState("A", gremio.CartOffShift)
		if c := g.cart("A"); c.Grid == nil || *c.Grid != (gremio.Grid{X: 20, Y: 95}) {
			t.Errorf("the sale does not show where the cart is: %+v", c.Where)
		}
		if raised := g.alerts(gremio.AlertSilent, ""); len(raised) != 0 {
			t.Errorf("selling raised %+v", raised)
		}
	})
}

func TestLateFixJoinsTheTrackAndMovesNothing(t *testing.T) {
	inGuild(t, func(g *guild) {
		positionsAndAlerts(g)
		fix := func(at time.Time, lat float64) {
			g.append(gremio.Event{Subject: "A", Data: gremio.PositionReported{Plate: "A", Time: at, Place: &gremio.Place{Point: &gremio.Point{Lat: lat, Lon: -70}}}})
		}
		now := g.now()
		fix(now, -33)
		fix(now.Add(-time.Hour), -34)
		fix(now.Add(-2*time.Hour), -35)
		fix(now.Add(-time.Hour), -36) // known by plate and fix time: a repeat
		g.settle(worker(positions.Name, nil))
		if c := g.cart("A"); c.Lat == nil || *c.Lat != -33 {
			t.Errorf("the marker stands at %+v, want -33", c.Where)
		}
		track, _, err := g.store.Track(g.ctx, "A", gremio.Page{Limit: 10})
		if err != nil || len(track) != 3 || *track[1].Lat != -34 {
			t.Errorf("track %+v, %v; want three fixes, the first of each time", track, err)
		}
	})
}

func TestSightingIsAnAlert(t *testing.T) {
	inGuild(t, func(g *guild) {
		positionsAndAlerts(g)
		sighting := gremio.Event{ID: "s-1", Special: true, Data: gremio.SightingReported{Place: gremio.Place{Point: &gremio.Point{Lat: -33, Lon: -70}}, Time: g.now(), Note: "sin patente"}}
		at := g.append(sighting, sighting)
		if at[0].Partition != gremio.SpecialPartition {
			t.Errorf("a sighting lies in partition %d", at[0].Partition)
		}
		g.settle(worker(positions.Name, nil), worker(alerts.Name, nil))
		if raised := g.alerts(gremio.AlertSighting, gremio.AlertOpen); len(raised) != 1 || raised[0].Lat == nil {
			t.Errorf("alerts %+v, want one with a place", raised)
		}
		if all, _, err := g.store.Sightings(g.ctx, gremio.Page{Limit: 10}); err != nil || len(all) != 1 || all[0].Note != "sin patente" {
			t.Errorf("sightings %+v, %v", all, err)
		}
	})
}
