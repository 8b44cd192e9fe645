package members

import (
	"context"
	"time"

	"gremio"
)

// personTx is what a person's own rights need of a transaction.
type personTx interface {
	ErasedPersons(ctx context.Context, persons []string) (map[string]bool, error)
	VendorAccounts(ctx context.Context, plates []gremio.Plate, reached string) ([]gremio.User, error)
	ErasePerson(ctx context.Context, e gremio.Erasure) (bool, error)
	EraseApplication(ctx context.Context, id, member string, at time.Time) error
	EraseMember(ctx context.Context, member string) error
	ReviveErased(ctx context.Context, id string) error
	NotErased(ctx context.Context, applications []string) ([]string, error)
	HoldingsOfMember(ctx context.Context, member string) ([]gremio.Holding, error)
	HoldingsOfPlate(ctx context.Context, plate gremio.Plate) ([]gremio.Holding, error)
}

const (
	refusedErased = "the person was erased"
	refusedOther  = "that is another person's application"
)

// erased forgets a person: what waits is closed, a member leaves, and all that
// says who it was, or follows from it, is emptied. The list outside backups has
// it before the key is gone.
func (b *memberBatch) erased(ctx context.Context, e gremio.Event, d gremio.PersonErased) (refused string, err error) {
	a, found, err := b.tx.Application(ctx, d.Application)
	switch {
	case err != nil:
		return "", err
	case !found:
		return refusedUnknown, nil
	case a.Person != d.Person:
		return refusedOther, nil
	case a.ErasedAt != nil:
		return "", nil
	}
	who, err := b.personalOf(ctx, a)
	if err != nil {
		return "", err
	}
	gone := gremio.Erasure{At: d.At, Application: a.ID, Person: a.Person}
	if gone.Users, err = b.accountsOf(ctx, a, who); err != nil {
		return "", err
	}
	if b.worker.NoteErased != nil {
		if err := b.worker.NoteErased(gone); err != nil {
			return "", err
		}
	}
	if _, err := b.tx.ErasePerson(ctx, gone); err != nil {
		return "", err
	}
	if err := b.forgetTracks(ctx, a, d.At); err != nil {
		return "", err
	}
	if err := b.leaves(ctx, e, a); err != nil {
		return "", err
	}
	return "", b.tx.EraseApplication(ctx, a.ID, a.Member, d.At)
}

// accountsOf returns the accounts that are the person's, and of no one who only
// claims the address of another.
func (b *memberBatch) accountsOf(ctx context.Context, a gremio.Application, who gremio.Personal) (ids []string, err error) {
	var plates []gremio.Plate
	if a.Member != "" {
		if plates, err = b.tx.PlatesOf(ctx, a.Member); err != nil {
			return nil, err
		}
	}
	a.Personal = who
	users, err := b.tx.VendorAccounts(ctx, plates, a.ReachedAt(b.master))
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids, err
}

// leaves ends the membership of a person who is erased, if there is one. That is
// a decision of its own: which plates the member held is not known to whoever
// reads the log again.
func (b *memberBatch) leaves(ctx context.Context, cause gremio.Event, a gremio.Application) error {
	if a.Member == "" {
		return nil
	}
	m, found, err := b.tx.MemberByID(ctx, a.Member)
	if err != nil || !found || m.State == gremio.MemberHasLeft {
		return err
	}
	plates, err := b.tx.PlatesOf(ctx, a.Member)
	if err != nil {
		return err
	}
	left := gremio.Event{
		ID: gremio.DerivedID("left", cause.Key()), Source: source, Subject: a.ID, Time: b.now(), Special: cause.Special, Lane: cause.Lane,
		Data: gremio.MemberLeft{MemberAct: gremio.MemberAct{Application: a.ID, Member: a.Member, By: gremio.ByMachine, At: b.now()},
			Plates: append([]gremio.Plate{}, plates...)},
	}
	if refused, err := b.live(ctx, left); err != nil || refused != "" {
		return err
	}
	b.done.Derived = append(b.done.Derived, left)
	return nil
}

