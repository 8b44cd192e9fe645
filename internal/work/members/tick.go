package members

import (
	"context"
	"time"

	"gremio"
	"gremio/internal/work"
)

// tickTx is what time alone decides of.
type tickTx interface {
	SuspensionsOver(ctx context.Context, now time.Time, limit int) ([]gremio.Member, error)
	PartitionOf(ctx context.Context, application string) (int32, bool, error)
}

// atOnce is how many decisions of a sort one tick takes; the next comes a second later.
const atOnce = 100

// Tick ends the suspensions whose time has come, tells of permits that are about
// to expire, and forgets again whom a backup has brought back.
func (w Worker) Tick(ctx context.Context, tx Tx, now time.Time) (work.Outcome, error) {
	b := &memberBatch{tx: tx, master: w.Master, worker: w}
	if err := b.listed(ctx, w.Listed); err != nil {
		return b.done, err
	}
	history, err := tx.SettingsSince(ctx, now)
	if err != nil {
		return b.done, err
	}
	b.settings = history.At(now)
	if err := b.resume(ctx, now); err != nil {
		return b.done, err
	}
	return b.done, b.warn(ctx, now)
}

func (b *memberBatch) resume(ctx context.Context, now time.Time) error {
	over, err := b.tx.SuspensionsOver(ctx, now, atOnce)
	if err != nil {
		return err
	}
	for _, m := range over {
		id := gremio.DerivedID("resumed", m.ID+" "+m.SuspendedUntil.Format(time.RFC3339Nano))
		if _, err := b.decideOf(ctx, m, id, now, gremio.MemberResumed{MemberAct: machineAct(m, now)}); err != nil {
			return err
		}
	}
	return nil
}

func machineAct(m gremio.Member, now time.Time) gremio.MemberAct {
	return gremio.MemberAct{Application: m.Application, Member: m.ID, By: gremio.ByMachine, At: now}
}

// decideOf applies a decision about a member that no person took and puts it on
// the log, unless it does not fit any more or the log has not told of the
// approval yet.
func (b *memberBatch) decideOf(ctx context.Context, m gremio.Member, id string, now time.Time, d gremio.Data) (decided bool, err error) {
	lies, found, err := b.tx.PartitionOf(ctx, m.Application)
	if err != nil || !found {
		return false, err
	}
	e := gremio.Event{ID: id, Source: source, Subject: m.Application, Time: now,
		Special: lies == gremio.SpecialPartition, Lane: gremio.LaneAt(lies), Data: d}
	b.cause = e
	refused, err := b.live(ctx, e)
	if err != nil || refused != "" {
		return false, err
	}
	b.done.Derived = append(b.done.Derived, e)
	return true, nil
}
