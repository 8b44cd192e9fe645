package gremio

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// What is found out about an application while it waits, and what is decided
// about it.

// Reached reports whether the applicant was reached where the application says now.
func (a Application) Reached(c Channel, master Key) bool {
	confirmed := a.EmailFor
	if c == ChannelPhone {
		confirmed = a.PhoneFor
	}
	return confirmed != "" && confirmed == master.ContactHash(a.ID, c, a.Personal)
}

// ConfirmationAsked wants the message sent again by which the applicant's e-mail
// is confirmed.
type ConfirmationAsked struct{ ApplicationAct }

// EventType implements Data.
func (ConfirmationAsked) EventType() Type { return TypeConfirmationAsked }

// Validate implements Data.
func (a ConfirmationAsked) Validate() []FieldError { return a.check().fields }

// ApplicationHeldV2 is ApplicationHeld with what the application collides with.
type ApplicationHeldV2 struct {
	ApplicationHeld
	DuplicateOf string `json:"duplicate_of,omitempty"` // a live application with the same document
	SameAs      string `json:"same_as,omitempty"`      // a member with the same document
}

// EventType implements Data.
func (ApplicationHeldV2) EventType() Type { return TypeApplicationHeldV2 }

// V2 returns the decision as it is written now.
func (a ApplicationHeld) V2() ApplicationHeldV2 { return ApplicationHeldV2{ApplicationHeld: a} }

// IsHeldAs reports whether a waits already as d says.
func (a Application) IsHeldAs(d ApplicationHeldV2) bool {
	return slices.Equal(a.Reasons, d.Reasons) && a.DuplicateOf == d.DuplicateOf && a.SameAs == d.SameAs
}

// ApplicationApprovedV2 is ApplicationApproved with what the member joins as.
type ApplicationApprovedV2 struct {
	ApplicationApproved
	Tier Tier `json:"tier"`
	// ServedAs is the tier with whose applications it was decided: basic for a
	// premium one whose fee was not paid.
	ServedAs Tier `json:"served_as"`
}

// EventType implements Data.
func (ApplicationApprovedV2) EventType() Type { return TypeApplicationApprovedV2 }

// Validate implements Data.
func (a ApplicationApprovedV2) Validate() []FieldError {
	c := check{a.ApplicationApproved.Validate()}
	for field, tier := range map[string]Tier{"tier": a.Tier, "served_as": a.ServedAs} {
		c.tier(field, tier)
	}
	return c.fields
}

// ApplicationRejectedV2 is ApplicationRejected with the settings it followed.
type ApplicationRejectedV2 struct {
	ApplicationRejected
	SettingsVersion int64 `json:"settings_version"`
}

// EventType implements Data.
func (ApplicationRejectedV2) EventType() Type { return TypeApplicationRejectedV2 }

// ServedAs returns with which applications a is decided: a premium one with the
// basic ones while a fee is set and not paid.
func (s Settings) ServedAs(a Application) Tier {
	if a.Tier == TierPremium && s.PremiumFee > 0 && a.PaidAt == nil {
		return TierBasic
	}
	return a.Tier
}

// An Antecedent is something that the guild asks of an applicant, and whether
// somebody saw it.
type Antecedent struct {
	Name string     `json:"name"`
	Met  bool       `json:"met"`
	By   string     `json:"by,omitempty"`
	At   *time.Time `json:"at,omitempty"`
}

// A Fee is what a premium applicant pays.
type Fee struct {
	Amount    int64      `json:"amount" doc:"Pesos"`
	PaidAt    *time.Time `json:"paid_at,omitempty"`
	Reference string     `json:"reference,omitempty"`
}

// FeeOf returns the fee of who applied for tier, nil when nobody asked for one
// and none was paid.
func (s Settings) FeeOf(tier Tier, paidAt *time.Time, amount int64, reference string) *Fee {
	switch {
	case tier != TierPremium || s.PremiumFee == 0 && paidAt == nil:
		return nil
	case paidAt != nil:
		return &Fee{Amount: amount, PaidAt: paidAt, Reference: reference}
	}
	return &Fee{Amount: int64(s.PremiumFee)}
}

// FeeOfMember returns what a premium member who applied as one paid, or owes.
func (s Settings) FeeOfMember(m Member) *Fee {
	if m.Tier != TierPremium {
		return nil
	}
	return s.FeeOf(m.AppliedAs, m.PaidAt, m.PaidAmount, m.PaidReference)
}

