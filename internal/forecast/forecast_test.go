package forecast_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"gremio"
	"gremio/internal/forecast"
)

var midnight = gremio.Clock(0, 0)

// A past is what carts sold.
type past struct {
	sales map[string]map[gremio.Day][]sale
	first gremio.Day
	days  int
	guild map[gremio.Day]gremio.GuildDay
}

type sale struct {
	at    time.Time
	units int
}

func newPast(first gremio.Day, days int) past {
	return past{map[string]map[gremio.Day][]sale{}, first, days, map[gremio.Day]gremio.GuildDay{}}
}

func (p past) add(cart string, s sale) {
	day := gremio.DayOf(s.at, midnight)
	if p.sales[cart] == nil {
		p.sales[cart] = map[gremio.Day][]sale{}
	}
	g := p.guild[day]
	if p.sales[cart][day] == nil {
		g.Carts++
	}
	p.sales[cart][day] = append(p.sales[cart][day], s)
	g.HourlyUnits[s.at.In(gremio.Santiago()).Hour()] += s.units
	p.guild[day] = g
}

// sold is what a cart sold within a day or two.
func (p past) sold(cart string, from, until time.Time) (units int) {
	for day := gremio.DayOf(from, midnight); day <= gremio.DayOf(until, midnight); day = day.Next() {
		for _, s := range p.sales[cart][day] {
			if !s.at.Before(from) && s.at.Before(until) {
				units += s.units
			}
		}
	}
	return units
}

// history is what is known of a cart at now.
func (p past) history(cart string, now time.Time) forecast.History {
	h := forecast.History{Cart: map[gremio.Day]gremio.HourlyUnits{}, Guild: map[gremio.Day]gremio.GuildDay{}}
	for _, day := range forecast.Days(now, midnight) {
		var own gremio.HourlyUnits
		for _, s := range p.sales[cart][day] {
			if s.at.Before(now) {
				own[s.at.In(gremio.Santiago()).Hour()] += s.units
			}
		}
		if own.Sum() > 0 {
			h.Cart[day] = own
		}
		if day < gremio.DayOf(now, midnight) {
			h.Guild[day] = p.guild[day]
		}
	}
	return h
}

// backtest forecasts, at the hours from open to close of every day after five weeks,
// what is sold in the next three hours, and when half of what the cart sells in a
// usual day from then on is gone.
func (p past) backtest(t *testing.T, open, close int) {
	t.Helper()
	var n, within, asked int
	var ours, lastHour, lastWeek float64
	for cart := range p.sales {
		for i := 35; i < p.days; i++ {
			day := p.first.Plus(i)
			for hour := open; hour < close; hour++ {
				now := day.At(gremio.Clock(hour, 0))
				until := now.Add(3 * time.Hour)
				really := float64(p.sold(cart, now, until))
				if p.sold(cart, day.At(gremio.Clock(0, 0)), now) == 0 {
					continue // it is not out
				}
				pace, known := forecast.New(now, midnight, p.history(cart, now))
				if !known {
					t.Fatalf("%s %s: nothing is known", cart, now)
				}
				n++
				ours += math.Abs(pace.Until(until) - really)
				lastHour += math.Abs(3*float64(p.sold(cart, now.Add(-time.Hour), now)) - really)
				lastWeek += math.Abs(float64(p.sold(cart, now.AddDate(0, 0, -7), until.AddDate(0, 0, -7))) - really)

				left := int(pace.Until(now.Add(150 * time.Minute)))
				f := pace.RunOut(left)
				if f.Earliest == nil || f.Latest == nil || left < 5 || f.Latest.After(day.Next().At(midnight)) {
					continue
				}
				asked++
				if p.sold(cart, now, *f.Earliest) <= left && p.sold(cart, now, *f.Latest) >= left {
					within++
				}
			}
		}
	}
	ours, lastHour, lastWeek = ours/float64(n), lastHour/float64(n), lastWeek/float64(n)
	share := float64(within) / float64(asked)
	t.Logf("%d forecasts of three hours: off by %.2f units, the last hour's pace by %.2f, the week before by %.2f; %d run-outs, %.0f %% within their interval", n, ours, lastHour, lastWeek, asked, 100*share)
	if n < 200 || ours >= lastHour || ours >= lastWeek {
		t.Error("a simple rule is as good")
	}
	if asked < 100 || share < 0.72 || share > 0.92 {
		t.Errorf("%.0f %% of %d run-outs within an interval of 80 %%", 100*share, asked)
	}
}

