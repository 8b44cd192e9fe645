package members

import (
	"context"
	"slices"
	"time"

	"gremio"
)

// lifeTx is what a member's life needs of a transaction.
type lifeTx interface {
	MemberByID(ctx context.Context, id string) (gremio.Member, bool, error)
	SaveMember(ctx context.Context, m gremio.Member) error
	ClaimPlate(ctx context.Context, plate gremio.Plate, member string, since time.Time) error
	MarkHoldings(ctx context.Context, marks ...gremio.HoldingMark) error
	HolderOf(ctx context.Context, plate gremio.Plate) (member string, since time.Time, err error)
	PlatesOf(ctx context.Context, member string) ([]gremio.Plate, error)
	AddMemberEvent(ctx context.Context, e gremio.MemberEvent) error
	NoteDecision(ctx context.Context, member, key string) error
	DecisionOnItsWay(ctx context.Context, member string, offset int64) (bool, error)
	FormerlyHeld(ctx context.Context, plate gremio.Plate) (bool, error)
	TakePlate(ctx context.Context, plate, follows gremio.Plate, by string, at time.Time) error
	permitTx
	stockTx
}

// lifeTypes are the events of a member's life.
var lifeTypes = []gremio.Type{gremio.TypeMemberChanged, gremio.TypeMemberSuspended, gremio.TypeMemberResumed, gremio.TypeMemberLeft,
	gremio.TypeMemberReturned, gremio.TypeCartGiven, gremio.TypePlateChanged, gremio.TypePermitNoted, gremio.TypePermitWarned}

// A change is one event of a member's life as it is applied.
type change struct {
	event   gremio.Event
	act     gremio.MemberAct
	member  gremio.Member // as it is before the event, and then after it
	history gremio.MemberEvent
	marks   []gremio.HoldingMark
	claims  gremio.Plate   // a plate that nobody held
	idle    []gremio.Plate // no longer used: their shifts end
	since   *time.Time     // when the member was suspended, who is so before the event
}

// live applies an event of a member's life, or returns why it no longer fits:
// the first in the log has won.
func (b *memberBatch) live(ctx context.Context, e gremio.Event) (refused string, err error) {
	c, found, err := b.changeOf(ctx, e)
	if err != nil {
		return "", err
	}
	if !found {
		return "there is no such member", nil
	}
	if refused, err = b.judge(ctx, c); err != nil || refused != "" {
		return refused, err
	}
	if err := b.turn(ctx, c); err != nil {
		return "", err
	}
	if c.claims != "" {
		if err := b.tx.ClaimPlate(ctx, c.claims, c.member.ID, c.act.At); err != nil {
			return "", err
		}
		b.done.Derived = append(b.done.Derived, gremio.CloseAlert(source, &c.claims, gremio.AlertClosed{
			Alert: gremio.AlertID(gremio.AlertUnknownCart, string(c.claims)), By: "worker " + Name, Reason: "a member bears the plate", At: c.act.At,
		}))
	}
	for _, plate := range c.idle {
		b.endShift(c.event, plate)
	}
	if err := b.calm(ctx, c); err != nil {
		return "", err
	}
	if err := b.takePlates(ctx, c); err != nil {
		return "", err
	}
	if err := b.endSuspension(ctx, c); err != nil {
		return "", err
	}
	if err := b.carryStock(ctx, c); err != nil {
		return "", err
	}
	if err := b.keep(ctx, c); err != nil {
		return "", err
	}
	return "", b.followed(ctx, c)
}

// relive applies an event of a member's life that was applied once: nothing is
// judged again, and nothing derived.
func (b *memberBatch) relive(ctx context.Context, e gremio.Event) error {
	c, found, err := b.changeOf(ctx, e)
	if err != nil {
		return err
	}
	if !found {
		return gremio.Errorf(gremio.Invalid, "%s is about member %s, whom the log does not hold", e.Type(), c.act.Member)
	}
	if err := b.turn(ctx, c); err != nil {
		return err
	}
	return b.keep(ctx, c)
}

