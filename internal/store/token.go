package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"gremio"
)

const tokenColumns = "SELECT token_id, hash, kind, name, plate, scopes, created_at, created_by, expires_at, last_used_at, revoked_at, version FROM tokens"

func scanToken(row scanner) (t gremio.Token, err error) {
	var scopes string
	var created int64
	var expires, used, revoked sql.NullInt64
	err = row.Scan(&t.ID, &t.Hash, &t.Kind, &t.Name, &t.Plate, &scopes, &created, &t.CreatedBy, &expires, &used, &revoked, &t.Version)
	for _, s := range strings.Fields(scopes) {
		t.Scopes = append(t.Scopes, gremio.Action(s))
	}
	t.CreatedAt, t.ExpiresAt, t.LastUsedAt, t.RevokedAt = instant(created), instantOrNil(expires), instantOrNil(used), instantOrNil(revoked)
	return t, err
}

// Tokens returns the tokens of a kind, of all kinds when it is empty, the newest first.
func (q queries) Tokens(ctx context.Context, kind gremio.IdentityKind, page gremio.Page) ([]gremio.Token, string, error) {
	var f filter
	f.is("kind", string(kind))
	end, err := f.page(page, "created_at", "token_id")
	if err != nil {
		return nil, "", err
	}
	var all []gremio.Token
	err = q.each(ctx, "list tokens", tokenColumns+end, f.args, func(row scanner) error {
		t, err := scanToken(row)
		all = append(all, t)
		return err
	})
	all, next := cut(all, page, func(t gremio.Token) string { return markAt(t.CreatedAt, t.ID) })
	return all, next, err
}

// TokenVersion returns how often tokens have changed.
func (q queries) TokenVersion(ctx context.Context) (version int64, err error) {
	_, err = q.one(ctx, "ask whether tokens changed", "SELECT version FROM identity_version WHERE name = 'tokens'", nil, &version)
	return version, err
}

// TokensSince returns the tokens that changed after version.
func (q queries) TokensSince(ctx context.Context, version int64) (all []gremio.Token, err error) {
	err = q.each(ctx, "read tokens", tokenColumns+" WHERE version > ?", []any{version}, func(row scanner) error {
		t, err := scanToken(row)
		all = append(all, t)
		return err
	})
	return all, err
}

// changeTokens returns the number of the change that this transaction makes.
// Transactions that change tokens take turns.
func (t *Tx) changeTokens(ctx context.Context) (int64, error) {
	if _, err := t.exec(ctx, "count a change of tokens", "UPDATE identity_version SET version = version + 1 WHERE name = 'tokens'"); err != nil {
		return 0, err
	}
	return t.TokenVersion(ctx)
}

// AddToken stores a token. A cart has one that counts: its former ones end at
// the new one's making.
func (t *Tx) AddToken(ctx context.Context, k gremio.Token) error {
	version, err := t.changeTokens(ctx)
	if err != nil {
		return err
	}
	if k.Kind == gremio.CartIdentity {
		if _, err := t.exec(ctx, "end a cart's token", "UPDATE tokens SET revoked_at = ?, version = ? WHERE plate = ? AND kind = ? AND revoked_at IS NULL",
			micros(k.CreatedAt), version, string(k.Plate), string(k.Kind)); err != nil {
			return err
		}
	}
	scopes := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		scopes[i] = string(s)
	}
	_, err = t.exec(ctx, "store a token",
		"INSERT INTO tokens (token_id, hash, kind, name, plate, scopes, created_at, created_by, expires_at, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		k.ID, k.Hash, string(k.Kind), k.Name, string(k.Plate), strings.Join(scopes, " "), micros(k.CreatedAt), k.CreatedBy, microsOrNull(k.ExpiresAt), version)
	return err
}

// RevokeToken ends the token of that id and returns it; one that has ended
// already, or never was, is not found.
func (t *Tx) RevokeToken(ctx context.Context, id string, now time.Time) (gremio.Token, bool, error) {
	return t.revoke(ctx, "token_id = ?", now, id)
}

// RevokeCartToken ends the token of the cart that bears plate.
func (t *Tx) RevokeCartToken(ctx context.Context, plate gremio.Plate, now time.Time) (gremio.Token, bool, error) {
	return t.revoke(ctx, "plate = ? AND kind = ?", now, string(plate), string(gremio.CartIdentity))
}

func (t *Tx) revoke(ctx context.Context, which string, now time.Time, args ...any) (k gremio.Token, found bool, err error) {
	version, err := t.changeTokens(ctx)
	if err != nil {
		return k, false, err
	}
	err = t.each(ctx, "read a token", tokenColumns+" WHERE revoked_at IS NULL AND "+which, args, func(row scanner) error {
		var err error
		k, err = scanToken(row)
		found = err == nil
		return err
	})
	if err != nil || !found {
		return k, false, err
	}
	_, err = t.exec(ctx, "end a token", "UPDATE tokens SET revoked_at = ?, version = ? WHERE token_id = ?", micros(now), version, k.ID)
	return k, true, err
}

// TokensUsed notes when tokens were last used, by id. It is no change of a token.
func (t *Tx) TokensUsed(ctx context.Context, at map[string]time.Time) error {
	for id, used := range at {
		if _, err := t.exec(ctx, "note that a token was used", "UPDATE tokens SET last_used_at = ? WHERE token_id = ? AND (last_used_at IS NULL OR last_used_at < ?)",
			micros(used), id, micros(used)); err != nil {
			return err
		}
	}
	return nil
}
