// Package members decides who joins the guild: at once what passes all checks,
// premium before basic, and by a person what is doubtful.
package members

import (
	"context"
	"crypto/sha256"
	"slices"
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
	Types  = append([]gremio.Type{
		gremio.TypeApplicationSubmitted, gremio.TypeApplicationHeld, gremio.TypeApplicationApproved, gremio.TypeApplicationRejected,
		gremio.TypeApplicationHeldV2, gremio.TypeApplicationApprovedV2, gremio.TypeApplicationRejectedV2,
		gremio.TypeApplicationConfirmed, gremio.TypeConfirmationAsked, gremio.TypeApplicationChecked, gremio.TypeApplicationPaid,
		gremio.TypePersonCorrected, gremio.TypeConsentGiven, gremio.TypeConsentWithdrawn, gremio.TypePersonErased,
	}, lifeTypes...)
)

// BasicBatch is the most applications of a basic batch: before each the
// premium lane is asked again.
const BasicBatch = 100

// A Tx is what the worker needs of a transaction.
type Tx interface {
	SettingsSince(ctx context.Context, t time.Time) (gremio.SettingsHistory, error)
	PersonKeys(ctx context.Context, persons []string) (map[string][]byte, error)
	AddApplication(ctx context.Context, a gremio.Application, consent gremio.Consent) error
	HoldApplication(ctx context.Context, d gremio.ApplicationHeldV2) error
	QueueApplication(ctx context.Context, id string) error
	Queued(ctx context.Context, limit int) ([]string, error)
	Application(ctx context.Context, id string) (gremio.Application, bool, error)
	ConfirmContact(ctx context.Context, d gremio.ApplicationConfirmed) error
	SetAntecedents(ctx context.Context, id string, known []gremio.Antecedent) error
	SetPayment(ctx context.Context, d gremio.ApplicationPaid) error
	DecideApplication(ctx context.Context, d gremio.Decision) (bool, error)
	CorrectApplication(ctx context.Context, a gremio.Application) error
	SetConsent(ctx context.Context, id string, c gremio.Consent, at time.Time) error
	SetApplicationPlate(ctx context.Context, id string, plate gremio.Plate) error
	AddMember(ctx context.Context, m gremio.Member) error
	ReplayMember(ctx context.Context, m gremio.Member) error
	MemberTaken(ctx context.Context, plate gremio.Plate, rutHash string) (plateTaken, rutTaken bool, err error)
	WaitsWithDocument(ctx context.Context, rutHash, id string) (other string, err error)
	MemberWithDocument(ctx context.Context, rutHash string) (member string, left bool, err error)
	NamedAlike(ctx context.Context, nameHash, rutHash, id string) (bool, error)
	lifeTx
	personTx
	tickTx
}

// A Worker decides applications.
type Worker struct {
	Master gremio.Key // unwraps the keys that who applies is sealed under
	Mail   bool       // applicants are written to, so an e-mail can be confirmed
	Now    func() time.Time
	// Decided is told of each decision once it is kept: how long it took.
	Decided func(served gremio.Tier, by string, took time.Duration)
	// NoteErased puts a person on the list outside every backup, before the key
	// is gone; Listed are those who are on it.
	NoteErased func(gremio.Erasure) error
	Listed     []gremio.Erasure
}

