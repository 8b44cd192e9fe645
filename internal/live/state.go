package live

import (
	"context"
	"encoding/json"
	"time"

	"gremio"
)

// Sections are sent whole when they change. These are their lengths.
const (
	maxSightings    = 50
	maxAlerts       = 200
	maxApplications = 20
	maxSales        = 20
	maxDeliveries   = 20
)

// An application as the live view shows it.
type application struct {
	ID          string        `json:"id"`
	Name        string        `json:"name"`
	Tier        gremio.Tier   `json:"tier"`
	Plate       *gremio.Plate `json:"plate,omitempty"`
	State       string        `json:"state"`
	Reasons     []string      `json:"reasons"`
	SubmittedAt time.Time     `json:"submitted_at"`
	DecidedAt   *time.Time    `json:"decided_at,omitempty"`
}

type mapView struct {
	StyleURL string       `json:"style_url"`
	Center   gremio.Point `json:"center"`
}

func (h *Hub) readSections(ctx context.Context) (map[string]json.RawMessage, error) {
	settings, err := h.Store.Settings(ctx)
	if err != nil {
		return nil, err
	}
	sightings, _, err := h.Store.Sightings(ctx, gremio.Page{Limit: maxSightings})
	if err != nil {
		return nil, err
	}
	alerts, err := h.Store.DeskAlerts(ctx, maxAlerts)
	if err != nil {
		return nil, err
	}
	applications, err := h.applications(ctx)
	if err != nil {
		return nil, err
	}
	sales, _, err := h.Store.Sales(ctx, gremio.SaleFilter{}, gremio.Page{Limit: maxSales})
	if err != nil {
		return nil, err
	}
	deliveries, _, err := h.Store.Deliveries(ctx, gremio.DeliveryFilter{States: gremio.OpenDeliveryStates()}, gremio.Page{Limit: maxDeliveries})
	if err != nil {
		return nil, err
	}
	totals, err := h.Store.Totals(ctx, gremio.DayOf(h.Now(), settings.DayStartsAt))
	if err != nil {
		return nil, err
	}
	sections := map[string]json.RawMessage{}
	for name, v := range map[string]any{
		"sightings": orEmpty(sightings), "alerts": orEmpty(alerts), "applications": orEmpty(applications),
		"sales": orEmpty(sales), "deliveries": orEmpty(deliveries), "totals": totals,
		"map": mapView{settings.MapStyleURL, settings.Depot},
	} {
		if sections[name], err = json.Marshal(v); err != nil {
			return nil, gremio.Wrap(gremio.Internal, err, "encode %s", name)
		}
	}
	return sections, nil
}

func (h *Hub) applications(ctx context.Context) ([]application, error) {
	apps, _, err := h.Store.Applications(ctx, "", "", gremio.Page{Limit: maxApplications})
	if err != nil {
		return nil, err
	}
	persons := make([]string, len(apps))
	for i, a := range apps {
		persons[i] = a.Person
	}
	keys, err := h.Store.PersonKeys(ctx, persons)
	if err != nil {
		return nil, err
	}
	shown := make([]application, len(apps))
	for i, a := range apps {
		shown[i] = application{ID: a.ID, Tier: a.Tier, Plate: a.Plate, State: a.State, Reasons: orEmpty(a.Reasons), SubmittedAt: a.SubmittedAt, DecidedAt: a.DecidedAt}
		if wrapped, ok := keys[a.Person]; ok {
			p, err := h.Master.Unseal(wrapped, a.Sealed, a.Person)
			if err != nil {
				return nil, err
			}
			shown[i].Name = p.Name()
		}
	}
	return shown, nil
}

func (h *Hub) readCarts(ctx context.Context) (map[gremio.Plate]json.RawMessage, []gremio.Plate, error) {
	carts := map[gremio.Plate]json.RawMessage{}
	var order []gremio.Plate
	page := gremio.Page{Limit: 2000}
	for {
		part, next, err := h.Store.Carts(ctx, "", page)
		if err != nil {
			return nil, nil, err
		}
		for _, c := range part {
			if carts[c.Plate], err = json.Marshal(c); err != nil {
				return nil, nil, gremio.Wrap(gremio.Internal, err, "encode cart %s", c.Plate)
			}
			order = append(order, c.Plate)
		}
		if next == "" {
			return carts, order, nil
		}
		page.After = next
	}
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
