package members

import (
	"context"
	"slices"

	"gremio"
)

// weigh returns why a person must look at an application, and what it collides
// with; no reasons when nobody must.
func (b *memberBatch) weigh(ctx context.Context, a gremio.Application, p gremio.Personal) (gremio.ApplicationHeldV2, error) {
	v := gremio.ApplicationHeldV2{ApplicationHeld: gremio.ApplicationHeld{
		Application: a.ID, At: b.now(), SettingsVersion: b.settings.Version}}
	reasons, err := b.doubts(ctx, p, a, a.Consent)
	if err != nil {
		return v, err
	}
	if a.RUTHash != nil {
		if slices.Contains(reasons, gremio.ReasonMemberAlready) {
			v.SameAs, _, err = b.tx.MemberWithDocument(ctx, *a.RUTHash)
		} else if v.DuplicateOf, err = b.tx.WaitsWithDocument(ctx, *a.RUTHash, a.ID); v.DuplicateOf != "" {
			reasons = append(reasons, gremio.ReasonDuplicate)
		}
		if err != nil {
			return v, err
		}
	}
	if a.RUTHash != nil && a.NameHash != nil {
		alike, err := b.tx.NamedAlike(ctx, *a.NameHash, *a.RUTHash, a.ID)
		if err != nil {
			return v, err
		}
		if alike {
			reasons = append(reasons, gremio.ReasonSameName)
		}
	}
	reasons = append(reasons, b.outstanding(a, p)...)
	if len(reasons) == 0 && b.settings.Membership == gremio.MembershipReview {
		reasons = append(reasons, gremio.ReasonReview)
	}
	v.Reasons = reasons
	return v, nil
}

// outstanding returns what the settings ask for and the applicant or the office
// has not done yet.
func (b *memberBatch) outstanding(a gremio.Application, p gremio.Personal) (reasons []string) {
	a.Personal = p
	if b.settings.ConfirmContact == gremio.ConfirmEmail && b.worker.Mail { // nobody waits for a message that nobody sends
		if _, err := gremio.ParseEmail(p.Email); err == nil && !a.Reached(gremio.ChannelEmail, b.master) {
			reasons = append(reasons, gremio.ReasonEmailUnconfirmed)
		}
	}
	if b.settings.ConfirmContact == gremio.ConfirmPhone && p.Phone != "" && !a.Reached(gremio.ChannelPhone, b.master) {
		reasons = append(reasons, gremio.ReasonPhoneUnconfirmed)
	}
	for _, asked := range b.settings.Asks(a.Antecedents) {
		if !asked.Met {
			return append(reasons, gremio.ReasonAntecedentMissing)
		}
	}
	return reasons
}

// settle decides a waiting application: nothing doubtful makes a member of the
// applicant, anything else waits for a person.
func (b *memberBatch) settle(ctx context.Context, a gremio.Application, p gremio.Personal) error {
	v, err := b.weigh(ctx, a, p)
	if err != nil {
		return err
	}
	if len(v.Reasons) > 0 {
		return b.hold(ctx, a, v)
	}
	d := gremio.ApplicationApprovedV2{
		ApplicationApproved: gremio.ApplicationApproved{Application: a.ID, Member: gremio.DerivedID("member", a.ID),
			By: gremio.ByMachine, At: v.At, SettingsVersion: v.SettingsVersion},
		Tier: a.Tier, ServedAs: b.settings.ServedAs(a),
	}
	if refused, err := b.approve(ctx, a, &d); err != nil || refused != "" {
		return err
	}
	id := gremio.DerivedID("approved", a.ID)
	b.derive(a, id, d)
	return b.tx.NoteDecision(ctx, d.Member, gremio.IDKey(d.EventType(), a.ID, id))
}

// hold lets an application wait for a person, unless it waits just so already.
func (b *memberBatch) hold(ctx context.Context, a gremio.Application, v gremio.ApplicationHeldV2) error {
	first := a.Queued || len(a.Reasons) == 0
	if !first && a.IsHeldAs(v) {
		if _, corrected := b.cause.Data.(gremio.PersonCorrected); corrected {
			b.askToConfirm(a)
		}
		return nil
	}
	if err := b.tx.HoldApplication(ctx, v); err != nil {
		return err
	}
	id := gremio.HeldID(a.ID)
	if !first {
		id = gremio.DerivedID("held", a.ID+" "+b.cause.ID)
	}
	b.derive(a, id, v)
	asked := slices.Contains(a.Reasons, gremio.ReasonEmailUnconfirmed)
	a.Reasons = v.Reasons
	switch _, corrected := b.cause.Data.(gremio.PersonCorrected); {
	case slices.Contains(v.Reasons, gremio.ReasonEmailUnconfirmed) && (!asked || corrected):
		b.askToConfirm(a)
	case first:
		b.tell(gremio.NoticeOfWaiting(a))
	default:
		b.tell(gremio.NoticeOfHeldAgain(a, id, v.At))
	}
	return nil
}

// askToConfirm sends the applicant the message by which the e-mail is confirmed,
// if the application waits for that.
func (b *memberBatch) askToConfirm(a gremio.Application) {
	if slices.Contains(a.Reasons, gremio.ReasonEmailUnconfirmed) {
		b.tell(gremio.NoticeOfConfirmation(a, a.ID+" "+b.cause.ID, b.now()))
	}
}

// rejudge judges a waiting application again after the event at hand changed
// what is known of it. What waits for its turn goes on waiting, unless it need
// not any more.
func (b *memberBatch) rejudge(ctx context.Context, application string) error {
	a, found, err := b.tx.Application(ctx, application)
	if err != nil || !found || a.State != gremio.ApplicationWaiting {
		return err
	}
	if a.Queued && b.settings.ServedAs(a) != a.Tier {
		return nil
	}
	p, err := b.personalOf(ctx, a)
	if err != nil {
		return err
	}
	return b.settle(ctx, a, p)
}

// personalOf opens who applies. Whoever was erased is nobody, and so is who
// cannot be read: then a person sees that there is no name.
func (b *memberBatch) personalOf(ctx context.Context, a gremio.Application) (gremio.Personal, error) {
	wrapped, known := b.keys[a.Person]
	if !known {
		keys, err := b.tx.PersonKeys(ctx, []string{a.Person})
		if err != nil {
			return gremio.Personal{}, err
		}
		wrapped = keys[a.Person]
	}
	if wrapped == nil {
		return gremio.Personal{}, nil
	}
	p, err := b.master.Unseal(wrapped, a.Sealed, a.Person)
	if gremio.KindOf(err) == gremio.Invalid {
		err = nil
	}
	return p, err
}
