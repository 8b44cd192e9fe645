package work_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gremio"
	"gremio/internal/work/positions"
	"gremio/internal/work/stock"
)

func (g *guild) fail(delivery string, plate gremio.Plate) []gremio.LogPosition {
	g.t.Helper()
	return g.append(gremio.Event{Subject: string(plate), Data: gremio.StopFailed{Delivery: delivery, Plate: plate, FailedAt: g.now(), Reason: "nobody was there", By: "driver"}})
}

func (g *guild) act(delivery string, data func(gremio.DeliveryAct) gremio.Data) []gremio.LogPosition {
	g.t.Helper()
	return g.append(gremio.Event{Subject: delivery, Data: data(gremio.DeliveryAct{Delivery: delivery, At: g.now(), By: "driver"})})
}

func loads(d gremio.DeliveryAct) gremio.Data   { return gremio.DeliveryLoaded{DeliveryAct: d} }
func leaves(d gremio.DeliveryAct) gremio.Data  { return gremio.DeliveryLeft{DeliveryAct: d} }
func cancels(d gremio.DeliveryAct) gremio.Data { return gremio.DeliveryCancelled{DeliveryAct: d} }

// waitShort lets fewer than five carts wait for ten minutes instead of two hours,
// of which each second would be a tick.
func (g *guild) waitShort() {
	g.t.Helper()
	_, err := g.store.ChangeSettings(g.ctx, "office", g.now(), func(s *gremio.Settings) error { s.DeliveryWaitSeconds = 600; return nil })
	g.must(err)
}

// fiveShort makes five carts short at once and returns their delivery.
func (g *guild) fiveShort(names string) gremio.Delivery {
	g.t.Helper()
	for _, p := range names {
		g.append(g.sale(gremio.Plate(p), fmt.Sprint("short-", g.ids), 190))
	}
	time.Sleep(3 * time.Second)
	g.settle(worker(stock.Name, nil))
	all := g.deliveries(gremio.DeliveryPreparedState)
	if len(all) != 1 || len(all[0].Stops) != 5 {
		g.t.Fatalf("prepared: %+v, want one delivery of five", all)
	}
	return all[0]
}

// refuses wants each of records to be rejected, and nothing else.
func (g *guild) refuses(reasons map[gremio.LogPosition]string) {
	g.t.Helper()
	got := map[gremio.LogPosition]string{}
	for _, r := range g.rejected() {
		got[gremio.LogPosition{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset}] = r.Reason
	}
	for at, reason := range reasons {
		if got[at] != reason {
			g.t.Errorf("%s is rejected because of %q, want %q", at, got[at], reason)
		}
		delete(got, at)
	}
	if len(got) > 0 {
		g.t.Errorf("rejected too: %v", got)
	}
}

func states(d gremio.Delivery) map[gremio.Plate]string {
	all := map[gremio.Plate]string{}
	for _, s := range d.Stops {
		all[s.Plate] = s.State
	}
	return all
}

