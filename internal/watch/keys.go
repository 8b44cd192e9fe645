package watch

import (
	"fmt"
	"os"

	"golang.org/x/term"
)

type key int

const (
	keyOther key = iota
	keyQuit
	keyUp
	keyDown
	keyPageUp
	keyPageDown
	keyHome
)

// readKeys reads the keyboard without echo. restore puts the terminal back as it
// was. The reader cannot be woken from its read: it ends with the next key or the
// program. Without a keyboard there are no keys, which is no error.
func readKeys(f *os.File) (keys <-chan key, restore func(), err error) {
	if f == nil || !term.IsTerminal(int(f.Fd())) {
		return nil, func() {}, nil
	}
	before, err := term.MakeRaw(int(f.Fd()))
	if err != nil {
		return nil, nil, fmt.Errorf("watch: keyboard: %w", err)
	}
	pressed, done := make(chan key), make(chan struct{})
	go func() {
		buffer := make([]byte, 64)
		for {
			n, err := f.Read(buffer)
			if err != nil {
				return
			}
			for _, k := range parseKeys(string(buffer[:n])) {
				select {
				case pressed <- k:
				case <-done:
					return
				}
			}
		}
	}()
	return pressed, func() {
		close(done)
		_ = term.Restore(int(f.Fd()), before)
	}, nil
}

var keySequences = map[string]key{
	"\x1b[A": keyUp, "\x1bOA": keyUp, "\x1b[B": keyDown, "\x1bOB": keyDown,
	"\x1b[5~": keyPageUp, "\x1b[6~": keyPageDown, "\x1b[H": keyHome, "\x1b[1~": keyHome, "\x1bOH": keyHome,
}

// parseKeys tells the keys in what one read gave. Raw mode hands over Ctrl-C as a letter.
func parseKeys(s string) (keys []key) {
	for len(s) > 0 {
		if s[0] == '\x1b' {
			end := len(s)
			for known, k := range keySequences {
				if len(known) <= len(s) && s[:len(known)] == known {
					keys, end = append(keys, k), len(known)
				}
			}
			s = s[end:]
			continue
		}
		switch s[0] {
		case 'q', 'Q', '\x03', '\x04':
			keys = append(keys, keyQuit)
		case 'k':
			keys = append(keys, keyUp)
		case 'j':
			keys = append(keys, keyDown)
		case ' ':
			keys = append(keys, keyPageDown)
		case 'g':
			keys = append(keys, keyHome)
		}
		s = s[1:]
	}
	return keys
}
