package lag

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	lagDesc = prometheus.NewDesc("gremio_worker_lag_records",
		"Records of a partition that a worker has not applied: the log's end less the offset in the database.", []string{"worker", "topic", "partition"}, nil)
	behindDesc = prometheus.NewDesc("gremio_worker_behind_seconds",
		"How long the oldest record that a worker has not applied has waited, at least, as this api has seen it.", []string{"worker", "topic", "partition"}, nil)
	drainDesc = prometheus.NewDesc("gremio_worker_drain_seconds",
		"Seconds until a worker has caught up with a topic, as the lag has shrunk since its peak in the last minute; 0 without lag, +Inf while it does not shrink.", []string{"worker", "topic"}, nil)
	askedDesc = prometheus.NewDesc("gremio_lag_asked_seconds",
		"Seconds since the log and the database last said where they stand; the lag is as old.", []string{"part"}, nil)
)

// Describe implements prometheus.Collector.
func (w *Watch) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{lagDesc, behindDesc, drainDesc, askedDesc} {
		out <- d
	}
}

// Collect implements prometheus.Collector. It tells what Run has seen and asks nobody.
func (w *Watch) Collect(out chan<- prometheus.Metric) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.Now()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if !w.logAt.IsZero() {
		gauge(askedDesc, now.Sub(w.logAt).Seconds(), "log")
	}
	if w.baseAt.IsZero() {
		return // nobody knows yet where the workers stand
	}
	gauge(askedDesc, now.Sub(w.baseAt).Seconds(), "database")
	for worker, topics := range w.Reads {
		for _, topic := range topics {
			for partition, end := range w.ends[topic] {
				at := place{topic, partition}
				number := strconv.Itoa(int(partition))
				gauge(lagDesc, float64(max(0, end-w.offsets[worker][at])), worker, string(topic), number)
				gauge(behindDesc, w.behind(worker, at, now).Seconds(), worker, string(topic), number)
			}
			if all := w.totals[pair{worker, topic}]; len(all) > 0 {
				gauge(drainDesc, drain(all), worker, string(topic))
			}
		}
	}
}
