package identity

import (
	"context"
	"sync"
	"time"

	"gremio"
)

// Beginnings of tokens, so that people and scanners for leaked secrets know them.
const (
	programPrefix = "gremio_p_"
	cartPrefix    = "gremio_c_"
)

// tokenCache holds every token by its hash, so that take-in works while the
// database is away. It learns what changed from the tokens' version.
type tokenCache struct {
	mu      sync.RWMutex
	loaded  bool
	version int64
	by      map[string]gremio.Token
	used    map[string]time.Time // by id, not noted in the database yet

	learning chan struct{} // one asks the database at a time
	asked    time.Time     // when it did that last and was answered
}

// askedEvery bounds how often tokens that nobody knows make us ask the database.
const askedEvery = 100 * time.Millisecond

// ByToken returns who shows a token. The error is Unauthenticated for one that
// is wrong, revoked or expired, and Unavailable when that cannot be known: nobody
// here knows it, and the database is away.
func (k *Keeper[T]) ByToken(ctx context.Context, text string) (gremio.Identity, error) {
	now := k.now()
	hash := hashOf(text)
	t, found := k.tokens.get(hash)
	if !found {
		if err := k.askForTokens(ctx); err != nil {
			return gremio.Identity{}, err
		}
		t, found = k.tokens.get(hash)
	}
	switch {
	case !found:
		return gremio.Identity{}, gremio.Errorf(gremio.Unauthenticated, "nobody has this token")
	case t.RevokedAt != nil:
		return gremio.Identity{}, gremio.Errorf(gremio.Unauthenticated, "this token was revoked")
	case !t.IsGood(now):
		return gremio.Identity{}, gremio.Errorf(gremio.Unauthenticated, "this token has expired")
	}
	k.tokens.use(t.ID, now)
	return t.Identity(), nil
}

func (c *tokenCache) get(hash string) (gremio.Token, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	t, ok := c.by[hash]
	return t, ok
}

func (c *tokenCache) use(id string, now time.Time) {
	now = now.Truncate(time.Minute)
	c.mu.RLock()
	known := c.used[id].Equal(now)
	c.mu.RUnlock()
	if known {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.used == nil {
		c.used = map[string]time.Time{}
	}
	c.used[id] = now
}

// askForTokens learns what changed up to now. A token may be shown right after
// another process made it, so what was learned before the request does not do:
// whoever comes soon after the last question waits for the next one.
func (k *Keeper[T]) askForTokens(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookup)
	defer cancel()
	return k.learn(ctx, askedEvery)
}

// Refresh learns now what Run would learn within a second: the tokens, and the
// sessions' accounts, that another process changed.
func (k *Keeper[T]) Refresh(ctx context.Context) error { return k.learnTokens(ctx) }

func (k *Keeper[T]) learnTokens(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*tokensEvery)
	defer cancel()
	return k.learn(ctx, 0)
}

// learn reads the tokens that changed, at least so long after the database was
// asked last. Those who wait for one question share its answer.
func (k *Keeper[T]) learn(ctx context.Context, least time.Duration) error {
	c, came := &k.tokens, time.Now()
	select {
	case c.learning <- struct{}{}:
	case <-ctx.Done():
		return gremio.Wrap(gremio.Unavailable, ctx.Err(), "ask for the tokens")
	}
	defer func() { <-c.learning }()
	if least > 0 {
		if c.asked.After(came) {
			return nil
		}
		select {
		case <-time.After(least - time.Since(c.asked)):
		case <-ctx.Done():
			return gremio.Wrap(gremio.Unavailable, ctx.Err(), "ask for the tokens")
		}
	}
	asked := time.Now()
	version, err := k.Store.TokenVersion(ctx)
	if err == nil && (version != c.version || !c.loaded) {
		var changed []gremio.Token
		if changed, err = k.Store.TokensSince(ctx, c.version); err == nil {
			c.put(changed, version)
			k.recent.forgetAll() // the version counts sessions that ended, too
		}
	}
	if err == nil {
		c.asked = asked // a failure is asked again at once: it may have passed
	}
	return err
}

// put keeps tokens that changed up to a version. What changed meanwhile is newer
// than version and comes again with the next look.
func (c *tokenCache) put(changed []gremio.Token, version int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[string]gremio.Token{}
	}
	for _, t := range changed {
		c.by[t.Hash] = t
	}
	c.version, c.loaded = version, true
}

// noteUsed notes in the database when tokens were last used. What cannot be
// noted now is noted later.
func (k *Keeper[T]) noteUsed(ctx context.Context) {
	c := &k.tokens
	c.mu.Lock()
	used := c.used
	c.used = nil
	c.mu.Unlock()
	if len(used) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := k.Store.Update(ctx, func(tx T) error { return tx.TokensUsed(ctx, used) }); err != nil {
		k.Logger.Warn("not noted which tokens were used", "because", err)
	}
}

