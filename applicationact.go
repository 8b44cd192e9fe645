package gremio

import "time"

// What the office and the applicant do for an application before, or after, it
// is decided. Each may make a waiting application good, so it is judged again.

// An ApplicationAct is what every such event says.
type ApplicationAct struct {
	Application string    `json:"application"`
	By          string    `json:"by"` // a person, or "applicant"
	At          time.Time `json:"at"`
}

func (a ApplicationAct) check() *check {
	var c check
	c.id("application", a.Application)
	c.text("by", a.By, MaxTextRunes)
	c.time("at", a.At)
	return &c
}

// ByApplicant is who acted when it was the applicant, with the application's own token.
const ByApplicant = "applicant"

// A Channel is a way to reach an applicant.
type Channel string

// The channels.
const (
	ChannelEmail Channel = "email"
	ChannelPhone Channel = "phone"
)

// ApplicationConfirmed says that the applicant was reached where the application says.
type ApplicationConfirmed struct {
	ApplicationAct
	Channel Channel `json:"channel"`
	// Contact is a keyed hash of the application and the address or number, so
	// that another one, of a correction, is not confirmed by it.
	Contact string `json:"contact"`
}

// EventType implements Data.
func (ApplicationConfirmed) EventType() Type { return TypeApplicationConfirmed }

// Validate implements Data.
func (a ApplicationConfirmed) Validate() []FieldError {
	c := a.check()
	if a.Channel != ChannelEmail && a.Channel != ChannelPhone {
		c.add("channel", "must be email or phone")
	}
	if a.Contact == "" {
		c.add("contact", "is missing")
	}
	return c.fields
}

// ApplicationChecked says whether one of the antecedents that the guild's
// settings ask for was seen.
type ApplicationChecked struct {
	ApplicationAct
	Antecedent string `json:"antecedent"`
	Met        bool   `json:"met"`
}

// EventType implements Data.
func (ApplicationChecked) EventType() Type { return TypeApplicationChecked }

// Validate implements Data.
func (a ApplicationChecked) Validate() []FieldError {
	c := a.check()
	if a.Antecedent == "" {
		c.add("antecedent", "is missing")
	}
	c.text("antecedent", a.Antecedent, MaxTextRunes)
	return c.fields
}

// ApplicationPaid notes that the premium fee was paid, or takes the note back.
type ApplicationPaid struct {
	ApplicationAct
	Paid      bool   `json:"paid"`
	Amount    int64  `json:"amount"` // whole pesos
	Reference string `json:"reference,omitempty"`
}

// EventType implements Data.
func (ApplicationPaid) EventType() Type { return TypeApplicationPaid }

// Validate implements Data.
func (a ApplicationPaid) Validate() []FieldError {
	c := a.check()
	if a.Amount < 0 {
		c.add("amount", "must not be negative")
	}
	c.text("reference", a.Reference, MaxTextRunes)
	return c.fields
}
