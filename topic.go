package gremio

import (
	"hash/fnv"
	"time"
)

// A Topic is one of the guild's Kafka topics.
type Topic string

// The topics, named as the guild names them.
const (
	TopicMemberships Topic = "nuevos-usuarios"
	TopicSales       Topic = "ventas"
	TopicPositions   Topic = "coordenadas"
	TopicStock       Topic = "stock"
	TopicAlerts      Topic = "alertas"
	TopicRejected    Topic = "rechazados"
)

// SpecialPartition is the special lane: premium applications in
// nuevos-usuarios, sightings in coordenadas. Ordinary records of those two
// topics go by key over the other partitions.
const SpecialPartition int32 = 0

// MinPartitions is the least number of partitions of a topic.
const MinPartitions = 2

const day = 24 * time.Hour

// Topics returns every topic, in a fixed order.
func Topics() []Topic {
	return []Topic{TopicMemberships, TopicSales, TopicPositions, TopicStock, TopicAlerts, TopicRejected}
}

// Retention returns how long the topic's records are kept; 0 means for ever.
func (t Topic) Retention() time.Duration {
	switch t {
	case TopicPositions:
		return 30 * day
	case TopicRejected:
		return 90 * day
	default:
		return 0
	}
}

// HasSpecialLane reports whether partition 0 of the topic is reserved.
func (t Topic) HasSpecialLane() bool { return t == TopicMemberships || t == TopicPositions }

// A Lane keeps a record in a partition whatever the number of partitions has
// become: all events of an application stay in its first one. The zero value
// leaves the record to its key.
type Lane int32

// LaneAt returns the lane of partition.
func LaneAt(partition int32) Lane { return Lane(partition + 1) }

// Partition returns the partition of the record among n partitions.
func (r Outgoing) Partition(n int32) int32 {
	if kept := int32(r.Lane) - 1; kept >= 0 && kept < n {
		return kept
	}
	return r.Topic.Partition(r.Key, r.Special, n)
}

// Partition returns the partition of a record with key among n partitions.
// Records of one key always meet in one partition, so a cart's events keep
// their order. Special records go to partition 0, which some topics reserve for them.
func (t Topic) Partition(key string, special bool, n int32) int32 {
	if n <= 1 {
		return 0
	}
	h := fnv.New32a()
	h.Write([]byte(key))
	sum := h.Sum32()
	// FNV's low bits are weak for short keys that differ in one digit; fold the high ones in.
	sum ^= sum >> 16
	if special {
		return SpecialPartition
	}
	if !t.HasSpecialLane() {
		return int32(sum % uint32(n))
	}
	return 1 + int32(sum%uint32(n-1))
}
