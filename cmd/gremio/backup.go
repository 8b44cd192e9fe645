package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gremio"
	"gremio/internal/backup"
	"gremio/internal/store"
)

type backupCmd struct {
	parts
	File string `arg:"" help:"File to write; it must not be there yet." type:"path"`
}

// Run writes the embedded parts into one file while everything goes on.
//
// The database is copied first and the log after it. So the log has at least what
// the database has applied, and whoever restores the two goes on from there: what
// the log has more is applied then, as after a worker that was killed. What the
// groups have committed is older than both, see copyGroups.
func (c backupCmd) Run(ctx context.Context) (err error) {
	if err := c.parts.onlyEmbedded("backup"); err != nil {
		return err
	}
	if err := c.mustExist(); err != nil {
		return err
	}
	if exists(c.File) {
		return gremio.Errorf(gremio.Conflict, "%s is there already: a backup overwrites nothing", c.File)
	}
	began := time.Now()
	dir, err := os.MkdirTemp(filepath.Dir(c.File), ".gremio-backup-")
	if err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "make a folder beside the backup")
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := c.copyGroups(filepath.Join(dir, "groups")); err != nil {
		return err
	}
	copied := filepath.Join(dir, databaseFile)
	if err := c.copyDatabase(ctx, copied); err != nil {
		return err
	}
	sources, total, err := c.logFiles(filepath.Join(dir, "groups"))
	if err != nil {
		return err
	}
	sources = append([]backup.Source{{Name: databaseFile, Path: copied}}, sources...)
	if info, err := os.Stat(copied); err == nil {
		total += info.Size()
	}
	m, err := c.write(ctx, filepath.Join(dir, "archive"), sources, total)
	if err != nil {
		return err
	}
	c.tell(m, time.Since(began))
	return nil
}

// databaseFile and brokerFolder are what an archive calls its parts, as --data does.
const (
	databaseFile = "gremio.db"
	brokerFolder = "broker"
)

// onlyEmbedded refuses parts that have tools of their own.
func (p parts) onlyEmbedded(what string) error {
	if !p.isEmbedded() || !strings.HasPrefix(p.dsn(), "sqlite:") {
		return gremio.Errorf(gremio.Invalid, "gremio %s is for the embedded broker and SQLite: MariaDB and Kafka have tools of their own, and the database goes first (docs/operating.md, Backups)", what)
	}
	return nil
}

// groupsFile is where the broker keeps what its groups have committed.
const groupsFile = "log/groups.log"

// copyGroups copies what the groups have committed, before the database is. The
// broker drops expired records up to there (kafka.Log.DropExpired): behind a
// commit that is ahead of the database a worker would not find what it has to
// read, if the backup is restored when it is older than a topic's retention.
func (c backupCmd) copyGroups(to string) error {
	text, err := os.ReadFile(filepath.Join(c.brokerDir(), filepath.FromSlash(groupsFile)))
	if err == nil {
		err = os.WriteFile(to, text, 0o600)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return gremio.Wrap(gremio.Unavailable, err, "copy what the groups have committed")
	}
	return nil // what is not there is left out
}

func (c backupCmd) copyDatabase(ctx context.Context, to string) error {
	s, err := store.Open(c.dsn())
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.CopyTo(ctx, to); err != nil {
		return err
	}
	return os.Chmod(to, 0o600)
}

// logFiles returns what of the broker's folder a backup needs, with groups in the
// place of its file of the groups, and its size. The
// files are listed before any is read: a segment that is followed by another is
// never written again.
func (c backupCmd) logFiles(groups string) (sources []backup.Source, total int64, err error) {
	root := c.brokerDir()
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) && name != root {
			return nil // deleted since its folder was read: too old
		}
		if err != nil || d.IsDir() {
			return err
		}
		below, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if filepath.Dir(below) == "." && below != "cluster-id" || strings.HasSuffix(below, ".tmp") {
			return nil // where it listens, and what is half written
		}
		if info, err := d.Info(); err == nil {
			total += info.Size()
		}
		if filepath.ToSlash(below) == groupsFile {
			name = groups
		}
		sources = append(sources, backup.Source{Name: filepath.ToSlash(filepath.Join(brokerFolder, below)), Path: name})
		return nil
	})
	if err != nil {
		return nil, 0, gremio.Wrap(gremio.Unavailable, err, "list the log")
	}
	return sources, total, nil
}

// write makes the archive and gives it its name once the disk has all of it.
func (c backupCmd) write(ctx context.Context, temporary string, sources []backup.Source, total int64) (m backup.Manifest, err error) {
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return m, gremio.Wrap(gremio.Unavailable, err, "write the backup")
	}
	show, end := progressOf("backup", "bytes")
	m, err = backup.Write(untilDone{ctx, f}, sources, version, time.Now(), func(done int64) { show(done, total) })
	end()
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return m, gremio.Wrap(gremio.Unavailable, err, "write the backup")
	}
	if err := name(temporary, c.File); err != nil {
		return m, gremio.Wrap(gremio.Unavailable, err, "name the backup")
	}
	return m, syncDir(filepath.Dir(c.File))
}

// An untilDone is a file whose reader or writer is told to stop when ctx ends, so
// that an interrupted backup or restore is not carried to its end.
type untilDone struct {
	ctx context.Context
	*os.File
}

func (f untilDone) Write(b []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.Write(b)
}

func (f untilDone) Read(b []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.Read(b)
}

// name gives temporary its name and overwrites nothing, as a rename would. Disks
// without hard links, such as most USB sticks, have the name reserved first.
func name(temporary, file string) error {
	err := os.Link(temporary, file)
	if err == nil || errors.Is(err, os.ErrExist) {
		return err
	}
	return reserve(temporary, file)
}

func reserve(temporary, file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(temporary, file); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	return nil
}

func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

func (c backupCmd) tell(m backup.Manifest, took time.Duration) {
	var size int64
	for _, f := range m.Files {
		size += f.Size
	}
	packed := int64(0)
	if info, err := os.Stat(c.File); err == nil {
		packed = info.Size()
	}
	fmt.Printf("%s: %d files, %.1f MB packed into %.1f MB in %s\n", c.File, len(m.Files), float64(size)/1e6, float64(packed)/1e6, took.Round(time.Millisecond))
	fmt.Printf("It has neither the master key (%s), without which no name in it can be read: keep a copy of that key elsewhere;\n", c.masterKeyFile())
	fmt.Printf("nor the list of erased persons (%s), which takes them away again after a restore.\n", c.erasures().File)
}
