package gremio_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport says which of our packages a package may import, besides itself;
// "*" stands for all. A package that is not here has to be put here: the house
// has three floors and no arrows between siblings.
func mayImport(pkg string) []string {
	switch {
	case pkg == ".", pkg == "web":
		return nil
	case pkg == "cmd/gremio":
		return []string{"*"}
	case pkg == "cmd/torture":
		return []string{"internal/torture"}
	case pkg == "internal/torture":
		return nil // the oracle shares no figure with what it judges
	case pkg == "internal/store/storetest":
		return []string{".", "internal/store"} // for tests only, which another rule holds
	case strings.HasPrefix(pkg, "internal/work/"):
		return []string{".", "internal/work", "internal/route", "internal/forecast"}
	}
	if pkg == "internal/httpapi" {
		return []string{".", "internal/gps", "internal/qr", "internal/forecast"} // pure helpers that a noun alone would not carry
	}
	for _, ground := range []string{"internal/work", "internal/route", "internal/forecast", "internal/gps", "internal/qr", "internal/kafka", "internal/kafka/embedded",
		"internal/store", "internal/live", "internal/notify", "internal/sheet", "internal/watch", "internal/simulate", "internal/bench", "internal/lag", "internal/grow", "internal/identity", "internal/erase", "internal/backup"} {
		if pkg == ground {
			return []string{"."}
		}
	}
	return nil
}

// imports returns what the packages of this module import outside their tests:
// for each folder below ".", the import paths.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			base := d.Name()
			if name != "." && (strings.HasPrefix(base, ".") || base == "node_modules" || base == "testdata" || base == "scripts" || base == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := path.Dir(filepath.ToSlash(name))
		if _, ok := all[pkg]; !ok {
			all[pkg] = nil
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			all[pkg] = append(all[pkg], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// ours returns the folder of a package of this module, "" for others.
func ours(imported string) string {
	if imported == "gremio" {
		return "."
	}
	if folder, ok := strings.CutPrefix(imported, "gremio/"); ok {
		return folder
	}
	return ""
}

func TestNobodyImportsASibling(t *testing.T) {
	for pkg, imported := range imports(t) {
		allowed := mayImport(pkg)
		for _, name := range imported {
			if folder := ours(name); folder != "" && !slices.Contains(allowed, folder) && !slices.Contains(allowed, "*") {
				t.Errorf("%s imports %s; it may import %v of ours", pkg, name, allowed)
			}
		}
	}
}

func TestRootImportsTheStandardLibraryAndOrb(t *testing.T) {
	root := imports(t)["."]
	if len(root) == 0 {
		t.Fatal("the root package imports nothing: this test looks in the wrong place")
	}
	for _, name := range root {
		standard := !strings.Contains(strings.Split(name, "/")[0], ".") && ours(name) == ""
		if !standard && name != "github.com/paulmach/orb" && !strings.HasPrefix(name, "github.com/paulmach/orb/") {
			t.Errorf("the root imports %s", name)
		}
	}
}

func TestRootDoesNoInputOrOutput(t *testing.T) {
	for _, name := range imports(t)["."] {
		switch name {
		case "os", "io", "net", "net/http", "database/sql", "context", "log", "os/exec":
			t.Errorf("the root imports %s: nouns and rules need none", name)
		}
	}
}

// Bench measures log and database as they are, without gremio between.
func TestOneFolderATechnology(t *testing.T) {
	for technology, allowed := range map[string][]string{
		"github.com/twmb/franz-go/pkg/kfake": {"internal/kafka/embedded"},
		"github.com/twmb/franz-go/pkg/kgo":   {"internal/kafka", "internal/kafka/embedded", "internal/bench", "internal/torture"},
		"github.com/twmb/franz-go/pkg/kadm":  {"internal/kafka", "internal/bench", "internal/torture"},
		"github.com/go-sql-driver/mysql":     {"internal/store", "internal/bench", "internal/torture"},
		"modernc.org/sqlite":                 {"internal/store", "internal/torture"},
		"database/sql":                       {"internal/store", "internal/store/storetest", "internal/bench", "internal/torture"},
		"github.com/pressly/goose/v3":        {"internal/store"},
		"github.com/danielgtaylor/huma/v2":   {"internal/httpapi"},
		"github.com/xuri/excelize/v2":        {"internal/sheet"},
		"github.com/alecthomas/kong":         {"cmd/gremio", "cmd/torture"},

		"github.com/nicholas-fedor/shoutrrr/pkg/router": {"internal/notify"},
	} {
		users := 0
		for pkg, imported := range imports(t) {
			if slices.Contains(imported, technology) {
				users++
				if !slices.Contains(allowed, pkg) {
					t.Errorf("%s imports %s; only %v may", pkg, technology, allowed)
				}
			}
		}
		if users == 0 {
			t.Errorf("nobody imports %s any more: take it off the list", technology)
		}
	}
}
