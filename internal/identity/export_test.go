package identity

import "time"

// Guesses are the budgets of wrong tries, for tests.
type Guesses struct{ *guesses }

// NewGuesses returns full budgets.
func NewGuesses() Guesses { return Guesses{newGuesses()} }

// BeginCode is beginCode.
func (g Guesses) BeginCode(user, device string, now time.Time) (*guess, error) {
	return g.beginCode(user, device, now)
}
