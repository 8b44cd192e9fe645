package gremio_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"gremio"
)

func TestSpecialRecordsGoToPartition0(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.String().Draw(t, "key")
		n := rapid.Int32Range(1, 64).Draw(t, "partitions")
		for _, topic := range gremio.Topics() {
			if p := topic.Partition(key, true, n); p != gremio.SpecialPartition {
				t.Fatalf("special %s %q of %d goes to %d", topic, key, n, p)
			}
		}
	})
}

func TestOrdinaryRecordsGoByKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.String().Draw(t, "key")
		n := rapid.Int32Range(gremio.MinPartitions, 64).Draw(t, "partitions")
		for _, topic := range gremio.Topics() {
			p := topic.Partition(key, false, n)
			if p < 0 || p >= n {
				t.Fatalf("%s %q goes to partition %d of %d", topic, key, p, n)
			}
			if topic.HasSpecialLane() && p == gremio.SpecialPartition {
				t.Fatalf("ordinary %s %q goes to the special lane", topic, key)
			}
			if again := topic.Partition(key, false, n); again != p {
				t.Fatalf("%s %q goes to %d and to %d", topic, key, p, again)
			}
		}
	})
}

// A cart's records stay where they are from one version of gremio to the next:
// a hash that changes would put a cart's future before its past.
func TestPartitionsOfKnownKeys(t *testing.T) {
	for _, test := range []struct {
		topic gremio.Topic
		key   string
		n     int32
		want  int32
	}{
		{gremio.TopicSales, "BBCL12", 4, 2},
		{gremio.TopicSales, "7", 12, 10},
		{gremio.TopicPositions, "BBCL12", 4, 2},
		{gremio.TopicMemberships, "app-1", 12, 8},
	} {
		if p := test.topic.Partition(test.key, false, test.n); p != test.want {
			t.Errorf("%s %q of %d goes to %d, want %d", test.topic, test.key, test.n, p, test.want)
		}
	}
}

func TestRecordsSpread(t *testing.T) {
	for _, keys := range []struct {
		what string
		key  func(i int) string
	}{
		{"the first client's numbers", func(i int) string { return fmt.Sprint(i) }},
		{"plates that differ in the end", func(i int) string { return fmt.Sprintf("BBCL%02d", i%100) + fmt.Sprint(i/100) }},
		{"plates that differ at the start", func(i int) string { return fmt.Sprintf("%c%c%02dZZ", 'A'+i%26, 'A'+i/26%26, i%100) }},
	} {
		for _, n := range []int32{2, 4, 12} {
			for _, topic := range []gremio.Topic{gremio.TopicSales, gremio.TopicPositions} {
				const records = 1200
				counts := map[int32]int{}
				for i := range records {
					counts[topic.Partition(keys.key(i), false, n)]++
				}
				lanes := int(n)
				if topic.HasSpecialLane() {
					lanes--
				}
				fair := records / lanes
				for p := n - int32(lanes); p < n; p++ {
					if counts[p] < fair/2 || counts[p] > fair*2 {
						t.Errorf("%s over %d partitions of %s: %d gets %d of %d records", keys.what, n, topic, p, counts[p], records)
					}
				}
			}
		}
	}
}

func TestRetention(t *testing.T) {
	for topic, days := range map[gremio.Topic]float64{
		gremio.TopicMemberships: 0, gremio.TopicSales: 0, gremio.TopicStock: 0, gremio.TopicAlerts: 0,
		gremio.TopicPositions: 30, gremio.TopicRejected: 90,
	} {
		if got := topic.Retention().Hours() / 24; got != days {
			t.Errorf("%s is kept %g days, want %g (0: for ever)", topic, got, days)
		}
	}
}
