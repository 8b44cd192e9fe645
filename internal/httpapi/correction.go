package httpapi

import (
	"context"
	"net/http"

	"gremio"
)

// corrections are what makes a waiting application good: data that were wrong or
// missing, and consent.
func (a *api) corrections() {
	type consentTexts struct {
		Version    string               `json:"version"`
		Purposes   []gremio.ConsentText `json:"purposes" nullable:"false"`
		PremiumFee int                  `json:"premium_fee,omitempty" doc:"Whole pesos; absent while there is none"`
	}
	register(a, op(gremio.ActConsentTextRead, http.MethodGet, "/v1/consents", "read-consent-texts", "What applicants are asked to agree to"),
		func(ctx context.Context, _ *noInput) (*itemOutput[consentTexts], error) {
			return itemOf(consentTexts{gremio.ConsentVersion, gremio.ConsentTexts(), a.settings.get(ctx).PremiumFee}, true, nil, "")
		})

	type correctionInput struct {
		ID    string `path:"id"`
		Token string `query:"token" maxLength:"100" doc:"The applicant's, as POST /v1/applications answered it"`
		Body  correctionBody
	}
	register(a, op(gremio.ActApplicationCorrect, http.MethodPost, "/v1/applications/{id}/correction", "correct-application", "Correct what an application says", acts,
		describe("What the body does not name stays. A waiting application is judged again. Of a member the e-mail and the phone can be corrected, and by the office the name.")),
		func(ctx context.Context, in *correctionInput) (*actOutput[gremio.Application], error) {
			office, err := a.mayActOnApplication(ctx, gremio.ActApplicationCorrect, in.ID, in.Token)
			if err != nil {
				return nil, err
			}
			return a.act(ctx, gremio.ActApplicationCorrect, in.ID, func(app gremio.Application, _ gremio.Settings) (gremio.Data, error) {
				who, err := a.personalOf(ctx, app)
				if err != nil {
					return nil, err
				}
				if app.State == gremio.ApplicationIsApproved && !office && (in.Body.GivenName != nil || in.Body.FamilyName != nil) {
					return nil, gremio.Errorf(gremio.Forbidden, "the guild's office corrects a member's name")
				}
				who, plate, err := in.Body.apply(who)
				if err != nil {
					return nil, err
				}
				key, err := a.keyToSeal(ctx, app.Person)
				if err != nil {
					return nil, err
				}
				sealed, err := key.SealPersonal(who, app.Person)
				return gremio.PersonCorrected{ApplicationAct: a.applicationAct(ctx, in.ID, office), Person: app.Person, Sealed: sealed, Plate: plate}, err
			})
		})

	type applicationConsentInput struct {
		ID    string `path:"id"`
		Token string `query:"token" maxLength:"100" doc:"The applicant's"`
		Body  struct {
			Purpose gremio.Purpose `json:"purpose" enum:"tracking"`
			Given   bool           `json:"given"`
			Version string         `json:"version" minLength:"1" maxLength:"32" doc:"Of the text"`
		}
	}
	register(a, op(gremio.ActApplicationCorrect, http.MethodPost, "/v1/applications/{id}/consents", "consent", "Consent to a purpose, or take it back, while an application waits", acts),
		func(ctx context.Context, in *applicationConsentInput) (*actOutput[gremio.Application], error) {
			office, err := a.mayActOnApplication(ctx, gremio.ActApplicationCorrect, in.ID, in.Token)
			if err != nil {
				return nil, err
			}
			return a.act(ctx, gremio.ActApplicationCorrect, in.ID, func(app gremio.Application, _ gremio.Settings) (gremio.Data, error) {
				said := gremio.ConsentAct{ApplicationAct: a.applicationAct(ctx, in.ID, office), Person: app.Person, Purpose: in.Body.Purpose, Version: in.Body.Version}
				if in.Body.Given {
					return gremio.ConsentGiven{ConsentAct: said}, nil
				}
				return gremio.ConsentWithdrawn{ConsentAct: said}, nil
			})
		})
}

// A correctionBody names what is to change; nil stays.
type correctionBody struct {
	GivenName  *string `json:"given_name,omitempty" minLength:"1" maxLength:"200"`
	FamilyName *string `json:"family_name,omitempty" minLength:"1" maxLength:"200"`
	RUT        *string `json:"rut,omitempty" minLength:"1" maxLength:"20" doc:"In place of another document too"`
	Document   *string `json:"document,omitempty" minLength:"1" maxLength:"200" doc:"Another document, in place of a RUT"`
	Email      *string `json:"email,omitempty" maxLength:"254"`
	Phone      *string `json:"phone,omitempty" minLength:"1" maxLength:"40"`
	Plate      *string `json:"plate,omitempty" minLength:"1" maxLength:"40"`
}

// apply returns what is known of who with the changes, in the stored forms. Of what
// stays, what was wrong already may stay wrong: it is a reason to wait.
func (c correctionBody) apply(who gremio.Personal) (gremio.Personal, *gremio.Plate, error) {
	in := applicationInput{GivenName: "x", FamilyName: "x", RUT: "1-9", Email: "x@example.org"} // good, so that only the changes are judged
	set := func(to *string, from *string) bool {
		if from != nil {
			*to = *from
		}
		return from != nil
	}
	set(&in.GivenName, c.GivenName)
	set(&in.FamilyName, c.FamilyName)
	set(&in.Email, c.Email)
	set(&in.Phone, c.Phone)
	set(&in.Plate, c.Plate)
	set(&in.RUT, c.RUT)
	if set(&in.Document, c.Document) && c.RUT == nil {
		in.RUT = ""
	}
	good, plate, wrong := in.check()
	if err := gremio.InvalidFields(wrong); err != nil {
		return who, nil, err
	}
	set(&who.GivenName, given(c.GivenName, good.GivenName))
	set(&who.FamilyName, given(c.FamilyName, good.FamilyName))
	set(&who.Email, given(c.Email, good.Email))
	set(&who.Phone, given(c.Phone, good.Phone))
	if c.RUT != nil || c.Document != nil {
		who.RUT, who.Document = good.RUT, good.Document
	}
	return who, plate, nil
}

func given(asked *string, value string) *string {
	if asked == nil {
		return nil
	}
	return &value
}
