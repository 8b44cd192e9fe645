package work

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"gremio"
)

// New tables of a worker, beside those in use, as a rebuild needs them.
type NewTables[T Tx] interface {
	Store[T]
	Hold(ctx context.Context, until time.Time) ([]gremio.Offset, error)
	Release(ctx context.Context) error
	PendingIDs(ctx context.Context) (map[string]bool, error)
	RejectedBefore(ctx context.Context, records []gremio.Record) (map[gremio.LogPosition]gremio.Rejection, error)
	KeepOlder(ctx context.Context, starts []gremio.LogPartition, before time.Time) (rows int64, err error)
	CompleteOlder(ctx context.Context, before time.Time) (rows int64, err error)
	KeepUntold(ctx context.Context) (rows int64, err error)
	Swap(ctx context.Context, live []gremio.Offset) error
}

// A LogReader reads the topics outside any group.
type LogReader interface {
	Describe(ctx context.Context, topic gremio.Topic) ([]gremio.LogPartition, error)
	Ends(ctx context.Context, topic gremio.Topic) (map[int32]int64, error)
	Read(ctx context.Context, topic gremio.Topic, partition int32, from, to int64, each func([]gremio.Record) error) error
	ReadRejected(ctx context.Context, each func(gremio.Data)) error
}

// A Rebuild makes a worker's tables anew from the log while the worker goes on
// with the old ones, and then puts the new in their place. It publishes nothing
// and notifies nobody.
type Rebuild[T Tx] struct {
	Worker Worker[T] // with Replay
	Live   Store[T]
	New    NewTables[T]
	Log    LogReader
	Now    func() time.Time
	// Progress is told how many of so many records are applied.
	Progress func(done, total int64)

	loop   *Loop[T]
	parts  []*replayed
	logged map[gremio.LogPosition]gremio.Rejection // as rechazados has them
	done   int64
}

// A replayed is how far one partition is.
type replayed struct {
	*partition
	log gremio.LogPartition
}

// A Rebuilt says what a rebuild did.
type Rebuilt struct {
	Records  int64                      // applied to the new tables in this run
	KeptRows int64                      // kept from the old tables, for the log no longer has what they came from
	Untold   int64                      // kept from the old tables, for an earlier gremio did not write to the log what they say
	Since    map[gremio.Topic]time.Time // from when on the log has a topic whose start is gone
	Held     time.Duration              // for which the worker waited
}

const (
	holdFor  = 30 * time.Second
	holdTail = 2000 // records that may be left when the worker is held
)

// Run rebuilds. After an error, or a kill, another rebuild goes on where it was.
func (r *Rebuild[T]) Run(ctx context.Context) (Rebuilt, error) {
	var result Rebuilt
	if err := r.begin(ctx); err != nil {
		return result, err
	}
	if err := r.keepOlder(ctx, &result); err != nil {
		return result, err
	}
	for round := 0; ; round++ {
		live, err := r.Live.Offsets(ctx, r.Worker.Name)
		if err != nil {
			return result, err
		}
		left := r.behind(live)
		if err := r.follow(ctx, live); err != nil {
			return result, err
		}
		if left <= holdTail || round == 20 {
			break
		}
	}
	if len(result.Since) > 0 {
		rows, err := r.New.CompleteOlder(ctx, result.Since[r.Worker.Topics[0]])
		if err != nil {
			return result, err
		}
		result.KeptRows += rows
	}
	var err error
	if result.Untold, err = r.New.KeepUntold(ctx); err != nil {
		return result, err
	}
	for try := 1; ; try++ {
		held := r.Now()
		err := r.takeOver(ctx)
		result.Records, result.Held = r.done, r.Now().Sub(held)
		if err == nil || try == 3 || !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return result, err
		}
		// The worker goes on meanwhile; what was caught up with is kept.
		sleep(ctx, time.Second)
	}
}

// begin takes the partitions of the new tables.
func (r *Rebuild[T]) begin(ctx context.Context) error {
	w := r.Worker
	w.Apply = r.Worker.Replay
	r.loop = &Loop[T]{Worker: w, Store: r.New, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Metrics: NewMetrics(prometheus.NewRegistry()), Now: r.Now, replay: true, known: r.rejectedBefore}
	r.loop.begin()
	live, err := r.Live.Offsets(ctx, w.Name)
	if err != nil {
		return err
	}
	for _, topic := range w.Topics {
		parts, err := r.Log.Describe(ctx, topic)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if _, read := gremio.NextOffsets(live, topic)[p.Number]; !read {
				continue
			}
			var o gremio.Offset
			err := r.New.Update(ctx, func(tx T) (err error) {
				o, err = tx.ClaimPartition(ctx, w.Name, p, r.Now())
				return err
			})
			if err != nil {
				return err
			}
			if err := samePlace(w.Name, o, p); err != nil {
				return err
			}
			r.parts = append(r.parts, &replayed{&partition{offset: o}, p})
		}
	}
	return r.readRejections(ctx)
}

