package watch

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// mostEvent bounds one event: a snapshot of ten thousand carts is 3 MB.
const mostEvent = 64 << 20

var errTooLong = errors.New("an event of the live stream is longer than 64 MiB")

// A message is one event of a text/event-stream.
type message struct {
	name string // "message" if the server gave none
	data []byte
}

// A stream reads server-sent events as the HTML standard describes them: lines
// end in CR, LF or both, comments keep the line alive, what is not known is skipped.
type stream struct {
	lines *bufio.Scanner
	alive func()        // called at every line, comments too
	retry time.Duration // what the server last asked for; 0 if nothing
}

func newStream(r io.Reader, alive func()) *stream {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), mostEvent)
	var split lineSplitter
	lines.Split(split.next)
	return &stream{lines: lines, alive: alive}
}

// next returns the next event that has data. The end of the stream is io.EOF,
// and an event that it cuts off is dropped, as the standard wants.
func (s *stream) next() (message, error) {
	m, size, some := message{name: "message"}, 0, false
	for s.lines.Scan() {
		s.alive()
		line := s.lines.Bytes()
		if len(line) == 0 {
			if some {
				return m, nil
			}
			m, size = message{name: "message"}, 0
			continue
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		if size += len(line); size > mostEvent {
			return message{}, errTooLong
		}
		switch string(field) {
		case "event":
			m.name = string(value)
		case "data":
			if some {
				m.data = append(m.data, '\n')
			}
			m.data, some = append(m.data, value...), true
		case "retry":
			if ms, err := strconv.ParseUint(string(value), 10, 31); err == nil {
				s.retry = time.Duration(ms) * time.Millisecond
			}
		}
	}
	if err := s.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return message{}, errTooLong
	} else if err != nil {
		return message{}, fmt.Errorf("live stream: %w", err)
	}
	return message{}, io.EOF
}

// A lineSplitter cuts at CR, LF and CR LF, and drops a byte order mark. A CR is
// answered at once; the LF that may follow it is skipped when it comes.
type lineSplitter struct{ started, afterCR bool }

func (l *lineSplitter) next(data []byte, atEOF bool) (advance int, line []byte, err error) {
	skip := 0
	if !l.started {
		if len(data) < 3 && !atEOF && bytes.HasPrefix([]byte("\ufeff"), data) {
			return 0, nil, nil
		}
		if l.started = true; bytes.HasPrefix(data, []byte("\ufeff")) {
			skip = 3
		}
	}
	if l.afterCR && skip < len(data) {
		if l.afterCR = false; data[skip] == '\n' {
			skip++
		}
	}
	end := bytes.IndexAny(data[skip:], "\r\n")
	if end < 0 {
		if atEOF {
			return len(data), nil, nil // a line without an end is no line
		}
		return skip, nil, nil
	}
	l.afterCR = data[skip+end] == '\r'
	return skip + end + 1, data[skip : skip+end : skip+end], nil
}
