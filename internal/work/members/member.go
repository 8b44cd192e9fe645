// Package members decides who joins the guild: at once what passes all checks,
// premium before basic, and by a person what is doubtful.
package members

import (
	"context"
	"crypto/sha256"
	"time"

	"gremio"
	"gremio/internal/work"
)

// Name of the worker.
const Name = "members"

const source = "/worker/" + Name

// Topics that the worker reads, and Types that it applies.
var (
	Topics = []gremio.Topic{gremio.TopicMemberships}
	Types  = []gremio.Type{gremio.TypeApplicationSubmitted, gremio.TypeApplicationHeld, gremio.TypeApplicationApproved, gremio.TypeApplicationRejected}
)

// BasicBatch is the most applications of a basic batch: before each the
// premium lane is asked again.
const BasicBatch = 100

// A Tx is what the worker needs of a transaction.
type Tx interface {
	SettingsSince(ctx context.Context, t time.Time) (gremio.SettingsHistory, error)
	PersonKeys(ctx context.Context, persons []string) (map[string][]byte, error)
	AddApplication(ctx context.Context, a gremio.Application, consent gremio.Consent) error
	HoldApplication(ctx context.Context, id string, reasons []string) error
	Application(ctx context.Context, id string) (gremio.Application, bool, error)
	DecideApplication(ctx context.Context, id, state, by, reason string, at time.Time, settings int64) (bool, error)
	SetApplicationPlate(ctx context.Context, id string, plate gremio.Plate) error
	AddMember(ctx context.Context, m gremio.Member) error
	MemberTaken(ctx context.Context, plate gremio.Plate, rutHash string) (plateTaken, rutTaken bool, err error)
	AppliesAlready(ctx context.Context, rutHash string) (bool, error)
}

// A Worker decides applications. Master unwraps the keys that who applies is sealed under.
type Worker struct{ Master gremio.Key }

// Apply takes applications and decisions.
func (w Worker) Apply(ctx context.Context, tx Tx, batch []gremio.Record) (work.Outcome, error) {
	b, err := w.begin(ctx, tx, batch)
	if err != nil {
		return work.Outcome{}, err
	}
	for _, rec := range batch {
		var refused string
		b.settings = b.history.At(rec.Event.Time)
		switch d := rec.Event.Data.(type) {
		case gremio.ApplicationSubmitted:
			rec.Event.Lane = gremio.LaneAt(rec.Partition) // what follows stays in its partition
			err = b.submitted(ctx, rec.Event, d)
		case gremio.ApplicationHeld:
			err = tx.HoldApplication(ctx, d.Application, d.Reasons)
		case gremio.ApplicationApproved:
			refused, err = b.approvedByPerson(ctx, d)
		case gremio.ApplicationRejected:
			refused, err = b.rejectedByPerson(ctx, d)
		}
		if err != nil {
			return b.done, err
		}
		if refused != "" {
			b.done.Rejected = append(b.done.Rejected, gremio.Rejection{Record: rec, Reason: refused})
		}
	}
	return b.done, nil
}

func (w Worker) begin(ctx context.Context, tx Tx, batch []gremio.Record) (*memberBatch, error) {
	b := &memberBatch{tx: tx, master: w.Master}
	var err error
	if b.history, err = tx.SettingsSince(ctx, work.Oldest(batch)); err != nil {
		return nil, err
	}
	var persons []string
	for _, rec := range batch {
		if a, ok := rec.Event.Data.(gremio.ApplicationSubmitted); ok {
			persons = append(persons, a.Person)
		}
	}
	b.keys, err = tx.PersonKeys(ctx, persons)
	return b, err
}

type memberBatch struct {
	tx       Tx
	master   gremio.Key
	history  gremio.SettingsHistory
	settings gremio.Settings // of the event at hand
	keys     map[string][]byte
	done     work.Outcome
}

