package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gremio"
)

// commands finds the blocks of a document that a test has to run.
var commands = regexp.MustCompile("(?s)<!-- test: curl -->\n```sh\n(.*?)```")

// TestReadme runs README's requests word for word, but for the port.
func TestReadme(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		needReal(t, "README's requests need curl, which is not installed")
	}
	for _, name := range []string{"README.md", "README.es.md"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("../../" + name)
			if err != nil {
				t.Fatal(err)
			}
			blocks := commands.FindAllStringSubmatch(string(text), -1)
			if len(blocks) != 3 {
				t.Fatalf("%d blocks are marked <!-- test: curl -->, want 3", len(blocks))
			}
			g := newGuild(t, nil)
			up := g.startAPI("up")
			up.openAllDay()
			page := up.watch()
			g.shell(up, blocks[0][1])
			g.shell(up, blocks[1][1])
			for worker, topics := range map[string][]gremio.Topic{"members": {gremio.TopicMemberships}, "sales": {gremio.TopicSales},
				"positions": {gremio.TopicPositions, gremio.TopicSales}, "stock": {gremio.TopicStock, gremio.TopicSales}} {
				g.applied(worker, topics...)
			}
			said := g.shell(up, blocks[2][1])
			for _, word := range []string{`"venta-1"`, `"Luz"`, `"Ana"`, `"approved"`, `"waiting"`, `"BBCL12"`, `"live"`, `"open"`, `"stops":[`} {
				if !strings.Contains(said, word) {
					t.Errorf("the answers have no %s:\n%s", word, said)
				}
			}
			g.want(3, "SELECT COUNT(*) FROM sales")
			g.want(2, "SELECT COUNT(*) FROM sightings")
			g.want(1, "SELECT COUNT(*) FROM deliveries")
			// The first client's sale at 12:30 is of yesterday until then.
			today := string(gremio.DayOf(time.Now(), gremio.Clock(0, 0)))
			sales, units := g.number("SELECT COUNT(*) FROM sales WHERE sale_day = ?", today), g.number("SELECT SUM(units) FROM sales WHERE sale_day = ?", today)
			if sales < 2 || units < 3 {
				t.Errorf("%d sales of %d units today, want those that were made now at least", sales, units)
			}
			shows(t, page, "totals", func(v struct{ Sales, Units int64 }) bool { return v.Sales == sales && v.Units == units })
			shows(t, page, "sightings", func(v []struct{ ID string }) bool { return len(v) == 2 })
			shows(t, page, "applications", func(v []struct{ ID string }) bool { return len(v) == 2 })
		})
	}
}

// shell runs a block of a document against p; a request that is refused fails it.
func (g *guild) shell(p *process, block string) string {
	g.t.Helper()
	home := g.t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte("silent\nshow-error\nfail-with-body\nnoproxy = *\nwrite-out = \"\\n\"\n"), 0o600); err != nil {
		g.t.Fatal(err)
	}
	if !strings.Contains(block, "http://127.0.0.1:3000/") {
		g.t.Errorf("a block asks nothing of 127.0.0.1:3000:\n%s", block)
	}
	cmd := exec.Command("sh", "-e", "-c", strings.NewReplacer("http://127.0.0.1:3000", p.url, "bin/gremio", binary).Replace(block))
	cmd.Env = append(os.Environ(), "CURL_HOME="+home, "HOME="+home, "GREMIO_DATA="+g.data)
	out, stderr, code := finish(g.t, cmd)
	if code != 0 {
		g.t.Errorf("exit %d of\n%s\n%s%s", code, block, out, stderr)
	}
	return out
}
