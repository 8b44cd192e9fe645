package httpapi

import (
	"context"
	"net/http"
	"time"

	"gremio"
)

func (a *api) deliveries() {
	type listInput struct {
		Paging
		DeliveryQuery
	}
	register(a, op(gremio.ActDeliveryRead, http.MethodGet, "/v1/deliveries", "list-deliveries", "Deliveries with their stops, the newest first"),
		func(ctx context.Context, in *listInput) (*listOutput[gremio.Delivery], error) {
			return listOf(a.readDeliveries(ctx, in.DeliveryQuery, in.page()))
		})
	type fileInput struct {
		DeliveryQuery
		ForExcel
	}
	listFiles(a, gremio.ActDeliveryRead, "/v1/deliveries", "list-deliveries", "Deliveries, a row for each stop, the newest first", "repartos", a.StockSheets.Deliveries,
		func(ctx context.Context, in *fileInput, page gremio.Page) ([]gremio.Delivery, string, error) {
			return a.readDeliveries(ctx, in.DeliveryQuery, page)
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

	type prepareInput struct {
		IdempotencyKey
	}
	register(a, op(gremio.ActDeliveryPrepare, http.MethodPost, "/v1/deliveries", "prepare-delivery",
		"Prepare a delivery now of the carts that wait, however few", acts),
		func(ctx context.Context, in *prepareInput) (*actOutput[gremio.Delivery], error) {
			id := "delivery-" + newID()
			if in.Key != "" {
				id = gremio.DerivedID("delivery", in.Key) // so that a repeat asks for the same one
			}
			e := gremio.Event{ID: in.Key, Subject: id, Special: true, Data: gremio.DeliveryRequested{Delivery: id, By: actor(ctx)}, Digest: gremio.DigestOf(id)}
			return do(ctx, a, gremio.ActDeliveryPrepare, e, func(ctx context.Context) (gremio.Delivery, bool, error) { return a.Store.Delivery(ctx, id) })
		})

	type confirmInput struct {
		IdempotencyKey
		ID    string `path:"id"`
		Plate string `path:"plate"`
		Body  *struct {
			Units *int       `json:"units,omitempty" minimum:"0" maximum:"10000" doc:"Really left there; the cart's initial stock when absent"`
			Time  *time.Time `json:"time,omitempty" doc:"When it was, for a phone that had no network: not before the delivery was prepared, and not in the future"`
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
			d, err := a.deliveryWithStop(ctx, in.ID, plate)
			if err != nil {
				return nil, err
			}
			stop := gremio.StopConfirmed{Delivery: in.ID, Plate: plate, By: actor(ctx)}
			var said *time.Time
			if in.Body != nil {
				stop.Units, said = in.Body.Units, in.Body.Time
			}
			if stop.ConfirmedAt, err = timeOfStop(said, d, gremio.Instant(a.Now())); err != nil {
				return nil, err
			}
			e := gremio.Event{ID: in.Key, Subject: string(plate), Data: stop,
				Digest: gremio.DigestOf([]any{stop.Delivery, stop.Plate, stop.Units})} // without the time, which a repeat may lack
			return do(ctx, a, gremio.ActStopConfirm, e, func(ctx context.Context) (gremio.Delivery, bool, error) {
				d, found, err := a.Store.Delivery(ctx, in.ID)
				if a.reach(ctx, gremio.ActDeliveryRead) == gremio.None {
					d = onlyStop(d, plate)
				}
				return d, found, err
			})
		})
}

// A DeliveryQuery narrows the list of deliveries.
type DeliveryQuery struct {
	State string     `query:"state" enum:"prepared,loaded,left,done,cancelled,open" doc:"open: prepared, loaded or left"`
	Plate string     `query:"plate" maxLength:"40" doc:"That it stops at"`
	From  gremio.Day `query:"from" format:"date" doc:"Prepared on that day of the guild or later"`
	To    gremio.Day `query:"to" format:"date" doc:"And on that day or earlier"`
}

func (a *api) readDeliveries(ctx context.Context, q DeliveryQuery, page gremio.Page) ([]gremio.Delivery, string, error) {
	f, err := a.deliveryFilter(ctx, q)
	if err != nil {
		return nil, "", err
	}
	items, next, err := a.Store.Deliveries(ctx, f, page)
	if err == nil {
		err = a.noteRead(ctx, gremio.ActDeliveryRead, distinct(items, func(d gremio.Delivery) string { return d.ID })...)
	}
	return items, next, err
}

func (a *api) deliveryFilter(ctx context.Context, q DeliveryQuery) (f gremio.DeliveryFilter, err error) {
	switch q.State {
	case "":
	case "open":
		f.States = gremio.OpenDeliveryStates()
	default:
		f.States = []string{q.State}
	}
	var w wrong
	w.span(q.From, q.To)
	if err := gremio.InvalidFields(w.fields); err != nil {
		return f, err
	}
	if f.Plate, err = plateParam("plate", q.Plate); err != nil {
		return f, err
	}
	startsAt := a.settings.get(ctx).DayStartsAt
	if q.From != "" {
		f.From = q.From.Start(startsAt)
	}
	if q.To != "" {
		f.Until = q.To.Next().Start(startsAt)
	}
	return f, nil
}

// timeOfStop returns when a stop happened that somebody tells of now.
func timeOfStop(said *time.Time, d gremio.Delivery, now time.Time) (time.Time, error) {
	if now.Before(d.PreparedAt) { // by the clock of the worker, which is ahead
		now = d.PreparedAt
	}
	if said == nil {
		return now, nil
	}
	at := gremio.Instant(*said)
	switch {
	case at.Before(d.PreparedAt):
		return now, gremio.InvalidFields([]gremio.FieldError{{Field: "time", Message: "is before the delivery was prepared"}})
	case at.After(now.Add(time.Minute)):
		return now, gremio.InvalidFields([]gremio.FieldError{{Field: "time", Message: "is in the future: look at the phone's clock"}})
	case at.After(now):
		return now, nil
	}
	return at, nil
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