func (b *memberBatch) changeOf(ctx context.Context, e gremio.Event) (*change, bool, error) {
	c := &change{event: e, act: actOf(e.Data)}
	var found bool
	var err error
	c.member, found, err = b.tx.MemberByID(ctx, c.act.Member)
	c.history = gremio.MemberEvent{Member: c.act.Member, Cause: e.ID, At: c.act.At, By: c.act.By, Reason: c.act.Reason}
	c.since = c.member.SuspendedAt
	return c, found && c.member.Application == c.act.Application, err
}

func actOf(d gremio.Data) gremio.MemberAct {
	switch d := d.(type) {
	case gremio.MemberChanged:
		return d.MemberAct
	case gremio.MemberSuspended:
		return d.MemberAct
	case gremio.MemberResumed:
		return d.MemberAct
	case gremio.MemberLeft:
		return d.MemberAct
	case gremio.MemberReturned:
		return d.MemberAct
	case gremio.CartGiven:
		return d.MemberAct
	case gremio.PlateChanged:
		return d.MemberAct
	case gremio.PermitNoted:
		return d.MemberAct
	case gremio.PermitWarned:
		return d.MemberAct
	}
	return gremio.MemberAct{}
}

// judge returns why the event does not fit, "" when it does.
func (b *memberBatch) judge(ctx context.Context, c *change) (refused string, err error) {
	if c.act.By != gremio.ByMachine {
		// The log has this before the decision, so whoever reads the log again
		// would apply the two the other way round.
		if early, err := b.tx.DecisionOnItsWay(ctx, c.member.ID, b.at); err != nil || early {
			return "the member was decided about this very moment: try again", err
		}
	}
	left := c.member.State == gremio.MemberHasLeft
	switch d := c.event.Data.(type) {
	case gremio.MemberReturned:
		if !left {
			return "the member has not left", nil
		}
		if a, found, err := b.tx.Application(ctx, c.member.Application); err != nil || found && a.ErasedAt != nil {
			return refusedErased, err
		}
		if d.Plate != nil {
			return b.free(ctx, *d.Plate)
		}
		return "", nil
	case gremio.MemberResumed:
		switch {
		case c.member.State != gremio.MemberIsSuspended:
			return "the member is not suspended", nil
		case d.By == gremio.ByMachine && (c.member.SuspendedUntil == nil || c.member.SuspendedUntil.After(d.At)):
			return "the suspension has another end by now", nil
		}
		return "", nil
	}
	if left {
		return "the member has left", nil
	}
	switch d := c.event.Data.(type) {
	case gremio.MemberChanged:
		if c.member.Tier == d.Tier {
			return "the member has that tier already", nil
		}
	case gremio.MemberLeft:
		held, err := b.tx.PlatesOf(ctx, c.member.ID)
		if err == nil && !sameSet(held, d.Plates) {
			refused = "the member's carts have changed meanwhile: look again"
		}
		return refused, err
	case gremio.CartGiven:
		if refused, err = b.holds(ctx, c, d.Plate); err != nil || refused != "" {
			return refused, err
		}
		to, found, err := b.tx.MemberByID(ctx, d.To)
		switch {
		case err != nil:
			return "", err
		case !found || to.State == gremio.MemberHasLeft:
			return "whom the cart is given to is no member", nil
		case to.State == gremio.MemberIsSuspended:
			return "whom the cart is given to is suspended", nil
		}
	case gremio.PlateChanged:
		if refused, err = b.holds(ctx, c, d.From); err != nil || refused != "" {
			return refused, err
		}
		return b.free(ctx, d.To)
	case gremio.PermitWarned:
		return b.judgeWarning(ctx, d)
	}
	return "", nil
}

