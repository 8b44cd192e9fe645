package gremio

import (
	"slices"
	"strings"
)

// SameName returns a key under which a clerk would call two names one person's. It
// goes further than Fold, which keeps clients apart: Muñoz and Munoz are one, for half
// of all forms and machines write no ñ; so are O'Higgins, O’Higgins and OHiggins,
// María-José and María José, and the ligature of ﬁ and its letters. It is for doubts that
// a person looks at, and decides nothing: Peña and Pena may be two families.
// SameName(SameName(s)) is SameName(s).
func SameName(s string) string {
	return Fold(sameLetters.Replace(Fold(s)))
}

var sameLetters = strings.NewReplacer(
	"ñ", "n", "'", "", "ʼ", "", "ʹ", "", "\"", "", ".", " ", ",", " ",
	"-", " ", "‐", " ", "‑", " ", "‒", " ", "–", " ", "—", " ", "−", " ",
	"ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ĳ", "ij", "ǆ", "dz", "ǉ", "lj", "ǌ", "nj",
	"ª", "a", "º", "o",
)

// SamePerson reports whether two names may be one person's: the same words, whatever
// their order, since lists write "Soto, Rosa" as well as "Rosa Soto".
func (p Personal) SamePerson(q Personal) bool {
	mine := SameWords(p.Name())
	return mine != "" && mine == SameWords(q.Name())
}

// SameWords returns a key under which names of the same words meet, whatever their order.
func SameWords(name string) string {
	words := strings.Fields(SameName(name))
	slices.Sort(words)
	return strings.Join(words, " ")
}
