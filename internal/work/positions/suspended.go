package positions

import (
	"context"
	"maps"
	"slices"
	"time"

	"gremio"
)

// begins notes that a shift began at t.
func (b *positionBatch) begins(plate gremio.Plate, t time.Time) {
	if b.began == nil {
		b.began = map[gremio.Plate]time.Time{}
	}
	b.began[plate] = t
}

// suspended raises an alert for each cart whose shift began while its member is
// suspended.
func (b *positionBatch) suspended(ctx context.Context) error {
	if !b.decides || len(b.began) == 0 {
		return nil
	}
	plates := slices.Sorted(maps.Keys(b.began))
	since, err := b.tx.SuspendedSince(ctx, plates)
	if err != nil {
		return err
	}
	for _, p := range plates {
		if from, suspended := since[p]; suspended && !b.began[p].Before(from) {
			b.done.Derived = append(b.done.Derived, gremio.SuspendedCartAlert(source, p, from, b.began[p]))
		}
	}
	return nil
}
