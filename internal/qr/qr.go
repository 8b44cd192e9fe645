// Package qr draws QR codes: as SVG for pages, as half blocks for terminals.
package qr

import (
	"strconv"
	"strings"

	"github.com/boombuler/barcode/qr"

	"gremio"
)

// quiet is the width of the white margin that readers need, in modules.
const quiet = 4

// A Code is a QR code with its quiet zone.
type Code struct {
	size int
	dark []bool
}

// Encode returns the code of text. It corrects 15 percent of it, as suits a
// clean screen or a print on a wall.
func Encode(text string) (Code, error) {
	drawn, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return Code{}, gremio.Wrap(gremio.Invalid, err, "a QR code of %d bytes", len(text))
	}
	inner := drawn.Bounds().Dx()
	c := Code{size: inner + 2*quiet}
	c.dark = make([]bool, c.size*c.size)
	for y := range inner {
		for x := range inner {
			r, _, _, _ := drawn.At(x, y).RGBA()
			c.dark[(y+quiet)*c.size+x+quiet] = r == 0
		}
	}
	return c, nil
}

// Size returns the width of the code in modules, its quiet zone included.
func (c Code) Size() int { return c.size }

// Dark reports whether a module is dark; those beside the code are not.
func (c Code) Dark(x, y int) bool {
	return x >= 0 && y >= 0 && x < c.size && y < c.size && c.dark[y*c.size+x]
}

// SVG draws the code black on white, whatever the page is: readers do not know
// inverted ones.
func (c Code) SVG() string {
	size := strconv.Itoa(c.size)
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + size + ` ` + size + `" shape-rendering="crispEdges" role="img" aria-label="QR"><path fill="#fff" d="M0 0h` + size + `v` + size + `H0z"/><path fill="#000" d="`)
	for y := range c.size {
		for x := 0; x < c.size; {
			run := 0
			for c.Dark(x+run, y) {
				run++
			}
			if run > 0 {
				n := strconv.Itoa(run)
				b.WriteString("M" + strconv.Itoa(x) + " " + strconv.Itoa(y) + "h" + n + "v1h-" + n + "z")
			}
			x += run + 1
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}

// Colours of a terminal by number, which no theme changes: black on white.
const (
	blackOnWhite = "\x1b[38;5;16;48;5;231m"
	plain        = "\x1b[0m"
)

// Blocks draws the code for a terminal, two rows of it in a line. Its colours are
// its own, so that it reads alike on dark and light ones.
func (c Code) Blocks() string {
	var b strings.Builder
	for y := 0; y < c.size; y += 2 {
		b.WriteString(blackOnWhite)
		for x := range c.size {
			switch {
			case c.Dark(x, y) && c.Dark(x, y+1):
				b.WriteRune('█')
			case c.Dark(x, y):
				b.WriteRune('▀')
			case c.Dark(x, y+1):
				b.WriteRune('▄')
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteString(plain + "\n")
	}
	return b.String()
}
