package gremio

import (
	"errors"
	"strings"
)

// A Phone is a telephone number in E.164: a plus sign, the country and the number,
// without spaces.
type Phone string

// ParsePhone reads a Chilean number as people write it, with or without +56 and the
// old leading 0, or any other country's number with its plus sign or 00. Since 2016
// every Chilean number has nine digits: 9 XXXX XXXX for mobiles, 2 2XXX XXXX or
// 2 3XXX XXXX in Santiago, two digits of area and seven more elsewhere. Eight digits
// are an older number whose new first digit nobody can know: they are asked for again.
func ParsePhone(s string) (Phone, error) {
	digits, international, err := phoneDigits(s)
	if err != nil {
		return "", err
	}
	switch {
	case international && !strings.HasPrefix(digits, "56"):
		if len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
			return "", errors.New("phone is no international number: + and 7 to 15 digits are accepted")
		}
		return Phone("+" + digits), nil
	case international, strings.HasPrefix(digits, "56") && len(digits) >= 11:
		digits = digits[2:]
	}
	digits = strings.TrimPrefix(digits, "0")
	switch {
	case len(digits) == 8:
		return "", errors.New("phone has eight digits: since 2016 there are nine, a 9 before mobiles, a 2 before Santiago's, two digits of area elsewhere")
	case len(digits) != 9:
		return "", errors.New("phone has a wrong number of digits: nine are accepted, with or without +56, or + and another country's number")
	case !chileanNumber(digits):
		return "", errors.New("phone starts with no Chilean area: 9 for mobiles, 22 or 23 for Santiago and the two digits of other areas are accepted")
	}
	return Phone("+56" + digits), nil
}

// phoneDigits returns the digits of s and whether they start with a country.
func phoneDigits(s string) (digits string, international bool, err error) {
	s = strings.TrimSpace(s)
	s, international = strings.CutPrefix(s, "+")
	var b strings.Builder
	var open, closed bool
	for _, r := range s {
		switch {
		case '0' <= r && r <= '9':
			b.WriteRune(r)
		case r == '(' && !open, r == ')' && open && !closed:
			open, closed = true, r == ')'
		case r == '.', r == '/', isGap(r), isDash(r):
		default:
			return "", false, errors.New("phone holds something else than digits: digits, spaces, dashes, dots, brackets and a + in front are accepted")
		}
	}
	digits = b.String()
	switch {
	case digits == "":
		return "", false, errors.New("phone is empty: nine digits, or + and a country's number are accepted")
	case open != closed:
		return "", false, errors.New("phone has a bracket that is not closed: one pair is accepted, as in (2) 2123 4567")
	}
	// Fewer digits behind a 00 are rather a Chilean number with a zero too many, and
	// whose number that would be nobody can know.
	if rest, ok := strings.CutPrefix(digits, "00"); ok && !international && len(rest) >= 10 {
		return rest, true, nil
	}
	return digits, international, nil
}

// The areas outside Santiago; 44 is that of numbers on the internet.
const chileanAreas = " 32 33 34 35 41 42 43 44 45 51 52 53 55 57 58 61 63 64 65 67 71 72 73 75 "

func chileanNumber(nine string) bool {
	if nine[0] == '9' {
		return true
	}
	area := nine[:2]
	return area == "22" || area == "23" || strings.Contains(chileanAreas, " "+area+" ")
}
