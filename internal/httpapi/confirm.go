package httpapi

import (
	"cmp"
	"context"
	"crypto/subtle"
	"net/http"

	"gremio"
)

// codeKeeper bounds how often codes are guessed and messages asked for.
type codeKeeper interface {
	TryCode(what string) (right func(), err error)
	TryMessage(what string) error
}

// decisions are the routes by which an application comes to be decided.
func (a *api) decisions() {
	type applicationConfirmInput struct {
		ID    string `path:"id"`
		Token string `query:"token" doc:"The applicant's, as POST /v1/applications answered it"`
		Body  struct {
			Channel string `json:"channel" enum:"email,phone"`
			Code    string `json:"code,omitempty" maxLength:"40" doc:"Of the message; the office needs none"`
		}
	}
	register(a, op(gremio.ActApplicationConfirm, http.MethodPost, "/v1/applications/{id}/confirm", "confirm-application", "Say that an applicant is reached", acts,
		describe("The applicant confirms the e-mail with the code of the message. The office confirms a phone by calling it.")),
		func(ctx context.Context, in *applicationConfirmInput) (*actOutput[gremio.Application], error) {
			office, err := a.mayActOnApplication(ctx, gremio.ActApplicationConfirm, in.ID, in.Token)
			if err != nil {
				return nil, err
			}
			return a.confirm(ctx, in.ID, gremio.Channel(in.Body.Channel), in.Body.Code, office)
		})
	type confirmationMessageInput struct {
		ID    string `path:"id"`
		Token string `query:"token" doc:"The applicant's"`
	}
	register(a, op(gremio.ActApplicationConfirm, http.MethodPost, "/v1/applications/{id}/confirmation-message", "send-confirmation-message", "Send the applicant the code once more", acts),
		func(ctx context.Context, in *confirmationMessageInput) (*actOutput[gremio.Application], error) {
			office, err := a.mayActOnApplication(ctx, gremio.ActApplicationConfirm, in.ID, in.Token)
			if err != nil {
				return nil, err
			}
			if err := a.Identities.TryMessage(in.ID); err != nil {
				return nil, err
			}
			return a.act(ctx, gremio.ActApplicationConfirm, in.ID, func(gremio.Application, gremio.Settings) (gremio.Data, error) {
				return gremio.ConfirmationAsked{ApplicationAct: a.applicationAct(ctx, in.ID, office)}, nil
			})
		})
	a.checks()
	a.decisionTimes()
}

// checks are what the office ticks.
func (a *api) checks() {
	type antecedentInput struct {
		ID   string `path:"id"`
		Body struct {
			Name string `json:"name" minLength:"1" maxLength:"200" doc:"One of the settings' antecedents"`
			Met  bool   `json:"met"`
		}
	}
	register(a, op(gremio.ActApplicationCheck, http.MethodPost, "/v1/applications/{id}/antecedents", "check-antecedent", "Say whether an applicant has what the guild asks for", acts),
		func(ctx context.Context, in *antecedentInput) (*actOutput[gremio.Application], error) {
			return a.act(ctx, gremio.ActApplicationCheck, in.ID, func(app gremio.Application, s gremio.Settings) (gremio.Data, error) {
				for _, asked := range append(s.Asks(app.Antecedents), app.Antecedents...) {
					if asked.Name == in.Body.Name {
						return gremio.ApplicationChecked{ApplicationAct: a.applicationAct(ctx, in.ID, true), Antecedent: in.Body.Name, Met: in.Body.Met}, nil
					}
				}
				return nil, gremio.InvalidFields([]gremio.FieldError{{Field: "name", Message: "is none of the settings' antecedents"}})
			})
		})
	type applicationPaymentInput struct {
		ID   string `path:"id"`
		Body struct {
			Paid      bool   `json:"paid"`
			Reference string `json:"reference,omitempty" maxLength:"200" doc:"Of the payment, such as the number of a receipt; no name"`
		}
	}
	register(a, op(gremio.ActApplicationCheck, http.MethodPost, "/v1/applications/{id}/payment", "mark-payment", "Say whether a premium fee is paid", acts),
		func(ctx context.Context, in *applicationPaymentInput) (*actOutput[gremio.Application], error) {
			if message := gremio.TextError(in.Body.Reference, gremio.MaxTextRunes); message != "" {
				return nil, gremio.InvalidFields([]gremio.FieldError{{Field: "reference", Message: message}})
			}
			return a.act(ctx, gremio.ActApplicationCheck, in.ID, func(app gremio.Application, s gremio.Settings) (gremio.Data, error) {
				if who, err := a.personalOf(ctx, app); err != nil || who.Names(in.Body.Reference) {
					return nil, cmp.Or(err, errNamesPerson("reference"))
				}
				if in.Body.Paid && s.PremiumFee == 0 {
					return nil, gremio.Errorf(gremio.Conflict, "the settings ask for no premium fee")
				}
				return gremio.ApplicationPaid{ApplicationAct: a.applicationAct(ctx, in.ID, true), Paid: in.Body.Paid, Amount: int64(s.PremiumFee), Reference: in.Body.Reference}, nil
			})
		})
}

