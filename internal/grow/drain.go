package grow

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gremio"
)

// behind says what is left to do before the log is applied, nothing when all is.
type behind struct {
	left  map[string]int64 // records, by worker and topic
	queue map[string]int64 // derived events, by worker
}

func (b behind) total() (n int64) {
	for _, v := range b.left {
		n += v
	}
	for _, v := range b.queue {
		n += v
	}
	return n
}

func (b behind) String() string {
	var all []string
	for _, what := range slices.Sorted(maps.Keys(b.left)) {
		all = append(all, fmt.Sprintf("%s has %d records to apply", what, b.left[what]))
	}
	for _, worker := range slices.Sorted(maps.Keys(b.queue)) {
		all = append(all, fmt.Sprintf("%s has %d events to write", worker, b.queue[worker]))
	}
	return strings.Join(all, ", ")
}

// drain waits until every worker has applied all that the log holds and has
// nothing left to write to it.
func (g *Growth) drain(ctx context.Context) error {
	began, told := time.Now(), time.Time{}
	calm := 0
	for {
		b, err := g.behind(ctx)
		switch {
		case err == nil && b.total() == 0:
			// What is derived from the last record comes to the outbox with it, and to
			// the log before it leaves the outbox: twice nothing is nothing.
			if calm++; calm >= 2 {
				g.Tell("every worker has applied all that the log holds")
				return nil
			}
		case err != nil && gremio.KindOf(err) != gremio.Unavailable:
			return err
		case time.Since(began) > g.Patience:
			if err != nil {
				return err
			}
			return gremio.Errorf(gremio.Unavailable, "not done after %s: %s. Does that worker run? Run gremio topics grow again when it has caught up", g.Patience, b)
		default:
			calm = 0
			if err == nil && time.Since(told) > tellEvery {
				told = time.Now()
				g.Tell("%s", b)
			}
		}
		if !sleep(ctx, 100*time.Millisecond) {
			return context.Cause(ctx)
		}
	}
}

// behind compares the log's ends with where the workers stand. The ends are
// asked for first: what comes later is seen the next time.
func (g *Growth) behind(ctx context.Context) (behind, error) {
	b := behind{left: map[string]int64{}}
	ends := map[gremio.Topic]map[int32]int64{}
	for _, topics := range g.Reads {
		for _, topic := range topics {
			if ends[topic] != nil {
				continue
			}
			var err error
			if ends[topic], err = g.Log.Ends(ctx, topic); err != nil {
				return b, err
			}
		}
	}
	var err error
	if b.queue, err = g.Store.OutboxSizes(ctx); err != nil {
		return b, err
	}
	for worker, topics := range g.Reads {
		offsets, err := g.Store.Offsets(ctx, worker)
		if err != nil {
			return b, err
		}
		for _, topic := range topics {
			at := gremio.NextOffsets(offsets, topic)
			for partition, end := range ends[topic] {
				if left := end - at[partition]; left > 0 {
					b.left["worker "+worker+" on "+string(topic)] += left
				}
			}
		}
	}
	return b, nil
}

// taken waits a little until workers have taken the new partitions, and says
// which have not. They read them from their start whenever they come.
func (g *Growth) taken(ctx context.Context, want map[gremio.Topic]int) error {
	var missing []string
	for began := time.Now(); time.Since(began) < 30*time.Second; {
		var err error
		if missing, err = g.untaken(ctx, want); err != nil {
			return err
		}
		if len(missing) == 0 {
			g.Tell("every worker has taken the new partitions")
			return nil
		}
		if !sleep(ctx, 200*time.Millisecond) {
			return ctx.Err()
		}
	}
	g.Tell("not taken yet by worker %s: it reads them when it runs", strings.Join(missing, ", "))
	return nil
}

// untaken returns the workers that have not taken all partitions of want.
func (g *Growth) untaken(ctx context.Context, want map[gremio.Topic]int) ([]string, error) {
	missing := map[string]bool{}
	for worker, topics := range g.Reads {
		offsets, err := g.Store.Offsets(ctx, worker)
		if err != nil {
			return nil, err
		}
		for _, topic := range topics {
			if len(gremio.NextOffsets(offsets, topic)) < want[topic] {
				missing[worker] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(missing)), nil
}
