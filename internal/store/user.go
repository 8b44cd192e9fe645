package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"gremio"
)

const userColumns = `SELECT u.user_id, u.email, u.name, u.role, u.plate, u.state, u.password_hash, u.totp, u.totp_secret, u.totp_last_step,
 u.recovery_codes, u.created_at, (SELECT MAX(s.last_seen_at) FROM sessions s WHERE s.user_id = u.user_id),
 (SELECT MAX(l.expires_at) FROM user_links l WHERE l.user_id = u.user_id) FROM users u`

func scanUser(row scanner) (u gremio.User, err error) {
	var email sql.NullString
	var secret []byte
	var codes string
	var created int64
	var seen, invited sql.NullInt64
	if err = row.Scan(&u.ID, &email, &u.Name, &u.Role, &u.Plate, &u.State, &u.PasswordHash, &u.TOTP, &secret, &u.TOTPLastStep,
		&codes, &created, &seen, &invited); err != nil {
		return u, err
	}
	u.Email, u.TOTPSecret, u.CreatedAt = email.String, secret, instant(created)
	u.LastSeenAt, u.InvitationExpiresAt = instantOrNil(seen), instantOrNil(invited)
	return u, json.Unmarshal([]byte(codes), &u.RecoveryCodes)
}

// Users returns every user that is not removed, by name and id.
func (q queries) Users(ctx context.Context) ([]gremio.User, error) {
	return q.users(ctx, " WHERE u.state <> ? ORDER BY u.name, u.user_id", gremio.UserRemoved)
}

// User returns a user by id, a removed one too.
func (q queries) User(ctx context.Context, id string) (gremio.User, bool, error) {
	return q.user(ctx, " WHERE u.user_id = ?", id)
}

// UserByEmail returns the user with that address, whatever its case.
func (q queries) UserByEmail(ctx context.Context, email string) (gremio.User, bool, error) {
	return q.user(ctx, " WHERE u.email = ?", strings.ToLower(email))
}

// LockUser returns a user whose row nobody else changes until the transaction ends.
func (t *Tx) LockUser(ctx context.Context, id string) (gremio.User, bool, error) {
	return t.user(ctx, " WHERE u.user_id = ?"+t.d.lockRows, id)
}

// LockAdmins returns the active admins, whose rows nobody else changes until the
// transaction ends, and among whom nobody else comes or goes.
func (t *Tx) LockAdmins(ctx context.Context) ([]gremio.User, error) {
	// One row that every change of users takes first: two admins that remove each
	// other take turns.
	if _, err := t.exec(ctx, "lock the users", "UPDATE identity_version SET version = version WHERE name = 'tokens'"); err != nil {
		return nil, err
	}
	return t.users(ctx, " WHERE u.state = ? AND u.role = ? ORDER BY u.user_id"+t.d.lockRows, gremio.UserActive, string(gremio.RoleAdmin))
}

func (q queries) user(ctx context.Context, where string, args ...any) (gremio.User, bool, error) {
	all, err := q.users(ctx, where, args...)
	if err != nil || len(all) == 0 {
		return gremio.User{}, false, err
	}
	return all[0], true, nil
}

func (q queries) users(ctx context.Context, where string, args ...any) (all []gremio.User, err error) {
	err = q.each(ctx, "read users", userColumns+where, args, func(row scanner) error {
		u, err := scanUser(row)
		all = append(all, u)
		return err
	})
	return all, err
}

// SaveUser adds or changes a user. An address that another has is a Conflict.
func (t *Tx) SaveUser(ctx context.Context, u gremio.User) error {
	if u.Email != "" {
		other, found, err := t.UserByEmail(ctx, u.Email)
		if err != nil {
			return err
		}
		if found && other.ID != u.ID {
			return gremio.Errorf(gremio.Conflict, "somebody else signs in with %s already", u.Email)
		}
	}
	var email any
	if u.Email != "" {
		email = strings.ToLower(u.Email)
	}
	codes, err := json.Marshal(append([]string{}, u.RecoveryCodes...))
	if err != nil {
		return gremio.Wrap(gremio.Internal, err, "encode recovery codes")
	}
	var secret any
	if len(u.TOTPSecret) > 0 {
		secret = []byte(u.TOTPSecret)
	}
	// No upsert: MariaDB's would change the row of whoever has the address.
	values := []any{email, u.Name, string(u.Role), string(u.Plate), u.State, u.PasswordHash, flag(u.TOTP), secret, u.TOTPLastStep, string(codes)}
	n, err := t.exec(ctx, "change a user", `UPDATE users SET email = ?, name = ?, role = ?, plate = ?, state = ?, password_hash = ?,
 totp = ?, totp_secret = ?, totp_last_step = ?, recovery_codes = ? WHERE user_id = ?`, append(values, u.ID)...)
	if err != nil || n > 0 {
		return err
	}
	_, err = t.exec(ctx, "add a user", `INSERT INTO users (email, name, role, plate, state, password_hash, totp, totp_secret, totp_last_step, recovery_codes, user_id, created_at)
 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, append(values, u.ID, micros(u.CreatedAt))...)
	return err
}

// AddLink stores a one-time link.
func (t *Tx) AddLink(ctx context.Context, l gremio.Link) error {
	_, err := t.exec(ctx, "store a one-time link", "INSERT INTO user_links (hash, user_id, purpose, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
		l.Hash, l.User, l.Purpose, micros(l.CreatedAt), micros(l.ExpiresAt))
	return err
}

// Link returns the one-time link with that hash, if it was not used and has not expired.
func (q queries) Link(ctx context.Context, hash string, now time.Time) (l gremio.Link, found bool, err error) {
	var created, expires int64
	found, err = q.one(ctx, "read a one-time link", "SELECT hash, user_id, purpose, created_at, expires_at FROM user_links WHERE hash = ? AND expires_at > ?",
		[]any{hash, micros(now)}, &l.Hash, &l.User, &l.Purpose, &created, &expires)
	l.CreatedAt, l.ExpiresAt = instant(created), instant(expires)
	return l, found, err
}

// DeleteLinks ends every one-time link of a user.
func (t *Tx) DeleteLinks(ctx context.Context, user string) error {
	_, err := t.exec(ctx, "end one-time links", "DELETE FROM user_links WHERE user_id = ?", user)
	return err
}
