package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"gremio"
)

// Identities knows who asks, and changes who may.
type Identities interface {
	// BySession and ByToken return who shows a cookie or a token. An error of kind
	// Unavailable means that it cannot be known now.
	BySession(ctx context.Context, cookie, address string) (who gremio.Identity, found bool, err error)
	ByToken(ctx context.Context, token string) (gremio.Identity, error)
	// NoteRead and NoteAct append to the audit log.
	NoteRead(ctx context.Context, who gremio.Identity, v gremio.Visit, action string, about []string) error
	NoteAct(ctx context.Context, who gremio.Identity, v gremio.Visit, action, detail string, about ...string) error

	sessionKeeper
	accountKeeper
	userKeeper
	tokenKeeper
	auditKeeper
	codeKeeper
}

// request is what identify found out, for the handlers.
type request struct {
	who   gremio.Identity
	visit gremio.Visit
	shown credential
	tls   bool
	host  string
}

// A credential is what a request showed of its identity.
type credential struct{ token, session string }

type requestKey struct{}

func requestOf(ctx context.Context) request {
	r, _ := ctx.Value(requestKey{}).(request)
	return r
}

// who returns whose request ctx is of.
func who(ctx context.Context) gremio.Identity { return requestOf(ctx).who }

// actor is who acts, as events name it.
func actor(ctx context.Context) string { return who(ctx).ID }

// Cookies. The prefix makes browsers take one only over TLS, for this host alone.
const (
	sessionCookie = "gremio_session"
	deviceCookie  = "gremio_device"
	hostPrefix    = "__Host-"
)

// identify finds out who asks, and refuses who may not do what the route stands
// for, before the body is read.
func (a *api) identify(ctx huma.Context, next func(huma.Context)) {
	act, _ := ctx.Operation().Metadata[actionKey].(gremio.Action)
	r, _ := humago.Unwrap(ctx)
	req, err := a.permit(r, act)
	if err != nil {
		_, w := humago.Unwrap(ctx)
		writeStatusError(w, a.problem(ctx.Operation().Path, err))
		return
	}
	ctx.SetHeader("Cache-Control", "no-store") // what one may read is no other's
	next(huma.WithValue(ctx, requestKey{}, req))
}

// permit finds out who sent r, and refuses who may not do act.
func (a *api) permit(r *http.Request, act gremio.Action) (request, error) {
	req, err := a.requestOf(r, act)
	if err != nil {
		return req, err
	}
	reach := req.who.Reach(act, a.OpenIngest)
	if reach == gremio.Own && ofApplicant(act) && r.URL.Query().Get("token") == "" {
		reach = gremio.None // the own is what bears the applicant's token; whether it is the right one says the handler
	}
	if reach == gremio.None {
		err = a.refusal(req.who, act)
	}
	return req, err
}

// ofApplicant reports whether an action is one that an applicant's token opens.
func ofApplicant(act gremio.Action) bool { return gremio.GrantOf(act).Stranger == gremio.Own }

func writeStatusError(w http.ResponseWriter, err error) {
	if with, ok := err.(huma.HeadersError); ok {
		for name, values := range with.GetHeaders() {
			w.Header()[name] = values
		}
	}
	m := modelOf(err)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(m.Status)
	plainJSON.Marshal(w, m)
}

// requestOf finds out who sent r. A token that is wrong is an error, for whoever
// shows one means to be somebody; a stale cookie is a stranger's.
func (a *api) requestOf(r *http.Request, act gremio.Action) (request, error) {
	req := a.strangers(r)
	req.visit.Session, req.visit.Device = cookie(r, sessionCookie, req.tls), cookie(r, deviceCookie, req.tls)
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return req, gremio.Errorf(gremio.Unauthenticated, "Authorization must be Bearer and a token")
		}
		req.shown.token = strings.TrimSpace(token)
		var err error
		req.who, err = a.Identities.ByToken(r.Context(), req.shown.token)
		return req, err
	}
	if req.visit.Session == "" {
		return req, nil
	}
	known, found, err := a.Identities.BySession(r.Context(), req.visit.Session, req.visit.Address)
	if found && err == nil && known.Remembered && !gremio.Takes(act) {
		err = gremio.Errorf(gremio.Unavailable, "the database does not say who this is now")
	}
	if found && err == nil {
		req.who, req.shown.session = known, req.visit.Session
	}
	if err != nil && gremio.KindOf(err) == gremio.Unavailable && gremio.Takes(act) && req.who.Reach(act, a.OpenIngest) == gremio.All {
		err = nil // what is taken from everybody waits for no database
	}
	return req, err
}

