package stock_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gremio"
	"gremio/internal/work/stock"
)

// A month is a simulated guild whose deliveries the real tick prepares: carts sell
// by hour, weekday and luck from 9 to 21 h, rest on one day of the week, and are at
// their initial stock when the van comes, 15 minutes and the trip after it was
// prepared. There is a van for every delivery.
type month struct {
	stock.Tx // what the tick needs is below
	settings gremio.Settings
	forecast bool // whether the tick may see what the carts sold
	now      time.Time
	carts    []*cart
	of       map[gremio.Plate]*cart

	deliveries, stops, shifts, dry int
	metres                         float64
}

type cart struct {
	plate      gremio.Plate
	place      gremio.Place
	rest       int // its day off, from Monday
	size, peak float64
	good       float64 // today
	units      int
	dry        bool // today
	sold       map[gremio.Day]gremio.HourlyUnits
	open       *gremio.WaitingReplenishment
	comes      time.Time // the van, once it is prepared
}

func (m *month) Settings(context.Context) (gremio.Settings, error) { return m.settings, nil }

func (m *month) WaitingReplenishments(context.Context) (all []gremio.WaitingReplenishment, err error) {
	for _, c := range m.carts {
		if c.open != nil && c.comes.IsZero() {
			w := *c.open
			w.Units, w.OffShift = c.units, !m.works(c)
			all = append(all, w)
		}
	}
	slices.SortStableFunc(all, func(a, b gremio.WaitingReplenishment) int { return a.OpenedAt.Compare(b.OpenedAt) })
	return all, nil
}

func (m *month) AddDelivery(_ context.Context, d gremio.DeliveryPreparedV2) error {
	m.deliveries++
	m.metres += d.Metres
	for _, s := range d.Stops {
		m.stops++
		m.of[s.Plate].comes = m.now.Add(15*time.Minute + time.Duration(*s.AfterSeconds)*time.Second)
	}
	for _, plate := range d.PassedOver {
		m.of[plate].open.PassedOver++
	}
	return nil
}

func (m *month) SoldByHour(_ context.Context, plates []gremio.Plate, days []gremio.Day) (map[gremio.Plate]map[gremio.Day]gremio.HourlyUnits, error) {
	all := map[gremio.Plate]map[gremio.Day]gremio.HourlyUnits{}
	for _, plate := range plates {
		for _, day := range days {
			if sold := m.of[plate].sold[day]; m.forecast && sold.Sum() > 0 {
				if all[plate] == nil {
					all[plate] = map[gremio.Day]gremio.HourlyUnits{}
				}
				all[plate][day] = sold
			}
		}
	}
	return all, nil
}

func (m *month) DepotStocks(context.Context, []gremio.Depot) ([]gremio.DepotStock, error) {
	return nil, nil
}

func (m *month) works(c *cart) bool {
	at := m.now.In(gremio.Santiago())
	return at.Hour() >= 9 && at.Hour() < 21 && int(at.Weekday()+6)%7 != c.rest
}

// newMonth places carts and depots within 12 km of the middle of Santiago.
func newMonth(carts, depots int, forecast bool) *month {
	r := rand.New(rand.NewPCG(8, 12))
	point := func() gremio.Point {
		return gremio.Point{Lat: -33.45 + 0.11*(2*r.Float64()-1), Lon: -70.65 + 0.13*(2*r.Float64()-1)}
	}
	m := &month{settings: gremio.DefaultSettings(), forecast: forecast, of: map[gremio.Plate]*cart{}}
	m.settings.Depots = []gremio.Depot{{Name: "Centro", Point: gremio.Point{Lat: -33.45, Lon: -70.65}}}
	for i := range depots - 1 {
		turn := 2 * math.Pi * float64(i) / float64(depots-1)
		m.settings.Depots = append(m.settings.Depots, gremio.Depot{Name: fmt.Sprint("D", i), Point: gremio.Point{Lat: -33.45 + 0.07*math.Sin(turn), Lon: -70.65 + 0.08*math.Cos(turn)}})
	}
	for i := range carts {
		p := point()
		c := &cart{plate: gremio.Plate(fmt.Sprint("C", i)), place: gremio.Place{Point: &p}, rest: i % 7, size: 8 + 16*r.Float64(), peak: 11 + 8*r.Float64(),
			units: 20 + r.IntN(180), sold: map[gremio.Day]gremio.HourlyUnits{}}
		m.carts = append(m.carts, c)
		m.of[c.plate] = c
	}
	return m
}

