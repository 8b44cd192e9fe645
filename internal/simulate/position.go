package simulate

import (
	"context"
	"time"
)

type positionBody struct {
	ID       string  `json:"id"`
	Plate    string  `json:"plate"`
	Lat      float64 `json:"lat"`
	Lon      float64 `json:"lon"`
	Time     string  `json:"time"`
	Accuracy float64 `json:"accuracy"`
	Speed    float64 `json:"speed"`
	Heading  float64 `json:"heading"`
	Battery  float64 `json:"battery"`
}

// report sends where the cart is, in its dialect.
func (c *cart) report(ctx context.Context, now time.Time) error {
	at := c.plan.Route.at(now)
	accuracy := 4 + 8*c.noise.Float64()
	seen := at.near(accuracy/2, c.noise)
	seen.Lat, seen.Lon = round(seen.Lat, 6), round(seen.Lon, 6)
	c.mu.Lock()
	c.here = seen
	c.mu.Unlock()
	e := event{kind: kindPosition, id: newID(now, c.ids)}
	if c.plan.Dialect == native {
		e.path, e.inBody = "/v1/positions", true
		e.body = positionBody{
			ID: e.id, Plate: c.plan.Plate, Lat: seen.Lat, Lon: seen.Lon, Time: stamp(now), Accuracy: round(accuracy, 1),
			Speed: round(at.Speed, 2), Heading: round(at.Heading, 0), Battery: round(c.battery(now), 2),
		}
	} else {
		c.x, c.y = wander(c.x, c.noise.IntN(3)), wander(c.y, c.noise.IntN(3))
		e.path = "/ubicacion"
		e.body = map[string]any{"Patente": firstPlate(c.plan.Plate), "Ubicacion": c.firstPlace()}
	}
	return ignoreRefusal(c.guild.send(ctx, e))
}

// firstPlace is the place as the first client writes it: a pair, on its grid or in degrees.
func (c *cart) firstPlace() any {
	if c.plan.Dialect == firstGrid {
		return [2]int{c.x, c.y}
	}
	at := c.whereabouts()
	return [2]float64{at.Lat, at.Lon}
}

// wander moves a coordinate of the grid a step back, not at all or a step on.
func wander(x, step int) int { return min(max(x+step-1, 0), 99) }

// battery falls by a tenth an hour from what it was when the phone joined, and is charged below 8 %.
func (c *cart) battery(now time.Time) float64 {
	if c.unplugged.IsZero() {
		c.unplugged = now
	}
	used := now.Sub(c.unplugged).Hours() / 10
	if left := c.plan.Battery - used; left > 0.08 {
		return left
	}
	c.unplugged = now
	return c.plan.Battery
}
