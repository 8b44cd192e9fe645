package store

import (
	"context"
	"time"

	"gremio"
)

const sessionColumns = "SELECT session_id, hash, user_id, created_at, last_seen_at, expires_at, address, user_agent FROM sessions"

func scanSession(row scanner) (s gremio.Session, err error) {
	var created, seen, expires int64
	err = row.Scan(&s.ID, &s.Hash, &s.User, &created, &seen, &expires, &s.Address, &s.UserAgent)
	s.CreatedAt, s.LastSeenAt, s.ExpiresAt = instant(created), instant(seen), instant(expires)
	return s, err
}

// Session returns the session whose cookie has that hash, if it has not ended at now.
func (q queries) Session(ctx context.Context, hash string, now time.Time) (s gremio.Session, found bool, err error) {
	err = q.each(ctx, "read a session", sessionColumns+" WHERE hash = ? AND expires_at > ? AND last_seen_at > ?",
		[]any{hash, micros(now), micros(now.Add(-gremio.SessionIdle))}, func(row scanner) error {
			var err error
			s, err = scanSession(row)
			found = err == nil
			return err
		})
	return s, found, err
}

// Sessions returns a user's sessions that have not ended at now, the last used first.
func (q queries) Sessions(ctx context.Context, user string, now time.Time) (all []gremio.Session, err error) {
	err = q.each(ctx, "list sessions", sessionColumns+" WHERE user_id = ? AND expires_at > ? AND last_seen_at > ? ORDER BY last_seen_at DESC, session_id",
		[]any{user, micros(now), micros(now.Add(-gremio.SessionIdle))}, func(row scanner) error {
			s, err := scanSession(row)
			all = append(all, s)
			return err
		})
	return all, err
}

// AddSession stores a session.
func (t *Tx) AddSession(ctx context.Context, s gremio.Session) error {
	_, err := t.exec(ctx, "store a session",
		"INSERT INTO sessions (session_id, hash, user_id, created_at, last_seen_at, expires_at, address, user_agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		s.ID, s.Hash, s.User, micros(s.CreatedAt), micros(s.LastSeenAt), micros(s.ExpiresAt), s.Address, s.UserAgent)
	return err
}

// SessionSeen notes that a session was used at now.
func (t *Tx) SessionSeen(ctx context.Context, id string, now time.Time, address string) error {
	_, err := t.exec(ctx, "note that a session was used", "UPDATE sessions SET last_seen_at = ?, address = ? WHERE session_id = ?", micros(now), address, id)
	return err
}

// EndSession ends one of a user's sessions and reports whether it was there.
func (t *Tx) EndSession(ctx context.Context, user, id string) (bool, error) {
	n, err := t.exec(ctx, "end a session", "DELETE FROM sessions WHERE user_id = ? AND session_id = ?", user, id)
	if err == nil && n > 0 {
		err = t.ForgetSessions(ctx)
	}
	return n > 0, err
}

// ForgetSessions tells every api that what it remembers of sessions is old.
func (t *Tx) ForgetSessions(ctx context.Context) error {
	_, err := t.changeTokens(ctx)
	return err
}

// EndSessions ends a user's sessions, all but the one named except.
func (t *Tx) EndSessions(ctx context.Context, user, except string) error {
	n, err := t.exec(ctx, "end sessions", "DELETE FROM sessions WHERE user_id = ? AND session_id <> ?", user, except)
	if err == nil && n > 0 {
		err = t.ForgetSessions(ctx)
	}
	return err
}

// DeleteEnded deletes sessions and one-time links that have ended at now.
func (t *Tx) DeleteEnded(ctx context.Context, now time.Time) error {
	if _, err := t.exec(ctx, "delete ended sessions", "DELETE FROM sessions WHERE expires_at <= ? OR last_seen_at <= ?", micros(now), micros(now.Add(-gremio.SessionIdle))); err != nil {
		return err
	}
	_, err := t.exec(ctx, "delete ended one-time links", "DELETE FROM user_links WHERE expires_at <= ?", micros(now))
	return err
}
