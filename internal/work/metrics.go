package work

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"gremio"
)

// Metrics are what all loops of a process count.
type Metrics struct {
	Records  *prometheus.CounterVec // by worker, topic and result: applied, repeated, rejected
	Batches  *prometheus.HistogramVec
	Retries  *prometheus.CounterVec
	Derived  *prometheus.CounterVec
	LastSeen *prometheus.GaugeVec // when the newest applied record was logged, seconds since 1970
}

// NewMetrics registers the loops' metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		Records: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gremio_worker_records_total", Help: "Records read by a worker, by what became of them."}, []string{"worker", "topic", "result"}),
		Batches: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "gremio_worker_batch_seconds", Help: "Time of one transaction of a worker.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"worker"}),
		Retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gremio_worker_retries_total", Help: "Batches that were tried again."}, []string{"worker"}),
		Derived: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gremio_worker_derived_total", Help: "Events that a worker derived."}, []string{"worker"}),
		LastSeen: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "gremio_worker_applied_record_timestamp_seconds", Help: "Timestamp of the newest record applied."}, []string{"worker", "topic"}),
	}
	r.MustRegister(m.Records, m.Batches, m.Retries, m.Derived, m.LastSeen)
	return m
}

func (m *Metrics) observe(worker string, records []gremio.Record, fresh int, done Outcome, took time.Duration) {
	last := records[len(records)-1]
	topic := string(last.Topic)
	m.Records.WithLabelValues(worker, topic, "rejected").Add(float64(len(done.Rejected)))
	m.Records.WithLabelValues(worker, topic, "applied").Add(float64(fresh))
	m.Records.WithLabelValues(worker, topic, "passed_over").Add(float64(max(0, len(records)-fresh-len(done.Rejected))))
	m.Batches.WithLabelValues(worker).Observe(took.Seconds())
	m.Derived.WithLabelValues(worker).Add(float64(len(done.Derived)))
	m.LastSeen.WithLabelValues(worker, topic).Set(float64(last.Time.UnixMilli()) / 1000)
}
