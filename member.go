package gremio

import (
	"slices"
	"strings"
	"time"
)

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
	ApplicationIsErased   = "erased" // before it was decided
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
	ReasonFormerPlate    = "plate_of_former_member"
	ReasonFormerMember   = "rut_of_former_member"

	ReasonSameName          = "same_name_other_rut"
	ReasonEmailUnconfirmed  = "email_unconfirmed"
	ReasonPhoneUnconfirmed  = "phone_unconfirmed"
	ReasonAntecedentMissing = "antecedent_missing"
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
	c.tier("tier", a.Tier)
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

// HeldID returns the id of the first decision to hold an application.
func HeldID(application string) string { return DerivedID("held", application) }

// HeldKeys returns the keys under which its worker may know that decision, by
// the versions of its type.
func HeldKeys(application string) []string {
	return []string{
		IDKey(TypeApplicationHeld, application, HeldID(application)),
		IDKey(TypeApplicationHeldV2, application, HeldID(application)),
	}
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
	c.sealedText("reason", a.Reason, MaxNoteRunes)
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
	State         string     `json:"state" enum:"waiting,approved,rejected,erased"`
	Reasons       []string   `json:"reasons" doc:"Why a person must look at it"`
	Origin        string     `json:"origin"`
	SubmittedAt   time.Time  `json:"submitted_at"`
	DecidedAt     *time.Time `json:"decided_at,omitempty"`
	DecidedBy     string     `json:"decided_by,omitempty"`
	DecidedReason string     `json:"decided_reason,omitempty"`

	ErasedAt *time.Time `json:"erased_at,omitempty" doc:"When the person was erased: nothing that says who it was is left"`

	DuplicateOf      string          `json:"duplicate_of,omitempty" doc:"A live application with the same document"`
	SameAs           string          `json:"same_as,omitempty" doc:"The member with the same document"`
	EmailConfirmedAt *time.Time      `json:"email_confirmed_at,omitempty"`
	PhoneConfirmedAt *time.Time      `json:"phone_confirmed_at,omitempty"`
	Antecedents      []Antecedent    `json:"antecedents" nullable:"false" doc:"What the settings ask for now"`
	Fee              *Fee            `json:"fee,omitempty" doc:"Of a premium one while a fee is set"`
	ServedAs         Tier            `json:"served_as" enum:"basic,premium" doc:"With which applications it is decided: a premium one with the basic ones until its fee is paid"`
	SettingsVersion  *int64          `json:"settings_version,omitempty" doc:"That the decision followed"`
	Member           string          `json:"member,omitempty" doc:"Its id, once approved"`
	Consents         []SaidOfConsent `json:"consents" nullable:"false" doc:"What holds of each purpose that the person has said something about"`

	Person        string     `json:"-"`
	Sealed        Sealed     `json:"-"`
	Special       bool       `json:"-"`
	RUTHash       *string    `json:"-"`
	NameHash      *string    `json:"-"`
	Consent       Consent    `json:"-"`
	ConsentedAt   *time.Time `json:"-"`
	Queued        bool       `json:"-"` // waits for its turn, not for a person
	EmailFor      string     `json:"-"` // the ContactHash that was confirmed
	PhoneFor      string     `json:"-"`
	PaidAt        *time.Time `json:"-"`
	PaidReference string     `json:"-"`
	PaidAmount    int64      `json:"-"`
}

// States of a member.
const (
	MemberActive      = "active"
	MemberIsSuspended = "suspended"
	MemberHasLeft     = "left"
)

// A Member is somebody who joined.
type Member struct {
	ID string `json:"id"`
	Personal
	Application     string     `json:"application"`
	Tier            Tier       `json:"tier" enum:"basic,premium"`
	Plate           Plate      `json:"plate,omitempty" doc:"Of the cart that the member has had longest; absent without a cart"`
	State           string     `json:"state" enum:"active,suspended,left"`
	JoinedAt        time.Time  `json:"joined_at"`
	SuspendedAt     *time.Time `json:"suspended_at,omitempty" doc:"Of a member who is suspended now"`
	SuspendedUntil  *time.Time `json:"suspended_until,omitempty" doc:"Absent while suspended: until a person ends it"`
	SuspendedReason string     `json:"suspended_reason,omitempty"`
	LeftAt          *time.Time `json:"left_at,omitempty"`
	Fee             *Fee       `json:"fee,omitempty" doc:"Of a premium member who applied as one, as it stands now: unpaid while it has no paid_at"`

	Person        string     `json:"-"`
	Sealed        Sealed     `json:"-"`
	RUTHash       *string    `json:"-"`
	AppliedAs     Tier       `json:"-"`
	PaidAt        *time.Time `json:"-"`
	PaidReference string     `json:"-"`
	PaidAmount    int64      `json:"-"`
}

