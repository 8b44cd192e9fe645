package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"gremio"
)

// HoldApplication notes why an application waits for a person, which is no
// longer for its turn. One that was erased since has no reasons.
func (t *Tx) HoldApplication(ctx context.Context, d gremio.ApplicationHeldV2) error {
	reasons := d.Reasons
	if reasons == nil {
		reasons = []string{}
	}
	body, err := json.Marshal(reasons)
	if err != nil {
		return gremio.Wrap(gremio.Internal, err, "encode reasons")
	}
	_, err = t.exec(ctx, "hold an application", "UPDATE {applications} SET reasons = ?, duplicate_of = ?, same_as = ?, queued = 0 WHERE application_id = ? AND erased_at IS NULL",
		string(body), textOrNull(d.DuplicateOf), textOrNull(d.SameAs), d.Application)
	return err
}

// QueueApplication lets a new application wait for its turn.
func (t *Tx) QueueApplication(ctx context.Context, id string) error {
	_, err := t.exec(ctx, "queue an application", "UPDATE {applications} SET queued = 1 WHERE application_id = ?", id)
	return err
}

// Queued returns the applications that wait for their turn, the first first.
func (q queries) Queued(ctx context.Context, limit int) (ids []string, err error) {
	err = q.each(ctx, "read whose turn it is", "SELECT application_id FROM {applications} WHERE queued = 1 ORDER BY submitted_at, application_id LIMIT ?",
		[]any{limit}, func(row scanner) error {
			var id string
			err := row.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}

// DecideApplication notes the decision on a waiting application and reports
// whether it was waiting.
func (t *Tx) DecideApplication(ctx context.Context, d gremio.Decision) (bool, error) {
	n, err := t.exec(ctx, "decide an application",
		"UPDATE {applications} SET state = ?, decided_by = ?, decided_reason = ?, decided_at = ?, settings_version = ?, served_as = ?, member_id = ?, queued = 0 WHERE application_id = ? AND state = ?",
		d.State, d.By, d.Reason, micros(d.At), d.SettingsVersion, string(d.ServedAs), textOrNull(d.Member), d.Application, gremio.ApplicationWaiting)
	return n == 1, err
}

// ConfirmContact notes that an applicant was reached.
func (t *Tx) ConfirmContact(ctx context.Context, d gremio.ApplicationConfirmed) error {
	columns := "email_confirmed_at = ?, email_confirmed_for = ?"
	if d.Channel == gremio.ChannelPhone {
		columns = "phone_confirmed_at = ?, phone_confirmed_for = ?"
	}
	_, err := t.exec(ctx, "confirm a contact", "UPDATE {applications} SET "+columns+" WHERE application_id = ?", micros(d.At), d.Contact, d.Application)
	return err
}

// SetAntecedents notes what is known of an application's antecedents.
func (t *Tx) SetAntecedents(ctx context.Context, id string, known []gremio.Antecedent) error {
	slices.SortFunc(known, func(a, b gremio.Antecedent) int { return strings.Compare(a.Name, b.Name) })
	body, err := json.Marshal(known)
	if err != nil {
		return gremio.Wrap(gremio.Internal, err, "encode antecedents")
	}
	_, err = t.exec(ctx, "note an antecedent", "UPDATE {applications} SET antecedents = ? WHERE application_id = ?", string(body), id)
	return err
}

// SetPayment notes whether an application's fee is paid.
func (t *Tx) SetPayment(ctx context.Context, d gremio.ApplicationPaid) error {
	args := []any{nil, nil, nil, d.Application}
	if d.Paid {
		args = []any{micros(d.At), d.Reference, d.Amount, d.Application}
	}
	_, err := t.exec(ctx, "note a payment", "UPDATE {applications} SET paid_at = ?, paid_reference = ?, paid_amount = ? WHERE application_id = ?", args...)
	return err
}

// WaitsWithDocument returns an application other than id that waits with the
// document behind rutHash, the oldest, unless that one waits because of id; "" when there is none.
func (t *Tx) WaitsWithDocument(ctx context.Context, rutHash, id string) (other string, err error) {
	_, err = t.one(ctx, "look for an application",
		"SELECT application_id FROM {applications} WHERE rut_hash = ? AND state = ? AND application_id <> ? AND (duplicate_of IS NULL OR duplicate_of <> ?) ORDER BY submitted_at, application_id LIMIT 1",
		[]any{rutHash, gremio.ApplicationWaiting, id, id}, &other)
	return other, err
}

// MemberWithDocument returns the member who has the document behind rutHash, ""
// when nobody has, and whether that one has left.
func (t *Tx) MemberWithDocument(ctx context.Context, rutHash string) (member string, left bool, err error) {
	var state string
	_, err = t.one(ctx, "look for a member", "SELECT member_id, state FROM {members} WHERE rut_hash = ? LIMIT 1", []any{rutHash}, &member, &state)
	return member, state == gremio.MemberHasLeft, err
}

// NamedAlike reports whether somebody else, a member or waiting to be one, has
// the name behind nameHash and another document than that behind rutHash.
func (t *Tx) NamedAlike(ctx context.Context, nameHash, rutHash, id string) (bool, error) {
	var n int
	return t.one(ctx, "look for a name",
		"SELECT 1 FROM {applications} WHERE name_hash = ? AND application_id <> ? AND state <> ? AND rut_hash <> ? LIMIT 1",
		[]any{nameHash, id, gremio.ApplicationIsRejected, rutHash}, &n)
}

func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// decisionColumns are the columns of an application that decision reads.
const decisionColumns = "name_hash, consent_tracking, consent_version, consented_at, duplicate_of, same_as, email_confirmed_at, email_confirmed_for, phone_confirmed_at, phone_confirmed_for, antecedents, paid_at, paid_reference, paid_amount, queued, served_as, settings_version, member_id"

// A decision scans decisionColumns.
type decision struct {
	nameHash, duplicate, sameAs, emailFor, phoneFor sql.NullString
	antecedents, reference, served, member          sql.NullString
	consentedAt, emailAt, phoneAt, paidAt           sql.NullInt64
	amount, settings                                sql.NullInt64
	tracking, queued                                int
	consent                                         string
}

func (d *decision) dest() []any {
	return []any{&d.nameHash, &d.tracking, &d.consent, &d.consentedAt, &d.duplicate, &d.sameAs, &d.emailAt, &d.emailFor, &d.phoneAt, &d.phoneFor,
		&d.antecedents, &d.paidAt, &d.reference, &d.amount, &d.queued, &d.served, &d.settings, &d.member}
}

func (d *decision) into(a *gremio.Application) error {
	if d.nameHash.Valid {
		a.NameHash = &d.nameHash.String
	}
	a.Consent = gremio.Consent{Tracking: d.tracking == 1, Version: d.consent}
	a.ConsentedAt = instantOrNil(d.consentedAt)
	a.DuplicateOf, a.SameAs, a.Member, a.Queued = d.duplicate.String, d.sameAs.String, d.member.String, d.queued == 1
	a.EmailConfirmedAt, a.EmailFor = instantOrNil(d.emailAt), d.emailFor.String
	a.PhoneConfirmedAt, a.PhoneFor = instantOrNil(d.phoneAt), d.phoneFor.String
	a.PaidAt, a.PaidReference, a.PaidAmount = instantOrNil(d.paidAt), d.reference.String, d.amount.Int64
	a.ServedAs, a.SettingsVersion = gremio.Tier(d.served.String), int64OrNil(d.settings)
	if !d.antecedents.Valid {
		return nil
	}
	return json.Unmarshal([]byte(d.antecedents.String), &a.Antecedents)
}

// DecisionTimes returns how long each application took that was decided since,
// by the tier that it was served as.
func (q queries) DecisionTimes(ctx context.Context, since time.Time) (took map[gremio.Tier][]time.Duration, err error) {
	took = map[gremio.Tier][]time.Duration{}
	err = q.each(ctx, "read decisions", "SELECT served_as, decided_at - submitted_at FROM {applications} WHERE decided_at >= ?", []any{micros(since)},
		func(row scanner) error {
			var tier sql.NullString
			var us int64
			err := row.Scan(&tier, &us)
			took[gremio.Tier(tier.String)] = append(took[gremio.Tier(tier.String)], time.Duration(max(us, 0))*time.Microsecond)
			return err
		})
	return took, err
}

// WaitingTiers returns how many applications wait and the oldest of them.
func (q queries) WaitingTiers(ctx context.Context) (all []gremio.WaitingTier, err error) {
	err = q.each(ctx, "count who waits",
		"SELECT tier, CASE WHEN paid_at IS NULL THEN 0 ELSE 1 END AS paid, COUNT(*), MIN(submitted_at) FROM {applications} WHERE state = ? GROUP BY tier, CASE WHEN paid_at IS NULL THEN 0 ELSE 1 END",
		[]any{gremio.ApplicationWaiting}, func(row scanner) error {
			var w gremio.WaitingTier
			var oldest int64
			err := row.Scan(&w.Tier, &w.Paid, &w.Count, &oldest)
			w.Oldest = instant(oldest)
			all = append(all, w)
			return err
		})
	return all, err
}

// CorrectApplication stores what a person says now in place of what was said.
func (t *Tx) CorrectApplication(ctx context.Context, a gremio.Application) error {
	var plate, cart any
	if a.Plate != nil {
		plate, cart = string(*a.Plate), gremio.CartOf(*a.Plate)
	}
	_, err := t.exec(ctx, "correct an application", "UPDATE {applications} SET sealed = ?, rut_hash = ?, name_hash = ?, plate = ?, cart_id = ? WHERE application_id = ?",
		sealedBytes(a.Sealed), orNull(a.RUTHash), orNull(a.NameHash), plate, cart, a.ID)
	return err
}

// SetConsent notes what the applicant agrees to now, and since when.
func (t *Tx) SetConsent(ctx context.Context, id string, c gremio.Consent, at time.Time) error {
	_, err := t.exec(ctx, "note a consent", "UPDATE {applications} SET consent_tracking = ?, consent_version = ?, consented_at = ? WHERE application_id = ?",
		flag(c.Tracking), c.Version, micros(at), id)
	return err
}
