package simulate

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"gremio"
)

const (
	patience   = 4 * time.Minute // of a vendor without dough, for the delivery
	decideWait = 4 * time.Second // between an application and the cart's first report
)

// A cart carries out its plan. Its run owns it, but for what the lock guards:
// the driver fills it and the troubles silence it.
type cart struct {
	guild *Guild
	plan  plan

	sales, noise, ids *rand.Rand
	x, y              int       // on the grid
	emptySince        time.Time // without dough; zero while there is some
	counted           bool      // the server knows the stock that the cart began with
	unplugged         time.Time // its phone

	counter chan struct{} // holds one who sells, counts or fills, until the server knows

	mu          sync.Mutex
	stock       int
	silentUntil time.Time
	here        point
}

func newCart(g *Guild, index int, p plan) *cart {
	c := &cart{
		guild: g, plan: p, stock: p.Stock, counter: make(chan struct{}, 1),
		sales: stream(g.cfg.Seed, forSales, index),
		noise: stream(g.cfg.Seed, forNoise, index),
		ids:   stream(g.cfg.Seed, forIDs, index),
	}
	c.x, c.y = c.noise.IntN(100), c.noise.IntN(100)
	c.here = p.Route.at(time.Now()).point
	return c
}

// run is the life of a cart: it applies, then works shift after shift until ctx ends.
func (c *cart) run(ctx context.Context) error {
	if err := sleep(ctx, c.plan.Join); err != nil {
		return err
	}
	if err := ignoreRefusal(c.guild.send(ctx, c.plan.application())); err != nil {
		return err
	}
	if err := sleep(ctx, decideWait); err != nil {
		return err
	}
	for length := c.plan.FirstShift; ; length = time.Duration(40+c.noise.IntN(60)) * time.Minute {
		if err := c.workShift(ctx, length); err != nil {
			return err
		}
		if err := sleep(ctx, time.Duration(90+c.noise.IntN(240))*time.Second); err != nil {
			return err
		}
	}
}

// workShift reports and sells for length, between the shift's two announcements.
func (c *cart) workShift(ctx context.Context, length time.Duration) error {
	if err := c.announce(ctx, "start"); err != nil {
		return err
	}
	if !c.counted && c.plan.Stock != fullStock {
		if err := c.atCounter(ctx, func() error { return c.countStock(ctx) }); err != nil {
			return err
		}
	}
	c.counted = true
	now := time.Now()
	end, nextFix, nextSale := now.Add(length), now, now.Add(c.untilSale(now))
	for now.Before(end) {
		if silent := c.silence(); now.Before(silent) {
			nextFix, nextSale = silent, later(nextSale, silent.Add(time.Second))
		}
		if !now.Before(nextFix) {
			if err := c.report(ctx, now); err != nil {
				return err
			}
			nextFix = now.Add(c.untilFix())
		}
		if !now.Before(nextSale) {
			if err := c.atCounter(ctx, func() error { return c.sell(ctx, now) }); err != nil {
				return err
			}
			nextSale = now.Add(c.untilSale(now))
		}
		if err := sleep(ctx, time.Until(earlier(nextFix, nextSale, end))); err != nil {
			return err
		}
		now = time.Now()
	}
	return c.announce(ctx, []string{"end", "end", "away"}[c.noise.IntN(3)])
}

// untilFix strays by a fifth from the interval, so that the carts do not march in step.
func (c *cart) untilFix() time.Duration {
	return time.Duration(float64(c.guild.cfg.Interval) * (0.8 + 0.4*c.noise.Float64()))
}

func (c *cart) untilSale(now time.Time) time.Duration {
	pace := c.plan.Pace * rush(now.In(gremio.Santiago())) * c.guild.cfg.Speed
	return time.Duration(float64(saleEvery) * (0.5 + c.noise.Float64()) / pace)
}

// hush makes the cart neither report nor sell until the given instant, as a phone that died would.
func (c *cart) hush(until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silentUntil = until
}

func (c *cart) silence() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.silentUntil
}

func (c *cart) whereabouts() point {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.here
}

func (c *cart) announce(ctx context.Context, action string) error {
	if c.plan.Dialect != native {
		return nil // the first client knows no shifts
	}
	now := time.Now()
	return ignoreRefusal(c.guild.send(ctx, event{
		kind: kindShift, path: "/v1/shifts", id: newID(now, c.ids),
		body: map[string]any{"plate": c.plan.Plate, "action": action, "time": stamp(now)},
	}))
}

// ignoreRefusal keeps a refused event, which is counted and logged, from ending the guild.
func ignoreRefusal(err error) error {
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		return nil
	}
	return err
}

// stamp is an instant as it goes over the wire.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func earlier(first time.Time, more ...time.Time) time.Time {
	for _, t := range more {
		if t.Before(first) {
			first = t
		}
	}
	return first
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func round(x float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(x*p) / p
}
