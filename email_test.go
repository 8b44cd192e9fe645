package gremio_test

import (
	"strings"
	"testing"

	"gremio"
)

func TestParseEmail(t *testing.T) {
	for in, want := range map[string]string{
		"rosa@example.cl":              "rosa@example.cl",
		" Rosa.Soto+pan@EXAMPLE.Cl\n":  "Rosa.Soto+pan@example.cl",
		"josé@correo.cl":               "josé@correo.cl",
		"rosa@ñandú.cl":                "rosa@ñandú.cl",
		"a@b.c":                        "a@b.c",
		"o'higgins@sub.mail-1.example": "o'higgins@sub.mail-1.example",
	} {
		if got, err := gremio.ParseEmail(in); err != nil || got != want {
			t.Errorf("ParseEmail(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestParseEmailRefuses(t *testing.T) {
	for _, in := range []string{
		"", "rosa", "rosa@", "@example.cl", "rosa@localhost", "rosa@@example.cl", "rosa@example.cl@example.cl",
		"Rosa <rosa@example.cl>", "<rosa@example.cl>", "rosa@example.cl (Rosa)", "rosa@example.cl, juan@example.cl",
		"rosa soto@example.cl", `"rosa soto"@example.cl`, `"a@b"@example.cl`, "rosa@[127.0.0.1]", "rosa@.cl", "rosa@example.",
		"rosa@exa..mple.cl", "rosa@-example.cl", "rosa@exa_mple.cl", ".rosa@example.cl", "ro..sa@example.cl",
		"rosa\r\nBcc: x@example.cl", strings.Repeat("a", 245) + "@example.cl",
	} {
		got, err := gremio.ParseEmail(in)
		if err == nil || got != "" {
			t.Errorf("ParseEmail(%q) = %q, %v", in, got, err)
		} else if strings.HasPrefix(in, "rosa@") && strings.Contains(err.Error(), in) && len(in) > len("rosa@") {
			t.Errorf("ParseEmail(%q) repeats the address: %v", in, err)
		}
	}
}
