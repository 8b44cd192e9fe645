package watch

import (
	"fmt"
	"math"
	"strings"
)

// A section is one list of the screen with its title.
type section struct {
	title  string
	count  int
	words  *words
	titles bool // the first row is the columns' titles
	weight int  // of its claim on rows
	skip   *int // rows scrolled away; nil if it does not scroll
	rows   func(width int) []line
}

func (v *view) sections() []section {
	w, g := v.words, v.guild
	return []section{
		{title: w.carts, count: len(g.carts), words: w, titles: true, weight: 3, skip: v.scroll, rows: v.cartRows},
		{title: w.alerts, count: len(g.alerts), words: w, weight: 2, rows: v.alertRows},
		{title: w.sightings, count: len(g.sightings), words: w, weight: 1, rows: v.sightingRows},
		{title: w.deliveries, count: len(g.deliveries), words: w, weight: 1, rows: v.deliveryRows},
	}
}

var stateMarks = map[string]span{
	"missing": {"✖", bad}, "quiet": {"◐", doubtful}, "live": {"●", good}, "off_shift": {"○", faint},
}

func stateMark(state string) span {
	if m, ok := stateMarks[state]; ok {
		return m
	}
	return span{"?", doubtful}
}

func (v *view) cartRows(width int) []line {
	w := v.words
	cols := []column{
		{title: "  " + w.plate}, {title: w.state}, {title: w.place, drop: 2},
		{title: w.speed, right: true, drop: 3}, {title: w.battery, right: true, drop: 4}, {title: w.heard, right: true, drop: 1},
	}
	for _, c := range v.guild.sorted() {
		mark := stateMark(c.State)
		tint := plain
		if c.State == "off_shift" {
			tint = faint
		}
		for i, cell := range []line{
			{mark, {text: " "}, {cut(clean(c.Plate), 16), tint}}, {{w.stateName(c.State), mark.tone}},
			{{v.placeText(c.place), tint}}, {{v.speedText(c), tint}}, v.batteryText(c.Battery, tint),
			{{v.since(c.HeardAt), tint}},
		} {
			cols[i].cells = append(cols[i].cells, cell)
		}
	}
	return table(width, cols)
}

func (v *view) placeText(p place) string {
	switch {
	case p.Grid != nil:
		return fmt.Sprintf(v.words.grid, p.Grid.X, p.Grid.Y)
	case p.Lat != nil && p.Lon != nil:
		return fmt.Sprintf("%.4f, %.4f", *p.Lat, *p.Lon)
	}
	return "—"
}

// speedText is in km/h, slower than a stroll is standing. Of a cart that is not
// heard it would be news of long ago.
func (v *view) speedText(c cart) string {
	switch {
	case c.Speed == nil, c.State == "missing", c.State == "off_shift":
		return "—"
	case *c.Speed < 0.3:
		return v.words.standing
	}
	return v.words.tenths(*c.Speed*3.6) + " km/h"
}

const lowBattery = 15 // per cent

func (v *view) batteryText(charge *float64, tint tone) line {
	if charge == nil {
		return line{{"—", tint}}
	}
	percent := int(math.Round(*charge * 100))
	if percent < lowBattery {
		return line{{fmt.Sprintf("! %d %%", percent), bad}}
	}
	return line{{fmt.Sprintf("%d %%", percent), tint}}
}

func (v *view) alertRows(width int) []line {
	cols := []column{{}, {}, {right: true, drop: 1}, {drop: 2}}
	for _, a := range v.guild.alerts {
		mark := span{"!", doubtful}
		switch {
		case a.State == "acknowledged":
			mark = span{"✓", faint}
		case a.Severity == "critical":
			mark = span{"✖", bad}
		case a.Severity == "info":
			mark = span{"·", plain}
		}
		kind := name(v.words.kinds, a.Kind)
		if a.Count > 1 {
			kind += " ×" + v.words.number(a.Count)
		}
		cols[0].cells = append(cols[0].cells, line{mark, {text: " "}, {cut(kind, 28), mark.tone}})
		cols[1].cells = append(cols[1].cells, line{{cut(clean(a.Plate), 16), strong}})
		cols[2].cells = append(cols[2].cells, text(v.since(a.RaisedAt)))
		cols[3].cells = append(cols[3].cells, line{{clean(a.Cause), faint}})
	}
	return table(width, cols)[1:]
}

func (v *view) sightingRows(width int) []line {
	cols := []column{{right: true}, {}, {drop: 1}, {drop: 2}}
	for _, s := range v.guild.sightings {
		note := clean(s.Note)
		if note != "" {
			note = "«" + note + "»"
		}
		cols[0].cells = append(cols[0].cells, text(v.since(s.At)))
		cols[1].cells = append(cols[1].cells, text(v.placeText(s.place)))
		cols[2].cells = append(cols[2].cells, line{{cut(clean(s.Plate), 16), strong}})
		cols[3].cells = append(cols[3].cells, text(note))
	}
	return table(width, cols)[1:]
}

func (v *view) deliveryRows(width int) []line {
	cols := []column{{}, {right: true, drop: 2}, {right: true, drop: 1}, {}}
	for _, d := range v.guild.deliveries {
		done, stops := 0, line{}
		for i, s := range d.Stops {
			mark := span{"·", plain}
			switch s.State {
			case "confirmed":
				mark, done = span{"✓", good}, done+1
			case "failed":
				mark = span{"✖", bad}
			}
			lead := strings.Repeat(" ", min(i, 1)*2)
			stops = append(stops, span{text: lead}, mark, span{text: clean(s.Plate)})
		}
		cols[0].cells = append(cols[0].cells, line{{name(v.words.steps, d.State), strong}, {text: fmt.Sprintf(" %d/%d", done, len(d.Stops))}})
		cols[1].cells = append(cols[1].cells, text(v.since(d.PreparedAt)))
		cols[2].cells = append(cols[2].cells, text(v.words.counted(d.TotalUnits, v.words.doughs)))
		cols[3].cells = append(cols[3].cells, stops)
	}
	return table(width, cols)[1:]
}
