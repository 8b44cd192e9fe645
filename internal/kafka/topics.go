package kafka

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"gremio"
)

// describe returns what the broker knows of partitions of topic.
func (l *Log) describe(ctx context.Context, topic gremio.Topic, numbers []int32) ([]gremio.LogPartition, error) {
	meta, err := l.admin.Metadata(ctx, string(topic))
	if err != nil {
		return nil, problem(err, "ask Kafka for its topics")
	}
	t := meta.Topics[string(topic)]
	if t.Err != nil {
		return nil, problem(t.Err, "ask Kafka for topic "+string(topic))
	}
	starts, err := l.admin.ListStartOffsets(ctx, string(topic))
	if err != nil {
		return nil, problem(err, "ask Kafka where "+string(topic)+" starts")
	}
	ends, err := l.admin.ListEndOffsets(ctx, string(topic))
	if err != nil {
		return nil, problem(err, "ask Kafka where "+string(topic)+" ends")
	}
	parts := make([]gremio.LogPartition, len(numbers))
	for i, n := range numbers {
		start, ok1 := starts.Lookup(string(topic), n)
		end, ok2 := ends.Lookup(string(topic), n)
		if !ok1 || !ok2 || start.Err != nil || end.Err != nil {
			return nil, gremio.Errorf(gremio.Unavailable, "Kafka does not say where %s/%d starts and ends", topic, n)
		}
		parts[i] = gremio.LogPartition{
			Topic: topic, Number: n, Start: start.Offset, End: end.Offset,
			ClusterID: meta.Cluster, TopicID: t.ID.String(),
		}
	}
	slices.SortFunc(parts, func(a, b gremio.LogPartition) int { return int(a.Number - b.Number) })
	return parts, nil
}

// Ends implements work.Log.
func (l *Log) Ends(ctx context.Context, topic gremio.Topic) (map[int32]int64, error) {
	listed, err := l.admin.ListEndOffsets(ctx, string(topic))
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, problem(err, "ask Kafka where "+string(topic)+" ends")
	}
	ends := map[int32]int64{}
	listed.Each(func(o kadm.ListedOffset) { ends[o.Partition] = o.Offset })
	if len(ends) == 0 {
		return nil, gremio.Errorf(gremio.Unavailable, "topic %s does not exist: gremio topics create makes it", topic)
	}
	return ends, nil
}

// A TopicState is one topic as the broker has it.
type TopicState struct {
	Topic       gremio.Topic
	Partitions  int
	Replication int
	RetentionMS int64 // -1: for ever
	MaxBytes    int64 // of a batch that it takes
	Records     int64 // kept now
}

// Topics returns the state of the guild's topics, those that exist.
func (l *Log) Topics(ctx context.Context) ([]TopicState, error) {
	names := topicNames()
	details, err := l.admin.ListTopics(ctx, names...)
	if err != nil {
		return nil, problem(err, "ask Kafka for its topics")
	}
	configs, err := l.admin.DescribeTopicConfigs(ctx, names...)
	if err != nil {
		return nil, problem(err, "ask Kafka for its topics' configuration")
	}
	starts, err := l.admin.ListStartOffsets(ctx, names...)
	if err != nil {
		return nil, problem(err, "ask Kafka for offsets")
	}
	ends, err := l.admin.ListEndOffsets(ctx, names...)
	if err != nil {
		return nil, problem(err, "ask Kafka for offsets")
	}
	var all []TopicState
	for _, topic := range gremio.Topics() {
		d, ok := details[string(topic)]
		if !ok || len(d.Partitions) == 0 {
			continue
		}
		s := TopicState{Topic: topic, Partitions: len(d.Partitions), Replication: d.Partitions.NumReplicas(), RetentionMS: number(configs, topic, "retention.ms"), MaxBytes: number(configs, topic, "max.message.bytes")}
		for n := range d.Partitions {
			start, _ := starts.Lookup(string(topic), n)
			end, _ := ends.Lookup(string(topic), n)
			s.Records += end.Offset - start.Offset
		}
		all = append(all, s)
	}
	return all, nil
}

func topicNames() []string {
	var names []string
	for _, t := range gremio.Topics() {
		names = append(names, string(t))
	}
	return names
}

// number returns a topic's configuration of that name, 0 when the broker does not say.
func number(configs kadm.ResourceConfigs, topic gremio.Topic, name string) int64 {
	c, err := configs.On(string(topic), nil)
	if err != nil {
		return 0
	}
	for _, kv := range c.Configs {
		if kv.Key == name && kv.Value != nil {
			ms, _ := strconv.ParseInt(*kv.Value, 10, 64)
			return ms
		}
	}
	return 0
}

