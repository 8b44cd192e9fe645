package torture

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A load is everybody who talks to gremio.
type load struct {
	cfg   Config
	book  *book
	urls  []string
	keys  *keys
	calm  atomic.Bool
	group sync.WaitGroup
	quit  chan struct{}
	once  sync.Once

	beacons     sync.WaitGroup // they report until the verdict is reached
	quitBeacons chan struct{}

	vendors    []*vendor
	walkers    []*walker
	applicants *applicants
	passersBy  *passersBy
	desk       *desk
	probe      *vendor // for blows that want sales of their own, and for recovery
}

func (l *load) sender(name string) sender {
	return sender{urls: l.urls, keys: l.keys, dice: newRand(l.cfg.Seed, name), book: l.book, calm: &l.calm}
}

func (l *load) cart(plate string, r role) *cart {
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	c := newCart(plate, r)
	l.book.carts[plate] = c
	return c
}

func newLoad(cfg Config, b *book, urls []string) *load {
	l := &load{cfg: cfg, book: b, urls: urls, keys: newKeys(), quit: make(chan struct{}), quitBeacons: make(chan struct{})}
	l.applicants = &applicants{sender: l.sender("applicants"), base: 5_000_000 + int(cfg.Seed%1_000_000)*10}
	l.passersBy = &passersBy{sender: l.sender("passers-by")}
	l.desk = &desk{l.sender("desk")}
	for n := range cfg.Clients {
		v := &vendor{sender: l.sender(fmt.Sprint("vendor ", n)), name: fmt.Sprintf("v%02d", n), last: map[string]*event{}}
		r := []role{dealer, hasty, first, ledger}[n%4]
		carts := 3
		if r == ledger { // a sale of days ago changes every move after it, so no cart shall have thousands
			carts = 40
		}
		for i := range carts {
			v.carts = append(v.carts, l.cart(fmt.Sprintf("%s%02dC%d", map[role]string{dealer: "D", hasty: "Y", first: "F", ledger: "L"}[r], n, i), r))
		}
		v.keyed = n%keyedOneIn == 0
		l.vendors = append(l.vendors, v)
	}
	for n := range cfg.Clients {
		r := []role{beacon, mute, beacon, errand}[n%4]
		c := l.cart(fmt.Sprintf("%s%02dW", map[role]string{beacon: "B", mute: "Q", errand: "E"}[r], n), r)
		w := &walker{sender: l.sender("walker " + c.plate), cart: c}
		w.keyed = n%keyedOneIn == 0
		l.walkers = append(l.walkers, w)
	}
	l.probe = &vendor{sender: l.sender("probe"), name: "probe", last: map[string]*event{}}
	return l
}

// begin lets some of the carts' vendors apply, and then everybody work.
func (l *load) begin(ctx context.Context) bool {
	for n, v := range l.vendors {
		if n%3 != 0 {
			continue
		}
		app := l.applicants.next(v.carts[0].plate, false)
		if !l.applicants.deliver(ctx, app.event) {
			return false
		}
		if _, ok := l.applicants.settled(ctx, app.event); !ok {
			return false
		}
		v.carts[0].known = true
	}
	for _, v := range l.vendors {
		l.group.Go(func() { v.work(ctx, l.quit, l.cfg.Rest) })
	}
	for _, w := range l.walkers {
		if w.cart.role == beacon {
			l.beacons.Go(func() { w.work(ctx, l.quitBeacons, time.Second) })
			continue
		}
		l.group.Go(func() { w.work(ctx, l.quit, time.Second) })
	}
	l.group.Go(func() { l.applicants.work(ctx, l.quit, 3*l.cfg.Rest) })
	l.group.Go(func() { l.passersBy.work(ctx, l.quit, 4*l.cfg.Rest) })
	l.group.Go(func() { l.desk.work(ctx, l.quit, 8*l.cfg.Rest) })
	return true
}

// end lets nobody begin anything more, and waits until what was begun is
// acknowledged: then nothing's fate is unknown.
func (l *load) end() {
	l.calm.Store(true)
	l.once.Do(func() { close(l.quit) })
	l.group.Wait()
}

// endBeacons lets the last ones go home.
func (l *load) endBeacons() {
	close(l.quitBeacons)
	l.beacons.Wait()
}

// newSighting makes one for the probe.
func (l *load) newSighting() *event {
	id := l.probe.nextID()
	return &event{id: id, kind: "sighting", path: "/v1/sightings", body: encode(map[string]any{"id": id, "lat": -33.45, "lon": -70.66})}
}

// eat lets fresh carts sell nearly all they have, so that a delivery must be
// prepared for them.
func (l *load) eat(ctx context.Context, name string, carts int) {
	for n := range carts {
		c := l.cart(fmt.Sprintf("H%s%d", name, n), hungry)
		e := l.probe.newSale(c, time.Now(), nil)
		e.sale.units = initialStock - 10 + n
		e.body = encode(map[string]any{"id": e.id, "plate": c.plate, "units": e.sale.units, "client": "glotón", "time": time.Now().UTC().Format(time.RFC3339Nano)})
		e.other, e.sale.client = nil, "glotón"
		local := time.Now().In(santiago)
		e.sale.day, e.sale.hour = local.Format(time.DateOnly), local.Hour()
		if l.probe.deliver(ctx, e) {
			c.sell(e.sale.units, nil)
		}
	}
}
