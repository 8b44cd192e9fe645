package watch

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// sequences are what steers a terminal; without its escape the rest would be noise in the text.
var sequences = regexp.MustCompile("(?:\x1b\\[|\u009b)[0-?]*[ -/]*[@-~]")

// clean makes text from outside harmless on a terminal and measurable: line
// breaks and tabs become spaces, other controls, directions and joiners go, and
// a letter keeps two marks at most. What is left never steers the terminal.
func clean(s string) string {
	var b strings.Builder
	marks, space := 0, false
	for _, r := range norm.NFC.String(sequences.ReplaceAllString(strings.ToValidUTF8(s, "\ufffd"), "")) {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Variation_Selector), isTone(r):
			continue
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > 2 || b.Len() == 0 {
				continue
			}
		default:
			marks = 0
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isTone reports whether r colours the emoji before it, which terminals measure differently.
func isTone(r rune) bool { return r >= 0x1f3fb && r <= 0x1f3ff }

// columns is how many columns of a terminal a rune takes.
func columns(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r < 0x1100:
		return 1
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// textWidth is the columns that cleaned text takes.
func textWidth(s string) (n int) {
	for _, r := range s {
		n += columns(r)
	}
	return n
}

// cut shortens cleaned text to at most n columns, with an ellipsis for what went.
func cut(s string, n int) string {
	if textWidth(s) <= n {
		return s
	}
	if n <= 0 {
		return ""
	}
	used := 0
	for i, r := range s {
		if used += columns(r); used > n-1 {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}