// TestBakery looks back at a bakery's tickets, each a sale of as many units as items,
// spread over two carts.
func TestBakery(t *testing.T) {
	f, err := os.Open("../../testdata/bakery-tickets.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	type ticket struct{ number, date string }
	units, when := map[ticket]int{}, map[ticket]time.Time{}
	for _, row := range rows[1:] {
		if row[3] == "NONE" {
			continue
		}
		at, err := time.ParseInLocation("2006-01-02 15:04:05", row[0]+" "+row[1], gremio.Santiago())
		if err != nil {
			t.Fatal(err)
		}
		k := ticket{row[2], row[0]}
		units[k]++
		when[k] = at
	}
	p := newPast("2016-10-30", 160)
	for k, n := range units {
		var number int
		fmt.Sscan(k.number, &number)
		p.add(fmt.Sprint("B", number%2), sale{when[k], n})
	}
	p.backtest(t, 9, 16)
}

// TestSimulated looks back at carts with good and bad hours, weekdays and days.
func TestSimulated(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 3))
	p := newPast("2026-05-04", 70)
	for c := range 12 {
		cart := fmt.Sprint("C", c)
		size, peak := 5+10*r.Float64(), 11+8*r.Float64() // units an hour at best, and when
		for i := range p.days {
			day := p.first.Plus(i)
			if i%7 == c%7 { // its day off
				continue
			}
			good := math.Exp(0.3*r.NormFloat64()) * []float64{0.8, 0.9, 1, 1, 1.3, 1.6, 0.7}[i%7]
			for minute := 9 * 60; minute < 21*60; minute++ {
				hour := float64(minute) / 60
				if r.Float64() < good*size*(0.3+math.Exp(-square(hour-peak)/4))/60/2.5 {
					p.add(cart, sale{day.At(midnight).Add(time.Duration(minute) * time.Minute), 1 + r.IntN(4)})
				}
			}
		}
	}
	p.backtest(t, 11, 18)
}

func square(x float64) float64 { return x * x }

// A weekday at noon, of a cart that sells ten units an hour from 10 to 20 h.
func steady() (now time.Time, h forecast.History) {
	day := gremio.Day("2026-11-24")
	h = forecast.History{Cart: map[gremio.Day]gremio.HourlyUnits{}}
	for week := 1; week <= 4; week++ {
		for _, d := range []gremio.Day{day.Plus(-7 * week), day.Next().Plus(-7 * week)} {
			var hours gremio.HourlyUnits
			for hour := 10; hour < 20; hour++ {
				hours[hour] = 10
			}
			h.Cart[d] = hours
		}
	}
	return day.At(gremio.Clock(12, 0)), h
}

func TestRunOut(t *testing.T) {
	now, h := steady()
	h.Cart["2026-11-24"] = gremio.HourlyUnits{10: 10, 11: 10}
	pace, known := forecast.New(now, midnight, h)
	if !known {
		t.Fatal("not known")
	}
	if f := pace.RunOut(30); f.RunsOutAt == nil || !f.RunsOutAt.Equal(now.Add(3*time.Hour)) || !f.Earliest.Before(*f.RunsOutAt) || !f.Latest.After(*f.RunsOutAt) {
		t.Errorf("30 units at ten an hour: %v", f)
	}
	if f := pace.RunOut(90); f.RunsOutAt == nil || !f.RunsOutAt.Equal(gremio.Day("2026-11-25").At(gremio.Clock(11, 0))) {
		t.Errorf("80 units are sold today, ten more tomorrow from 10 to 11 h: %v", f)
	}
	if f := pace.RunOut(1000); f.RunsOutAt != nil || f.Earliest != nil || f.Latest != nil {
		t.Errorf("a thousand units: %v", f)
	}
	if f := pace.RunOut(0); f.RunsOutAt == nil || !f.RunsOutAt.Equal(now) || !f.Latest.Equal(now) {
		t.Errorf("nothing left: %v", f)
	}
	h.Cart["2026-11-24"] = gremio.HourlyUnits{10: 40, 11: 40}
	busy, _ := forecast.New(now, midnight, h)
	if a, b := busy.RunOut(30).RunsOutAt, pace.RunOut(30).RunsOutAt; !a.Before(*b) {
		t.Errorf("on a busy day at %s, on a usual one at %s", a, b)
	}
}