// readRejections reads what the log knows of records that the worker rejected:
// more than its own table, should that be lost.
func (r *Rebuild[T]) readRejections(ctx context.Context) error {
	r.logged = map[gremio.LogPosition]gremio.Rejection{}
	return r.Log.ReadRejected(ctx, func(data gremio.Data) {
		switch d := data.(type) {
		case gremio.RecordRejected:
			if d.Worker == r.Worker.Name {
				r.logged[d.Position()] = gremio.Rejection{Reason: d.Reason, At: d.At}
			}
		case gremio.RecordLeftOut:
			if d.Worker == r.Worker.Name {
				r.logged[d.Position()] = gremio.Rejection{Reason: d.Reason, At: d.At}
			}
		}
	})
}

func (r *Rebuild[T]) rejectedBefore(ctx context.Context, records []gremio.Record) (map[gremio.LogPosition]gremio.Rejection, error) {
	found, err := r.New.RejectedBefore(ctx, records)
	for _, rec := range records {
		if _, ok := found[rec.LogPosition]; ok || err != nil {
			continue
		}
		if known, ok := r.logged[rec.LogPosition]; ok {
			found[rec.LogPosition] = known
		}
	}
	return found, err
}

// behind returns how many records the new tables are behind live.
func (r *Rebuild[T]) behind(live []gremio.Offset) (records int64) {
	for _, p := range r.parts {
		records += max(0, gremio.NextOffsets(live, p.log.Topic)[p.log.Number]-p.offset.Next)
	}
	return records
}

// follow applies the log up to where live stands.
func (r *Rebuild[T]) follow(ctx context.Context, live []gremio.Offset) error {
	total := r.done + r.behind(live)
	for _, p := range r.parts {
		to := gremio.NextOffsets(live, p.log.Topic)[p.log.Number]
		err := r.Log.Read(ctx, p.log.Topic, p.log.Number, p.offset.Next, to, func(records []gremio.Record) error {
			for batch := range slices.Chunk(records, maxBatch) {
				if err := r.loop.batch(ctx, p.partition, batch); err != nil {
					return err
				}
				r.done += int64(len(batch))
				r.Progress(r.done, total)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keepOlder keeps from the old tables what came from records that the log no
// longer has.
func (r *Rebuild[T]) keepOlder(ctx context.Context, result *Rebuilt) error {
	result.Since = map[gremio.Topic]time.Time{}
	var starts []gremio.LogPartition
	for _, p := range r.parts {
		if p.log.Start == 0 {
			continue
		}
		starts = append(starts, p.log)
		since := r.Now()
		err := r.Log.Read(ctx, p.log.Topic, p.log.Number, p.log.Start, min(p.log.Start+1, p.log.End), func(records []gremio.Record) error {
			since = records[0].Time
			return nil
		})
		if err != nil {
			return err
		}
		if since.After(result.Since[p.log.Topic]) {
			result.Since[p.log.Topic] = since
		}
	}
	if len(starts) == 0 {
		return nil
	}
	var err error
	result.KeptRows, err = r.New.KeepOlder(ctx, starts, result.Since[r.Worker.Topics[0]])
	return err
}

// takeOver holds the worker, catches up with where it stands, and swaps.
func (r *Rebuild[T]) takeOver(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, holdFor-5*time.Second) // nothing is done that the hold does not cover
	defer cancel()
	live, err := r.New.Hold(ctx, r.Now().Add(holdFor))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			r.New.Release(context.WithoutCancel(ctx))
		}
	}()
	if len(live) != len(r.parts) {
		return gremio.Errorf(gremio.Conflict, "partitions were added while worker %s was rebuilt: run the rebuild again, it goes on with them", r.Worker.Name)
	}
	if err := r.follow(ctx, live); err != nil {
		return err
	}
	if err := r.pending(ctx, live); err != nil {
		return err
	}
	return r.New.Swap(ctx, live)
}

// pending applies the decisions that the worker has taken and not yet read back:
// they wait in its outbox, or lie beyond where it stands.
func (r *Rebuild[T]) pending(ctx context.Context, live []gremio.Offset) error {
	keys, err := r.New.PendingIDs(ctx)
	if err != nil || len(keys) == 0 {
		return err
	}
	var batch []gremio.Record
	take := func(rec gremio.Record) {
		if rec.Err == nil && keys[rec.Event.Key()] && r.loop.types[rec.Event.Type()] {
			delete(keys, rec.Event.Key())
			rec.LogPosition = gremio.LogPosition{Topic: rec.Topic, Offset: -1}
			batch = append(batch, rec)
		}
	}
	waiting, err := r.Live.WholeOutbox(ctx, r.Worker.Name)
	if err != nil {
		return err
	}
	for _, out := range waiting {
		take(out.Record())
	}
	for _, topic := range r.Worker.Topics {
		ends, err := r.Log.Ends(ctx, topic)
		if err != nil {
			return err
		}
		next := gremio.NextOffsets(live, topic)
		for n, end := range ends {
			err := r.Log.Read(ctx, topic, n, next[n], end, func(records []gremio.Record) error {
				for _, rec := range records {
					take(rec)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return r.New.Update(ctx, func(tx T) error {
		if _, err := r.Worker.Replay(ctx, tx, batch); err != nil {
			return err
		}
		ids := make([]gremio.AppliedID, len(batch))
		for i, rec := range batch {
			ids[i] = gremio.AppliedID{Key: rec.Event.Key(), ID: rec.Event.ID, Digest: rec.Event.Digest, Time: rec.Event.Time, At: rec.LogPosition}
		}
		return tx.AddAppliedIDs(ctx, r.Worker.Name, ids)
	})
}
