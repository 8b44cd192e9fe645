package backup_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/backup"
)

var at = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func archive(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	var sources []backup.Source
	for name, text := range map[string]string{"gremio.db": "rows of a guild", "broker/log/partitions/ventas-0/0.dat": string(bytes.Repeat([]byte("record "), 1000)), "empty": ""} {
		file := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		sources = append(sources, backup.Source{Name: name, Path: file})
	}
	sources = append(sources, backup.Source{Name: "gone", Path: filepath.Join(dir, "gone")}) // deleted since it was listed
	var out bytes.Buffer
	m, err := backup.Write(&out, sources, "1.2.3", at, func(int64) {})
	if err != nil || len(m.Files) != 3 {
		t.Fatal(m, err)
	}
	return out.Bytes()
}

func TestWholeArchive(t *testing.T) {
	dir := t.TempDir()
	m, err := backup.Read(bytes.NewReader(archive(t)), dir)
	if err != nil || m.Gremio != "1.2.3" || !m.MadeAt.Equal(at) || len(m.Files) != 3 {
		t.Fatal(m, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "gremio.db")); err != nil || string(text) != "rows of a guild" {
		t.Errorf("%q, %v", text, err)
	}
}

// Every archive that is cut off anywhere, or has one other bit, is refused, and so
// is what gremio would not have made.
func TestDamagedArchive(t *testing.T) {
	whole := archive(t)
	refused := func(what string, data []byte) {
		t.Helper()
		if _, err := backup.Read(bytes.NewReader(data), t.TempDir()); gremio.KindOf(err) != gremio.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	want, err := backup.Read(bytes.NewReader(whole), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	harmless := 0
	defer func() {
		if harmless > 20 {
			t.Errorf("%d of %d bits change nothing", harmless, len(whole))
		}
	}()
	for n := 0; n < len(whole); n += 5 { // each costs a sync of the disk
		refused("cut off", whole[:n])
		flipped := bytes.Clone(whole)
		flipped[n] ^= 1 << (n % 8)
		// Some bits of gzip say nothing: then what is unpacked is what was packed.
		if m, err := backup.Read(bytes.NewReader(flipped), t.TempDir()); err == nil && cmp.Equal(m, want) {
			harmless++
			continue
		}
		refused("a bit is another", flipped)
	}
	made := func(headers ...*tar.Header) []byte {
		var out bytes.Buffer
		packed := gzip.NewWriter(&out)
		w := tar.NewWriter(packed)
		for _, h := range headers {
			if err := w.WriteHeader(h); err != nil {
				t.Fatal(err)
			}
			w.Write(bytes.Repeat([]byte("x"), int(h.Size)))
		}
		w.Close()
		packed.Close()
		return out.Bytes()
	}
	for _, name := range []string{"../gremio.db", "/etc/passwd", "a/../../b", "a/./b", `..\b`, ""} {
		refused("path "+name, made(&tar.Header{Name: name, Size: 1, Mode: 0o600, Typeflag: tar.TypeReg}))
	}
	refused("a link", made(&tar.Header{Name: "gremio.db", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}))
	refused("no manifest", made(&tar.Header{Name: "gremio.db", Size: 1, Mode: 0o600, Typeflag: tar.TypeReg}))
	refused("twice", made(&tar.Header{Name: "a", Size: 1, Mode: 0o600, Typeflag: tar.TypeReg}, &tar.Header{Name: "a", Size: 1, Mode: 0o600, Typeflag: tar.TypeReg}))
	other := func(change func(m *backup.Manifest, files map[string]string)) []byte {
		m, files := backup.Manifest{Format: backup.Format, Gremio: "9.9.9"}, map[string]string{"a": "x"}
		m.Files = []backup.File{{Name: "a", Size: 1, SHA256: "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}}
		change(&m, files)
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		packed := gzip.NewWriter(&out)
		w := tar.NewWriter(packed)
		files["manifest.json"] = string(text)
		for _, name := range slices.Sorted(maps.Keys(files)) {
			w.WriteHeader(&tar.Header{Name: name, Size: int64(len(files[name])), Mode: 0o600, Typeflag: tar.TypeReg})
			io.WriteString(w, files[name])
		}
		w.Close()
		packed.Close()
		return out.Bytes()
	}
	if _, err := backup.Read(bytes.NewReader(other(func(*backup.Manifest, map[string]string) {})), t.TempDir()); err != nil {
		t.Fatal("the archive that the next ones differ from: ", err)
	}
	refused("a format of a later version", other(func(m *backup.Manifest, _ map[string]string) { m.Format++ }))
	refused("no format", other(func(m *backup.Manifest, _ map[string]string) { m.Format = 0 }))
	refused("a file more", other(func(_ *backup.Manifest, files map[string]string) { files["b"] = "y" }))
	refused("a file less", other(func(_ *backup.Manifest, files map[string]string) { delete(files, "a") }))
	refused("another file", other(func(_ *backup.Manifest, files map[string]string) { files["a"] = "y" }))
}
