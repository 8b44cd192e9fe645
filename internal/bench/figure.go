package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// A Figure is what one measurement gave.
type Figure struct {
	Name        string  `json:"name"`
	Connections int     `json:"connections,omitempty"`
	PerSecond   float64 `json:"per_second"`
	P50         float64 `json:"p50_ms,omitempty"`
	P99         float64 `json:"p99_ms,omitempty"`
	CPUPer10k   float64 `json:"cpu_s_per_10k"`
	Count       int64   `json:"count"`
	Ratios      []Ratio `json:"ratios,omitempty"`
}

// A Ratio says which part of a limit's rate a figure reached.
type Ratio struct {
	Of   string  `json:"of"`
	Part float64 `json:"part"`
}

// A Report is one run.
type Report struct {
	Log      string   `json:"log"`
	Database string   `json:"database"`
	CPUs     int      `json:"cpus"`
	Figures  []Figure `json:"figures"`
}

// Add takes a figure in under name, with its ratio to what limits measured at
// as many connections.
func (r *Report) Add(name string, f Figure, limits ...string) {
	f.Name = name
	for _, limit := range limits {
		for _, l := range r.Figures {
			if l.Name == limit && l.Connections == f.Connections && l.PerSecond > 0 {
				f.Ratios = append(f.Ratios, Ratio{limit, f.PerSecond / l.PerSecond})
			}
		}
	}
	r.Figures = append(r.Figures, f)
}

// Print writes the report for a reader.
func (r *Report) Print(out io.Writer) error {
	fmt.Fprintf(out, "log %s, database %s, %d CPUs; CPU is this process's: load, api, worker and embedded parts together\n", r.Log, r.Database, r.CPUs)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tconnections\tper second\tp50 ms\tp99 ms\tCPU-s per 10k\tof its limits\t")
	for _, f := range r.Figures {
		connections, p50, p99 := "", "", ""
		if f.Connections > 0 {
			connections, p50, p99 = fmt.Sprint(f.Connections), fmt.Sprintf("%.1f", f.P50), fmt.Sprintf("%.1f", f.P99)
		}
		ratios := ""
		for i, ratio := range f.Ratios {
			if i > 0 {
				ratios += ", "
			}
			ratios += fmt.Sprintf("%.0f %% of %s", 100*ratio.Part, ratio.Of)
		}
		fmt.Fprintf(w, "%s\t%s\t%.0f\t%s\t%s\t%.2f\t%s\t\n", f.Name, connections, f.PerSecond, p50, p99, f.CPUPer10k, ratios)
	}
	return w.Flush()
}
