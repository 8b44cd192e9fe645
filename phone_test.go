package gremio_test

import (
	"regexp"
	"strings"
	"testing"

	"gremio"

	"pgregory.net/rapid"
)

func TestParsePhone(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"+56 9 1234 5678", "+56912345678"},
		{"+56912345678", "+56912345678"},
		{"56912345678", "+56912345678"},
		{"0056 9 1234 5678", "+56912345678"},
		{"912345678", "+56912345678"},
		{"9 1234-5678", "+56912345678"},
		{"09 1234 5678", "+56912345678"},
		{"+56 (09) 1234 5678", "+56912345678"},
		{"(2) 2123 4567", "+56221234567"},
		{"02 2123 4567", "+56221234567"},
		{"2 3210 4567", "+56232104567"},
		{"+56 32 212 3456", "+56322123456"},
		{"45 2212345", "+56452212345"},
		{"569 1234\u00a05678", "+56912345678"},
		{"+54 9 11 1234 5678", "+5491112345678"},
		{"0051 987 654 321", "+51987654321"},
		{"+1 (212) 555-0100", "+12125550100"},
	} {
		if got, err := gremio.ParsePhone(test.in); err != nil || string(got) != test.want {
			t.Errorf("ParsePhone(%q) = %q, %v; want %q", test.in, got, err, test.want)
		}
	}
}

func TestParsePhoneRefuses(t *testing.T) {
	for _, test := range []struct{ in, says string }{
		{"", "empty"},
		{"+", "empty"},
		{"1234 5678", "eight digits"},
		{"09 123 4567", "eight digits"},
		{"+56 2 123 4567", "eight digits"},
		{"+56 9 1234 567", "eight digits"},
		{"91234567 8 9", "wrong number of digits"},
		{"133", "wrong number of digits"},
		{"+56", "wrong number of digits"},
		{"600 123 456", "no Chilean area"},
		{"800 123 456", "no Chilean area"},
		{"2 1234 5678", "no Chilean area"},
		{"9 1234 5678 casa", "something else"},
		{"+56 9 1234 5678 / +56 9 8765 4321", "something else"},
		{"9１2345678", "something else"},
		{"+0 123 456 789", "international"},
		{"+54 123", "international"},
		{"+5412345678901234", "international"},
	} {
		got, err := gremio.ParsePhone(test.in)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("ParsePhone(%q) = %q, %v; want an error with %q", test.in, got, err, test.says)
		}
	}
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

func TestPhoneIsE164AndStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`\+?(00)?(56)?0?[ 0-9().-]{0,14}`).Draw(t, "text")
		phone, err := gremio.ParsePhone(text)
		if err != nil {
			return
		}
		if !e164.MatchString(string(phone)) {
			t.Fatalf("ParsePhone(%q) = %q", text, phone)
		}
		if again, err := gremio.ParsePhone(string(phone)); err != nil || again != phone {
			t.Fatalf("ParsePhone(%q) = %q, %v", phone, again, err)
		}
	})
}
