package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gremio"
	"gremio/internal/backup"
	"gremio/internal/store"
)

type restoreCmd struct {
	parts
	File string `arg:"" help:"A file that gremio backup made." type:"existingfile"`
}

// Run unpacks a backup into --data, which may hold a master key and a list of
// erased persons and nothing else. The folder is there as a whole or as it was.
func (c restoreCmd) Run(ctx context.Context) (err error) {
	if !c.isEmbedded() || c.Database != "" {
		return gremio.Errorf(gremio.Invalid, "gremio restore fills --data: leave --kafka and --database out")
	}
	kept, err := c.mayFill()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.Data), 0o750); err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "make the folder above %s", c.Data)
	}
	dir, err := os.MkdirTemp(filepath.Dir(c.Data), ".gremio-restore-")
	if err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "make a folder beside %s", c.Data)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	in, err := os.Open(c.File)
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "open the backup")
	}
	defer in.Close()
	m, err := backup.Read(untilDone{ctx, in}, dir)
	if err != nil {
		return err
	}
	for _, name := range kept {
		if err := keep(filepath.Join(c.Data, name), filepath.Join(dir, name)); err != nil {
			return gremio.Wrap(gremio.Unavailable, err, "keep %s", name)
		}
	}
	told, err := c.examine(ctx, dir)
	if err != nil {
		return err
	}
	if err := c.place(dir); err != nil {
		return gremio.Wrap(gremio.Unavailable, err, "put what was unpacked in the place of %s", c.Data)
	}
	fmt.Printf("%s is as it was on %s: %s\n", c.Data, m.MadeAt.In(gremio.Santiago()).Format("2006-01-02 15:04:05"), told)
	return nil
}

// keepable are what a folder may hold that is filled: no backup has them.
var keepable = []string{"master.key", "erasures.txt"}

func (c restoreCmd) mayFill() (kept []string, err error) {
	entries, err := os.ReadDir(c.Data)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, gremio.Wrap(gremio.Unavailable, err, "look into %s", c.Data)
	}
	for _, e := range entries {
		if !slices.Contains(keepable, e.Name()) {
			return nil, gremio.Errorf(gremio.Conflict, "%s is not empty, it has %s: a restore overwrites nothing. Name another --data, or move this one away", c.Data, e.Name())
		}
		kept = append(kept, e.Name())
	}
	return kept, nil
}

// keep puts the same file, or link, where it is to be: a key that a link in --data
// leads to stays where it is. Only disks without hard links get a copy.
func keep(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600) // place sees that the disk has it
}

// examine looks whether the unpacked database is whole, of a version that this
// gremio knows and under the master key that is there, and takes away whom the
// list of erased persons names.
func (c restoreCmd) examine(ctx context.Context, dir string) (told string, err error) {
	p := c.parts
	p.Data = dir
	s, err := store.Open(p.dsn())
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Sound(ctx); err != nil {
		return "", err
	}
	if err := s.Migrate(ctx); err != nil {
		return "", err
	}
	without := ""
	if exists(p.masterKeyFile()) {
		master, err := p.masterKey(false)
		if err != nil {
			return "", err
		}
		if err := s.BindMasterKey(ctx, master.Hash("fingerprint", "master key")); err != nil {
			return "", err
		}
	} else {
		without = "\nThere is no master key yet: put the guild's own into " + filepath.Join(c.Data, "master.key") + " before anything starts, or name it by --master-key-file"
	}
	if !exists(p.erasures().File) {
		without += "\nThere is no list of erased persons: whoever was erased after the backup is there again. Put the list into " + filepath.Join(c.Data, "erasures.txt") + " before anything starts, or name it by --erasures"
	}
	if err := applyErasures(ctx, s, p, c.logger(os.Stderr)); err != nil {
		return "", err
	}
	members, sales, err := s.Counts(ctx)
	return fmt.Sprintf("%d members, %d sales; what the log has beyond is applied at the start%s", members, sales, without), err
}

// place puts dir where --data is.
func (c restoreCmd) place(dir string) error {
	if err := os.Chmod(dir, 0o750); err != nil {
		return err
	}
	// What it takes the place of is removed then, and may be the only master key.
	if err := syncTree(dir); err != nil {
		return err
	}
	if !exists(c.Data) {
		return errors.Join(os.Rename(dir, c.Data), syncDir(filepath.Dir(c.Data)))
	}
	aside := fmt.Sprintf("%s.before-%d", filepath.Clean(c.Data), time.Now().UnixNano())
	if err := os.Rename(c.Data, aside); err != nil {
		return err
	}
	if err := os.Rename(dir, c.Data); err != nil {
		return errors.Join(err, os.Rename(aside, c.Data))
	}
	return errors.Join(syncDir(filepath.Dir(c.Data)), os.RemoveAll(aside))
}

// syncTree returns once the disk has all files and folders below dir.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() && !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}
