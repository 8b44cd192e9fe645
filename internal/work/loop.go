// Package work runs a worker: a function of a batch of records, or of time,
// around which the loop puts everything that must not be got wrong. The results
// of a batch, the events derived from it and the worker's new offsets are one
// database transaction, so each record counts once, whatever is killed when.
package work

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"gremio"
)

// A Tx is what the loop itself needs of a database transaction.
type Tx interface {
	// Savepoint undoes what fn wrote, and no more, when fn fails.
	Savepoint(ctx context.Context, fn func() error) error
	ClaimPartition(ctx context.Context, worker string, p gremio.LogPartition, now time.Time) (gremio.Offset, error)
	Advance(ctx context.Context, worker string, o gremio.Offset, next int64, now time.Time) error
	AppliedIDs(ctx context.Context, worker string, keys []string) (map[string]gremio.AppliedID, error)
	AddAppliedIDs(ctx context.Context, worker string, ids []gremio.AppliedID) error
	PlaceAppliedIDs(ctx context.Context, worker string, ids []gremio.AppliedID) error
	AddRejections(ctx context.Context, worker string, rejections []gremio.Rejection, now time.Time) error
	AddRejectionActs(ctx context.Context, acts []gremio.RejectionAct) error
	AddOutbox(ctx context.Context, worker string, events []gremio.Event) error
	DeleteOutbox(ctx context.Context, ids []int64) error
	RefuseOutbox(ctx context.Context, id int64, because string, now time.Time) error
	RetryOutbox(ctx context.Context, worker string) (int64, error)
	NoticeTx
}

// A Store is the database. Update may run fn more than once; only the last run
// counts.
type Store[T Tx] interface {
	Update(ctx context.Context, fn func(T) error) error
	Offsets(ctx context.Context, worker string) ([]gremio.Offset, error)
	Outbox(ctx context.Context, worker string, limit int) ([]gremio.Outgoing, error)
	WholeOutbox(ctx context.Context, worker string) ([]gremio.Outgoing, error)
	NoticeReader
}

// A Log is the topics.
type Log interface {
	// Consume joins group and reads topic until ctx ends or apply fails. When
	// partitions are taken it asks assigned where to start in each, when they
	// are taken away it calls revoked after the last apply of them returned.
	// Records of one partition are applied in order, one call at a time;
	// partitions go side by side. What apply has accepted is also committed to
	// the group, for ordinary tools to show.
	Consume(ctx context.Context, group string, topic gremio.Topic,
		assigned func(context.Context, []gremio.LogPartition) (map[int32]int64, error),
		revoked func([]int32),
		apply func(ctx context.Context, partition int32, records []gremio.Record) error) error
	// Ends returns the offset of the next record of each partition of topic.
	Ends(ctx context.Context, topic gremio.Topic) (map[int32]int64, error)
	// ProduceEach puts records on their topics and returns what became of each:
	// nil for those that the log has, Invalid for those that it does not take as
	// they are, or as what they were sent with is.
	ProduceEach(ctx context.Context, records []gremio.Outgoing) []error
}

// An Outcome is what a batch or a tick led to, besides what it wrote.
type Outcome struct {
	Derived  []gremio.Event
	Rejected []gremio.Rejection
	Notices  []gremio.Notice
	// Kept are called once the transaction is kept, to count what it led to.
	Kept []func()
}

// A Worker says what the loop has to run. The function fields that are nil are
// left out.
type Worker[T Tx] struct {
	Name   string
	Topics []gremio.Topic // its own first
	Types  []gremio.Type  // the types it applies; others on its topics are passed over

	// Apply applies a batch of one partition: events that are valid, of Types,
	// and not applied before. An error undoes the batch. If it is Unavailable the
	// batch is tried again; otherwise the record that causes it is sought and
	// rejected.
	Apply func(ctx context.Context, tx T, batch []gremio.Record) (Outcome, error)
	// Replay is Apply for a rebuild: it follows events and keeps the decisions
	// that stand in the log, and makes none. What it derives is dropped.
	Replay func(ctx context.Context, tx T, batch []gremio.Record) (Outcome, error)
	// Tick decides what depends on time, at now, once a second, in the process
	// that holds partition 0 of the worker's own topic. A tick that derives
	// nothing, and asks for no call once it is kept, must have written nothing.
	Tick func(ctx context.Context, tx T, now time.Time) (Outcome, error)
	// Queue is served by the same process.
	Queue *Queue[T]
	// MaxBatch is the most records of a transaction, 5000 when it is 0.
	MaxBatch func(partition int32) int
	// Before is asked before each batch of a partition and may wait.
	Before func(ctx context.Context, partition int32) error
	// After is told what a transaction derived, once it is kept.
	After func(derived []gremio.Event)
}

