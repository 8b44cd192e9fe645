package identity_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"gremio"
	"gremio/internal/identity"
	"gremio/internal/store"
)

// A leaving store is a real database that can go away.
type leaving struct {
	*store.Store
	away *atomic.Bool
}

var errAway = gremio.Wrap(gremio.Unavailable, io.ErrUnexpectedEOF, "the database is away")

func (s leaving) Update(ctx context.Context, fn func(*store.Tx) error) error {
	if s.away.Load() {
		return errAway
	}
	return s.Store.Update(ctx, fn)
}

func (s leaving) Session(ctx context.Context, hash string, now time.Time) (gremio.Session, bool, error) {
	if s.away.Load() {
		return gremio.Session{}, false, errAway
	}
	return s.Store.Session(ctx, hash, now)
}

func (s leaving) TokenVersion(ctx context.Context) (int64, error) {
	if s.away.Load() {
		return 0, errAway
	}
	return s.Store.TokenVersion(ctx)
}

// apis are two that share a database, each with its own keeper.
type apis struct {
	t        *testing.T
	store    *store.Store
	away     *atomic.Bool
	one, two *identity.Keeper[*store.Tx]
}

const password = "masa madre y zapallo"

func newAPIs(t *testing.T) *apis {
	t.Helper()
	db, err := store.Open("sqlite:" + filepath.Join(t.TempDir(), "gremio.db"))
	must(t, err)
	t.Cleanup(func() { db.Close() })
	must(t, db.Migrate(t.Context()))
	a := &apis{t: t, store: db, away: &atomic.Bool{}}
	quiet, master := slog.New(slog.DiscardHandler), gremio.NewKey()
	a.one = identity.New(leaving{db, a.away}, master, quiet, time.Now)
	a.two = identity.New(leaving{db, a.away}, master, quiet, time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{}, 2)
	for _, k := range []*identity.Keeper[*store.Tx]{a.one, a.two} {
		go func() { k.Run(ctx); done <- struct{}{} }()
	}
	t.Cleanup(func() { cancel(); <-done; <-done })
	return a
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (a *apis) person(email string, role gremio.Role) gremio.User {
	a.t.Helper()
	hash, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	must(a.t, err)
	u := gremio.User{ID: "user-" + email, Email: email, Role: role, State: gremio.UserActive, PasswordHash: hash, CreatedAt: gremio.Instant(time.Now())}
	must(a.t, a.store.Update(a.t.Context(), func(tx *store.Tx) error { return tx.SaveUser(a.t.Context(), u) }))
	return u
}

// session opens one without the password.
func (a *apis) session(u gremio.User) string {
	a.t.Helper()
	cookie := rand.Text()
	sum := sha256.Sum256([]byte(cookie))
	now := gremio.Instant(time.Now())
	must(a.t, a.store.Update(a.t.Context(), func(tx *store.Tx) error {
		return tx.AddSession(a.t.Context(), gremio.Session{ID: "session-" + cookie, Hash: hex.EncodeToString(sum[:]), User: u.ID, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour)})
	}))
	return cookie
}

func kind(err error) gremio.Kind {
	if err == nil {
		return gremio.Internal
	}
	return gremio.KindOf(err)
}

