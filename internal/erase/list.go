// Package erase keeps the list of erased persons outside every backup, and
// applies it to a database that a backup has brought back.
package erase

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gremio"
)

// A Store is the database as far as erasing needs it.
type Store interface {
	// ErasePersons takes away what no worker keeps of each, and returns how many
	// of them still were somebody.
	ErasePersons(ctx context.Context, persons []gremio.Erasure) (int, error)
	// Erased returns everybody who is erased there.
	Erased(ctx context.Context) ([]gremio.Erasure, error)
}

// Apply takes away the keys, the accounts and the words of everybody on the list,
// which a backup may have brought back, and returns how many it found. It comes
// before anything of the database is shown to anybody.
func (l List) Apply(ctx context.Context, s Store) (erased int, err error) {
	listed, err := l.Read()
	if err != nil || len(listed) == 0 {
		return 0, err
	}
	return s.ErasePersons(ctx, listed)
}

// Complete puts on the list who is erased in the database and not on it, as when
// the list was lost, and returns how many that were.
func (l List) Complete(ctx context.Context, s Store) (added int, err error) {
	erased, err := s.Erased(ctx)
	if err != nil {
		return 0, err
	}
	listed, err := l.Read()
	if err != nil {
		return 0, err
	}
	has := map[string]bool{}
	for _, e := range listed {
		has[e.Person] = true
	}
	for _, e := range erased {
		if has[e.Person] {
			continue
		}
		if err := l.Add(e); err != nil {
			return added, err
		}
		added++
	}
	return added, nil
}

// Check reports why the list could not be added to, nil when it can be.
func (l List) Check() error {
	_, missing := os.Stat(l.File)
	f, err := os.OpenFile(l.File, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err == nil && errors.Is(missing, os.ErrNotExist) {
		err = os.Remove(l.File) // whoever asks may be another user than who runs gremio
	}
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "the list of erased persons cannot be written: whoever asks to be forgotten would wait. Make its folder, or mount its disk, or name another by --erasures")
	}
	return nil
}

// A List is a file to which erased persons are added, a line each. Several
// processes may share it.
type List struct{ File string }

// Add puts e on the list, if it is not there, and returns once the disk has it.
func (l List) Add(e gremio.Erasure) error {
	listed, err := l.Read()
	if err != nil {
		return err
	}
	for _, other := range listed {
		if other.Person == e.Person && !slices.ContainsFunc(e.Users, func(u string) bool { return !slices.Contains(other.Users, u) }) {
			return nil
		}
	}
	if err := l.add(e); err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "note an erased person in %s", l.File)
	}
	return nil
}

func (l List) add(e gremio.Erasure) (err error) {
	f, err := os.OpenFile(l.File, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	line := fmt.Sprintf("%s\t%s\t%s\t%s\t.\n", e.At.UTC().Format(time.RFC3339Nano), quoted(e.Application), quoted(e.Person), quoted(strings.Join(e.Users, " ")))
	if whole, err := endsWhole(f); err != nil {
		return err
	} else if !whole {
		line = "\n" + line // what a power cut left in the middle must not be taken for another person's
	}
	if _, err := f.WriteString(line); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(l.File))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// endsWhole reports whether the last line of f is ended.
func endsWhole(f *os.File) (bool, error) {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil || end == 0 {
		return true, err
	}
	last := make([]byte, 1)
	_, err = f.ReadAt(last, end-1)
	return last[0] == '\n', err
}

// Read returns the list, none when there is no file. A line that is not whole
// is passed over: whoever wrote it was not told that it is done.
func (l List) Read() ([]gremio.Erasure, error) {
	text, err := os.ReadFile(l.File)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, gremio.Wrap(gremio.Unavailable, err, "read the list of erased persons")
	}
	var all []gremio.Erasure
	for line := range strings.Lines(string(text)) {
		if e, ok := parse(line); ok {
			all = append(all, e)
		}
	}
	return all, nil
}

func parse(line string) (gremio.Erasure, bool) {
	whole, ended := strings.CutSuffix(line, "\n")
	fields := strings.Split(whole, "\t")
	if !ended || len(fields) != 5 || fields[4] != "." {
		return gremio.Erasure{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, fields[0])
	e := gremio.Erasure{At: gremio.Instant(at), Application: unquoted(fields[1]), Person: unquoted(fields[2]), Users: strings.Fields(unquoted(fields[3]))}
	return e, err == nil && e.Person != ""
}

// Clients may name applications as they like.
var (
	quote   = strings.NewReplacer("%", "%25", "\t", "%09", "\n", "%0A", "\r", "%0D")
	unquote = strings.NewReplacer("%09", "\t", "%0A", "\n", "%0D", "\r", "%25", "%")
)

func quoted(s string) string   { return quote.Replace(s) }
func unquoted(s string) string { return unquote.Replace(s) }
