package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

const metresPerDegree = 111_320 // of latitude

// A point is a place in degrees.
type point struct{ Lat, Lon float64 }

// spots are squares, stations and markets of Santiago where carts do sell.
var spots = []struct {
	name string
	point
}{
	{"Plaza de Armas", point{-33.4378, -70.6505}},
	{"Estación Central", point{-33.4513, -70.6790}},
	{"Manuel Montt, Providencia", point{-33.4290, -70.6190}},
	{"Plaza Ñuñoa", point{-33.4545, -70.5937}},
	{"Plaza de Maipú", point{-33.5099, -70.7573}},
	{"Bellavista de La Florida", point{-33.5198, -70.5995}},
	{"Plaza de Puente Alto", point{-33.6093, -70.5757}},
	{"La Vega, Recoleta", point{-33.4275, -70.6497}},
	{"Barrio Franklin", point{-33.4745, -70.6440}},
	{"Plaza Baquedano", point{-33.4372, -70.6343}},
	{"Tobalaba", point{-33.4184, -70.6014}},
	{"Quinta Normal", point{-33.4405, -70.6805}},
	{"Plaza de San Bernardo", point{-33.5927, -70.7044}},
	{"Hospitales, Independencia", point{-33.4180, -70.6530}},
	{"Plaza Egaña", point{-33.4533, -70.5703}},
	{"Las Rejas", point{-33.4573, -70.7065}},
	{"Plaza de Quilicura", point{-33.3667, -70.7290}},
	{"El Llano, San Miguel", point{-33.4820, -70.6500}},
	{"Estadio Nacional", point{-33.4645, -70.6105}},
	{"Plaza de Renca", point{-33.4040, -70.7040}},
}

// moved is the point east and north of p by so many metres.
func (p point) moved(east, north float64) point {
	return point{
		Lat: p.Lat + north/metresPerDegree,
		Lon: p.Lon + east/(metresPerDegree*math.Cos(p.Lat*math.Pi/180)),
	}
}

// near is a point at most metres away from p.
func (p point) near(metres float64, r *rand.Rand) point {
	angle, d := r.Float64()*2*math.Pi, metres*math.Sqrt(r.Float64())
	return p.moved(d*math.Cos(angle), d*math.Sin(angle))
}

// to is the way from p to q in metres east and north; the plane is good enough for a walk.
func (p point) to(q point) (east, north float64) {
	return (q.Lon - p.Lon) * metresPerDegree * math.Cos(p.Lat*math.Pi/180), (q.Lat - p.Lat) * metresPerDegree
}

// A leg is a walk to a point and the pause there.
type leg struct {
	To    point
	Walk  time.Duration
	Pause time.Duration
}

// A route is a round of legs that ends where it begins.
type route []leg

// A fix is where a cart is and how it moves: m/s, degrees from north.
type fix struct {
	point
	Speed, Heading float64
}

// newRoute is a round of four to eight places within some streets of home, at
// the pace of someone who pushes a cart, most of the time standing.
func newRoute(home point, r *rand.Rand) route {
	round := make(route, 4+r.IntN(5))
	for i := range round {
		round[i].To = home.near(350, r)
	}
	from := round[len(round)-1].To
	for i := range round {
		east, north := from.to(round[i].To)
		speed := 0.7 + r.Float64()*0.7
		round[i].Walk = time.Duration(math.Hypot(east, north) / speed * float64(time.Second)).Round(time.Millisecond)
		round[i].Pause = time.Duration(30+r.IntN(150)) * time.Second
		from = round[i].To
	}
	return round
}

// at is where on its round a cart is at an instant. It depends on the clock
// alone, so that a guild that is started again goes on without a jump.
func (r route) at(now time.Time) fix {
	var whole time.Duration
	for _, l := range r {
		whole += l.Walk + l.Pause
	}
	t := now.Sub(planned) % whole
	from := r[len(r)-1].To
	for _, l := range r {
		if t < l.Walk {
			east, north := from.to(l.To)
			done := float64(t) / float64(l.Walk)
			return fix{
				point:   from.moved(east*done, north*done),
				Speed:   math.Hypot(east, north) / l.Walk.Seconds(),
				Heading: math.Mod(math.Atan2(east, north)*180/math.Pi+360, 360),
			}
		}
		if t -= l.Walk; t < l.Pause {
			return fix{point: l.To}
		}
		t -= l.Pause
		from = l.To
	}
	return fix{point: from}
}
