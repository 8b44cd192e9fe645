package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"gremio"
)

// Live streams what changes.
type Live interface {
	// Watch streams to one browser what v lets it see, until the request's context ends.
	Watch(w http.ResponseWriter, r *http.Request, v gremio.LiveView)
}

// sectionReads are the actions that let somebody see a section of the live stream.
var sectionReads = map[string]gremio.Action{
	"carts": gremio.ActCartRead, "sales": gremio.ActSaleRead, "sightings": gremio.ActSightingRead, "alerts": gremio.ActAlertRead,
	"applications": gremio.ActApplicationList, "deliveries": gremio.ActDeliveryRead, "totals": gremio.ActReportRead, "map": gremio.ActLiveWatch,
}

// liveView returns what whoever asks may see. One who may see the own alone gets
// the own cart.
func (a *api) liveView(ctx context.Context) (gremio.LiveView, error) {
	v := gremio.LiveView{Sections: map[string]bool{}}
	if a.reach(ctx, gremio.ActLiveWatch) == gremio.Own {
		var err error
		v.Plate, err = a.within(ctx, gremio.ActLiveWatch, "")
		if err == nil {
			v.Since, err = a.ownSince(ctx, gremio.ActLiveWatch, v.Plate)
		}
		v.Sections["carts"], v.Sections["map"] = true, true
		return v, err
	}
	for section, act := range sectionReads {
		v.Sections[section] = a.reach(ctx, act) == gremio.All
	}
	return v, nil
}

// stillEvery is how often a stream asks whether its watcher still is who it was.
const stillEvery = 2 * time.Second

// live adds the stream of what changes, which internal/live writes.
func (a *api) live() {
	if a.Live == nil {
		return
	}
	o := op(gremio.ActLiveWatch, http.MethodGet, "/v1/live", "watch-live", "What changes, as server-sent events",
		describe("First an event `snapshot` with everything, then events `change` with the sections that changed, at most one a second. "+
			"Changed carts are sent alone; other sections are sent whole. After a break the stream starts with a new snapshot. "+
			"It has the sections that whoever watches may read, a vendor's the own cart alone, and it ends with the session or the token."))
	o.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: "string"}}}}}
	register(a, o, func(ctx context.Context, _ *noInput) (*huma.StreamResponse, error) {
		view, err := a.liveView(ctx)
		if err == nil {
			err = a.noteRead(ctx, gremio.ActLiveWatch, gremio.EveryCart)
		}
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(hctx huma.Context) {
			r, w := humago.Unwrap(hctx)
			watching, end := context.WithCancel(r.Context())
			defer end()
			go a.endWithIdentity(watching, requestOf(ctx), end)
			a.Live.Watch(w, r.WithContext(watching), view)
		}}, nil
	})
}

// endWithIdentity calls end when whoever watches is not who it was any more.
func (a *api) endWithIdentity(ctx context.Context, req request, end func()) {
	ticker := time.NewTicker(stillEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if !a.isStill(ctx, req) {
				end()
				return
			}
		}
	}
}
