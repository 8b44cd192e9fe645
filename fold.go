package gremio

import (
	"strings"
	"unicode"
)

// Fold returns a key under which two spellings of one name meet: lower case, accents
// away, runs of spaces as one, none at the ends. "El  GUATÓN" and "el guaton" are one
// client. Fold(Fold(s)) is Fold(s).
//
// The ñ stays: it is a letter of its own, Peña and Pena are two families, and two
// clients made one can never be told apart again.
func Fold(s string) string {
	folded := make([]rune, 0, len(s))
	space := false
	for _, r := range s {
		r = unicode.ToLower(r)
		switch {
		case unicode.IsSpace(r):
			space = len(folded) > 0
			continue
		case r == combiningTilde && !space && len(folded) > 0 && folded[len(folded)-1] == 'n':
			folded[len(folded)-1] = 'ñ'
			continue
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
			continue
		}
		if space {
			folded, space = append(folded, ' '), false
		}
		if plain, ok := plainLetters[r]; ok {
			folded = append(folded, []rune(plain)...)
		} else {
			folded = append(folded, r)
		}
	}
	return string(folded)
}

// Some keyboards write the accent as a rune of its own after the letter.
const combiningTilde = '\u0303'

// plainLetters holds the lower case Latin letters with an accent that names in Chile
// are met with; the rest of Unicode folds its case only.
var plainLetters = func() map[rune]string {
	table := make(map[rune]string)
	for plain, accented := range map[string]string{
		"a": "áàâäãåāăąǎ", "c": "çćĉċč", "d": "ďđð", "e": "éèêëēĕėęěẽ", "g": "ĝğġģ",
		"h": "ĥħ", "i": "íìîïĩīĭįıǐ", "j": "ĵ", "k": "ķ", "l": "ĺļľŀł", "n": "ńņňŋ",
		"o": "óòôöõøōŏőǒ", "r": "ŕŗř", "s": "śŝşšș", "t": "ţťŧț", "u": "úùûüũūŭůűųǔ",
		"w": "ŵ", "y": "ýÿŷ", "z": "źżž", "ae": "æ", "oe": "œ", "ss": "ß", "th": "þ",
		"'": "’‘`´",
	} {
		for _, r := range strings.ToLower(accented) {
			table[r] = plain
		}
	}
	return table
}()