// Asks returns the antecedents that the settings ask for, as they stand.
func (s Settings) Asks(known []Antecedent) []Antecedent {
	asked := make([]Antecedent, 0, len(s.Antecedents))
	for _, name := range s.Antecedents {
		one := Antecedent{Name: name}
		if i := slices.IndexFunc(known, func(k Antecedent) bool { return k.Name == name }); i >= 0 {
			one = known[i]
		}
		asked = append(asked, one)
	}
	return asked
}

// ApplicantToken opens an application to whoever sent it. It is the digest of
// what was sent and the key's word for that and the id: nobody can guess it and
// nothing need be stored.
func (k Key) ApplicantToken(id, digest string) string {
	return digest + k.Hash("applicant", id+" "+digest)
}

// ConfirmationCode is what the owner of an e-mail address reads in the message
// that confirms it: eight characters that nobody mistakes for each other.
func (k Key) ConfirmationCode(application, email string) string {
	const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	sum := k.Hash("confirmation code", application+" "+email)
	code := make([]byte, 0, 9)
	for i := range 8 {
		if i == 4 {
			code = append(code, '-')
		}
		n, _ := strconv.ParseUint(sum[2*i:2*i+2], 16, 8) // Hash returns hex digits
		code = append(code, alphabet[n%uint64(len(alphabet))])
	}
	return string(code)
}

// PlainCode returns a code as people type it without what makes no difference.
func PlainCode(code string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, code))
}

// ContactHash is how an event and a table name what was confirmed, for one
// application alone: the master key's word for it.
func (k Key) ContactHash(application string, c Channel, p Personal) string {
	address := p.Email
	if c == ChannelPhone {
		address = p.Phone
	}
	if address == "" {
		return ""
	}
	return k.Hash("confirmed "+string(c), application+" "+address)
}

// A Decision is what became of a waiting application.
type Decision struct {
	Application     string
	State           string
	By              string
	Reason          string
	At              time.Time
	SettingsVersion int64
	ServedAs        Tier
	Member          string // of an approval
}

// A WaitingTier is how many applications of a tier wait, those that paid apart.
type WaitingTier struct {
	Tier   Tier
	Paid   bool
	Count  int
	Oldest time.Time
}

// A DecisionTime says how long applications of a tier take to be decided.
type DecisionTime struct {
	Tier                  Tier     `json:"tier" enum:"basic,premium" doc:"With whose applications they are decided: an unpaid premium one counts as basic"`
	Decided               int      `json:"decided" doc:"In the last 30 days"`
	Waiting               int      `json:"waiting" doc:"Now"`
	MedianSeconds         *float64 `json:"median_seconds,omitempty" doc:"Half were decided within it"`
	P90Seconds            *float64 `json:"p90_seconds,omitempty" doc:"Nine of ten were"`
	LongestWaitingSeconds *float64 `json:"longest_waiting_seconds,omitempty" doc:"Of those that wait now"`
}

// DecisionTimeDays is how far back decisions count.
const DecisionTimeDays = 30

// DecisionTimesOf returns a row for each tier, from how long decisions took and
// who waits at now.
func DecisionTimesOf(took map[Tier][]time.Duration, waiting []WaitingTier, s Settings, now time.Time) []DecisionTime {
	rows := []DecisionTime{{Tier: TierPremium}, {Tier: TierBasic}}
	for i := range rows {
		r := &rows[i]
		all := took[r.Tier]
		slices.Sort(all)
		if r.Decided = len(all); r.Decided > 0 {
			r.MedianSeconds, r.P90Seconds = quantile(all, 50), quantile(all, 90)
		}
		for _, w := range waiting {
			if s.ServedAs(Application{Tier: w.Tier, PaidAt: w.paidAt()}) != r.Tier {
				continue
			}
			r.Waiting += w.Count
			if longest := max(0, now.Sub(w.Oldest).Seconds()); r.LongestWaitingSeconds == nil || *r.LongestWaitingSeconds < longest {
				r.LongestWaitingSeconds = &longest
			}
		}
	}
	return rows
}

func (w WaitingTier) paidAt() *time.Time {
	if w.Paid {
		return &w.Oldest
	}
	return nil
}

// quantile returns the value of sorted within which percent of 100 lie, in seconds.
func quantile(sorted []time.Duration, percent int) *float64 {
	s := sorted[(len(sorted)*percent+99)/100-1].Seconds()
	return &s
}

// ReachedAt returns the e-mail at which the applicant was reached, "" when nobody
// was: an address that somebody only claims may be another's.
func (a Application) ReachedAt(master Key) string {
	if !a.Reached(ChannelEmail, master) {
		return ""
	}
	return a.Email
}
