package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

type userKeeper interface {
	Users(ctx context.Context) ([]gremio.User, error)
	Invite(ctx context.Context, by gremio.Identity, u gremio.User, v gremio.Visit) (gremio.User, string, error)
	NewLink(ctx context.Context, by gremio.Identity, user string, v gremio.Visit) (string, time.Time, error)
	Change(ctx context.Context, by gremio.Identity, user string, c gremio.UserChange, v gremio.Visit) (gremio.User, error)
	Remove(ctx context.Context, by gremio.Identity, user string, v gremio.Visit) error
	TakeTOTP(ctx context.Context, by gremio.Identity, user string, v gremio.Visit) error
}

// A linkBody is a one-time link, which is shown once.
type linkBody struct {
	Link      string    `json:"link" doc:"For that person alone; shown once"`
	ExpiresAt time.Time `json:"expires_at"`
}

type linkOutput struct {
	Status int
	Cache  string `header:"Cache-Control"`
	Body   linkBody
}

func created(o *huma.Operation) {
	o.DefaultStatus = http.StatusCreated
	o.Errors = []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable}
}

func (a *api) users() {
	register(a, op(gremio.ActUserRead, http.MethodGet, "/v1/users", "list-users", "Who may sign in, by name"),
		func(ctx context.Context, _ *noInput) (*listOutput[gremio.User], error) {
			items, err := a.Identities.Users(ctx)
			if err == nil {
				err = a.noteRead(ctx, gremio.ActUserRead, distinct(items, func(u gremio.User) string { return u.ID })...)
			}
			return listOf(items, "", err)
		})
	a.changeUsers()

	type oneInput struct {
		ID string `path:"id"`
	}
	register(a, op(gremio.ActUserChange, http.MethodPost, "/v1/users/{id}/link", "link-user", "Make a one-time link to set a password", created,
		describe("Links from before end. The password, if there is one, stays until the link is used.")),
		func(ctx context.Context, in *oneInput) (*linkOutput, error) {
			req := requestOf(ctx)
			token, expires, err := a.Identities.NewLink(ctx, req.who, in.ID, req.visit)
			if err != nil {
				return nil, err
			}
			return &linkOutput{http.StatusCreated, "no-store", linkBody{a.link(ctx, token), expires}}, nil
		})
	register(a, op(gremio.ActUserChange, http.MethodPost, "/v1/users/{id}/totp/remove", "remove-user-totp", "Turn somebody's second factor off", acts,
		describe("For one who lost phone and recovery codes. All of that person's sessions end.")),
		func(ctx context.Context, in *oneInput) (*doneOutput, error) {
			req := requestOf(ctx)
			return done(a.Identities.TakeTOTP(ctx, req.who, in.ID, req.visit))
		})
	register(a, op(gremio.ActUserChange, http.MethodDelete, "/v1/users/{id}", "remove-user", "Remove somebody", acts,
		describe("Sessions and links end at once. The last admin who can sign in stays: 409.")),
		func(ctx context.Context, in *oneInput) (*doneOutput, error) {
			req := requestOf(ctx)
			return done(a.Identities.Remove(ctx, req.who, in.ID, req.visit))
		})
}

func (a *api) changeUsers() {
	type inviteInput struct {
		Body struct {
			Email string      `json:"email" maxLength:"254"`
			Name  string      `json:"name,omitempty" maxLength:"200"`
			Role  gremio.Role `json:"role" enum:"admin,office,desk,driver,vendor,reader"`
			Plate string      `json:"plate,omitempty" maxLength:"40" doc:"Of a vendor's cart"`
		}
	}
	type invited struct {
		User gremio.User `json:"user"`
		linkBody
	}
	type invitedOutput struct {
		Status int
		Cache  string `header:"Cache-Control"`
		Body   invited
	}
	register(a, op(gremio.ActUserChange, http.MethodPost, "/v1/users", "invite-user", "Invite somebody", created,
		describe("The answer has a one-time link for that person to set a password with.")),
		func(ctx context.Context, in *inviteInput) (*invitedOutput, error) {
			plate, err := plateParam("plate", in.Body.Plate)
			if err != nil {
				return nil, err
			}
			req := requestOf(ctx)
			u, token, err := a.Identities.Invite(ctx, req.who, gremio.User{Email: in.Body.Email, Name: in.Body.Name, Role: in.Body.Role, Plate: plate}, req.visit)
			if err != nil {
				return nil, err
			}
			return &invitedOutput{http.StatusCreated, "no-store", invited{u, linkBody{a.link(ctx, token), *u.InvitationExpiresAt}}}, nil
		})

	type userChangeInput struct {
		ID   string `path:"id"`
		Body struct {
			Email *string      `json:"email,omitempty" maxLength:"254"`
			Name  *string      `json:"name,omitempty" maxLength:"200"`
			Role  *gremio.Role `json:"role,omitempty" enum:"admin,office,desk,driver,vendor,reader"`
			Plate *string      `json:"plate,omitempty" maxLength:"40"`
		}
	}
	register(a, op(gremio.ActUserChange, http.MethodPatch, "/v1/users/{id}", "change-user", "Change somebody's address, name, role or cart", acts,
		describe("It counts at once, for open sessions too.")),
		func(ctx context.Context, in *userChangeInput) (*itemOutput[gremio.User], error) {
			c := gremio.UserChange{Email: in.Body.Email, Name: in.Body.Name, Role: in.Body.Role}
			if in.Body.Plate != nil {
				plate, err := plateParam("plate", *in.Body.Plate)
				if err != nil {
					return nil, err
				}
				c.Plate = &plate
			}
			req := requestOf(ctx)
			u, err := a.Identities.Change(ctx, req.who, in.ID, c, req.visit)
			return itemOf(u, true, err, "")
		})
}

// link returns the page of a one-time link. Its token stands behind #, which no
// browser sends to a server, so that it gets into no log.
func (a *api) link(ctx context.Context, token string) string {
	return a.baseURL(ctx) + "/entrar#" + token
}

// baseURL returns where people reach gremio: as the configuration says, else as
// whoever asks reached it.
func (a *api) baseURL(ctx context.Context) string {
	if a.PublicURL != "" {
		return strings.TrimRight(a.PublicURL, "/")
	}
	req := requestOf(ctx)
	if req.tls {
		return "https://" + req.host
	}
	return "http://" + req.host
}
