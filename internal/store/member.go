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
		"INSERT INTO {applications} (application_id, person, tier, plate, cart_id, sealed, origin, consent_tracking, consent_version, rut_hash, state, reasons, submitted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		a.ID, a.Person, string(a.Tier), plate, cart, []byte(a.Sealed), a.Origin, tracking, consent.Version, orNull(a.RUTHash), a.State, string(reasons), micros(a.SubmittedAt))
	return err
}

// HoldApplication notes why an application waits for a person.
func (t *Tx) HoldApplication(ctx context.Context, id string, reasons []string) error {
	body, err := json.Marshal(reasons)
	if err != nil {
		return gremio.Wrap(gremio.Internal, err, "encode reasons")
	}
	_, err = t.exec(ctx, "hold an application", "UPDATE {applications} SET reasons = ? WHERE application_id = ?", string(body), id)
	return err
}

// DecideApplication notes the decision on a waiting application and reports
// whether it was waiting.
func (t *Tx) DecideApplication(ctx context.Context, id, state, by, reason string, at time.Time, settings int64) (bool, error) {
	n, err := t.exec(ctx, "decide an application",
		"UPDATE {applications} SET state = ?, decided_by = ?, decided_reason = ?, decided_at = ?, settings_version = ? WHERE application_id = ? AND state = ?",
		state, by, reason, micros(at), settings, id, gremio.ApplicationWaiting)
	return n == 1, err
}

// SetApplicationPlate gives an application the plate or code that its cart got.
func (t *Tx) SetApplicationPlate(ctx context.Context, id string, plate gremio.Plate) error {
	_, err := t.exec(ctx, "give an application its plate", "UPDATE {applications} SET plate = ?, cart_id = ? WHERE application_id = ?",
		string(plate), gremio.CartOf(plate), id)
	return err
}

// AddMember stores a new member. It fails as Conflict when the plate or the
// document has a member already.
func (t *Tx) AddMember(ctx context.Context, m gremio.Member) error {
	_, err := t.exec(ctx, "store a member",
		"INSERT INTO {members} (member_id, application_id, person, tier, cart_id, plate, rut_hash, state, joined_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		m.ID, m.Application, m.Person, string(m.Tier), gremio.CartOf(m.Plate), string(m.Plate), orNull(m.RUTHash), m.State, micros(m.JoinedAt))
	return err
}

// MemberTaken reports whether a member bears plate, and whether one has the
// document behind rutHash. Empty values are nobody's.
func (t *Tx) MemberTaken(ctx context.Context, plate gremio.Plate, rutHash string) (plateTaken, rutTaken bool, err error) {
	var n int
	if plate != "" {
		if plateTaken, err = t.one(ctx, "look for a member", "SELECT 1 FROM {members} WHERE plate = ?"+t.d.lockRows, []any{string(plate)}, &n); err != nil {
			return false, false, err
		}
	}
	if rutHash != "" {
		rutTaken, err = t.one(ctx, "look for a member", "SELECT 1 FROM {members} WHERE rut_hash = ?"+t.d.lockRows, []any{rutHash}, &n)
	}
	return plateTaken, rutTaken, err
}

// AppliesAlready reports whether a waiting application has the document behind rutHash.
func (t *Tx) AppliesAlready(ctx context.Context, rutHash string) (bool, error) {
	var n int
	return t.one(ctx, "look for an application", "SELECT 1 FROM {applications} WHERE rut_hash = ? AND state = ? LIMIT 1",
		[]any{rutHash, gremio.ApplicationWaiting}, &n)
}

const applicationColumns = "application_id, person, tier, plate, sealed, origin, rut_hash, state, reasons, submitted_at, decided_at, decided_by, decided_reason"

func scanApplication(row scanner) (gremio.Application, error) {
	var a gremio.Application
	var plate, rutHash, by, reason sql.NullString
	var sealed []byte
	var reasons string
	var submitted int64
	var decided sql.NullInt64
	if err := row.Scan(&a.ID, &a.Person, &a.Tier, &plate, &sealed, &a.Origin, &rutHash, &a.State, &reasons, &submitted, &decided, &by, &reason); err != nil {
		return a, err
	}
	a.Plate, a.Sealed, a.SubmittedAt, a.DecidedAt = plateOrNil(plate), sealed, instant(submitted), instantOrNil(decided)
	a.DecidedBy, a.DecidedReason = by.String, reason.String
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

// Members returns members, sealed as they are, the newest first, and the cursor that goes on.
func (q queries) Members(ctx context.Context, f gremio.MemberFilter, page gremio.Page) ([]gremio.Member, string, error) {
	var w filter
	if !f.JoinedFrom.IsZero() {
		w.add("joined_at >= ?", micros(f.JoinedFrom))
	}
	if !f.JoinedBefore.IsZero() {
		w.add("joined_at < ?", micros(f.JoinedBefore))
	}
	end, err := w.page(page, "joined_at", "member_id")
	if err != nil {
		return nil, "", err
	}
	var all []gremio.Member
	err = q.each(ctx, "read members",
		"SELECT member_id, application_id, person, tier, plate, rut_hash, state, joined_at, (SELECT sealed FROM {applications} a WHERE a.application_id = {members}.application_id) FROM {members}"+end,
		w.args, func(row scanner) error {
			var m gremio.Member
			var rutHash sql.NullString
			var joined int64
			var sealed []byte
			err := row.Scan(&m.ID, &m.Application, &m.Person, &m.Tier, &m.Plate, &rutHash, &m.State, &joined, &sealed)
			m.JoinedAt, m.Sealed = instant(joined), sealed
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
		"SELECT "+applicationColumns+" FROM {applications} WHERE submitted_at < ? AND (decided_at IS NULL OR decided_at >= ?) ORDER BY submitted_at DESC, application_id DESC",
		[]any{micros(at), micros(at)}, func(row scanner) error {
			a, err := scanApplication(row)
			all = append(all, a)
			return err
		})
	return all, err
}
