package httpapi

import (
	"cmp"
	"context"
	"time"

	"gremio"
)

// Whoever reaches the own cart alone sees what happened under its plate since the
// plate's present bearer has it: a vendor who bought a cart sees nothing of who
// sold it.

// ownSince returns since when the request for act may see what bears plate; the
// zero time when from the beginning.
func (a *api) ownSince(ctx context.Context, act gremio.Action, plate gremio.Plate) (since time.Time, err error) {
	if a.reach(ctx, act) == gremio.All {
		return since, nil
	}
	held, err := a.Store.HoldingsOfPlate(ctx, plate)
	return gremio.OwnSince(held), err
}

// ownPage returns the page within what the request for act may see of plate.
func (a *api) ownPage(ctx context.Context, act gremio.Action, plate gremio.Plate, page gremio.Page) (gremio.Page, error) {
	var err error
	page.Since, err = a.ownSince(ctx, act, plate)
	return page, err
}

// cart returns the cart that bears plate as whoever asks may see it.
func (a *api) cart(ctx context.Context, plate gremio.Plate) (gremio.Cart, bool, error) {
	c, found, err := a.Store.Cart(ctx, plate)
	if err != nil || !found {
		return c, found, err
	}
	since, err := a.ownSince(ctx, gremio.ActCartRead, plate)
	return c.Since(since), true, err
}

// vendorDaySince leaves of a vendor's day what was since then: of a day that had
// begun, what its sales tell. Who came often is counted from the next day on.
func (a *api) vendorDaySince(ctx context.Context, v gremio.VendorDay, day gremio.Day, since time.Time) (gremio.VendorDay, error) {
	settings, err := a.Store.Settings(ctx)
	from := gremio.FrequentFrom(day)
	if err != nil || since.IsZero() || !from.Start(settings.DayStartsAt).Before(since) {
		return v, err
	}
	if day.Start(settings.DayStartsAt).Before(since) {
		if past, err := a.Store.PastVoiding(ctx, day, a.Now()); err != nil || past { // only single sales tell whose they were
			return v, cmp.Or(err, error(gremio.Errorf(gremio.Conflict, "the cart changed hands on this day, and its single sales, which tell whose they were, are no longer kept")))
		}
		sales, err := a.salesOfDay(ctx, v.Plate, day, since)
		return gremio.VendorDayOf(v.Plate, sales), err
	}
	v.FrequentClients, err = a.Store.FrequentClients(ctx, v.Plate, gremio.DayOf(since, settings.DayStartsAt).Next(), day)
	return v, err
}

func (a *api) salesOfDay(ctx context.Context, plate gremio.Plate, day gremio.Day, since time.Time) (all []gremio.Sale, err error) {
	for page := (gremio.Page{Limit: 1000, Since: since}); ; {
		some, next, err := a.Store.Sales(ctx, gremio.SaleFilter{Plate: plate, Day: day}, page)
		all = append(all, some...)
		if err != nil || next == "" {
			return all, err
		}
		page.After = next
	}
}
