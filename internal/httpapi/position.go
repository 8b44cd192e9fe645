package httpapi

import (
	"context"
	"net/http"
	"time"

	"gremio"
)

type positionStore interface {
	Carts(ctx context.Context, state gremio.CartState, page gremio.Page) ([]gremio.Cart, string, error)
	Cart(ctx context.Context, plate gremio.Plate) (gremio.Cart, bool, error)
	Track(ctx context.Context, plate gremio.Plate, page gremio.Page) ([]gremio.Fix, string, error)
	Sightings(ctx context.Context, page gremio.Page) ([]gremio.Sighting, string, error)
}

// A positionInput is one fix as a phone sends it.
type positionInput struct {
	ID       string     `json:"id,omitempty" maxLength:"100" doc:"Names the event; a position is known by plate and time all the same"`
	Plate    string     `json:"plate" pattern:"^[\\s.\\-·]*([A-Za-z0-9][\\s.\\-·]*){1,16}$" patternDescription:"1 to 16 letters and digits" example:"BBCL12"`
	Lat      float64    `json:"lat" minimum:"-90" maximum:"90"`
	Lon      float64    `json:"lon" minimum:"-180" maximum:"180"`
	Time     *time.Time `json:"time,omitempty" doc:"Of the fix; the server's time is used when this is absent or not plausible"`
	Accuracy *float64   `json:"accuracy,omitempty" minimum:"0" maximum:"10000000" doc:"Metres"`
	Speed    *float64   `json:"speed,omitempty" minimum:"0" maximum:"400" doc:"Metres a second"`
	Heading  *float64   `json:"heading,omitempty" minimum:"0" maximum:"360" doc:"Degrees clockwise from north"`
	Battery  *float64   `json:"battery,omitempty" minimum:"0" maximum:"1"`
}

func (in positionInput) name() string { return in.ID }

func (in positionInput) event(now time.Time, _ gremio.Settings) (gremio.Event, []gremio.FieldError) {
	in.ID = "" // a repeat may name itself in the header instead
	var w wrong
	in.Time = w.instant("time", in.Time)
	p := gremio.PositionReported{
		Plate: w.plate("plate", in.Plate), Place: &gremio.Place{Point: &gremio.Point{Lat: in.Lat, Lon: in.Lon}},
		Accuracy: in.Accuracy, Speed: in.Speed, Heading: in.Heading, Battery: in.Battery,
	}
	p.Time, p.DeviceTime = gremio.BelievableTime(in.Time, now, now.Add(-gremio.TopicPositions.Retention()))
	return gremio.Event{Subject: string(p.Plate), Data: p, Digest: gremio.DigestOf(in)}, w.also(p)
}

// A shiftInput is what a vendor says of the shift.
type shiftInput struct {
	ID     string     `json:"id,omitempty" maxLength:"100"`
	Plate  string     `json:"plate" pattern:"^[\\s.\\-·]*([A-Za-z0-9][\\s.\\-·]*){1,16}$" patternDescription:"1 to 16 letters and digits" example:"BBCL12"`
	Action string     `json:"action" enum:"start,end,away" doc:"away: the phone's page was closed, so silence is quiet and not missing"`
	Time   *time.Time `json:"time,omitempty"`
}

func (in shiftInput) name() string { return in.ID }

func (in shiftInput) event(now time.Time, _ gremio.Settings) (gremio.Event, []gremio.FieldError) {
	in.ID = "" // a repeat may name itself in the header instead
	var w wrong
	in.Time = w.instant("time", in.Time)
	plate := w.plate("plate", in.Plate)
	at, _ := gremio.BelievableTime(in.Time, now, now.Add(-gremio.TopicPositions.Retention()))
	var d gremio.Data
	switch in.Action {
	case "start":
		d = gremio.ShiftStarted{Plate: plate, Time: at, By: "vendor"}
	case "end":
		d = gremio.ShiftEnded{Plate: plate, Time: at, By: "vendor"}
	default:
		d = gremio.ShiftPaused{Plate: plate, Time: at}
	}
	in.Plate = string(plate)
	return gremio.Event{Subject: string(plate), Data: d, Digest: gremio.DigestOf(in)}, w.also(d)
}

