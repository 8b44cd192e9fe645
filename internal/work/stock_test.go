package work_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/work/alerts"
	"gremio/internal/work/stock"
)

func (g *guild) deliveries(state string) []gremio.Delivery {
	g.t.Helper()
	var f gremio.DeliveryFilter
	if state != "" {
		f.States = []string{state}
	}
	all, _, err := g.store.Deliveries(g.ctx, f, gremio.Page{Limit: 100})
	g.must(err)
	return all
}

func (g *guild) replenishments(state string) []gremio.Replenishment {
	g.t.Helper()
	all, _, err := g.store.Replenishments(g.ctx, state, "", gremio.Page{Limit: 100})
	g.must(err)
	return all
}

func (g *guild) levels() map[gremio.Plate]int {
	g.t.Helper()
	all, _, err := g.store.Stock(g.ctx, "", gremio.DefaultSettings(), gremio.Page{Limit: 100})
	g.must(err)
	levels := map[gremio.Plate]int{}
	for _, l := range all {
		levels[l.Plate] = l.Units
	}
	return levels
}

// sell sells units of a cart one at a time, with the figure that the cart sends.
func (g *guild) sell(plate gremio.Plate, units int, figure *int) {
	g.t.Helper()
	for range units {
		g.ids++
		sale := g.sale(plate, fmt.Sprint("sale-", g.ids), 1)
		d := sale.Data.(gremio.SaleRecorded)
		d.Stock = figure
		sale.Data = d
		g.append(sale)
	}
}

func (g *guild) confirm(delivery string, plate gremio.Plate, units *int) []gremio.LogPosition {
	g.t.Helper()
	return g.append(gremio.Event{Subject: string(plate), Data: gremio.StopConfirmed{Delivery: delivery, Plate: plate, Units: units, ConfirmedAt: g.now(), By: "driver"}})
}

func TestDeliveriesOfFive(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(stock.Name, nil)
		r := g.run(g.loop(w))
		g.settle(w)
		opened := time.Now()
		for i := range 23 {
			plate := gremio.Plate(fmt.Sprintf("P%02d", i))
			g.append(g.sale(plate, "1", 180)) // 20 left: not below the threshold
		}
		g.settle(w)
		if all := g.replenishments(""); len(all) != 0 {
			t.Errorf("at the threshold %d carts ask for dough", len(all))
		}
		for i := range 23 {
			plate := gremio.Plate(fmt.Sprintf("P%02d", i))
			g.append(g.sale(plate, "2", 1), g.sale(plate, "3", 2)) // two figures below it, one replenishment
		}
		time.Sleep(5 * time.Second)
		g.settle(w)
		prepared := g.deliveries(gremio.DeliveryPreparedState)
		if len(prepared) != 4 {
			t.Fatalf("%d deliveries are prepared, want 4", len(prepared))
		}
		taken := map[gremio.Plate]bool{}
		for _, d := range prepared {
			if len(d.Stops) != gremio.DeliverySize || d.TotalUnits != 5*183 {
				t.Errorf("delivery %s loads %d for %d carts, want 915 for 5", d.ID, d.TotalUnits, len(d.Stops))
			}
			for _, s := range d.Stops {
				if taken[s.Plate] {
					t.Errorf("cart %s is on two deliveries", s.Plate)
				}
				taken[s.Plate] = true
			}
		}
		if open, all := g.replenishments(gremio.ReplenishmentOpen), g.replenishments(""); len(open) != 3 || len(all) != 23 {
			t.Errorf("%d carts wait of %d, want 3 of 23", len(open), len(all))
		}

		// Three wait two hours, also over a restart, and not a minute less.
		g.must(r.stop())
		time.Sleep(time.Until(opened.Add(118 * time.Minute)))
		r = g.run(g.loop(w))
		time.Sleep(time.Until(opened.Add(2*time.Hour - time.Second)))
		if n := len(g.deliveries("")); n != 4 {
			t.Errorf("after less than two hours there are %d deliveries, want 4", n)
		}
		time.Sleep(10 * time.Second)
		g.settle(w)
		prepared = g.deliveries(gremio.DeliveryPreparedState)
		if len(prepared) != 5 || len(prepared[0].Stops) != 3 {
			t.Fatalf("after two hours: %+v, want a fifth delivery of three", prepared)
		}
		for _, d := range prepared {
			for _, s := range d.Stops {
				g.confirm(d.ID, s.Plate, nil)
			}
		}
		g.settle(w)
		g.must(r.stop())
		for plate, units := range g.levels() {
			if units != 200 {
				t.Errorf("cart %s has %d units after its refill, want 200", plate, units)
			}
		}
		if n := len(g.deliveries(gremio.DeliveryDone)); n != 5 {
			t.Errorf("%d of 5 deliveries are done", n)
		}
		if n := len(g.replenishments(gremio.ReplenishmentIsClosed)); n != 23 {
			t.Errorf("%d of 23 replenishments are closed", n)
		}
		g.nothingRejected()
	})
}