// A token that one api revokes ends at the other within 5 seconds, whichever
// knew it, and while the database is away those that are known go on.
func TestTokensOfTwoAPIs(t *testing.T) {
	a := newAPIs(t)
	ctx := t.Context()
	text, token, err := a.one.AddCart(ctx, identity.Terminal, "A1", gremio.Visit{})
	must(t, err)
	if _, err := a.two.ByToken(ctx, text); err != nil {
		t.Fatalf("the other api does not know a new token: %v", err)
	}
	a.away.Store(true)
	if who, err := a.two.ByToken(ctx, text); err != nil || who.Plate != "A1" {
		t.Errorf("a known token while the database is away: %v", err)
	}
	if _, err := a.two.ByToken(ctx, "gremio_c_unknown"); kind(err) != gremio.Unavailable {
		t.Errorf("an unknown token while the database is away: %v", err)
	}
	a.away.Store(false)
	if found, err := a.one.RevokeToken(ctx, identity.Terminal, token.ID, gremio.Visit{}); !found || err != nil {
		t.Fatal(found, err)
	}
	if _, err := a.one.ByToken(ctx, text); kind(err) != gremio.Unauthenticated {
		t.Errorf("where it was revoked: %v", err)
	}
	began := time.Now()
	for err = nil; kind(err) != gremio.Unauthenticated; _, err = a.two.ByToken(ctx, text) {
		if time.Since(began) > 5*time.Second {
			t.Fatal("the other api still takes the token after 5 s")
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Log("the other api knew after", time.Since(began).Round(10*time.Millisecond))
	a.away.Store(true)
	if _, err := a.two.ByToken(ctx, text); kind(err) != gremio.Unauthenticated {
		t.Errorf("revoked, and the database went away: %v", err)
	}
}

// A person who came lately is known while the database is away, and one whose
// session ended is not: at this api at once, at others 5 s later.
func TestSessionsWhileTheDatabaseIsAway(t *testing.T) {
	a := newAPIs(t)
	ctx := t.Context()
	stays, leaves, demoted := a.person("stays@x.cl", gremio.RoleVendor), a.person("leaves@x.cl", gremio.RoleOffice), a.person("demoted@x.cl", gremio.RoleOffice)
	admin := a.person("admin@x.cl", gremio.RoleAdmin)
	by := gremio.Identity{Kind: gremio.UserIdentity, ID: admin.ID, Role: gremio.RoleAdmin}
	kept, left, old := a.session(stays), a.session(leaves), a.session(demoted)
	known := func(k *identity.Keeper[*store.Tx], cookie string) bool {
		_, found, _ := k.BySession(ctx, cookie, "")
		return found
	}
	for _, cookie := range []string{kept, left, old} {
		if !known(a.one, cookie) || !known(a.two, cookie) {
			t.Fatal("a session is not known")
		}
	}
	must(t, a.one.Remove(ctx, by, leaves.ID, gremio.Visit{}))
	role := gremio.RoleReader
	if _, err := a.one.Change(ctx, by, demoted.ID, gremio.UserChange{Role: &role}, gremio.Visit{}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * time.Second)
	known(a.one, kept)
	known(a.two, kept)
	a.away.Store(true)
	for i, k := range []*identity.Keeper[*store.Tx]{a.one, a.two} {
		if !known(k, kept) {
			t.Errorf("api %d: who came lately is not known", i+1)
		}
		if known(k, left) {
			t.Errorf("api %d: who was removed comes back while the database is away", i+1)
		}
		if who, found, _ := k.BySession(ctx, old, ""); found && who.Role == gremio.RoleOffice {
			t.Errorf("api %d: the old role comes back while the database is away", i+1)
		}
	}
}

// Guessing, with a clock of the test's own.
func TestGuessing(t *testing.T) {
	a := newAPIs(t)
	a.person("ana@x.cl", gremio.RoleOffice)
	now := time.Now()
	a.one.Now = func() time.Time { return now }
	try := func(email, word, address, device string) (gremio.Opened, error) {
		return a.one.SignIn(t.Context(), email, word, "", gremio.Visit{Address: address, Device: device})
	}
	first, err := try("ana@x.cl", password, "192.0.2.1", "")
	must(t, err)
	wrong := func(email, address, device string, most int) (n int) {
		for n = 0; n <= most; n++ {
			if _, err := try(email, "wrong", address, device); kind(err) == gremio.TooMany {
				break
			} else if kind(err) != gremio.Unauthenticated {
				t.Fatal(err)
			}
		}
		return n
	}
	if n := wrong("ana@x.cl", "198.51.100.1", "", 20); n != 5 {
		t.Errorf("%d wrong tries of one address, want 5", n)
	}
	if n := wrong("nobody@x.cl", "198.51.100.2", "", 20); n != 5 {
		t.Errorf("%d wrong tries at an account that is not there, want 5", n)
	}
	_, err = try("ana@x.cl", password, "198.51.100.1", "")
	var own *gremio.Error
	if kind(err) != gremio.TooMany || !errors.As(err, &own) || own.RetryAfter <= 0 {
		t.Errorf("after too many, the right one: %v", err)
	}
	if _, err = try("ana@x.cl", password, "198.51.100.3", ""); err != nil {
		t.Errorf("another address meanwhile: %v", err)
	}
	now = now.Add(own.RetryAfter)
	if _, err = try("ana@x.cl", password, "198.51.100.1", ""); err != nil {
		t.Errorf("after Retry-After: %v", err)
	}
	// A crowd guesses from many addresses.
	for i := range 30 {
		wrong("ana@x.cl", "203.0.113."+strings.Repeat("1", i+1), "", 20)
	}
	if _, err = try("ana@x.cl", password, "192.0.2.1", first.Device); err != nil {
		t.Errorf("a browser that signed in before is locked out by a crowd: %v", err)
	}
	if _, err = try("ana@x.cl", password, "192.0.2.99", ""); err != nil {
		t.Errorf("a new address is locked out by a crowd: %v", err)
	}
	if n := wrong("ana@x.cl", "192.0.2.98", "", 20); n != 2 {
		t.Errorf("while a crowd guesses a new address has %d tries, want 2", n)
	}
	if n := wrong("ana@x.cl", "192.0.2.1", first.Device, 20); n != 10 {
		t.Errorf("a known browser has %d tries, want 10", n)
	}
	if n := wrong("ana@x.cl", "192.0.2.97", "forged."+first.Device, 20); n > 2 {
		t.Errorf("a forged device cookie has %d tries", n)
	}
	if _, err = try("eva@x.cl", "wrong", "192.0.2.96", first.Device); kind(err) != gremio.Unauthenticated {
		t.Error(err)
	}
	// One address has a budget over all accounts.
	sum := 0
	for i := range 40 {
		sum += wrong(strings.Repeat("e", i+1)+"@x.cl", "192.0.2.50", "", 5)
	}
	if sum != 30 {
		t.Errorf("one address guessed %d times at many accounts, want 30", sum)
	}
}

// The time of an answer does not tell who is a user: a password is hashed for
// nobody too, which takes the memory of argon2id.
func TestNobodysPasswordIsHashedToo(t *testing.T) {
	a := newAPIs(t)
	u := a.person("ana@x.cl", gremio.RoleOffice)
	hash, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	must(t, err)
	u.PasswordHash = hash
	must(t, a.store.Update(t.Context(), func(tx *store.Tx) error { return tx.SaveUser(t.Context(), u) }))
	a.one.SignIn(t.Context(), "warm@x.cl", "wrong", "", gremio.Visit{}) // makes what nobody is compared with
	for _, email := range []string{"ana@x.cl", "nobody@x.cl"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := a.one.SignIn(t.Context(), email, "wrong", "", gremio.Visit{Address: email})
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; kind(err) != gremio.Unauthenticated || took < 19<<20 || took > 30<<20 {
			t.Errorf("%s: %v with %d bytes", email, err, took)
		}
	}
}

// Whoever knows the password cannot guess the second factor from many addresses.
func TestCodesAreLimitedOverAllAddresses(t *testing.T) {
	now := time.Now()
	g := identity.NewGuesses()
	tried := 0
	for range 200 {
		if _, err := g.BeginCode("user-1", "", now); err == nil {
			tried++
		}
	}
	if tried != 20 {
		t.Errorf("%d codes were tried, want 20", tried)
	}
	if _, err := g.BeginCode("user-1", "a known browser", now); err != nil {
		t.Error("a browser that signed in before is kept out: ", err)
	}
	if _, err := g.BeginCode("user-2", "", now); err != nil {
		t.Error("somebody else is kept out: ", err)
	}
	if _, err := g.BeginCode("user-1", "", now.Add(time.Hour)); err != nil {
		t.Error("an hour later: ", err)
	}
}

// Whoever was an admin when a request began and is none when its turn comes changes nobody.
func TestWhoIsNoAdminAnyMoreChangesNobody(t *testing.T) {
	a := newAPIs(t)
	a.person("admin@x.cl", gremio.RoleAdmin)
	u := a.person("office@x.cl", gremio.RoleOffice)
	was := gremio.Identity{Kind: gremio.UserIdentity, ID: u.ID, Role: gremio.RoleAdmin} // as the request still has it
	role := gremio.RoleAdmin
	_, err := a.one.Change(t.Context(), was, u.ID, gremio.UserChange{Role: &role}, gremio.Visit{})
	_, _, invite := a.one.Invite(t.Context(), was, gremio.User{Email: "eva@x.cl", Role: gremio.RoleAdmin}, gremio.Visit{})
	for what, err := range map[string]error{"change": err, "invite": invite, "remove": a.one.Remove(t.Context(), was, "user-admin@x.cl", gremio.Visit{})} {
		if kind(err) != gremio.Denied {
			t.Errorf("%s: %v", what, err)
		}
	}
}
