package torture

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// rut returns a RUT with its check digit: the digits from the right times 2 to
// 7 in turn, the sum's complement to eleven.
func rut(n int) string {
	sum, factor := 0, 2
	for rest := n; rest > 0; rest /= 10 {
		sum += rest % 10 * factor
		if factor++; factor > 7 {
			factor = 2
		}
	}
	digit := 11 - sum%11
	switch digit {
	case 11:
		return fmt.Sprintf("%d-0", n)
	case 10:
		return fmt.Sprintf("%d-K", n)
	}
	return fmt.Sprintf("%d-%d", n, digit)
}

// An application as the oracle knows it.
type application struct {
	*event
	tier  string
	plate string // "" when the guild gives a code
	email string
	waits bool // for a person
}

// applicants apply for membership, each once.
type applicants struct {
	sender
	n    int
	mu   sync.Mutex
	all  []*application
	base int // of the RUTs

	probes int
}

// next makes an application; plate "" leaves it to chance.
func (a *applicants) next(plate string, mayWait bool) *application {
	a.n++
	app := &application{tier: []string{"basic", "premium"}[a.dice.IntN(2)], plate: plate, email: fmt.Sprintf("p%d@example.cl", a.n)}
	if plate == "" && a.dice.IntN(3) > 0 {
		app.plate = fmt.Sprintf("M%06d", a.n)
	}
	id := fmt.Sprintf("app-%06d", a.n)
	fields := map[string]any{"id": id, "given_name": fmt.Sprint("Ana ", a.n), "family_name": "Pérez", "email": app.email, "tier": app.tier,
		"phone": fmt.Sprintf("+569%08d", 10_000_000+a.n), "consent": map[string]any{"tracking": true, "version": "1"}}
	if mayWait && a.dice.IntN(6) == 0 {
		app.waits = true
		fields["document"] = fmt.Sprint("pasaporte ", a.n)
	} else {
		fields["rut"] = rut(a.base + a.n)
	}
	if app.plate != "" {
		fields["plate"] = app.plate
	}
	body := encode(fields)
	fields["given_name"] = "Other"
	app.event = &event{id: id, kind: "application", path: "/v1/applications", body: body, other: encode(fields)}
	a.mu.Lock()
	a.all = append(a.all, app)
	a.mu.Unlock()
	return app
}

// newProbe makes an application of whom the probe asks.
func (a *applicants) newProbe(id, plate string) *event {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.probes++
	app := &application{tier: "premium", plate: plate, email: id + "@example.cl", event: &event{
		id: id, kind: "application", path: "/v1/applications", body: encode(map[string]any{
			"id": id, "given_name": fmt.Sprint("Prueba ", a.probes), "family_name": "Soto", "email": id + "@example.cl", "tier": "premium", "phone": "+56912345678",
			"consent": map[string]any{"tracking": true, "version": "1"}, "plate": plate, "rut": rut(20_000_000 + a.probes)})}}
	a.all = append(a.all, app)
	return app.event
}

func (a *applicants) work(ctx context.Context, quit <-chan struct{}, rest time.Duration) {
	for resting(ctx, quit, rest) {
		a.deliver(ctx, a.next("", true).event)
	}
}

// resting waits and reports whether the work goes on.
func resting(ctx context.Context, quit <-chan struct{}, rest time.Duration) bool {
	select {
	case <-quit:
		return false
	case <-ctx.Done():
		return false
	case <-time.After(rest):
		return true
	}
}

// passersBy report strange carts.
type passersBy struct {
	sender
	n int
}

func (p *passersBy) next() *event {
	p.n++
	id := fmt.Sprintf("seen-%06d", p.n)
	fields := map[string]any{"id": id, "lat": -33.4 - p.dice.Float64()/10, "lon": -70.6 - p.dice.Float64()/10, "note": fmt.Sprint("visto ", p.n)}
	body := encode(fields)
	fields["note"] = "otra cosa"
	return &event{id: id, kind: "sighting", path: "/v1/sightings", body: body, other: encode(fields)}
}

func (p *passersBy) work(ctx context.Context, quit <-chan struct{}, rest time.Duration) {
	for resting(ctx, quit, rest) {
		p.deliver(ctx, p.next())
	}
}

// desk acknowledges alerts.
type desk struct{ sender }

func (d *desk) work(ctx context.Context, quit <-chan struct{}, rest time.Duration) {
	for resting(ctx, quit, rest) {
		var open items[struct{ ID string }]
		if !d.get(ctx, "/v1/alerts?state=open&kind=sighting&limit=20", &open) || len(open.Items) == 0 {
			continue
		}
		id := open.Items[d.dice.IntN(len(open.Items))].ID
		for tries := 1; ; tries++ {
			status, answer := d.post(ctx, "/v1/alerts/"+id+"/acknowledge", "", d.keys.program, nil)
			if status == http.StatusOK || status == http.StatusConflict {
				d.book.mu.Lock()
				d.book.acks[id] = true
				d.book.mu.Unlock()
				break
			}
			if status != http.StatusAccepted && !passing(status) {
				d.book.wrong("acknowledge %s: %d %s", id, status, answer)
				break
			}
			if !d.pause(ctx, tries) {
				return
			}
		}
	}
}

// A walker is the phone of one cart, which reports where it is.
type walker struct {
	sender
	cart *cart
	n    int
}

func (w *walker) report(ctx context.Context) bool {
	w.n++
	id := fmt.Sprintf("%s-p%05d", w.cart.plate, w.n)
	body := encode(map[string]any{"id": id, "plate": w.cart.plate, "lat": -33.4 - w.dice.Float64()/10, "lon": -70.6 - w.dice.Float64()/10,
		"time": time.Now().UTC().Format(time.RFC3339Nano)})
	e := &event{id: id, kind: "position", path: "/v1/positions", body: body, plate: w.cart.plate}
	if !w.deliver(ctx, e) {
		return false
	}
	w.cart.fixes++
	return true
}

// work reports until quit; what else it does is its cart's role.
func (w *walker) work(ctx context.Context, quit <-chan struct{}, rest time.Duration) {
	fallSilent := time.Now().Add(time.Duration(5+w.dice.IntN(20)) * time.Second)
	for w.report(ctx) && resting(ctx, quit, rest) {
		if w.cart.role == beacon || time.Now().Before(fallSilent) {
			continue
		}
		break
	}
	if w.cart.role != mute {
		w.endShift(ctx)
		return
	}
	// Silent from here on, and missed once; every other one comes back.
	w.cart.silent = 1
	if w.n%2 == 0 && w.missed(ctx, quit) {
		w.report(ctx)
		w.cart.back = true
		w.endShift(ctx)
	}
}

// missed waits for the alert of this cart's silence.
func (w *walker) missed(ctx context.Context, quit <-chan struct{}) bool {
	for resting(ctx, quit, time.Second) {
		var found items[struct{ ID string }]
		if w.get(ctx, "/v1/alerts?kind=silent&plate="+w.cart.plate, &found) && len(found.Items) > 0 {
			return true
		}
	}
	return false
}

func (w *walker) endShift(ctx context.Context) {
	id := w.cart.plate + "-end"
	e := &event{id: id, kind: "shift", path: "/v1/shifts", plate: w.cart.plate, body: encode(map[string]any{"id": id, "plate": w.cart.plate, "action": "end"}),
		other: encode(map[string]any{"id": id, "plate": w.cart.plate, "action": "away"})}
	w.deliver(ctx, e)
}
