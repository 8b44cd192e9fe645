package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	outboxDesc  = prometheus.NewDesc("gremio_worker_outbox_records", "Derived events that wait for their topics.", []string{"worker"}, nil)
	refusedDesc = prometheus.NewDesc("gremio_worker_outbox_refused", "Derived events that the log will not take as they are.", []string{"worker"}, nil)
	oldestDesc  = prometheus.NewDesc("gremio_worker_outbox_oldest_seconds", "Age of the oldest derived event that waits for its topic.", []string{"worker"}, nil)
)

// outboxGauge looks at the outbox when it is asked. While the database is away
// it says nothing.
type outboxGauge struct{ h *house }

func (outboxGauge) Describe(out chan<- *prometheus.Desc) {
	out <- outboxDesc
	out <- refusedDesc
	out <- oldestDesc
}

func (g outboxGauge) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	states, err := g.h.store.Outboxes(ctx)
	if err != nil {
		return
	}
	waiting, refused, age := map[string]float64{}, map[string]float64{}, map[string]float64{}
	for _, s := range states {
		waiting[s.Worker], refused[s.Worker] = float64(s.Waiting), float64(s.Refused)
		if s.Oldest != nil {
			age[s.Worker] = max(0, time.Since(*s.Oldest).Seconds())
		}
	}
	for _, worker := range rejecting("") {
		out <- prometheus.MustNewConstMetric(outboxDesc, prometheus.GaugeValue, waiting[worker], worker)
		out <- prometheus.MustNewConstMetric(refusedDesc, prometheus.GaugeValue, refused[worker], worker)
		out <- prometheus.MustNewConstMetric(oldestDesc, prometheus.GaugeValue, age[worker], worker)
	}
}
