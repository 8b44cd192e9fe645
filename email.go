package gremio

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"
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
	if !isDomain(domain) {
		return "", errors.New("e-mail has no domain after the @: one with a dot, like example.cl, is accepted")
	}
	return local + "@" + strings.ToLower(domain), nil
}

// isDomain accepts letters of any language: the mail system encodes them.
func isDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	if len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
		for _, r := range label {
			if r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
				return false
			}
		}
	}
	return true
}
