package store

import (
	"context"

	"gremio"
)

// SavePermit notes until when a member's permit is good. Of another date than
// before nobody was told yet.
func (t *Tx) SavePermit(ctx context.Context, p gremio.Permit) error {
	_, err := t.exec(ctx, "store a permit", "INSERT INTO {permits} (member_id, kind, number, expires_on) VALUES (?, ?, ?, ?)"+
		t.d.onConflict("member_id, kind", "number = new(number)", "warned_for = CASE WHEN expires_on = new(expires_on) THEN warned_for ELSE '' END", "expires_on = new(expires_on)"), p.Member, string(p.Kind), sealedBytes(p.Sealed), string(p.ExpiresOn))
	return err
}

// NoteWarning notes the alert that told of a permit, and the date that it told.
func (t *Tx) NoteWarning(ctx context.Context, p gremio.Permit) error {
	_, err := t.exec(ctx, "note that a permit was told of", "UPDATE {permits} SET alert = ?, warned_for = ? WHERE member_id = ? AND kind = ?",
		p.Alert, string(p.WarnedFor), p.Member, string(p.Kind))
	return err
}

// ForgetWarnings lets the desk be told of a member's permits again.
func (t *Tx) ForgetWarnings(ctx context.Context, member string) error {
	_, err := t.exec(ctx, "forget what was told of permits", "UPDATE {permits} SET warned_for = '' WHERE member_id = ?", member)
	return err
}

const permitColumns = "p.member_id, p.kind, p.number, p.expires_on, p.alert, p.warned_for"

func (q queries) permits(ctx context.Context, end string, args ...any) ([]gremio.Permit, error) {
	all := []gremio.Permit{}
	err := q.each(ctx, "read permits", "SELECT "+permitColumns+" FROM {permits} p "+end, args, func(row scanner) error {
		var p gremio.Permit
		err := row.Scan(&p.Member, &p.Kind, &p.Sealed, &p.ExpiresOn, &p.Alert, &p.WarnedFor)
		all = append(all, p)
		return err
	})
	return all, err
}

// PermitsOf returns a member's permits.
func (q queries) PermitsOf(ctx context.Context, member string) ([]gremio.Permit, error) {
	return q.permits(ctx, "WHERE p.member_id = ? ORDER BY p.kind", member)
}

// LockPermits returns a member's permits under a lock of their rows.
func (t *Tx) LockPermits(ctx context.Context, member string) ([]gremio.Permit, error) {
	return t.permits(ctx, "WHERE p.member_id = ? ORDER BY p.kind"+t.d.lockRows, member)
}

// PermitsToWarnOf returns permits of members that are good until then at most and
// that nobody was told of, those that end first.
func (q queries) PermitsToWarnOf(ctx context.Context, until gremio.Day, limit int) ([]gremio.Permit, error) {
	return q.permits(ctx, "JOIN {members} m ON m.member_id = p.member_id WHERE p.expires_on <= ? AND p.warned_for <> p.expires_on AND m.state <> ? ORDER BY p.expires_on, p.member_id, p.kind LIMIT ?",
		string(until), gremio.MemberHasLeft, limit)
}

func sealedOrNull(s gremio.Sealed) any {
	if len(s) == 0 {
		return nil
	}
	return []byte(s)
}