// A stop that comes to nothing puts its cart back into the queue, as old as it was,
// and the wait for a smaller delivery begins anew: else the van would turn round for
// a cart that is not there.
func TestFailedStopGoesBack(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(stock.Name, nil)
		g.waitShort()
		g.run(g.loop(w))
		d := g.fiveShort("ABCDE")
		opened := g.replenishments(gremio.ReplenishmentPrepared)
		time.Sleep(15 * time.Minute)
		g.act(d.ID, leaves)
		g.settle(w)
		g.fail(d.ID, "C")
		for _, p := range []gremio.Plate{"A", "B", "D", "E"} {
			g.confirm(d.ID, p, nil)
		}
		g.settle(w)
		refused := map[gremio.LogPosition]string{}
		refuse := func(at []gremio.LogPosition, reason string) { refused[at[0]] = reason }
		refuse(g.fail(d.ID, "A"), "the stop is confirmed already")
		refuse(g.confirm(d.ID, "C", nil), "the stop has failed: the cart waits for another delivery")
		refuse(g.act(d.ID, loads), "the delivery is done already")
		refuse(g.act(d.ID, cancels), "the delivery is done already")
		g.settle(w)
		d, _, err := g.store.Delivery(g.ctx, d.ID)
		g.must(err)
		if got := states(d); d.State != gremio.DeliveryDone || got["C"] != gremio.StopHasFailed || got["A"] != gremio.StopDone || d.LeftAt == nil || d.LoadedAt != nil {
			t.Errorf("%+v", d)
		}
		open := g.replenishments(gremio.ReplenishmentOpen)
		if len(open) != 1 || open[0].Plate != "C" || open[0].Delivery != "" || !slices.ContainsFunc(opened, func(r gremio.Replenishment) bool { return r.ID == open[0].ID && r.OpenedAt.Equal(open[0].OpenedAt) }) {
			t.Errorf("open: %+v", open)
		}
		time.Sleep(9 * time.Minute)
		if n := len(g.deliveries("")); n != 1 {
			t.Errorf("%d deliveries before the wait is over", n)
		}
		time.Sleep(2 * time.Minute)
		g.settle(w)
		again := g.deliveries(gremio.DeliveryPreparedState)
		if len(again) != 1 || len(again[0].Stops) != 1 || again[0].ID == d.ID || again[0].Why != gremio.BecauseOfWait {
			t.Fatalf("after the wait: %+v", again)
		}
		g.confirm(again[0].ID, "C", nil)
		g.settle(w)
		for p, units := range g.levels() {
			if units != 200 {
				t.Errorf("%s has %d units", p, units)
			}
		}
		if n := len(g.replenishments(gremio.ReplenishmentIsClosed)); n != 5 {
			t.Errorf("%d replenishments are closed", n)
		}
		g.refuses(refused)
	})
}

// A delivery that is given up leaves what was brought where it is; the other carts
// are the first of the next one.
func TestCancelledDelivery(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(stock.Name, nil)
		g.run(g.loop(w))
		depot := func(units int, data gremio.Data) {
			t.Helper()
			if data != nil {
				g.append(gremio.Event{Subject: "depot ", Data: data})
			}
			g.settle(w)
			all, err := g.store.DepotStocks(g.ctx, gremio.DefaultSettings().AllDepots())
			g.must(err)
			if all[0].Units == nil || *all[0].Units != units {
				t.Errorf("the depot has %+v, want %d units", all[0], units)
			}
		}
		depot(3000, gremio.DepotCounted{Units: 3000, Time: g.now(), By: "office"})
		time.Sleep(time.Minute)
		depot(4000, gremio.DepotRefilled{Units: 1000, Time: g.now(), By: "office"})
		time.Sleep(time.Minute)
		d := g.fiveShort("ABCDE")
		depot(4000, nil)
		g.act(d.ID, loads)
		depot(4000-d.TotalUnits, nil)
		time.Sleep(time.Minute)
		g.confirm(d.ID, "B", ptr(150)) // 40 less than planned
		depot(4000-d.TotalUnits+40, nil)
		refused := map[gremio.LogPosition]string{g.act(d.ID, loads)[0]: "the delivery is loaded already"}
		g.act(d.ID, cancels)
		depot(3850, nil)
		refused[g.act(d.ID, leaves)[0]] = "the delivery was cancelled"
		refused[g.confirm(d.ID, "A", nil)[0]] = "the delivery was cancelled: the cart waits for another"
		g.settle(w)
		d, _, err := g.store.Delivery(g.ctx, d.ID)
		g.must(err)
		if got := states(d); d.State != gremio.DeliveryIsCancelled || got["A"] != gremio.StopIsCancelled || got["B"] != gremio.StopDone {
			t.Errorf("%+v", d)
		}
		g.append(g.sale("F", "f", 185))
		time.Sleep(3 * time.Second)
		g.settle(w)
		next := g.deliveries(gremio.DeliveryPreparedState)
		if len(next) != 1 || len(next[0].Stops) != 5 {
			t.Fatalf("next: %+v", next)
		}
		if got := states(next[0]); got["B"] != "" || got["F"] == "" {
			t.Errorf("next: %+v", next[0])
		}
		g.refuses(refused)
	})
}

