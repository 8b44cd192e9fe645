package main

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"gremio"
)

// rejectedRecords reads rejected records from their own topics, and those that
// are there no more from rechazados. It leaves out what neither holds.
func (h *house) rejectedRecords(ctx context.Context, list []gremio.RejectedRecord) (map[gremio.LogPosition]gremio.Record, error) {
	records, missing := map[gremio.LogPosition]gremio.Record{}, map[gremio.LogPosition]bool{}
	offsets := map[gremio.LogPartition][]int64{} // by topic and number alone
	for _, r := range list {
		missing[r.At] = true
		p := gremio.LogPartition{Topic: r.At.Topic, Number: r.At.Partition}
		offsets[p] = append(offsets[p], r.At.Offset)
	}
	described := map[gremio.Topic][]gremio.LogPartition{}
	for p, wanted := range offsets {
		parts, ok := described[p.Topic]
		if !ok {
			var err error
			if parts, err = h.log.Describe(ctx, p.Topic); err != nil {
				return nil, err
			}
			described[p.Topic] = parts
		}
		for _, part := range parts {
			if part.Number != p.Number {
				continue
			}
			if err := h.readOffsets(ctx, part, wanted, func(rec gremio.Record) {
				if missing[rec.LogPosition] {
					delete(missing, rec.LogPosition)
					records[rec.LogPosition] = rec
				}
			}); err != nil {
				return nil, err
			}
		}
	}
	return records, h.readRejectedTopic(ctx, missing, records)
}

// readOffsets reads those of the wanted offsets that a partition holds, and what
// lies between when it is little: records that one defect rejected lie together.
func (h *house) readOffsets(ctx context.Context, p gremio.LogPartition, wanted []int64, each func(gremio.Record)) error {
	const near = 1000
	wanted = slices.DeleteFunc(slices.Clone(wanted), func(o int64) bool { return o < p.Start || o >= p.End })
	slices.Sort(wanted)
	for len(wanted) > 0 {
		n := 1
		for n < len(wanted) && wanted[n]-wanted[n-1] <= near {
			n++
		}
		err := h.log.Read(ctx, p.Topic, p.Number, wanted[0], wanted[n-1]+1, func(found []gremio.Record) error {
			for _, rec := range found {
				each(rec)
			}
			return nil
		})
		if err != nil {
			return err
		}
		wanted = wanted[n:]
	}
	return nil
}

// readRejectedTopic looks for missing records in rechazados.
func (h *house) readRejectedTopic(ctx context.Context, missing map[gremio.LogPosition]bool, records map[gremio.LogPosition]gremio.Record) error {
	if len(missing) == 0 {
		return nil
	}
	return h.log.ReadRejected(ctx, func(data gremio.Data) {
		d, ok := data.(gremio.RecordRejected) // one that was left out lies where it lay, or nowhere
		if at := d.Position(); ok && missing[at] {
			delete(missing, at)
			records[at] = d.Record()
		}
	})
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
