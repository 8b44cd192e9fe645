package httpapi

import (
	"context"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

// A trackFile is a track in one of the forms that other programs read.
type trackFile struct {
	ext, contentType, summary string
	write                     func(io.Writer, gremio.Plate, []gremio.Fix) error
}

var trackFiles = []trackFile{
	{"gpx", "application/gpx+xml", "A cart's track as GPX, the oldest fix first", writeGPX},
	{"geojson", "application/geo+json", "A cart's track as GeoJSON: the line and its fixes", writeGeoJSON},
	{"csv", "text/csv; charset=utf-8", "A cart's track as CSV, the oldest fix first", writeTrackCSV},
}

// mostFixes bounds a file: four weeks of a fix every 20 s, of shifts of 10 hours.
const mostFixes = 50_000

// trackOf is for how long back a file goes when nobody says.
const trackOf = 24 * time.Hour

type trackFileInput struct {
	Plate    string    `path:"plate"`
	Since    time.Time `query:"since" doc:"Fixes of then or later; a day back when absent"`
	Until    time.Time `query:"until" doc:"Fixes of before then"`
	Simplify float64   `query:"simplify" minimum:"0" maximum:"100000" doc:"Metres: fixes without which the line is nowhere further off than this are left out"`
}

func (a *api) trackFiles() {
	for _, file := range trackFiles {
		o := op(gremio.ActTrackRead, http.MethodGet, "/v1/carts/{plate}/track."+file.ext, "export-track-"+file.ext, file.summary)
		o.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{file.contentType: {Schema: &huma.Schema{Type: "string"}}}}}
		register(a, o, func(ctx context.Context, in *trackFileInput) (*huma.StreamResponse, error) {
			plate, fixes, err := a.fixes(ctx, in)
			if err != nil {
				return nil, err
			}
			return &huma.StreamResponse{Body: func(out huma.Context) {
				out.SetHeader("Content-Type", file.contentType)
				out.SetHeader("Content-Disposition", `attachment; filename="`+string(plate)+"."+file.ext+`"`)
				if err := file.write(out.BodyWriter(), plate, fixes); err != nil {
					a.Logger.Error("the export of a track breaks off", "because", err)
					panic(http.ErrAbortHandler) // a file that ends too soon must not look whole
				}
			}}, nil
		})
	}
}

// fixes returns what a file holds, the oldest first. All of it is read before
// anything is answered, so that a database that is away is a 503.
func (a *api) fixes(ctx context.Context, in *trackFileInput) (plate gremio.Plate, all []gremio.Fix, err error) {
	if plate, err = plateParam("plate", in.Plate); err != nil {
		return plate, nil, err
	}
	if plate, err = a.within(ctx, gremio.ActTrackRead, plate); err != nil {
		return plate, nil, err
	}
	since := in.Since
	if since.IsZero() {
		since = a.Now().Add(-trackOf)
	}
	page, err := a.ownPage(ctx, gremio.ActTrackRead, plate, gremio.Page{Limit: 1000})
	if err != nil {
		return plate, nil, err
	}
	if page.Since.Before(since) { // whose the cart was before is nobody's to widen
		page.Since = since
	}
	if err := everyPage(page, func(page gremio.Page) (string, error) {
		items, next, err := a.Store.Track(ctx, plate, page)
		for _, f := range items {
			if in.Until.IsZero() || f.Time.Before(in.Until) {
				all = append(all, f)
			}
		}
		if len(all) > mostFixes {
			return "", huma.Error422UnprocessableEntity("the track is too long for one file", &huma.ErrorDetail{
				Location: "query.since", Message: "ask for a shorter time: since and until", Value: since})
		}
		return next, err
	}); err != nil {
		return plate, nil, err
	}
	slices.Reverse(all)
	return plate, gremio.SimplifyTrack(all, in.Simplify), a.noteRead(ctx, gremio.ActTrackRead, string(plate))
}
