package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"gremio"
)

// deliveryLife are the acts on a delivery that is prepared.
func (a *api) deliveryLife() {
	type actInput struct {
		IdempotencyKey
		ID string `path:"id"`
	}
	register(a, op(gremio.ActDeliveryDrive, http.MethodPost, "/v1/deliveries/{id}/load", "load-delivery", "Say that a delivery is on the van", acts),
		func(ctx context.Context, in *actInput) (*actOutput[gremio.Delivery], error) {
			return a.onDelivery(ctx, gremio.ActDeliveryDrive, in.ID, in.Key, func(d gremio.DeliveryAct) gremio.Data { return gremio.DeliveryLoaded{DeliveryAct: d} })
		})
	register(a, op(gremio.ActDeliveryDrive, http.MethodPost, "/v1/deliveries/{id}/depart", "depart-delivery", "Say that a delivery is on its way", acts),
		func(ctx context.Context, in *actInput) (*actOutput[gremio.Delivery], error) {
			return a.onDelivery(ctx, gremio.ActDeliveryDrive, in.ID, in.Key, func(d gremio.DeliveryAct) gremio.Data { return gremio.DeliveryLeft{DeliveryAct: d} })
		})
	type cancelInput struct {
		IdempotencyKey
		ID   string `path:"id"`
		Body *ReasonBody
	}
	register(a, op(gremio.ActDeliveryPrepare, http.MethodPost, "/v1/deliveries/{id}/cancel", "cancel-delivery", "Give a delivery up: carts that still wait go back into the queue", acts),
		func(ctx context.Context, in *cancelInput) (*actOutput[gremio.Delivery], error) {
			return a.onDelivery(ctx, gremio.ActDeliveryPrepare, in.ID, in.Key, func(d gremio.DeliveryAct) gremio.Data {
				return gremio.DeliveryCancelled{DeliveryAct: d, Reason: in.Body.text()}
			})
		})
	type failInput struct {
		IdempotencyKey
		ID    string `path:"id"`
		Plate string `path:"plate"`
		Body  *struct {
			ReasonBody
			Time *time.Time `json:"time,omitempty" doc:"When it was, as for a confirmation"`
		}
	}
	register(a, op(gremio.ActDeliveryDrive, http.MethodPost, "/v1/deliveries/{id}/stops/{plate}/fail", "fail-stop", "Say that a cart could not be refilled: it goes back into the queue", acts),
		func(ctx context.Context, in *failInput) (*actOutput[gremio.Delivery], error) {
			plate, err := plateParam("plate", in.Plate)
			if err != nil {
				return nil, err
			}
			d, err := a.deliveryWithStop(ctx, in.ID, plate)
			if err != nil {
				return nil, err
			}
			f := gremio.StopFailed{Delivery: in.ID, Plate: plate, By: actor(ctx)}
			var said *time.Time
			if in.Body != nil {
				f.Reason, said = in.Body.Reason, in.Body.Time
			}
			if f.FailedAt, err = timeOfStop(said, d, gremio.Instant(a.Now())); err != nil {
				return nil, err
			}
			if err := gremio.InvalidFields(f.Validate()); err != nil {
				return nil, err
			}
			e := gremio.Event{ID: in.Key, Subject: string(plate), Data: f, Digest: gremio.DigestOf([]any{"fail", f.Delivery, f.Plate, f.Reason})}
			return do(ctx, a, gremio.ActDeliveryDrive, e, func(ctx context.Context) (gremio.Delivery, bool, error) { return a.Store.Delivery(ctx, in.ID) })
		})
}

// onDelivery puts an act on a whole delivery beside the delivery on the log.
func (a *api) onDelivery(ctx context.Context, act gremio.Action, id, key string, data func(gremio.DeliveryAct) gremio.Data) (*actOutput[gremio.Delivery], error) {
	if _, found, err := a.Store.Delivery(ctx, id); err != nil || !found {
		return nil, orNotFound(err, "there is no such delivery")
	}
	d := data(gremio.DeliveryAct{Delivery: id, At: gremio.Instant(a.Now()), By: actor(ctx)})
	if err := gremio.InvalidFields(d.Validate()); err != nil {
		return nil, err
	}
	e := gremio.Event{ID: key, Subject: id, Data: d, Digest: gremio.DigestOf([]any{d.EventType(), id})}
	return do(ctx, a, act, e, func(ctx context.Context) (gremio.Delivery, bool, error) { return a.Store.Delivery(ctx, id) })
}

// deliveryWithStop returns a delivery that stops at a cart.
func (a *api) deliveryWithStop(ctx context.Context, id string, plate gremio.Plate) (gremio.Delivery, error) {
	d, found, err := a.Store.Delivery(ctx, id)
	if err != nil || !found {
		return d, orNotFound(err, "there is no such delivery")
	}
	if !slices.ContainsFunc(d.Stops, func(s gremio.DeliveryStop) bool { return s.Plate == plate }) {
		return d, notFound("the delivery does not stop at that cart")
	}
	return d, nil
}
