package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"gremio"
)

type memberStore interface {
	Applications(ctx context.Context, state, id string, page gremio.Page) ([]gremio.Application, string, error)
	Application(ctx context.Context, id string) (gremio.Application, bool, error)
	Members(ctx context.Context, f gremio.MemberFilter, page gremio.Page) ([]gremio.Member, string, error)
	WaitingAt(ctx context.Context, at time.Time) ([]gremio.Application, error)
	PersonKeys(ctx context.Context, persons []string) (map[string][]byte, error)
	AddPersonKey(ctx context.Context, person string, wrapped []byte, now time.Time) ([]byte, error)
}

// An applicationInput is somebody's wish to join.
type applicationInput struct {
	ID         string       `json:"id,omitempty" maxLength:"100"`
	GivenName  string       `json:"given_name" minLength:"1" maxLength:"200"`
	FamilyName string       `json:"family_name" minLength:"1" maxLength:"200"`
	RUT        string       `json:"rut,omitempty" maxLength:"20" doc:"With its check digit behind a dash" example:"12345678-5"`
	Document   string       `json:"document,omitempty" maxLength:"200" doc:"Another document, which always waits for a person"`
	Email      string       `json:"email" maxLength:"254"`
	Plate      string       `json:"plate,omitempty" maxLength:"40" doc:"Of the cart; the guild gives a code when absent"`
	Tier       string       `json:"tier" enum:"basic,premium"`
	Phone      string       `json:"phone,omitempty" maxLength:"40"`
	Consent    consentInput `json:"consent,omitempty"`
}

type consentInput struct {
	Tracking bool   `json:"tracking,omitempty" doc:"The cart's place may be followed while on shift"`
	Version  string `json:"version,omitempty" maxLength:"32" doc:"Of the text that was agreed to"`
}

func (in applicationInput) name() string { return in.ID }

// check returns what the applicant said, in the stored forms, and every wrong field.
func (in applicationInput) check() (gremio.Personal, *gremio.Plate, []gremio.FieldError) {
	var w wrong
	p := gremio.Personal{GivenName: strings.TrimSpace(in.GivenName), FamilyName: strings.TrimSpace(in.FamilyName), Document: strings.TrimSpace(in.Document)}
	for field, text := range map[string]string{"given_name": in.GivenName, "family_name": in.FamilyName, "document": in.Document} {
		if message := gremio.TextError(text, gremio.MaxTextRunes); message != "" {
			w.add(field, message)
		}
	}
	if p.GivenName == "" && in.GivenName != "" {
		w.add("given_name", "is blank")
	}
	if p.FamilyName == "" && in.FamilyName != "" {
		w.add("family_name", "is blank")
	}
	switch {
	case in.RUT != "":
		if rut, err := gremio.ParseRUT(in.RUT); err != nil {
			w.add("rut", err.Error())
		} else {
			p.RUT = rut.String()
		}
	case p.Document == "":
		w.add("rut", "is missing, and so is another document")
	}
	var err error
	if p.Email, err = gremio.ParseEmail(in.Email); err != nil {
		w.add("email", err.Error())
	}
	if in.Phone != "" {
		phone, err := gremio.ParsePhone(in.Phone)
		if err != nil {
			w.add("phone", err.Error())
		}
		p.Phone = string(phone)
	}
	if strings.TrimSpace(in.Plate) == "" {
		return p, nil, w.fields
	}
	plate := w.plate("plate", in.Plate)
	return p, &plate, w.fields
}

// event implements input without sealing: whoever takes applications in seals
// them first, because that needs the database.
func (in applicationInput) event(time.Time, gremio.Settings) (gremio.Event, []gremio.FieldError) {
	_, _, fields := in.check()
	return gremio.Event{}, fields
}

