package identity

import (
	"time"

	"gremio"
)

var (
	ofConfirmations = limit{20, 3 * time.Minute} // of 2^40 codes
	ofMessages      = limit{3, 20 * time.Minute} // an address may be somebody else's, who did not ask for any
)

// TryCode takes one try of a code from the budget of what it confirms, whoever
// tries. right gives it back.
func (k *Keeper[T]) TryCode(what string) (right func(), err error) {
	try, err := k.guesses.take("confirm "+what, ofConfirmations, "too many wrong codes", k.Now())
	if err != nil {
		return nil, err
	}
	return func() { try.right(k.Now()) }, nil
}

// TryMessage takes one message from the budget of what it is about.
func (k *Keeper[T]) TryMessage(what string) error {
	_, err := k.guesses.take("message "+what, ofMessages, "enough messages were sent", k.Now())
	return err
}

// take takes one try from one budget, and says what there was too much of when
// it is used up.
func (g *guesses) take(key string, l limit, much string, now time.Time) (*guess, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.exhausted(key, l, now) != nil {
		wait := time.Duration((g.level(key, l, now) + 1 - l.most) * float64(l.each))
		return nil, &gremio.Error{Kind: gremio.TooMany, RetryAfter: wait, Message: much + ": wait " + wait.Round(time.Second).String()}
	}
	if len(g.by) >= mostBudgets {
		g.sweep(now)
	}
	g.add(key, 1, now)
	return &guess{g, []string{key}}, nil
}
