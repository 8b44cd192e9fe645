package gremio

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A RUT is a Chilean tax and identity number whose check digit is right. It is
// personal data: it logs itself masked, its errors never repeat it, and it is
// never a key of a record. The zero RUT is none and prints as nothing.
type RUT struct {
	body uint32
	dv   byte
}

// ErrRUTMalformed and ErrRUTCheckDigit are what ParseRUT answers, wrapped in what
// exactly was wrong: text that is no RUT at all, or one with a slip of the finger.
var (
	ErrRUTMalformed  = errors.New("rut is malformed")
	ErrRUTCheckDigit = errors.New("rut has a wrong check digit")
)

const maxRUTDigits = 8

// ParseRUT reads "12.345.678-5" and "12345678-5", and a check digit that spaces set
// apart, "12.345.678 5" and "12 345 678 K". Either a dash or spaces must stand before
// it, since 12000006 is both 1200000-6 and the body of 12000006-3. Before a dash dots
// and spaces may stand between any digits; where there is no dash the digits must be
// in one piece or in exact groups of three, so that the last space can only be the one
// before the check digit. Leading zeros are dropped, and no length is too short: real
// numbers of five digits exist.
func ParseRUT(s string) (RUT, error) {
	body, check, err := splitRUT(strings.TrimSpace(s))
	if err != nil {
		return RUT{}, err
	}
	number, err := rutBody(body)
	if err != nil {
		return RUT{}, err
	}
	if check != checkDigit(number) {
		return RUT{}, fmt.Errorf("%w: it does not fit the digits before it", ErrRUTCheckDigit)
	}
	return RUT{body: number, dv: check}, nil
}

// ParseRUTApart reads a number and a check digit that stand in fields of their own,
// as many lists keep them. A number that brings its own check digit must bring the
// same one.
func ParseRUTApart(body, check string) (RUT, error) {
	body, check = strings.TrimSpace(body), strings.TrimSpace(check)
	if strings.ContainsFunc(body, isDash) {
		rut, err := ParseRUT(body)
		if err == nil && strings.ToUpper(check) != string(rune(rut.dv)) {
			return RUT{}, malformedRUT("the check digit is given twice, and they differ")
		}
		return rut, err
	}
	return ParseRUT(body + "-" + check)
}

// splitRUT returns the digits before the check digit, and the check digit: behind the
// only dash, or behind the last spaces when there is no dash.
func splitRUT(s string) (body string, check byte, err error) {
	after := ""
	if dash := strings.IndexFunc(s, isDash); dash >= 0 {
		_, width := utf8.DecodeRuneInString(s[dash:])
		body, after = strings.TrimRightFunc(s[:dash], isGap), strings.TrimLeftFunc(s[dash+width:], isGap)
	} else {
		gap := strings.LastIndexFunc(s, isGap)
		if gap < 0 {
			return "", 0, malformedRUT("no dash before the check digit: 12345678-5 or 12.345.678-5 is accepted")
		}
		_, width := utf8.DecodeRuneInString(s[gap:])
		body, after = strings.TrimRightFunc(s[:gap], isGap), s[gap+width:]
		if !inOnePieceOrThrees(body) {
			return "", 0, malformedRUT("no dash before the check digit, and spaces do not show which it is: 12345678-5 or 12.345.678-5 is accepted")
		}
	}
	if len(after) == 1 {
		switch c := after[0]; {
		case '0' <= c && c <= '9', c == 'K':
			return body, c, nil
		case c == 'k':
			return body, 'K', nil
		}
	}
	return "", 0, malformedRUT("one check digit, 0 to 9 or K, is accepted after the dash")
}

// inOnePieceOrThrees reports whether digits stand together, or in groups of three
// from the right that one kind of separator keeps apart: dots, or single spaces.
func inOnePieceOrThrees(s string) bool {
	groups := []string{s}
	if strings.Contains(s, ".") {
		groups = strings.Split(s, ".")
	} else if strings.ContainsFunc(s, isGap) {
		groups = strings.Split(strings.Map(func(r rune) rune {
			if isGap(r) {
				return ' '
			}
			return r
		}, s), " ")
	}
	for i, g := range groups {
		if g == "" || len(groups) > 1 && (i > 0 && len(g) != 3 || len(g) > 3) || strings.Trim(g, "0123456789") != "" {
			return false
		}
	}
	return true
}

// rutBody reads the digits before the check digit. One dot may stand between two
// digits, with or without spaces.
func rutBody(body string) (uint32, error) {
	number, digits, dot := uint32(0), 0, true
	for _, r := range body {
		switch {
		case r == '.' && dot:
			return 0, malformedRUT("a dot stands between two digits only")
		case r == '.':
			dot = true
			continue
		case isGap(r):
			continue
		case r < '0' || r > '9':
			return 0, malformedRUT("only digits and dots are accepted before the dash")
		}
		dot = false
		if r != '0' || digits > 0 {
			digits++
		}
		if digits > maxRUTDigits {
			return 0, malformedRUT("more than 8 digits before the dash")
		}
		number = number*10 + uint32(r-'0')
	}
	if number == 0 {
		return 0, malformedRUT("no number before the dash: 1 to 8 digits are accepted")
	}
	if dot {
		return 0, malformedRUT("a dot stands between two digits only")
	}
	return number, nil
}

func malformedRUT(what string) error { return fmt.Errorf("%w: %s", ErrRUTMalformed, what) }

// checkDigit is modulus 11: the digits from the right times 2, 3, 4, 5, 6, 7, 2, ...
// A rest of 0 gives '0' and a rest of 1 gives 'K'.
func checkDigit(body uint32) byte {
	sum, factor := uint32(0), uint32(2)
	for ; body > 0; body /= 10 {
		sum += body % 10 * factor
		if factor++; factor > 7 {
			factor = 2
		}
	}
	return "0K987654321"[sum%11]
}

// IsZero reports whether r is none.
func (r RUT) IsZero() bool { return r.body == 0 }

// String returns the form to store: "12345678-5".
func (r RUT) String() string {
	if r.IsZero() {
		return ""
	}
	return strconv.FormatUint(uint64(r.body), 10) + "-" + string(rune(r.dv))
}

// Dotted returns the form to show to its owner and to the office: "12.345.678-5".
func (r RUT) Dotted() string {
	s := r.String()
	if s == "" {
		return ""
	}
	for i := len(s) - 2 - 3; i > 0; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s
}

// Masked returns the form for logs: the last two digits before the dash, which tell
// two people of one log apart and find nobody. The check digit would give a third
// digit away, and of a short number nothing is shown.
func (r RUT) Masked() string {
	switch {
	case r.IsZero():
		return ""
	case r.body < 100_000:
		return "********-*"
	}
	return fmt.Sprintf("******%02d-*", r.body%100)
}

// LogValue masks r wherever log/slog writes it.
func (r RUT) LogValue() slog.Value { return slog.StringValue(r.Masked()) }

// Repeated reports whether all digits are the same, as in 11111111-1: the check
// digit fits, and still it is what people type to get past a form.
func (r RUT) Repeated() bool {
	body := strconv.FormatUint(uint64(r.body), 10)
	return len(body) > 1 && strings.Count(body, body[:1]) == len(body)
}

// MarshalText returns the form to store.
func (r RUT) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what ParseRUT reads; nothing gives the zero RUT.
func (r *RUT) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*r = RUT{}
		return nil
	}
	parsed, err := ParseRUT(string(text))
	if err != nil {
		return err
	}
	*r = parsed
	return nil
}
