package kafka

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"gremio"
)

// Append puts events on their topics, in order, and returns where each lies
// once the log has all of them. An error of kind Unavailable means that it is
// not known which of them the log has; sending them again under the same ids
// counts them once. ctx bounds the wait, not the writing: a record that is on
// its way may still arrive after Append gave up.
func (l *Log) Append(ctx context.Context, events []gremio.Event) ([]gremio.LogPosition, error) {
	records := make([]gremio.Outgoing, len(events))
	for i, e := range events {
		var err error
		if records[i], err = e.Outgoing(); err != nil {
			return nil, err
		}
	}
	deliver, cancel := context.WithTimeout(context.WithoutCancel(ctx), deliveryTimeout)
	return l.write(ctx, deliver, cancel, records)
}

// Say puts one event on its topic before ctx ends, or gives it up: unlike
// Append it leaves no record behind that may still arrive later, unless that was
// on its way.
func (l *Log) Say(ctx context.Context, e gremio.Event) error {
	r, err := e.Outgoing()
	if err != nil {
		return err
	}
	_, err = l.write(ctx, ctx, func() {}, []gremio.Outgoing{r})
	return err
}

// ProduceEach puts records on their topics, in order, and returns what became of
// each once that is known: nil for those that the log has. Invalid is one that
// the log does not take as it is; it may take what it was sent with.
func (l *Log) ProduceEach(ctx context.Context, records []gremio.Outgoing) []error {
	deliver, cancel := context.WithTimeout(ctx, deliveryTimeout)
	defer cancel()
	fates := make([]error, len(records))
	out, err := l.outgoing(deliver, records)
	if err != nil {
		for i := range fates {
			fates[i] = err
		}
		return fates
	}
	var wait sync.WaitGroup
	wait.Add(len(out))
	for i, r := range out {
		l.client.TryProduce(deliver, r, func(_ *kgo.Record, err error) {
			fates[i] = problem(err, "write to Kafka")
			wait.Done()
		})
	}
	wait.Wait()
	return fates
}

// write waits for the log until ctx ends; a record that is not on its way by
// the end of deliver is given up. done is called when every record's fate is known.
func (l *Log) write(ctx, deliver context.Context, done context.CancelFunc, records []gremio.Outgoing) ([]gremio.LogPosition, error) {
	out, err := l.outgoing(ctx, records)
	if err != nil {
		done()
		return nil, err
	}
	end := func(bool) {}
	if watched(records) {
		end = l.carts.begin()
	}
	results := make(chan error, 1)
	var wait sync.WaitGroup
	var once sync.Once
	var failed atomic.Bool
	wait.Add(len(out))
	// The records outlive the request: once they are on their way their fate is
	// the log's. kgo's own delivery timeout counts from a record's timestamp, and
	// an event may be derived long after its cause.
	for _, r := range out {
		l.client.TryProduce(deliver, r, func(_ *kgo.Record, err error) {
			if err != nil {
				failed.Store(true)
				once.Do(func() { results <- problemOf(err, r, "write to Kafka") })
			}
			wait.Done()
		})
	}
	go func() {
		wait.Wait()
		done()
		end(!failed.Load())
		once.Do(func() { results <- nil })
	}()
	select {
	case <-ctx.Done():
		return nil, problem(context.Cause(ctx), "wait for Kafka to keep the record")
	case err := <-results:
		if err != nil {
			return nil, err
		}
	}
	at := make([]gremio.LogPosition, len(out))
	for i, r := range out {
		at[i] = gremio.LogPosition{Topic: records[i].Topic, Partition: r.Partition, Offset: r.Offset}
	}
	return at, nil
}

// problemOf is problem for a record: a batch that the topic finds too large says
// nothing of a record of it that is smaller than any topic of ours takes.
func problemOf(err error, r *kgo.Record, what string) error {
	err = problem(err, what)
	if gremio.KindOf(err) == gremio.Invalid && len(r.Key)+len(r.Value) < leastMessageBytes/2 {
		return gremio.Wrap(gremio.Unavailable, err, "a batch was refused")
	}
	return err
}

// outgoing returns records as Kafka's client takes them, each with its partition.
func (l *Log) outgoing(ctx context.Context, records []gremio.Outgoing) ([]*kgo.Record, error) {
	out := make([]*kgo.Record, len(records))
	for i, r := range records {
		n, err := l.partitionCount(ctx, r.Topic)
		if err != nil {
			return nil, err
		}
		out[i] = &kgo.Record{
			Topic: string(r.Topic), Partition: r.Partition(n),
			Value: r.Value, Timestamp: r.Time,
		}
		if r.Key != "" {
			out[i].Key = []byte(r.Key)
		}
		for _, h := range r.Headers {
			out[i].Headers = append(out[i].Headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
		}
	}
	return out, nil
}

// TopicID returns the id that the broker gave topic, "" before it was asked.
func (l *Log) TopicID(topic gremio.Topic) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.topicIDs[topic]
}