// A Loop runs one worker in one process.
type Loop[T Tx] struct {
	Worker  Worker[T]
	Store   Store[T]
	Log     Log
	Logger  *slog.Logger
	Metrics *Metrics
	Now     func() time.Time
	// Sender takes the worker's notices to people; without one none are kept.
	Sender        Sender
	NoticeMetrics *NoticeMetrics
	// Stopped is told, before Run returns, of a failure that needs a person.
	Stopped func(ctx context.Context, cause error)

	types  map[gremio.Type]bool
	outbox chan struct{}

	replay bool // of a rebuild, see rebuild.go
	// known returns those of records that the worker has rejected, for a rebuild:
	// whether to reject was decided then.
	known func(ctx context.Context, records []gremio.Record) (map[gremio.LogPosition]gremio.Rejection, error)

	mu    sync.Mutex
	parts map[partKey]*partition
	leave map[gremio.Topic]context.CancelCauseFunc // leaves the topic's group, to join it again
	gaps  map[partKey]gap
}

type partKey struct {
	topic  gremio.Topic
	number int32
}

// A partition is what this process holds of one.
type partition struct {
	mu     sync.Mutex // held during a transaction of the partition, a tick's included
	offset gremio.Offset
}

const (
	tickEvery   = time.Second
	outboxEvery = 250 * time.Millisecond
	maxBatch    = 5000
)

// Run works until ctx ends. It goes on through everything that passes (the
// broker or the database away, a partition taken by another process) and
// returns an error only for what a person must look at.
func (l *Loop[T]) Run(ctx context.Context) error {
	l.begin()
	l.outbox = make(chan struct{}, 1)

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	failures := make(chan error, len(l.Worker.Topics))
	for _, topic := range l.Worker.Topics {
		wg.Go(func() {
			if err := l.consume(ctx, topic); err != nil {
				failures <- err
				cancel()
			}
		})
	}
	wg.Go(func() { l.publish(ctx) })
	if l.Sender != nil {
		wg.Go(func() { l.notify(ctx) })
	}
	if l.Worker.Tick != nil {
		wg.Go(func() { l.tick(ctx) })
	}
	if l.Worker.Queue != nil {
		wg.Go(func() { l.serve(ctx) })
	}
	wg.Wait()
	select {
	case cause := <-failures:
		if l.Stopped != nil {
			l.Stopped(context.WithoutCancel(ctx), cause)
		}
		return cause
	default:
		return nil
	}
}

func (l *Loop[T]) begin() {
	l.types = map[gremio.Type]bool{}
	for _, t := range l.Worker.Types {
		l.types[t] = true
	}
	l.parts = map[partKey]*partition{}
	l.leave = map[gremio.Topic]context.CancelCauseFunc{}
	l.gaps = map[partKey]gap{}
}

// consume reads one topic, again and again, until ctx ends. It returns an error
// only when a person is needed.
func (l *Loop[T]) consume(ctx context.Context, topic gremio.Topic) error {
	group := l.Worker.Name + "." + string(topic)
	wait := backOff{least: 100 * time.Millisecond, most: 5 * time.Second}
	for ctx.Err() == nil {
		began := l.Now()
		member, leave := context.WithCancelCause(ctx)
		l.mu.Lock()
		l.leave[topic] = leave
		l.mu.Unlock()
		err := l.Log.Consume(member, group, topic,
			func(ctx context.Context, parts []gremio.LogPartition) (map[int32]int64, error) {
				return l.claim(ctx, parts)
			},
			func(numbers []int32) { l.release(topic, numbers) },
			func(ctx context.Context, number int32, records []gremio.Record) error {
				return l.apply(ctx, topic, number, records)
			})
		leave(nil)
		l.releaseAll(topic)
		if ctx.Err() != nil {
			return nil
		}
		if needsPerson(err) {
			return err
		}
		if l.Now().Sub(began) > time.Minute {
			wait.reset()
		}
		l.Logger.Warn("worker joins its group again", "worker", l.Worker.Name, "topic", topic, "because", err)
		wait.sleep(ctx)
	}
	return nil
}

