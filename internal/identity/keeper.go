// Package identity knows who asks: people by their sessions, carts and programs
// by their tokens. What each may do stands in the root package's table.
package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"gremio"
)

// A Tx is one transaction of the database.
type Tx interface {
	User(ctx context.Context, id string) (gremio.User, bool, error)
	UserByEmail(ctx context.Context, email string) (gremio.User, bool, error)
	Users(ctx context.Context) ([]gremio.User, error)
	LockUser(ctx context.Context, id string) (gremio.User, bool, error)
	LockAdmins(ctx context.Context) ([]gremio.User, error)
	SaveUser(ctx context.Context, u gremio.User) error
	AddLink(ctx context.Context, l gremio.Link) error
	Link(ctx context.Context, hash string, now time.Time) (gremio.Link, bool, error)
	DeleteLinks(ctx context.Context, user string) error
	AddSession(ctx context.Context, s gremio.Session) error
	SessionSeen(ctx context.Context, id string, now time.Time, address string) error
	EndSession(ctx context.Context, user, id string) (bool, error)
	EndSessions(ctx context.Context, user, except string) error
	DeleteEnded(ctx context.Context, now time.Time) error
	AddToken(ctx context.Context, k gremio.Token) error
	BearerState(ctx context.Context, plate gremio.Plate) (string, error)
	RevokeToken(ctx context.Context, id string, now time.Time) (gremio.Token, bool, error)
	RevokeCartToken(ctx context.Context, plate gremio.Plate, now time.Time) (gremio.Token, bool, error)
	TokensUsed(ctx context.Context, at map[string]time.Time) error
	ForgetSessions(ctx context.Context) error
	AddAudit(ctx context.Context, entries ...gremio.AuditEntry) error
	DeleteAudit(ctx context.Context, before time.Time) (int64, error)
	Settings(ctx context.Context) (gremio.Settings, error)
}

// A Store is the database.
type Store[T Tx] interface {
	Update(ctx context.Context, fn func(T) error) error
	Users(ctx context.Context) ([]gremio.User, error)
	User(ctx context.Context, id string) (gremio.User, bool, error)
	UserByEmail(ctx context.Context, email string) (gremio.User, bool, error)
	Link(ctx context.Context, hash string, now time.Time) (gremio.Link, bool, error)
	Session(ctx context.Context, hash string, now time.Time) (gremio.Session, bool, error)
	Sessions(ctx context.Context, user string, now time.Time) ([]gremio.Session, error)
	Tokens(ctx context.Context, kind gremio.IdentityKind, page gremio.Page) ([]gremio.Token, string, error)
	TokenVersion(ctx context.Context) (int64, error)
	TokensSince(ctx context.Context, version int64) ([]gremio.Token, error)
	Audit(ctx context.Context, f gremio.AuditFilter, page gremio.Page) ([]gremio.AuditEntry, string, error)
	Settings(ctx context.Context) (gremio.Settings, error)
}

// A Keeper keeps identities. Its methods may be called by many at once.
type Keeper[T Tx] struct {
	Store  Store[T]
	Master gremio.Key
	Logger *slog.Logger
	Now    func() time.Time

	tokens  tokenCache
	recent  recentSessions
	guesses *guesses
	hashing hashing
	reads   recentReads
	rests   atomic.Int64 // until when the database is not asked for sessions, nanoseconds since 1970
}

// New returns a keeper that Run keeps up to date.
func New[T Tx](store Store[T], master gremio.Key, logger *slog.Logger, now func() time.Time) *Keeper[T] {
	return &Keeper[T]{Store: store, Master: master, Logger: logger, Now: now, guesses: newGuesses(), hashing: newHashing(),
		tokens: tokenCache{learning: make(chan struct{}, 1)}}
}

const (
	tokensEvery = 2 * time.Second // how soon a revoked token ends at this api
	usedEvery   = time.Minute     // how often it is noted that tokens were used
	pruneEvery  = time.Hour
)

// Run keeps the known tokens up to date and deletes what has ended, until ctx ends.
func (k *Keeper[T]) Run(ctx context.Context) {
	ticker := time.NewTicker(tokensEvery)
	defer ticker.Stop()
	var used, pruned time.Time
	for {
		if err := k.learnTokens(ctx); err != nil && ctx.Err() == nil {
			k.Logger.Warn("tokens are as they were: the database does not say what changed", "because", err)
		}
		now := k.Now()
		if now.Sub(used) >= usedEvery {
			used = now
			k.noteUsed(ctx)
		}
		if now.Sub(pruned) >= pruneEvery {
			if err := k.prune(ctx, now); err == nil {
				pruned = now
			}
		}
		select {
		case <-ctx.Done():
			k.noteUsed(context.WithoutCancel(ctx))
			return
		case <-ticker.C:
		}
	}
}

func (k *Keeper[T]) prune(ctx context.Context, now time.Time) error {
	return k.Store.Update(ctx, func(tx T) error {
		settings, err := tx.Settings(ctx)
		if err != nil {
			return err
		}
		if err := tx.DeleteEnded(ctx, now); err != nil {
			return err
		}
		_, err = tx.DeleteAudit(ctx, now.AddDate(0, 0, -settings.AuditDays))
		return err
	})
}

func (k *Keeper[T]) now() time.Time { return gremio.Instant(k.Now()) }

// newSecret returns 192 random bits as text, and the hash that is stored of it.
// What is so random needs no slow hash.
func newSecret(prefix string) (text, hash string) {
	b := make([]byte, 24)
	rand.Read(b) // never fails: crypto/rand ends the process instead
	text = prefix + base64.RawURLEncoding.EncodeToString(b)
	return text, hashOf(text)
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func newID(kind string) string { return kind + "-" + uuid.Must(uuid.NewV7()).String() }

// recentSessions remembers who came with which cookie lately, so that a person's
// take-in works while the database is away.
type recentSessions struct {
	mu sync.Mutex
	by map[string]recentSession
}

type recentSession struct {
	who     gremio.Identity
	at      time.Time
	notedAt time.Time // when it was last tried to note that the session was used
}

const (
	recentFor  = 15 * time.Minute
	mostRecent = 10_000
)

func (r *recentSessions) get(hash string, now time.Time) (gremio.Identity, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.by[hash]
	return s.who, ok && now.Sub(s.at) < recentFor
}

func (r *recentSessions) put(hash string, who gremio.Identity, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil || len(r.by) >= mostRecent {
		r.by = map[string]recentSession{}
	}
	r.by[hash] = recentSession{who, now, r.by[hash].notedAt}
}

// mayNote reports whether it is time to note that the session was used.
func (r *recentSessions) mayNote(hash string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.by[hash]
	if now.Sub(s.notedAt) < seenEvery {
		return false
	}
	s.notedAt = now
	r.by[hash] = s
	return true
}

// forgetAll is for when some session ended or changed, here or at another api:
// who comes again is asked for in the database.
func (r *recentSessions) forgetAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.by = nil
}

func (r *recentSessions) forget(hash string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.by, hash)
}