// A Holding is a time during which a member's cart bore a plate.
type Holding struct {
	Plate Plate      `json:"plate"`
	From  time.Time  `json:"from"`
	Until *time.Time `json:"until,omitempty" doc:"Absent while it goes on"`

	Member string `json:"-"`
}

// A HoldingMark is where a member's time with a plate begins or ends.
type HoldingMark struct {
	Plate  Plate
	Member string
	At     time.Time
	Cause  string // the event, or the application of an approval
	Starts bool
}

// HoldingsOf pairs the marks of one plate, in the order of their time: a later
// beginning ends what another has not ended.
func HoldingsOf(marks []HoldingMark) []Holding {
	marks = slices.Clone(marks)
	slices.SortFunc(marks, func(a, b HoldingMark) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		if c := strings.Compare(a.Cause, b.Cause); c != 0 {
			return c
		}
		return rank(a.Starts) - rank(b.Starts) // of one event the end comes first
	})
	var all []Holding
	for _, m := range marks {
		var last *Holding
		if n := len(all); n > 0 && all[n-1].Until == nil {
			last = &all[n-1]
		}
		switch {
		case m.Starts:
			if last != nil {
				last.Until = &m.At
			}
			all = append(all, Holding{Plate: m.Plate, Member: m.Member, From: m.At})
		case last != nil && last.Member == m.Member:
			last.Until = &m.At
		}
	}
	return all
}

func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A MemberEvent is one line of a member's history.
type MemberEvent struct {
	Kind   string     `json:"type" enum:"joined,changed,suspended,resumed,left,returned,gave_cart,got_cart,plate_changed,permit_noted"`
	At     time.Time  `json:"at"`
	By     string     `json:"by" doc:"automatic, applicant, or the id of whoever did it"`
	Reason string     `json:"reason,omitempty"`
	Tier   Tier       `json:"tier,omitempty" doc:"From then on"`
	Plate  Plate      `json:"plate,omitempty" doc:"The new one, or that of the cart that went"`
	Other  string     `json:"other,omitempty" doc:"The other member, the former plate, or the permit's kind"`
	Until  *time.Time `json:"until,omitempty" doc:"Of a suspension"`

	Number    string `json:"number,omitempty" doc:"Of the permit"`
	ExpiresOn Day    `json:"expires_on,omitempty" doc:"The permit's last day"`

	Member string `json:"-"`
	Cause  string `json:"-"`
	Sealed Sealed `json:"-"` // the number, nil of what has none
}

// A Permit is until when one of a member's papers is good.
type Permit struct {
	Kind      PermitKind `json:"kind" enum:"municipal,sanitary"`
	Number    string     `json:"number,omitempty"`
	ExpiresOn Day        `json:"expires_on" doc:"The last day on which it is good"`

	Member    string `json:"-"`
	Sealed    Sealed `json:"-"` // the number
	Alert     string `json:"-"` // the last that told of it, "" while none has
	WarnedFor Day    `json:"-"` // the date that one was about
}

// Warned reports whether the desk was told of the permit as it is noted now.
func (p Permit) Warned() bool { return p.WarnedFor == p.ExpiresOn }

// A MemberFile is all that the office sees of one member.
type MemberFile struct {
	Member
	Carts   []Holding     `json:"carts" nullable:"false" doc:"The oldest first"`
	Permits []Permit      `json:"permits" nullable:"false"`
	History []MemberEvent `json:"history" nullable:"false" doc:"The oldest first"`
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
	State                    string
	Plate                    Plate // that the member's cart bears now
}
