package httpapi

import (
	"slices"

	"gremio"
)

// showDecision fills in what of an opened application goes by the settings of now.
func (a *api) showDecision(app *gremio.Application, s gremio.Settings) {
	waiting := app.State == gremio.ApplicationWaiting
	if waiting || app.ServedAs == "" {
		app.ServedAs = s.ServedAs(*app)
	}
	if !app.Reached(gremio.ChannelEmail, a.Master) {
		app.EmailConfirmedAt = nil // another address than now
	}
	if !app.Reached(gremio.ChannelPhone, a.Master) {
		app.PhoneConfirmedAt = nil
	}
	app.Consents = app.ConsentsOf()
	asked := s.Asks(app.Antecedents)
	for _, known := range app.Antecedents { // of what is asked no longer, what somebody saw
		if known.Met && !slices.Contains(s.Antecedents, known.Name) {
			asked = append(asked, known)
		}
	}
	app.Antecedents = asked
	app.Fee = s.FeeOf(app.Tier, app.PaidAt, app.PaidAmount, app.PaidReference)
}