// Apply takes applications and decisions.
func (w Worker) Apply(ctx context.Context, tx Tx, batch []gremio.Record) (work.Outcome, error) {
	b, err := w.begin(ctx, tx, batch)
	if err != nil {
		return work.Outcome{}, err
	}
	for _, rec := range batch {
		var refused string
		b.settings = b.history.At(rec.Event.Time)
		b.cause, b.at = rec.Event, rec.Offset
		b.cause.Lane = gremio.LaneAt(rec.Partition) // what follows stays in its partition
		switch d := rec.Event.Data.(type) {
		case gremio.ApplicationSubmitted:
			err = b.submitted(ctx, b.cause, d)
		case gremio.ApplicationHeld:
			err = tx.HoldApplication(ctx, d.V2())
		case gremio.ApplicationHeldV2:
			err = tx.HoldApplication(ctx, d)
		case gremio.ApplicationApproved:
			refused, err = b.approvedByPerson(ctx, gremio.ApplicationApprovedV2{ApplicationApproved: d})
		case gremio.ApplicationApprovedV2:
			refused, err = b.approvedByPerson(ctx, d)
		case gremio.ApplicationRejected:
			refused, err = b.rejectedByPerson(ctx, d, b.settings.Version)
		case gremio.ApplicationRejectedV2:
			refused, err = b.rejectedByPerson(ctx, d.ApplicationRejected, d.SettingsVersion)
		case gremio.ApplicationConfirmed:
			refused, err = b.confirmed(ctx, d)
			refused, err = b.again(ctx, d.Application, refused, err)
		case gremio.ApplicationChecked:
			refused, err = b.checked(ctx, d)
			refused, err = b.again(ctx, d.Application, refused, err)
		case gremio.ApplicationPaid:
			refused, err = b.paid(ctx, d)
			refused, err = b.again(ctx, d.Application, refused, err)
		case gremio.PersonCorrected:
			refused, err = b.corrected(ctx, d)
			refused, err = b.again(ctx, d.Application, refused, err)
		case gremio.ConsentGiven:
			refused, err = b.consented(ctx, d.ConsentAct, true)
			refused, err = b.again(ctx, d.Application, refused, err)
		case gremio.ConsentWithdrawn:
			refused, err = b.consented(ctx, d.ConsentAct, false)
			refused, err = b.again(ctx, d.Application, refused, err)
		case gremio.PersonErased:
			refused, err = b.erased(ctx, b.cause, d)
		case gremio.ConfirmationAsked:
			refused, err = b.asked(ctx, rec.Event, d)
		default:
			if isLife(rec.Event.Type()) {
				refused, err = b.live(ctx, rec.Event)
			}
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
	b := &memberBatch{tx: tx, master: w.Master, worker: w}
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
	if b.keys, err = tx.PersonKeys(ctx, persons); err != nil {
		return nil, err
	}
	b.gone, err = tx.ErasedPersons(ctx, persons)
	return b, err
}

type memberBatch struct {
	tx       Tx
	master   gremio.Key
	worker   Worker
	history  gremio.SettingsHistory
	settings gremio.Settings // of the event at hand
	cause    gremio.Event    // the event at hand, in its lane
	at       int64           // its offset
	keys     map[string][]byte
	gone     map[string]bool // persons who were erased, though the log has not told of it yet
	done     work.Outcome
}

// applicationOf returns the application as it was sent in, and who applies.
func (b *memberBatch) applicationOf(e gremio.Event, d gremio.ApplicationSubmitted) (gremio.Application, gremio.Personal, error) {
	var personal gremio.Personal
	var err error
	if b.gone[d.Person] {
		d.Sealed = nil // nobody opens it any more
	} else if personal, err = b.open(d); err != nil {
		return gremio.Application{}, personal, err
	}
	return gremio.Application{
		ID: d.Application, Person: d.Person, Tier: d.Tier, Plate: d.Plate, Sealed: d.Sealed, Origin: d.Origin,
		State: gremio.ApplicationWaiting, SubmittedAt: e.Time, RUTHash: b.hash(personal), NameHash: b.nameHash(personal), Consent: d.Consent,
	}, personal, err
}

func (b *memberBatch) submitted(ctx context.Context, e gremio.Event, d gremio.ApplicationSubmitted) error {
	a, personal, err := b.applicationOf(e, d)
	if err != nil {
		return err
	}
	a.Reasons = []string{}
	if err := b.tx.AddApplication(ctx, a, d.Consent); err != nil {
		return err
	}
	if b.gone[d.Person] {
		return nil // it is read again, as after a restore: what was decided comes behind it
	}
	if d.Plate != nil {
		// The cart is no longer unknown, whatever becomes of the application.
		b.done.Derived = append(b.done.Derived, gremio.CloseAlert(source, d.Plate, gremio.AlertClosed{
			Alert: gremio.AlertID(gremio.AlertUnknownCart, string(*d.Plate)), By: "worker " + Name,
			Reason: "somebody applied with the plate", At: e.Time,
		}))
	}
	if b.settings.ServedAs(a) != a.Tier {
		return b.tx.QueueApplication(ctx, a.ID) // see turn.go
	}
	return b.settle(ctx, a, personal)
}

// now returns when what is decided here is decided, never before its cause.
func (b *memberBatch) now() time.Time {
	clock := b.worker.Now
	if clock == nil {
		clock = time.Now
	}
	if now := gremio.Instant(clock()); now.After(b.cause.Time) {
		return now
	}
	return b.cause.Time
}

// derive adds a decision about an application, in the partition of its cause.
func (b *memberBatch) derive(a gremio.Application, id string, d gremio.Data) {
	b.done.Derived = append(b.done.Derived, gremio.Event{
		ID: id, Source: source, Subject: a.ID, Time: b.now(), Special: b.cause.Special, Lane: b.cause.Lane, Data: d,
	})
}

// tell queues a notice; who the applicant is stays sealed until it is sent.
func (b *memberBatch) tell(n gremio.Notice) { b.done.Notices = append(b.done.Notices, n) }

func (b *memberBatch) open(d gremio.ApplicationSubmitted) (gremio.Personal, error) {
	key, err := b.master.Unwrap(b.keys[d.Person], d.Person)
	if err != nil {
		return gremio.Personal{}, gremio.Wrap(gremio.Invalid, err, "application %s", d.Application)
	}
	if key == nil {
		return gremio.Personal{}, gremio.Errorf(gremio.Invalid, "application %s: the person's key is gone, so nobody can read who applied", d.Application)
	}
	return key.OpenPersonal(d.Sealed, d.Person)
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

// nameHash returns the keyed hash by which a name is found again, nil when there is none.
func (b *memberBatch) nameHash(p gremio.Personal) *string {
	name := gremio.Fold(p.Name())
	if name == "" {
		return nil
	}
	h := b.master.Hash("name", name)
	return &h
}

// doubts returns the reasons for a person to look at the application that its own
// words give, and members.
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
	former, err := b.formerDoubts(ctx, plate, hash)
	if err != nil {
		return nil, err
	}
	doubts = append(doubts, former...)
	if rutTaken && !slices.Contains(former, gremio.ReasonFormerMember) {
		doubts = append(doubts, gremio.ReasonMemberAlready)
	}
	return doubts, nil
}

// approve makes the member and the cart. It returns why it cannot, if it
// cannot; approved gets the plate or code that the cart bears.
func (b *memberBatch) approve(ctx context.Context, a gremio.Application, approved *gremio.ApplicationApprovedV2) (refused string, err error) {
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
		return "a member, or one who left, has that document already: take that membership up again", nil
	}
	approved.Plate = plate
	b.tell(gremio.NoticeOfApproval(approved.ApplicationApproved))
	if err := b.join(ctx, a, *approved, b.tx.AddMember); err != nil {
		return "", err
	}
	return "", b.newHolder(ctx, plate, a.ID, approved.At)
}

// join makes a member of an applicant.
func (b *memberBatch) join(ctx context.Context, a gremio.Application, d gremio.ApplicationApprovedV2, add func(context.Context, gremio.Member) error) error {
	if d.Tier == "" { // version 1 does not say
		d.Tier, d.ServedAs = a.Tier, a.Tier
	}
	decision := gremio.Decision{Application: a.ID, State: gremio.ApplicationIsApproved, By: d.By, At: d.At,
		SettingsVersion: d.SettingsVersion, ServedAs: d.ServedAs, Member: d.Member}
	if _, err := b.decide(ctx, a, decision); err != nil {
		return err
	}
	if a.Plate == nil {
		if err := b.tx.SetApplicationPlate(ctx, a.ID, d.Plate); err != nil {
			return err
		}
	}
	if err := add(ctx, gremio.Member{
		ID: d.Member, Application: a.ID, Person: a.Person, Tier: d.Tier, Plate: d.Plate,
		RUTHash: a.RUTHash, State: gremio.MemberActive, JoinedAt: d.At,
	}); err != nil {
		return err
	}
	return b.tx.AddMemberEvent(ctx, gremio.MemberEvent{Member: d.Member, Cause: a.ID, Kind: "joined", At: d.At, By: d.By, Tier: d.Tier, Plate: d.Plate})
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

func (b *memberBatch) approvedByPerson(ctx context.Context, d gremio.ApplicationApprovedV2) (refused string, err error) {
	a, found, err := b.tx.Application(ctx, d.Application)
	if err != nil {
		return "", err
	}
	if !found {
		return "there is no such application", nil
	}
	return b.approve(ctx, a, &d)
}

func (b *memberBatch) rejectedByPerson(ctx context.Context, d gremio.ApplicationRejected, version int64) (refused string, err error) {
	a, found, err := b.tx.Application(ctx, d.Application)
	if err != nil {
		return "", err
	}
	decided := false
	if found {
		decided, err = b.decide(ctx, a, gremio.Decision{Application: d.Application, State: gremio.ApplicationIsRejected, By: d.By, Reason: d.Reason, At: d.At,
			SettingsVersion: version, ServedAs: b.settings.ServedAs(a)})
	}
	if err == nil && !decided {
		return "there is no such application, or it is decided already", nil
	}
	if err == nil {
		err = b.tellRejection(ctx, a.Person, d)
	}
	return "", err
}

// tellRejection queues what tells an applicant no, with the reason as it was said.
func (b *memberBatch) tellRejection(ctx context.Context, person string, d gremio.ApplicationRejected) error {
	keys, err := b.tx.PersonKeys(ctx, []string{person})
	if err != nil {
		return err
	}
	key, err := b.master.Unwrap(keys[person], person)
	if err == nil {
		d.Reason, err = key.OpenText(d.Reason, person)
	}
	if err != nil { // under another key: what the applicant must know is the no
		d.Reason = ""
	}
	b.tell(gremio.NoticeOfRejection(d))
	return nil
}

// decide notes what became of a waiting application and reports whether it was waiting.
func (b *memberBatch) decide(ctx context.Context, a gremio.Application, d gremio.Decision) (bool, error) {
	decided, err := b.tx.DecideApplication(ctx, d)
	if decided && err == nil && b.worker.Decided != nil {
		b.done.Kept = append(b.done.Kept, func() { b.worker.Decided(d.ServedAs, d.By, max(0, d.At.Sub(a.SubmittedAt))) })
	}
	return decided, err
}
