package watch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gremio"
)

// A link is how the screen stands with the server.
type link struct {
	state  linkState
	reason string    // why it is lost
	again  time.Time // when it is tried again
}

type linkState int

const (
	connecting linkState = iota
	connected
	lost
)

// A view is one picture of the guild: what is known, when, and how much room there is.
type view struct {
	guild *guild
	words *words
	link  link
	now   time.Time // this machine's clock, as all that follow
	told  time.Time // when the server's last event came
	heard time.Time // when its last sign of life came
	title string    // the server

	width, height int  // of the terminal; 0 is as much as it takes
	scroll        *int // carts that were scrolled away; put right by drawing
}

const (
	sideBySide = 116 // from this width on the carts stand beside the rest
	roomy      = 10  // lines; with fewer none stays empty
	oldData    = 30 * time.Second
)

// serverNow is the present on the server's clock, so that a clock that is wrong
// here makes no cart look silent.
func (v *view) serverNow() time.Time { return v.guild.at.Add(v.now.Sub(v.told)) }

func (v *view) since(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return v.words.span(v.serverNow().Sub(t))
}

// lines is the whole picture: at most height lines of at most width columns.
func (v *view) lines() []line {
	out := v.header()
	if v.guild.at.IsZero() {
		out = append(out, line{}, line{{v.words.waiting, faint}})
		return v.crop(out)
	}
	room := 0
	if v.height > 0 {
		room = max(v.height-len(out), 1)
	}
	all := v.sections()
	if v.height == 0 || v.width < sideBySide {
		return v.crop(append(out, stack(all, v.width, room)...))
	}
	left := stack(all[:1], 0, room)
	half := 0
	for _, l := range left {
		half = max(half, l.width())
	}
	half = min(half, v.width*3/5)
	left = stack(all[:1], half, room)
	right := stack(all[1:], v.width-half-3, room)
	for i := range max(len(left), len(right)) {
		joined := at(left, i).fit(half)
		joined = append(joined, span{" │ ", faint})
		out = append(out, append(joined, at(right, i)...))
	}
	return v.crop(out)
}

func at(lines []line, i int) line {
	if i < len(lines) {
		return lines[i]
	}
	return line{}
}

func (v *view) crop(lines []line) []line {
	if v.height > 0 && len(lines) > v.height {
		lines = lines[:v.height]
	}
	if v.width > 0 {
		for i := range lines {
			lines[i] = lines[i].cut(v.width)
		}
	}
	return lines
}

// top is the server, its clock and the link; the server's name and the date
// leave first when room is short.
func (v *view) top() line {
	brand, host := span{"gremio", strong}, span{" " + clean(v.title), faint}
	choices := []line{{brand, host}, {brand}}
	if !v.guild.at.IsZero() {
		local := v.serverNow().In(gremio.Santiago())
		date, clock := span{text: "  " + v.words.date(local)}, span{local.Format(" " + time.TimeOnly), strong}
		choices = []line{{brand, host, date, clock}, {brand, date, clock}, {brand, clock}, {clock}}
	}
	right := v.linkLine()
	for _, left := range choices {
		if between := v.width - left.width() - right.width(); v.width == 0 || between >= 2 {
			return slices.Concat(left, text("").fit(max(between, 2)), right)
		}
	}
	return right.cut(v.width)
}

// header is the top, the carts by state and the day's totals.
func (v *view) header() []line {
	w, g := v.words, v.guild
	out := []line{v.top()}
	if g.at.IsZero() {
		return out
	}
	var carts []line
	for _, state := range cartStates {
		n := g.count(state)
		what := w.states[state]
		mark := stateMark(state)
		if n == 0 {
			mark.tone = faint
		}
		carts = append(carts, line{mark, {" " + w.counted(n, [2]string{what[1], what[2]}), mark.tone}})
	}
	t := g.totals
	label := w.today
	if t.Day != "" && t.Day != v.serverNow().In(gremio.Santiago()).Format(time.DateOnly) {
		label = clean(t.Day)
	}
	day := []line{
		{{label + "  ", faint}, {w.counted(t.Sales, w.sales), strong}}, {{w.counted(t.Units, w.units), strong}},
		text(w.counted(t.Clients, w.clients)),
	}
	if t.Sales > 0 {
		day = append(day, text(fmt.Sprintf(w.perSale, w.tenths(t.Mean))))
	}
	if t.Takings != nil {
		day = append(day, text("$"+w.number(int(*t.Takings))))
	}
	out = append(out, v.join(carts, "   "), v.join(day, " · "))
	if v.height > 0 && v.height < roomy {
		return out
	}
	return append(out, line{})
}

// join puts as many parts in a row as fit.
func (v *view) join(parts []line, between string) line {
	out := parts[0]
	for _, p := range parts[1:] {
		longer := append(append(out[:len(out):len(out)], span{between, faint}), p...)
		if v.width > 0 && longer.width() > v.width {
			break
		}
		out = longer
	}
	return out
}

func (v *view) linkLine() line {
	w := v.words
	age := ""
	if !v.heard.IsZero() {
		age = fmt.Sprintf(w.ago, w.span(v.now.Sub(v.heard)))
	}
	switch v.link.state {
	case connected:
		if v.now.Sub(v.heard) > oldData {
			return line{{"◐ " + w.live + " · " + age, doubtful}}
		}
		return line{{"● " + w.live, good}, {" · " + age, faint}}
	case lost:
		parts := []string{"✖ " + w.lost}
		if age != "" {
			parts = append(parts, age)
		}
		if v.link.reason != "" {
			parts = append(parts, clean(v.link.reason))
		}
		wait := max(v.link.again.Sub(v.now)+time.Second-1, 0)
		return line{{strings.Join(append(parts, w.again+" "+w.span(wait)), " · "), bad}}
	}
	return line{{"◐ " + w.connecting, doubtful}}
}
