package watch

import "strings"

// A tone says what a piece of text means; colour only repeats what a word or a
// symbol beside it says already.
type tone int

const (
	plain tone = iota
	strong
	faint
	good
	doubtful
	bad
)

var toneCodes = [...]string{plain: "", strong: "1", faint: "2", good: "32", doubtful: "33", bad: "1;31"}

// A span is text in one tone.
type span struct {
	text string
	tone tone
}

// A line is what stands in one row of the terminal. Its text is clean.
type line []span

func text(s string) line { return line{{text: s}} }

func (l line) width() (n int) {
	for _, s := range l {
		n += textWidth(s.text)
	}
	return n
}

// fit is the line in exactly n columns: cut, or filled with spaces.
func (l line) fit(n int) line {
	l = l.cut(n)
	if missing := n - l.width(); missing > 0 {
		l = append(l[:len(l):len(l)], span{text: strings.Repeat(" ", missing)})
	}
	return l
}

// cut is the line in at most n columns.
func (l line) cut(n int) line {
	if l.width() <= n {
		return l
	}
	var out line
	for _, s := range l {
		if w := textWidth(s.text); w < n {
			out, n = append(out, s), n-w
			continue
		}
		// Something follows what just fits, so the ellipsis has to say so.
		return append(out, span{cut(s.text+"…", n), s.tone})
	}
	return out
}

// render is the line as written to the terminal, without its end.
func (l line) render(colours bool) string {
	var b strings.Builder
	for _, s := range l {
		if code := toneCodes[s.tone]; colours && code != "" && strings.TrimSpace(s.text) != "" {
			b.WriteString("\x1b[" + code + "m" + s.text + "\x1b[0m")
		} else {
			b.WriteString(s.text)
		}
	}
	return strings.TrimRight(b.String(), " ")
}
