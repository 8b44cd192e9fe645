package work_test

import (
	"testing"
	"time"

	"gremio"
	"gremio/internal/work/stock"
)

// Each case begins with cart A at 15 units, on a prepared delivery, and says what a
// person at the depot would call the right level at the end, and why.
func TestLevelThatAPersonWouldCallRight(t *testing.T) {
	count := func(g *guild, units int, at time.Time) {
		g.append(gremio.Event{Subject: "A", Time: at, Data: gremio.StockCounted{Plate: "A", Units: units, Time: at}})
	}
	confirmAt := func(g *guild, at time.Time, units *int) {
		g.append(gremio.Event{Subject: "A", Data: gremio.StopConfirmed{Delivery: "d", Plate: "A", Units: units, ConfirmedAt: at, By: "driver"}})
	}
	for _, test := range []struct {
		name, why string
		do        func(g *guild, settle func())
		units     int
		rejected  int
	}{
		{"confirmed twice", "dough is unloaded once; a second press says nothing new", func(g *guild, settle func()) {
			confirmAt(g, g.now(), ptr(100))
			settle()
			confirmAt(g, g.now(), ptr(100))
		}, 115, 1},
		{"confirmed late", "what was sold since the unloading came off the full cart", func(g *guild, settle func()) {
			unloaded := g.now()
			time.Sleep(time.Minute)
			g.append(g.sale("A", "after", 5))
			settle()
			confirmAt(g, unloaded, nil)
		}, 195, 0},
		{"counted itself meanwhile", "the count confirmed the stop, so the driver's word must not fill the cart again", func(g *guild, settle func()) {
			count(g, 180, g.now())
			settle()
			g.append(g.sale("A", "after", 7))
			settle()
			confirmAt(g, g.now(), ptr(165))
		}, 173, 1},
		{"counted a little meanwhile", "a count that stays short is no refill; the stop adds to what was counted", func(g *guild, settle func()) {
			count(g, 12, g.now())
			settle()
			time.Sleep(time.Second)
			confirmAt(g, g.now(), ptr(100))
		}, 112, 0},
		{"15 to 199", "dough does not grow: someone refilled the cart and did not say so", func(g *guild, _ func()) {
			g.sell("A", 1, ptr(199))
		}, 199, 0},
		{"constant figure", "a figure that stands still while units are sold is no count", func(g *guild, settle func()) {
			confirmAt(g, g.now(), nil)
			settle()
			time.Sleep(time.Second)
			g.sell("A", 30, ptr(200))
		}, 170, 0},
		{"count from before the refill comes after it", "it tells what lay there before the van came", func(g *guild, settle func()) {
			before := g.now()
			time.Sleep(time.Minute)
			confirmAt(g, g.now(), nil)
			settle()
			count(g, 9, before)
		}, 200, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			inGuild(t, func(g *guild) {
				w := worker(stock.Name, nil)
				r := g.run(g.loop(w))
				g.append(g.sale("A", "first", 185))
				g.settle(w)
				g.append(gremio.Event{Subject: "d", Special: true, Data: gremio.DeliveryRequested{Delivery: "d", By: "office"}})
				g.settle(w)
				if d, found, err := g.store.Delivery(g.ctx, "d"); err != nil || !found || len(d.Stops) != 1 {
					t.Fatalf("%+v, %v, %v; want a delivery to the cart", d, found, err)
				}
				time.Sleep(time.Minute)
				test.do(g, func() { g.settle(w) })
				g.settle(w)
				g.must(r.stop())
				if got := g.levels()["A"]; got != test.units {
					t.Errorf("%d units, want %d: %s", got, test.units, test.why)
				}
				if n := len(g.rejected()); n != test.rejected {
					t.Errorf("%d records are rejected, want %d", n, test.rejected)
				}
				if open := g.replenishments(gremio.ReplenishmentOpen); len(open) != 0 {
					t.Errorf("%+v wait again, want none", open)
				}
			})
		})
	}
}
