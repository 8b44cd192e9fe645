package work

import (
	"context"
	"math/rand/v2"
	"time"
)

// backOff waits longer after each failure in a row, with a little chance in it
// so that processes which failed together do not come back together.
type backOff struct {
	least, most time.Duration
	next        time.Duration
}

func (b *backOff) sleep(ctx context.Context) {
	b.next = min(max(b.next*2, b.least), b.most)
	sleep(ctx, b.next/2+rand.N(b.next/2+1))
}

func (b *backOff) reset() { b.next = 0 }

// sleep waits for d and reports whether ctx let it.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
