package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"time"
)

// Week sends the last week of a guild of so many carts at full speed and closes
// its days, once in peace and once through kills; both times the days' reports
// must be the oracle's, and the same.
func Week(ctx context.Context, cfg Config, carts int) (Result, error) {
	peace := cfg
	peace.Kills, peace.Dir = nil, filepath.Join(cfg.Dir, "peace")
	quiet, want, err := week(ctx, peace, carts)
	if err != nil || len(quiet.Findings) > 0 {
		return quiet, err
	}
	cfg.Dir = filepath.Join(cfg.Dir, "war")
	result, got, err := week(ctx, cfg, carts)
	if err != nil {
		return result, err
	}
	for _, day := range slices.Sorted(maps.Keys(want)) {
		if !reflect.DeepEqual(want[day], got[day]) {
			result.Wrong++
			result.Findings = append(result.Findings, Finding{"wrong", fmt.Sprintf("the report of %s is another one with kills than without", day), -1})
		}
	}
	cfg.say("%d daily reports are the oracle's; they were compared with those of a run without kills", len(want))
	return result, nil
}

// week runs one week and returns its reports without what depends on when they were closed.
func week(ctx context.Context, cfg Config, carts int) (Result, map[string]any, error) {
	r, err := open(ctx, cfg)
	if err != nil {
		return Result{}, nil, err
	}
	defer r.close()
	reports := map[string]any{}
	result, err := r.ended(r.week(ctx, carts, reports))
	return result, reports, err
}

func (r *run) week(ctx context.Context, carts int, reports map[string]any) error {
	r.l.group.Go(func() { r.l.applicants.work(ctx, r.l.quit, 3*r.cfg.Rest) })
	r.l.group.Go(func() { r.l.passersBy.work(ctx, r.l.quit, 4*r.cfg.Rest) })
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		r.sendWeek(ctx, carts)
	}()
	r.blows = Plan(r.cfg.Seed, r.cfg.Kills)
	r.cfg.say("a week of %d carts, %d kills meanwhile at most", carts, len(r.blows))
	fell := 0
	for n, blow := range r.blows {
		select {
		case <-sent:
			continue
		default:
		}
		fell++
		if err := r.strike(ctx, n, blow); err != nil {
			return fmt.Errorf("kill %d (%s %s): %w", n+1, blow.Kind, blow.Worker, err)
		}
	}
	<-sent
	if err := r.h.apart(ctx); err != nil {
		return err
	}
	r.l.end()
	if err := r.h.caughtUp(ctx); err != nil {
		return err
	}
	r.b.struck(len(r.blows))
	j := &judge{h: r.h, l: r.l, b: r.b, kills: len(r.blows)}
	j.verdict(ctx)
	for _, day := range lastWeek() {
		var report map[string]any
		if j.read(ctx, "/v1/reports/daily/"+day.Format(time.DateOnly), &report) {
			reports[day.Format(time.DateOnly)] = plain(report)
		}
	}
	r.count(j.found)
	r.cfg.say("%d events acknowledged, %d kills", r.b.count(), fell)
	return nil
}

// plain leaves of a report what is the same however often it was closed, and
// no vendor that only probes were.
func plain(report map[string]any) any {
	var vendors []any
	all, _ := report["vendors"].([]any)
	for _, v := range all {
		if plate := fmt.Sprint(v.(map[string]any)["plate"]); len(plate) > 4 && plate[:4] == "WEEK" {
			vendors = append(vendors, v)
		}
	}
	text, _ := json.Marshal(vendors)
	return string(text)
}

// lastWeek returns noon of each of the last seven days, the oldest first.
func lastWeek() []time.Time {
	var days []time.Time
	for n := 7; n > 0; n-- {
		days = append(days, time.Now().In(santiago).AddDate(0, 0, -n))
	}
	return days
}

// sendWeek sends one day after the other, from several clients at once, and
// closes each day when it is sent. Some sales are sent a day late.
func (r *run) sendWeek(ctx context.Context, carts int) {
	const clients = 8
	var vendors []*vendor
	for n := range clients {
		v := &vendor{sender: r.l.sender(fmt.Sprint("week ", n)), name: fmt.Sprintf("w%d", n), last: map[string]*event{}}
		for i := n; i < carts; i += clients {
			v.carts = append(v.carts, r.l.cart(fmt.Sprintf("WEEK%03d", i), ledger))
		}
		vendors = append(vendors, v)
	}
	late := make([][]*event, clients)
	for _, day := range lastWeek() {
		var group sync.WaitGroup
		for n, v := range vendors {
			group.Go(func() {
				dice := newRand(r.cfg.Seed, fmt.Sprint("week ", n, day.YearDay()))
				sales := append(late[n], v.daySales(day, dice)...)
				cut := len(sales) * 97 / 100
				late[n] = slices.Clone(sales[cut:])
				for part := range slices.Chunk(sales[:cut], 40) {
					if !v.deliverMany(ctx, part) {
						return
					}
					if len(r.cfg.Kills) > 0 { // so that the kills find a week that is not over yet
						wait(ctx, 5*r.cfg.Rest)
					}
				}
			})
		}
		group.Wait()
		r.gremio(ctx, "report", "--day", day.Format(time.DateOnly)) // one that fails under a kill is made up for at the end
	}
	for n, v := range vendors {
		v.deliverMany(ctx, late[n])
	}
}

// daySales makes a vendor's sales of a day, the same for the same dice.
func (v *vendor) daySales(day time.Time, dice *rand.Rand) []*event {
	peace := v.dice
	v.dice = dice
	defer func() { v.dice = peace }()
	var sales []*event
	for _, c := range v.carts {
		for range 5 + dice.IntN(20) {
			at := time.Date(day.Year(), day.Month(), day.Day(), 6+dice.IntN(17), dice.IntN(60), dice.IntN(60), 0, santiago)
			sales = append(sales, v.newSale(c, at, nil))
		}
	}
	dice.Shuffle(len(sales), func(i, j int) { sales[i], sales[j] = sales[j], sales[i] })
	return sales
}
