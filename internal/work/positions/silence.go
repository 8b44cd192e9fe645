package positions

import (
	"context"
	"fmt"
	"time"

	"gremio"
	"gremio/internal/work"
)

// Tick ends the shifts of a guild that has closed, quietly, and calls carts
// missing that were not heard for their limit while take-in was up.
func Tick(ctx context.Context, tx Tx, now time.Time) (work.Outcome, error) {
	b := &positionBatch{tx: tx, carts: map[string]*gremio.CartRecord{}}
	var err error
	if b.settings, err = tx.Settings(ctx); err != nil {
		return b.done, err
	}
	carts, err := tx.CartsOnShift(ctx)
	if err != nil {
		return b.done, err
	}
	limit := time.Duration(b.settings.SilentAfterSeconds) * time.Second
	closed, isClosed := b.settings.Hours().ClosedSince(now)
	var silent []*gremio.CartRecord
	oldest := now
	for _, c := range carts {
		switch {
		case isClosed && c.ShiftStartedAt.Before(closed):
			b.closingHour(c, closed, now)
		case watched(c) && now.Sub(*c.HeardAt) >= limit:
			silent = append(silent, c)
			if c.HeardAt.Before(oldest) {
				oldest = *c.HeardAt
			}
		}
	}
	if len(silent) > 0 {
		spans, err := tx.IntakeSpans(ctx, oldest)
		if err != nil {
			return b.done, err
		}
		if b.paces, err = tx.PhonePaces(ctx, idsOf(silent)); err != nil {
			return b.done, err
		}
		for _, c := range silent {
			if limit := gremio.SilenceLimit(limit, b.paceOf(c.CartID)); gremio.UpBetween(spans, *c.HeardAt, now) >= limit {
				b.miss(c, now, limit)
			}
		}
	}
	if len(b.carts) == 0 {
		return b.done, nil
	}
	return b.done, b.save(ctx)
}

func idsOf(carts []*gremio.CartRecord) []string {
	ids := make([]string, len(carts))
	for i, c := range carts {
		ids[i] = c.CartID
	}
	return ids
}

// watched reports whether silence of the cart means something: it is live and
// has been heard by position in this shift.
func watched(c *gremio.CartRecord) bool {
	return c.State == gremio.CartLive && c.HeardAt != nil && !c.HeardAt.Before(*c.ShiftStartedAt)
}

func (b *positionBatch) closingHour(c *gremio.CartRecord, closed, now time.Time) {
	ended := gremio.ShiftEnded{Plate: c.Plate, Time: closed, By: "closing_hour"}
	e := gremio.Event{
		ID: gremio.DerivedID("shift-end", c.CartID+" "+c.ShiftStartedAt.Format(time.RFC3339Nano)), Source: source,
		Subject: string(c.Plate), Time: now, Data: ended,
	}
	b.endShift(c, ended, e)
	b.carts[c.CartID] = c
	b.done.Derived = append(b.done.Derived, e)
}

func (b *positionBatch) miss(c *gremio.CartRecord, now time.Time, limit time.Duration) {
	heard := *c.HeardAt
	alert := gremio.AlertID(gremio.AlertSilent, c.CartID+" "+heard.Format(time.RFC3339Nano))
	missed := gremio.CartMissed{Plate: c.Plate, LastHeard: heard, DecidedAt: now, LimitSeconds: int(limit.Seconds()),
		SettingsVersion: b.settings.Version, Alert: alert}
	c.Miss(missed)
	b.carts[c.CartID] = c
	b.done.Derived = append(b.done.Derived,
		gremio.Event{ID: gremio.DerivedID("missed", alert), Source: source, Subject: string(c.Plate), Time: now, Data: missed},
		gremio.NewAlert(source, gremio.AlertRaised{
			Alert: alert, Kind: gremio.AlertSilent, Severity: gremio.SeverityCritical, Plate: &c.Plate, Place: c.Place, RaisedAt: now,
			Cause: fmt.Sprintf("cart %s was last heard at %s and then not for %d s", c.Plate,
				heard.In(gremio.Santiago()).Format("15:04:05"), int(limit.Seconds())),
		}))
}
