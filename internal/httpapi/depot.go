package httpapi

import (
	"context"
	"net/http"
	"time"

	"gremio"
)

// depots are the places where deliveries are loaded, and their dough.
func (a *api) depots() {
	register(a, op(gremio.ActDeliveryRead, http.MethodGet, "/v1/depots", "list-depots", "The depots and their dough"),
		func(ctx context.Context, _ *noInput) (*listOutput[gremio.DepotStock], error) {
			items, err := a.readDepots(ctx)
			return listOf(items, "", err)
		})
	type moveInput struct {
		IdempotencyKey
		Body struct {
			Depot string     `json:"depot,omitempty" maxLength:"100" doc:"Its name; the first when absent"`
			Units int        `json:"units" minimum:"0" maximum:"10000000"`
			Time  *time.Time `json:"time,omitempty"`
		}
	}
	move := func(path, name, summary string, data func(depot string, units int, at time.Time, by string) gremio.Data) {
		register(a, op(gremio.ActDepotChange, http.MethodPost, path, name, summary, acts),
			func(ctx context.Context, in *moveInput) (*actOutput[gremio.DepotStock], error) {
				depot, found := a.settings.get(ctx).DepotNamed(in.Body.Depot)
				if !found {
					return nil, gremio.InvalidFields([]gremio.FieldError{{Field: "depot", Message: "is none of the settings' depots"}})
				}
				at, _ := gremio.BelievableTime(in.Body.Time, gremio.Instant(a.Now()), gremio.OldestSaleTime)
				e := gremio.Event{ID: in.Key, Subject: "depot " + depot.Name, Data: data(depot.Name, in.Body.Units, at, actor(ctx)),
					Digest: gremio.DigestOf([]any{path, depot.Name, in.Body.Units})}
				return do(ctx, a, gremio.ActDepotChange, e, func(ctx context.Context) (gremio.DepotStock, bool, error) {
					all, err := a.readDepots(ctx)
					for _, d := range all {
						if d.Name == depot.Name {
							return d, true, err
						}
					}
					return gremio.DepotStock{}, false, err
				})
			})
	}
	move("/v1/depots/refill", "refill-depot", "Say that dough came to a depot", func(depot string, units int, at time.Time, by string) gremio.Data {
		return gremio.DepotRefilled{Depot: depot, Units: units, Time: at, By: by}
	})
	move("/v1/depots/count", "count-depot", "Say how much dough a depot has", func(depot string, units int, at time.Time, by string) gremio.Data {
		return gremio.DepotCounted{Depot: depot, Units: units, Time: at, By: by}
	})
}

func (a *api) readDepots(ctx context.Context) ([]gremio.DepotStock, error) {
	settings, err := a.Store.Settings(ctx)
	if err != nil {
		return nil, err
	}
	return a.Store.DepotStocks(ctx, settings.AllDepots())
}
