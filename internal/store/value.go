package store

import (
	"database/sql"
	"time"

	"gremio"
)

// Instants rest as microseconds since 1970 UTC in both engines.

func micros(t time.Time) int64 { return t.UnixMicro() }

func instant(us int64) time.Time { return time.UnixMicro(us).UTC() }

func microsOrNull(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMicro()
}

func instantOrNil(v sql.NullInt64) *time.Time {
	if !v.Valid {
		return nil
	}
	t := instant(v.Int64)
	return &t
}

func orNull[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

func floatOrNil(v sql.NullFloat64) *float64 {
	if !v.Valid {
		return nil
	}
	return &v.Float64
}

func intOrNil(v sql.NullInt64) *int {
	if !v.Valid {
		return nil
	}
	n := int(v.Int64)
	return &n
}

func int64OrNil(v sql.NullInt64) *int64 {
	if !v.Valid {
		return nil
	}
	return &v.Int64
}

func plateOrNil(v sql.NullString) *gremio.Plate {
	if !v.Valid {
		return nil
	}
	p := gremio.Plate(v.String)
	return &p
}

// placeColumns are the four columns of a place, placeValues what goes into them.
const placeColumns = "lat, lon, grid_x, grid_y"

func placeValues(p *gremio.Place) []any {
	switch {
	case p != nil && p.Point != nil:
		return []any{p.Point.Lat, p.Point.Lon, nil, nil}
	case p != nil && p.Grid != nil:
		return []any{nil, nil, p.Grid.X, p.Grid.Y}
	}
	return []any{nil, nil, nil, nil}
}

// nullPlace scans the four columns of a place.
type nullPlace struct{ lat, lon, x, y sql.NullFloat64 }

func (n *nullPlace) dest() []any { return []any{&n.lat, &n.lon, &n.x, &n.y} }

func (n *nullPlace) place() *gremio.Place {
	switch {
	case n.lat.Valid && n.lon.Valid:
		return &gremio.Place{Point: &gremio.Point{Lat: n.lat.Float64, Lon: n.lon.Float64}}
	case n.x.Valid && n.y.Valid:
		return &gremio.Place{Grid: &gremio.Grid{X: n.x.Float64, Y: n.y.Float64}}
	}
	return nil
}
