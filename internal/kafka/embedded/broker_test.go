package embedded_test

import (
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"gremio"
	"gremio/internal/kafka/embedded"
)

func start(t *testing.T, dir string) *embedded.Broker {
	t.Helper()
	b, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func client(t *testing.T, b *embedded.Broker) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(b.Addr), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{"t": {0: kgo.NewOffset().AtStart()}}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What was acknowledged is there after a restart, under the same cluster and topic ids.
func TestRestartKeepsTheLog(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	var cluster, topic string
	for run := range 3 {
		b := start(t, dir)
		if addr, err := embedded.Address(dir); err != nil || addr != b.Addr {
			t.Errorf("its address is noted as %q, %v; want %q", addr, err, b.Addr)
		}
		c := client(t, b)
		admin := kadm.NewClient(c)
		if run == 0 {
			made, err := admin.CreateTopic(ctx, 1, 1, nil, "t")
			if err != nil {
				t.Fatal(err)
			}
			topic = made.ID.String()
		}
		meta, err := admin.Metadata(ctx, "t")
		if err != nil {
			t.Fatal(err)
		}
		if id := meta.Topics["t"].ID.String(); run == 0 {
			cluster = meta.Cluster
		} else if meta.Cluster != cluster || id != topic {
			t.Errorf("run %d: cluster %s, topic %s; before %s, %s", run, meta.Cluster, id, cluster, topic)
		}
		if err := c.ProduceSync(ctx, &kgo.Record{Topic: "t", Value: fmt.Append(nil, run)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		var got []string
		for len(got) < run+1 {
			fetches := c.PollFetches(ctx)
			if err := fetches.Err(); err != nil {
				t.Fatal(err)
			}
			fetches.EachRecord(func(r *kgo.Record) { got = append(got, string(r.Value)) })
		}
		for i, v := range got {
			if v != fmt.Sprint(i) {
				t.Errorf("run %d: at %d lies %s", run, i, v)
			}
		}
		c.Close()
		b.Close()
		if _, err := embedded.Address(dir); err == nil || gremio.KindOf(err) != gremio.Unavailable {
			t.Errorf("a broker that has ended still has an address: %v", err)
		}
	}
}

func TestOneBrokerAFolder(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir)
	if second, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0"}); err == nil || gremio.KindOf(err) != gremio.Conflict {
		t.Errorf("%v, want a conflict", err)
		if err == nil {
			second.Close()
		}
	}
	b.Close()
	start(t, dir).Close()
}

func TestPortThatIsTaken(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	taken := ln.Addr().String()
	if b, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: taken, Exact: true}); err == nil || gremio.KindOf(err) != gremio.Unavailable {
		t.Errorf("exactly a port that is taken: %v, want unavailable", err)
		if err == nil {
			b.Close()
		}
	}
	b, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: taken})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if b.Addr == taken {
		t.Errorf("two listen on %s", taken)
	}
	c := client(t, b)
	defer c.Close()
	if err := c.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// It has no passwords, so nobody else may reach it.
func TestLoopbackOnly(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:9092", "example.org:9092", "127.0.0.1", ""} {
		if b, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: listen}); err == nil || gremio.KindOf(err) != gremio.Invalid {
			t.Errorf("%q: %v, want invalid", listen, err)
			if err == nil {
				b.Close()
			}
		}
	}
}
