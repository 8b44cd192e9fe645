package gremio

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Plate identifies a cart in every topic and table. It is upper case without
// dots or dashes, so "ab.cd-12" and "ABCD12" are one cart.
//
// It holds 1 to 16 letters A-Z and digits. The legal formats do not decide what
// is a plate, only what is recognised as one: carts without a legal plate work
// under the guild's own code or, with the first clients, under a number.
type Plate string

const maxPlate = 16

// ParsePlate folds what a person or a phone wrote: letters to upper case, and
// spaces, dots and dashes of any kind away. It changes nothing else: an accented
// letter or an Ñ stands on no plate, so it is an error and not another cart.
func ParsePlate(s string) (Plate, error) {
	var folded strings.Builder
	for _, r := range strings.TrimSpace(s) {
		switch {
		case 'a' <= r && r <= 'z':
			folded.WriteRune(r - 'a' + 'A')
		case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			folded.WriteRune(r)
		case r == '.', r == '·', isGap(r), isDash(r):
		default:
			return "", fmt.Errorf("plate holds %s: only letters A to Z, digits, spaces, dots and dashes are accepted", shown(r))
		}
	}
	switch n := folded.Len(); {
	case n == 0:
		return "", errors.New("plate is empty: 1 to 16 letters and digits are accepted")
	case n > maxPlate:
		return "", fmt.Errorf("plate has %d letters and digits: 1 to 16 are accepted", n)
	}
	return Plate(folded.String()), nil
}

// shown names a character. One outside ASCII comes with its number: a Cyrillic А looks
// like the A that is accepted, and some others like nothing.
func shown(r rune) string {
	if r < utf8.RuneSelf {
		return fmt.Sprintf("%q", r)
	}
	return fmt.Sprintf("%q (%U)", r, r)
}

// The formats of Chile: cars AA1000 (1985) and BBBB10 (2007), announced BBBBB1;
// motorcycles AA100, AAA10 and BBBB1; municipal plates of light trailers AAA100.
// The letters B are without vowels. Other letters are reported to be left out of
// the present series; that is not enforced.
var legalPlate = regexp.MustCompile(`^(?:` +
	`[A-Z]{2}[0-9]{3,4}` +
	`|[A-Z]{3}[0-9]{2,3}` +
	`|[B-DF-HJ-NP-TV-Z]{4}[0-9]{1,2}` +
	`|[B-DF-HJ-NP-TV-Z]{5}[0-9]` +
	`)$`)

// Recognised reports whether p has the form of a Chilean plate.
func (p Plate) Recognised() bool { return legalPlate.MatchString(string(p)) }

// isGap reports whether r is a space inside a line: tabs and no-break spaces are,
// line breaks are not, since they stand between two entries and not inside one.
func isGap(r rune) bool { return r == '\t' || unicode.Is(unicode.Zs, r) }

// isDash reports whether r is what keyboards and word processors make of a dash,
// the minus sign included.
func isDash(r rune) bool { return r == '\u2212' || unicode.Is(unicode.Pd, r) }
