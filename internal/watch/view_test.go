package watch

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the pictures in testdata anew")

var now = time.Date(2026, 11, 22, 21, 35, 12, 0, time.UTC)

func readGuild(t *testing.T) *guild {
	t.Helper()
	data, err := os.ReadFile("testdata/snapshot.json")
	if err != nil {
		t.Fatal(err)
	}
	var g guild
	if err := g.apply(message{"snapshot", data}); err != nil {
		t.Fatal(err)
	}
	return &g
}

// picture is a view as plain text.
func picture(v *view) string {
	var b strings.Builder
	for _, l := range v.lines() {
		b.WriteString(l.render(false) + "\n")
	}
	return b.String()
}

func TestPictures(t *testing.T) {
	t.Parallel()
	gone := link{state: lost, reason: "connection refused", again: now.Add(4 * time.Second)}
	nine := 9
	for name, v := range map[string]*view{
		"plain":   {words: &spanish},
		"screen":  {words: &spanish, width: 100, height: 30},
		"wide":    {words: &english, width: 150, height: 24},
		"narrow":  {words: &spanish, width: 50, height: 18},
		"tiny":    {words: &english, width: 24, height: 6},
		"lost":    {words: &spanish, width: 100, height: 30, link: gone},
		"scroll":  {words: &spanish, width: 80, height: 24, scroll: &nine},
		"empty":   {words: &spanish, width: 80, height: 20, guild: &guild{at: now}},
		"waiting": {words: &english, width: 80, height: 20, guild: &guild{}, link: link{state: connecting}},
	} {
		if v.guild == nil {
			v.guild = readGuild(t)
		}
		if v.link == (link{}) && !v.guild.at.IsZero() {
			v.link.state = connected
		}
		v.now, v.told, v.heard, v.title = now.Add(2*time.Second), now, now.Add(time.Second), "127.0.0.1:3000"
		got, file := picture(v), filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s differs (go test -update writes it anew):\n%s", file, diff)
		}
	}
}

func TestPictureFitsAnyTerminal(t *testing.T) {
	t.Parallel()
	hostile := []string{"", "屋台屋台屋台屋台屋台", "\x1b[2J\x1b]0;x\x07", "é\u0301\u0301\u0301", strings.Repeat("long note ", 50), "🥟👩‍🍳", "a\nb\rc", "\u202eright"}
	r := rand.New(rand.NewPCG(1, 1))
	pick := func() string { return hostile[r.IntN(len(hostile))] }
	for range 300 {
		g := &guild{at: now, carts: map[string]cart{}}
		for i := range r.IntN(30) {
			g.carts[fmt.Sprint(i)] = cart{Plate: pick(), State: append(cartStates, pick())[r.IntN(5)], HeardAt: now.Add(-time.Duration(r.IntN(1e12)))}
		}
		for range r.IntN(6) {
			g.alerts = append(g.alerts, alert{Kind: pick(), Plate: pick(), Cause: pick(), Severity: pick(), Count: r.IntN(3)})
			g.sightings = append(g.sightings, sighting{Plate: pick(), Note: pick()})
			g.deliveries = append(g.deliveries, delivery{State: pick()})
		}
		scroll := r.IntN(40)
		v := &view{
			guild: g, words: []*words{&spanish, &english}[r.IntN(2)], now: now, told: now, heard: now, title: pick(),
			link:  link{state: linkState(r.IntN(3)), reason: pick()},
			width: 1 + r.IntN(180), height: 1 + r.IntN(50), scroll: &scroll,
		}
		lines := v.lines()
		if len(lines) > v.height {
			t.Fatalf("%d lines on a terminal of %d", len(lines), v.height)
		}
		for _, l := range lines {
			s := l.render(false)
			if textWidth(s) > v.width || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) }) {
				t.Fatalf("on %dx%d: %q", v.width, v.height, s)
			}
		}
	}
}

func TestChangesReplaceWhatTheyName(t *testing.T) {
	t.Parallel()
	g := readGuild(t)
	before := *g
	carts, alerts := len(g.carts), len(g.alerts)
	change := `{"at":"2026-11-22T21:36:00Z","carts":[{"plate":"WXCC11","state":"live"},{"plate":"NEW123","state":"quiet"}],"sightings":null,"later":[1]}`
	if err := g.apply(message{"change", []byte(change)}); err != nil {
		t.Fatal(err)
	}
	if len(g.carts) != carts+1 || g.carts["WXCC11"].State != "live" || g.carts["WXCC11"].Lat != nil {
		t.Errorf("carts after the change: %d, %+v", len(g.carts), g.carts["WXCC11"])
	}
	if len(g.alerts) != alerts || len(g.sightings) != 0 || len(before.sightings) == 0 || g.totals != before.totals {
		t.Errorf("%d alerts, %d sightings", len(g.alerts), len(g.sightings))
	}
	if err := g.apply(message{"change", []byte(`{"alerts":[{"kind":7}]}`)}); err == nil || len(g.alerts) != alerts {
		t.Errorf("a broken change gave %v and left %d alerts", err, len(g.alerts))
	}
	if err := g.apply(message{"weather", []byte(`sunny`)}); err != nil {
		t.Errorf("an event of a later server: %v", err)
	}
	if err := g.apply(message{"snapshot", []byte(`{"at":"2026-11-22T21:37:00Z"}`)}); err != nil || len(g.carts)+len(g.alerts) != 0 {
		t.Errorf("an empty snapshot left %d carts: %v", len(g.carts), err)
	}
}

func TestFrameKeepsItsLastColumn(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := screen{out: &out}
	v := &view{guild: readGuild(t), words: &spanish, now: now, told: now, heard: now, width: 40, height: 12, link: link{state: connected}}
	for range 2 {
		if err := s.paint(v); err != nil {
			t.Fatal(err)
		}
	}
	frame := strings.TrimSuffix(strings.TrimPrefix(out.String(), beginFrame), endFrame)
	if strings.Contains(frame, beginFrame) {
		t.Error("the same picture was written twice")
	}
	rows := strings.Split(frame, "\r\n")
	if len(rows) > 12 {
		t.Errorf("%d rows", len(rows))
	}
	for _, row := range rows {
		text, cleared := strings.CutSuffix(row, clearToEnd)
		if full := textWidth(text) == 40; full == cleared {
			t.Errorf("a row of %d columns, cleared: %t: %q", textWidth(text), cleared, row)
		}
	}
}
