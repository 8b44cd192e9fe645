package simulate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"
)

const (
	driverLooks   = 8 * time.Second
	loading       = 40 * time.Second // from the first look at a delivery to its first stop
	betweenStops  = 20 * time.Second
	doneDelivery  = "done"
	cancelled     = "cancelled"
	stopWaiting   = "waiting"
	stopConfirmed = "confirmed"
)

type delivery struct {
	ID    string `json:"id"`
	State string `json:"state"`
	Stops []stop `json:"stops"`
}

type stop struct {
	Plate string `json:"plate"`
	Units int    `json:"units"`
	State string `json:"state"`
}

// A driver looks for deliveries and confirms their stops one after another, in
// their order. Carts are filled by whoever confirms: a person at the screen may be faster.
type driver struct {
	guild  *Guild
	carts  map[string]*cart
	due    map[string]time.Time // when the driver will be at a stop; by delivery and plate
	filled map[string]bool      // stops whose cart has its units
	looked bool                 // once
	ids    *rand.Rand
}

func newDriver(g *Guild) *driver {
	d := &driver{
		guild: g, carts: make(map[string]*cart), due: make(map[string]time.Time),
		filled: make(map[string]bool), ids: stream(g.cfg.Seed, forIDs, len(g.carts)),
	}
	for _, c := range g.carts {
		d.carts[c.plan.Plate] = c
	}
	return d
}

func (d *driver) run(ctx context.Context) error {
	for {
		deliveries, err := list[delivery](ctx, d.guild, "/v1/deliveries")
		if err == nil {
			err = d.drive(ctx, deliveries)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if unwelcome(err) {
			d.guild.cfg.Logger.Warn("no stop will be confirmed: the server wants to know the driver", "err", err)
			return nil
		}
		if err != nil {
			d.guild.cfg.Logger.Debug("driver waits", "err", err)
		}
		if err := sleep(ctx, driverLooks); err != nil {
			return err
		}
	}
}

// drive confirms the stops that are due and fills the carts of all that are confirmed.
func (d *driver) drive(ctx context.Context, deliveries []delivery) error {
	for _, one := range deliveries {
		if one.State == cancelled {
			continue
		}
		wait := loading
		for _, s := range one.Stops {
			key := one.ID + " " + s.Plate
			switch due, known := d.due[key]; {
			case s.State == stopConfirmed:
				d.fillOthers(key, s)
			case s.State != stopWaiting || one.State == doneDelivery:
			case !known:
				d.due[key] = time.Now().Add(wait)
				wait += betweenStops
			case !time.Now().Before(due) && !d.filled[key]:
				if err := d.serve(ctx, one.ID, key, s); err != nil {
					return err
				}
			}
		}
	}
	d.looked = true
	return nil
}

// serve confirms a stop and fills its cart, which may be a stranger's. When the
// server sees it otherwise, the next look tells what became of the stop.
func (d *driver) serve(ctx context.Context, id, key string, s stop) error {
	d.due[key] = time.Now().Add(loading)
	there := func() error {
		err := d.guild.send(ctx, event{
			kind: kindConfirm, id: newID(time.Now(), d.ids), body: map[string]any{"units": s.Units},
			path: fmt.Sprintf("/v1/deliveries/%s/stops/%s/confirm", url.PathEscape(id), url.PathEscape(s.Plate)),
		})
		if err == nil {
			d.filled[key] = true
			d.guild.account.change(func(c *Counts) { c.Confirmed++ })
		}
		if err == nil && d.carts[s.Plate] != nil {
			d.carts[s.Plate].fill(s.Units)
		}
		return err
	}
	var err error
	if c := d.carts[s.Plate]; c != nil {
		err = c.atCounter(ctx, there)
	} else {
		err = there()
	}
	if unwelcome(err) {
		return err
	}
	return ignoreRefusal(err)
}

// fillOthers fills the cart of a stop that somebody else confirmed during this
// run, unless its vendor had fetched the dough and so closed the stop.
func (d *driver) fillOthers(key string, s stop) {
	if c := d.carts[s.Plate]; c != nil && d.looked && !d.filled[key] {
		if _, left := c.take(0); left < fullStock/2 {
			c.fill(s.Units)
		}
	}
	d.filled[key] = true
}
