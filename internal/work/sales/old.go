package sales

import (
	"context"
	"time"

	"gremio"
	"gremio/internal/work"
)

type oldTx interface {
	SettingsSince(ctx context.Context, t time.Time) (gremio.SettingsHistory, error)
	DeleteOldSales(ctx context.Context, first gremio.Day, received time.Time, carts int) (int64, error)
}

const (
	// oldGrace is how much later rows are deleted than a void is refused: records of
	// a clock that is behind come in, and a setting that was a mistake is mended.
	oldGrace = 24 * time.Hour
	// oldUnread is how long a sale stays that came when its day was past, so that the
	// revision of that day can list it.
	oldUnread = 7 * 24 * time.Hour
	// oldAtOnce carts' days are one tick's part, so that batches wait only a little.
	oldAtOnce = 25
	// oldEvery is how often it looks again after it found none.
	oldEvery = 10 * time.Minute
)

// Old deletes single sales that the guild no longer keeps. It decides nothing: what
// may still be taken back follows from the settings and the events' times alone.
type Old struct {
	next time.Time
}

// Tick deletes some of them, after everything logged before now is applied.
func (o *Old) Tick(ctx context.Context, tx oldTx, now time.Time) (work.Outcome, error) {
	var done work.Outcome
	if now.Before(o.next) {
		return done, nil
	}
	history, err := tx.SettingsSince(ctx, time.UnixMicro(0))
	if err != nil {
		return done, err
	}
	var deleted int64
	if first := history.SalesKeptFrom(now.Add(-oldGrace)); first != "" {
		if deleted, err = tx.DeleteOldSales(ctx, first, now.Add(-oldUnread), oldAtOnce); err != nil {
			return done, err
		}
	}
	if deleted == 0 {
		o.next = now.Add(oldEvery)
		return done, nil
	}
	done.Kept = append(done.Kept, func() {}) // so that it is kept
	return done, nil
}
