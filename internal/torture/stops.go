package torture

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Stops stops both apis, then the broker, then all of gremio in one process,
// or those that what names, each for so long, while carts go on trying to report. No cart may be called
// missing for that time; one that falls silent afterwards must be.
func Stops(ctx context.Context, cfg Config, what []string, long time.Duration) (Result, error) {
	r, err := open(ctx, cfg)
	if err != nil {
		return Result{}, err
	}
	defer r.close()
	return r.ended(r.stops(ctx, what, long))
}

func (r *run) stops(ctx context.Context, what []string, long time.Duration) error {
	r.l.calm.Store(true)
	for _, w := range r.l.walkers {
		if w.cart.role == mute {
			continue
		}
		w.cart.role = beacon
		r.l.beacons.Go(func() { w.work(ctx, r.l.quitBeacons, time.Second) })
	}
	for _, stop := range []struct {
		name, what  string
		down, again func() error
	}{
		{"apis", "the apis", func() error { r.h.apis[0].kill(); r.h.apis[1].kill(); return nil }, func() error { return r.h.startApart(ctx) }},
		{"broker", "the broker", r.brokerDown, func() error { return r.brokerUp(ctx) }},
		{"up", "all of gremio up", func() error { r.h.up.kill(); return nil }, func() error { return r.h.up.start() }},
	} {
		if !slices.Contains(what, stop.name) {
			continue
		}
		if stop.name == "up" {
			r.h.killAll()
			r.h.inOne = true
			if err := r.h.up.start(); err != nil {
				return err
			}
		}
		if err := r.heardAgain(ctx); err != nil {
			return err
		}
		r.cfg.say("%s is dead for %s", stop.what, long)
		if err := stop.down(); err != nil {
			return err
		}
		if !wait(ctx, long) {
			return ctx.Err()
		}
		if err := stop.again(); err != nil {
			return err
		}
		if err := r.heardAgain(ctx); err != nil {
			return err
		}
		wait(ctx, r.cfg.Silent+10*time.Second)
		if err := r.nobodyMissing(ctx, stop.what, long); err != nil {
			return err
		}
	}
	return r.oneMissing(ctx)
}

func (r *run) brokerDown() error {
	if r.h.real == nil {
		r.h.broker.kill()
		return nil
	}
	for n := range r.h.real.nodes {
		if err := r.h.real.killKafka(n + 1); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) brokerUp(ctx context.Context) error {
	if r.h.real == nil {
		return r.h.startApart(ctx)
	}
	failed := make(chan error, r.h.real.nodes)
	for n := range r.h.real.nodes { // together: one alone has no majority
		go func() { failed <- r.h.real.startKafka(n + 1) }()
	}
	for range r.h.real.nodes {
		if err := <-failed; err != nil {
			return err
		}
	}
	return r.h.awaitReady(ctx)
}

// heardAgain waits until each cart has reported twice more.
func (r *run) heardAgain(ctx context.Context) error {
	before := map[string]int{}
	for plate, n := range r.b.fixesOf() {
		before[plate] = n
	}
	return r.h.await(ctx, "the carts to be heard again", func() bool {
		now := r.b.fixesOf()
		for _, w := range r.l.walkers {
			if w.cart.role == beacon && now[w.cart.plate] < before[w.cart.plate]+2 {
				return false
			}
		}
		return true
	})
}

func (r *run) nobodyMissing(ctx context.Context, what string, long time.Duration) error {
	n, err := r.h.count(ctx, "SELECT COUNT(*) FROM alerts WHERE kind = 'silent'")
	if err != nil {
		return err
	}
	if n > 0 {
		r.result.Wrong += n
		r.result.Findings = append(r.result.Findings, Finding{"wrong",
			fmt.Sprintf("%d carts were called missing because %s was dead for %s", n, what, long), -1})
	}
	r.cfg.say("%s was dead for %s: %d carts called missing", what, long, n)
	return nil
}

// oneMissing lets one cart fall silent, to show that the watch is not asleep.
func (r *run) oneMissing(ctx context.Context) error {
	for _, w := range r.l.walkers {
		if w.cart.role != mute {
			continue
		}
		w.report(ctx)
		w.report(ctx)
		return r.h.await(ctx, "the alert of a cart that did fall silent", func() bool {
			n, err := r.h.count(ctx, "SELECT COUNT(*) FROM alerts WHERE kind = 'silent' AND plate = '"+w.cart.plate+"'")
			return err == nil && n == 1
		})
	}
	return fmt.Errorf("there is no cart to fall silent: more clients are wanted")
}