// submit seals an application under a new key of its person, stores the key,
// and returns the event. The key is stored before the record that needs it.
func (a *api) submit(ctx context.Context, id string, p gremio.Personal, e gremio.ApplicationSubmitted, digest string) (gremio.Event, error) {
	now := gremio.Instant(a.Now())
	if id == "" {
		id = newID()
	}
	// An application that is sent again is the same person's: the key of the
	// first attempt is found, whichever api made it.
	e.Application, e.Person = id, gremio.DerivedID("person", id)
	wrapped, err := a.Master.Seal(gremio.NewKey(), e.Person)
	if err != nil {
		return gremio.Event{}, err
	}
	held, err := a.storeKey(ctx, e.Person, wrapped, now)
	if err != nil {
		return gremio.Event{}, err
	}
	key, err := a.Master.Open(held, e.Person)
	if err != nil {
		return gremio.Event{}, gremio.Wrap(gremio.Internal, err, "the master key does not open a person's key")
	}
	if e.Sealed, err = gremio.Key(key).SealPersonal(p, e.Person); err != nil {
		return gremio.Event{}, err
	}
	// A digest in the clear would let anybody who guesses test the guess.
	event := gremio.Event{Subject: id, Special: e.Tier == gremio.TierPremium, Data: e, Digest: a.Master.Hash("digest", digest)[:24]}
	return identified(event, id, now), nil
}

// storeKey stores a person's key, or says soon that the database is away. Of
// many applications in one request only the first waits for it.
func (a *api) storeKey(ctx context.Context, person string, wrapped []byte, now time.Time) ([]byte, error) {
	if !a.keys.isOver() {
		return nil, errResting
	}
	ctx, cancel := context.WithTimeout(ctx, keyTimeout)
	defer cancel()
	held, err := a.Store.AddPersonKey(ctx, person, wrapped, now)
	a.keys.note(ctx, err)
	return held, err
}

// application seals what an applicant sent, which is checked already.
func (a *api) application(ctx context.Context, in applicationInput, id string) (gremio.Event, error) {
	p, plate, _ := in.check()
	return a.submit(ctx, id, p, gremio.ApplicationSubmitted{
		Tier: gremio.Tier(in.Tier), Plate: plate, Origin: "v1",
		Consent: gremio.Consent{Tracking: in.Consent.Tracking, Version: in.Consent.Version},
	}, gremio.DigestOf(in))
}

func (a *api) members() {
	takeRoute[applicationInput](a, op(gremio.ActApplicationSubmit, http.MethodPost, "/v1/applications", "submit-application", "Apply for membership", accepted,
		describe("What passes all checks is decided at once, premium before basic; what is doubtful waits for a person.")))

	type listInput struct {
		Paging
		State string `query:"state" enum:"waiting,approved,rejected"`
	}
	register(a, op(gremio.ActApplicationList, http.MethodGet, "/v1/applications", "list-applications", "Applications, the newest first"),
		func(ctx context.Context, in *listInput) (*listOutput[gremio.Application], error) {
			items, next, err := a.Store.Applications(ctx, in.State, "", in.page())
			if err == nil {
				err = a.openApplications(ctx, items)
			}
			if err == nil {
				err = a.noteRead(ctx, gremio.ActApplicationList, distinct(items, applicationID)...)
			}
			return listOf(items, next, err)
		})

	type readInput struct {
		ID    string `path:"id"`
		Token string `query:"token" maxLength:"100" doc:"The applicant's, as POST /v1/applications answered it"`
	}
	register(a, op(gremio.ActApplicationRead, http.MethodGet, "/v1/applications/{id}", "read-application", "One application", acts),
		func(ctx context.Context, in *readInput) (*itemOutput[gremio.Application], error) {
			if err := a.mayReadApplication(ctx, in.ID, in.Token); err != nil {
				return nil, err
			}
			app, found, err := a.readApplication(ctx, in.ID)
			return itemOf(app, found, err, "there is no such application")
		})

	type approveInput struct {
		ID string `path:"id"`
	}
	register(a, op(gremio.ActApplicationDecide, http.MethodPost, "/v1/applications/{id}/approve", "approve-application", "Make a member of an applicant", acts),
		func(ctx context.Context, in *approveInput) (*actOutput[gremio.Application], error) {
			return a.decide(ctx, in.ID, func(version int64) gremio.Data {
				return gremio.ApplicationApproved{Application: in.ID, Member: gremio.DerivedID("member", in.ID), By: actor(ctx), At: gremio.Instant(a.Now()), SettingsVersion: version}
			})
		})
	type rejectInput struct {
		ID   string `path:"id"`
		Body *struct {
			Reason string `json:"reason,omitempty" maxLength:"1000"`
		}
	}
	register(a, op(gremio.ActApplicationDecide, http.MethodPost, "/v1/applications/{id}/reject", "reject-application", "Refuse an applicant", acts),
		func(ctx context.Context, in *rejectInput) (*actOutput[gremio.Application], error) {
			reason := ""
			if in.Body != nil {
				reason = in.Body.Reason
			}
			return a.decide(ctx, in.ID, func(int64) gremio.Data {
				return gremio.ApplicationRejected{Application: in.ID, By: actor(ctx), Reason: reason, At: gremio.Instant(a.Now())}
			})
		})

	register(a, op(gremio.ActMemberRead, http.MethodGet, "/v1/members", "list-members", "Members, the newest first"),
		func(ctx context.Context, in *Paging) (*listOutput[gremio.Member], error) {
			items, next, err := a.Store.Members(ctx, gremio.MemberFilter{}, in.page())
			if err == nil {
				err = a.openMembers(ctx, items)
			}
			if err == nil {
				err = a.noteRead(ctx, gremio.ActMemberRead, distinct(items, memberID)...)
			}
			return listOf(items, next, err)
		})
	a.membershipList()
}