// A new cart is taken for one of the guild's, and nobody knows anything of a new guild's.
func TestNewCart(t *testing.T) {
	now, h := steady()
	guild := map[gremio.Day]gremio.GuildDay{}
	for day, hours := range h.Cart {
		for hour := range hours {
			hours[hour] *= 20
		}
		guild[day] = gremio.GuildDay{HourlyUnits: hours, Carts: 10}
	}
	pace, known := forecast.New(now, midnight, forecast.History{Guild: guild})
	if !known {
		t.Fatal("not known")
	}
	if sold := pace.Until(now.Add(time.Hour)); sold < 8 || sold > 20 {
		t.Errorf("a cart of the guild sells 20 an hour, this one none yet today: %.1f", sold)
	}
	if _, known := forecast.New(now, midnight, forecast.History{}); known {
		t.Error("a forecast from nothing")
	}
}

// A cart that always rests on Wednesdays, as the guild does not, sells nothing
// tomorrow; nor today, unless it has sold.
func TestDayOff(t *testing.T) {
	now, h := steady() // a Tuesday
	h.Guild = map[gremio.Day]gremio.GuildDay{}
	for _, day := range forecast.Days(now, midnight)[1:] {
		if sold, ok := h.Cart[day]; ok {
			h.Guild[day] = gremio.GuildDay{HourlyUnits: sold, Carts: 1}
		}
		if day.Plus(1).Until("2026-11-24")%7 != 0 { // a Wednesday
			delete(h.Cart, day)
		}
	}
	pace, _ := forecast.New(now, midnight, h)
	tomorrow := gremio.Day("2026-11-25")
	if sold := pace.Until(tomorrow.At(gremio.Clock(23, 0))) - pace.Until(tomorrow.At(midnight)); sold < 1 || sold > 35 {
		t.Errorf("it is expected to sell %.0f units tomorrow, when the guild's carts sell 100 and it never did", sold)
	}
	today := now.AddDate(0, 0, 1) // what was tomorrow is today now
	resting, _ := forecast.New(today, midnight, h)
	h.Cart["2026-11-25"] = gremio.HourlyUnits{10: 10, 11: 10}
	working, _ := forecast.New(today, midnight, h)
	if a, b := resting.Until(today.Add(time.Hour)), working.Until(today.Add(time.Hour)); a > 4 || b < 8 {
		t.Errorf("on its day off it sells %.1f units an hour, %.1f if it works", a, b)
	}
}

// Until counts whole steps that have passed, and no more.
func TestUntil(t *testing.T) {
	now, h := steady()
	h.Cart["2026-11-24"] = gremio.HourlyUnits{10: 10, 11: 10}
	pace, _ := forecast.New(now, midnight, h)
	for after, want := range map[time.Duration]float64{0: 0, time.Hour: 10, 8 * time.Hour: 80, 20 * time.Hour: 80} {
		if sold := pace.Until(now.Add(after)); math.Abs(sold-want) > 0.01 {
			t.Errorf("%.2f units in %v, not %v", sold, after, want)
		}
	}
}

// The day that has 23 hours, and one that begins at three in the morning.
func TestOddDays(t *testing.T) {
	h := forecast.History{Cart: map[gremio.Day]gremio.HourlyUnits{}}
	var every gremio.HourlyUnits
	for hour := range every {
		every[hour] = 6
	}
	for _, d := range forecast.Days(gremio.Day("2026-09-05").At(gremio.Clock(22, 0)), gremio.Clock(3, 0)) {
		h.Cart[d] = every
	}
	now := gremio.Day("2026-09-05").At(gremio.Clock(22, 0))
	delete(h.Cart, "2026-09-05")
	pace, _ := forecast.New(now, gremio.Clock(3, 0), h)
	if f := pace.RunOut(4); f.RunsOutAt == nil || f.RunsOutAt.Sub(now) > 6*time.Hour {
		t.Errorf("six an hour: %v", f)
	}
}
