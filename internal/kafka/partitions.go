package kafka

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gremio"
)

// All who write must agree on the number of partitions, or a key's records go
// to two of them and lose their order. The broker knows the number and whoever
// writes reaches the broker, so nobody writes by a number that was asked for
// longer ago than CountLasts.
const (
	CountLasts = 5 * time.Second
	countFresh = 2 * time.Second // older than this it is asked for again, beside the writing
)

type counts struct {
	of map[gremio.Topic]int32
	at time.Time
}

// partitionCount returns the number of partitions of topic.
func (l *Log) partitionCount(ctx context.Context, topic gremio.Topic) (int32, error) {
	l.mu.Lock()
	known := l.counts
	l.mu.Unlock()
	age := time.Since(known.at)
	n := known.of[topic]
	if n > 0 && age < countFresh {
		return n, nil
	}
	answer := l.asking.DoChan("", func() (any, error) { return l.askCounts() })
	if n > 0 && age < CountLasts {
		return n, nil
	}
	select {
	case <-ctx.Done():
		return 0, problem(context.Cause(ctx), "ask Kafka for its topics")
	case r := <-answer:
		if r.Err != nil {
			return 0, r.Err
		}
		if n = r.Val.(counts).of[topic]; n == 0 {
			return 0, gremio.Errorf(gremio.Unavailable, "topic %s does not exist: gremio topics create makes it", topic)
		}
		return n, nil
	}
}

// askCounts asks the broker for the number of partitions of every topic. It is
// asked for many who wait, so it is bounded by itself.
func (l *Log) askCounts() (counts, error) {
	ctx, cancel := context.WithTimeout(context.Background(), CountLasts)
	defer cancel()
	asked := time.Now()
	details, err := l.admin.ListTopics(ctx, topicNames()...)
	if err != nil {
		return counts{}, problem(err, "ask Kafka for its topics")
	}
	now := counts{map[gremio.Topic]int32{}, asked}
	ids := map[gremio.Topic]string{}
	for _, topic := range gremio.Topics() {
		if d := details[string(topic)]; len(d.Partitions) > 0 {
			now.of[topic], ids[topic] = int32(len(d.Partitions)), d.ID.String()
		}
	}
	l.mu.Lock()
	before := l.counts
	l.mu.Unlock()
	if err := l.producerSees(ctx, before, now); err != nil {
		return counts{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts, l.topicIDs = now, ids
	return now, nil
}

// producerSees waits until the producer knows partitions that were added: it
// refuses to write to one that it has not seen.
func (l *Log) producerSees(ctx context.Context, before, now counts) error {
	for topic, n := range now.of {
		if had := before.of[topic]; had == 0 || had == n {
			continue
		}
		for {
			first, _, _ := l.client.PartitionLeader(string(topic), 0)
			last, _, _ := l.client.PartitionLeader(string(topic), n-1)
			if first < 0 || last >= 0 {
				break // never written to, or seen
			}
			l.client.ForceMetadataRefresh()
			select {
			case <-ctx.Done():
				return problem(ctx.Err(), "wait until the added partitions of "+string(topic)+" show")
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return nil
}

// AddPartitions brings topic to count partitions and returns when every broker
// shows them.
func (l *Log) AddPartitions(ctx context.Context, topic gremio.Topic, count int) error {
	answers, err := l.admin.UpdatePartitions(ctx, count, string(topic))
	if err != nil {
		return problem(err, "add partitions")
	}
	if a := answers[string(topic)]; a.Err != nil {
		return gremio.Wrap(gremio.Unavailable, a.Err, "add partitions to %s: %s", topic, a.ErrMessage)
	}
	brokers, err := l.admin.ListBrokers(ctx)
	if err != nil {
		return problem(err, "ask Kafka for its brokers")
	}
	for _, b := range brokers {
		if err := l.brokerShows(ctx, b, topic, count); err != nil {
			return err
		}
	}
	return nil
}

func (l *Log) brokerShows(ctx context.Context, b kadm.BrokerDetail, topic gremio.Topic, count int) error {
	req := kmsg.NewPtrMetadataRequest()
	t := kmsg.NewMetadataRequestTopic()
	t.Topic = kmsg.StringPtr(string(topic))
	req.Topics = append(req.Topics, t)
	for {
		answer, err := l.client.Broker(int(b.NodeID)).RetriableRequest(ctx, req)
		if err != nil {
			return problem(err, fmt.Sprintf("ask broker %d for the added partitions of %s", b.NodeID, topic))
		}
		if meta, ok := answer.(*kmsg.MetadataResponse); ok && len(meta.Topics) == 1 {
			ready := 0
			for _, p := range meta.Topics[0].Partitions {
				if p.Leader >= 0 && p.ErrorCode == 0 {
					ready++
				}
			}
			if ready >= count {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return problem(ctx.Err(), fmt.Sprintf("wait until broker %d shows the added partitions of %s", b.NodeID, topic))
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// Flush returns when nothing that was given to the log is on its way any more.
func (l *Log) Flush(ctx context.Context) error {
	return problem(l.client.Flush(ctx), "wait for records that are on their way")
}

// Since returns what topic holds now from offsets on, in no order across
// partitions, and where to go on. Nil offsets mean the records since from.
func (l *Log) Since(ctx context.Context, topic gremio.Topic, from time.Time, offsets map[int32]int64) ([]gremio.Record, map[int32]int64, error) {
	if offsets == nil {
		listed, err := l.admin.ListOffsetsAfterMilli(ctx, from.UnixMilli(), string(topic))
		if err == nil {
			err = listed.Error()
		}
		if err != nil {
			return nil, nil, problem(err, "find the newest records of "+string(topic))
		}
		offsets = map[int32]int64{}
		listed.Each(func(o kadm.ListedOffset) { offsets[o.Partition] = o.Offset })
	}
	ends, err := l.Ends(ctx, topic)
	if err != nil {
		return nil, nil, err
	}
	var found []gremio.Record
	for partition, end := range ends {
		err := l.Read(ctx, topic, partition, offsets[partition], end, func(records []gremio.Record) error {
			found = append(found, records...)
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return found, ends, nil
}