// confirm says that somebody is reached: the office because it did, an applicant
// by the code that was sent to the e-mail.
func (a *api) confirm(ctx context.Context, id string, c gremio.Channel, code string, office bool) (*actOutput[gremio.Application], error) {
	return a.act(ctx, gremio.ActApplicationConfirm, id, func(app gremio.Application, _ gremio.Settings) (gremio.Data, error) {
		who, err := a.personalOf(ctx, app)
		if err != nil {
			return nil, err
		}
		contact := a.Master.ContactHash(id, c, who)
		if contact == "" {
			return nil, gremio.Errorf(gremio.Conflict, "the application names no %s", c)
		}
		if !office {
			if c != gremio.ChannelEmail {
				return nil, gremio.Errorf(gremio.Forbidden, "a phone is confirmed by the office, which calls it")
			}
			right, err := a.Identities.TryCode(id)
			if err != nil {
				return nil, err
			}
			if subtle.ConstantTimeCompare([]byte(gremio.PlainCode(code)), []byte(gremio.PlainCode(a.Master.ConfirmationCode(id, who.Email)))) != 1 {
				return nil, gremio.InvalidFields([]gremio.FieldError{{Field: "code", Message: "is not that of the message, or the e-mail has changed since"}})
			}
			right()
		}
		return gremio.ApplicationConfirmed{ApplicationAct: a.applicationAct(ctx, id, office), Channel: c, Contact: contact}, nil
	})
}

// applicationAct says who acts on an application, and when.
func (a *api) applicationAct(ctx context.Context, id string, office bool) gremio.ApplicationAct {
	by := gremio.ByApplicant
	if office {
		by = actor(ctx)
	}
	return gremio.ApplicationAct{Application: id, By: by, At: gremio.Instant(a.Now())}
}

// act puts what somebody does about an application, sealed as it is, in the
// partition where it lies.
func (a *api) act(ctx context.Context, action gremio.Action, id string, data func(gremio.Application, gremio.Settings) (gremio.Data, error)) (*actOutput[gremio.Application], error) {
	app, found, err := a.Store.Application(ctx, id)
	if err != nil || !found {
		return nil, orNotFound(err, "there is no such application")
	}
	d, err := data(app, a.settings.get(ctx))
	if err != nil {
		return nil, err
	}
	lane, err := a.laneOf(ctx, id)
	if err != nil {
		return nil, err
	}
	e := gremio.Event{Subject: id, Special: app.Tier == gremio.TierPremium, Lane: lane, Data: d}
	return do(ctx, a, action, e, func(ctx context.Context) (gremio.Application, bool, error) { return a.readApplication(ctx, id) })
}