func (b *memberBatch) holds(ctx context.Context, c *change, plate gremio.Plate) (refused string, err error) {
	holder, since, err := b.tx.HolderOf(ctx, plate)
	switch {
	case err != nil:
		return "", err
	case holder != c.member.ID:
		return "the member's cart does not bear that plate", nil
	case !c.act.At.After(since):
		// The clocks of two api processes differ; whose plate it was when goes by them.
		return "the member got the cart only now: try again in a moment", nil
	}
	return "", nil
}

func (b *memberBatch) free(ctx context.Context, plate gremio.Plate) (refused string, err error) {
	holder, _, err := b.tx.HolderOf(ctx, plate)
	if err == nil && holder != "" {
		return "a member bears that plate already", nil
	}
	return "", err
}

// turn says in c what the event changes.
func (b *memberBatch) turn(ctx context.Context, c *change) error {
	m, h := &c.member, &c.history
	switch d := c.event.Data.(type) {
	case gremio.MemberChanged:
		m.Tier, h.Kind, h.Tier = d.Tier, "changed", d.Tier
	case gremio.MemberSuspended:
		if m.SuspendedAt == nil { // else it is prolonged
			m.SuspendedAt = &d.At
		}
		m.State, m.SuspendedUntil, m.SuspendedReason = gremio.MemberIsSuspended, d.Until, d.Reason
		h.Kind, h.Until = "suspended", d.Until
		return b.idle(ctx, c)
	case gremio.MemberResumed:
		m.State, m.SuspendedAt, m.SuspendedUntil, m.SuspendedReason = gremio.MemberActive, nil, nil, ""
		h.Kind = "resumed"
	case gremio.MemberLeft:
		m.State, m.SuspendedAt, m.SuspendedUntil, m.SuspendedReason, m.LeftAt = gremio.MemberHasLeft, nil, nil, "", &d.At
		h.Kind, c.idle = "left", d.Plates
		for _, plate := range d.Plates {
			c.mark(plate, m.ID, false)
		}
	case gremio.MemberReturned:
		m.State, m.LeftAt = gremio.MemberActive, nil
		h.Kind = "returned"
		if d.Plate != nil {
			h.Plate, c.claims = *d.Plate, *d.Plate
			c.mark(*d.Plate, m.ID, true)
		}
	case gremio.CartGiven:
		h.Kind, h.Plate, h.Other = "gave_cart", d.Plate, d.To
		c.mark(d.Plate, m.ID, false)
		c.mark(d.Plate, d.To, true)
		c.idle = []gremio.Plate{d.Plate}
	case gremio.PlateChanged:
		h.Kind, h.Plate, h.Other, c.claims = "plate_changed", d.To, string(d.From), d.To
		c.mark(d.From, m.ID, false)
		c.mark(d.To, m.ID, true)
		c.idle = []gremio.Plate{d.From}
	case gremio.PermitNoted:
		h.Kind, h.Other, h.Sealed, h.ExpiresOn = "permit_noted", string(d.Kind), d.Number, d.ExpiresOn
	}
	return nil
}

// idle ends the shifts of a member who is suspended.
func (b *memberBatch) idle(ctx context.Context, c *change) (err error) {
	c.idle, err = b.tx.PlatesOf(ctx, c.member.ID)
	return err
}

func (c *change) mark(plate gremio.Plate, member string, starts bool) {
	c.marks = append(c.marks, gremio.HoldingMark{Plate: plate, Member: member, At: c.act.At, Cause: c.event.ID, Starts: starts})
}