// EnsureTopics makes the topics that are missing, with partitions each, and
// refuses existing ones that keep less than the guild promises, unless
// acceptWeaker is set.
func (l *Log) EnsureTopics(ctx context.Context, partitions int, acceptWeaker bool) error {
	if partitions < gremio.MinPartitions {
		return gremio.Errorf(gremio.Invalid, "%d partitions: a topic has at least %d", partitions, gremio.MinPartitions)
	}
	meta, err := l.admin.BrokerMetadata(ctx)
	if err != nil {
		return problem(err, "ask Kafka for its brokers")
	}
	replication := min(3, len(meta.Brokers))
	have, err := l.Topics(ctx)
	if err != nil {
		return err
	}
	exists := map[gremio.Topic]TopicState{}
	for _, s := range have {
		exists[s.Topic] = s
	}
	var weak []string
	for _, topic := range gremio.Topics() {
		if s, ok := exists[topic]; ok {
			weak = append(weak, s.weaknesses(replication)...)
			continue
		}
		configs := map[string]*string{"retention.ms": kadm.StringPtr(strconv.FormatInt(retentionMS(topic), 10)), "retention.bytes": kadm.StringPtr("-1")}
		if replication >= 3 {
			configs["min.insync.replicas"] = kadm.StringPtr("2")
			configs["unclean.leader.election.enable"] = kadm.StringPtr("false")
		}
		resp, err := l.admin.CreateTopic(ctx, int32(partitions), int16(replication), configs, string(topic))
		if err != nil && !strings.Contains(err.Error(), "TOPIC_ALREADY_EXISTS") {
			return problem(err, fmt.Sprintf("make topic %s: %s", topic, resp.ErrMessage))
		}
	}
	if err := l.awaitTopics(ctx); err != nil {
		return err
	}
	if len(weak) > 0 && !acceptWeaker {
		return gremio.Errorf(gremio.Conflict, "topics that keep less than gremio promises: %s. Change them, or say --accept-weaker-topics", strings.Join(weak, "; "))
	}
	return nil
}

// awaitTopics waits until the broker, and what this client remembers of it,
// has every topic: new ones show a moment after they are made.
func (l *Log) awaitTopics(ctx context.Context) error {
	for range 100 {
		details, err := l.admin.ListTopics(ctx, topicNames()...)
		if err != nil {
			return problem(err, "ask Kafka for its topics")
		}
		missing := 0
		for _, name := range topicNames() {
			if d, ok := details[name]; !ok || d.Err != nil || len(d.Partitions) == 0 {
				missing++
			}
		}
		if missing == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return gremio.Errorf(gremio.Unavailable, "Kafka has made the topics but does not show them yet")
}

func retentionMS(topic gremio.Topic) int64 {
	if keep := topic.Retention(); keep > 0 {
		return keep.Milliseconds()
	}
	return -1
}

// leastMessageBytes is Kafka's default for the largest batch that a topic takes;
// the producer makes none that is larger.
const leastMessageBytes = 1_048_588

func (s TopicState) weaknesses(replication int) []string {
	var weak []string
	if want := retentionMS(s.Topic); s.RetentionMS >= 0 && (want < 0 || s.RetentionMS < want) {
		weak = append(weak, fmt.Sprintf("%s has retention.ms=%d, want %d", s.Topic, s.RetentionMS, want))
	}
	if s.MaxBytes > 0 && s.MaxBytes < leastMessageBytes {
		weak = append(weak, fmt.Sprintf("%s has max.message.bytes=%d, want at least %d: it refuses batches that hold good records", s.Topic, s.MaxBytes, leastMessageBytes))
	}
	if s.Partitions < gremio.MinPartitions {
		weak = append(weak, fmt.Sprintf("%s has %d partition, want at least %d", s.Topic, s.Partitions, gremio.MinPartitions))
	}
	if s.Replication < replication {
		weak = append(weak, fmt.Sprintf("%s has %d replicas, want %d", s.Topic, s.Replication, replication))
	}
	return weak
}

// DropExpired drops the head of each partition that is older than its topic's
// retention: the records before the first that is young enough, never a young
// one behind an old timestamp, and never one that a group which has ever read
// the topic has still to read: a guild may rest for a winter. The last record of
// a partition stays as well: an embedded log that is emptied counts from 0 again
// after a restart, and no worker that stood further on would believe it. The
// embedded broker needs all this; Kafka does it itself.
func (l *Log) DropExpired(ctx context.Context, nowMillis int64) error {
	for _, topic := range gremio.Topics() {
		keep := topic.Retention()
		if keep == 0 {
			continue
		}
		// Where no record is young enough, the answer to the second question is the
		// end, asked a moment later: a record that came in between would go with it.
		ends, err := l.Ends(ctx, topic)
		if err != nil {
			return err
		}
		first, err := l.admin.ListOffsetsAfterMilli(ctx, nowMillis-keep.Milliseconds(), string(topic))
		if err == nil {
			err = first.Error()
		}
		if err != nil {
			return problem(err, "find expired records of "+string(topic))
		}
		drop := first.Offsets()
		drop.Each(func(o kadm.Offset) {
			o.At = min(o.At, max(0, ends[o.Partition]-1))
			drop[o.Topic][o.Partition] = o
		})
		if err := l.keepUnread(ctx, topic, drop); err != nil {
			return problem(err, "ask who reads "+string(topic))
		}
		if _, err := l.admin.DeleteRecords(ctx, drop); err != nil {
			return problem(err, "drop expired records of "+string(topic))
		}
	}
	return nil
}

// keepUnread lowers the offsets before which topic's records are dropped to
// those that its groups, named worker.topic, have committed. They commit after
// the database does, so what is below is applied.
func (l *Log) keepUnread(ctx context.Context, topic gremio.Topic, drop kadm.Offsets) error {
	groups, err := l.admin.ListGroups(ctx)
	if err != nil {
		return err
	}
	for _, group := range groups.Groups() {
		if !strings.HasSuffix(group, "."+string(topic)) {
			continue
		}
		committed, err := l.admin.FetchOffsets(ctx, group)
		if err != nil {
			return err
		}
		committed.Each(func(c kadm.OffsetResponse) {
			if o, ok := drop.Lookup(c.Topic, c.Partition); ok && c.Offset.At >= 0 && c.At < o.At {
				o.At = c.At
				drop[o.Topic][o.Partition] = o // Add would only raise it
			}
		})
	}
	return nil
}
