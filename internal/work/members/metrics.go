package members

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"gremio"
)

// CountDecisions registers the metric of how long applications took to be decided
// and returns what a Worker tells of each.
func CountDecisions(r prometheus.Registerer) func(served gremio.Tier, by string, took time.Duration) {
	const minute, hour, day = 60, 60 * 60, 24 * 60 * 60
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "gremio_decision_seconds", Help: "From the receipt of an application to its decision, by the tier that it was served as and who decided.",
		Buckets: []float64{.1, .25, .5, 1, 2.5, 5, 15, minute, 5 * minute, 30 * minute, hour, 6 * hour, day, 3 * day, 7 * day, 30 * day}},
		[]string{"tier", "by"})
	r.MustRegister(seconds)
	return func(served gremio.Tier, by string, took time.Duration) {
		who := "person"
		if by == gremio.ByMachine {
			who = "machine"
		}
		seconds.WithLabelValues(string(served), who).Observe(took.Seconds())
	}
}
