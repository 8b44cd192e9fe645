package httpapi

import (
	"context"
	"crypto/subtle"

	"gremio"
)

// An applicant's token is the digest of what was sent and the master key's word
// for it and the id. So it cannot be guessed, nothing need be stored, and who
// sends other content under an id that somebody else named gets a token that
// opens nothing.

func (a *api) applicantToken(id, digest string) string { return a.Master.ApplicantToken(id, digest) }

// digestLength is that of an application's digest.
const digestLength = 24

var (
	errNoApplicant = gremio.Errorf(gremio.Unauthenticated, "this is not the token of that application")
	errOnItsWay    = gremio.Errorf(gremio.NotFound, "the application is on its way: ask again in a moment")
)

// mayReadApplication lets the office through, and whoever has the application's token.
func (a *api) mayReadApplication(ctx context.Context, id, token string) error {
	office, err := a.mayActOnApplication(ctx, gremio.ActApplicationRead, id, token)
	if office {
		err = a.noteRead(ctx, gremio.ActApplicationRead, id)
	}
	return err
}

// mayActOnApplication lets the office through, and whoever has the application's
// token, and says which of them it is.
func (a *api) mayActOnApplication(ctx context.Context, act gremio.Action, id, token string) (office bool, err error) {
	switch {
	case a.reach(ctx, act) == gremio.All:
		return true, nil
	case token == "":
		return false, a.refusal(who(ctx), act)
	}
	return false, a.holdsToken(ctx, id, token)
}

// holdsToken reports an error unless token is the application's.
func (a *api) holdsToken(ctx context.Context, id, token string) error {
	if len(token) < digestLength || subtle.ConstantTimeCompare([]byte(token), []byte(a.applicantToken(id, token[:digestLength]))) != 1 {
		return errNoApplicant
	}
	known, err := a.Store.AppliedIDs(ctx, "members", []string{gremio.IDKey(gremio.TypeApplicationSubmitted, id, id)})
	if err != nil {
		return err
	}
	for _, first := range known {
		if first.Digest != token[:digestLength] {
			return errNoApplicant // the first in the log won, and it was another's
		}
		return nil
	}
	return errOnItsWay
}
