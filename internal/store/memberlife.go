package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"gremio"
)

// MemberByID returns a member, sealed, under a lock of its row.
func (t *Tx) MemberByID(ctx context.Context, id string) (gremio.Member, bool, error) {
	return t.member(ctx, id, t.d.lockRows)
}

// Member returns a member, sealed, and whether there is one.
func (q queries) Member(ctx context.Context, id string) (gremio.Member, bool, error) {
	return q.member(ctx, id, "")
}

func (q queries) member(ctx context.Context, id, lock string) (m gremio.Member, found bool, err error) {
	err = q.each(ctx, "read a member", "SELECT "+memberColumns+" FROM {members} m WHERE member_id = ?"+lock, []any{id}, func(row scanner) error {
		m, err = scanMember(row)
		found = true
		return err
	})
	return m, found, err
}

// SaveMember stores what changes in a member's life: tier, state, and why.
func (t *Tx) SaveMember(ctx context.Context, m gremio.Member) error {
	_, err := t.exec(ctx, "store a member's state",
		"UPDATE {members} SET tier = ?, state = ?, suspended_at = ?, suspended_until = ?, suspended_reason = ?, left_at = ? WHERE member_id = ?",
		string(m.Tier), m.State, microsOrNull(m.SuspendedAt), microsOrNull(m.SuspendedUntil), m.SuspendedReason, microsOrNull(m.LeftAt), m.ID)
	return err
}

// NoteDecision notes the key of a decision about a member that no person took.
func (t *Tx) NoteDecision(ctx context.Context, member, key string) error {
	_, err := t.exec(ctx, "note a decision", "UPDATE {members} SET last_decision = ? WHERE member_id = ?", key, member)
	return err
}

// DecisionOnItsWay reports whether the log, up to offset of the partition where the
// member's events lie, has not told of the newest decision about a member that no
// person took.
func (t *Tx) DecisionOnItsWay(ctx context.Context, member string, offset int64) (bool, error) {
	var n int
	return t.one(ctx, "look for a decision on its way",
		"SELECT 1 FROM {members} m JOIN {members_ids} i ON i.id_key = m.last_decision WHERE m.member_id = ? AND (i.log_offset < 0 OR i.log_offset > ?)", []any{member, offset}, &n)
}

// ClaimPlate makes member the holder of a plate that nobody holds. It fails as
// Conflict when somebody does, in another transaction too.
func (t *Tx) ClaimPlate(ctx context.Context, plate gremio.Plate, member string, since time.Time) error {
	_, err := t.exec(ctx, "claim a plate", "INSERT INTO {plate_holders} (plate, member_id, since) VALUES (?, ?, ?)", string(plate), member, micros(since))
	return err
}

// MarkHoldings notes where members' times with plates begin and end, and who
// holds those plates now.
func (t *Tx) MarkHoldings(ctx context.Context, marks ...gremio.HoldingMark) error {
	plates := map[gremio.Plate]bool{}
	for _, m := range marks {
		_, err := t.exec(ctx, "note who holds a plate", t.d.ignore+"{holdings} (plate, held_at, cause, starts, member_id) VALUES (?, ?, ?, ?, ?)",
			string(m.Plate), micros(m.At), m.Cause, flag(m.Starts), m.Member)
		if err != nil {
			return err
		}
		plates[m.Plate] = true
	}
	for plate := range plates {
		if err := t.settleHolder(ctx, plate); err != nil {
			return err
		}
	}
	return nil
}

// settleHolder notes who holds plate now by all that is known of it.
func (t *Tx) settleHolder(ctx context.Context, plate gremio.Plate) error {
	all, err := t.holdings(ctx, "plate = ?", string(plate))
	if err != nil {
		return err
	}
	if n := len(all); n > 0 && all[n-1].Until == nil {
		last := all[n-1]
		_, err = t.exec(ctx, "note who holds a plate now", "INSERT INTO {plate_holders} (plate, member_id, since) VALUES (?, ?, ?)"+
			t.d.onConflict("plate", "member_id = new(member_id)", "since = new(since)"), string(plate), last.Member, micros(last.From))
		return err
	}
	_, err = t.exec(ctx, "note that nobody holds a plate", "DELETE FROM {plate_holders} WHERE plate = ?", string(plate))
	return err
}

