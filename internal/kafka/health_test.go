package kafka_test

import (
	"context"
	"testing"
	"time"

	"gremio"
	"gremio/internal/kafka/embedded"
)

// Who says that take-in is up may not say it while carts' news waits or is given
// up, though the sign itself would be taken.
func TestTakesIn(t *testing.T) {
	dir := t.TempDir()
	broker, log := start(t, dir)
	must(t, log.EnsureTopics(t.Context(), 4, false))
	began := time.Now()
	position := func(ctx context.Context) error {
		now := time.Now().UTC()
		_, err := log.Append(ctx, []gremio.Event{{ID: "p", Source: "/api", Subject: "A", Time: now, Data: gremio.PositionReported{Plate: "A", Time: now}}})
		return err
	}
	must(t, position(t.Context()))
	if !log.TakesIn(began) {
		t.Error("what was taken counts as refused")
	}
	broker.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if err := position(ctx); err == nil {
		t.Fatal("a broker that is away has taken a position")
	}
	if log.TakesIn(began) {
		t.Error("a position has waited for 3 s, and take-in counts as up")
	}
	again, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0", NoSync: true})
	must(t, err)
	defer again.Close()
	for deadline := time.Now().Add(30 * time.Second); ; {
		since := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := position(ctx)
		cancel()
		if err == nil && log.TakesIn(since) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the broker is back, and take-in counts as down: %v", err)
		}
	}
}