func (a *api) positions() {
	takeRoute[positionInput](a, op(gremio.ActPositionReport, http.MethodPost, "/v1/positions", "report-position", "Report where a cart is", accepted))
	takeRoute[shiftInput](a, op(gremio.ActShiftReport, http.MethodPost, "/v1/shifts", "report-shift", "Start, end or leave a shift", accepted))

	type cartsInput struct {
		Paging
		State string `query:"state" enum:"live,quiet,missing,off_shift"`
	}
	register(a, op(gremio.ActCartRead, http.MethodGet, "/v1/carts", "list-carts", "Every cart that anything has named, by plate"),
		func(ctx context.Context, in *cartsInput) (*listOutput[gremio.Cart], error) {
			if a.reach(ctx, gremio.ActCartRead) == gremio.Own {
				return a.ownCart(ctx, gremio.CartState(in.State))
			}
			items, next, err := a.Store.Carts(ctx, gremio.CartState(in.State), in.page())
			if err == nil {
				err = a.noteRead(ctx, gremio.ActCartRead, distinct(items, func(c gremio.Cart) string { return string(c.Plate) })...)
			}
			return listOf(items, next, err)
		})

	type cartInput struct {
		Plate string `path:"plate"`
	}
	register(a, op(gremio.ActCartRead, http.MethodGet, "/v1/carts/{plate}", "read-cart", "One cart", acts),
		func(ctx context.Context, in *cartInput) (*itemOutput[gremio.Cart], error) {
			plate, err := plateParam("plate", in.Plate)
			if err != nil {
				return nil, err
			}
			if plate, err = a.within(ctx, gremio.ActCartRead, plate); err != nil {
				return nil, err
			}
			c, found, err := a.cart(ctx, plate)
			if err == nil && found {
				err = a.noteRead(ctx, gremio.ActCartRead, string(plate))
			}
			return itemOf(c, found, err, "nothing has named a cart of that plate")
		})

	type trackInput struct {
		Paging
		Plate    string  `path:"plate"`
		Simplify float64 `query:"simplify" minimum:"0" maximum:"100000" doc:"Metres: fixes of this part without which its line is nowhere further off than this are left out"`
	}
	register(a, op(gremio.ActTrackRead, http.MethodGet, "/v1/carts/{plate}/track", "read-track", "A cart's fixes, the newest first", acts),
		func(ctx context.Context, in *trackInput) (*listOutput[gremio.Fix], error) {
			plate, err := plateParam("plate", in.Plate)
			if err != nil {
				return nil, err
			}
			if plate, err = a.within(ctx, gremio.ActTrackRead, plate); err != nil {
				return nil, err
			}
			page, err := a.ownPage(ctx, gremio.ActTrackRead, plate, in.page())
			if err != nil {
				return nil, err
			}
			items, next, err := a.Store.Track(ctx, plate, page)
			if err == nil {
				err = a.noteRead(ctx, gremio.ActTrackRead, string(plate))
			}
			return listOf(gremio.SimplifyTrack(items, in.Simplify), next, err)
		})
	a.trackFiles()
}

// ownCart lists the only cart that whoever asks may see.
func (a *api) ownCart(ctx context.Context, state gremio.CartState) (*listOutput[gremio.Cart], error) {
	plate, err := a.within(ctx, gremio.ActCartRead, "")
	if err != nil {
		return nil, err
	}
	c, found, err := a.cart(ctx, plate)
	if err != nil || !found || state != "" && c.State != state {
		return listOf[gremio.Cart](nil, "", err)
	}
	return listOf([]gremio.Cart{c}, "", nil)
}