// applicationOf returns the application as it was sent in, and who applies.
func (b *memberBatch) applicationOf(e gremio.Event, d gremio.ApplicationSubmitted) (gremio.Application, gremio.Personal, error) {
	personal, err := b.open(d)
	return gremio.Application{
		ID: d.Application, Person: d.Person, Tier: d.Tier, Plate: d.Plate, Sealed: d.Sealed, Origin: d.Origin,
		State: gremio.ApplicationWaiting, SubmittedAt: e.Time, RUTHash: b.hash(personal),
	}, personal, err
}

func (b *memberBatch) submitted(ctx context.Context, e gremio.Event, d gremio.ApplicationSubmitted) error {
	a, personal, err := b.applicationOf(e, d)
	if err != nil {
		return err
	}
	if a.Reasons, err = b.doubts(ctx, personal, a, d.Consent); err != nil {
		return err
	}
	if err := b.tx.AddApplication(ctx, a, d.Consent); err != nil {
		return err
	}
	if d.Plate != nil {
		// The cart is no longer unknown, whatever becomes of the application.
		b.done.Derived = append(b.done.Derived, gremio.CloseAlert(source, d.Plate, gremio.AlertClosed{
			Alert: gremio.AlertID(gremio.AlertUnknownCart, string(*d.Plate)), By: "worker " + Name,
			Reason: "somebody applied with the plate", At: e.Time,
		}))
	}
	if len(a.Reasons) > 0 {
		b.derive(e, gremio.HeldID(a.ID), gremio.ApplicationHeld{
			Application: a.ID, Reasons: a.Reasons, At: e.Time, SettingsVersion: b.settings.Version})
		b.tell(gremio.NoticeOfWaiting(a))
		return nil
	}
	approved := gremio.ApplicationApproved{
		Application: a.ID, Member: gremio.DerivedID("member", a.ID), By: "automatic", At: e.Time, SettingsVersion: b.settings.Version,
	}
	if refused, err := b.approve(ctx, a, &approved); err != nil || refused != "" {
		return err
	}
	b.derive(e, gremio.DerivedID("approved", a.ID), approved)
	return nil
}

// derive adds a decision about the application that came with cause.
func (b *memberBatch) derive(cause gremio.Event, id string, d gremio.Data) {
	b.done.Derived = append(b.done.Derived, gremio.Event{
		ID: id, Source: source, Subject: cause.Subject, Time: cause.Time, Special: cause.Special, Lane: cause.Lane, Data: d,
	})
}

// tell queues a notice; who the applicant is stays sealed until it is sent.
func (b *memberBatch) tell(n gremio.Notice) { b.done.Notices = append(b.done.Notices, n) }

func (b *memberBatch) open(d gremio.ApplicationSubmitted) (gremio.Personal, error) {
	wrapped, ok := b.keys[d.Person]
	if !ok {
		return gremio.Personal{}, gremio.Errorf(gremio.Invalid, "application %s: the person's key is gone, so nobody can read who applied", d.Application)
	}
	key, err := b.master.Open(wrapped, d.Person)
	if err != nil {
		return gremio.Personal{}, gremio.Wrap(gremio.Invalid, err, "application %s: the master key does not open the person's key", d.Application)
	}
	return gremio.Key(key).OpenPersonal(d.Sealed, d.Person)
}

// hash returns the keyed hash by which a document is found again, nil when
// there is none to go by.
func (b *memberBatch) hash(p gremio.Personal) *string {
	var h string
	if rut, err := gremio.ParseRUT(p.RUT); err == nil {
		h = b.master.Hash("rut", rut.String())
	} else if p.Document != "" {
		h = b.master.Hash("document", gremio.Fold(p.Document))
	} else {
		return nil
	}
	return &h
}

