package main_test

import (
	"encoding/json"
	"os"
	"testing"
)

// TestBench wants figures of whatever size: how fast is no test's business.
func TestBench(t *testing.T) {
	for _, args := range [][]string{nil, {"--kafka", os.Getenv("GREMIO_TEST_KAFKA"), "--database", os.Getenv("GREMIO_TEST_DATABASE")}} {
		name := "Embedded"
		if args != nil {
			name = "Real"
		}
		t.Run(name, func(t *testing.T) {
			if args != nil {
				newGuild(t, realParts(t)) // deletes the topics of the test before
			}
			out, stderr, code := finish(t, plain(append([]string{"bench", "--json", "--seconds", "0.2", "--backlog", "2000"}, args...)...))
			var report struct {
				Figures []struct {
					Name        string
					Connections int
					PerSecond   float64 `json:"per_second"`
					Count       int64
					Ratios      []struct{ Part float64 }
				}
			}
			if err := json.Unmarshal([]byte(out), &report); code != 0 || err != nil {
				t.Fatalf("exit %d, %v: %s%s", code, err, out, stderr)
			}
			if len(report.Figures) != 11 {
				t.Errorf("%d figures, want 11", len(report.Figures))
			}
			for _, f := range report.Figures {
				wantRatio := f.Name != "HTTP" && f.Name != "inserts"
				if f.PerSecond <= 0 || f.Count <= 0 || wantRatio != (len(f.Ratios) > 0) {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// TestBenchRefuses sees that bench loads nothing of anybody else's.
func TestBenchRefuses(t *testing.T) {
	g := newGuild(t, nil)
	g.startBroker() // a guild's own
	for word, args := range map[string][]string{
		"10.1.2.3:9092":           {"--kafka", "10.1.2.3:9092"},
		"db.example.org:3306":     {"--database", "u:p@tcp(db.example.org:3306)/gremio"},
		"DSN":                     {"--database", "sqlite:/tmp/x.db"},
		"hold nothing of a guild": {"--kafka", g.seeds()[0]},
	} {
		if _, stderr, code := finish(t, plain(append([]string{"bench"}, args...)...)); code != 3 || !contains(stderr, word) {
			t.Errorf("gremio bench %v: exit %d, want 3 and %q: %s", args, code, word, stderr)
		}
	}
}
