package httpapi_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"gremio"
	"gremio/internal/store"
)

// shows is what a request shows of who sends it.
type shows struct{ token, session, device string }

func (s shows) on(r *http.Request) {
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	if s.session != "" {
		r.AddCookie(&http.Cookie{Name: "gremio_session", Value: s.session})
	}
	if s.device != "" {
		r.AddCookie(&http.Cookie{Name: "gremio_device", Value: s.device})
	}
}

// as returns the house as somebody else asks it; a stranger shows nothing.
func (h *house) as(s shows) *house {
	other := *h
	other.shows = s
	return &other
}

func (h *house) stranger() *house { return h.as(shows{}) }

// secret is every person's password.
const secret = "masa madre y zapallo"

// cheap is argon2id with a small memory: a hash says what it was made with.
var cheap = sync.OnceValue(func() string {
	hash, err := argon2id.CreateHash(secret, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		panic(err)
	}
	return hash
})

// person adds an active user whose password is secret.
func (h *house) person(email string, role gremio.Role, plate gremio.Plate) gremio.User {
	h.t.Helper()
	u := gremio.User{ID: "user-" + uuid.NewString(), Email: email, Name: "Name of " + email, Role: role, Plate: plate, State: gremio.UserActive,
		CreatedAt: gremio.Instant(time.Now()), PasswordHash: cheap()}
	h.write(func(tx *store.Tx) error { return tx.SaveUser(context.Background(), u) })
	return u
}

// session opens a session of u without the password.
func (h *house) session(u gremio.User) shows {
	h.t.Helper()
	cookie, hash := newSecret()
	now := gremio.Instant(time.Now())
	h.write(func(tx *store.Tx) error {
		return tx.AddSession(context.Background(), gremio.Session{ID: "session-" + uuid.NewString(), Hash: hash, User: u.ID,
			CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour), Address: "192.0.2.1"})
	})
	return shows{session: cookie}
}

// program makes a token with scopes.
func (h *house) program(scopes ...string) (shows, gremio.Token) {
	h.t.Helper()
	text, t, err := h.identities.AddProgram(context.Background(), terminal, "program", scopes, time.Now().Add(time.Hour), gremio.Visit{})
	must(h.t, err)
	return shows{token: text}, t
}

// cart makes the token of a cart.
func (h *house) cart(plate gremio.Plate) (shows, gremio.Token) {
	h.t.Helper()
	text, t, err := h.identities.AddCart(context.Background(), terminal, plate, gremio.Visit{})
	must(h.t, err)
	return shows{token: text}, t
}

// expired makes a program's token with every scope that has expired.
func (h *house) expired() shows {
	h.t.Helper()
	text, hash := newSecret()
	var all []gremio.Action
	for _, g := range gremio.Grants() {
		if g.Program == gremio.All {
			all = append(all, g.Action)
		}
	}
	past := gremio.Instant(time.Now().Add(-time.Second))
	h.write(func(tx *store.Tx) error {
		return tx.AddToken(context.Background(), gremio.Token{ID: "token-" + uuid.NewString(), Kind: gremio.ProgramIdentity, Name: "old", Scopes: all,
			CreatedAt: past.Add(-time.Hour), ExpiresAt: &past, Hash: hash})
	})
	return shows{token: text}
}

var terminal = gremio.Identity{Kind: gremio.UserIdentity, ID: "terminal", Name: "terminal", Role: gremio.RoleAdmin}

func newSecret() (text, hash string) {
	text = rand.Text()
	sum := sha256.Sum256([]byte(text))
	return text, hex.EncodeToString(sum[:])
}

func (h *house) write(fn func(*store.Tx) error) {
	h.t.Helper()
	must(h.t, h.store.Update(context.Background(), fn))
}

// signIn signs in with a password and returns the answer and what the browser has then.
func (h *house) signIn(email, password, code string, headers ...string) (answer, shows) {
	h.t.Helper()
	body, err := json.Marshal(map[string]string{"email": email, "password": password, "code": code})
	must(h.t, err)
	if code == "" {
		body = bytes.Replace(body, []byte(`"code":"",`), nil, 1)
	}
	got := h.send("POST", "/v1/session", string(body), headers...)
	return got, got.cookies()
}

// cookies returns what a browser shows after the answer.
func (a answer) cookies() (s shows) {
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		switch strings.TrimPrefix(c.Name, "__Host-") {
		case "gremio_session":
			s.session = c.Value
		case "gremio_device":
			s.device = c.Value
		}
	}
	return s
}

// read decodes an answer that must have a code.
func read[T any](h *house, got answer, code int) (v T) {
	h.t.Helper()
	if got.code != code {
		h.t.Fatalf("got %d %.600s, want %d", got.code, got.body, code)
	}
	if len(got.body) > 0 {
		must(h.t, json.Unmarshal(got.body, &v))
	}
	return v
}

// A logbook keeps what is logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (h *house) ctx() context.Context { return context.Background() }

// inDatabase reports whether a text stands anywhere in the database's files.
func (h *house) inDatabase(text string) bool {
	h.t.Helper()
	for _, name := range []string{h.database, h.database + "-wal"} {
		body, err := os.ReadFile(name)
		must(h.t, err)
		if bytes.Contains(body, []byte(text)) {
			return true
		}
	}
	return false
}