func applicationID(a gremio.Application) string { return a.ID }

func memberID(m gremio.Member) string { return m.ID }

func (a *api) readApplication(ctx context.Context, id string) (gremio.Application, bool, error) {
	app, found, err := a.Store.Application(ctx, id)
	if err != nil || !found {
		return app, found, err
	}
	one := []gremio.Application{app}
	err = a.openApplications(ctx, one)
	return one[0], true, err
}

// decide puts a person's decision in the partition where the application lies.
func (a *api) decide(ctx context.Context, id string, decision func(settingsVersion int64) gremio.Data) (*actOutput[gremio.Application], error) {
	app, found, err := a.Store.Application(ctx, id)
	if err != nil || !found {
		return nil, orNotFound(err, "there is no such application")
	}
	lane, err := a.laneOf(ctx, id)
	if err != nil {
		return nil, err
	}
	e := gremio.Event{Subject: id, Special: app.Tier == gremio.TierPremium, Lane: lane, Data: decision(a.settings.get(ctx).Version)}
	return do(ctx, a, gremio.ActApplicationDecide, e, func(ctx context.Context) (gremio.Application, bool, error) { return a.readApplication(ctx, id) })
}

// laneOf returns the lane of the partition where an application lies: what
// happens to it later stays there, however many partitions there are by then.
func (a *api) laneOf(ctx context.Context, application string) (gremio.Lane, error) {
	key := gremio.IDKey(gremio.TypeApplicationSubmitted, application, application)
	known, err := a.Store.AppliedIDs(ctx, "members", []string{key})
	if at := known[key].At; err == nil && known[key].ID != "" && at.Offset >= 0 {
		return gremio.LaneAt(at.Partition), nil
	}
	return 0, err
}

// openApplications unseals who applied. A person whose key is gone stays nameless.
func (a *api) openApplications(ctx context.Context, apps []gremio.Application) error {
	persons := make([]string, len(apps))
	for i, app := range apps {
		persons[i] = app.Person
	}
	keys, err := a.Store.PersonKeys(ctx, persons)
	if err != nil {
		return err
	}
	for i := range apps {
		if apps[i].Personal, err = a.open(keys, apps[i].Person, apps[i].Sealed); err != nil {
			return err
		}
	}
	return nil
}

func (a *api) openMembers(ctx context.Context, members []gremio.Member) error {
	persons := make([]string, len(members))
	for i, m := range members {
		persons[i] = m.Person
	}
	keys, err := a.Store.PersonKeys(ctx, persons)
	if err != nil {
		return err
	}
	for i := range members {
		if members[i].Personal, err = a.open(keys, members[i].Person, members[i].Sealed); err != nil {
			return err
		}
	}
	return nil
}

func (a *api) open(keys map[string][]byte, person string, sealed gremio.Sealed) (gremio.Personal, error) {
	wrapped, ok := keys[person]
	if !ok || len(sealed) == 0 {
		return gremio.Personal{}, nil
	}
	return a.Master.Unseal(wrapped, sealed, person)
}