// forgetTracks has worker positions forget where the person's carts were: from
// the application on, for a cart may sell while it waits.
func (b *memberBatch) forgetTracks(ctx context.Context, a gremio.Application, at time.Time) error {
	var had []gremio.Holding
	var err error
	switch {
	case a.Member != "":
		if had, err = b.tx.HoldingsOfMember(ctx, a.Member); err != nil {
			return err
		}
	case a.Plate != nil:
		others, err := b.tx.HoldingsOfPlate(ctx, *a.Plate)
		if err != nil {
			return err
		}
		if len(others) == 0 { // else it is a member's cart too, and nothing is known to be the applicant's
			had = []gremio.Holding{{Plate: *a.Plate, From: a.SubmittedAt}}
		}
	}
	for i, h := range had {
		d := gremio.TrackErased{Plate: h.Plate, From: h.From, Until: at}
		if i == 0 && a.Plate != nil && *a.Plate == h.Plate && a.SubmittedAt.Before(h.From) {
			d.From = a.SubmittedAt
		}
		if h.Until != nil {
			d.Until = *h.Until
		}
		b.track(h.Plate, d)
	}
	return nil
}

// follow has the carts of a member followed, or not, as the member consents now.
func (b *memberBatch) follow(ctx context.Context, a gremio.Application, at time.Time) error {
	if a.Member == "" {
		return nil
	}
	plates, err := b.tx.PlatesOf(ctx, a.Member)
	if err != nil {
		return err
	}
	for _, plate := range plates {
		b.followPlate(plate, !a.Withdrew(), at)
	}
	return nil
}

// followed has whoever gets a plate by a change followed as that member wants.
func (b *memberBatch) followed(ctx context.Context, c *change) error {
	for _, m := range c.marks {
		if !m.Starts {
			continue
		}
		application := c.member.Application
		if m.Member != c.member.ID {
			to, found, err := b.tx.MemberByID(ctx, m.Member)
			if err != nil || !found {
				return err
			}
			application = to.Application
		}
		if err := b.newHolder(ctx, m.Plate, application, m.At); err != nil {
			return err
		}
	}
	return nil
}

func (b *memberBatch) followPlate(plate gremio.Plate, follow bool, at time.Time) {
	if follow {
		b.track(plate, gremio.TrackingResumed{Plate: plate, At: at})
		return
	}
	b.track(plate, gremio.TrackingStopped{Plate: plate, At: at})
	b.endShift(b.cause, plate)
}

// track derives word for worker positions, which lies with the cart's positions.
func (b *memberBatch) track(plate gremio.Plate, d gremio.Data) {
	b.done.Derived = append(b.done.Derived, gremio.Event{
		ID: gremio.DerivedID(string(d.EventType()), b.cause.Key()+" "+string(plate)+" "+gremio.DigestOf(d)), Source: source, Subject: string(plate), Time: b.cause.Time, Data: d,
	})
}

// newHolder has the cart of a plate followed, or not, as whoever has it from now
// on wants it: the one before may have wanted it otherwise.
func (b *memberBatch) newHolder(ctx context.Context, plate gremio.Plate, application string, at time.Time) error {
	a, found, err := b.tx.Application(ctx, application)
	if err != nil || !found {
		return err
	}
	if !a.Withdrew() {
		had, err := b.tx.HoldingsOfPlate(ctx, plate)
		if err != nil || len(had) < 2 { // nobody before could have stopped it
			return err
		}
	}
	b.followPlate(plate, !a.Withdrew(), at)
	return nil
}

// listed closes what the list of erased persons names and the database, brought
// back by a backup, takes for somebody.
func (b *memberBatch) listed(ctx context.Context, erased []gremio.Erasure) error {
	by := map[string]gremio.Erasure{}
	ids := make([]string, 0, len(erased))
	for _, e := range erased {
		by[e.Application] = e
		ids = append(ids, e.Application)
	}
	back, err := b.tx.NotErased(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range back {
		a, found, err := b.tx.Application(ctx, id)
		if err != nil {
			return err
		}
		lies, known, err := b.tx.PartitionOf(ctx, id)
		if err != nil {
			return err
		}
		if !found || !known || a.Person != by[id].Person {
			continue
		}
		d := gremio.PersonErased{ApplicationAct: gremio.ApplicationAct{Application: id, By: gremio.ByMachine, At: by[id].At}, Person: a.Person}
		e := gremio.ErasureEvent(d, a.Tier, gremio.LaneAt(lies))
		e.Source, e.Special = source, lies == gremio.SpecialPartition
		b.cause = e
		if refused, err := b.erased(ctx, e, d); err != nil {
			return err
		} else if refused == "" {
			b.done.Derived = append(b.done.Derived, e)
		}
	}
	return nil
}
