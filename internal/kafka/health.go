package kafka

import (
	"sync"
	"time"

	"gremio"
)

// stuckAfter is how long a write may wait before it counts as refused: clients
// wait for it as long.
const stuckAfter = 2 * time.Second

// A health is what became of the writes to one topic. One partition may have no
// leader while the others take what they get.
type health struct {
	mu     sync.Mutex
	failed time.Time           // when a write was given up last
	begun  map[*byte]time.Time // writes whose fate is not known yet
}

// begin notes a write and returns what notes its end.
func (h *health) begin() (end func(ok bool)) {
	key := new(byte)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.begun == nil {
		h.begun = map[*byte]time.Time{}
	}
	h.begun[key] = time.Now()
	return func(ok bool) {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.begun, key)
		if !ok {
			h.failed = time.Now()
		}
	}
}

// TakesIn reports whether the log has taken every write of a cart's news since
// then, and keeps none waiting: whoever says that take-in is up says it for all
// partitions.
func (l *Log) TakesIn(since time.Time) bool {
	l.carts.mu.Lock()
	defer l.carts.mu.Unlock()
	if !l.carts.failed.Before(since) {
		return false
	}
	for _, begun := range l.carts.begun {
		if time.Since(begun) > stuckAfter {
			return false
		}
	}
	return true
}

// watched reports whether records are among those that TakesIn speaks of.
func watched(records []gremio.Outgoing) bool {
	for _, r := range records {
		if r.Topic == gremio.TopicPositions {
			return true
		}
	}
	return false
}