// holdings returns who held which plate when: by plate, the oldest first.
func (q queries) holdings(ctx context.Context, where string, args ...any) (all []gremio.Holding, err error) {
	var marks []gremio.HoldingMark
	flush := func() { all, marks = append(all, gremio.HoldingsOf(marks)...), nil }
	err = q.each(ctx, "read who held plates", "SELECT plate, held_at, cause, starts, member_id FROM {holdings} WHERE "+where+" ORDER BY plate", args,
		func(row scanner) error {
			var m gremio.HoldingMark
			var at int64
			var starts int
			err := row.Scan(&m.Plate, &at, &m.Cause, &starts, &m.Member)
			m.At, m.Starts = instant(at), starts == 1
			if len(marks) > 0 && marks[0].Plate != m.Plate {
				flush()
			}
			marks = append(marks, m)
			return err
		})
	flush()
	return all, err
}

// A rank is what a member is now.
type rank struct {
	tier  gremio.Tier
	state string
}

// holdingsOfAll returns who held which plate when, by plate, the oldest first, and
// what those members are now, by id.
func (q queries) holdingsOfAll(ctx context.Context) ([]gremio.Holding, map[string]rank, error) {
	members := map[string]rank{}
	err := q.each(ctx, "read the members' tiers", "SELECT member_id, tier, state FROM {members}", nil, func(row scanner) error {
		var id string
		var r rank
		err := row.Scan(&id, &r.tier, &r.state)
		members[id] = r
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	held, err := q.holdings(ctx, "1 = 1")
	return held, members, err
}

// HoldingsOfMember returns when the member held which plate.
func (q queries) HoldingsOfMember(ctx context.Context, member string) ([]gremio.Holding, error) {
	all, err := q.holdings(ctx, "plate IN (SELECT plate FROM {holdings} WHERE member_id = ?)", member)
	own := []gremio.Holding{}
	for _, h := range all {
		if h.Member == member {
			own = append(own, h)
		}
	}
	return own, err
}

// HoldingsOfMembers returns when each of members held which plate.
func (q queries) HoldingsOfMembers(ctx context.Context, members []string) (map[string][]gremio.Holding, error) {
	of := map[string][]gremio.Holding{}
	for some := range slices.Chunk(members, 500) {
		wanted := map[string]bool{}
		args := make([]any, len(some))
		for i, member := range some {
			args[i], wanted[member] = member, true
		}
		all, err := q.holdings(ctx, "plate IN (SELECT plate FROM {holdings} WHERE member_id IN ("+placeholders(len(some))+"))", args...)
		if err != nil {
			return nil, err
		}
		for _, h := range all {
			if wanted[h.Member] {
				of[h.Member] = append(of[h.Member], h)
			}
		}
	}
	return of, nil
}

// HoldingsOfPlate returns who held the plate when, the oldest first.
func (q queries) HoldingsOfPlate(ctx context.Context, plate gremio.Plate) ([]gremio.Holding, error) {
	return q.holdings(ctx, "plate = ?", string(plate))
}

// HolderOf returns the member who holds plate now, and since when, under a lock
// of the row; "" when nobody does.
func (t *Tx) HolderOf(ctx context.Context, plate gremio.Plate) (member string, since time.Time, err error) {
	var us int64
	found, err := t.one(ctx, "read who holds a plate", "SELECT member_id, since FROM {plate_holders} WHERE plate = ?"+t.d.lockRows, []any{string(plate)}, &member, &us)
	if found {
		since = instant(us)
	}
	return member, since, err
}

// PlatesOf returns the plates that a member holds now, the one held longest first.
func (q queries) PlatesOf(ctx context.Context, member string) (plates []gremio.Plate, err error) {
	err = q.each(ctx, "read a member's plates", "SELECT plate FROM {plate_holders} WHERE member_id = ? ORDER BY since, plate", []any{member}, func(row scanner) error {
		var p gremio.Plate
		err := row.Scan(&p)
		plates = append(plates, p)
		return err
	})
	return plates, err
}

// FormerlyHeld reports whether a member held plate and nobody does now.
func (q queries) FormerlyHeld(ctx context.Context, plate gremio.Plate) (bool, error) {
	var n int
	return q.one(ctx, "look for a former plate",
		"SELECT 1 FROM {holdings} WHERE plate = ? AND NOT EXISTS (SELECT 1 FROM {plate_holders} h WHERE h.plate = ?) LIMIT 1", []any{string(plate), string(plate)}, &n)
}

// BearerState returns the state of the member who bears plate, that of one who
// left when nobody does who once did, and "" when no member ever bore it.
func (q queries) BearerState(ctx context.Context, plate gremio.Plate) (state string, err error) {
	found, err := q.one(ctx, "read whose a plate is",
		"SELECT m.state FROM {plate_holders} h JOIN {members} m ON m.member_id = h.member_id WHERE h.plate = ?", []any{string(plate)}, &state)
	if err != nil || found {
		return state, err
	}
	former, err := q.FormerlyHeld(ctx, plate)
	if former {
		state = gremio.MemberHasLeft
	}
	return state, err
}

const historyColumns = "member_id, happened_at, cause, kind, done_by, reason, tier, plate, other, until_at, number, expires_on"

// AddMemberEvent adds a line to a member's history.
func (t *Tx) AddMemberEvent(ctx context.Context, e gremio.MemberEvent) error {
	_, err := t.exec(ctx, "add to a member's history",
		t.d.ignore+"{member_history} ("+historyColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		e.Member, micros(e.At), e.Cause, e.Kind, e.By, e.Reason, string(e.Tier), string(e.Plate), e.Other, microsOrNull(e.Until), sealedOrNull(e.Sealed), string(e.ExpiresOn))
	return err
}

// MemberHistory returns what happened to a member, the oldest first.
func (q queries) MemberHistory(ctx context.Context, member string) ([]gremio.MemberEvent, error) {
	histories, err := q.MemberHistories(ctx, []string{member})
	if all := histories[member]; all != nil || err != nil {
		return all, err
	}
	return []gremio.MemberEvent{}, nil
}

// MemberHistories returns what happened to each of members, the oldest first.
func (q queries) MemberHistories(ctx context.Context, members []string) (map[string][]gremio.MemberEvent, error) {
	all := map[string][]gremio.MemberEvent{}
	err := q.eachOf(ctx, "read members' histories", members,
		"SELECT "+historyColumns+" FROM {member_history} WHERE member_id IN (%s) ORDER BY happened_at, cause", func(row scanner) error {
			var e gremio.MemberEvent
			var at int64
			var until sql.NullInt64
			err := row.Scan(&e.Member, &at, &e.Cause, &e.Kind, &e.By, &e.Reason, &e.Tier, &e.Plate, &e.Other, &until, (*[]byte)(&e.Sealed), &e.ExpiresOn)
			e.At, e.Until = instant(at), instantOrNil(until)
			all[e.Member] = append(all[e.Member], e)
			return err
		})
	return all, err
}

// eachOf runs a query, with %s where their placeholders belong, for keys in
// portions that a database takes.
func (q queries) eachOf(ctx context.Context, what string, keys []string, query string, fn func(scanner) error) error {
	for some := range slices.Chunk(keys, 500) {
		args := make([]any, len(some))
		for i, key := range some {
			args[i] = key
		}
		if err := q.each(ctx, what, fmt.Sprintf(query, placeholders(len(some))), args, fn); err != nil {
			return err
		}
	}
	return nil
}

// SuspensionsOver returns members whose suspension ends at now or before, those
// that end first.
func (q queries) SuspensionsOver(ctx context.Context, now time.Time, limit int) (all []gremio.Member, err error) {
	err = q.each(ctx, "look for suspensions that are over",
		"SELECT "+memberColumns+" FROM {members} m WHERE state = ? AND suspended_until <= ? ORDER BY suspended_until, member_id LIMIT ?",
		[]any{gremio.MemberIsSuspended, micros(now), limit}, func(row scanner) error {
			m, err := scanMember(row)
			all = append(all, m)
			return err
		})
	return all, err
}

// PartitionOf returns the partition where an application lies, and whether the
// log has told of it.
func (q queries) PartitionOf(ctx context.Context, application string) (partition int32, found bool, err error) {
	key := gremio.IDKey(gremio.TypeApplicationSubmitted, application, application)
	found, err = q.one(ctx, "look where an application lies", "SELECT part FROM {members_ids} WHERE id_key = ? AND log_offset >= 0", []any{key}, &partition)
	return partition, found, err
}

// SuspendedSince returns those of plates that the cart of a suspended member
// bears, with since when the member is suspended.
func (q queries) SuspendedSince(ctx context.Context, plates []gremio.Plate) (map[gremio.Plate]time.Time, error) {
	since := map[gremio.Plate]time.Time{}
	for some := range slices.Chunk(plates, 500) {
		args := []any{gremio.MemberIsSuspended}
		for _, p := range some {
			args = append(args, string(p))
		}
		err := q.each(ctx, "look for suspended carts",
			"SELECT h.plate, m.suspended_at FROM {plate_holders} h JOIN {members} m ON m.member_id = h.member_id WHERE m.state = ? AND m.suspended_at IS NOT NULL AND h.plate IN ("+placeholders(len(some))+")",
			args, func(row scanner) error {
				var p gremio.Plate
				var us int64
				err := row.Scan(&p, &us)
				since[p] = instant(us)
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return since, nil
}
