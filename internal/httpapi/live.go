package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// live adds the stream of what changes, which internal/live writes.
func (a *api) live() {
	if a.Live == nil {
		return
	}
	type none struct{}
	o := op(actLiveWatch, http.MethodGet, "/v1/live", "watch-live", "What changes, as server-sent events",
		describe("First an event `snapshot` with everything, then events `change` with the sections that changed, at most one a second. "+
			"Changed carts are sent alone; other sections are sent whole. After a break the stream starts with a new snapshot."))
	o.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: "string"}}}}}
	register(a, o, func(context.Context, *none) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			r, w := humago.Unwrap(ctx)
			a.Live.ServeHTTP(w, r)
		}}, nil
	})
}
