package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

type sessionKeeper interface {
	SignIn(ctx context.Context, email, password, code string, v gremio.Visit) (gremio.Opened, error)
	SignOut(ctx context.Context, who gremio.Identity, v gremio.Visit) error
	ReadLink(ctx context.Context, token string) (gremio.Invitation, error)
	UseLink(ctx context.Context, a gremio.Acceptance, v gremio.Visit) (gremio.Opened, error)
}

// A me says who asks, and what that one may do.
type me struct {
	Kind    gremio.IdentityKind      `json:"kind" enum:"user,program,cart"`
	ID      string                   `json:"id"`
	Name    string                   `json:"name"`
	Email   string                   `json:"email,omitempty"`
	Role    gremio.Role              `json:"role,omitempty"`
	Plate   gremio.Plate             `json:"plate,omitempty" doc:"Of a cart, and of a vendor's"`
	TOTP    string                   `json:"totp,omitempty" enum:"on,off,wanted" doc:"wanted: nothing else is allowed before it is set up"`
	Actions map[gremio.Action]string `json:"actions" doc:"What is allowed: all, or own"`
}

func meOf(who gremio.Identity) me {
	m := me{Kind: who.Kind, ID: who.ID, Name: who.Name, Email: who.Email, Role: who.Role, Plate: who.Plate, Actions: map[gremio.Action]string{}}
	for act, reach := range who.Actions() {
		m.Actions[act] = reach.String()
	}
	switch {
	case who.Kind != gremio.UserIdentity:
	case who.TOTPWanted:
		m.TOTP = "wanted"
	case who.TOTP:
		m.TOTP = "on"
	default:
		m.TOTP = "off"
	}
	return m
}

// An openedOutput answers a session that was opened.
type openedOutput struct {
	SetCookie []*http.Cookie `header:"Set-Cookie"`
	Cache     string         `header:"Cache-Control"`
	Body      me
}

func opened(ctx context.Context, o gremio.Opened, err error) (*openedOutput, error) {
	if err != nil {
		return nil, err
	}
	return &openedOutput{SetCookie: sessionCookies(ctx, o), Cache: "no-store", Body: meOf(o.Who)}, nil
}

// deviceLife is how long a browser counts as one that signed in before.
const deviceLife = 365 * 24 * time.Hour

func sessionCookies(ctx context.Context, o gremio.Opened) []*http.Cookie {
	tls := requestOf(ctx).tls
	return []*http.Cookie{setCookie(sessionCookie, o.Session, gremio.SessionMost, tls), setCookie(deviceCookie, o.Device, deviceLife, tls)}
}

// A doneOutput answers what leaves nothing to say.
type doneOutput struct {
	Status    int
	SetCookie []*http.Cookie `header:"Set-Cookie"`
}

func done(err error) (*doneOutput, error) {
	if err != nil {
		return nil, err
	}
	return &doneOutput{Status: http.StatusNoContent}, nil
}

// signsIn are the errors of routes where somebody proves who it is.
func signsIn(o *huma.Operation) {
	o.Errors = []int{http.StatusUnauthorized, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable}
}

type noInput struct{}

func (a *api) sessions() {
	type signInInput struct {
		Body struct {
			Email    string `json:"email" maxLength:"254" format:"email"`
			Password string `json:"password" maxLength:"800" format:"password"`
			Code     string `json:"code,omitempty" maxLength:"40" doc:"Of the second factor, or a recovery code; asked for after a right password"`
		}
	}
	register(a, op(gremio.ActSessionOpen, http.MethodPost, "/v1/session", "sign-in", "Sign in", signsIn,
		describe("Sets a cookie. When the password is right and the second factor is on, 401 names `body.code` until a right one comes with it.")),
		func(ctx context.Context, in *signInInput) (*openedOutput, error) {
			o, err := a.Identities.SignIn(ctx, in.Body.Email, in.Body.Password, in.Body.Code, requestOf(ctx).visit)
			return opened(ctx, o, err)
		})
	register(a, op(gremio.ActSessionRead, http.MethodGet, "/v1/session", "read-session", "Who asks, and what that one may do"),
		func(ctx context.Context, _ *noInput) (*itemOutput[me], error) {
			return itemOf(meOf(who(ctx)), true, nil, "")
		})
	register(a, op(gremio.ActSessionClose, http.MethodDelete, "/v1/session", "sign-out", "Sign out"),
		func(ctx context.Context, _ *noInput) (*doneOutput, error) {
			req := requestOf(ctx)
			out, err := done(a.Identities.SignOut(ctx, req.who, req.visit))
			if out != nil {
				out.SetCookie = []*http.Cookie{setCookie(sessionCookie, "", 0, req.tls)}
			}
			return out, err
		})
	a.invitations()
	a.access()
}

