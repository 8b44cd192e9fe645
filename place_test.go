package gremio_test

import (
	"encoding/json"
	"math"
	"testing"

	"gremio"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func pointAt(lat, lon float64) gremio.Point { return gremio.Point{Lat: lat, Lon: lon} }

func TestPointValid(t *testing.T) {
	for _, p := range []gremio.Point{pointAt(0, 0), pointAt(-90, 180), pointAt(90, -180), pointAt(-33.45, -70.66)} {
		if !p.Valid() {
			t.Errorf("%v is not valid", p)
		}
	}
	for _, p := range []gremio.Point{pointAt(-90.1, 0), pointAt(0, 180.1), pointAt(math.NaN(), 0), pointAt(0, math.NaN()), pointAt(math.Inf(1), 0), pointAt(0, math.Inf(-1))} {
		if p.Valid() {
			t.Errorf("%v is valid", p)
		}
	}
}

func TestReadPair(t *testing.T) {
	point := func(lat, lon float64) gremio.Place { return gremio.Place{Point: &gremio.Point{Lat: lat, Lon: lon}} }
	grid := func(x, y float64) gremio.Place { return gremio.Place{Grid: &gremio.Grid{X: x, Y: y}} }
	equator := gremio.Box{MinLat: -2, MaxLat: 2, MinLon: -2, MaxLon: 2}
	for _, test := range []struct {
		a, b float64
		box  gremio.Box
		want gremio.Place
	}{
		{-33.45, -70.66, gremio.ChileBox, point(-33.45, -70.66)},
		{-70.66, -33.45, gremio.ChileBox, point(-33.45, -70.66)},
		{20, 95, gremio.ChileBox, grid(20, 95)},
		{0, 0, gremio.ChileBox, grid(0, 0)},
		{33.45, 70.66, gremio.ChileBox, grid(33.45, 70.66)},
		{40.4, -3.7, gremio.ChileBox, grid(40.4, -3.7)},
		{1e300, -1e300, gremio.ChileBox, grid(1e300, -1e300)},
		{1, -1, equator, point(1, -1)}, // both ways round: as lat, lon
	} {
		if diff := cmp.Diff(test.want, gremio.ReadPair(test.a, test.b, test.box)); diff != "" {
			t.Errorf("ReadPair(%v, %v): -want +got\n%s", test.a, test.b, diff)
		}
	}
	if gremio.ReadPair(math.NaN(), 1, gremio.ChileBox).Valid() {
		t.Error("NaN makes a valid place")
	}
}

func TestChileBox(t *testing.T) {
	for name, p := range map[string]gremio.Point{
		"Visviri": pointAt(-17.5958, -69.4778), "Arica": pointAt(-18.4783, -70.3126), "Santiago": pointAt(-33.4489, -70.6693),
		"Hanga Roa": pointAt(-27.1500, -109.4333), "Alejandro Selkirk": pointAt(-33.76, -80.78), "Punta Arenas": pointAt(-53.1638, -70.9171),
		"Puerto Williams": pointAt(-54.9333, -67.6167), "Isla Nueva": pointAt(-55.23, -66.55), "Diego Ramírez": pointAt(-56.52, -68.71),
	} {
		if !gremio.ChileBox.Contains(p) || gremio.ChileBox.Contains(pointAt(p.Lon, p.Lat)) {
			t.Errorf("%s: inside %v, swapped %v", name, gremio.ChileBox.Contains(p), gremio.ChileBox.Contains(pointAt(p.Lon, p.Lat)))
		}
	}
	if !gremio.ChileBox.Valid() || (gremio.Box{}).Valid() {
		t.Error("ChileBox is not valid, or the empty box is")
	}
}

func TestNoPairLiesInChileBothWaysRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lat := rapid.Float64Range(gremio.ChileBox.MinLat, gremio.ChileBox.MaxLat).Draw(t, "lat")
		lon := rapid.Float64Range(gremio.ChileBox.MinLon, gremio.ChileBox.MaxLon).Draw(t, "lon")
		want := gremio.Place{Point: &gremio.Point{Lat: lat, Lon: lon}}
		for _, got := range []gremio.Place{gremio.ReadPair(lat, lon, gremio.ChileBox), gremio.ReadPair(lon, lat, gremio.ChileBox)} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b   gremio.Point
		want   float64
		within float64
	}{
		{pointAt(-33.4489, -70.6693), pointAt(-33.4489, -70.6693), 0, 0},
		{pointAt(-33, -70), pointAt(-34, -70), 110_930, 600},                      // a degree on the ellipsoid
		{pointAt(-33.4489, -70.6693), pointAt(-33.0472, -71.6127), 98_700, 1_000}, // to Valparaíso
		{pointAt(0, 179.999), pointAt(0, -179.999), 222.6, 1},
	} {
		if got := gremio.Distance(test.a, test.b); math.Abs(got-test.want) > test.within {
			t.Errorf("from %v to %v: %.0f m; want %.0f", test.a, test.b, got, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		lat, lon := rapid.Float64Range(-90, 90), rapid.Float64Range(-180, 180)
		a := pointAt(lat.Draw(t, "lat"), lon.Draw(t, "lon"))
		b := rapid.SampledFrom([]gremio.Point{a, pointAt(-a.Lat, a.Lon+180), pointAt(lat.Draw(t, "lat"), lon.Draw(t, "lon"))}).Draw(t, "b")
		if m := gremio.Distance(a, b); !(m >= 0 && m <= 20_037_509) || m != gremio.Distance(b, a) {
			t.Fatalf("from %v to %v: %v m, back %v m", a, b, m, gremio.Distance(b, a))
		}
	})
}

func TestPlace(t *testing.T) {
	here, there := pointAt(-33.45, -70.66), pointAt(-33.46, -70.66)
	grid := &gremio.Grid{X: 20, Y: 95}
	if m, ok := (gremio.Place{Point: &here}).Distance(gremio.Place{Point: &there}); !ok || m != gremio.Distance(here, there) {
		t.Errorf("two points: %v, %v", m, ok)
	}
	for _, p := range []gremio.Place{{}, {Grid: grid}} {
		if _, ok := (gremio.Place{Point: &here}).Distance(p); ok {
			t.Errorf("a distance to %v", p)
		}
		if _, ok := p.Distance(p); ok {
			t.Errorf("a distance from %v", p)
		}
	}
	for want, p := range map[string]gremio.Place{
		`{"point":{"lat":-33.45,"lon":-70.66}}`: {Point: &here},
		`{"grid":{"x":20,"y":95}}`:              {Grid: grid},
	} {
		if got, err := json.Marshal(p); err != nil || string(got) != want || !p.Valid() {
			t.Errorf("got %s, %v, valid %v; want %s", got, err, p.Valid(), want)
		}
	}
	for _, p := range []gremio.Place{{}, {Point: &here, Grid: grid}, {Point: &gremio.Point{Lat: 91}}, {Grid: &gremio.Grid{X: math.NaN()}}} {
		if p.Valid() {
			t.Errorf("%v is valid", p)
		}
	}
}
