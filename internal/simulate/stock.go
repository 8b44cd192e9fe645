package simulate

import (
	"context"
	"time"
)

// atCounter runs f while nobody else changes the stock: a sale that waits for
// the server and a delivery confirmed meanwhile would tell two stories of it.
func (c *cart) atCounter(ctx context.Context, f func() error) error {
	select {
	case c.counter <- struct{}{}:
		defer func() { <-c.counter }()
		return f()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take removes up to want units and tells how many there were and are left.
func (c *cart) take(want int) (units, left int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	units = min(want, c.stock)
	c.stock -= units
	return units, c.stock
}

// fill adds units, as the driver does.
func (c *cart) fill(units int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stock += units
}

// countStock tells the server what is left, as a vendor does in the morning.
func (c *cart) countStock(ctx context.Context) error {
	_, left := c.take(0)
	now := time.Now()
	return ignoreRefusal(c.guild.send(ctx, event{
		kind: kindStockCount, path: "/v1/stock-counts", id: newID(now, c.ids),
		body: map[string]any{"plate": c.plan.Plate, "units": left, "time": stamp(now)},
	}))
}