// run goes through days, of which the shifts after the first weeks are counted.
func (m *month) run(t testing.TB, weeks, days int) {
	r := rand.New(rand.NewPCG(3, 5))
	first := gremio.Day("2026-05-04") // a Monday
	midnight := gremio.Clock(0, 0)
	for i := range 7*weeks + days {
		day := first.Plus(i)
		if i == 7*weeks {
			m.deliveries, m.stops, m.shifts, m.dry, m.metres = 0, 0, 0, 0, 0
		}
		for _, c := range m.carts {
			c.good = math.Exp(0.3*r.NormFloat64()) * []float64{0.8, 0.9, 1, 1, 1.3, 1.6, 0.7}[i%7]
			c.dry = false
		}
		for minute := 9 * 60; minute < 21*60; minute++ {
			m.now = day.At(midnight).Add(time.Duration(minute) * time.Minute)
			for _, c := range m.carts {
				if !c.comes.IsZero() && !c.comes.After(m.now) {
					c.units, c.open, c.comes = m.settings.InitialStock, nil, time.Time{}
				}
				hour := float64(minute) / 60
				wants := r.Float64() < c.good*c.size*(0.3+math.Exp(-(hour-c.peak)*(hour-c.peak)/4))/60/2.5
				units := 1 + r.IntN(4)
				if !wants || !m.works(c) {
					continue
				}
				c.dry = c.dry || c.units < units
				units = min(units, c.units)
				c.units -= units
				sold := c.sold[day]
				sold[minute/60] += units
				c.sold[day] = sold
				if c.units < m.settings.StockThreshold && c.open == nil {
					c.open = &gremio.WaitingReplenishment{Replenishment: gremio.Replenishment{ID: fmt.Sprint(c.plate, m.now.Unix()), Plate: c.plate, OpenedAt: m.now}, WaitsSince: m.now, Place: &c.place}
				}
			}
			if _, err := stock.Tick(context.Background(), m, m.now); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range m.carts {
			if i%7 != c.rest {
				m.shifts++
				if c.dry {
					m.dry++
				}
			}
		}
	}
}

// TestMonth wants fewer shifts to run dry when deliveries follow the forecast: in a
// guild of thirty carts five seldom wait together.
func TestMonth(t *testing.T) {
	var dry [2]float64
	for i, forecast := range []bool{false, true} {
		m := newMonth(30, 1, forecast)
		m.run(t, 2, 7)
		dry[i] = float64(m.dry) / float64(m.shifts)
		t.Logf("forecast %t: %.0f %% of %d shifts ran dry; %d deliveries with %.1f stops and %.1f km each", forecast, 100*dry[i], m.shifts, m.deliveries,
			float64(m.stops)/float64(m.deliveries), m.metres/1000/float64(m.deliveries))
	}
	if dry[1] > 0.75*dry[0] {
		t.Errorf("with the forecast %.2f of shifts run dry, without %.2f", dry[1], dry[0])
	}
}

// BenchmarkMonth tells how many shifts of a month of 300 carts run dry, and what it
// costs in trips.
func BenchmarkMonth(b *testing.B) {
	for _, depots := range []int{1, 6} {
		for _, forecast := range []bool{false, true} {
			b.Run(fmt.Sprintf("depots=%d/forecast=%t", depots, forecast), func(b *testing.B) {
				for b.Loop() {
					m := newMonth(300, depots, forecast)
					m.run(b, 8, 30)
					b.ReportMetric(100*float64(m.dry)/float64(m.shifts), "%dry")
					b.ReportMetric(float64(m.stops)/float64(m.deliveries), "stops/delivery")
					b.ReportMetric(m.metres/1000/30, "km/day")
				}
			})
		}
	}
}
