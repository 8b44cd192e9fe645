// Package lag measures how far each worker is behind the log, from outside: it
// compares where the log ends with the offsets in the database, so that it tells
// of a worker that is dead, which is when it matters most.
package lag

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"

	"gremio"
)

// A Store says where workers stand.
type Store interface {
	Offsets(ctx context.Context, worker string) ([]gremio.Offset, error)
}

// A Log says where topics end.
type Log interface {
	Ends(ctx context.Context, topic gremio.Topic) (map[int32]int64, error)
}

const (
	lookEvery  = 5 * time.Second
	lookWithin = 3 * time.Second // for the database, and for each topic
	rateOver   = time.Minute     // the catching up is measured over so long
	mostMarks  = 1000            // of one partition; with more, every other one goes
)

// A Watch looks again and again at who is behind what. Reading it never waits.
type Watch struct {
	Store  Store
	Log    Log
	Reads  map[string][]gremio.Topic // the topics that each worker reads
	Logger *slog.Logger
	Now    func() time.Time

	mu      sync.Mutex
	ends    map[gremio.Topic]map[int32]int64
	offsets map[string]map[place]int64
	marks   map[place][]mark
	totals  map[pair][]total
	logAt   time.Time // of the last answer
	baseAt  time.Time
}

type place struct {
	topic     gremio.Topic
	partition int32
}

type pair struct {
	worker string
	topic  gremio.Topic
}

// A mark says that a partition ended at end when it was looked at.
type mark struct {
	at  time.Time
	end int64
}

type total struct {
	at  time.Time
	lag int64
}

// Run looks every few seconds until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		w.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// look asks both sides. What does not answer leaves its last word standing: a
// worker does not move while the database is away, so the lag stays true.
func (w *Watch) look(ctx context.Context) {
	offsets := w.askStore(ctx)
	ends := w.askLog(ctx)
	now := w.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ends == nil {
		w.ends, w.offsets = map[gremio.Topic]map[int32]int64{}, map[string]map[place]int64{}
		w.marks, w.totals = map[place][]mark{}, map[pair][]total{}
	}
	if len(offsets) == len(w.Reads) {
		w.offsets, w.baseAt = offsets, now
	}
	if ends != nil {
		w.ends, w.logAt = ends, now
		w.mark(now)
	}
	for worker, topics := range w.Reads {
		for _, topic := range topics {
			if w.offsets[worker] != nil && w.ends[topic] != nil {
				w.addTotal(pair{worker, topic}, total{now, w.lagOf(worker, topic)})
			}
		}
	}
}

func (w *Watch) askStore(ctx context.Context) map[string]map[place]int64 {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	all := map[string]map[place]int64{}
	for worker := range w.Reads {
		offsets, err := w.Store.Offsets(ctx, worker)
		if err != nil {
			w.Logger.Debug("the workers' lag is not known anew: the database does not answer", "because", err)
			return nil
		}
		all[worker] = map[place]int64{}
		for _, o := range offsets {
			all[worker][place{o.Topic, o.Partition}] = o.Next
		}
	}
	return all
}

func (w *Watch) askLog(ctx context.Context) map[gremio.Topic]map[int32]int64 {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	all := map[gremio.Topic]map[int32]int64{}
	for _, topics := range w.Reads {
		for _, topic := range topics {
			if all[topic] != nil {
				continue
			}
			ends, err := w.Log.Ends(ctx, topic)
			if err != nil {
				w.Logger.Debug("the workers' lag is not known anew: the log does not answer", "because", err)
				return nil
			}
			all[topic] = ends
		}
	}
	return all
}

// mark notes where partitions end, and forgets what every reader has applied.
func (w *Watch) mark(now time.Time) {
	for topic, ends := range w.ends {
		for partition, end := range ends {
			at := place{topic, partition}
			marks := w.marks[at]
			if n := len(marks); n == 0 || marks[n-1].end != end {
				marks = append(marks, mark{now, end})
			}
			least := end
			for worker, topics := range w.Reads {
				for _, t := range topics {
					if t == topic {
						least = min(least, w.offsets[worker][at])
					}
				}
			}
			for len(marks) > 1 && marks[0].end <= least {
				marks = marks[1:]
			}
			if len(marks) > mostMarks {
				for i := range len(marks) / 2 {
					marks[i] = marks[2*i+1] // the later of two: younger, so "at least" stays true
				}
				marks = marks[:len(marks)/2]
			}
			w.marks[at] = marks
		}
	}
}

func (w *Watch) addTotal(p pair, t total) {
	all := append(w.totals[p], t)
	for len(all) > 2 && t.at.Sub(all[1].at) >= rateOver {
		all = all[1:]
	}
	w.totals[p] = all
}

func (w *Watch) lagOf(worker string, topic gremio.Topic) int64 {
	var sum int64
	for partition, end := range w.ends[topic] {
		sum += max(0, end-w.offsets[worker][place{topic, partition}])
	}
	return sum
}

// behind returns how long the oldest record that worker has not applied has
// lain in the partition, at least: what lay there before the first look counts
// from then.
func (w *Watch) behind(worker string, at place, now time.Time) time.Duration {
	next := w.offsets[worker][at]
	for _, m := range w.marks[at] {
		if m.end > next {
			return now.Sub(m.at)
		}
	}
	return 0
}

// drain returns the seconds until worker has caught up if the lag goes on
// shrinking as it has since it was largest in the last minute: 0 without lag,
// +Inf while it does not shrink.
func drain(all []total) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	last := all[len(all)-1]
	if last.lag == 0 {
		return 0
	}
	peak := last
	for _, t := range all {
		if t.lag > peak.lag {
			peak = t
		}
	}
	if over := last.at.Sub(peak.at); over > lookEvery { // one look alone says little
		return float64(last.lag) / (float64(peak.lag-last.lag) / over.Seconds())
	}
	return math.Inf(1)
}
