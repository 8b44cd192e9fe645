package gremio

import "time"

// What happens to a member after the approval. The events of a member keep the
// subject and the partition of the application that made the member.

// A MemberAct is what every event of a member's life says.
type MemberAct struct {
	Application string    `json:"application"` // that made the member
	Member      string    `json:"member"`
	By          string    `json:"by"` // ByMachine or a person
	Reason      string    `json:"reason,omitempty"`
	At          time.Time `json:"at"`
}

// ByMachine is who acted when no person did.
const ByMachine = "automatic"

func (a MemberAct) check() *check {
	var c check
	c.id("application", a.Application)
	c.id("member", a.Member)
	c.text("by", a.By, MaxTextRunes)
	c.sealedText("reason", a.Reason, MaxNoteRunes)
	c.time("at", a.At)
	return &c
}

// MemberChanged gives a member another tier.
type MemberChanged struct {
	MemberAct
	Tier Tier `json:"tier"`
}

// EventType implements Data.
func (MemberChanged) EventType() Type { return TypeMemberChanged }

// Validate implements Data.
func (m MemberChanged) Validate() []FieldError {
	c := m.check()
	c.tier("tier", m.Tier)
	return c.fields
}

// MemberSuspended takes a member's rights away for a time, or until a person
// gives them back. Only a person suspends, with a reason (Ley 21.719, art. 8 bis).
type MemberSuspended struct {
	MemberAct
	Until *time.Time `json:"until,omitempty"`
}

// EventType implements Data.
func (MemberSuspended) EventType() Type { return TypeMemberSuspended }

// Validate implements Data.
func (m MemberSuspended) Validate() []FieldError {
	c := m.check()
	if m.Reason == "" {
		c.add("reason", "is missing: a suspension says why")
	}
	if m.Until != nil && !m.Until.After(m.At) {
		c.add("until", "must be later than now")
	}
	return c.fields
}

// MemberResumed ends a suspension.
type MemberResumed struct{ MemberAct }

// EventType implements Data.
func (MemberResumed) EventType() Type { return TypeMemberResumed }

// Validate implements Data.
func (m MemberResumed) Validate() []FieldError { return m.check().fields }

// MemberLeft ends a membership. Plates are those that the member held, which are
// free from then on.
type MemberLeft struct {
	MemberAct
	Plates []Plate `json:"plates"`
}

// EventType implements Data.
func (MemberLeft) EventType() Type { return TypeMemberLeft }

// Validate implements Data.
func (m MemberLeft) Validate() []FieldError {
	c := m.check()
	for _, p := range m.Plates {
		c.plate("plates", p)
	}
	return c.fields
}

// MemberReturned takes up a membership that was left, with the plate that the
// member comes back with.
type MemberReturned struct {
	MemberAct
	Plate *Plate `json:"plate,omitempty"`
}

// EventType implements Data.
func (MemberReturned) EventType() Type { return TypeMemberReturned }

// Validate implements Data.
func (m MemberReturned) Validate() []FieldError {
	c := m.check()
	if m.Plate != nil {
		c.plate("plate", *m.Plate)
	}
	return c.fields
}

// CartGiven passes a member's cart, with its plate, to another member. What was
// before stays with whom it belonged to.
type CartGiven struct {
	MemberAct
	Plate Plate  `json:"plate"`
	To    string `json:"to"` // member
}

// EventType implements Data.
func (CartGiven) EventType() Type { return TypeCartGiven }

// Validate implements Data.
func (g CartGiven) Validate() []FieldError {
	c := g.check()
	c.plate("plate", g.Plate)
	c.id("to", g.To)
	if g.To == g.Member {
		c.add("to", "must be another member")
	}
	return c.fields
}

// PlateChanged gives a member's cart another plate. It goes on being the same cart.
type PlateChanged struct {
	MemberAct
	From Plate `json:"from"`
	To   Plate `json:"to"`
}

// EventType implements Data.
func (PlateChanged) EventType() Type { return TypePlateChanged }

// Validate implements Data.
func (p PlateChanged) Validate() []FieldError {
	c := p.check()
	c.plate("from", p.From)
	c.plate("to", p.To)
	if p.From == p.To {
		c.add("to", "must be another plate")
	}
	return c.fields
}

// A PermitKind is one of the papers that a cart needs in the street.
type PermitKind string

// The kinds of permit: the municipality's to trade in the street, a year at
// most, and the resolution of the SEREMI de Salud.
const (
	PermitMunicipal PermitKind = "municipal"
	PermitSanitary  PermitKind = "sanitary"
)

// PermitNoted says until when a member's permit is good. The newest counts.
type PermitNoted struct {
	MemberAct
	Kind      PermitKind `json:"kind"`
	Number    Sealed     `json:"number,omitempty"` // of the person, so under the person's key
	ExpiresOn Day        `json:"expires_on"`       // the last day on which it is good
}

// EventType implements Data.
func (PermitNoted) EventType() Type { return TypePermitNoted }

// Validate implements Data.
func (p PermitNoted) Validate() []FieldError {
	c := p.check()
	c.permit(p.Kind, p.ExpiresOn)
	return c.fields
}
