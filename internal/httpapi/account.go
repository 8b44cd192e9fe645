package httpapi

import (
	"context"
	"net/http"

	"gremio"
)

type accountKeeper interface {
	Sessions(ctx context.Context, who gremio.Identity) ([]gremio.Session, error)
	EndSession(ctx context.Context, who gremio.Identity, id string, v gremio.Visit) (bool, error)
	EndOtherSessions(ctx context.Context, who gremio.Identity, v gremio.Visit) error
	SetPassword(ctx context.Context, who gremio.Identity, current, password string, v gremio.Visit) (gremio.Opened, error)
	Rename(ctx context.Context, who gremio.Identity, name string, v gremio.Visit) (string, error)
	BeginTOTP(ctx context.Context, who gremio.Identity, password string, v gremio.Visit) (gremio.TOTPSetup, error)
	ConfirmTOTP(ctx context.Context, who gremio.Identity, code string, v gremio.Visit) ([]string, error)
	RemoveTOTP(ctx context.Context, who gremio.Identity, password, code string, v gremio.Visit) error
}

type passwordInput struct {
	Body struct {
		Password string `json:"password" maxLength:"800" format:"password" doc:"The own one, again"`
	}
}

func (a *api) account() {
	a.ownSessions()

	type accountNameInput struct {
		Body struct {
			Name string `json:"name" maxLength:"200"`
		}
	}
	register(a, op(gremio.ActAccountChange, http.MethodPatch, "/v1/account", "change-account", "Change the own name", signsIn),
		func(ctx context.Context, in *accountNameInput) (*itemOutput[me], error) {
			req := requestOf(ctx)
			name, err := a.Identities.Rename(ctx, req.who, in.Body.Name, req.visit)
			req.who.Name = name
			return itemOf(meOf(req.who), true, err, "")
		})

	type passwordChangeInput struct {
		Body struct {
			Current string `json:"current_password" maxLength:"800" format:"password"`
			New     string `json:"new_password" maxLength:"800" format:"password" doc:"At least 8 characters"`
		}
	}
	register(a, op(gremio.ActAccountChange, http.MethodPut, "/v1/account/password", "change-password", "Change the own password", signsIn,
		describe("All other sessions end, and this one gets a new cookie.")),
		func(ctx context.Context, in *passwordChangeInput) (*doneOutput, error) {
			req := requestOf(ctx)
			o, err := a.Identities.SetPassword(ctx, req.who, in.Body.Current, in.Body.New, req.visit)
			out, err := done(err)
			if out != nil {
				out.SetCookie = sessionCookies(ctx, o)
			}
			return out, err
		})
	a.secondFactor()
}

func (a *api) ownSessions() {
	register(a, op(gremio.ActAccountRead, http.MethodGet, "/v1/sessions", "list-sessions", "The own sessions, the last used first"),
		func(ctx context.Context, _ *noInput) (*listOutput[gremio.Session], error) {
			items, err := a.Identities.Sessions(ctx, who(ctx))
			return listOf(items, "", err)
		})
	type endInput struct {
		ID string `path:"id"`
	}
	register(a, op(gremio.ActAccountChange, http.MethodDelete, "/v1/sessions/{id}", "end-session", "End one of the own sessions", acts),
		func(ctx context.Context, in *endInput) (*doneOutput, error) {
			req := requestOf(ctx)
			found, err := a.Identities.EndSession(ctx, req.who, in.ID, req.visit)
			if err == nil && !found {
				err = notFound("you have no such session")
			}
			return done(err)
		})
	register(a, op(gremio.ActAccountChange, http.MethodPost, "/v1/sessions/close-others", "end-other-sessions", "End all own sessions but this one"),
		func(ctx context.Context, _ *noInput) (*doneOutput, error) {
			req := requestOf(ctx)
			return done(a.Identities.EndOtherSessions(ctx, req.who, req.visit))
		})
}

func (a *api) secondFactor() {
	type setup struct {
		Secret string `json:"secret" doc:"To type into an app"`
		URL    string `json:"url" doc:"otpauth://"`
		QR     string `json:"qr" doc:"The URL as a picture: data:image/png;base64,…"`
	}
	register(a, op(gremio.ActAccountChange, http.MethodPost, "/v1/account/totp", "begin-totp", "Begin to set up a second factor", signsIn,
		describe("It is on once a code confirms it.")),
		func(ctx context.Context, in *passwordInput) (*itemOutput[setup], error) {
			req := requestOf(ctx)
			s, err := a.Identities.BeginTOTP(ctx, req.who, in.Body.Password, req.visit)
			return itemOf(setup(s), true, err, "")
		})
	type codeInput struct {
		Body struct {
			Code string `json:"code" maxLength:"40"`
		}
	}
	type codes struct {
		RecoveryCodes []string `json:"recovery_codes" nullable:"false" doc:"Each stands in for the phone once; they are not shown again"`
	}
	register(a, op(gremio.ActAccountChange, http.MethodPost, "/v1/account/totp/confirm", "confirm-totp", "Turn the second factor on", signsIn,
		describe("All other sessions end.")),
		func(ctx context.Context, in *codeInput) (*itemOutput[codes], error) {
			req := requestOf(ctx)
			list, err := a.Identities.ConfirmTOTP(ctx, req.who, in.Body.Code, req.visit)
			return itemOf(codes{list}, true, err, "")
		})
	type bothInput struct {
		Body struct {
			Password string `json:"password" maxLength:"800" format:"password" doc:"The own one, again"`
			Code     string `json:"code,omitempty" maxLength:"40" doc:"Of the second factor that is to go, or a recovery code; none for one that was never confirmed"`
		}
	}
	register(a, op(gremio.ActAccountChange, http.MethodPost, "/v1/account/totp/remove", "remove-totp", "Turn the second factor off", signsIn),
		func(ctx context.Context, in *bothInput) (*doneOutput, error) {
			req := requestOf(ctx)
			return done(a.Identities.RemoveTOTP(ctx, req.who, in.Body.Password, in.Body.Code, req.visit))
		})
}
