package torture

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"sort"
	"strings"
)

// A Finding is one thing that is not as the oracle has it.
type Finding struct {
	Sort string // lost, doubled or wrong
	Text string
	Blow int // in whose time the event was sent first; -1 when it is no one event's
}

// A judge compares what gremio holds with the oracle's account.
type judge struct {
	h     *house
	l     *load
	b     *book
	found []Finding
	kills int
}

func (j *judge) say(sort string, blow int, format string, args ...any) {
	j.found = append(j.found, Finding{sort, fmt.Sprintf(format, args...), blow})
}

// want compares two figures.
func (j *judge) want(what string, want, got any) {
	if want != got {
		j.say("wrong", -1, "%s: want %v, got %v", what, want, got)
	}
}

// verdict compares everything. The load has ended and the workers have caught up.
func (j *judge) verdict(ctx context.Context) {
	for _, check := range []func(context.Context) error{
		j.alerts, j.sales, j.totals, j.levels, j.deliveries, j.positions, j.applications, j.rejections, j.log, j.notices, j.reports, j.readings,
	} {
		if err := check(ctx); err != nil {
			j.say("wrong", -1, "this could not be compared: %v", err)
		}
	}
	for _, w := range append(j.b.wrongs, j.h.ownEnds()...) {
		j.say("wrong", -1, "%s", w)
	}
}

// events returns the oracle's acknowledged events of a kind, by id.
func (j *judge) events(kind string) map[string]*event {
	of := map[string]*event{}
	for id, e := range j.b.events {
		if e.kind == kind && e.acked {
			of[id] = e
		}
	}
	return of
}

// once compares the ids that a table holds with the acknowledged ones.
func (j *judge) once(kind string, got map[string]int) {
	want := j.events(kind)
	for id, e := range want {
		switch n := got[id]; {
		case n == 0:
			j.say("lost", e.blow, "%s %s, acknowledged at %s", kind, id, e.at)
		case n > 1:
			j.say("doubled", e.blow, "%s %s is there %d times", kind, id, n)
		}
	}
	for id := range got {
		if want[id] == nil {
			j.say("wrong", -1, "%s %s is there, but nobody was told so", kind, id)
		}
	}
}

func (j *judge) sales(ctx context.Context) error {
	got := map[string]int{}
	if err := j.h.rows(ctx, "SELECT sale_id, plate, units, sale_day FROM sales", func(scan func(...any) error) error {
		var id, plate, day string
		var units int
		err := scan(&id, &plate, &units, &day)
		got[id]++
		if e := j.b.events[id]; e != nil && (e.plate != plate || e.sale.units != units || e.sale.day != day) {
			j.say("wrong", e.blow, "sale %s: want %d units of %s on %s, got %d of %s on %s", id, e.sale.units, e.plate, e.sale.day, units, plate, day)
		}
		return err
	}); err != nil {
		return err
	}
	j.once("sale", got)
	return nil
}

// A tally is a vendor's day, or an hour or a client of it.
type tally struct{ sales, units, namedSales, namedUnits, clients int }

func (j *judge) tallies() (days, hours, clients map[string]*tally) {
	days, hours, clients = map[string]*tally{}, map[string]*tally{}, map[string]*tally{}
	at := func(m map[string]*tally, key string) *tally {
		if m[key] == nil {
			m[key] = &tally{}
		}
		return m[key]
	}
	for _, e := range j.events("sale") {
		s := e.sale
		vendor := at(days, s.day+" "+e.plate)
		for _, t := range []*tally{vendor, at(hours, fmt.Sprint(s.day, " ", e.plate, " ", s.hour))} {
			t.sales++
			t.units += s.units
		}
		if s.client == "" {
			continue
		}
		vendor.namedSales++
		vendor.namedUnits += s.units
		c := at(clients, s.day+" "+e.plate+" "+s.client)
		if c.sales == 0 {
			vendor.clients++
		}
		c.sales++
		c.units += s.units
	}
	return days, hours, clients
}

// compare compares tallies by name.
func (j *judge) compare(what string, want, got map[string]*tally) {
	for key, w := range want {
		g := got[key]
		if g == nil {
			g = &tally{}
		}
		switch {
		case *g == *w:
		case g.sales > w.sales || g.units > w.units:
			j.say("doubled", -1, "%s %s: want %+v, got %+v", what, key, *w, *g)
		default:
			j.say("wrong", -1, "%s %s: want %+v, got %+v", what, key, *w, *g)
		}
	}
	for key, g := range got {
		if want[key] == nil {
			j.say("wrong", -1, "%s %s: want none, got %+v", what, key, *g)
		}
	}
}

