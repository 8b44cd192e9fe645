// Package backup writes the embedded parts of a guild into one file, and unpacks
// such a file once all of it is found to be whole.
package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"gremio"
)

// Format is the version of the archive: a gzipped tar of the files, and behind
// them the manifest.
const Format = 1

const manifestName = "manifest.json"

// A Manifest says what an archive holds. It stands behind the files, so that an
// archive that was cut off has none.
type Manifest struct {
	Format int       `json:"format"`
	Gremio string    `json:"gremio"` // the version that made it
	MadeAt time.Time `json:"made_at"`
	Files  []File    `json:"files"`
}

// A File is one of the archive.
type File struct {
	Name   string `json:"name"` // slashes, below the data folder
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// A Source is a file to be put into an archive.
type Source struct {
	Name string // in the archive
	Path string
}

// Write puts sources into an archive, in their order, and returns its manifest.
// A file that grows meanwhile is taken as long as it was when its turn came; one
// that is gone by then is left out. show is told how many bytes are done.
func Write(w io.Writer, sources []Source, version string, now time.Time, show func(done int64)) (Manifest, error) {
	m := Manifest{Format: Format, Gremio: version, MadeAt: now.UTC()}
	packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed) // most of it is sealed and compresses no better
	if err != nil {
		return m, gremio.Wrap(gremio.Internal, err, "compress")
	}
	out := tar.NewWriter(packed)
	var done int64
	for _, s := range sources {
		f, err := add(out, s, now)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return m, gremio.Wrap(gremio.Unavailable, err, "put %s into the backup", s.Name)
		}
		m.Files = append(m.Files, f)
		done += f.Size
		show(done)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err == nil {
		err = out.WriteHeader(header(manifestName, int64(len(text)), now))
	}
	if err == nil {
		_, err = out.Write(text)
	}
	if err = errors.Join(err, out.Close(), packed.Close()); err != nil {
		return m, gremio.Wrap(gremio.Unavailable, err, "end the backup")
	}
	return m, nil
}

func header(name string, size int64, now time.Time) *tar.Header {
	return &tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: now, Typeflag: tar.TypeReg}
}

func add(out *tar.Writer, s Source, now time.Time) (File, error) {
	f := File{Name: s.Name}
	in, err := os.Open(s.Path)
	if err != nil {
		return f, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return f, err
	}
	f.Size = info.Size()
	if err := out.WriteHeader(header(s.Name, f.Size, now)); err != nil {
		return f, err
	}
	sum := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(out, sum), in, f.Size); err != nil {
		return f, err
	}
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return f, nil
}

// Read unpacks an archive into dir, which must be empty, and returns its manifest
// when every file is there as the manifest says, and no other. What stands in dir
// after an error is of no use.
func Read(r io.Reader, dir string) (Manifest, error) {
	var m Manifest
	packed, err := gzip.NewReader(r)
	if err != nil {
		return m, gremio.Errorf(gremio.Invalid, "this is no backup of gremio: it is no gzip file")
	}
	in, found := tar.NewReader(packed), map[string]File{}
	for m.Format == 0 {
		h, err := in.Next()
		if err == io.EOF {
			return m, gremio.Errorf(gremio.Invalid, "the backup has no manifest: it was cut off, or gremio did not make it")
		}
		if err != nil {
			return m, damaged(err)
		}
		if h.Name == manifestName {
			if err := json.NewDecoder(in).Decode(&m); err != nil {
				return m, damaged(err)
			}
			break
		}
		if _, twice := found[h.Name]; twice {
			return m, gremio.Errorf(gremio.Invalid, "the backup has %s twice", h.Name)
		}
		f, err := unpack(in, h, dir)
		if err != nil {
			return m, err
		}
		found[f.Name] = f
	}
	// The checksum of the whole stands at its end.
	if _, err := io.Copy(io.Discard, packed); err != nil {
		return m, damaged(err)
	}
	return m, m.check(found)
}

// damaged says what an error of reading means: that the archive is not as it was
// written, unless the disk failed or somebody broke it off.
func damaged(err error) error {
	var path *os.PathError
	if errors.As(err, &path) || errors.Is(err, context.Canceled) {
		return gremio.Wrap(gremio.Unavailable, err, "read the backup")
	}
	return gremio.Wrap(gremio.Invalid, err, "the backup is damaged")
}

// A source tells what failed while it was read from what failed in writing.
type source struct {
	io.Reader
	failed error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if err != nil && err != io.EOF {
		s.failed = err
	}
	return n, err
}

// check compares what was found with what the manifest says.
func (m Manifest) check(found map[string]File) error {
	if m.Format != Format {
		return gremio.Errorf(gremio.Invalid, "the backup has format %d, and this gremio reads %d: use the version that made it, %s", m.Format, Format, m.Gremio)
	}
	for _, f := range m.Files {
		if found[f.Name] != f {
			return gremio.Errorf(gremio.Invalid, "the backup is damaged: %s is not as the manifest says", f.Name)
		}
		delete(found, f.Name)
	}
	for name := range found {
		return gremio.Errorf(gremio.Invalid, "the backup is damaged: its manifest does not know %s", name)
	}
	return nil
}

func unpack(in io.Reader, h *tar.Header, dir string) (File, error) {
	f := File{Name: h.Name, Size: h.Size}
	if h.Typeflag != tar.TypeReg || !filepath.IsLocal(filepath.FromSlash(h.Name)) || path.Clean(h.Name) != h.Name || strings.Contains(h.Name, `\`) {
		return f, gremio.Errorf(gremio.Invalid, "the backup has %q, which gremio would not have put there", h.Name)
	}
	name := filepath.Join(dir, filepath.FromSlash(h.Name))
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return f, gremio.Wrap(gremio.Unavailable, err, "unpack the backup")
	}
	out, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return f, gremio.Wrap(gremio.Unavailable, err, "unpack the backup")
	}
	sum := sha256.New()
	from := &source{Reader: in}
	n, err := io.Copy(io.MultiWriter(out, sum), from)
	if err == nil {
		err = out.Sync()
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	switch {
	case from.failed != nil:
		return f, damaged(from.failed)
	case err != nil:
		return f, gremio.Wrap(gremio.Unavailable, err, "unpack %s", h.Name)
	case n != h.Size:
		return f, gremio.Errorf(gremio.Invalid, "the backup is damaged: %s is cut off", h.Name)
	}
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return f, nil
}
