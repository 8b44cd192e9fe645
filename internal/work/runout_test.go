package work_test

import (
	"fmt"
	"testing"
	"time"

	"gremio"
	"gremio/internal/forecast"
	"gremio/internal/store"
	"gremio/internal/work/stock"
)

// sellsSteadily puts into the totals, as worker sales would, that a cart has sold so
// many units in every hour of the days that a forecast looks at, up to now.
func (g *guild) sellsSteadily(plate gremio.Plate, units int, of func(gremio.Day) bool) {
	g.t.Helper()
	var sales []gremio.Sale
	midnight := gremio.Clock(0, 0)
	for _, day := range forecast.Days(g.now(), midnight) {
		for at := day.At(midnight); of(day) && at.Before(day.Next().At(midnight)) && at.Before(g.now()); at = at.Add(time.Hour) {
			sales = append(sales, gremio.Sale{ID: fmt.Sprint(plate, at.Unix()), Plate: plate, Units: units, Time: at, ReceivedAt: at, Day: day, Hour: at.In(gremio.Santiago()).Hour()})
		}
	}
	g.must(g.store.Update(g.ctx, func(tx *store.Tx) error { return tx.AddSales(g.ctx, sales) }))
}

// Two carts wait. The one that sells 24 units an hour has six left: it may be out
// before the van is there, and the van takes both at once. The same with less than a
// week of history waits its ten minutes, and so does a cart whose stop failed.
func TestDeliveryBeforeSomeoneRunsOut(t *testing.T) {
	always := func(gremio.Day) bool { return true }
	for name, c := range map[string]struct {
		known  func(today gremio.Day) func(gremio.Day) bool
		failed bool
		want   string
	}{
		"a pace of weeks": {known: func(gremio.Day) func(gremio.Day) bool { return always }, want: gremio.BecauseForecast},
		"no week yet": {known: func(today gremio.Day) func(gremio.Day) bool {
			return func(d gremio.Day) bool { return d > today.Plus(-7) }
		}, want: gremio.BecauseOfWait},
		"nobody was there": {known: func(gremio.Day) func(gremio.Day) bool { return always }, failed: true, want: gremio.BecauseOfWait},
	} {
		t.Run(name, func(t *testing.T) {
			inGuild(t, func(g *guild) {
				w := worker(stock.Name, nil)
				g.waitShort()
				g.sellsSteadily("A", 24, c.known(gremio.DayOf(g.now(), gremio.Clock(0, 0))))
				g.run(g.loop(w))
				g.append(g.sale("A", "a", 194))
				g.append(g.sale("B", "b", 185))
				began := g.now()
				g.settle(w)
				if c.failed {
					g.append(gremio.Event{Data: gremio.DeliveryRequested{Delivery: "first", By: "office"}})
					g.settle(w)
					g.fail("first", "A")
					g.confirm("first", "B", nil)
					g.settle(w)
					began = g.now()
				}
				last := func() (d gremio.Delivery) {
					if all := g.deliveries(gremio.DeliveryPreparedState); len(all) > 0 {
						return all[0]
					}
					return d
				}
				for last().ID == "" && g.now().Sub(began) < 20*time.Minute {
					time.Sleep(10 * time.Second)
				}
				g.settle(w)
				d := last()
				after := d.PreparedAt.Sub(began)
				if d.Why != c.want || after < 0 || c.want == gremio.BecauseForecast && (after > time.Minute || len(d.Stops) != 2) || c.want == gremio.BecauseOfWait && after < 599*time.Second {
					t.Errorf("prepared after %v because of %q with %d stops, want it because of %q", after, d.Why, len(d.Stops), c.want)
				}
			})
		})
	}
}
