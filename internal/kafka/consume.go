package kafka

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"gremio"
)

const (
	// What a consumer holds is bounded however long its worker waits for the
	// database: a partition that holds its share of these is not fetched from, and
	// all partitions together have no more than this in transactions.
	pollRecords  = 5_000
	queueRecords = 16_000
	queueBytes   = 16 << 20
	leastShare   = 1_000 // records, however many partitions there are
	mostAtOnce   = 5_000 // records that one call of apply gets
)

// shareOf returns what one of n partitions may hold before fetching from it pauses.
func shareOf(n int) (records, bytes int) {
	return max(leastShare, queueRecords/max(1, n)), max(1<<20, queueBytes/max(1, n))
}

// Consume implements work.Log. Each partition has its own queue, so one that
// waits holds up no other.
func (l *Log) Consume(ctx context.Context, group string, topic gremio.Topic,
	assigned func(context.Context, []gremio.LogPartition) (map[int32]int64, error),
	revoked func([]int32),
	apply func(ctx context.Context, partition int32, records []gremio.Record) error,
) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c := &consumer{topic: topic, apply: apply, fail: cancel, queues: map[int32]*queue{}, owned: map[int32]bool{}}
	opts, err := l.cfg.options()
	if err != nil {
		return err
	}
	opts = append(opts,
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(string(topic)),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.Balancers(kgo.CooperativeStickyBalancer()),
		kgo.SessionTimeout(sessionTimeout),
		kgo.HeartbeatInterval(heartbeatInterval),
		kgo.RebalanceTimeout(rebalanceTimeout),
		kgo.MetadataMaxAge(5*time.Second), // partitions that are added are read soon
		kgo.FetchMaxWait(500*time.Millisecond),
		kgo.FetchMaxBytes(8<<20),
		kgo.FetchMaxPartitionBytes(1<<20), // what a partition that pauses holds beyond its share is fetched again
		kgo.AutoCommitMarks(),
		kgo.AutoCommitInterval(time.Second),
		kgo.AdjustFetchOffsetsFn(func(ctx context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
			starts, err := l.startOffsets(ctx, topic, offsets, assigned, cancel)
			if err == nil {
				c.own(starts[string(topic)])
			}
			return starts, err
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
			c.stop(lost[string(topic)])
			revoked(lost[string(topic)])
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
			c.stop(lost[string(topic)])
			revoked(lost[string(topic)])
		}),
	)
	if c.client, err = kgo.NewClient(opts...); err != nil {
		return gremio.Wrap(gremio.Invalid, err, "kafka configuration")
	}
	c.poll(ctx)
	c.stopAll()
	leave, done := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer done()
	c.client.CommitMarkedOffsets(leave) // for tools only; the database's offsets count
	c.client.CloseAllowingRebalance()
	return context.Cause(ctx)
}

// startOffsets asks the owner of the database's offsets where to start.
func (l *Log) startOffsets(ctx context.Context, topic gremio.Topic, offsets map[string]map[int32]kgo.Offset,
	assigned func(context.Context, []gremio.LogPartition) (map[int32]int64, error), fail context.CancelCauseFunc,
) (map[string]map[int32]kgo.Offset, error) {
	numbers := make([]int32, 0, len(offsets[string(topic)]))
	for n := range offsets[string(topic)] {
		numbers = append(numbers, n)
	}
	if len(numbers) == 0 {
		return offsets, nil
	}
	parts, err := l.describe(ctx, topic, numbers)
	if err == nil {
		var starts map[int32]int64
		if starts, err = assigned(ctx, parts); err == nil {
			for n, start := range starts {
				offsets[string(topic)][n] = kgo.NewOffset().At(start)
			}
			return offsets, nil
		}
	}
	if ctx.Err() == nil {
		fail(err) // Consume ends and says why; its caller joins again if that helps
	}
	return nil, err
}

// A consumer is one membership of one group.
type consumer struct {
	topic  gremio.Topic
	client *kgo.Client
	apply  func(ctx context.Context, partition int32, records []gremio.Record) error
	fail   context.CancelCauseFunc

	mu     sync.Mutex
	queues map[int32]*queue
	owned  map[int32]bool // partitions whose start is known; what comes of others was fetched before they were lost
}

// A queue holds the records of one partition that wait for apply.
type queue struct {
	cancel  context.CancelFunc
	done    chan struct{}
	arrived chan struct{}
	waiting []*kgo.Record
	bytes   int // of waiting
	paused  bool
}

