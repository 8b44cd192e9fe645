package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"gremio"
)

// AddApplication stores an application. Who applies stays sealed.
func (t *Tx) AddApplication(ctx context.Context, a gremio.Application, consent gremio.Consent) error {
	reasons, err := json.Marshal(a.Reasons)
	if err != nil {
		return gremio.Wrap(gremio.Internal, err, "encode reasons")
	}
	var plate, cart any
	if a.Plate != nil {
		plate, cart = string(*a.Plate), gremio.CartOf(*a.Plate)
	}
	tracking := 0
	if consent.Tracking {
		tracking = 1
	}
	_, err = t.exec(ctx, "store an application",
		"INSERT INTO {applications} (application_id, person, tier, plate, cart_id, sealed, origin, consent_tracking, consent_version, rut_hash, name_hash, state, reasons, submitted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		a.ID, a.Person, string(a.Tier), plate, cart, sealedBytes(a.Sealed), a.Origin, tracking, consent.Version, orNull(a.RUTHash), orNull(a.NameHash), a.State, string(reasons), micros(a.SubmittedAt))
	return err
}

// SetApplicationPlate gives an application the plate or code that its cart got.
func (t *Tx) SetApplicationPlate(ctx context.Context, id string, plate gremio.Plate) error {
	_, err := t.exec(ctx, "give an application its plate", "UPDATE {applications} SET plate = ?, cart_id = ? WHERE application_id = ?",
		string(plate), gremio.CartOf(plate), id)
	return err
}

// AddMember stores a new member, who holds the plate from then on. It fails as
// Conflict when the plate or the document has a member already.
func (t *Tx) AddMember(ctx context.Context, m gremio.Member) error {
	if err := t.ClaimPlate(ctx, m.Plate, m.ID, m.JoinedAt); err != nil {
		return err
	}
	return t.ReplayMember(ctx, m)
}

// ReplayMember stores a member whom the log tells of, whether or not it has told
// yet that an earlier holder of the plate has left.
func (t *Tx) ReplayMember(ctx context.Context, m gremio.Member) error {
	_, err := t.exec(ctx, "store a member",
		"INSERT INTO {members} (member_id, application_id, person, tier, cart_id, plate, rut_hash, state, suspended_reason, joined_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?)",
		m.ID, m.Application, m.Person, string(m.Tier), gremio.CartOf(m.Plate), string(m.Plate), orNull(m.RUTHash), m.State, micros(m.JoinedAt))
	if err != nil {
		return err
	}
	return t.MarkHoldings(ctx, gremio.HoldingMark{Plate: m.Plate, Member: m.ID, At: m.JoinedAt, Cause: m.Application, Starts: true})
}

// MemberTaken reports whether a member's cart bears plate now, and whether a
// member, or one who left, has the document behind rutHash. Empty values are nobody's.
func (t *Tx) MemberTaken(ctx context.Context, plate gremio.Plate, rutHash string) (plateTaken, rutTaken bool, err error) {
	var n int
	if plate != "" {
		if plateTaken, err = t.one(ctx, "look for a member", "SELECT 1 FROM {plate_holders} WHERE plate = ?"+t.d.lockRows, []any{string(plate)}, &n); err != nil {
			return false, false, err
		}
	}
	if rutHash != "" {
		rutTaken, err = t.one(ctx, "look for a member", "SELECT 1 FROM {members} WHERE rut_hash = ?"+t.d.lockRows, []any{rutHash}, &n)
	}
	return plateTaken, rutTaken, err
}

const applicationColumns = "application_id, person, tier, plate, sealed, origin, rut_hash, state, reasons, submitted_at, decided_at, decided_by, decided_reason, erased_at, " + decisionColumns

func scanApplication(row scanner) (gremio.Application, error) {
	var a gremio.Application
	var plate, rutHash, by, reason sql.NullString
	var sealed []byte
	var reasons string
	var submitted int64
	var decided, erased sql.NullInt64
	var d decision
	if err := row.Scan(append([]any{&a.ID, &a.Person, &a.Tier, &plate, &sealed, &a.Origin, &rutHash, &a.State, &reasons, &submitted, &decided, &by, &reason, &erased}, d.dest()...)...); err != nil {
		return a, err
	}
	if err := d.into(&a); err != nil {
		return a, err
	}
	a.Plate, a.Sealed, a.SubmittedAt, a.DecidedAt = plateOrNil(plate), sealed, instant(submitted), instantOrNil(decided)
	a.DecidedBy, a.DecidedReason, a.ErasedAt = by.String, reason.String, instantOrNil(erased)
	if rutHash.Valid {
		a.RUTHash = &rutHash.String
	}
	return a, json.Unmarshal([]byte(reasons), &a.Reasons)
}

// Application returns one application, sealed as it is, and whether there is one.
func (q queries) Application(ctx context.Context, id string) (gremio.Application, bool, error) {
	all, _, err := q.Applications(ctx, "", id, gremio.Page{Limit: 1})
	if err != nil || len(all) == 0 {
		return gremio.Application{}, false, err
	}
	return all[0], true, nil
}

// Applications returns applications, sealed as they are, the newest first, and
// the cursor that goes on. An empty state or id does not narrow.
func (q queries) Applications(ctx context.Context, state, id string, page gremio.Page) ([]gremio.Application, string, error) {
	var w filter
	w.is("state", state)
	w.is("application_id", id)
	end, err := w.page(page, "submitted_at", "application_id")
	if err != nil {
		return nil, "", err
	}
	var all []gremio.Application
	err = q.each(ctx, "read applications", "SELECT "+applicationColumns+" FROM {applications}"+end, w.args, func(row scanner) error {
		a, err := scanApplication(row)
		all = append(all, a)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	all, next := cut(all, page, func(a gremio.Application) string { return markAt(a.SubmittedAt, a.ID) })
	return all, next, nil
}

const memberColumns = "m.member_id, m.application_id, m.person, m.tier, " +
	"COALESCE((SELECT h.plate FROM {plate_holders} h WHERE h.member_id = m.member_id ORDER BY h.since, h.plate LIMIT 1), ''), " +
	"m.rut_hash, m.state, m.joined_at, m.suspended_at, m.suspended_until, m.suspended_reason, m.left_at, " +
	"(SELECT a.sealed FROM {applications} a WHERE a.application_id = m.application_id), " +
	"(SELECT a.tier FROM {applications} a WHERE a.application_id = m.application_id), " +
	"(SELECT a.paid_at FROM {applications} a WHERE a.application_id = m.application_id), " +
	"(SELECT a.paid_reference FROM {applications} a WHERE a.application_id = m.application_id), " +
	"(SELECT a.paid_amount FROM {applications} a WHERE a.application_id = m.application_id)"

func scanMember(row scanner) (gremio.Member, error) {
	var m gremio.Member
	var rutHash, reason, applied, reference sql.NullString
	var joined int64
	var suspended, until, left, paid, amount sql.NullInt64
	var sealed []byte
	err := row.Scan(&m.ID, &m.Application, &m.Person, &m.Tier, &m.Plate, &rutHash, &m.State, &joined, &suspended, &until, &reason, &left, &sealed, &applied, &paid, &reference, &amount)
	m.JoinedAt, m.Sealed = instant(joined), sealed
	m.AppliedAs, m.PaidAt, m.PaidReference, m.PaidAmount = gremio.Tier(applied.String), instantOrNil(paid), reference.String, amount.Int64
	m.SuspendedAt, m.SuspendedUntil, m.SuspendedReason, m.LeftAt = instantOrNil(suspended), instantOrNil(until), reason.String, instantOrNil(left)
	if rutHash.Valid {
		m.RUTHash = &rutHash.String
	}
	return m, err
}

// Members returns members, sealed as they are, the newest first, and the cursor that goes on.
func (q queries) Members(ctx context.Context, f gremio.MemberFilter, page gremio.Page) ([]gremio.Member, string, error) {
	var w filter
	if !f.JoinedFrom.IsZero() {
		w.add("joined_at >= ?", micros(f.JoinedFrom))
	}
	if !f.JoinedBefore.IsZero() {
		w.add("joined_at < ?", micros(f.JoinedBefore))
	}
	w.is("state", f.State)
	if f.Plate != "" {
		w.add("m.member_id IN (SELECT h.member_id FROM {plate_holders} h WHERE h.plate = ?)", string(f.Plate))
	}
	end, err := w.page(page, "joined_at", "member_id")
	if err != nil {
		return nil, "", err
	}
	var all []gremio.Member
	err = q.each(ctx, "read members", "SELECT "+memberColumns+" FROM {members} m"+end, w.args, func(row scanner) error {
		m, err := scanMember(row)
		all = append(all, m)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	all, next := cut(all, page, func(m gremio.Member) string { return markAt(m.JoinedAt, m.ID) })
	return all, next, nil
}

// WaitingAt returns the applications that were submitted before at and not
// decided by then, the newest first.
func (q queries) WaitingAt(ctx context.Context, at time.Time) ([]gremio.Application, error) {
	var all []gremio.Application
	err := q.each(ctx, "read applications",
		"SELECT "+applicationColumns+" FROM {applications} WHERE submitted_at < ? AND (decided_at IS NULL OR decided_at >= ?) AND (erased_at IS NULL OR erased_at >= ?) ORDER BY submitted_at DESC, application_id DESC",
		[]any{micros(at), micros(at), micros(at)}, func(row scanner) error {
			a, err := scanApplication(row)
			all = append(all, a)
			return err
		})
	return all, err
}
