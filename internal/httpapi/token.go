package httpapi

import (
	"context"
	"net/http"
	"time"

	"gremio"
)

type tokenKeeper interface {
	Tokens(ctx context.Context, kind gremio.IdentityKind, page gremio.Page) ([]gremio.Token, string, error)
	AddProgram(ctx context.Context, by gremio.Identity, name string, scopes []string, expires time.Time, v gremio.Visit) (string, gremio.Token, error)
	AddCart(ctx context.Context, by gremio.Identity, plate gremio.Plate, v gremio.Visit) (string, gremio.Token, error)
	RevokeToken(ctx context.Context, by gremio.Identity, id string, v gremio.Visit) (bool, error)
	// Refresh learns at once which tokens and sessions another process ended.
	Refresh(ctx context.Context) error
	RevokeCart(ctx context.Context, by gremio.Identity, plate gremio.Plate, v gremio.Visit) (bool, error)
}

// A newToken is a token that was just made, which is shown once.
type newToken struct {
	Secret string `json:"token" doc:"Shown once: keep it now"`
	gremio.Token
}

type newTokenOutput struct {
	Status int
	Cache  string `header:"Cache-Control"`
	Body   newToken
}

func newTokenOf(secret string, t gremio.Token, err error) (*newTokenOutput, error) {
	if err != nil {
		return nil, err
	}
	return &newTokenOutput{http.StatusCreated, "no-store", newToken{secret, t}}, nil
}

func (a *api) tokens() {
	type listInput struct {
		Paging
		Kind string `query:"kind" enum:"program,cart"`
	}
	register(a, op(gremio.ActTokenRead, http.MethodGet, "/v1/tokens", "list-tokens", "Tokens of programs and carts, the newest first"),
		func(ctx context.Context, in *listInput) (*listOutput[gremio.Token], error) {
			items, next, err := a.Identities.Tokens(ctx, gremio.IdentityKind(in.Kind), in.page())
			if err == nil {
				err = a.noteRead(ctx, gremio.ActTokenRead, "tokens")
			}
			return listOf(items, next, err)
		})

	type programTokenInput struct {
		Body struct {
			Name      string    `json:"name" maxLength:"100" doc:"What the program is called"`
			Scopes    []string  `json:"scopes" minItems:"1" maxItems:"100" doc:"Actions such as sale.read; role:reader stands for those of a role"`
			ExpiresAt time.Time `json:"expires_at" doc:"Two years from now at most"`
		}
	}
	register(a, op(gremio.ActTokenChange, http.MethodPost, "/v1/tokens", "add-token", "Make a program's token", created),
		func(ctx context.Context, in *programTokenInput) (*newTokenOutput, error) {
			req := requestOf(ctx)
			return newTokenOf(a.Identities.AddProgram(ctx, req.who, in.Body.Name, in.Body.Scopes, in.Body.ExpiresAt, req.visit))
		})

	type oneInput struct {
		ID string `path:"id"`
	}
	register(a, op(gremio.ActTokenChange, http.MethodDelete, "/v1/tokens/{id}", "revoke-token", "Revoke a token", acts,
		describe("It ends here at once, and at every api within 5 seconds.")),
		func(ctx context.Context, in *oneInput) (*doneOutput, error) {
			req := requestOf(ctx)
			found, err := a.Identities.RevokeToken(ctx, req.who, in.ID, req.visit)
			if err == nil && !found {
				err = notFound("there is no such token, or it was revoked already")
			}
			return done(err)
		})
	a.cartTokens()
}

func (a *api) cartTokens() {
	type cartInput struct {
		Plate string `path:"plate"`
	}
	register(a, op(gremio.ActCartTokenChange, http.MethodPost, "/v1/carts/{plate}/token", "add-cart-token", "Make a cart's token", created,
		describe("The cart's former token ends. The cart of a member who is suspended, and a plate that its member gave up, get none (409). The answer has a QR and links that set up the GPS app of a phone.")),
		func(ctx context.Context, in *cartInput) (*newCartTokenOutput, error) {
			plate, err := plateParam("plate", in.Plate)
			if err != nil {
				return nil, err
			}
			return a.newCartToken(ctx, who(ctx), plate)
		})
	register(a, op(gremio.ActCartTokenChange, http.MethodDelete, "/v1/carts/{plate}/token", "revoke-cart-token", "Revoke a cart's token", acts),
		func(ctx context.Context, in *cartInput) (*doneOutput, error) {
			plate, err := plateParam("plate", in.Plate)
			if err != nil {
				return nil, err
			}
			req := requestOf(ctx)
			found, err := a.Identities.RevokeCart(ctx, req.who, plate, req.visit)
			if err == nil && !found {
				err = notFound("the cart has no token")
			}
			return done(err)
		})
}