func (c *consumer) poll(ctx context.Context) {
	for ctx.Err() == nil {
		fetches := c.client.PollRecords(ctx, pollRecords)
		fetches.EachError(func(_ string, partition int32, err error) {
			switch {
			case errors.Is(err, context.Canceled), errors.Is(err, kgo.ErrClientClosed):
			case errors.Is(err, kerr.OffsetOutOfRange):
				c.fail(gremio.Errorf(gremio.Conflict, "%s/%d no longer holds the offset where the worker stands: %w", c.topic, partition, err))
			default:
				c.fail(problem(err, "read from Kafka"))
			}
		})
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			if len(p.Records) > 0 {
				c.add(ctx, p.Partition, p.Records)
			}
		})
	}
}

func (c *consumer) add(ctx context.Context, partition int32, records []*kgo.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.queues[partition]
	switch {
	case !c.owned[partition]:
		return
	case q == nil:
		qctx, cancel := context.WithCancel(ctx)
		q = &queue{cancel: cancel, done: make(chan struct{}), arrived: make(chan struct{}, 1)}
		c.queues[partition] = q
		go c.work(qctx, partition, q)
	}
	q.waiting = append(q.waiting, records...)
	for _, r := range records {
		q.bytes += sizeOf(r)
	}
	if most, mostBytes := shareOf(len(c.queues)); !q.paused && (len(q.waiting) > most || q.bytes > mostBytes) {
		q.paused = true
		c.client.PauseFetchPartitions(map[string][]int32{string(c.topic): {partition}})
	}
	select {
	case q.arrived <- struct{}{}:
	default:
	}
}

func (c *consumer) work(ctx context.Context, partition int32, q *queue) {
	defer close(q.done)
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.arrived:
		}
		for {
			c.mu.Lock()
			most, mostBytes := shareOf(len(c.queues))
			raw := q.waiting[:min(len(q.waiting), most, mostAtOnce)]
			q.waiting = q.waiting[len(raw):]
			for _, r := range raw {
				q.bytes -= sizeOf(r)
			}
			if q.paused && len(q.waiting) < most/2 && q.bytes < mostBytes/2 {
				q.paused = false
				c.client.ResumeFetchPartitions(map[string][]int32{string(c.topic): {partition}})
			}
			c.mu.Unlock()
			if len(raw) == 0 {
				break
			}
			if err := c.apply(ctx, partition, decodeAll(raw)); err != nil {
				if ctx.Err() == nil {
					c.fail(err)
				}
				return
			}
			if ctx.Err() != nil {
				return
			}
			c.client.MarkCommitRecords(raw[len(raw)-1])
		}
	}
}

// own takes what comes of partitions from now on.
func (c *consumer) own(partitions map[int32]kgo.Offset) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for p := range partitions {
		c.owned[p] = true
	}
}

// stop ends the work on partitions and waits for an apply that runs.
func (c *consumer) stop(partitions []int32) {
	c.mu.Lock()
	var stopping []*queue
	for _, p := range partitions {
		delete(c.owned, p)
		if q := c.queues[p]; q != nil {
			q.cancel()
			stopping = append(stopping, q)
			delete(c.queues, p)
			if q.paused {
				c.client.ResumeFetchPartitions(map[string][]int32{string(c.topic): {p}})
			}
		}
	}
	c.mu.Unlock()
	for _, q := range stopping {
		<-q.done
	}
}

func (c *consumer) stopAll() {
	c.mu.Lock()
	var all []int32
	for p := range c.queues {
		all = append(all, p)
	}
	c.mu.Unlock()
	c.stop(all)
}

func sizeOf(r *kgo.Record) int { return len(r.Key) + len(r.Value) + 512 }

func decodeAll(raw []*kgo.Record) []gremio.Record {
	records := make([]gremio.Record, len(raw))
	for i, r := range raw {
		records[i] = decode(r)
	}
	return records
}

func decode(r *kgo.Record) gremio.Record {
	rec := gremio.Record{
		LogPosition: gremio.LogPosition{Topic: gremio.Topic(r.Topic), Partition: r.Partition, Offset: r.Offset},
		Time:        r.Timestamp.UTC(), Key: string(r.Key), Value: r.Value,
		Headers: make(map[string]string, len(r.Headers)),
	}
	for _, h := range r.Headers {
		rec.Headers[h.Key] = string(h.Value)
	}
	rec.Event, rec.Err = gremio.Decode(rec.Headers, r.Value)
	rec.Event.Special = rec.Topic.HasSpecialLane() && r.Partition == gremio.SpecialPartition
	return rec
}
