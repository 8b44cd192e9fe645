package httpapi

import (
	"context"
	"net/http"

	"gremio"
	"gremio/internal/qr"
)

// A newCartToken is a cart's new token and how a phone is set up with it.
type newCartToken struct {
	newToken
	Setup *gremio.PhoneSetup `json:"setup,omitempty" doc:"How a phone is set up with it; absent while gremio does not know where phones reach it"`
	// SetupMissing names the setting without which there is no address to set up.
	SetupMissing string `json:"setup_missing,omitempty" enum:"public_url"`
}

type newCartTokenOutput struct {
	Status int
	Cache  string `header:"Cache-Control"`
	Body   newCartToken
}

// newCartToken makes the token of the cart plate. Nothing of the address comes
// from the request: whoever sends a Host would have the token sent there.
func (a *api) newCartToken(ctx context.Context, by gremio.Identity, plate gremio.Plate) (*newCartTokenOutput, error) {
	secret, t, err := a.Identities.AddCart(ctx, by, plate, requestOf(ctx).visit)
	if err != nil {
		return nil, err
	}
	body := newCartToken{newToken: newToken{secret, t}}
	if a.PublicURL == "" {
		body.SetupMissing = "public_url"
		return &newCartTokenOutput{http.StatusCreated, "no-store", body}, nil
	}
	setup := gremio.NewPhoneSetup(a.PublicURL, secret, plate)
	code, err := qr.Encode(setup.URL)
	if err != nil {
		return nil, err
	}
	setup.QR = code.SVG()
	body.Setup = &setup
	return &newCartTokenOutput{http.StatusCreated, "no-store", body}, nil
}

func (a *api) phoneSetup() {
	type setupInput struct {
		ID    string `path:"id"`
		Token string `query:"token" maxLength:"100" doc:"The applicant's, as POST /v1/applications answered it"`
	}
	register(a, op(gremio.ActApplicationPhone, http.MethodPost, "/v1/applications/{id}/phone", "set-up-phone", "Make the token with which a new member's phone reports", created,
		describe("Of an approved application: the cart's former token ends, and the answer has a QR and links that set up the phone's GPS app.")),
		func(ctx context.Context, in *setupInput) (*newCartTokenOutput, error) {
			office, err := a.mayActOnApplication(ctx, gremio.ActApplicationPhone, in.ID, in.Token)
			if err != nil {
				return nil, err
			}
			plate, err := a.cartOfApplicant(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			by := who(ctx)
			if !office {
				by = gremio.Identity{Kind: gremio.Stranger, ID: gremio.ByApplicant}
			}
			out, err := a.newCartToken(ctx, by, plate)
			if err == nil {
				a.noteAct(ctx, gremio.ActApplicationPhone, "", in.ID, string(plate))
			}
			return out, err
		})
}

// cartOfApplicant returns the plate of the cart that an application's member has now.
func (a *api) cartOfApplicant(ctx context.Context, id string) (gremio.Plate, error) {
	app, found, err := a.Store.Application(ctx, id)
	switch {
	case err != nil:
		return "", err
	case !found:
		return "", notFound("there is no such application")
	case app.State != gremio.ApplicationIsApproved:
		return "", gremio.Errorf(gremio.Conflict, "the application is %s: a phone is set up once it is approved", app.State)
	}
	m, found, err := a.Store.Member(ctx, app.Member)
	switch {
	case err != nil:
		return "", err
	case !found || m.Plate == "":
		return "", gremio.Errorf(gremio.Conflict, "the application's member has no cart")
	case m.State != gremio.MemberActive:
		return "", gremio.Errorf(gremio.Conflict, "the member is %s: no phone is set up until that ends", m.State)
	}
	return m.Plate, nil
}
