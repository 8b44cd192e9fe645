package members

import (
	"context"

	"gremio"
)

// speaks returns the application of a person who says something of it anew, or why
// that no longer counts.
func (b *memberBatch) speaks(ctx context.Context, application, person string) (a gremio.Application, refused string, err error) {
	a, found, err := b.tx.Application(ctx, application)
	switch {
	case err != nil:
		return a, "", err
	case !found:
		return a, refusedUnknown, nil
	case a.Person != person:
		return a, refusedOther, nil
	case a.ErasedAt != nil:
		return a, refusedErased, nil
	case a.State == gremio.ApplicationIsRejected:
		return a, refusedDecided, nil
	}
	return a, "", nil
}

// corrected takes what a person says now for what was said before, which is not
// read any more. Of a member the document and the plate stay: by the one the guild
// knows who it is, and the other has events of its own.
func (b *memberBatch) corrected(ctx context.Context, d gremio.PersonCorrected) (refused string, err error) {
	a, refused, err := b.speaks(ctx, d.Application, d.Person)
	if err != nil || refused != "" {
		return refused, err
	}
	if a.State == gremio.ApplicationIsApproved && d.Plate != nil {
		return "the application is decided: a member's plate is changed as a member's", nil
	}
	before := a.RUTHash
	a.Sealed, a.RUTHash, a.NameHash = nil, nil, nil
	keys, err := b.tx.PersonKeys(ctx, []string{d.Person})
	if err != nil {
		return "", err
	}
	if keys[d.Person] != nil { // else erased, and that comes behind this
		who, err := b.master.Unseal(keys[d.Person], d.Sealed, d.Person)
		if err != nil {
			return "", err
		}
		a.Sealed, a.RUTHash, a.NameHash = d.Sealed, b.hash(who), b.nameHash(who)
		if a.State == gremio.ApplicationIsApproved && !same(before, a.RUTHash) {
			return "the application is decided: a member's document stays", nil
		}
	}
	if d.Plate != nil {
		a.Plate = d.Plate
	}
	return "", b.tx.CorrectApplication(ctx, a)
}

func same(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// consented notes that a person agrees to a purpose, or no longer does: an
// applicant, or a member, whose carts are followed accordingly.
func (b *memberBatch) consented(ctx context.Context, d gremio.ConsentAct, given bool) (refused string, err error) {
	a, refused, err := b.speaks(ctx, d.Application, d.Person)
	if err != nil || refused != "" {
		return refused, err
	}
	if d.Purpose != gremio.PurposeTracking {
		return "", nil // nobody is asked for another
	}
	a.Consent, a.ConsentedAt = gremio.Consent{Tracking: given, Version: d.Version}, &d.At
	if err := b.tx.SetConsent(ctx, a.ID, a.Consent, d.At); err != nil {
		return "", err
	}
	return "", b.follow(ctx, a, d.At)
}
