package httpapi

import (
	"context"
	"net/http"
	"time"

	"gremio"
)

// A sightingInput is a passer-by's report. Coordinates are enough.
type sightingInput struct {
	ID   string  `json:"id,omitempty" maxLength:"100"`
	Lat  float64 `json:"lat" minimum:"-90" maximum:"90"`
	Lon  float64 `json:"lon" minimum:"-180" maximum:"180"`
	Note string  `json:"note,omitempty" maxLength:"1000"`
}

func (in sightingInput) name() string { return in.ID }

func (in sightingInput) event(now time.Time, _ gremio.Settings) (gremio.Event, []gremio.FieldError) {
	in.ID = "" // a repeat may name itself in the header instead
	var w wrong
	s := gremio.SightingReported{Place: gremio.Place{Point: &gremio.Point{Lat: in.Lat, Lon: in.Lon}}, Time: now, Note: in.Note}
	return gremio.Event{Data: s, Special: true, Digest: gremio.DigestOf(in)}, w.also(s)
}

func (a *api) sightings() {
	takeRoute[sightingInput](a, op(gremio.ActSightingReport, http.MethodPost, "/v1/sightings", "report-sighting", "Report a strange or fugitive cart",
		accepted, describe("Nobody's identity is asked for or kept.")))
	register(a, op(gremio.ActSightingRead, http.MethodGet, "/v1/sightings", "list-sightings", "Sightings, the newest first"),
		func(ctx context.Context, in *Paging) (*listOutput[gremio.Sighting], error) {
			items, next, err := a.Store.Sightings(ctx, in.page())
			return listOf(items, next, err)
		})
}
