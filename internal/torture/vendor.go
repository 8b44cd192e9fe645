package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// A vendor is the client of some carts. It does one thing after the other, each
// until it is acknowledged, so the order of each cart's events is known.
type vendor struct {
	sender
	name  string
	carts []*cart
	last  map[string]*event // the last sale of each cart
	n     int
}

// nextID returns ids in the order in which they are made.
func (v *vendor) nextID() string {
	v.n++
	return fmt.Sprintf("%s-%06d", v.name, v.n)
}

// santiago is the guild's calendar.
var santiago = func() *time.Location {
	loc, err := time.LoadLocation("America/Santiago")
	if err != nil {
		panic(err)
	}
	return loc
}()

// work goes on until quit is closed; what was begun is ended, as long as ctx lasts.
func (v *vendor) work(ctx context.Context, quit <-chan struct{}, rest time.Duration) {
	for {
		select {
		case <-quit:
			return
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(float64(rest) * (0.5 + v.dice.Float64()))):
		}
		v.act(ctx, v.carts[v.dice.IntN(len(v.carts))])
	}
}

// act does one thing with a cart, and takes it to the oracle's account when it is acknowledged.
func (v *vendor) act(ctx context.Context, c *cart) {
	n := v.dice.IntN(100)
	switch c.role {
	case ledger:
		if n < 30 {
			v.sellMany(ctx)
			return
		}
		v.sell(ctx, c, time.Now().Add(-time.Duration(v.dice.IntN(6*24*3600))*time.Second), nil)
	case first:
		if c.live && n < 50 {
			v.serve(ctx, c)
			return
		}
		v.registroVenta(ctx, c)
	default:
		switch {
		case c.live && n < 50:
			v.serve(ctx, c)
		case n < 6:
			v.count(ctx, c)
		case n < 12:
			figure := v.dice.IntN(120)
			v.sell(ctx, c, time.Now(), &figure)
		default:
			v.sell(ctx, c, time.Now(), nil)
		}
	}
}

func (v *vendor) client() string {
	if v.dice.IntN(4) == 0 {
		return ""
	}
	return fmt.Sprintf("cliente %d", v.dice.IntN(30))
}

func encode(fields map[string]any) []byte {
	body, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return body
}

// newSale makes a sale of c at t.
func (v *vendor) newSale(c *cart, t time.Time, figure *int) *event {
	units, client := 1+v.dice.IntN(9), v.client()
	id := v.nextID()
	fields := map[string]any{"id": id, "plate": c.plate, "units": units, "time": t.UTC().Format(time.RFC3339Nano)}
	if client != "" {
		fields["client"] = client
	}
	if figure != nil {
		fields["stock"] = *figure
	}
	body := encode(fields)
	fields["units"] = units + 1
	local := t.In(santiago)
	return &event{id: id, kind: "sale", path: "/v1/sales", body: body, other: encode(fields), plate: c.plate,
		sale: &sale{day: local.Format(time.DateOnly), client: client, units: units, hour: local.Hour()}}
}

func (v *vendor) sell(ctx context.Context, c *cart, t time.Time, figure *int) {
	e := v.newSale(c, t, figure)
	if v.deliver(ctx, e) {
		c.sell(e.sale.units, figure)
		v.last[c.plate] = e
	}
}

// sellMany sends sales of several ledger carts in one request.
func (v *vendor) sellMany(ctx context.Context) {
	var events []*event
	for range 1 + v.dice.IntN(20) {
		c := v.carts[v.dice.IntN(len(v.carts))]
		if c.role == ledger {
			events = append(events, v.newSale(c, time.Now().Add(-time.Duration(v.dice.IntN(6*24*3600))*time.Second), nil))
		}
	}
	if len(events) > 0 {
		v.deliverMany(ctx, events)
	}
}

// registroVenta sends a sale in the first client's words, with its constant Stock.
func (v *vendor) registroVenta(ctx context.Context, c *cart) {
	units, client, now := 1+v.dice.IntN(9), v.client(), time.Now()
	id := v.nextID()
	fields := map[string]any{"Patente": c.plate, "Cliente": client, "CantSopaipillas": units, "Stock": initialStock, "Hora": now.Format(time.RFC3339Nano)}
	body := encode(fields)
	fields["CantSopaipillas"] = units + 1
	local := now.In(santiago)
	e := &event{id: id, kind: "sale", path: "/registro_venta", header: id, body: body, other: encode(fields), plate: c.plate,
		sale: &sale{day: local.Format(time.DateOnly), client: client, units: units, hour: local.Hour()}}
	if v.deliver(ctx, e) {
		figure := initialStock
		c.sell(units, &figure)
		v.last[c.plate] = e
	}
}

// settle waits until worker stock has the cart's sales: a count or a refill
// comes to it through another topic, and this cart's history shall be known.
func (v *vendor) settle(ctx context.Context, c *cart) bool {
	e := v.last[c.plate]
	if e == nil || c.role == hasty {
		return true
	}
	_, ok := v.settled(ctx, e)
	return ok
}

func (v *vendor) count(ctx context.Context, c *cart) {
	if !v.settle(ctx, c) {
		return
	}
	units, id := v.dice.IntN(120), v.nextID()
	fields := map[string]any{"id": id, "plate": c.plate, "units": units}
	body := encode(fields)
	fields["units"] = units + 1
	e := &event{id: id, kind: "stock_count", path: "/v1/stock-counts", body: body, other: encode(fields), plate: c.plate}
	if v.deliver(ctx, e) {
		c.counted(units)
		v.last[c.plate] = e
		v.settle(ctx, c)
	}
}

type items[T any] struct {
	Items []T
	Next  string
}

// serve confirms the stop of a cart like its driver, if its delivery is prepared.
func (v *vendor) serve(ctx context.Context, c *cart) {
	if !v.settle(ctx, c) {
		return
	}
	var found items[struct{ ID, State, Delivery string }]
	if !v.get(ctx, "/v1/replenishments?state=prepared&plate="+c.plate, &found) || len(found.Items) == 0 {
		return
	}
	delivery, body := found.Items[0].Delivery, []byte("{}")
	var units *int
	if v.dice.IntN(2) == 0 {
		more := 5 + v.dice.IntN(60)
		units, body = &more, encode(map[string]any{"units": more})
	}
	path, key := "/v1/deliveries/"+delivery+"/stops/"+c.plate+"/confirm", v.nextID()
	for tries := 1; ; tries++ {
		status, answer := v.post(ctx, path, key, v.keys.program, body)
		switch {
		case status == http.StatusOK, status == http.StatusConflict && tries > 1:
			// Refused after a try whose answer was lost: that one was taken.
			c.refilled(units)
			return
		case status == http.StatusAccepted || passing(status):
			// On the log and not applied yet, or not known: the key makes a repeat harmless.
		default:
			v.book.wrong("%s: %d %s", path, status, answer)
			return
		}
		if !v.pause(ctx, tries) {
			return
		}
	}
}
