package httpapi

import (
	"context"
	"net/http"
	"time"

	"gremio"
)

type saleStore interface {
	Sales(ctx context.Context, f gremio.SaleFilter, page gremio.Page) ([]gremio.Sale, string, error)
	PastVoiding(ctx context.Context, day gremio.Day, at time.Time) (bool, error)
	SaleDeleted(ctx context.Context, f gremio.SaleFilter, since, at time.Time) (bool, error)
	Totals(ctx context.Context, day gremio.Day) (gremio.Totals, error)
	ComputeReport(ctx context.Context, day gremio.Day) (gremio.DailyReport, error)
	FrequentClients(ctx context.Context, plate gremio.Plate, from, day gremio.Day) ([]gremio.Frequent, error)
	Report(ctx context.Context, day gremio.Day, revision int) (gremio.DailyReport, bool, error)
}

// A saleInput is one sale as a client sends it.
type saleInput struct {
	ID     string     `json:"id,omitempty" maxLength:"100" doc:"Names the sale; sent twice it counts once"`
	Plate  string     `json:"plate" pattern:"^[\\s.\\-·]*([A-Za-z0-9][\\s.\\-·]*){1,16}$" patternDescription:"1 to 16 letters and digits" example:"BBCL12"`
	Client string     `json:"client,omitempty" maxLength:"200"`
	Units  int        `json:"units" minimum:"1" maximum:"10000" doc:"Sopaipillas sold"`
	Time   *time.Time `json:"time,omitempty" doc:"When it was sold; the server's time is used when this is absent or not plausible"`
	Stock  *int       `json:"stock,omitempty" minimum:"0" maximum:"10000" doc:"Dough units left on the cart"`
	Lat    *float64   `json:"lat,omitempty" minimum:"-90" maximum:"90"`
	Lon    *float64   `json:"lon,omitempty" minimum:"-180" maximum:"180"`
	Amount *int64     `json:"amount,omitempty" minimum:"0" maximum:"100000000" doc:"Whole pesos"`
}

func (in saleInput) name() string { return in.ID }

func (in saleInput) event(now time.Time, _ gremio.Settings) (gremio.Event, []gremio.FieldError) {
	in.ID = "" // a repeat may name itself in the header instead
	var w wrong
	in.Time = w.instant("time", in.Time)
	s := gremio.SaleRecorded{
		Plate: w.plate("plate", in.Plate), Client: in.Client, Units: in.Units, Stock: in.Stock, Amount: in.Amount,
		Place: w.point(in.Lat, in.Lon),
	}
	s.Time, s.DeviceTime = gremio.BelievableTime(in.Time, now, gremio.OldestSaleTime)
	in.Plate = string(s.Plate) // BB-CL 12 and BBCL12 say the same
	return gremio.Event{Subject: string(s.Plate), Data: s, Digest: gremio.DigestOf(in)}, w.also(s)
}

func (a *api) sales() {
	takeRoute[saleInput](a, op(gremio.ActSaleRecord, http.MethodPost, "/v1/sales", "record-sale", "Record a sale", accepted))

	type readInput struct {
		Paging
		SaleQuery
	}
	register(a, op(gremio.ActSaleRead, http.MethodGet, "/v1/sales", "list-sales", "Sales, the last received first"),
		func(ctx context.Context, in *readInput) (*listOutput[gremio.Sale], error) {
			f, err := a.saleFilter(ctx, in.SaleQuery)
			if err != nil {
				return nil, err
			}
			page, err := a.ownPage(ctx, gremio.ActSaleRead, f.Plate, in.page())
			if err != nil {
				return nil, err
			}
			items, next, err := a.Store.Sales(ctx, f, page)
			if err == nil {
				err = a.noteRead(ctx, gremio.ActSaleRead, distinct(items, func(s gremio.Sale) string { return string(s.Plate) })...)
			}
			return listOf(items, next, err)
		})

	type voidInput struct {
		ID    string `path:"id"`
		Plate string `query:"plate" doc:"Wanted when two carts have a sale of that id"`
		Body  *struct {
			Reason string `json:"reason,omitempty" maxLength:"1000"`
		}
	}
	register(a, op(gremio.ActSaleVoid, http.MethodPost, "/v1/sales/{id}/void", "void-sale", "Take a sale back", acts),
		func(ctx context.Context, in *voidInput) (*actOutput[gremio.Sale], error) {
			plate, err := plateParam("plate", in.Plate)
			if err != nil {
				return nil, err
			}
			if plate, err = a.within(ctx, gremio.ActSaleVoid, plate); err != nil {
				return nil, err
			}
			reason := ""
			if in.Body != nil {
				reason = in.Body.Reason
			}
			return a.voidSale(ctx, gremio.SaleFilter{ID: in.ID, Plate: plate}, reason)
		})
}

func (a *api) voidSale(ctx context.Context, f gremio.SaleFilter, reason string) (*actOutput[gremio.Sale], error) {
	page, err := a.ownPage(ctx, gremio.ActSaleVoid, f.Plate, gremio.Page{Limit: 2})
	if err != nil {
		return nil, err
	}
	found, _, err := a.Store.Sales(ctx, f, page)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, a.noSuchSale(ctx, f)
	case len(found) > 1:
		return nil, gremio.Errorf(gremio.Conflict, "several carts have a sale of that id: say which with ?plate=")
	}
	s := found[0]
	if s.VoidedAt != nil {
		return nil, gremio.Errorf(gremio.Conflict, "the sale is voided already")
	}
	if past, err := a.Store.PastVoiding(ctx, s.Day, a.Now()); err != nil {
		return nil, err
	} else if past {
		return nil, gremio.Errorf(gremio.Conflict, gremio.SaleIsPast)
	}
	e := gremio.Event{Subject: string(s.Plate), Data: gremio.SaleVoided{
		Plate: s.Plate, Sale: s.ID, Reason: reason, By: actor(ctx)}}
	return do(ctx, a, gremio.ActSaleVoid, e, func(ctx context.Context) (gremio.Sale, bool, error) {
		now, _, err := a.Store.Sales(ctx, gremio.SaleFilter{ID: s.ID, Plate: s.Plate}, gremio.Page{Limit: 1})
		if err != nil || len(now) == 0 {
			return s, false, err
		}
		return now[0], true, nil
	})
}

// noSuchSale says why a sale cannot be taken back whose row is not there.
func (a *api) noSuchSale(ctx context.Context, f gremio.SaleFilter) error {
	since, err := a.ownSince(ctx, gremio.ActSaleVoid, f.Plate)
	if err != nil {
		return err
	}
	if deleted, err := a.Store.SaleDeleted(ctx, f, since, a.Now()); err != nil {
		return err
	} else if deleted {
		return gremio.Errorf(gremio.Conflict, gremio.SaleIsPast)
	}
	return notFound("there is no such sale")
}
