package identity

import (
	"context"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"

	"gremio"
)

// hashParams are the OWASP Password Storage Cheat Sheet's first choice for
// argon2id: 19 MiB, 2 passes, 1 lane.
var hashParams = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// hashing bounds how many passwords are hashed at once: each takes 19 MiB. Who
// shows a device that signed in before has a place of its own, so that a crowd
// of guessers keeps nobody out.
type hashing struct{ strangers, known chan struct{} }

func newHashing() hashing {
	return hashing{strangers: make(chan struct{}, 2), known: make(chan struct{}, 1)}
}

const hashWait = 5 * time.Second

// enter waits for a place and returns what to call when done.
func (h hashing) enter(ctx context.Context, knownDevice bool) (leave func(), err error) {
	late, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	known := h.known
	if !knownDevice {
		known = nil
	}
	select {
	case h.strangers <- struct{}{}:
		return func() { <-h.strangers }, nil
	case known <- struct{}{}:
		return func() { <-h.known }, nil
	case <-late.Done():
		return nil, &gremio.Error{Kind: gremio.TooMany, Message: "too many sign in at once: try again in a moment", RetryAfter: hashWait}
	}
}

// hash returns the PHC string that is stored of a password.
func (h hashing) hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx, true)
	if err != nil {
		return "", err
	}
	defer leave()
	text, err := argon2id.CreateHash(password, hashParams)
	if err != nil {
		return "", gremio.Wrap(gremio.Internal, err, "hash a password")
	}
	return text, nil
}

// nobody is checked when there is no such user, so that the time of the answer
// does not tell who is one. No password matches it.
var nobody = sync.OnceValue(func() string {
	secret, _ := newSecret("")
	hash, err := argon2id.CreateHash(secret, hashParams)
	if err != nil {
		return ""
	}
	return hash
})

// matches reports whether password is the one that hash was made of; no hash
// matches nothing and takes as long.
func (h hashing) matches(ctx context.Context, password, hash string, knownDevice bool) (bool, error) {
	leave, err := h.enter(ctx, knownDevice)
	if err != nil {
		return false, err
	}
	defer leave()
	if hash == "" {
		argon2id.ComparePasswordAndHash(password, nobody())
		return false, nil
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, gremio.Wrap(gremio.Internal, err, "read a password's hash")
	}
	return ok, nil
}