// Where nobody confirms, the settings do it: not before, once, and not what failed.
func TestStopsAreConfirmedByTime(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(stock.Name, nil)
		g.run(g.loop(w))
		g.run(g.loop(w))
		_, err := g.store.ChangeSettings(g.ctx, "office", g.now(), func(s *gremio.Settings) error { s.AutoConfirmSeconds = 600; return nil })
		g.must(err)
		d := g.fiveShort("ABCDE")
		time.Sleep(9*time.Minute + 30*time.Second)
		g.act(d.ID, leaves) // from now on the ten minutes count
		g.fail(d.ID, "A")
		g.confirm(d.ID, "B", ptr(100))
		time.Sleep(9*time.Minute + 30*time.Second)
		g.settle(w)
		if got := g.levels(); got["C"] != 10 || got["B"] != 110 {
			t.Errorf("before the time: %v", got)
		}
		time.Sleep(2 * time.Minute)
		g.settle(w)
		want := map[gremio.Plate]int{"A": 10, "B": 110, "C": 200, "D": 200, "E": 200}
		for p, units := range g.levels() {
			if units != want[p] {
				t.Errorf("%s has %d units, want %d", p, units, want[p])
			}
		}
		d, _, err = g.store.Delivery(g.ctx, d.ID)
		g.must(err)
		if d.State != gremio.DeliveryDone {
			t.Errorf("%+v", d)
		}
		g.nothingRejected()
	})
}

// A suspended member's cart waits, one off shift waits for its next shift or the
// office, and that of a member who left waits no more.
func TestWhoIsNotServed(t *testing.T) {
	inRegistry(t, func(r *registry) {
		ws := worker(stock.Name, nil)
		wp := worker(positions.Name, nil)
		r.run(r.loop(ws))
		r.run(r.loop(wp))
		r.waitShort()
		ana, beto := r.join("app-ana", 1, "A"), r.join("app-beto", 2, "B")
		r.refuses(ana, gremio.MemberSuspended{MemberAct: r.act(ana)}, "")
		r.append(gremio.Event{Subject: "C", Data: gremio.ShiftStarted{Plate: "C", Time: r.now(), By: "vendor"}})
		for _, p := range "ABCD" {
			r.append(r.sale(gremio.Plate(p), fmt.Sprint("s-", string(p)), 190))
		}
		time.Sleep(time.Minute)
		r.append(gremio.Event{Subject: "C", Data: gremio.ShiftEnded{Plate: "C", Time: r.now(), By: "vendor"}})
		r.settle(ws, wp)
		time.Sleep(time.Minute)
		r.refuses(beto, gremio.MemberLeft{MemberAct: r.act(beto), Plates: []gremio.Plate{"B"}}, "")
		time.Sleep(11 * time.Minute)
		r.settle(ws, wp)
		got := r.deliveries("")
		if len(got) != 1 || len(got[0].Stops) != 1 || got[0].Stops[0].Plate != "D" {
			t.Fatalf("prepared: %+v, want D alone", got)
		}
		if closed := r.replenishments(gremio.ReplenishmentIsClosed); len(closed) != 1 || closed[0].Plate != "B" || closed[0].CloseReason != gremio.ClosedByLeave {
			t.Errorf("closed: %+v", closed)
		}
		r.append(gremio.Event{Subject: "wanted", Special: true, Data: gremio.DeliveryRequested{Delivery: "wanted", By: "office"}})
		r.settle(ws)
		if d, found, err := r.store.Delivery(r.ctx, "wanted"); err != nil || !found || len(d.Stops) != 1 || d.Stops[0].Plate != "C" || d.Why != gremio.BecauseRequested {
			t.Errorf("what the office asked for: %+v, %v", d, err)
		}
		r.fail("wanted", "C")
		r.settle(ws)
		r.append(r.sale("C", "s-C-2", 1)) // it sells: it is there after all
		r.refuses(ana, gremio.MemberResumed{MemberAct: r.act(ana)}, "")
		time.Sleep(11 * time.Minute)
		r.settle(ws, wp)
		if got := r.deliveries(gremio.DeliveryPreparedState); len(got) != 2 {
			t.Errorf("prepared: %+v, want A and C too", got)
		}
		if open := r.replenishments(gremio.ReplenishmentOpen); len(open) != 0 {
			t.Errorf("still open: %+v", open)
		}
	})
}

