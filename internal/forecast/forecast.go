// Package forecast says how much dough a cart sells and when it runs out. It knows
// figures alone: no clock, no database.
package forecast

import (
	"math"
	"time"

	"gremio"
)

// A History is what is known on the days that Days names.
type History struct {
	Cart  map[gremio.Day]gremio.HourlyUnits // days on which the cart sold
	Guild map[gremio.Day]gremio.GuildDay
}

const (
	// weeks is how far back a weekday is looked at; each week counts fading of the
	// one after it.
	weeks  = 8
	fading = 0.8
	// likeGuild is how many of a cart's own days weigh as much as what the guild's
	// carts sell on average: a new cart is taken for one of them.
	likeGuild = 1.0
	// usualUnits, of those expected until now, is how firmly a day is taken for a
	// usual one before what it has sold says otherwise.
	usualUnits = 30.0
	// The spread of what is sold is that of sales of several units: spread times the
	// mean, until the history knows better, and as firmly as spreadUnits say.
	spread      = 4.0
	spreadUnits = 50.0
	// dayVariation is how much days of one weekday differ, in parts of their mean.
	dayVariation = 0.25
	// eightyPercent of a normal distribution lies within so many deviations.
	eightyPercent = 1.2816
	step          = 5 * time.Minute
)

// Days returns the days of the guild that a forecast made at now looks at: today and
// the weeks before of today's and tomorrow's weekday.
func Days(now time.Time, startsAt gremio.ClockTime) []gremio.Day {
	today := gremio.DayOf(now, startsAt)
	days := []gremio.Day{today}
	for week := 1; week <= weeks; week++ {
		days = append(days, today.Plus(-7*week), today.Next().Plus(-7*week))
	}
	return days
}

// A Pace is how much a cart is expected to sell from an instant to the end of the
// guild's next day.
type Pace struct {
	now   time.Time
	steps []expected
}

// expected is what is sold up to the end of a step.
type expected struct{ mean, deviation float64 }

// New returns the pace of a cart from now on, and false when nothing is known that
// it could follow from.
func New(now time.Time, startsAt gremio.ClockTime, h History) (Pace, bool) {
	today := gremio.DayOf(now, startsAt)
	tomorrow := today.Next()
	sold := float64(h.Cart[today].Sum())
	// A cart that has sold today works today, whatever day it likes to rest.
	rates := map[gremio.Day]rates{today: h.rates(today, sold > 0), tomorrow: h.rates(tomorrow, false)}
	if !rates[today].known && !rates[tomorrow].known {
		return Pace{}, false
	}
	usual := rates[today].between(today.Start(startsAt), now)
	busy := (sold + usualUnits) / (usual + usualUnits)
	wide := (rates[today].spread + rates[tomorrow].spread) / 2
	doubt := dayVariation * math.Sqrt(usualUnits/(sold+usualUnits))

	p := Pace{now: now}
	var ofToday, ofTomorrow float64
	for at := now; at.Before(tomorrow.Next().Start(startsAt)); at = at.Add(step) {
		if gremio.DayOf(at, startsAt) == today {
			ofToday += busy * rates[today].between(at, at.Add(step))
		} else {
			ofTomorrow += rates[tomorrow].between(at, at.Add(step))
		}
		mean := ofToday + ofTomorrow
		p.steps = append(p.steps, expected{mean, math.Sqrt(wide*mean + square(doubt*ofToday) + square(dayVariation*ofTomorrow))})
	}
	return p, true
}

// Until returns how many units the cart is expected to sell until t.
func (p Pace) Until(t time.Time) (units float64) {
	for i, e := range p.steps {
		if p.now.Add(time.Duration(i+1) * step).After(t) {
			break
		}
		units = e.mean
	}
	return units
}

// RunOut returns when so many units are expected to be sold, and between when and
// when that lies in eight of ten cases. What does not happen before the end of the
// guild's next day is nil.
func (p Pace) RunOut(units int) gremio.StockForecast {
	reached := func(sold func(expected) float64) *time.Time {
		if units <= 0 {
			return &p.now
		}
		for i, e := range p.steps {
			if sold(e) >= float64(units)-1e-6 { // sums of floats
				at := p.now.Add(time.Duration(i+1) * step)
				return &at
			}
		}
		return nil
	}
	return gremio.StockForecast{
		RunsOutAt: reached(func(e expected) float64 { return e.mean }),
		Earliest:  reached(func(e expected) float64 { return e.mean + eightyPercent*e.deviation }),
		Latest:    reached(func(e expected) float64 { return e.mean - eightyPercent*e.deviation }),
	}
}

// rates are what a cart sells in each hour of a day, in units.
type rates struct {
	hours  [24]float64
	spread float64 // variance of what is sold, in parts of its mean
	known  bool
}

// rates looks at the same weekday of the weeks before: at what the cart sold, and at
// what a cart of the guild sold on average. Of a cart that works, only the days on
// which it sold count.
func (h History) rates(day gremio.Day, works bool) rates {
	var own, guild [24]float64
	var ownDays, guildDays float64
	for week := 1; week <= weeks; week++ {
		weight := math.Pow(fading, float64(week-1))
		before := day.Plus(-7 * week)
		if sold := h.Cart[before]; sold.Sum() > 0 || !works && h.rested(before) {
			ownDays += weight
			for hour, n := range sold {
				own[hour] += weight * float64(n)
			}
		}
		if all := h.Guild[before]; all.Carts > 0 {
			guildDays += weight * float64(all.Carts)
			for hour, n := range all.HourlyUnits {
				guild[hour] += weight * float64(n)
			}
		}
	}
	r := rates{spread: spread, known: ownDays > 0 || guildDays > 0}
	if !r.known {
		return r
	}
	for hour := range r.hours {
		if guildDays == 0 {
			r.hours[hour] = own[hour] / ownDays
		} else {
			r.hours[hour] = (own[hour] + likeGuild*guild[hour]/guildDays) / (ownDays + likeGuild)
		}
	}
	r.spread = h.spreadAround(day, r.hours)
	return r
}

// rested reports whether the guild sold on a day and the cart did not, though it had
// begun to sell before.
func (h History) rested(day gremio.Day) bool {
	if h.Guild[day].Carts == 0 || h.Cart[day].Sum() > 0 {
		return false
	}
	for sold, hours := range h.Cart {
		if sold < day && hours.Sum() > 0 {
			return true
		}
	}
	return false
}

// spreadAround returns how much the hours of the weeks before differ from mean.
func (h History) spreadAround(day gremio.Day, mean [24]float64) float64 {
	squares, units := spread*spreadUnits, spreadUnits
	for week := 1; week <= weeks; week++ {
		sold := h.Cart[day.Plus(-7*week)]
		if sold.Sum() == 0 {
			continue
		}
		for hour, n := range sold {
			squares += square(float64(n) - mean[hour])
			units += mean[hour]
		}
	}
	return squares / units
}

// between returns what is sold from one instant to another, of hours with one rate
// each.
func (r rates) between(from, until time.Time) (units float64) {
	for at := from; at.Before(until); {
		next := at.Truncate(time.Hour).Add(time.Hour)
		if next.After(until) {
			next = until
		}
		units += r.hours[at.In(gremio.Santiago()).Hour()] * next.Sub(at).Hours()
		at = next
	}
	return units
}

func square(x float64) float64 { return x * x }