// fenced joins topic's group again when err says that this process no longer
// owns what it works on: another took it, or a rebuild put other tables there.
// Batches notice by themselves; what comes by time would be refused for ever.
func (l *Loop[T]) fenced(topic gremio.Topic, err error) {
	if gremio.KindOf(err) != gremio.Fenced {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if leave := l.leave[topic]; leave != nil {
		leave(err)
	}
}

// needsPerson reports whether err will not go away by itself: an offset outside
// the log, another cluster, our SQL against another schema.
func needsPerson(err error) bool {
	if err == nil || err == context.Canceled || err == context.DeadlineExceeded {
		return false
	}
	switch gremio.KindOf(err) {
	case gremio.Unavailable, gremio.Fenced:
		return false
	}
	return true
}

// claim takes partitions in the database, which alone says where to start.
func (l *Loop[T]) claim(ctx context.Context, parts []gremio.LogPartition) (map[int32]int64, error) {
	starts := map[int32]int64{}
	for _, p := range parts {
		var o gremio.Offset
		wait := backOff{least: 50 * time.Millisecond, most: 2 * time.Second}
		for {
			err := l.Store.Update(ctx, func(tx T) (err error) {
				o, err = tx.ClaimPartition(ctx, l.Worker.Name, p, l.Now())
				return err
			})
			if err == nil {
				break
			}
			if gremio.KindOf(err) != gremio.Unavailable || ctx.Err() != nil {
				return nil, err
			}
			l.Logger.Warn("worker cannot take its partition yet", "worker", l.Worker.Name, "topic", p.Topic, "partition", p.Number, "because", err)
			wait.sleep(ctx)
		}
		if err := samePlace(l.Worker.Name, o, p); err != nil {
			return nil, err
		}
		l.mu.Lock()
		l.parts[partKey{p.Topic, p.Number}] = &partition{offset: o}
		l.mu.Unlock()
		starts[p.Number] = o.Next
	}
	return starts, nil
}

// samePlace refuses to go on where the stored offset means nothing: it never resets.
func samePlace(worker string, o gremio.Offset, p gremio.LogPartition) error {
	switch {
	case o.ClusterID != p.ClusterID || o.TopicID != p.TopicID:
		return gremio.Errorf(gremio.Conflict,
			"worker %s stands at offset %d of %s/%d in cluster %s (topic id %s), but this is cluster %s (topic id %s): point it at its own broker, or restore the database that belongs to this one",
			worker, o.Next, p.Topic, p.Number, o.ClusterID, o.TopicID, p.ClusterID, p.TopicID)
	case o.Next < p.Start || o.Next > p.End:
		return gremio.Errorf(gremio.Conflict,
			"worker %s stands at offset %d of %s/%d, but the log holds %d to %d: records were lost or the log is another one; nothing is skipped by itself",
			worker, o.Next, p.Topic, p.Number, p.Start, p.End)
	}
	return nil
}

func (l *Loop[T]) release(topic gremio.Topic, numbers []int32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range numbers {
		delete(l.parts, partKey{topic, n})
	}
}

func (l *Loop[T]) releaseAll(topic gremio.Topic) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k := range l.parts {
		if k.topic == topic {
			delete(l.parts, k)
		}
	}
}

func (l *Loop[T]) part(topic gremio.Topic, number int32) *partition {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.parts[partKey{topic, number}]
}

// leader returns partition 0 of the worker's own topic if this process holds
// it. Its holder alone decides what spans carts and empties the outbox.
func (l *Loop[T]) leader() *partition {
	return l.part(l.Worker.Topics[0], gremio.SpecialPartition)
}