// strangers returns r as it comes from nobody in particular.
func (a *api) strangers(r *http.Request) request {
	return request{tls: a.isTLS(r), host: r.Host, visit: gremio.Visit{Address: a.addressOf(r), UserAgent: r.UserAgent()},
		who: gremio.Identity{Kind: gremio.Stranger, ID: string(gremio.Stranger)}}
}

// isStill reports whether who showed a credential still is who it was. While the
// database is away everybody is.
func (a *api) isStill(ctx context.Context, req request) bool {
	var now gremio.Identity
	found := true
	var err error
	if req.shown.token != "" {
		now, err = a.Identities.ByToken(ctx, req.shown.token)
	} else {
		now, found, err = a.Identities.BySession(ctx, req.shown.session, req.visit.Address)
	}
	if err != nil {
		return gremio.KindOf(err) == gremio.Unavailable
	}
	return found && now.Role == req.who.Role && now.Plate == req.who.Plate && now.TOTPWanted == req.who.TOTPWanted
}

// refusal says why who may not do act.
func (a *api) refusal(who gremio.Identity, act gremio.Action) error {
	switch {
	case who.Kind == gremio.Stranger && gremio.GrantOf(act).Open == gremio.All:
		return gremio.Errorf(gremio.Unauthenticated, "an identity is needed: a token or a session; or start gremio with --open-ingest to take in without one")
	case who.Kind == gremio.Stranger:
		return gremio.Errorf(gremio.Unauthenticated, "an identity is needed: sign in, or send a token (Authorization: Bearer)")
	case who.TOTPWanted:
		return gremio.Errorf(gremio.Denied, "set up the second factor first: the guild asks every admin for one")
	case who.Kind == gremio.ProgramIdentity:
		return gremio.Errorf(gremio.Denied, "this token's scopes do not have %s", act)
	case who.Kind == gremio.CartIdentity:
		return gremio.Errorf(gremio.Denied, "a cart may not do %s", act)
	}
	return gremio.Errorf(gremio.Denied, "the role %s may not do %s", who.Role, act)
}

// reach returns how far the request may go in act.
func (a *api) reach(ctx context.Context, act gremio.Action) gremio.Reach {
	return who(ctx).Reach(act, a.OpenIngest)
}

var errNotOwn = gremio.Errorf(gremio.Denied, "that is another cart's")

// within returns the plate that a request for act about plate is bound to: plate
// itself, or the own one of whoever may see no other. "" is every cart's.
func (a *api) within(ctx context.Context, act gremio.Action, plate gremio.Plate) (gremio.Plate, error) {
	if a.reach(ctx, act) == gremio.All {
		return plate, nil
	}
	switch me := who(ctx); {
	case me.Plate == "":
		return "", errNotOwn
	case plate == "":
		return me.Plate, nil
	case !me.Owns(plate):
		return "", errNotOwn
	}
	return plate, nil
}

// takenAs is the action that taking in an event of a type is.
func takenAs(t gremio.Type) gremio.Action {
	switch t {
	case gremio.TypeSaleRecorded:
		return gremio.ActSaleRecord
	case gremio.TypePositionReported:
		return gremio.ActPositionReport
	case gremio.TypeShiftStarted, gremio.TypeShiftEnded, gremio.TypeShiftPaused:
		return gremio.ActShiftReport
	case gremio.TypeStockCounted:
		return gremio.ActStockCount
	case gremio.TypeSightingReported:
		return gremio.ActSightingReport
	case gremio.TypeApplicationSubmitted:
		return gremio.ActApplicationSubmit
	}
	return gremio.ActEventTakeIn
}

// mayTake refuses an event that whoever sends it may not send.
func (a *api) mayTake(ctx context.Context, e gremio.Event) error {
	act := takenAs(e.Type())
	switch a.reach(ctx, act) {
	case gremio.All:
		return nil
	case gremio.Own:
		if who(ctx).Owns(gremio.Plate(e.Subject)) {
			return nil
		}
		return errNotOwn
	}
	return a.refusal(who(ctx), act)
}

// noteRead notes that who asks read what about whom, before it is answered. What
// is the own, and what nobody is in, is not noted.
func (a *api) noteRead(ctx context.Context, act gremio.Action, about ...string) error {
	req := requestOf(ctx)
	if len(about) == 0 || a.reach(ctx, act) == gremio.Own {
		return nil
	}
	return a.Identities.NoteRead(ctx, req.who, req.visit, string(act), about)
}

// noteAct notes what who asks did. It has happened: an entry that is lost is
// told to the log.
func (a *api) noteAct(ctx context.Context, act gremio.Action, detail string, about ...string) {
	req := requestOf(ctx)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := a.Identities.NoteAct(ctx, req.who, req.visit, string(act), detail, about...); err != nil {
		a.Logger.Error("an audit entry is lost", "actor", req.who.ID, "action", act, "about", about, "because", err)
	}
}