func TestOfficeHasADeliveryAtOnce(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(stock.Name, nil)
		g.run(g.loop(w))
		ask := func(id string) []gremio.LogPosition {
			return g.append(gremio.Event{Subject: id, Special: true, Data: gremio.DeliveryRequested{Delivery: id, By: "office"}})
		}
		none := ask("d-0")
		g.append(g.sale("A", "1", 190), g.sale("B", "1", 185))
		g.settle(w)
		ask("d-1")
		g.settle(w)
		if d, found, err := g.store.Delivery(g.ctx, "d-1"); err != nil || !found || len(d.Stops) != 2 || d.TotalUnits != 375 {
			t.Errorf("%+v, %v, %v; want both carts on it", d, found, err)
		}
		wrong := g.confirm("d-9", "A", nil)
		wrong = append(wrong, g.confirm("d-1", "C", nil)...)
		g.confirm("d-1", "A", ptr(100))
		g.settle(w)
		wrong = append(wrong, g.confirm("d-1", "A", ptr(100))...)
		g.settle(w)
		if units := g.levels()["A"]; units != 110 {
			t.Errorf("10 and 100 counted make %d", units)
		}
		rejected := map[gremio.LogPosition]string{}
		for _, r := range g.rejected() {
			rejected[gremio.LogPosition{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset}] = r.Reason
		}
		for _, at := range append(none, wrong...) {
			if rejected[at] == "" {
				t.Errorf("%s is not rejected", at)
			}
		}
		if len(rejected) != 4 {
			t.Errorf("rejected: %v, want 4", rejected)
		}
	})
}

// A cart that sells at its old figure and then shows a full one was refilled:
// that confirms the stop, and is no disagreement.
func TestFigureThatRisesConfirmsTheStop(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(stock.Name, nil)
		g.run(g.loop(w))
		g.run(g.loop(worker(alerts.Name, nil)))
		plates := []gremio.Plate{"A", "B", "C", "D", "E"}
		for _, p := range plates {
			g.append(g.sale(p, "1", 185))
		}
		time.Sleep(3 * time.Second)
		g.settle(w)
		if all := g.deliveries(gremio.DeliveryPreparedState); len(all) != 1 {
			t.Fatalf("%d deliveries, want 1", len(all))
		}
		g.sell("C", 1, ptr(199))
		g.settle(w, worker(alerts.Name, nil))
		d := g.deliveries("")[0]
		for _, s := range d.Stops {
			if want := map[bool]string{true: gremio.StopDone, false: gremio.StopWaiting}[s.Plate == "C"]; s.State != want {
				t.Errorf("the stop of %s is %s, want %s", s.Plate, s.State, want)
			}
		}
		if units := g.levels()["C"]; units != 199 {
			t.Errorf("C has %d units, want 199", units)
		}
		closed := g.replenishments(gremio.ReplenishmentIsClosed)
		if len(closed) != 1 || closed[0].Plate != "C" || closed[0].CloseReason != "figure_rose" {
			t.Errorf("closed: %+v, want that of C", closed)
		}
		if raised := g.alerts(gremio.AlertStockMismatch, ""); len(raised) != 0 {
			t.Errorf("a refill raised %+v", raised)
		}
		for _, p := range plates {
			if p != "C" {
				g.confirm(d.ID, p, nil)
			}
		}
		g.settle(w)
		if d = g.deliveries("")[0]; d.State != gremio.DeliveryDone {
			t.Errorf("all stops are confirmed and the delivery is %s", d.State)
		}
		g.nothingRejected()
	})
}

