package gremio

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
)

// A Point is a place on the earth, in degrees (WGS 84).
type Point struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// Valid reports whether p is on the earth. NaN and the infinities are not.
func (p Point) Valid() bool {
	return p.Lat >= -90 && p.Lat <= 90 && p.Lon >= -180 && p.Lon <= 180
}

// A Grid is a position on the plane of the first client, whose carts walk integers
// from 0 to 99. It has no distance in metres to anything.
type Grid struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// A Place is either a Point or a Grid position: exactly one of them is set.
type Place struct {
	Point *Point `json:"point,omitempty"`
	Grid  *Grid  `json:"grid,omitempty"`
}

// Valid reports whether exactly one of the two is set and its numbers can be.
func (p Place) Valid() bool {
	switch {
	case p.Point != nil && p.Grid == nil:
		return p.Point.Valid()
	case p.Grid != nil && p.Point == nil:
		return finite(p.Grid.X) && finite(p.Grid.Y)
	}
	return false
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// Distance returns the metres between p and q, and false unless both are points.
func (p Place) Distance(q Place) (m float64, ok bool) {
	if p.Point == nil || q.Point == nil {
		return 0, false
	}
	return Distance(*p.Point, *q.Point), true
}

// Distance returns the metres from a to b over a sphere, which is off by less than one
// percent against the true shape of the earth.
func Distance(a, b Point) float64 {
	m := geo.DistanceHaversine(orb.Point{a.Lon, a.Lat}, orb.Point{b.Lon, b.Lat})
	if math.IsNaN(m) { // rounding puts opposite ends of the earth out of reach of the formula
		return math.Pi * orb.EarthRadius
	}
	return m
}

// A Box is a rectangle of latitudes and longitudes, its edges included. It does not
// cross the 180th meridian.
type Box struct {
	MinLat float64 `json:"min_lat"`
	MaxLat float64 `json:"max_lat"`
	MinLon float64 `json:"min_lon"`
	MaxLon float64 `json:"max_lon"`
}

// ChileBox holds the mainland from Visviri to Diego Ramírez and the islands out to
// Rapa Nui, but not Antarctica. None of its latitudes is one of its longitudes, so no
// pair lies in it both ways round, and no pair of the first client's grid lies in it.
var ChileBox = Box{MinLat: -56.7, MaxLat: -17.4, MinLon: -109.6, MaxLon: -66.3}

// Valid reports whether b has an inside and lies on the earth.
func (b Box) Valid() bool {
	return Point{b.MinLat, b.MinLon}.Valid() && Point{b.MaxLat, b.MaxLon}.Valid() &&
		b.MinLat < b.MaxLat && b.MinLon < b.MaxLon
}

// Contains reports whether p is in b or on its edge.
func (b Box) Contains(p Point) bool {
	return p.Lat >= b.MinLat && p.Lat <= b.MaxLat && p.Lon >= b.MinLon && p.Lon <= b.MaxLon
}

// ReadPair tells what a pair of bare coordinates means: a point as lat, lon if that
// is in box, else as lon, lat if that is, else a grid position. The caller has refused
// NaN and the infinities, which would come back as an invalid grid position.
func ReadPair(a, b float64, box Box) Place {
	if p := (Point{Lat: a, Lon: b}); box.Contains(p) {
		return Place{Point: &p}
	}
	if p := (Point{Lat: b, Lon: a}); box.Contains(p) {
		return Place{Point: &p}
	}
	return Place{Grid: &Grid{X: a, Y: b}}
}

// Where is a place as the API writes it: degrees beside the other fields, or a
// grid position, or neither.
type Where struct {
	Lat  *float64 `json:"lat,omitempty"`
	Lon  *float64 `json:"lon,omitempty"`
	Grid *Grid    `json:"grid,omitempty" doc:"Position on the plane of the first client, whose carts walk integers"`
}

// WhereIs returns p as the API writes it.
func WhereIs(p *Place) Where {
	switch {
	case p != nil && p.Point != nil:
		return Where{Lat: &p.Point.Lat, Lon: &p.Point.Lon}
	case p != nil && p.Grid != nil:
		return Where{Grid: p.Grid}
	}
	return Where{}
}

// Place returns the place that w writes, nil when there is none.
func (w Where) Place() *Place {
	switch {
	case w.Lat != nil && w.Lon != nil:
		return &Place{Point: &Point{Lat: *w.Lat, Lon: *w.Lon}}
	case w.Grid != nil:
		return &Place{Grid: w.Grid}
	}
	return nil
}