func (j *judge) totals(ctx context.Context) error {
	days, hours, clients := j.tallies()
	gotDays, gotHours, gotClients := map[string]*tally{}, map[string]*tally{}, map[string]*tally{}
	if err := j.h.rows(ctx, "SELECT sale_day, plate, sales, units, named_sales, named_units FROM day_totals", func(scan func(...any) error) error {
		var day, plate string
		t := &tally{}
		err := scan(&day, &plate, &t.sales, &t.units, &t.namedSales, &t.namedUnits)
		gotDays[day+" "+plate] = t
		return err
	}); err != nil {
		return err
	}
	if err := j.h.rows(ctx, "SELECT sale_day, cart_id, sale_hour, sales, units FROM hour_totals", func(scan func(...any) error) error {
		var day, cart string
		var hour int
		t := &tally{}
		err := scan(&day, &cart, &hour, &t.sales, &t.units)
		gotHours[fmt.Sprint(day, " ", strings.TrimPrefix(cart, "cart-"), " ", hour)] = t
		return err
	}); err != nil {
		return err
	}
	if err := j.h.rows(ctx, "SELECT sale_day, cart_id, client, sales, units FROM client_totals", func(scan func(...any) error) error {
		var day, cart, client string
		t := &tally{}
		err := scan(&day, &cart, &client, &t.sales, &t.units)
		plate := strings.TrimPrefix(cart, "cart-")
		gotClients[day+" "+plate+" "+client] = t
		if d := gotDays[day+" "+plate]; d != nil {
			d.clients++
		}
		return err
	}); err != nil {
		return err
	}
	j.compare("the day", days, gotDays)
	j.compare("the hour", hours, gotHours)
	j.compare("the client", clients, gotClients)
	return nil
}

// reports closes every day and compares the reports that the API answers.
func (j *judge) reports(ctx context.Context) error {
	if len(j.b.wrongs) > 0 {
		return nil // closing a day would wait for sales that do not come
	}
	days, _, _ := j.tallies()
	byDay := map[string]map[string]*tally{}
	for key, t := range days {
		day, plate, _ := strings.Cut(key, " ")
		if byDay[day] == nil {
			byDay[day] = map[string]*tally{}
		}
		byDay[day][plate] = t
	}
	names := make([]string, 0, len(byDay))
	for day := range byDay {
		names = append(names, day)
	}
	sort.Strings(names)
	for _, day := range names {
		args := append([]string{"report", "--day", day}, j.h.process("report", "report").args[1:]...)
		if out, err := exec.CommandContext(ctx, j.h.cfg.Binary, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("gremio report --day %s: %w: %s", day, err, out)
		}
		var r struct {
			Vendors []struct {
				Plate                 string
				Sales, Units, Clients int
				NamedSales            int `json:"named_sales"`
				NamedUnits            int `json:"named_units"`
			}
		}
		if !j.read(ctx, "/v1/reports/daily/"+day, &r) {
			continue
		}
		got := map[string]*tally{}
		for _, v := range r.Vendors {
			got[v.Plate] = &tally{v.Sales, v.Units, v.NamedSales, v.NamedUnits, v.Clients}
		}
		j.compare("the report of "+day, byDay[day], got)
	}
	return nil
}

// read reads from the API, which is up.
func (j *judge) read(ctx context.Context, path string, v any) bool {
	for range 20 {
		if j.l.probe.get(ctx, path, v) {
			return true
		}
		if !j.l.probe.pause(ctx, 5) {
			break
		}
	}
	j.say("wrong", -1, "GET %s has no good answer", path)
	return false
}

// readings compares what else the API answers with the tables.
func (j *judge) readings(ctx context.Context) error {
	stock, err := list[struct {
		Plate string
		Units int
	}](ctx, j, "/v1/stock")
	if err != nil {
		return err
	}
	for _, s := range stock {
		if c := j.b.carts[s.Plate]; c != nil && c.role != ledger {
			j.want("/v1/stock of "+s.Plate, c.level, s.Units)
		}
	}
	resp, err := httpClient.Get(j.h.urls[0] + "/readyz")
	if err != nil {
		return err
	}
	resp.Body.Close()
	j.want("/readyz", http.StatusOK, resp.StatusCode)
	return nil
}

// list reads a whole list from the API.
func list[T any](ctx context.Context, j *judge, path string) ([]T, error) {
	var all []T
	for cursor := ""; ; {
		var page items[T]
		if !j.read(ctx, path+"?limit=1000"+cursor, &page) {
			return all, fmt.Errorf("GET %s: no good answer", path)
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			return all, nil
		}
		cursor = "&cursor=" + page.Next
	}
}
