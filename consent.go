package gremio

import "time"

// ConsentVersion is the version of the texts of ConsentTexts. A text that changes
// gets another, so that what was agreed to can be shown for ever: the history of
// this file has them all.
const ConsentVersion = "2026-11"

// A ConsentText is what a person is asked to agree to, for one purpose.
type ConsentText struct {
	Purpose  Purpose           `json:"purpose" enum:"tracking"`
	Required bool              `json:"required" doc:"Without it the application waits for a person"`
	Title    map[string]string `json:"title" doc:"By language, es and en"`
	Text     map[string]string `json:"text" doc:"By language, es and en"`
}

// ConsentTexts returns what applicants are asked to agree to: which data, what
// for, how long, and who else sees it (Ley 21.719, art. 12 and 16 sexies).
func ConsentTexts() []ConsentText {
	return []ConsentText{{
		Purpose: PurposeTracking, Required: true,
		Title: map[string]string{"es": "Ubicación del carrito durante el turno", "en": "The cart's place during the shift"},
		Text: map[string]string{
			"es": "Acepto que el gremio reciba la ubicación del teléfono de mi carrito mientras estoy en turno, para mostrarlo en el mapa del gremio, reponer masas y avisar si algo raro pasa. " +
				"El recorrido se guarda 30 días. No se entrega a terceros. Puedo retirar este permiso cuando quiera en la página de mi solicitud, o pidiéndolo a la oficina del gremio.",
			"en": "I agree that the guild receives the place of my cart's phone while I am on shift, to show it on the guild's map, to bring dough, and to notice when something is wrong. " +
				"The track is kept for 30 days. It is given to nobody else. I may take this consent back at any time on my application's page, or by asking the guild's office.",
		},
	}}
}

// SaidOfConsent is what a person said last about a purpose.
type SaidOfConsent struct {
	Purpose Purpose   `json:"purpose" enum:"tracking"`
	Given   bool      `json:"given" doc:"false: taken back"`
	Version string    `json:"version" doc:"Of the text"`
	At      time.Time `json:"at"`
}

// Withdrew reports whether the person took the consent to tracking back. Who has
// never said anything, as the guild's first client's applicants, has not.
func (a Application) Withdrew() bool { return a.ConsentedAt != nil && !a.Consent.Tracking }

// ConsentsOf returns what an applicant has said of each purpose.
func (a Application) ConsentsOf() []SaidOfConsent {
	if !a.Consent.Tracking && a.Consent.Version == "" {
		return []SaidOfConsent{}
	}
	at := a.SubmittedAt
	if a.ConsentedAt != nil {
		at = *a.ConsentedAt
	}
	return []SaidOfConsent{{PurposeTracking, a.Consent.Tracking, a.Consent.Version, at}}
}
