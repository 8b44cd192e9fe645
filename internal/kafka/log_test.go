package kafka_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"gremio"
	"gremio/internal/kafka"
	"gremio/internal/kafka/embedded"
)

// start starts an embedded broker on a free port, and a connection to it.
func start(t *testing.T, dir string) (*embedded.Broker, *kafka.Log) {
	t.Helper()
	broker, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0", NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	log, err := kafka.Open(kafka.Config{Seeds: []string{broker.Addr}}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	stop := sync.OnceFunc(func() { log.Close(); broker.Close() })
	t.Cleanup(stop)
	return broker, log
}

func admin(t *testing.T, broker *embedded.Broker) *kadm.Client {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return kadm.NewClient(client)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sale(plate gremio.Plate, id string, at time.Time) gremio.Event {
	return gremio.Event{ID: id, Source: "/api", Subject: string(plate), Time: at, Data: gremio.SaleRecorded{Plate: plate, Units: 1, Time: at}}
}

func TestEnsureTopics(t *testing.T) {
	_, log := start(t, t.TempDir())
	if err := log.EnsureTopics(t.Context(), 1, false); err == nil || gremio.KindOf(err) != gremio.Invalid {
		t.Errorf("one partition: %v, want invalid", err)
	}
	for range 2 {
		must(t, log.EnsureTopics(t.Context(), 4, false))
	}
	topics, err := log.Topics(t.Context())
	must(t, err)
	if len(topics) != len(gremio.Topics()) {
		t.Fatalf("%d topics of %d", len(topics), len(gremio.Topics()))
	}
	for _, s := range topics {
		want := int64(-1)
		if keep := s.Topic.Retention(); keep > 0 {
			want = keep.Milliseconds()
		}
		if s.Partitions != 4 || s.Replication != 1 || s.RetentionMS != want || s.Records != 0 {
			t.Errorf("%+v, want 4 partitions and retention %d", s, want)
		}
	}
}

// An existing topic that forgets what the guild promised to keep is refused,
// unless told twice.
func TestWeakTopicsAreRefused(t *testing.T) {
	broker, log := start(t, t.TempDir())
	_, err := admin(t, broker).CreateTopic(t.Context(), 1, 1, map[string]*string{"retention.ms": kadm.StringPtr("604800000")}, string(gremio.TopicSales))
	must(t, err)
	err = log.EnsureTopics(t.Context(), 4, false)
	if err == nil || gremio.KindOf(err) != gremio.Conflict || !strings.Contains(err.Error(), "ventas") || !strings.Contains(err.Error(), "retention.ms") || !strings.Contains(err.Error(), "partition") {
		t.Errorf("%v, want a conflict that names ventas, its retention and its partitions", err)
	}
	must(t, log.EnsureTopics(t.Context(), 4, true))
}

func TestAppend(t *testing.T) {
	_, log := start(t, t.TempDir())
	now := time.Now()
	if _, err := log.Append(t.Context(), []gremio.Event{sale("A", "1", now)}); err == nil || gremio.KindOf(err) != gremio.Unavailable {
		t.Errorf("without topics: %v, want unavailable", err)
	}
	must(t, log.EnsureTopics(t.Context(), 4, false))
	var events []gremio.Event
	for i := range 100 {
		events = append(events, sale(gremio.Plate(fmt.Sprint("P", i%9)), fmt.Sprint(i), now))
	}
	// What is derived long after its cause goes to the log too.
	events = append(events, sale("OLD", "old", now.Add(-365*24*time.Hour)))
	at, err := log.Append(t.Context(), events)
	must(t, err)
	seen := map[gremio.LogPosition]bool{}
	last := map[int32]int64{}
	for i, p := range at {
		if seen[p] {
			t.Errorf("two records lie at %s", p)
		}
		seen[p] = true
		if want := gremio.TopicSales.Partition(events[i].Subject, false, 4); p.Topic != gremio.TopicSales || p.Partition != want {
			t.Errorf("a sale of %s lies at %s, want partition %d", events[i].Subject, p, want)
		}
		if before, ok := last[p.Partition]; ok && p.Offset <= before {
			t.Errorf("%s comes after offset %d", p, before)
		}
		last[p.Partition] = p.Offset
	}
	ends, err := log.Ends(t.Context(), gremio.TopicSales)
	must(t, err)
	var total int64
	for _, end := range ends {
		total += end
	}
	if total != int64(len(events)) || len(ends) != 4 {
		t.Errorf("the log holds %d records in %d partitions, want %d in 4", total, len(ends), len(events))
	}
	if at, err := log.Append(t.Context(), nil); err != nil || len(at) != 0 {
		t.Errorf("nothing: %v, %v", at, err)
	}
}

func TestBrokerIsAway(t *testing.T) {
	broker, log := start(t, t.TempDir())
	must(t, log.EnsureTopics(t.Context(), 4, false))
	must(t, log.Ping(t.Context()))
	broker.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := log.Append(ctx, []gremio.Event{sale("A", "1", time.Now())}); err == nil || gremio.KindOf(err) != gremio.Unavailable {
		t.Errorf("append: %v, want unavailable", err)
	}
	if _, err := log.Ends(ctx, gremio.TopicSales); err == nil || gremio.KindOf(err) != gremio.Unavailable {
		t.Errorf("ends: %v, want unavailable", err)
	}
}

// Records older than their topic's retention go, a young one behind an old
// timestamp never does, and what is kept for ever stays.
func TestDropExpired(t *testing.T) {
	_, log := start(t, t.TempDir())
	must(t, log.EnsureTopics(t.Context(), 2, false))
	now := time.Now()
	old := now.Add(-31 * 24 * time.Hour)
	alive := func(at time.Time) gremio.Event {
		return gremio.Event{ID: at.String(), Source: "/api", Subject: "api", Time: at, Data: gremio.IntakeAlive{API: "api"}}
	}
	_, err := log.Append(t.Context(), []gremio.Event{alive(old), alive(old.Add(time.Second)), alive(now), alive(old.Add(time.Minute)), sale("A", "1", old)})
	must(t, err)
	must(t, log.DropExpired(t.Context(), now.UnixMilli()))
	topics, err := log.Topics(t.Context())
	must(t, err)
	for _, s := range topics {
		want := map[gremio.Topic]int64{gremio.TopicPositions: 2, gremio.TopicSales: 1}[s.Topic]
		if s.Records != want {
			t.Errorf("%s holds %d records, want %d", s.Topic, s.Records, want)
		}
	}
}

// A record that comes while expired ones are sought is young, whatever was found
// of its partition before.
func TestDropExpiredSparesWhatComes(t *testing.T) {
	broker, log := start(t, t.TempDir())
	must(t, log.EnsureTopics(t.Context(), 2, false))
	admin := admin(t, broker)
	for round := range 100 {
		ends, err := admin.ListEndOffsets(t.Context(), string(gremio.TopicPositions))
		must(t, err)
		_, err = admin.DeleteRecords(t.Context(), ends.Offsets()) // nothing young is there
		must(t, err)
		var dropping sync.WaitGroup
		dropping.Go(func() {
			if err := log.DropExpired(t.Context(), time.Now().UnixMilli()); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Duration(round%20) * 100 * time.Microsecond)
		at, err := log.Append(t.Context(), []gremio.Event{{ID: fmt.Sprint(round), Source: "/api", Subject: "api", Time: time.Now(), Data: gremio.IntakeAlive{API: "api"}}})
		must(t, err)
		dropping.Wait()
		starts, err := admin.ListStartOffsets(t.Context(), string(gremio.TopicPositions))
		must(t, err)
		if o, _ := starts.Lookup(string(at[0].Topic), at[0].Partition); o.Offset > at[0].Offset {
			t.Fatalf("round %d: the record at %s was dropped", round, at[0])
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for what, cfg := range map[string]kafka.Config{
		"no brokers":             {},
		"an unknown mechanism":   {Seeds: []string{"localhost:1"}, SASL: "gssapi"},
		"a CA that is not there": {Seeds: []string{"localhost:1"}, CAFile: "no such file"},
	} {
		if log, err := kafka.Open(cfg, slog.New(slog.DiscardHandler)); err == nil || gremio.KindOf(err) != gremio.Invalid {
			t.Errorf("%s: %v, want invalid", what, err)
			if err == nil {
				log.Close()
			}
		}
	}
}
