package members

import (
	"context"
	"time"

	"gremio"
)

// permitTx is what permits need of a transaction.
type permitTx interface {
	SavePermit(ctx context.Context, p gremio.Permit) error
	LockPermits(ctx context.Context, member string) ([]gremio.Permit, error)
	NoteWarning(ctx context.Context, p gremio.Permit) error
	ForgetWarnings(ctx context.Context, member string) error
	PermitsToWarnOf(ctx context.Context, until gremio.Day, limit int) ([]gremio.Permit, error)
}

// warn decides to tell the desk of the permits that are about to expire, once for
// each date that they are noted with.
func (b *memberBatch) warn(ctx context.Context, now time.Time) error {
	until, wanted := b.settings.PermitsFrom(now)
	if !wanted {
		return nil
	}
	permits, err := b.tx.PermitsToWarnOf(ctx, until, atOnce)
	if err != nil {
		return err
	}
	for _, p := range permits {
		m, found, err := b.tx.MemberByID(ctx, p.Member)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		d := gremio.PermitWarned{MemberAct: machineAct(m, now), Kind: p.Kind, ExpiresOn: p.ExpiresOn, Alert: p.WarningID(), SettingsVersion: b.settings.Version}
		decided, err := b.decideOf(ctx, m, gremio.DerivedID("warned", d.Alert), now, d)
		if err != nil {
			return err
		}
		if decided {
			b.done.Derived = append(b.done.Derived, gremio.PermitAlert(source, m.Plate, d))
		}
	}
	return nil
}

// judgeWarning returns why a permit needs no warning after all.
func (b *memberBatch) judgeWarning(ctx context.Context, d gremio.PermitWarned) (refused string, err error) {
	permits, err := b.tx.LockPermits(ctx, d.Member)
	for _, p := range permits {
		if p.Kind == d.Kind && p.ExpiresOn == d.ExpiresOn && !p.Warned() {
			return "", err
		}
	}
	return "the permit has another date by now", err
}

// calm closes the alerts that c leaves nobody to look at: of a permit that is
// renewed, and of all of who leaves.
func (b *memberBatch) calm(ctx context.Context, c *change) error {
	reason, over := "", func(gremio.Permit) bool { return true }
	switch d := c.event.Data.(type) {
	case gremio.PermitNoted:
		reason, over = "the permit was noted anew", func(p gremio.Permit) bool { return p.Kind == d.Kind && p.ExpiresOn != d.ExpiresOn }
	case gremio.MemberLeft:
		reason = "the member left"
	default:
		return nil
	}
	permits, err := b.tx.LockPermits(ctx, c.member.ID)
	if err != nil {
		return err
	}
	for _, p := range permits {
		if p.Warned() && over(p) {
			b.done.Derived = append(b.done.Derived, gremio.CloseAlert(source, nil, gremio.AlertClosed{Alert: p.Alert, By: "worker " + Name, Reason: reason, At: c.act.At}))
		}
	}
	return nil
}

// keepPermit stores what the event says of permits.
func (b *memberBatch) keepPermit(ctx context.Context, c *change) error {
	switch d := c.event.Data.(type) {
	case gremio.PermitNoted:
		return b.tx.SavePermit(ctx, gremio.Permit{Member: c.member.ID, Kind: d.Kind, Sealed: d.Number, ExpiresOn: d.ExpiresOn})
	case gremio.PermitWarned:
		return b.tx.NoteWarning(ctx, gremio.Permit{Member: c.member.ID, Kind: d.Kind, Alert: d.Alert, WarnedFor: d.ExpiresOn})
	case gremio.MemberLeft:
		return b.tx.ForgetWarnings(ctx, c.member.ID) // who comes back is told of again
	}
	return nil
}
