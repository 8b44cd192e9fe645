//go:build !torture

package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gremio"
	"gremio/internal/kafka"
	"gremio/internal/kafka/embedded"
)

const joinGroup = "sales.ventas"

// A book is what the members of a group keep together, as in a database.
type book struct {
	mu      sync.Mutex
	applied map[gremio.LogPosition]int
	next    map[int32]int64
}

// A reader is a member of the group that notes what it applies.
type reader struct {
	*book
	cut   int           // batches that were told to stop
	slow  time.Duration // how long a batch of partition 1 takes, whatever it is told
	began chan struct{} // a slow batch has begun
	lost  []int32
}

// join makes r a member until the returned function ends it.
func (r *reader) join(t *testing.T, log *kafka.Log) (leave func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := log.Consume(ctx, joinGroup, gremio.TopicSales, r.assigned, r.revoked, r.apply); ctx.Err() == nil {
			t.Error("the reader, which lives, ended: ", err)
		}
	}()
	leave = sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(leave)
	return leave
}

func (r *reader) assigned(_ context.Context, parts []gremio.LogPartition) (map[int32]int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	starts := map[int32]int64{}
	for _, p := range parts {
		starts[p.Number] = r.next[p.Number]
	}
	return starts, nil
}

func (r *reader) revoked(numbers []int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = append(r.lost, numbers...)
}

func (r *reader) apply(ctx context.Context, partition int32, records []gremio.Record) error {
	r.mu.Lock()
	slow := r.slow
	if partition != 1 {
		slow = 0
	}
	r.mu.Unlock()
	if slow > 0 {
		select {
		case r.began <- struct{}{}:
		default:
		}
		time.Sleep(slow)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() != nil {
		r.cut++
		return ctx.Err()
	}
	for _, rec := range records {
		r.applied[rec.LogPosition]++
		r.next[partition] = rec.Offset + 1
	}
	return nil
}

func (r *reader) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.applied)
}

func newReader() *reader {
	return &reader{book: &book{applied: map[gremio.LogPosition]int{}, next: map[int32]int64{}}, began: make(chan struct{}, 1)}
}

// sell puts a sale of each of n carts on the log, on all partitions.
func sell(t *testing.T, log *kafka.Log, round, n int) {
	t.Helper()
	var sales []gremio.Event
	for i := range n {
		sales = append(sales, sale(gremio.Plate(fmt.Sprint("CART", i)), fmt.Sprint(round, "-", i), time.Now()))
	}
	_, err := log.Append(t.Context(), sales)
	must(t, err)
}

func within(t *testing.T, limit time.Duration, what string, done func() bool) time.Duration {
	t.Helper()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if done() {
			return time.Since(began)
		}
		if time.Since(began) > limit {
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
}

// dies joins the group as a process would and is gone before the answer comes,
// as one that is killed then.
func dies(t *testing.T, broker *embedded.Broker) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr))
	must(t, err)
	defer client.Close()
	meta := kmsg.NewConsumerMemberMetadata()
	meta.Version, meta.Topics = 3, []string{string(gremio.TopicSales)}
	req := kmsg.NewPtrJoinGroupRequest()
	req.Group, req.ProtocolType = joinGroup, "consumer"
	req.SessionTimeoutMillis, req.RebalanceTimeoutMillis = millis(kafka.SessionTimeout), millis(kafka.RebalanceTimeout)
	protocol := kmsg.NewJoinGroupRequestProtocol()
	protocol.Name, protocol.Metadata = kgo.CooperativeStickyBalancer().ProtocolName(), meta.AppendTo(nil)
	req.Protocols = []kmsg.JoinGroupRequestProtocol{protocol}
	resp, err := req.RequestWith(t.Context(), client)
	must(t, err)
	if err := kerr.ErrorForCode(resp.ErrorCode); !errors.Is(err, kerr.MemberIDRequired) {
		t.Fatal("the first join: ", err)
	}
	req.MemberID = resp.MemberID
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := req.RequestWith(ctx, client); err == nil {
		t.Log("the group answered before the member died")
	}
}

func millis(d time.Duration) int32 { return int32(d.Milliseconds()) }

// A member that is killed while it joins holds its group up for little longer
// than one that is killed while it works, whoever leads the group, and drives out
// none that lives. Each death is tried several times: whether the embedded broker
// times the session of the dead is left to chance.
func TestMemberDiesWhileItJoins(t *testing.T) {
	for _, leads := range []bool{false, true} {
		for try := range 4 {
			t.Run(fmt.Sprintf("leads %v/%d", leads, try), func(t *testing.T) {
				t.Parallel()
				memberDies(t, leads)
			})
		}
	}
}

func memberDies(t *testing.T, leads bool) {
	broker, log := start(t, t.TempDir())
	must(t, log.EnsureTopics(t.Context(), 4, false))
	r := newReader()
	if leads {
		dies(t, broker) // the first to join leads
		r.join(t, log)
	} else {
		r.join(t, log)
		sell(t, log, 0, 40)
		within(t, 15*time.Second, "the first sales are applied", func() bool { return r.count() == 40 })
		dies(t, broker)
		time.Sleep(kafka.HeartbeatInterval + time.Second) // until who lives hears of the join
	}
	before := r.count()
	sell(t, log, 1, 40)
	took := within(t, 75*time.Second, "sales after the death are applied", func() bool { return r.count() == before+40 })
	t.Log("applied", took, "after they were sold")
	if limit := kafka.SessionTimeout + 5*time.Second; took > limit {
		t.Errorf("the group stood still for %s, want less than %s", took, limit)
	}
}

// A batch that takes longer than a rebalance may take keeps its partition when
// another member joins, and is applied once.
func TestLongBatchKeepsItsPartition(t *testing.T) {
	_, log := start(t, t.TempDir())
	must(t, log.EnsureTopics(t.Context(), 4, false))
	r := newReader()
	r.join(t, log)
	sell(t, log, 0, 40)
	within(t, 15*time.Second, "the first sales are applied", func() bool { return r.count() == 40 })
	r.mu.Lock()
	r.slow = kafka.RebalanceTimeout + 5*time.Second
	r.mu.Unlock()
	sell(t, log, 1, 40)
	<-r.began
	other := &reader{book: r.book}
	other.join(t, log)
	within(t, kafka.RebalanceTimeout+45*time.Second, "all is applied, by one or the other", func() bool { return r.count() == 80 })
	r.mu.Lock()
	defer r.mu.Unlock()
	t.Logf("gave up partitions %v, %d batches were told to stop", r.lost, r.cut)
	if len(r.lost) != 2 {
		t.Errorf("gave up partitions %v, want half of the four", r.lost)
	}
	if slices.Contains(r.lost, 1) != (r.cut > 0) {
		t.Errorf("%d batches of partition 1 were told to stop", r.cut)
	}
	for at, times := range r.applied {
		if times != 1 {
			t.Errorf("%s is applied %d times", at, times)
		}
	}
}
