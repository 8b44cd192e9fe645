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
		b.settings, b.cause = b.history.At(rec.Event.Time), rec.Event
		switch d := rec.Event.Data.(type) {
		case gremio.ApplicationSubmitted:
			err = b.replaySubmitted(ctx, rec.Event, d)
		case gremio.ApplicationHeld:
			err = tx.HoldApplication(ctx, d.V2())
		case gremio.ApplicationHeldV2:
			err = tx.HoldApplication(ctx, d)
		case gremio.ApplicationApproved:
			err = b.replayDecision(ctx, rec.Event, gremio.ApplicationApprovedV2{ApplicationApproved: d})
		case gremio.ApplicationApprovedV2:
			err = b.replayDecision(ctx, rec.Event, d)
		case gremio.ApplicationRejected:
			_, err = b.rejectedByPerson(ctx, d, b.settings.Version)
		case gremio.ApplicationRejectedV2:
			_, err = b.rejectedByPerson(ctx, d.ApplicationRejected, d.SettingsVersion)
		case gremio.ApplicationConfirmed:
			_, err = b.confirmed(ctx, d)
		case gremio.ApplicationChecked:
			_, err = b.checked(ctx, d)
		case gremio.ApplicationPaid:
			_, err = b.paid(ctx, d)
		case gremio.PersonCorrected:
			_, err = b.corrected(ctx, d)
		case gremio.ConsentGiven:
			_, err = b.consented(ctx, d.ConsentAct, true)
		case gremio.ConsentWithdrawn:
			_, err = b.consented(ctx, d.ConsentAct, false)
		case gremio.PersonErased:
			err = b.replayErased(ctx, d)
		default:
			if isLife(rec.Event.Type()) {
				err = b.relive(ctx, rec.Event)
			}
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
	if a.Reasons = personal.Doubts(d.Consent); a.Reasons == nil || a.Sealed == nil {
		a.Reasons = []string{}
	}
	if b.settings.ServedAs(a) != a.Tier { // it was not judged before its turn
		a.Reasons = []string{}
	}
	if err := b.tx.AddApplication(ctx, a, d.Consent); err != nil || b.settings.ServedAs(a) == a.Tier {
		return err
	}
	return b.tx.QueueApplication(ctx, a.ID)
}

func (b *memberBatch) replayApproved(ctx context.Context, d gremio.ApplicationApprovedV2) error {
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
	if a.ErasedAt == nil {
		return b.join(ctx, a, d, b.tx.ReplayMember)
	}
	// The machine's decision was on its way when the person was erased, and that
	// the member has left comes behind it.
	a.RUTHash = nil
	if err := b.tx.ReviveErased(ctx, a.ID); err != nil {
		return err
	}
	return b.join(ctx, a, d, b.tx.ReplayMember)
}

// replayDecision approves as the log says, and notes a decision that no person took.
func (b *memberBatch) replayDecision(ctx context.Context, e gremio.Event, d gremio.ApplicationApprovedV2) error {
	err := b.replayApproved(ctx, d)
	if err == nil && d.By == gremio.ByMachine {
		err = b.tx.NoteDecision(ctx, d.Member, e.Key())
	}
	return err
}

// replayErased empties what is known of a person. What else follows is done, or
// is a decision of its own.
func (b *memberBatch) replayErased(ctx context.Context, d gremio.PersonErased) error {
	a, found, err := b.tx.Application(ctx, d.Application)
	if err != nil || !found || a.ErasedAt != nil {
		return err
	}
	return b.tx.EraseApplication(ctx, a.ID, a.Member, d.At)
}
