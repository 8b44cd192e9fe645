package simulate

import (
	"context"
	"math/rand/v2"
	"time"

	"gremio"
)

const (
	saleEvery = 24 * time.Second // of a cart of usual pace in a usual hour
	unitPrice = 500              // pesos
)

var clientNames = []string{
	"Doña Rosa", "Don Tito", "Camila", "Javier", "la Paty", "el Chino", "Sra. Norma", "Ignacio", "Fernanda", "Profe Lagos",
	"Antonia", "Cristóbal", "don Segundo", "Valentina", "Joaquín", "la vecina del 12", "Martín", "Constanza", "Felipe", "Kike",
	"Daniela", "Pancho", "Trinidad", "Maestro Juan", "Rocío", "Álvaro", "Amanda", "Lucho", "Ñusta", "Claudia",
}

// A purchase is what one client buys.
type purchase struct {
	Client string // empty when nobody asked
	Units  int
}

func someClients(r *rand.Rand) []string {
	some := make([]string, 6)
	for i, j := range r.Perm(len(clientNames))[:len(some)] {
		some[i] = clientNames[j]
	}
	return some
}

// nextPurchase is one more client of p: half of them regulars, a quarter unnamed.
func (p *plan) nextPurchase(r *rand.Rand) purchase {
	units := 1 + min(r.IntN(6), r.IntN(6)+r.IntN(2))
	switch n := r.IntN(8); {
	case n < 4:
		return purchase{p.Regulars[r.IntN(len(p.Regulars))], units}
	case n < 6:
		return purchase{"", units}
	default:
		return purchase{clientNames[r.IntN(len(clientNames))], units}
	}
}

// rush is how much livelier than usual the hour of Santiago is. The night is
// livelier than it would be: who shows the guild at night wants to see it work.
func rush(local time.Time) float64 {
	switch h := local.Hour(); {
	case h >= 17 && h < 21:
		return 1.5
	case h >= 7 && h < 9, h >= 12 && h < 15:
		return 1.3
	case h < 6:
		return 0.85
	default:
		return 1
	}
}

type saleBody struct {
	ID     string   `json:"id"`
	Plate  string   `json:"plate"`
	Client string   `json:"client,omitempty"`
	Units  int      `json:"units"`
	Time   string   `json:"time"`
	Stock  *int     `json:"stock,omitempty"`
	Lat    *float64 `json:"lat,omitempty"`
	Lon    *float64 `json:"lon,omitempty"`
	Amount int      `json:"amount,omitempty"`
}

type firstSale struct {
	Patente         any
	Cliente         string
	CantSopaipillas int
	Hora            string
	Stock           int
	Ubicacion       any `json:",omitempty"`
}

// sell sells to the next client as long as dough is left. A cart that has had
// none for long fetches some itself and counts it.
func (c *cart) sell(ctx context.Context, now time.Time) error {
	next := c.plan.nextPurchase(c.sales)
	units, left := c.take(next.Units)
	if units == 0 {
		if c.emptySince.IsZero() {
			c.emptySince = now
		}
		if now.Sub(c.emptySince) < patience {
			return nil
		}
		c.fill(fullStock)
		return c.countStock(ctx)
	}
	c.emptySince = time.Time{}
	reported := left
	if c.plan.ConstantStock {
		reported = fullStock
	}
	e := event{kind: kindSale, id: newID(now, c.ids)}
	if c.plan.Dialect == native {
		e.path, e.inBody = "/v1/sales", true
		at := c.whereabouts()
		e.body = saleBody{
			ID: e.id, Plate: c.plan.Plate, Client: next.Client, Units: units, Time: stamp(now),
			Stock: &reported, Lat: &at.Lat, Lon: &at.Lon, Amount: units * unitPrice,
		}
	} else {
		e.path = "/registro_venta"
		e.body = firstSale{
			Patente: firstPlate(c.plan.Plate), Cliente: next.Client, CantSopaipillas: units,
			Hora: now.In(gremio.Santiago()).Format(time.TimeOnly), Stock: reported, Ubicacion: c.firstPlace(),
		}
	}
	err := c.guild.send(ctx, e)
	if err == nil {
		c.guild.account.change(func(n *Counts) { n.UnitsSold += units })
	}
	return ignoreRefusal(err)
}