// doubts returns why a person must look at the application, none when nobody must.
func (b *memberBatch) doubts(ctx context.Context, p gremio.Personal, a gremio.Application, consent gremio.Consent) ([]string, error) {
	doubts := p.Doubts(consent)
	if doubts == nil {
		doubts = []string{}
	}
	var plate gremio.Plate
	if a.Plate != nil {
		plate = *a.Plate
	}
	var hash string
	if a.RUTHash != nil {
		hash = *a.RUTHash
	}
	plateTaken, rutTaken, err := b.tx.MemberTaken(ctx, plate, hash)
	if err != nil {
		return nil, err
	}
	if plateTaken {
		doubts = append(doubts, gremio.ReasonPlateTaken)
	}
	if rutTaken {
		doubts = append(doubts, gremio.ReasonMemberAlready)
	}
	if hash != "" && !rutTaken {
		again, err := b.tx.AppliesAlready(ctx, hash)
		if err != nil {
			return nil, err
		}
		if again {
			doubts = append(doubts, gremio.ReasonDuplicate)
		}
	}
	if len(doubts) == 0 && b.settings.Membership == gremio.MembershipReview {
		doubts = append(doubts, gremio.ReasonReview)
	}
	return doubts, nil
}

// approve makes the member and the cart. It returns why it cannot, if it
// cannot; approved gets the plate or code that the cart bears.
func (b *memberBatch) approve(ctx context.Context, a gremio.Application, approved *gremio.ApplicationApproved) (refused string, err error) {
	if a.State != gremio.ApplicationWaiting {
		return "the application is decided already", nil
	}
	plate, err := b.plateFor(ctx, a)
	if err != nil {
		return "", err
	}
	var hash string
	if a.RUTHash != nil {
		hash = *a.RUTHash
	}
	plateTaken, rutTaken, err := b.tx.MemberTaken(ctx, plate, hash)
	switch {
	case err != nil:
		return "", err
	case plateTaken:
		return "a member bears that plate already", nil
	case rutTaken:
		return "a member has that document already", nil
	}
	approved.Plate = plate
	b.tell(gremio.NoticeOfApproval(*approved))
	return "", b.join(ctx, a, *approved)
}

// join makes a member of an applicant.
func (b *memberBatch) join(ctx context.Context, a gremio.Application, d gremio.ApplicationApproved) error {
	if _, err := b.tx.DecideApplication(ctx, a.ID, gremio.ApplicationIsApproved, d.By, "", d.At, d.SettingsVersion); err != nil {
		return err
	}
	if a.Plate == nil {
		if err := b.tx.SetApplicationPlate(ctx, a.ID, d.Plate); err != nil {
			return err
		}
	}
	return b.tx.AddMember(ctx, gremio.Member{
		ID: d.Member, Application: a.ID, Person: a.Person, Tier: a.Tier, Plate: d.Plate,
		RUTHash: a.RUTHash, State: "active", JoinedAt: d.At,
	})
}

// plateFor returns the applicant's plate, or a code of the guild for a cart
// that has none: G and five letters and digits that no one mistakes.
func (b *memberBatch) plateFor(ctx context.Context, a gremio.Application) (gremio.Plate, error) {
	if a.Plate != nil {
		return *a.Plate, nil
	}
	const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	for sum := sha256.Sum256([]byte(a.ID)); ; sum = sha256.Sum256(sum[:]) {
		code := []byte("G")
		for _, c := range sum[:5] {
			code = append(code, alphabet[int(c)%len(alphabet)])
		}
		taken, _, err := b.tx.MemberTaken(ctx, gremio.Plate(code), "")
		if err != nil || !taken {
			return gremio.Plate(code), err
		}
	}
}

func (b *memberBatch) approvedByPerson(ctx context.Context, d gremio.ApplicationApproved) (refused string, err error) {
	a, found, err := b.tx.Application(ctx, d.Application)
	if err != nil {
		return "", err
	}
	if !found {
		return "there is no such application", nil
	}
	return b.approve(ctx, a, &d)
}

func (b *memberBatch) rejectedByPerson(ctx context.Context, d gremio.ApplicationRejected) (refused string, err error) {
	decided, err := b.tx.DecideApplication(ctx, d.Application, gremio.ApplicationIsRejected, d.By, d.Reason, d.At, b.settings.Version)
	if err == nil && !decided {
		return "there is no such application, or it is decided already", nil
	}
	if err == nil {
		b.tell(gremio.NoticeOfRejection(d))
	}
	return "", err
}