// keep stores the change.
func (b *memberBatch) keep(ctx context.Context, c *change) error {
	if err := b.tx.SaveMember(ctx, c.member); err != nil {
		return err
	}
	if c.act.By == gremio.ByMachine {
		if err := b.tx.NoteDecision(ctx, c.member.ID, c.event.Key()); err != nil {
			return err
		}
	}
	if err := b.tx.MarkHoldings(ctx, c.marks...); err != nil {
		return err
	}
	if err := b.keepPermit(ctx, c); err != nil {
		return err
	}
	if d, ok := c.event.Data.(gremio.CartGiven); ok {
		got := c.history
		got.Member, got.Kind, got.Other = d.To, "got_cart", c.member.ID
		got.Reason = "" // why it was given is the giver's, and forgotten with that one
		if err := b.tx.AddMemberEvent(ctx, got); err != nil {
			return err
		}
	}
	if c.history.Kind == "" {
		return nil // nothing that happened to the member
	}
	return b.tx.AddMemberEvent(ctx, c.history)
}

// endSuspension closes the alerts that a suspended member's carts are at work, of
// those that are no longer such a cart.
func (b *memberBatch) endSuspension(ctx context.Context, c *change) (err error) {
	if c.since == nil {
		return nil
	}
	var plates []gremio.Plate
	switch d := c.event.Data.(type) {
	case gremio.MemberResumed:
		plates, err = b.tx.PlatesOf(ctx, c.member.ID)
	case gremio.MemberLeft:
		plates = d.Plates
	case gremio.CartGiven:
		plates = []gremio.Plate{d.Plate}
	case gremio.PlateChanged:
		plates = []gremio.Plate{d.From}
	}
	for _, plate := range plates {
		b.done.Derived = append(b.done.Derived, gremio.CloseAlert(source, &plate, gremio.AlertClosed{
			Alert: gremio.SuspendedAlertID(plate, *c.since), By: "worker " + Name, Reason: "the suspension has ended, or the plate is another's", At: c.act.At,
		}))
	}
	return err
}

// takePlates takes the tokens and the vendors' accounts of the plates that a
// change took away: whoever gets the cart or the plate next must not be seen by
// the phone and the account of who had it. It comes with the change, whoever
// made it, and is no part of a rebuild: tokens and accounts are no worker's.
func (b *memberBatch) takePlates(ctx context.Context, c *change) error {
	var gone []gremio.Plate
	var follows gremio.Plate
	switch d := c.event.Data.(type) {
	case gremio.MemberLeft:
		gone = d.Plates
	case gremio.CartGiven:
		gone = []gremio.Plate{d.Plate}
	case gremio.PlateChanged:
		gone, follows = []gremio.Plate{d.From}, d.To
	}
	for _, plate := range gone {
		if err := b.tx.TakePlate(ctx, plate, follows, c.act.By, b.now()); err != nil {
			return err
		}
	}
	return nil
}

// endShift ends the shift of a plate that is no longer used, so that its silence
// is nobody's alarm.
func (b *memberBatch) endShift(cause gremio.Event, plate gremio.Plate) {
	b.done.Derived = append(b.done.Derived, gremio.Event{
		ID: gremio.DerivedID("idle", cause.ID+" "+string(plate)), Source: source, Subject: string(plate), Time: cause.Time,
		Data: gremio.ShiftEnded{Plate: plate, Time: cause.Time, By: string(cause.Type())},
	})
}

// formerDoubts returns what those who left the guild give reason to doubt: their
// plate on another's cart, and they themselves, whose membership a person takes
// up again.
func (b *memberBatch) formerDoubts(ctx context.Context, plate gremio.Plate, rutHash string) (doubts []string, err error) {
	if plate != "" {
		former, err := b.tx.FormerlyHeld(ctx, plate)
		if err != nil {
			return nil, err
		}
		if former {
			doubts = append(doubts, gremio.ReasonFormerPlate)
		}
	}
	if rutHash != "" {
		_, left, err := b.tx.MemberWithDocument(ctx, rutHash)
		if err != nil {
			return nil, err
		}
		if left {
			doubts = append(doubts, gremio.ReasonFormerMember)
		}
	}
	return doubts, nil
}

func sameSet(a, b []gremio.Plate) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

func isLife(t gremio.Type) bool { return slices.Contains(lifeTypes, t) }
