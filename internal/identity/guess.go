package identity

import (
	"sync"
	"time"

	"gremio"
)

// guesses limits how often somebody may be wrong about a password or a code,
// so that nobody can be locked out by somebody else's guesses:
//
//   - a browser that signed in to the account before (it shows a device cookie)
//     has a budget of its own, which nobody else can use up;
//   - every address has a budget for each account, and one for all accounts
//     together; a new address always has some;
//   - while many addresses are wrong about one account, each has less;
//   - codes of the second factor, which only those can try who know the password,
//     have a budget over all addresses.
//
// Only wrong guesses use a budget up, and it grows back by itself. The budgets
// are each api's own.
type guesses struct {
	mu sync.Mutex
	by map[string]*budget
}

type budget struct {
	wrong float64 // guesses that count now
	at    time.Time
}

// A limit is how many wrong guesses a budget holds, and how long one takes to
// grow back.
type limit struct {
	most float64
	each time.Duration
}

var (
	ofDevice        = limit{10, time.Minute}
	ofAddressAndWho = limit{5, 3 * time.Minute}
	whileAttacked   = limit{2, 10 * time.Minute}
	ofAddress       = limit{30, 30 * time.Second}
	ofAccount       = limit{50, time.Minute} // beyond it the account counts as attacked
)

// ofCodes bounds the chance to guess one of the three codes that count at once to
// 1 in 600 a day.
var ofCodes = limit{20, 3 * time.Minute}

const mostBudgets = 100_000

func newGuesses() *guesses { return &guesses{by: map[string]*budget{}} }

// A guess is one try, which counts as wrong until it is called right.
type guess struct {
	g    *guesses
	keys []string
}

// begin takes one try from the budgets of account at address, or of device when
// there is one. The error says when to try again.
func (g *guesses) begin(account, address, device string, now time.Time) (*guess, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	type need struct {
		key string
		limit
	}
	var needs []need
	if device != "" {
		needs = []need{{"device " + device, ofDevice}}
	} else {
		perAddress := ofAddressAndWho
		if g.level("account "+account, ofAccount, now) >= ofAccount.most {
			perAddress = whileAttacked
		}
		needs = []need{{"address " + address + " " + account, perAddress}, {"address " + address, ofAddress}}
	}
	for _, n := range needs {
		if err := g.exhausted(n.key, n.limit, now); err != nil {
			return nil, err
		}
	}
	if len(g.by) >= mostBudgets {
		g.sweep(now)
	}
	try := &guess{g: g}
	for _, n := range needs {
		g.add(n.key, 1, now)
		try.keys = append(try.keys, n.key)
	}
	if device == "" {
		g.add("account "+account, 1, now)
		try.keys = append(try.keys, "account "+account)
	}
	return try, nil
}

// beginCode takes one try of a code from the budget of a user's codes; a known
// device has its own budget with the password.
func (g *guesses) beginCode(user, device string, now time.Time) (*guess, error) {
	if device != "" {
		return &guess{g: g}, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	key := "code " + user
	if err := g.exhausted(key, ofCodes, now); err != nil {
		return nil, err
	}
	g.add(key, 1, now)
	return &guess{g, []string{key}}, nil
}

// exhausted says when to try again, if a budget has no try left.
func (g *guesses) exhausted(key string, l limit, now time.Time) error {
	over := g.level(key, l, now) + 1 - l.most
	if over <= 0 {
		return nil
	}
	wait := time.Duration(over * float64(l.each))
	return &gremio.Error{Kind: gremio.TooMany, RetryAfter: wait,
		Message: "too many wrong tries: wait " + wait.Round(time.Second).String() + ", or ask an admin for a one-time link"}
}

// right gives the try back.
func (t *guess) right(now time.Time) {
	t.g.mu.Lock()
	defer t.g.mu.Unlock()
	for _, key := range t.keys {
		t.g.add(key, -1, now)
	}
}

// level returns how many wrong guesses of a budget count at now, and forgets those
// that have grown back.
func (g *guesses) level(key string, l limit, now time.Time) float64 {
	b := g.by[key]
	if b == nil {
		return 0
	}
	b.wrong = max(0, b.wrong-float64(now.Sub(b.at))/float64(l.each))
	b.at = now
	return b.wrong
}

func (g *guesses) add(key string, n float64, now time.Time) {
	b := g.by[key]
	if b == nil {
		b = &budget{at: now}
		g.by[key] = b
	}
	b.wrong = max(0, b.wrong+n)
}

// sweep drops budgets that nobody has touched for an hour; when that is not
// enough, all: then everybody has a full budget again, and memory stays bounded.
func (g *guesses) sweep(now time.Time) {
	for key, b := range g.by {
		if now.Sub(b.at) > time.Hour {
			delete(g.by, key)
		}
	}
	if len(g.by) >= mostBudgets {
		g.by = map[string]*budget{}
	}
}