// The first client sends 200 with every sale.
func TestConstantFigureCountsDown(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(stock.Name, nil)
		g.run(g.loop(w))
		g.run(g.loop(worker(alerts.Name, nil)))
		g.sell("7", 180, ptr(200))
		g.settle(w)
		if n := len(g.replenishments("")); n != 0 {
			t.Errorf("with 20 left %d replenishments are open", n)
		}
		g.sell("7", 3, ptr(200))
		g.settle(w, worker(alerts.Name, nil))
		if units := g.levels()["7"]; units != 17 {
			t.Errorf("%d units are left of 200 after 183, want 17", units)
		}
		if all := g.replenishments(gremio.ReplenishmentOpen); len(all) != 1 || all[0].Level != 19 {
			t.Errorf("replenishments %+v, want one opened at 19", all)
		}
		if raised := g.alerts(gremio.AlertStockMismatch, ""); len(raised) != 0 {
			t.Errorf("a constant figure raised %+v", raised)
		}
	})
}

func TestFigureThatDisagreesIsOneAlertADay(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(stock.Name, nil)
		g.run(g.loop(w))
		g.run(g.loop(worker(alerts.Name, nil)))
		g.sell("A", 1, ptr(150)) // the first figure of a new cart is news, not a disagreement
		g.settle(w, worker(alerts.Name, nil))
		if raised := g.alerts(gremio.AlertStockMismatch, ""); len(raised) != 0 {
			t.Errorf("the first figure raised %+v", raised)
		}
		g.sell("A", 1, ptr(139)) // off by 10, which is tolerated
		g.settle(w, worker(alerts.Name, nil))
		if raised := g.alerts(gremio.AlertStockMismatch, ""); len(raised) != 0 {
			t.Errorf("what is tolerated raised %+v", raised)
		}
		g.sell("A", 1, ptr(100))
		g.sell("A", 1, ptr(70))
		g.settle(w, worker(alerts.Name, nil))
		raised := g.alerts(gremio.AlertStockMismatch, "")
		if len(raised) != 1 || !strings.Contains(raised[0].Cause, "-38") {
			t.Errorf("alerts %+v, want one that says -38", raised)
		}
		if units := g.levels()["A"]; units != 70 {
			t.Errorf("%d units, want the last figure", units)
		}
	})
}

// Whether dough came back only a count says, and a void that is refused by
// sales must move nothing here.
func TestVoidedSaleMovesNoDough(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(stock.Name, nil)
		g.run(g.loop(w))
		g.append(g.sale("A", "1", 50), g.sale("A", "2", 30))
		g.append(gremio.Event{Subject: "A", Data: gremio.SaleVoided{Plate: "A", Sale: "1", By: "office"}})
		g.settle(w)
		if units := g.levels()["A"]; units != 120 {
			t.Errorf("%d units, want 120", units)
		}
	})
}

// A phone's clock that is minutes off switches no counting off, and a count is
// believed although it says what a full cart has.
func TestClocksThatAreOff(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(stock.Name, nil)
		g.run(g.loop(w))
		figure := 100
		ahead := g.sale("A", "1", 100)
		data := ahead.Data.(gremio.SaleRecorded)
		data.Time, data.Stock = data.Time.Add(8*time.Minute), &figure
		ahead.Data = data
		g.append(ahead)
		for i := range 30 {
			g.append(g.sale("A", fmt.Sprint("late", i), 2))
		}
		g.append(g.sale("B", "1", 185))
		time.Sleep(time.Second)
		g.append(gremio.Event{Subject: "B", Data: gremio.StockCounted{Plate: "B", Units: 200, Time: g.now()}})
		g.settle(w)
		if levels := g.levels(); levels["A"] != 40 || levels["B"] != 200 {
			t.Errorf("levels %v, want A 40 and B 200", levels)
		}
	})
}

// A count that is applied after the sale that came behind it leaves a cart with
// dough enough and none on order, as if both had come in order.
func TestCountBehindTheSaleThatItStandsBefore(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(stock.Name, nil)
		r := g.run(g.loop(w))
		g.append(g.sale("A", "1", 160)) // 40 left
		counted := g.now().Add(time.Second)
		sale := g.sale("A", "2", 25)
		sale.Time = counted.Add(time.Second)
		g.append(sale) // 15 left, as far as is known
		g.settle(w)
		if open := g.replenishments("open"); len(open) != 1 {
			t.Errorf("%d replenishments are open, want 1", len(open))
		}
		g.append(gremio.Event{Subject: "A", Time: counted, Data: gremio.StockCounted{Plate: "A", Units: 100, Time: counted}})
		g.settle(w)
		if left := g.levels()["A"]; left != 75 {
			t.Errorf("%d units are left, want 75", left)
		}
		if open := g.replenishments("open"); len(open) != 0 {
			t.Errorf("%d replenishments are open, want none: the cart has 75 units", len(open))
		}
		g.must(r.stop())
		g.nothingRejected()
	})
}
