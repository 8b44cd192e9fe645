package httpapi

import (
	"context"
	"net/http"
	"slices"

	"gremio"
)

func (a *api) deliveries() {
	type listInput struct {
		Paging
		State string `query:"state" enum:"prepared,done"`
	}
	register(a, op(gremio.ActDeliveryRead, http.MethodGet, "/v1/deliveries", "list-deliveries", "Deliveries with their stops, the newest first"),
		func(ctx context.Context, in *listInput) (*listOutput[gremio.Delivery], error) {
			items, next, err := a.Store.Deliveries(ctx, in.State, "", in.page())
			if err == nil {
				err = a.noteRead(ctx, gremio.ActDeliveryRead, distinct(items, func(d gremio.Delivery) string { return d.ID })...)
			}
			return listOf(items, next, err)
		})

	type readInput struct {
		ID string `path:"id"`
	}
	register(a, op(gremio.ActDeliveryRead, http.MethodGet, "/v1/deliveries/{id}", "read-delivery", "One delivery", acts),
		func(ctx context.Context, in *readInput) (*itemOutput[gremio.Delivery], error) {
			d, found, err := a.Store.Delivery(ctx, in.ID)
			if err == nil && found {
				err = a.noteRead(ctx, gremio.ActDeliveryRead, d.ID)
			}
			return itemOf(d, found, err, "there is no such delivery")
		})

	type prepareInput struct{}
	register(a, op(gremio.ActDeliveryPrepare, http.MethodPost, "/v1/deliveries", "prepare-delivery",
		"Prepare a delivery now of the carts that wait, however few", acts),
		func(ctx context.Context, _ *prepareInput) (*actOutput[gremio.Delivery], error) {
			id := "delivery-" + newID()
			e := gremio.Event{Subject: id, Special: true, Data: gremio.DeliveryRequested{Delivery: id, By: actor(ctx)}}
			return do(ctx, a, gremio.ActDeliveryPrepare, e, func(ctx context.Context) (gremio.Delivery, bool, error) { return a.Store.Delivery(ctx, id) })
		})

	type confirmInput struct {
		IdempotencyKey
		ID    string `path:"id"`
		Plate string `path:"plate"`
		Body  *struct {
			Units *int `json:"units,omitempty" minimum:"0" maximum:"10000" doc:"Really left there; the cart's initial stock when absent"`
		}
	}
	register(a, op(gremio.ActStopConfirm, http.MethodPost, "/v1/deliveries/{id}/stops/{plate}/confirm", "confirm-stop", "Confirm a stop", acts),
		func(ctx context.Context, in *confirmInput) (*actOutput[gremio.Delivery], error) {
			plate, err := plateParam("plate", in.Plate)
			if err != nil {
				return nil, err
			}
			if plate, err = a.within(ctx, gremio.ActStopConfirm, plate); err != nil {
				return nil, err
			}
			d, found, err := a.Store.Delivery(ctx, in.ID)
			if err != nil || !found {
				return nil, orNotFound(err, "there is no such delivery")
			}
			if !slices.ContainsFunc(d.Stops, func(s gremio.DeliveryStop) bool { return s.Plate == plate }) {
				return nil, notFound("the delivery does not stop at that cart")
			}
			stop := gremio.StopConfirmed{Delivery: in.ID, Plate: plate, ConfirmedAt: gremio.Instant(a.Now()), By: actor(ctx)}
			if in.Body != nil {
				stop.Units = in.Body.Units
			}
			e := gremio.Event{ID: in.Key, Subject: string(plate), Data: stop,
				Digest: gremio.DigestOf([]any{stop.Delivery, stop.Plate, stop.Units})}
			return do(ctx, a, gremio.ActStopConfirm, e, func(ctx context.Context) (gremio.Delivery, bool, error) {
				d, found, err := a.Store.Delivery(ctx, in.ID)
				if a.reach(ctx, gremio.ActDeliveryRead) == gremio.None {
					d = onlyStop(d, plate)
				}
				return d, found, err
			})
		})
}

// onlyStop returns what concerns one cart of a delivery: the other stops, and the
// sums and the length of the trip that tell of them, are other vendors'.
func onlyStop(d gremio.Delivery, plate gremio.Plate) gremio.Delivery {
	own := gremio.Delivery{ID: d.ID, State: d.State, PreparedAt: d.PreparedAt, Stops: []gremio.DeliveryStop{}}
	for _, s := range d.Stops {
		if s.Plate == plate {
			own.Stops = append(own.Stops, s)
			own.TotalUnits += s.Units
		}
	}
	return own
}

func orNotFound(err error, what string) error {
	if err != nil {
		return err
	}
	return notFound(what)
}