func (a *api) invitations() {
	type invitation struct {
		Email     string      `json:"email" doc:"Empty when the link asks for one"`
		Name      string      `json:"name"`
		Role      gremio.Role `json:"role"`
		Purpose   string      `json:"purpose" enum:"invitation,reset"`
		TOTP      bool        `json:"totp" doc:"A code of the second factor is asked for"`
		ExpiresAt time.Time   `json:"expires_at"`
	}
	type invitationReadInput struct {
		Body struct {
			Token string `json:"token" maxLength:"100"`
		}
	}
	// The token stands in the body, for a path is written to logs.
	register(a, op(gremio.ActInvitationAccept, http.MethodPost, "/v1/invitations/read", "read-invitation", "What a one-time link is for", signsIn),
		func(ctx context.Context, in *invitationReadInput) (*itemOutput[invitation], error) {
			i, err := a.Identities.ReadLink(ctx, in.Body.Token)
			return itemOf(invitation(i), true, err, "")
		})
	type invitationAcceptInput struct {
		Body struct {
			Token    string `json:"token" maxLength:"100"`
			Password string `json:"password" maxLength:"800" format:"password" doc:"At least 8 characters"`
			Email    string `json:"email,omitempty" maxLength:"254" doc:"Wanted when the invitation has none"`
			Name     string `json:"name,omitempty" maxLength:"200"`
			Code     string `json:"code,omitempty" maxLength:"40" doc:"Of the second factor, when that is on"`
		}
	}
	register(a, op(gremio.ActInvitationAccept, http.MethodPost, "/v1/invitations/accept", "accept-invitation", "Set a password by a one-time link, and sign in", signsIn),
		func(ctx context.Context, in *invitationAcceptInput) (*openedOutput, error) {
			b := in.Body
			o, err := a.Identities.UseLink(ctx, gremio.Acceptance{Token: b.Token, Password: b.Password, Email: b.Email, Name: b.Name, Code: b.Code}, requestOf(ctx).visit)
			return opened(ctx, o, err)
		})
}

// An accessTable is the table of who may do what, for pages.
type accessTable struct {
	Roles          []gremio.Role                            `json:"roles" nullable:"false"`
	Actions        []gremio.Action                          `json:"actions" nullable:"false"`
	ProgramActions []gremio.Action                          `json:"program_actions" nullable:"false" doc:"What a program's token may have among its scopes"`
	Table          map[gremio.Role]map[gremio.Action]string `json:"table"`
}

func (a *api) access() {
	register(a, op(gremio.ActSessionRead, http.MethodGet, "/v1/access", "read-access", "Which role may do what"),
		func(context.Context, *noInput) (*itemOutput[accessTable], error) {
			t := accessTable{Roles: slices.Clone(gremio.Roles()), Table: map[gremio.Role]map[gremio.Action]string{}}
			for _, role := range t.Roles {
				t.Table[role] = map[gremio.Action]string{}
			}
			for _, g := range gremio.Grants() {
				t.Actions = append(t.Actions, g.Action)
				if g.Program != gremio.None {
					t.ProgramActions = append(t.ProgramActions, g.Action)
				}
				for _, role := range t.Roles {
					if r := g.To(role); r != gremio.None {
						t.Table[role][g.Action] = r.String()
					}
				}
			}
			return itemOf(t, true, nil, "")
		})
}
