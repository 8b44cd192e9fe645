package members

import (
	"context"

	"gremio"
	"gremio/internal/work"
)

// Replay makes the tables anew from what stands in the log: applications as
// they were sent in, and what was decided about them.
func (w Worker) Replay(ctx context.Context, tx Tx, batch []gremio.Record) (work.Outcome, error) {
	b, err := w.begin(ctx, tx, batch)
	if err != nil {
		return work.Outcome{}, err
	}
	for _, rec := range batch {
		b.settings = b.history.At(rec.Event.Time)
		switch d := rec.Event.Data.(type) {
		case gremio.ApplicationSubmitted:
			err = b.replaySubmitted(ctx, rec.Event, d)
		case gremio.ApplicationHeld:
			err = tx.HoldApplication(ctx, d.Application, d.Reasons)
		case gremio.ApplicationApproved:
			err = b.replayApproved(ctx, d)
		case gremio.ApplicationRejected:
			_, err = b.rejectedByPerson(ctx, d)
		}
		if err != nil {
			return b.done, err
		}
	}
	return b.done, nil
}

// replaySubmitted stores an application with the doubts that its own words give.
// The decision to hold it names all that there were; applications from before
// there was such a decision have these alone.
func (b *memberBatch) replaySubmitted(ctx context.Context, e gremio.Event, d gremio.ApplicationSubmitted) error {
	a, personal, err := b.applicationOf(e, d)
	if err != nil {
		return err
	}
	if a.Reasons = personal.Doubts(d.Consent); a.Reasons == nil {
		a.Reasons = []string{}
	}
	return b.tx.AddApplication(ctx, a, d.Consent)
}

func (b *memberBatch) replayApproved(ctx context.Context, d gremio.ApplicationApproved) error {
	a, found, err := b.tx.Application(ctx, d.Application)
	if err != nil {
		return err
	}
	if !found {
		return gremio.Errorf(gremio.Invalid, "application %s was approved, but the log does not hold it", d.Application)
	}
	if d.Plate == "" {
		if d.Plate, err = b.plateFor(ctx, a); err != nil {
			return err
		}
	}
	return b.join(ctx, a, d)
}
