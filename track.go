package gremio

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/simplify"
)

// SimplifyTrack leaves out the fixes without which the line through the others is
// nowhere more than metres away from where it was. What it keeps it keeps whole
// and in order, the first and the last always; fixes on the grid, which has no
// metres, are all kept.
func SimplifyTrack(fixes []Fix, metres float64) []Fix {
	line := make(orb.LineString, 0, len(fixes))
	var lat float64
	for _, f := range fixes {
		if f.Lat == nil || f.Lon == nil {
			return fixes
		}
		lat += *f.Lat / float64(len(fixes))
	}
	if metres <= 0 || len(fixes) < 3 {
		return fixes
	}
	// On so small a part of the earth a plane does, its degrees as long as here.
	degree := math.Pi / 180 * orb.EarthRadius
	narrow := degree * math.Cos(lat*math.Pi/180)
	for _, f := range fixes {
		line = append(line, orb.Point{*f.Lon * narrow, *f.Lat * degree})
	}
	kept := simplify.DouglasPeucker(metres).LineString(line.Clone())
	simple := make([]Fix, 0, len(kept))
	for i := range line {
		if n := len(simple); n < len(kept)-1 && line[i] == kept[n] {
			simple = append(simple, fixes[i])
		}
	}
	return append(simple, fixes[len(fixes)-1])
}
