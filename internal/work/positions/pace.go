package positions

import (
	"context"
	"maps"
	"slices"
	"time"

	"gremio"
)

// paceTx is what judging the pace of phones needs of a transaction.
type paceTx interface {
	PhonePaces(ctx context.Context, cartIDs []string) (map[string]gremio.PhonePaced, error)
	SetPhonePace(ctx context.Context, p gremio.PhonePaced) error
	FixesReceived(ctx context.Context, cartID string, since time.Time) ([]time.Time, error)
}

// paceOf returns the pace that was decided for a cart's phone, 0 for the guild's.
func (b *positionBatch) paceOf(cartID string) time.Duration {
	return time.Duration(b.paces[cartID].IntervalSeconds) * time.Second
}

// A gap is a pause between two signs of life in one shift.
type gap struct{ shift, from, to time.Time }

// paused notes a pause after which a cart was heard again at received, when it
// may tell something of its phone's settings: it was past the limit, or the phone
// was found slow and may have been set right.
func (b *positionBatch) paused(c *gremio.CartRecord, before *time.Time, received time.Time) {
	if !b.decides || !c.OnShift() || before == nil || before.Before(*c.ShiftStartedAt) || !received.After(*before) {
		return
	}
	pace := b.paceOf(c.CartID)
	long := received.Sub(*before) >= b.limitAt(c.CartID, received)
	mended := pace > 0 && received.Sub(b.paces[c.CartID].DecidedAt) >= gremio.PaceHeld && received.Truncate(time.Minute).After(*before)
	if !long && !mended {
		return
	}
	if b.gaps == nil {
		b.gaps = map[string]gap{}
	}
	b.gaps[c.CartID] = gap{*c.ShiftStartedAt, *before, received} // of several in a batch the last
}

// limitAt returns for how long a cart may have been silent at t.
func (b *positionBatch) limitAt(cartID string, t time.Time) time.Duration {
	return gremio.SilenceLimit(time.Duration(b.history.At(t).SilentAfterSeconds)*time.Second, b.paceOf(cartID))
}

// judgePaces decides of which phones the pauses are their pace. It looks at what
// the track has and at no memory of its own, so that it survives a restart.
func (b *positionBatch) judgePaces(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(b.gaps)) {
		g := b.gaps[id]
		heard, err := b.heardSince(ctx, id, g)
		if err != nil {
			return err
		}
		last := len(heard) - 1
		if last < 2 || !heard[last].Equal(g.to) {
			continue
		}
		if limit := b.limitAt(id, g.to); g.to.Sub(g.from) >= limit {
			spans, err := b.tx.IntakeSpans(ctx, heard[last-2])
			if err != nil {
				return err
			}
			up := func(i int) time.Duration { return gremio.UpBetween(spans, heard[i-1], heard[i]) }
			if pace := gremio.SlowPace(up(last-1), up(last), limit); pace > 0 {
				if err := b.slow(ctx, id, pace, g.to); err != nil {
					return err
				}
			}
		} else if b.mended(heard, g) {
			err = b.atPace(ctx, id, g.to)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// heardSince returns when fixes were received in the two hours before the end of
// g, of its shift, those of this batch too.
func (b *positionBatch) heardSince(ctx context.Context, id string, g gap) ([]time.Time, error) {
	since := g.to.Add(-gremio.PaceHeld)
	if g.shift.After(since) {
		since = g.shift
	}
	heard, err := b.tx.FixesReceived(ctx, id, since)
	for _, p := range b.track {
		if p.CartID == id && !p.ReceivedAt.Before(since) {
			heard = append(heard, p.ReceivedAt)
		}
	}
	slices.SortFunc(heard, time.Time.Compare)
	heard = slices.CompactFunc(heard, time.Time.Equal)
	end, _ := slices.BinarySearchFunc(heard, g.to.Add(1), time.Time.Compare)
	return heard[:end], err
}

// mended reports whether there was no long pause in the two hours before the end of g.
func (b *positionBatch) mended(heard []time.Time, g gap) bool {
	limit := time.Duration(b.history.At(g.to).SilentAfterSeconds) * time.Second
	if heard[0].Sub(g.to.Add(-gremio.PaceHeld)) >= limit {
		return false // the shift is younger, or it began with a pause
	}
	for i := 1; i < len(heard); i++ {
		if heard[i].Sub(heard[i-1]) >= limit {
			return false
		}
	}
	return true
}

func (b *positionBatch) slow(ctx context.Context, id string, pace time.Duration, now time.Time) error {
	plate := b.carts[id].Plate
	p := gremio.PhonePaced{Plate: plate, IntervalSeconds: int(pace.Seconds()), DecidedAt: now, SettingsVersion: b.history.At(now).Version, Alert: gremio.SlowPhoneAlertID(plate, now)}
	if b.paceOf(id) > 0 {
		p.Alert = b.paces[id].Alert // it stands already
	}
	b.done.Derived = append(b.done.Derived, paced(p), gremio.SlowPhoneAlert(source, p))
	return b.tx.SetPhonePace(ctx, p)
}

// atPace notes that a phone that was too slow is not any more.
func (b *positionBatch) atPace(ctx context.Context, id string, now time.Time) error {
	p := gremio.PhonePaced{Plate: b.carts[id].Plate, DecidedAt: now, SettingsVersion: b.history.At(now).Version, Alert: b.paces[id].Alert}
	e := paced(p)
	b.done.Derived = append(b.done.Derived, e)
	b.closeAlert(b.carts[id], p.Alert, e, "the phone reports often enough again")
	return b.tx.SetPhonePace(ctx, p)
}

func paced(p gremio.PhonePaced) gremio.Event {
	return gremio.Event{ID: gremio.DerivedID("paced", p.Alert+" "+p.DecidedAt.Format(time.RFC3339Nano)), Source: source, Subject: string(p.Plate), Time: p.DecidedAt, Data: p}
}