// AddProgram makes a token for a program and returns it; it is shown once.
func (k *Keeper[T]) AddProgram(ctx context.Context, by gremio.Identity, name string, asked []string, expires time.Time, v gremio.Visit) (string, gremio.Token, error) {
	now := k.now()
	var wrong []gremio.FieldError
	scopes, err := gremio.ParseScopes(asked)
	if err != nil {
		wrong = append(wrong, gremio.FieldError{Field: "scopes", Message: err.Error()})
	}
	if name == "" {
		wrong = append(wrong, gremio.FieldError{Field: "name", Message: "is missing: what is the program called?"})
	} else if message := gremio.TextError(name, 100); message != "" {
		wrong = append(wrong, gremio.FieldError{Field: "name", Message: message})
	}
	if !expires.After(now) || expires.After(now.AddDate(2, 0, 1)) {
		wrong = append(wrong, gremio.FieldError{Field: "expires_at", Message: "must be in the future, two years from now at most"})
	}
	if len(wrong) > 0 {
		return "", gremio.Token{}, gremio.InvalidFields(wrong)
	}
	expires = gremio.Instant(expires)
	text, hash := newSecret(programPrefix)
	t := gremio.Token{ID: newID("token"), Kind: gremio.ProgramIdentity, Name: name, Scopes: scopes, CreatedAt: now, CreatedBy: by.ID, ExpiresAt: &expires, Hash: hash}
	return text, t, k.addToken(ctx, by, t, v)
}

// AddCart makes the token of the cart that bears plate and returns it; it is
// shown once, and the cart's former token ends. The cart of a member who is
// suspended or has left gets none (Conflict); one that no member ever bore does.
func (k *Keeper[T]) AddCart(ctx context.Context, by gremio.Identity, plate gremio.Plate, v gremio.Visit) (string, gremio.Token, error) {
	text, hash := newSecret(cartPrefix)
	t := gremio.Token{ID: newID("token"), Kind: gremio.CartIdentity, Name: string(plate), Plate: plate, CreatedAt: k.now(), CreatedBy: by.ID, Hash: hash}
	return text, t, k.addToken(ctx, by, t, v)
}

func (k *Keeper[T]) addToken(ctx context.Context, by gremio.Identity, t gremio.Token, v gremio.Visit) error {
	err := k.Store.Update(ctx, func(tx T) error {
		if t.Kind == gremio.CartIdentity {
			if err := mayHaveToken(ctx, tx, t.Plate); err != nil {
				return err
			}
		}
		if err := tx.AddToken(ctx, t); err != nil {
			return err
		}
		about := []string{t.ID}
		if t.Plate != "" {
			about = append(about, string(t.Plate))
		}
		return tx.AddAudit(ctx, k.entry(by, v, "token.add", about...))
	})
	if err == nil {
		err = k.learnTokens(ctx) // whoever made it may use it here at once
	}
	return err
}

// mayHaveToken refuses a token to a cart that nobody is to use now: the guild
// suspended its member, or whoever bore the plate gave it up.
func mayHaveToken[T Tx](ctx context.Context, tx T, plate gremio.Plate) error {
	state, err := tx.BearerState(ctx, plate)
	switch {
	case err != nil:
		return err
	case state == gremio.MemberIsSuspended:
		return gremio.Errorf(gremio.Conflict, "the member who bears plate %s is suspended: end the suspension, then make the token", plate)
	case state == gremio.MemberHasLeft:
		return gremio.Errorf(gremio.Conflict, "no member bears plate %s any more: give it to one, then make the token", plate)
	}
	return nil
}

// RevokeToken ends a token and reports whether there was one that counted.
func (k *Keeper[T]) RevokeToken(ctx context.Context, by gremio.Identity, id string, v gremio.Visit) (bool, error) {
	return k.revoke(ctx, by, v, func(tx T, now time.Time) (gremio.Token, bool, error) { return tx.RevokeToken(ctx, id, now) })
}

// RevokeCart ends the token of the cart that bears plate.
func (k *Keeper[T]) RevokeCart(ctx context.Context, by gremio.Identity, plate gremio.Plate, v gremio.Visit) (bool, error) {
	return k.revoke(ctx, by, v, func(tx T, now time.Time) (gremio.Token, bool, error) { return tx.RevokeCartToken(ctx, plate, now) })
}

func (k *Keeper[T]) revoke(ctx context.Context, by gremio.Identity, v gremio.Visit, do func(T, time.Time) (gremio.Token, bool, error)) (found bool, err error) {
	err = k.Store.Update(ctx, func(tx T) error {
		var t gremio.Token
		if t, found, err = do(tx, k.now()); err != nil || !found {
			return err
		}
		about := []string{t.ID}
		if t.Plate != "" {
			about = append(about, string(t.Plate))
		}
		return tx.AddAudit(ctx, k.entry(by, v, "token.revoke", about...))
	})
	if err == nil && found {
		err = k.learnTokens(ctx)
	}
	return found, err
}

// Tokens returns the tokens of a kind, of all when it is empty, the newest first.
func (k *Keeper[T]) Tokens(ctx context.Context, kind gremio.IdentityKind, page gremio.Page) ([]gremio.Token, string, error) {
	return k.Store.Tokens(ctx, kind, page)
}
