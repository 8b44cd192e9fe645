package torture

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// A Result is what one run found, one line of a campaign's file.
type Result struct {
	Parts    string // embedded, kafka-1, kafka-3
	Seed     uint64
	At       time.Time
	Seconds  float64
	Acked    int   // events acknowledged
	Tries    int64 `json:",omitempty"`
	Kinds    map[Kind]*Tally
	Lost     int
	Doubled  int
	Wrong    int
	Findings []Finding `json:",omitempty"`
}

// A Tally is one kind's part of a result.
type Tally struct {
	Kills   int
	Acked   int // events acknowledged from its blows until the next
	Lost    int // of the events sent then
	Doubled int
	Recover []float64 // seconds from each kill until its probe was applied
}

// Append writes the result to the campaign's file.
func (r Result) Append(file string) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// ReadCampaign reads a campaign's file; one that is not there is empty. A last
// line that was cut off by a kill is left out.
func ReadCampaign(file string) ([]Result, error) {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []Result
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var r Result
		if json.Unmarshal(lines.Bytes(), &r) == nil {
			all = append(all, r)
		}
	}
	return all, lines.Err()
}

// Sum adds results up, by parts.
func Sum(results []Result) map[string]*Result {
	sums := map[string]*Result{}
	for _, r := range results {
		s := sums[r.Parts]
		if s == nil {
			s = &Result{Parts: r.Parts, Kinds: map[Kind]*Tally{}}
			sums[r.Parts] = s
		}
		s.Seconds += r.Seconds
		s.Acked += r.Acked
		s.Lost += r.Lost
		s.Doubled += r.Doubled
		s.Wrong += r.Wrong
		for k, t := range r.Kinds {
			if s.Kinds[k] == nil {
				s.Kinds[k] = &Tally{}
			}
			u := s.Kinds[k]
			u.Kills += t.Kills
			u.Acked += t.Acked
			u.Lost += t.Lost
			u.Doubled += t.Doubled
			u.Recover = append(u.Recover, t.Recover...)
		}
	}
	return sums
}

// WriteTable writes results as a Markdown table for each kind of parts.
func WriteTable(w io.Writer, results []Result) {
	sums := Sum(results)
	var parts []string
	for p := range sums {
		parts = append(parts, p)
	}
	slices.Sort(parts)
	for _, p := range parts {
		s := sums[p]
		fmt.Fprintf(w, "\n%s\n\n| kind | kills | events acknowledged | lost | doubled | seconds to recover: median | max |\n|---|---:|---:|---:|---:|---:|---:|\n", partsInWords(p))
		var kinds []string
		kills := 0
		for k := range s.Kinds {
			kinds = append(kinds, string(k))
		}
		slices.Sort(kinds)
		for _, k := range kinds {
			t := s.Kinds[Kind(k)]
			kills += t.Kills
			median, most := spread(t.Recover)
			fmt.Fprintf(w, "| %s | %d | %d | %d | %d | %.1f | %.1f |\n", k, t.Kills, t.Acked, t.Lost, t.Doubled, median, most)
		}
		fmt.Fprintf(w, "| **all**, %d wrong totals | **%d** | **%d** | **%d** | **%d** | | |\n", s.Wrong, kills, s.Acked, s.Lost, s.Doubled)
	}
}

func partsInWords(parts string) string {
	if n, ok := strings.CutPrefix(parts, "kafka-"); ok {
		return "Apache Kafka (nodes: " + n + ") and MariaDB"
	}
	return "The embedded parts"
}

// spread returns the median and the largest of some seconds.
func spread(seconds []float64) (median, most float64) {
	if len(seconds) == 0 {
		return 0, 0
	}
	sorted := slices.Sorted(slices.Values(seconds))
	return sorted[len(sorted)/2], sorted[len(sorted)-1]
}