// Each cart is served from the nearest depot, and expected by the way to it.
func TestSeveralDepots(t *testing.T) {
	inGuild(t, func(g *guild) {
		w, wp := worker(stock.Name, nil), worker(positions.Name, nil)
		_, err := g.store.ChangeSettings(g.ctx, "office", g.now(), func(s *gremio.Settings) error {
			s.Depots = []gremio.Depot{{Name: "Norte", Point: gremio.Point{Lat: -33.4, Lon: -70.6}}, {Name: "Sur", Point: gremio.Point{Lat: -33.6, Lon: -70.6}}}
			s.DepotSpeedKMH, s.StopMinutes = 36, 10
			return nil
		})
		g.must(err)
		g.waitShort()
		g.run(g.loop(wp))
		for i, lat := range []float64{-33.41, -33.42, -33.43, -33.44, -33.45, -33.59, -33.58} {
			plate := gremio.Plate(fmt.Sprint("P", i))
			g.append(gremio.Event{Subject: string(plate), Data: gremio.PositionReported{Plate: plate, Place: &gremio.Place{Point: &gremio.Point{Lat: lat, Lon: -70.6}}, Time: g.now()}})
			g.append(g.sale(plate, "s", 190))
		}
		g.settle(wp)
		g.run(g.loop(w))
		time.Sleep(5 * time.Second)
		g.settle(w)
		all := g.deliveries("")
		if len(all) != 1 || all[0].Depot == nil || all[0].Depot.Name != "Norte" || len(all[0].Stops) != 5 {
			t.Fatalf("prepared: %+v, want five from the north", all)
		}
		// 1.11 km at 10 m/s, ten minutes, the next.
		first, last := all[0].Stops[0].ExpectedAt.Sub(all[0].PreparedAt), all[0].Stops[4].ExpectedAt.Sub(all[0].PreparedAt)
		if first < 110*time.Second || first > 560*time.Second || last-first < 40*time.Minute {
			t.Errorf("expected after %s and %s", first, last)
		}
		time.Sleep(11 * time.Minute)
		g.settle(w)
		all = g.deliveries("")
		if len(all) != 2 || all[0].Depot.Name != "Sur" || len(all[0].Stops) != 2 {
			t.Errorf("prepared: %+v, want two from the south", all)
		}
	})
}

