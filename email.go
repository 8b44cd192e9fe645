package gremio

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxEmail = 254

// ParseEmail returns the address trimmed, its domain in lower case. It checks the
// syntax only; whether anybody reads there, a message must find out. The part before
// the @ is kept as written, because its host decides whether case matters.
func ParseEmail(s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", errors.New("e-mail is empty: an address like name@example.cl is accepted")
	case len(s) > maxEmail:
		return "", errors.New("e-mail is too long: at most 254 characters are accepted")
	case strings.Count(s, "@") != 1:
		return "", errors.New("e-mail must have one @: an address like name@example.cl is accepted")
	}
	address, err := mail.ParseAddress(s)
	if err != nil || address.Address != s {
		return "", errors.New("e-mail is no address: only one like name@example.cl is accepted, without a name or brackets")
	}
	local, domain, _ := strings.Cut(s, "@")
	domain = strings.ToLower(domain)
	switch {
	case !isLocalPart(local):
		return "", errors.New("e-mail has before the @ what nobody can see or type: letters, digits and signs like . _ + - are accepted, 64 characters at most")
	case !isDomain(domain):
		return "", errors.New("e-mail has no domain after the @: one with a dot, like example.cl, is accepted")
	case len(local)+len("@")+len(domain) > maxEmail:
		return "", errors.New("e-mail is too long: at most 254 characters are accepted")
	}
	return local + "@" + domain, nil
}

// SameEmail returns a key under which two spellings of one address meet. Hardly a host
// tells Rosa@ from rosa@, and no office does; letters that bear an accent stay apart.
func SameEmail(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

const (
	maxLocalPart = 64 // of RFC 5321, in bytes
	maxLabel     = 63
)

// isLocalPart accepts letters of any language. ASCII has passed net/mail; beyond it
// there are spaces of no width and letters that show the rest of a line backwards.
func isLocalPart(local string) bool {
	for i, r := range local {
		if r >= utf8.RuneSelf && !isLetterOfAWord(r, i == 0) {
			return false
		}
	}
	return len(local) <= maxLocalPart
}

// isLetterOfAWord reports whether r is a letter or digit, or an accent after one.
// Full-width letters are forms of others, and nobody's own.
func isLetterOfAWord(r rune, first bool) bool {
	if 0xFF00 <= r && r <= 0xFFEF {
		return false
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) && !first && !unicode.Is(unicode.Variation_Selector, r)
}

// isDomain accepts letters of any language: the mail system encodes them. The last
// label is no number, or 10.0.0.1 would be a domain.
func isDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	if len(labels) < 2 || strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > maxLabel || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
		for i, r := range label {
			if r != '-' && !isLetterOfAWord(r, i == 0) {
				return false
			}
		}
	}
	return true
}
