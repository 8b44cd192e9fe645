package kafka

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"gremio"
)

// Describe returns the partitions of topic as the broker knows them now.
func (l *Log) Describe(ctx context.Context, topic gremio.Topic) ([]gremio.LogPartition, error) {
	ends, err := l.Ends(ctx, topic)
	if err != nil {
		return nil, err
	}
	numbers := make([]int32, 0, len(ends))
	for n := range ends {
		numbers = append(numbers, n)
	}
	return l.describe(ctx, topic, numbers)
}

// ReadRejected gives what rechazados holds now, RecordRejected and RecordLeftOut,
// in no order across partitions.
func (l *Log) ReadRejected(ctx context.Context, each func(gremio.Data)) error {
	parts, err := l.Describe(ctx, gremio.TopicRejected)
	if err != nil {
		return err
	}
	for _, p := range parts {
		err := l.Read(ctx, p.Topic, p.Number, p.Start, p.End, func(records []gremio.Record) error {
			for _, rec := range records {
				if rec.Err == nil {
					each(rec.Event.Data)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Read gives the records of one partition from offset from up to, but not
// including, offset to, in order and in portions, outside any group.
func (l *Log) Read(ctx context.Context, topic gremio.Topic, partition int32, from, to int64, each func([]gremio.Record) error) error {
	if from >= to {
		return nil
	}
	opts, err := l.cfg.options()
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(append(opts,
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{string(topic): {partition: kgo.NewOffset().At(from)}}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchMaxBytes(8<<20),
	)...)
	if err != nil {
		return gremio.Wrap(gremio.Invalid, err, "kafka configuration")
	}
	defer client.CloseAllowingRebalance()
	for from < to {
		fetches := client.PollRecords(ctx, pollRecords)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, e := range fetches.Errors() {
			if errors.Is(e.Err, kerr.OffsetOutOfRange) {
				return gremio.Errorf(gremio.Conflict, "%s/%d no longer holds offset %d: %w", topic, partition, from, e.Err)
			}
			return problem(e.Err, "read from Kafka")
		}
		var portion []gremio.Record
		for _, r := range fetches.Records() {
			if r.Offset >= from && r.Offset < to {
				portion = append(portion, decode(r))
				from = r.Offset + 1
			} else if r.Offset >= to {
				from = to
			}
		}
		if len(portion) > 0 {
			if err := each(portion); err != nil {
				return err
			}
		}
	}
	return nil
}