// 23 carts fall below 20 in any order, told twice, with two workers that come and
// go: four deliveries of five, three carts that wait, then a delivery of three, and
// all are full when all is confirmed.
func TestTwentyThreeCarts(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inGuild(t, func(g *guild) {
				random := rand.New(rand.NewPCG(seed, 23))
				g.waitShort()
				w := worker(stock.Name, nil)
				workers := []*running{g.run(g.loop(w)), g.run(g.loop(w))}
				var events []gremio.Event
				for i := range 23 {
					plate := gremio.Plate(fmt.Sprintf("P%02d", i))
					for n, units := range []int{100, 60, 21 + random.IntN(10)} {
						e := g.sale(plate, fmt.Sprint("sale-", n), units)
						events = append(events, e, e)
					}
				}
				random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
				for len(events) > 0 {
					n := min(len(events), 1+random.IntN(20))
					g.append(events[:n]...)
					events = events[n:]
					if random.IntN(3) == 0 {
						i := random.IntN(2)
						g.must(workers[i].stop())
						workers[i] = g.run(g.loop(w))
					}
					time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
				}
				time.Sleep(10 * time.Second)
				g.settle(w)
				g.wantDeliveries(5, 5, 5, 5)
				if open := g.replenishments(gremio.ReplenishmentOpen); len(open) != 3 {
					t.Errorf("%d carts wait", len(open))
				}
				time.Sleep(11 * time.Minute)
				g.settle(w)
				g.wantDeliveries(3, 5, 5, 5, 5)
				for _, d := range g.deliveries("") {
					for _, s := range d.Stops {
						g.confirm(d.ID, s.Plate, nil)
					}
				}
				g.settle(w)
				if n := len(g.deliveries(gremio.DeliveryDone)); n != 5 {
					t.Errorf("%d deliveries are done", n)
				}
				levels := g.levels()
				for plate, units := range levels {
					if units != 200 {
						t.Errorf("%s has %d units", plate, units)
					}
				}
				if len(levels) != 23 {
					t.Errorf("%d carts", len(levels))
				}
				g.nothingRejected()
			})
		})
	}
}

// wantDeliveries wants deliveries of so many stops, the newest first, no cart twice.
func (g *guild) wantDeliveries(stops ...int) {
	g.t.Helper()
	var got []int
	seen := map[gremio.Plate]bool{}
	for _, d := range g.deliveries("") {
		got = append(got, len(d.Stops))
		for _, s := range d.Stops {
			if seen[s.Plate] {
				g.t.Errorf("%s is on two deliveries", s.Plate)
			}
			seen[s.Plate] = true
		}
	}
	if !slices.Equal(got, stops) {
		g.t.Errorf("deliveries of %v stops, want %v", got, stops)
	}
}

// A delivery may be cancelled by an api whose clock is behind, so its carts seem to
// wait since they were opened: the delivery that takes them next has an id of its own,
// else nothing would be prepared ever after.
func TestCancelledByASlowClock(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(stock.Name, nil)
		g.run(g.loop(w))
		seen := map[string]bool{}
		d := g.fiveShort("ABCDE")
		for range 3 {
			if seen[d.ID] {
				t.Fatalf("delivery %s is prepared twice", d.ID)
			}
			seen[d.ID] = true
			g.append(gremio.Event{Subject: d.ID, Data: gremio.DeliveryCancelled{DeliveryAct: gremio.DeliveryAct{
				Delivery: d.ID, At: d.PreparedAt.Add(-time.Minute), By: "office"}}})
			time.Sleep(5 * time.Second)
			g.settle(w)
			all := g.deliveries(gremio.DeliveryPreparedState)
			if len(all) != 1 || len(all[0].Stops) != 5 {
				t.Fatalf("prepared: %+v, want another delivery of five", all)
			}
			d = all[0]
		}
	})
}

// A figure that was received before the delivery was prepared, and is read after it
// because its partition was behind, shows the refill all the same: the cart needs no
// van, and must not go back into the queue when the driver says so.
func TestFigureFromBeforeTheDelivery(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(stock.Name, nil)
		g.run(g.loop(w))
		d := g.fiveShort("ABCDE")
		at := d.PreparedAt.Add(-time.Millisecond)
		g.append(gremio.Event{Subject: "C", Time: at, Data: gremio.StockCounted{Plate: "C", Units: 150, Time: at}})
		time.Sleep(3 * time.Second)
		g.settle(w)
		d = g.deliveries(gremio.DeliveryPreparedState)[0]
		if got := states(d)["C"]; got != gremio.StopDone {
			t.Errorf("the stop at C is %s, want it confirmed by the figure", got)
		}
		if all := g.replenishments(gremio.ReplenishmentPrepared); len(all) != 4 {
			t.Errorf("%d carts are on the delivery, want 4", len(all))
		}
		g.nothingRejected()
	})
}
