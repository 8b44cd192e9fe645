package watch

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStreamReadsEvents(t *testing.T) {
	t.Parallel()
	type got struct{ Name, Data string }
	for what, c := range map[string]struct {
		stream string
		want   []got
	}{
		"one":                 {"event: change\ndata: {}\n\n", []got{{"change", "{}"}}},
		"comments and ids":    {": hello\nid: 7\nevent: a\n: still here\ndata: 1\n\n: bye\n\n", []got{{"a", "1"}}},
		"several data lines":  {"data: 1\ndata:2\ndata:  3\ndata\n\n", []got{{"message", "1\n2\n 3\n"}}},
		"carriage returns":    {"data: 1\r\rdata: 2\r\n\r\nevent: x\rdata: 3\n\r\n", []got{{"message", "1"}, {"message", "2"}, {"x", "3"}}},
		"byte order mark":     {"\ufeffdata: 1\n\n", []got{{"message", "1"}}},
		"no data, no event":   {"event: a\n\ndata: 1\n\n", []got{{"message", "1"}}},
		"cut off at the end":  {"data: 1\n\ndata: 2\n", []got{{"message", "1"}}},
		"cut off in a line":   {"data: 1\n\ndata: 2", []got{{"message", "1"}}},
		"unknown fields":      {"color: red\ndata: 1\nnonsense\n\n", []got{{"message", "1"}}},
		"nothing":             {"", nil},
		"accents, any chunks": {"data: Ñuñoa 🥟\n\n", []got{{"message", "Ñuñoa 🥟"}}},
	} {
		for how, reader := range map[string]io.Reader{
			"whole": strings.NewReader(c.stream), "a byte a time": iotest.OneByteReader(strings.NewReader(c.stream)),
		} {
			var all []got
			s := newStream(reader, func() {})
			m, err := s.next()
			for ; err == nil; m, err = s.next() {
				all = append(all, got{m.name, string(m.data)})
			}
			if diff := cmp.Diff(c.want, all); diff != "" || !errors.Is(err, io.EOF) {
				t.Errorf("%s, %s: %v\n%s", what, how, err, diff)
			}
		}
	}
}

func TestStreamHearsKeepAlivesAndRetry(t *testing.T) {
	t.Parallel()
	lines := 0
	s := newStream(strings.NewReader(": a\n: b\nretry: 2500\nretry: soon\n"), func() { lines++ })
	if _, err := s.next(); !errors.Is(err, io.EOF) || lines != 4 || s.retry != 2500*time.Millisecond {
		t.Errorf("%v after %d lines, retry %v", err, lines, s.retry)
	}
	broken := newStream(io.MultiReader(strings.NewReader("data: 1\n"), iotest.ErrReader(io.ErrUnexpectedEOF)), func() {})
	if _, err := broken.next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a broken connection is told as %v", err)
	}
}
