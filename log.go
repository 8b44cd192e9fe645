package gremio

import (
	"strconv"
	"strings"
	"time"
)

// A LogPosition is where a record lies, as 202 answers it.
type LogPosition struct {
	Topic     Topic
	Partition int32
	Offset    int64
}

// String returns "topic/partition/offset".
func (p LogPosition) String() string {
	return string(p.Topic) + "/" + itoa(int(p.Partition)) + "/" + itoa(int(p.Offset))
}

// ParseLogPosition reads "topic/partition/offset".
func ParseLogPosition(text string) (LogPosition, error) {
	parts := strings.Split(text, "/")
	if len(parts) == 3 {
		part, err := strconv.ParseInt(parts[1], 10, 32)
		offset, err2 := strconv.ParseInt(parts[2], 10, 64)
		if parts[0] != "" && err == nil && err2 == nil && part >= 0 && offset >= 0 {
			return LogPosition{Topic: Topic(parts[0]), Partition: int32(part), Offset: offset}, nil
		}
	}
	return LogPosition{}, Errorf(Invalid, "%q is no position: want topic/partition/offset, such as ventas/3/1234", text)
}

// A Record is one record of a topic as a worker gets it. Err says why the
// record is no valid event; Event is then empty.
type Record struct {
	LogPosition
	Time    time.Time // the record's timestamp: the server's
	Key     string
	Headers map[string]string
	Value   []byte
	Event   Event
	Err     error
}

// An Outgoing is a record that waits to be put on its topic. ID is its place
// in the outbox, 0 when it does not come from there.
type Outgoing struct {
	ID      int64
	Topic   Topic
	Key     string
	Special bool
	Lane    Lane
	Time    time.Time
	Headers [][2]string
	Value   []byte
}

// Outgoing returns the record that carries the event.
func (e Event) Outgoing() (Outgoing, error) {
	value, err := e.Value()
	return Outgoing{
		Topic: e.Topic(), Key: e.Subject, Special: e.Special, Lane: e.Lane, Time: e.Time,
		Headers: e.Headers(), Value: value,
	}, err
}

// Record returns the record as a worker would read it.
func (o Outgoing) Record() Record {
	r := Record{LogPosition: LogPosition{Topic: o.Topic, Offset: -1}, Time: o.Time, Key: o.Key, Value: o.Value, Headers: map[string]string{}}
	for _, h := range o.Headers {
		r.Headers[h[0]] = h[1]
	}
	r.Event, r.Err = Decode(r.Headers, r.Value)
	r.Event.Special = o.Special
	return r
}

// A LogPartition is one partition of a topic as the broker knows it now.
type LogPartition struct {
	Topic      Topic
	Number     int32
	Start, End int64 // offsets: of the oldest record that is kept, and of the next that will come
	ClusterID  string
	TopicID    string
}

// An Offset is where a worker stands in one partition.
type Offset struct {
	Topic     Topic
	Partition int32
	Epoch     int64 // of the owner; whoever takes the partition raises it
	Next      int64 // the offset of the next record to apply
	ClusterID string
	TopicID   string
	UpdatedAt time.Time
}

// An AppliedID is an event id that a worker has applied. The position of an
// event that the worker derived itself has offset -1 until it comes back.
type AppliedID struct {
	Key    string
	ID     string
	Digest string
	Time   time.Time // the event's
	At     LogPosition
}

// A Rejection is a record that a worker did not apply, and why.
type Rejection struct {
	Record Record
	Reason string
	At     time.Time // when it was rejected first; zero: now
}

// A KnownEvent says where an event id is known from.
type KnownEvent struct {
	Worker   string
	Subject  string      // the plate that it is about, "" for none
	At       LogPosition // the offset is -1 when the position is not kept
	Rejected bool
	Reason   string
	Noted    time.Time // when it was received, or rejected
}

// NextOffsets returns the offset of the next record to apply of each partition
// of topic that offsets have.
func NextOffsets(offsets []Offset, topic Topic) map[int32]int64 {
	next := map[int32]int64{}
	for _, o := range offsets {
		if o.Topic == topic {
			next[o.Partition] = o.Next
		}
	}
	return next
}

// Reached reports whether offsets have every partition of topic up to ends.
func Reached(offsets []Offset, topic Topic, ends map[int32]int64) bool {
	at := NextOffsets(offsets, topic)
	for p, end := range ends {
		if at[p] < end {
			return false
		}
	}
	return true
}

// An OutboxState is what waits in a worker's outbox.
type OutboxState struct {
	Worker  string
	Waiting int64      // for their topics
	Refused int64      // by the log; they wait for a person
	Oldest  *time.Time // of those that wait, when it was derived
}
