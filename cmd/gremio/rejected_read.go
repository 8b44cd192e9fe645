package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"gremio"
)

// rejectedRecords reads rejected records from their own topics, and those that
// are there no more from rechazados.
func (h *house) rejectedRecords(ctx context.Context, list []gremio.RejectedRecord) (map[gremio.LogPosition]gremio.Record, error) {
	records := map[gremio.LogPosition]gremio.Record{}
	kept := map[gremio.Topic]map[int32]gremio.LogPartition{}
	missing := map[gremio.LogPosition]bool{}
	for _, r := range list {
		if _, ok := records[r.At]; ok || missing[r.At] {
			continue
		}
		if kept[r.At.Topic] == nil {
			parts, err := h.log.Describe(ctx, r.At.Topic)
			if err != nil {
				return nil, err
			}
			kept[r.At.Topic] = map[int32]gremio.LogPartition{}
			for _, p := range parts {
				kept[r.At.Topic][p.Number] = p
			}
		}
		if p, ok := kept[r.At.Topic][r.At.Partition]; !ok || r.At.Offset < p.Start || r.At.Offset >= p.End {
			missing[r.At] = true
			continue
		}
		err := h.log.Read(ctx, r.At.Topic, r.At.Partition, r.At.Offset, r.At.Offset+1, func(found []gremio.Record) error {
			records[r.At] = found[0]
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if err := h.readRejectedTopic(ctx, missing, records); err != nil {
		return nil, err
	}
	for at := range missing {
		return nil, gremio.Errorf(gremio.NotFound, "neither %s nor %s holds the record at %s any more", at.Topic, gremio.TopicRejected, at)
	}
	return records, nil
}

// readRejectedTopic looks for missing records in rechazados.
func (h *house) readRejectedTopic(ctx context.Context, missing map[gremio.LogPosition]bool, records map[gremio.LogPosition]gremio.Record) error {
	if len(missing) == 0 {
		return nil
	}
	parts, err := h.log.Describe(ctx, gremio.TopicRejected)
	if err != nil {
		return err
	}
	for _, p := range parts {
		err := h.log.Read(ctx, gremio.TopicRejected, p.Number, p.Start, p.End, func(found []gremio.Record) error {
			for _, f := range found {
				d, ok := f.Event.Data.(gremio.RecordRejected)
				at := gremio.LogPosition{Topic: d.Topic, Partition: d.Partition, Offset: d.Offset}
				if !ok || !missing[at] {
					continue
				}
				delete(missing, at)
				rec := gremio.Record{LogPosition: at, Key: d.Key, Headers: d.Headers, Value: d.Value}
				rec.Event, rec.Err = gremio.Decode(rec.Headers, rec.Value)
				records[at] = rec
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

var openDesc = prometheus.NewDesc("gremio_worker_rejected_open",
	"Records that a worker rejected and nobody has retried or dropped.", []string{"worker"}, nil)

// rejectedGauge counts open rejections when it is asked. While the database is
// away it says nothing.
type rejectedGauge struct{ h *house }

func (rejectedGauge) Describe(out chan<- *prometheus.Desc) { out <- openDesc }

func (g rejectedGauge) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, worker := range rejecting("") {
		n, err := g.h.store.OpenRejections(ctx, worker)
		if err != nil {
			return
		}
		out <- prometheus.MustNewConstMetric(openDesc, prometheus.GaugeValue, float64(n), worker)
	}
}
