package work_test

import (
	"context"
	"fmt"
	"testing"

	"gremio"
	"gremio/internal/work"
	"gremio/internal/work/sales"
)

// A holedLog loses records on their way from the log to the worker, as a batch
// does that was fetched before its partition was lost and taken again.
type holedLog struct {
	work.Log
	lose func(gremio.Record) bool
}

func (h holedLog) Consume(ctx context.Context, group string, topic gremio.Topic,
	assigned func(context.Context, []gremio.LogPartition) (map[int32]int64, error), revoked func([]int32),
	apply func(ctx context.Context, partition int32, records []gremio.Record) error,
) error {
	return h.Log.Consume(ctx, group, topic, assigned, revoked, func(ctx context.Context, partition int32, records []gremio.Record) error {
		for len(records) > 0 && h.lose(records[0]) {
			records = records[1:]
		}
		if len(records) == 0 {
			return nil
		}
		return apply(ctx, partition, records)
	})
}

func TestWhatIsLostOnTheWayIsReadAgain(t *testing.T) {
	for name, test := range map[string]struct {
		times int // that the records are lost
		want  int // sales that are kept
	}{
		"once":       {1, 40},
		"every time": {1000, 37}, // then the log itself has a gap there, and the rest goes on
	} {
		t.Run(name, func(t *testing.T) {
			inGuild(t, func(g *guild) {
				w := worker(sales.Name, nil)
				loop := g.loop(w)
				lost := map[string]int{}
				loop.Log = holedLog{g.log, func(r gremio.Record) bool {
					id := r.Event.ID
					if id != "20" && id != "21" && id != "22" {
						return false
					}
					lost[id]++
					return lost[id] <= test.times
				}}
				r := g.run(loop)
				for i := range 40 {
					g.append(g.sale("A", fmt.Sprint(i), 1))
					if i == 19 {
						g.settle(w)
					}
				}
				g.settle(w)
				g.must(r.stop())
				if n := len(g.sold()); n != test.want {
					t.Errorf("%d sales are kept, want %d", n, test.want)
				}
				g.nothingRejected()
			})
		})
	}
}
