package gremio

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// What a person may ask of the guild about the own data (Ley 21.719, art. 4 to
// 9 and 12): to have it right, to consent and to withdraw, to be forgotten. The
// events lie with the person's application.

// PersonCorrected replaces what was known of a person. Plate is the application's
// and changes only while it waits: a member's plate has an event of its own.
type PersonCorrected struct {
	ApplicationAct
	Person string `json:"person"`
	Sealed Sealed `json:"sealed"` // a Personal, whole
	Plate  *Plate `json:"plate,omitempty"`
}

// EventType implements Data.
func (PersonCorrected) EventType() Type { return TypePersonCorrected }

// Validate implements Data.
func (p PersonCorrected) Validate() []FieldError {
	c := p.check()
	c.id("person", p.Person)
	if len(p.Sealed) == 0 {
		c.add("sealed", "is missing")
	}
	if p.Plate != nil {
		c.plate("plate", *p.Plate)
	}
	return c.fields
}

// A Purpose is what personal data is used for, by consent.
type Purpose string

// The purposes.
const (
	PurposeTracking   Purpose = "tracking"   // where the cart is while on shift
	PurposeStatistics Purpose = "statistics" // named in the guild's statistics
	PurposeSharing    Purpose = "sharing"    // shown to the municipality and partners
)

// A ConsentAct is what giving and withdrawing say.
type ConsentAct struct {
	ApplicationAct
	Person  string  `json:"person"`
	Purpose Purpose `json:"purpose"`
	Version string  `json:"version"` // of the text that the person saw
}

func (a ConsentAct) validate() []FieldError {
	c := a.check()
	c.id("person", a.Person)
	switch a.Purpose {
	case PurposeTracking, PurposeStatistics, PurposeSharing:
	default:
		c.add("purpose", "must be tracking, statistics or sharing")
	}
	c.text("version", a.Version, MaxConsentVersion)
	return c.fields
}

// MaxConsentVersion is the most characters of the version of a consent's text.
const MaxConsentVersion = 32

// ConsentGiven says that a person agrees to a purpose.
type ConsentGiven struct{ ConsentAct }

// EventType implements Data.
func (ConsentGiven) EventType() Type { return TypeConsentGiven }

// Validate implements Data.
func (c ConsentGiven) Validate() []FieldError { return c.validate() }

// ConsentWithdrawn takes a consent back.
type ConsentWithdrawn struct{ ConsentAct }

// EventType implements Data.
func (ConsentWithdrawn) EventType() Type { return TypeConsentWithdrawn }

// Validate implements Data.
func (c ConsentWithdrawn) Validate() []FieldError { return c.validate() }

// PersonErased says that a person is forgotten: the person's key is gone, and
// with it all that was sealed, in every copy of the log.
type PersonErased struct {
	ApplicationAct
	Person string `json:"person"`
	Reason string `json:"reason,omitempty"`
}

// EventType implements Data.
func (PersonErased) EventType() Type { return TypePersonErased }

// Validate implements Data.
func (p PersonErased) Validate() []FieldError {
	c := p.check()
	c.id("person", p.Person)
	c.text("reason", p.Reason, MaxNoteRunes)
	return c.fields
}

// ErasureEvent returns the event by which an application's person is forgotten,
// for the lane where the application lies. Whoever asks and how often, it is one.
func ErasureEvent(p PersonErased, tier Tier, lane Lane) Event {
	return Event{
		ID: DerivedID("erased", p.Application), Subject: p.Application, Special: tier == TierPremium, Lane: lane,
		Time: p.At, Digest: DigestOf("erase " + p.Application), Data: p,
	}
}

// An Erasure is what is known of somebody who was forgotten: ids alone. It also
// stands on a list outside every backup, for a restored one has the person again.
type Erasure struct {
	At          time.Time
	Application string
	Person      string
	Users       []string // accounts that were the person's
}

// A PersonFile is all that the guild holds about one person, for the person.
type PersonFile struct {
	MadeAt      time.Time     `json:"made_at"`
	Application Application   `json:"application"`
	Member      *MemberFile   `json:"member,omitempty"`
	Accounts    []Account     `json:"accounts" nullable:"false" doc:"With which the person signs in"`
	Sales       []Sale        `json:"sales" nullable:"false" doc:"Of the carts while they were the person's, the oldest first"`
	Track       []PlateFix    `json:"track" nullable:"false" doc:"Where the carts were while they were the person's, as far as it is kept, the oldest first"`
	Reads       []PersonEntry `json:"reads" nullable:"false" doc:"Who read or changed what about the person, the newest first"`
}

// An Account is what a user's account says of the person.
type Account struct {
	ID        string    `json:"id"`
	Email     string    `json:"email"`
	Name      string    `json:"name,omitempty"`
	Role      Role      `json:"role"`
	CreatedAt time.Time `json:"created_at"`
}

// A PlateFix is a fix of the cart that bore a plate.
type PlateFix struct {
	Plate Plate `json:"plate"`
	Fix
}

// A PersonEntry is what the audit log shows the person whom it is about.
type PersonEntry struct {
	At     time.Time `json:"at"`
	Actor  string    `json:"actor" doc:"Who it was, by name: a person of the guild, a program, terminal, or applicant"`
	Action string    `json:"action"`
}

// Names reports whether text names the person: a word of the name, the e-mail,
// the document or the phone. What stays readable after an erasure must not.
func (p Personal) Names(text string) bool {
	words := strings.Fields(strings.Map(letterOrSpace, Fold(text)))
	for _, name := range strings.Fields(strings.Map(letterOrSpace, Fold(p.Name()))) {
		if len(name) > 2 && slices.Contains(words, name) {
			return true
		}
	}
	digits := onlyDigits(text)
	for _, number := range []string{p.RUT, p.Document, p.Phone} {
		if n := onlyDigits(number); len(n) > 6 && strings.Contains(digits, n[len(n)-min(len(n), 8):]) {
			return true
		}
	}
	return p.Email != "" && strings.Contains(strings.ToLower(text), strings.ToLower(p.Email))
}

func letterOrSpace(r rune) rune {
	if unicode.IsLetter(r) {
		return r
	}
	return ' '
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
