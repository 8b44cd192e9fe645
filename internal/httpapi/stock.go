package httpapi

import (
	"context"
	"net/http"
	"time"

	"gremio"
	"gremio/internal/forecast"
)

type stockStore interface {
	Stock(ctx context.Context, plate gremio.Plate, s gremio.Settings, page gremio.Page) ([]gremio.StockLevel, string, error)
	Replenishments(ctx context.Context, state string, plate gremio.Plate, page gremio.Page) ([]gremio.Replenishment, string, error)
	Deliveries(ctx context.Context, f gremio.DeliveryFilter, page gremio.Page) ([]gremio.Delivery, string, error)
	Delivery(ctx context.Context, id string) (gremio.Delivery, bool, error)
	SoldByHour(ctx context.Context, plates []gremio.Plate, days []gremio.Day) (map[gremio.Plate]map[gremio.Day]gremio.HourlyUnits, error)
	GuildDays(ctx context.Context, days []gremio.Day) (map[gremio.Day]gremio.GuildDay, error)
	DepotStocks(ctx context.Context, depots []gremio.Depot) ([]gremio.DepotStock, error)
}

// A stockCountInput is a vendor's count of the dough left.
type stockCountInput struct {
	ID    string     `json:"id,omitempty" maxLength:"100"`
	Plate string     `json:"plate" pattern:"^[\\s.\\-·]*([A-Za-z0-9][\\s.\\-·]*){1,16}$" patternDescription:"1 to 16 letters and digits" example:"BBCL12"`
	Units int        `json:"units" minimum:"0" maximum:"10000" doc:"Dough units left on the cart"`
	Time  *time.Time `json:"time,omitempty"`
}

func (in stockCountInput) name() string { return in.ID }

func (in stockCountInput) event(now time.Time, _ gremio.Settings) (gremio.Event, []gremio.FieldError) {
	in.ID = "" // a repeat may name itself in the header instead
	var w wrong
	in.Time = w.instant("time", in.Time)
	s := gremio.StockCounted{Plate: w.plate("plate", in.Plate), Units: in.Units}
	s.Time, s.DeviceTime = gremio.BelievableTime(in.Time, now, gremio.OldestSaleTime)
	in.Plate = string(s.Plate)
	return gremio.Event{Subject: string(s.Plate), Data: s, Digest: gremio.DigestOf(in)}, w.also(s)
}

func (a *api) stock() {
	takeRoute[stockCountInput](a, op(gremio.ActStockCount, http.MethodPost, "/v1/stock-counts", "count-stock", "Say how much dough a cart has left", accepted))

	type levelsInput struct {
		Paging
		StockQuery
	}
	register(a, op(gremio.ActStockRead, http.MethodGet, "/v1/stock", "list-stock", "The dough on every cart, by plate"),
		func(ctx context.Context, in *levelsInput) (*listOutput[gremio.StockLevel], error) {
			return listOf(a.readStock(ctx, in.StockQuery, in.page()))
		})
	type levelsFile struct {
		StockQuery
		ForExcel
	}
	listFiles(a, gremio.ActStockRead, "/v1/stock", "list-stock", "The dough on every cart, by plate", "masas", a.StockSheets.Levels,
		func(ctx context.Context, in *levelsFile, page gremio.Page) ([]gremio.StockLevel, string, error) {
			return a.readStock(ctx, in.StockQuery, page)
		})

	type replenishmentsInput struct {
		Paging
		ReplenishmentQuery
	}
	register(a, op(gremio.ActStockRead, http.MethodGet, "/v1/replenishments", "list-replenishments", "Replenishments, the newest first"),
		func(ctx context.Context, in *replenishmentsInput) (*listOutput[gremio.Replenishment], error) {
			return listOf(a.readReplenishments(ctx, in.ReplenishmentQuery, in.page()))
		})
	type replenishmentsFile struct {
		ReplenishmentQuery
		ForExcel
	}
	listFiles(a, gremio.ActStockRead, "/v1/replenishments", "list-replenishments", "Replenishments, the newest first", "reposiciones", a.StockSheets.Replenishments,
		func(ctx context.Context, in *replenishmentsFile, page gremio.Page) ([]gremio.Replenishment, string, error) {
			return a.readReplenishments(ctx, in.ReplenishmentQuery, page)
		})
}

// A StockQuery narrows the list of stock levels.
type StockQuery struct {
	Plate string `query:"plate"`
}

// readStock returns a page of the levels that who asks may see.
func (a *api) readStock(ctx context.Context, q StockQuery, page gremio.Page) ([]gremio.StockLevel, string, error) {
	plate, err := plateParam("plate", q.Plate)
	if err != nil {
		return nil, "", err
	}
	if plate, err = a.within(ctx, gremio.ActStockRead, plate); err != nil {
		return nil, "", err
	}
	settings, err := a.Store.Settings(ctx)
	if err != nil {
		return nil, "", err
	}
	items, next, err := a.Store.Stock(ctx, plate, settings, page)
	if err != nil {
		return nil, "", err
	}
	if err := a.foresee(ctx, items, settings); err != nil {
		return nil, "", err
	}
	return items, next, a.noteRead(ctx, gremio.ActStockRead, distinct(items, func(l gremio.StockLevel) string { return string(l.Plate) })...)
}

// foresee says of each level when it runs out.
func (a *api) foresee(ctx context.Context, levels []gremio.StockLevel, s gremio.Settings) error {
	now := gremio.Instant(a.Now())
	plates := make([]gremio.Plate, len(levels))
	for i, l := range levels {
		plates[i] = l.Plate
	}
	days := forecast.Days(now, s.DayStartsAt)
	sold, err := a.Store.SoldByHour(ctx, plates, days)
	if err != nil {
		return err
	}
	guild, err := a.Store.GuildDays(ctx, days)
	if err != nil {
		return err
	}
	for i, l := range levels {
		pace, known := forecast.New(now, s.DayStartsAt, forecast.History{Cart: sold[l.Plate], Guild: guild})
		if known {
			f := pace.RunOut(l.Units)
			levels[i].Forecast = &f
		}
	}
	return nil
}

// A ReplenishmentQuery narrows the list of replenishments.
type ReplenishmentQuery struct {
	State string `query:"state" enum:"open,prepared,closed"`
	Plate string `query:"plate"`
}

// readReplenishments returns a page of the replenishments that who asks may see.
func (a *api) readReplenishments(ctx context.Context, q ReplenishmentQuery, page gremio.Page) ([]gremio.Replenishment, string, error) {
	plate, err := plateParam("plate", q.Plate)
	if err != nil {
		return nil, "", err
	}
	if plate, err = a.within(ctx, gremio.ActStockRead, plate); err != nil {
		return nil, "", err
	}
	if page, err = a.ownPage(ctx, gremio.ActStockRead, plate, page); err != nil {
		return nil, "", err
	}
	items, next, err := a.Store.Replenishments(ctx, q.State, plate, page)
	if err == nil {
		err = a.noteRead(ctx, gremio.ActStockRead, distinct(items, func(r gremio.Replenishment) string { return string(r.Plate) })...)
	}
	return items, next, err
}
