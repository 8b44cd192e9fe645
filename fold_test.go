package gremio_test

import (
	"testing"

	"gremio"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"El  GUATÓN":              "el guaton",
		"el guaton":               "el guaton",
		" \tEl\u00a0Guato\u0301n": "el guaton",
		"Güero":                   "guero",
		"PEÑA":                    "peña",
		"Pen\u0303a":              "peña",
		"Pena":                    "pena",
		"François Æbelø Straße":   "francois aebelo strasse",
		"O’Higgins":               "o'higgins",
		"李 さん":                    "李 さん",
		"":                        "",
		" \n ":                    "",
		"7":                       "7",
		"ro\u200bsa":              "rosa",
	} {
		if got := gremio.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q; want %q", in, got, want)
		}
	}
}

func TestFoldTwiceIsFoldOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("aAnNñÑ \t\u0301\u0303éßİıſ\u200b")))).Draw(t, "s")
		once := gremio.Fold(s)
		if twice := gremio.Fold(once); twice != once {
			t.Fatalf("Fold(%q) = %q, then %q", s, once, twice)
		}
	})
}
