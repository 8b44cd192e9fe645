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

func (a *api) applicantToken(id, digest string) string {
	return digest + a.Master.Hash("applicant", id+" "+digest)
}

// digestLength is that of an application's digest.
const digestLength = 24

var (
	errNoApplicant = gremio.Errorf(gremio.Unauthenticated, "this is not the token of that application")
	errOnItsWay    = gremio.Errorf(gremio.NotFound, "the application is on its way: ask again in a moment")
)

// mayReadApplication lets the office through, and whoever has the application's token.
func (a *api) mayReadApplication(ctx context.Context, id, token string) error {
	if a.reach(ctx, gremio.ActApplicationRead) == gremio.All {
		return a.noteRead(ctx, gremio.ActApplicationRead, id)
	}
	if token == "" {
		return a.refusal(who(ctx), gremio.ActApplicationRead)
	}
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
