package httpapi

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"gremio"
)

// A Terminal does at a terminal of the machine what the api does for the office, and
// notes who read or did what about whom likewise.
type Terminal struct {
	api *api
	who gremio.Identity
}

// NewTerminal returns what who works by. Of cfg it needs Store, Master, Identities
// and Logger, and Log for what is not only read.
func NewTerminal(cfg Config, who gremio.Identity) Terminal {
	cfg.Now = time.Now
	return Terminal{&api{Config: cfg, settings: settingsCache{store: cfg.Store}, shares: newShares(prometheus.NewRegistry())}, who}
}

func (t Terminal) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, requestKey{}, request{who: t.who})
}

// MembershipList returns who joined in a month, YYYY-MM, and who waited at its end.
func (t Terminal) MembershipList(ctx context.Context, month string) (gremio.MembershipList, error) {
	return t.api.readMembershipList(t.context(ctx), month)
}

// Stock returns the dough on every cart, or on the one that bears a plate.
func (t Terminal) Stock(ctx context.Context, plate string) ([]gremio.StockLevel, error) {
	return whole(func(page gremio.Page) ([]gremio.StockLevel, string, error) {
		return t.api.readStock(t.context(ctx), StockQuery{Plate: plate}, page)
	})
}

// Deliveries returns every delivery that q asks for, the newest first.
func (t Terminal) Deliveries(ctx context.Context, q DeliveryQuery) ([]gremio.Delivery, error) {
	return whole(func(page gremio.Page) ([]gremio.Delivery, string, error) {
		return t.api.readDeliveries(t.context(ctx), q, page)
	})
}

// Member returns all that is known of the member that has an id, or whose cart
// bears a plate, and whether there is one.
func (t Terminal) Member(ctx context.Context, idOrPlate string) (gremio.MemberFile, bool, error) {
	ctx = t.context(ctx)
	id, err := t.memberID(ctx, idOrPlate)
	if err != nil {
		return gremio.MemberFile{}, false, err
	}
	f, found, err := t.api.readMember(ctx, id)
	if err != nil || !found {
		return f, found, err
	}
	return f, true, t.api.noteRead(ctx, gremio.ActMemberRead, id)
}

// memberID returns the member whose cart bears a plate, else what it was asked.
func (t Terminal) memberID(ctx context.Context, idOrPlate string) (string, error) {
	plate, err := gremio.ParsePlate(idOrPlate)
	if err != nil {
		return idOrPlate, nil
	}
	of, _, err := t.api.Store.Members(ctx, gremio.MemberFilter{Plate: plate}, gremio.Page{Limit: 1})
	if err != nil || len(of) == 0 {
		return idOrPlate, err
	}
	return of[0].ID, nil
}

// Application returns the application of somebody: by its own id, or by the id or
// the plate of the member that it made.
func (t Terminal) Application(ctx context.Context, who string) (gremio.Application, error) {
	ctx = t.context(ctx)
	id, err := t.memberID(ctx, who)
	if err != nil {
		return gremio.Application{}, err
	}
	if m, found, err := t.api.readMember(ctx, id); err != nil {
		return gremio.Application{}, err
	} else if found {
		id = m.Application
	}
	app, found, err := t.api.readApplication(ctx, id)
	if err == nil && !found {
		err = notFound("nobody has that id or plate: gremio members list shows who there is")
	}
	return app, err
}

// PersonFile returns all that the guild holds about who made an application.
func (t Terminal) PersonFile(ctx context.Context, application string) (gremio.PersonFile, error) {
	return t.api.personFile(t.context(ctx), &ApplicationPath{ID: application})
}

// ErasurePlan returns what goes when whoever made an application is forgotten.
func (t Terminal) ErasurePlan(ctx context.Context, application string) (apps []gremio.Application, accounts []gremio.Account, err error) {
	p, err := t.api.showErasure(t.context(ctx), application, true)
	return p.Applications, p.Accounts, err
}

// Erase forgets whom ErasurePlan names. It reports whether worker members has done
// it by now.
func (t Terminal) Erase(ctx context.Context, application, reason string) (done bool, err error) {
	out, err := t.api.erase(t.context(ctx), application, reason, true)
	return err == nil && out.Body.State != nil, err
}
