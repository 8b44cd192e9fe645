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
	decisionStore
	PersonKeys(ctx context.Context, persons []string) (map[string][]byte, error)
	AddPersonKeys(ctx context.Context, wrapped map[string][]byte, now time.Time) (held map[string][]byte, err error)
}

// An applicationInput is somebody's wish to join.
type applicationInput struct {
	ID         string       `json:"id,omitempty" maxLength:"100"`
	GivenName  string       `json:"given_name" minLength:"1" maxLength:"200"`
	FamilyName string       `json:"family_name" minLength:"1" maxLength:"200"`
	RUT        string       `json:"rut,omitempty" maxLength:"20" doc:"With its check digit behind a dash or a space, unless rut_dv has it" example:"12345678-5"`
	RUTDV      string       `json:"rut_dv,omitempty" maxLength:"3" doc:"The check digit, where it has a field of its own"`
	Document   string       `json:"document,omitempty" maxLength:"200" doc:"Another document, which always waits for a person"`
	Email      string       `json:"email" maxLength:"254"`
	Plate      string       `json:"plate,omitempty" maxLength:"40" doc:"Of the cart; the guild gives a code when absent"`
	Tier       string       `json:"tier" enum:"basic,premium"`
	Phone      string       `json:"phone,omitempty" maxLength:"40"`
	Consent    consentInput `json:"consent,omitempty"`
	// Consents says the same by purpose, in the words of GET /v1/consents.
	Consents []purposeInput `json:"consents,omitempty" maxItems:"10" doc:"By purpose, as GET /v1/consents asks"`
}

type purposeInput struct {
	Purpose gremio.Purpose `json:"purpose" enum:"tracking"`
	Version string         `json:"version" minLength:"1" maxLength:"32" doc:"Of the text that was agreed to"`
}

// consent returns what the applicant agrees to.
func (in applicationInput) consent() gremio.Consent {
	c := gremio.Consent{Tracking: in.Consent.Tracking, Version: in.Consent.Version}
	for _, p := range in.Consents {
		if p.Purpose == gremio.PurposeTracking {
			c = gremio.Consent{Tracking: true, Version: p.Version}
		}
	}
	return c
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
	if gremio.Fold(in.GivenName) == "" && in.GivenName != "" { // characters of no width are no name either
		w.add("given_name", "is blank")
	}
	if gremio.Fold(in.FamilyName) == "" && in.FamilyName != "" {
		w.add("family_name", "is blank")
	}
	switch {
	case in.RUT != "":
		if rut, err := in.rut(); err != nil {
			w.add("rut", err.Error())
		} else {
			p.RUT = rut.String()
		}
	case in.RUTDV != "":
		w.add("rut_dv", "is the check digit of no rut")
	case gremio.Fold(p.Document) == "":
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

func (in applicationInput) rut() (gremio.RUT, error) {
	if in.RUTDV != "" {
		return gremio.ParseRUTApart(in.RUT, in.RUTDV)
	}
	return gremio.ParseRUT(in.RUT)
}

// event implements input without sealing: whoever takes applications in seals
// them first, because that needs the database.
func (in applicationInput) event(time.Time, gremio.Settings) (gremio.Event, []gremio.FieldError) {
	_, _, fields := in.check()
	return gremio.Event{}, fields
}

// application returns what an applicant sent, which is checked already.
func (a *api) application(in applicationInput, id string) intake {
	p, plate, _ := in.check()
	return a.submitted(id, p, gremio.ApplicationSubmitted{
		Tier: gremio.Tier(in.Tier), Plate: plate, Origin: "v1",
		Consent: in.consent(),
	}, gremio.DigestOf(in))
}

func (a *api) members() {
	takeRoute[applicationInput](a, op(gremio.ActApplicationSubmit, http.MethodPost, "/v1/applications", "submit-application", "Apply for membership", accepted,
		describe("What passes all checks is decided at once, premium before basic; what is doubtful waits for a person.")))

	type listInput struct {
		Paging
		State string `query:"state" enum:"waiting,approved,rejected,erased"`
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
			return a.act(ctx, gremio.ActApplicationDecide, in.ID, func(app gremio.Application, s gremio.Settings) (gremio.Data, error) {
				return gremio.ApplicationApprovedV2{
					ApplicationApproved: gremio.ApplicationApproved{Application: in.ID, Member: gremio.DerivedID("member", in.ID), By: actor(ctx), At: gremio.Instant(a.Now()), SettingsVersion: s.Version},
					Tier:                app.Tier, ServedAs: s.ServedAs(app),
				}, nil
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
			return a.act(ctx, gremio.ActApplicationDecide, in.ID, func(app gremio.Application, s gremio.Settings) (gremio.Data, error) {
				sealed, err := a.sealText(ctx, "reason", reason, app.Person)
				return gremio.ApplicationRejectedV2{
					ApplicationRejected: gremio.ApplicationRejected{Application: in.ID, By: actor(ctx), Reason: sealed, At: gremio.Instant(a.Now())},
					SettingsVersion:     s.Version,
				}, err
			})
		})

	type memberListInput struct {
		Paging
		State string `query:"state" enum:"active,suspended,left"`
		Plate string `query:"plate" maxLength:"40" doc:"That the member's cart bears now"`
	}
	register(a, op(gremio.ActMemberRead, http.MethodGet, "/v1/members", "list-members", "Members, the newest first"),
		func(ctx context.Context, in *memberListInput) (*listOutput[gremio.Member], error) {
			plate, err := plateParam("plate", in.Plate)
			if err != nil {
				return nil, err
			}
			items, next, err := a.Store.Members(ctx, gremio.MemberFilter{State: in.State, Plate: plate}, in.page())
			if err == nil {
				err = a.openMembers(ctx, items)
			}
			if err == nil {
				a.showFees(ctx, items)
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
	settings := a.settings.get(ctx)
	for i := range apps {
		if apps[i].Personal, apps[i].DecidedReason, err = a.open(keys, apps[i].Person, apps[i].Sealed, apps[i].DecidedReason); err != nil {
			return err
		}
		a.showDecision(&apps[i], settings)
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
		m := &members[i]
		if m.Personal, m.SuspendedReason, err = a.open(keys, m.Person, m.Sealed, m.SuspendedReason); err != nil {
			return err
		}
	}
	return nil
}

// showFees says what premium members paid, or owe by the settings of now.
func (a *api) showFees(ctx context.Context, members []gremio.Member) {
	settings := a.settings.get(ctx)
	for i := range members {
		members[i].Fee = settings.FeeOfMember(members[i])
	}
}

// personalOf unseals who applied.
func (a *api) personalOf(ctx context.Context, app gremio.Application) (gremio.Personal, error) {
	keys, err := a.Store.PersonKeys(ctx, []string{app.Person})
	if err != nil {
		return gremio.Personal{}, err
	}
	who, _, err := a.open(keys, app.Person, app.Sealed, "")
	return who, err
}

// open opens who a person is, and what was said of the person.
func (a *api) open(keys map[string][]byte, person string, sealed gremio.Sealed, said string) (who gremio.Personal, opened string, err error) {
	key, err := a.Master.Unwrap(keys[person], person)
	if err != nil {
		return who, "", err
	}
	if opened, err = key.OpenText(said, person); err != nil || key == nil || len(sealed) == 0 {
		return who, opened, err
	}
	who, err = key.OpenPersonal(sealed, person)
	return who, opened, err
}
