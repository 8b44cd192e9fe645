package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// decided says where the log must have what the tables hold: for each type of
// event the field that names it, and the rows that came of it.
var decided = []struct{ topic, kind, field, query string }{
	{"stock", "gremio.replenishment.opened", "replenishment", "SELECT replenishment_id FROM replenishments"},
	{"stock", "gremio.replenishment.closed", "replenishment", "SELECT replenishment_id FROM replenishments WHERE state = 'closed'"},
	{"stock", "gremio.delivery.prepared", "delivery", "SELECT delivery_id FROM deliveries"},
	{"nuevos-usuarios", "gremio.application.approved", "application", "SELECT application_id FROM applications WHERE state = 'approved'"},
	{"coordenadas", "gremio.cart.missed", "alert", "SELECT alert_id FROM alerts WHERE kind = 'silent'"},
	{"alertas", "gremio.alert.raised", "alert", "SELECT alert_id FROM alerts"},
}

// log looks whether every decision in the tables is an event on the log too,
// and none on the log is missing in the tables.
func (j *judge) log(ctx context.Context) error {
	onLog, err := j.h.decisions(ctx)
	if err != nil {
		return err
	}
	for _, d := range decided {
		inTable, err := j.h.counts(ctx, d.query)
		if err != nil {
			return err
		}
		for id := range inTable {
			if !onLog[d.kind][id] {
				j.say("lost", -1, "%s %s is in the tables and not on the log", d.kind, id)
			}
		}
		for id := range onLog[d.kind] {
			if inTable[id] == 0 {
				j.say("lost", -1, "%s %s is on the log and not in the tables", d.kind, id)
			}
		}
	}
	return nil
}

// decisions reads the log from its start to its end: by type, the ids.
func (h *house) decisions(ctx context.Context) (map[string]map[string]bool, error) {
	found := map[string]map[string]bool{}
	fields, topics := map[string]string{}, map[string]bool{}
	for _, d := range decided {
		found[d.kind], fields[d.kind], topics[d.topic] = map[string]bool{}, d.field, true
	}
	var names []string
	for t := range topics {
		names = append(names, t)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(h.kafka...), kgo.ConsumeTopics(names...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, names...)
	if err != nil {
		return nil, err
	}
	left := map[string]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[fmt.Sprint(o.Topic, "/", o.Partition)] = o.Offset
		}
	})
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("read the log: %w", context.Cause(ctx))
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if key := fmt.Sprint(r.Topic, "/", r.Partition); r.Offset+1 >= left[key] {
				delete(left, key)
			}
			for _, header := range r.Headers {
				kind := string(header.Value)
				kind = kind[:max(strings.LastIndex(kind, ".v"), 0)] // of any version
				if header.Key == "ce_type" && found[kind] != nil {
					var data map[string]any
					json.Unmarshal(r.Value, &data)
					found[kind][fmt.Sprint(data[fields[kind]])] = true
				}
			}
		})
	}
	return found, nil
}
