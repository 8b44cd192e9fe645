package watch

import (
	"strings"
	"testing"
)

func TestCleanMakesTextHarmless(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Plaza Ñuñoa":                     "Plaza Ñuñoa",
		"N\u0303un\u0303oa":               "Ñuñoa",
		"\x1b[31mred\x1b[0m":              "red",
		"\u009b2Jgone":                    "gone",
		"\x1b]0;title\x07x":               "]0;titlex",
		"two\r\nlines\tand  tabs ":        "two lines and tabs",
		"right\u202eleft\u2066":           "rightleft",
		"a\u200bb\u200d\ufeffc":           "abc",
		"bad \xff\xfe bytes":              "bad \ufffd bytes",
		"e\u0301\u0302\u0303\u0304\u0305": "é\u0302\u0303",
		"\u0301lone":                      "lone",
		"👍🏽 👩‍🍳 ❤️":                       "👍 👩🍳 ❤",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWidthsAndCuts(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{"": 0, "Ñandú": 5, "屋台": 4, "🥟!": 3, "o\u0302\u0323": 1, "…·●": 3, "한국": 4} {
		if got := textWidth(s); got != want {
			t.Errorf("textWidth(%q) = %d, want %d", s, got, want)
		}
	}
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"sopaipilla", 10, "sopaipilla"}, {"sopaipilla", 5, "sopa…"}, {"屋台車", 4, "屋…"}, {"屋台車", 5, "屋台…"},
		{"a", 0, ""}, {"ab", 1, "…"}, {"dos palabras", 5, "dos…"},
	} {
		if got := cut(c.s, c.n); got != c.want {
			t.Errorf("cut(%q, %d) = %q, want %q", c.s, c.n, got, c.want)
		}
	}
	l := line{{"abc", bad}, {"def", good}}
	if got := l.cut(3).render(false); got != "ab…" {
		t.Errorf("a line cut between spans is %q", got)
	}
	if got := l.fit(8).width(); got != 8 {
		t.Errorf("a line fit to 8 is %d wide", got)
	}
	if got := l.render(true); got != "\x1b[1;31mabc\x1b[0m\x1b[32mdef\x1b[0m" {
		t.Errorf("in colours it is %q", got)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]key{
		"q": {keyQuit}, "\x03": {keyQuit}, "\x1b[A\x1b[B": {keyUp, keyDown}, "\x1b[6~": {keyPageDown},
		"jk g": {keyDown, keyUp, keyPageDown, keyHome}, "\x1b[200~q": nil, "x\x1b": nil,
	} {
		got := parseKeys(in)
		if len(got) != len(want) {
			t.Fatalf("parseKeys(%q) = %v, want %v", in, got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("parseKeys(%q) = %v, want %v", in, got, want)
			}
		}
	}
}

func TestNumbersAndSpans(t *testing.T) {
	t.Parallel()
	got := strings.Join([]string{
		spanish.number(1956000), english.number(1956000), spanish.number(-1234), spanish.number(999), spanish.tenths(3.249),
		spanish.counted(1, spanish.sales), spanish.span(-5), spanish.span(59.9e9), spanish.span(3601e9), spanish.span(49 * 3600e9),
	}, "|")
	if want := "1.956.000|1,956,000|-1.234|999|3,2|1 venta|0 s|59 s|1 h|2 d"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
