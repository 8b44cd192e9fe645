package gremio

import "time"

// A Tier is what a member pays for.
type Tier string

// The tiers.
const (
	TierBasic   Tier = "basic"
	TierPremium Tier = "premium"
)

// States of an application.
const (
	ApplicationWaiting    = "waiting" // for a person, with its reasons
	ApplicationIsApproved = "approved"
	ApplicationIsRejected = "rejected"
)

// Reasons why an application waits for a person.
const (
	ReasonRUTMissing     = "rut_missing"
	ReasonRUTInvalid     = "rut_invalid"
	ReasonRUTRepeated    = "rut_repeated"
	ReasonOtherDocument  = "other_document"
	ReasonEmailMissing   = "email_missing"
	ReasonEmailInvalid   = "email_invalid"
	ReasonPhoneMissing   = "phone_missing"
	ReasonConsentMissing = "consent_missing"
	ReasonNameMissing    = "name_missing"
	ReasonPlateTaken     = "plate_taken"
	ReasonMemberAlready  = "rut_is_member"
	ReasonDuplicate      = "rut_applies_already"
	ReasonReview         = "review"
)

// ApplicationSubmitted is somebody's wish to join. Who it is lies sealed in
// Sealed, under the key of Person.
type ApplicationSubmitted struct {
	Application string `json:"application"`
	Person      string `json:"person"`
	Tier        Tier   `json:"tier"`
	Plate       *Plate `json:"plate,omitempty"` // nil: the guild gives a code
	Sealed      Sealed `json:"sealed"`          // a Personal
	// Origin is "v1" or "first_client"; the first client's lacks what it never asked for.
	Origin  string  `json:"origin"`
	Consent Consent `json:"consent"`
}

// Consent is what the applicant agreed to, and by which version of the text.
type Consent struct {
	Tracking bool   `json:"tracking"`
	Version  string `json:"version,omitempty"`
}

// EventType implements Data.
func (ApplicationSubmitted) EventType() Type { return TypeApplicationSubmitted }

// Validate implements Data.
func (a ApplicationSubmitted) Validate() []FieldError {
	var c check
	c.id("application", a.Application)
	c.id("person", a.Person)
	if a.Tier != TierBasic && a.Tier != TierPremium {
		c.add("tier", "must be basic or premium")
	}
	if a.Plate != nil {
		c.plate("plate", *a.Plate)
	}
	if len(a.Sealed) == 0 {
		c.add("sealed", "is missing")
	}
	return c.fields
}

// ApplicationHeld is the decision that an application waits for a person.
type ApplicationHeld struct {
	Application     string    `json:"application"`
	Reasons         []string  `json:"reasons"`
	At              time.Time `json:"at"`
	SettingsVersion int64     `json:"settings_version"`
}

// EventType implements Data.
func (ApplicationHeld) EventType() Type { return TypeApplicationHeld }

// Validate implements Data.
func (a ApplicationHeld) Validate() []FieldError {
	var c check
	c.id("application", a.Application)
	c.time("at", a.At)
	return c.fields
}

// HeldID returns the id of the decision to hold an application, HeldKey the key
// under which its worker knows it.
func HeldID(application string) string { return DerivedID("held", application) }

// HeldKey returns the key of the decision to hold an application.
func HeldKey(application string) string {
	return IDKey(TypeApplicationHeld, application, HeldID(application))
}

// ApplicationApproved makes a member of an applicant.
type ApplicationApproved struct {
	Application     string    `json:"application"`
	Member          string    `json:"member"`
	Plate           Plate     `json:"plate"` // the applicant's, or the code that the guild gave
	By              string    `json:"by"`    // "automatic" or a person
	At              time.Time `json:"at"`
	SettingsVersion int64     `json:"settings_version"`
}

// EventType implements Data.
func (ApplicationApproved) EventType() Type { return TypeApplicationApproved }

// Validate implements Data.
func (a ApplicationApproved) Validate() []FieldError {
	var c check
	c.id("application", a.Application)
	c.id("member", a.Member)
	if a.Plate != "" {
		c.plate("plate", a.Plate)
	}
	c.time("at", a.At)
	return c.fields
}

// ApplicationRejected is a person's refusal, with the reason.
type ApplicationRejected struct {
	Application string    `json:"application"`
	By          string    `json:"by"`
	Reason      string    `json:"reason,omitempty"`
	At          time.Time `json:"at"`
}

// EventType implements Data.
func (ApplicationRejected) EventType() Type { return TypeApplicationRejected }

// Validate implements Data.
func (a ApplicationRejected) Validate() []FieldError {
	var c check
	c.id("application", a.Application)
	c.text("reason", a.Reason, MaxNoteRunes)
	c.time("at", a.At)
	return c.fields
}

// Doubts returns the reasons that the application's own words give for a
// person to look at it, in a fixed order; none when all checks pass.
func (p Personal) Doubts(consent Consent) []string {
	var doubts []string
	when := func(doubtful bool, reason string) {
		if doubtful {
			doubts = append(doubts, reason)
		}
	}
	when(p.GivenName == "" || p.FamilyName == "", ReasonNameMissing)
	switch {
	case p.Document != "":
		when(true, ReasonOtherDocument)
	case p.RUT == "":
		when(true, ReasonRUTMissing)
	default:
		rut, err := ParseRUT(p.RUT)
		when(err != nil, ReasonRUTInvalid)
		when(err == nil && rut.Repeated(), ReasonRUTRepeated)
	}
	if p.Email == "" {
		when(true, ReasonEmailMissing)
	} else if _, err := ParseEmail(p.Email); err != nil {
		when(true, ReasonEmailInvalid)
	}
	when(p.Phone == "", ReasonPhoneMissing)
	when(!consent.Tracking, ReasonConsentMissing)
	return doubts
}

// An Application is somebody's wish to join as the office sees it.
type Application struct {
	ID string `json:"id"`
	Personal
	Tier          Tier       `json:"tier" enum:"basic,premium"`
	Plate         *Plate     `json:"plate,omitempty"`
	State         string     `json:"state" enum:"waiting,approved,rejected"`
	Reasons       []string   `json:"reasons" doc:"Why a person must look at it"`
	Origin        string     `json:"origin"`
	SubmittedAt   time.Time  `json:"submitted_at"`
	DecidedAt     *time.Time `json:"decided_at,omitempty"`
	DecidedBy     string     `json:"decided_by,omitempty"`
	DecidedReason string     `json:"decided_reason,omitempty"`

	Person  string  `json:"-"`
	Sealed  Sealed  `json:"-"`
	Special bool    `json:"-"`
	RUTHash *string `json:"-"`
}

// A Member is somebody who joined.
type Member struct {
	ID string `json:"id"`
	Personal
	Application string    `json:"application"`
	Tier        Tier      `json:"tier" enum:"basic,premium"`
	Plate       Plate     `json:"plate"`
	State       string    `json:"state" enum:"active"`
	JoinedAt    time.Time `json:"joined_at"`

	Person  string  `json:"-"`
	Sealed  Sealed  `json:"-"`
	RUTHash *string `json:"-"`
}

// A MembershipList is who joined in a month and who waited at its end.
type MembershipList struct {
	Month   string        `json:"month"` // YYYY-MM, in Santiago
	Joined  []Member      `json:"joined" nullable:"false"`
	Waiting []Application `json:"waiting" nullable:"false" doc:"At the month's end, or now when it has not ended"`
}

// A MemberFilter narrows a list of members; zero fields do not.
type MemberFilter struct {
	JoinedFrom, JoinedBefore time.Time
}
