package torture

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// mount puts a small disk at dir, for the embedded parts to fill.
func mount(dir string, megabytes int) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	return syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=750", megabytes))
}

func unmount(dir string) { syscall.Unmount(dir, syscall.MNT_DETACH) }

// MayMount tries whether this user can have a disk of its own.
func MayMount(dir string) bool {
	probe := filepath.Join(dir, "probe")
	if mount(probe, 1) != nil {
		return false
	}
	unmount(probe)
	os.Remove(probe)
	return true
}

// fill leaves no byte free on the disk of dir, and returns what frees it again.
func fill(dir string) (free func(), err error) {
	name := filepath.Join(dir, "filler")
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	block := make([]byte, 1<<20)
	for size := len(block); size > 0; {
		if _, err = f.Write(block[:size]); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				break
			}
			size /= 2
			err = nil
		}
	}
	f.Close()
	return func() { os.Remove(name) }, err
}
