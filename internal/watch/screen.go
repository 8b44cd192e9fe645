package watch

import (
	"io"
	"strings"
)

// What a terminal is told. Lines are not wrapped, so that a rune that it takes
// for wider than we do shifts one row and not the whole screen.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J"
	leaveScreen = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
	beginFrame  = "\x1b[?2026h\x1b[H" // shown at once by terminals that know how
	endFrame    = "\x1b[J\x1b[?2026l"
	clearToEnd  = "\x1b[K"
)

// A screen is the terminal's alternate screen. It is written only when something changed.
type screen struct {
	out     io.Writer
	colours bool
	last    string
	size    [2]int // of the last picture
}

func (s *screen) enter() error {
	_, err := io.WriteString(s.out, enterScreen)
	return err
}

func (s *screen) leave() { io.WriteString(s.out, leaveScreen) }

// paint replaces the picture in one write.
func (s *screen) paint(v *view) error {
	var b strings.Builder
	b.WriteString(beginFrame)
	for i, l := range v.lines() {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(l.render(s.colours))
		// In the last column the cursor stands on the last letter, which clearing would eat.
		if l.width() < v.width {
			b.WriteString(clearToEnd)
		}
	}
	b.WriteString(endFrame)
	frame := b.String()
	size := [2]int{v.width, v.height} // a terminal that was resized may have lost what it showed
	if frame == s.last && size == s.size {
		return nil
	}
	s.last, s.size = frame, size
	_, err := io.WriteString(s.out, frame)
	return err
}
