package members

import (
	"context"
	"time"

	"gremio"
	"gremio/internal/work"
)

// While a fee is set, a premium application that is not paid lies in partition 0
// and must not profit from it: the lane is waited for before every basic batch.
// So its batch only stores it, which takes no longer than to read it, and it is
// decided when everything is that the log held when it was stored. Once it is
// paid, or nobody asks for a fee any more, nothing is waited for.

// First returns the applications whose turn comes next, and whether it need not
// be waited for.
func (w Worker) First(ctx context.Context, tx Tx, now time.Time, limit int) (ids []string, atOnce bool, err error) {
	ids, err = tx.Queued(ctx, limit)
	if err != nil || len(ids) == 0 {
		return nil, false, err
	}
	history, err := tx.SettingsSince(ctx, now)
	return ids, history.At(now).PremiumFee == 0, err
}

// Serve decides applications whose turn it is, those that are not decided yet.
func (w Worker) Serve(ctx context.Context, tx Tx, ids []string, now time.Time) (work.Outcome, error) {
	b := &memberBatch{tx: tx, master: w.Master, worker: w}
	history, err := tx.SettingsSince(ctx, now)
	if err != nil {
		return b.done, err
	}
	b.settings = history.At(now)
	// They lie in partition 0, and what becomes of them too.
	b.cause = gremio.Event{Time: now, Special: true, Lane: gremio.LaneAt(gremio.SpecialPartition)}
	for _, id := range ids {
		a, found, err := tx.Application(ctx, id)
		if err != nil {
			return b.done, err
		}
		if !found || !a.Queued || a.State != gremio.ApplicationWaiting {
			continue
		}
		p, err := b.personalOf(ctx, a)
		if err != nil {
			return b.done, err
		}
		if err := b.settle(ctx, a, p); err != nil {
			return b.done, err
		}
	}
	return b.done, nil
}
