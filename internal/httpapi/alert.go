package httpapi

import (
	"context"
	"net/http"

	"gremio"
)

type alertStore interface {
	Alerts(ctx context.Context, f gremio.AlertFilter, page gremio.Page) ([]gremio.Alert, string, error)
	Alert(ctx context.Context, id string) (gremio.Alert, bool, error)
}

func (a *api) alerts() {
	type listInput struct {
		Paging
		State string `query:"state" enum:"open,acknowledged,closed"`
		Kind  string `query:"kind"`
		Plate string `query:"plate"`
	}
	register(a, op(gremio.ActAlertRead, http.MethodGet, "/v1/alerts", "list-alerts", "Alerts, the newest first"),
		func(ctx context.Context, in *listInput) (*listOutput[gremio.Alert], error) {
			plate, err := plateParam("plate", in.Plate)
			if err != nil {
				return nil, err
			}
			items, next, err := a.Store.Alerts(ctx, gremio.AlertFilter{State: in.State, Kind: gremio.AlertKind(in.Kind), Plate: plate}, in.page())
			if err == nil {
				err = a.noteRead(ctx, gremio.ActAlertRead, distinct(items, func(alert gremio.Alert) string { return alert.ID })...)
			}
			return listOf(items, next, err)
		})

	type readInput struct {
		ID string `path:"id"`
	}
	register(a, op(gremio.ActAlertRead, http.MethodGet, "/v1/alerts/{id}", "read-alert", "One alert", acts),
		func(ctx context.Context, in *readInput) (*itemOutput[gremio.Alert], error) {
			alert, found, err := a.Store.Alert(ctx, in.ID)
			if err == nil && found {
				err = a.noteRead(ctx, gremio.ActAlertRead, alert.ID)
			}
			return itemOf(alert, found, err, "there is no such alert")
		})

	register(a, op(gremio.ActAlertHandle, http.MethodPost, "/v1/alerts/{id}/acknowledge", "acknowledge-alert", "Say that somebody looks after an alert", acts),
		func(ctx context.Context, in *readInput) (*actOutput[gremio.Alert], error) {
			return a.handleAlert(ctx, in.ID, gremio.AlertAcknowledged{Alert: in.ID, By: actor(ctx), At: gremio.Instant(a.Now())})
		})

	type closeInput struct {
		ID   string `path:"id"`
		Body *struct {
			Reason string `json:"reason,omitempty" maxLength:"1000"`
		}
	}
	register(a, op(gremio.ActAlertHandle, http.MethodPost, "/v1/alerts/{id}/close", "close-alert", "Close an alert", acts),
		func(ctx context.Context, in *closeInput) (*actOutput[gremio.Alert], error) {
			closed := gremio.AlertClosed{Alert: in.ID, By: actor(ctx), At: gremio.Instant(a.Now())}
			if in.Body != nil {
				closed.Reason = in.Body.Reason
			}
			return a.handleAlert(ctx, in.ID, closed)
		})
}

func (a *api) handleAlert(ctx context.Context, id string, d gremio.Data) (*actOutput[gremio.Alert], error) {
	alert, found, err := a.Store.Alert(ctx, id)
	if err != nil || !found {
		return nil, orNotFound(err, "there is no such alert")
	}
	// The key is the alert's own, so that it is handled after it was raised.
	subject := id
	if alert.Plate != nil {
		subject = string(*alert.Plate)
	}
	return do(ctx, a, gremio.ActAlertHandle, gremio.Event{Subject: subject, Data: d},
		func(ctx context.Context) (gremio.Alert, bool, error) { return a.Store.Alert(ctx, id) })
}
