package storetest

import (
	"fmt"
	"slices"
	"testing"

	"gremio"
	"gremio/internal/store"
)

// Every list visits every row once, also when many have the same time.
func paging(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	const rows = 23
	var want []string
	for i := range rows {
		// Ids that differ in case and are not in the order of their times.
		id := fmt.Sprintf("%c-%02d", "aAbB"[i%4], (i*7)%rows)
		plate := gremio.Plate(fmt.Sprintf("P%02d", (i*5)%rows))
		at := minute(i / 8)
		want = append(want, id)
		sale := sold(plate, id, "", 1, noon)
		sale.ReceivedAt = at
		addSales(t, s, sale)
		addApplication(t, s, id, func(a *gremio.Application) { a.SubmittedAt = at })
		update(t, s, func(tx *store.Tx) error {
			for _, do := range []func() error{
				func() error {
					return tx.RaiseAlert(ctx, gremio.AlertRaised{Alert: id, Kind: gremio.AlertSilent, Severity: gremio.SeverityInfo, RaisedAt: at})
				},
				func() error {
					return tx.AddSighting(ctx, id, gremio.SightingReported{Place: gremio.Place{Grid: &gremio.Grid{}}, Time: at})
				},
				func() error {
					return tx.AddMember(ctx, gremio.Member{ID: id, Application: id, Person: "p", Tier: gremio.TierBasic, Plate: plate, State: "active", JoinedAt: at})
				},
				func() error {
					return tx.OpenReplenishment(ctx, gremio.ReplenishmentOpened{Replenishment: id, Plate: plate, OpenedAt: at})
				},
				func() error {
					return tx.AddDelivery(ctx, gremio.DeliveryPrepared{Delivery: id, PreparedAt: at, Stops: []gremio.Stop{{Plate: plate, Replenishment: id}}}.V2())
				},
				func() error {
					return tx.AddTrack(ctx, []gremio.TrackPoint{{CartID: gremio.CartOf("T"), EventID: id, ReceivedAt: at, Fix: gremio.PositionReported{Plate: "T", Time: minute(i)}}})
				},
			} {
				if err := do(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	slices.Sort(want)
	lists := map[string]func(limit int) []string{
		"sales": func(n int) []string {
			return pageThrough(t, n, func(p gremio.Page) ([]gremio.Sale, string, error) { return s.Sales(ctx, gremio.SaleFilter{}, p) }, func(r gremio.Sale) string { return r.ID })
		},
		"alerts": func(n int) []string {
			return pageThrough(t, n, func(p gremio.Page) ([]gremio.Alert, string, error) { return s.Alerts(ctx, gremio.AlertFilter{}, p) }, func(r gremio.Alert) string { return r.ID })
		},
		"applications": func(n int) []string {
			return pageThrough(t, n, func(p gremio.Page) ([]gremio.Application, string, error) { return s.Applications(ctx, "", "", p) }, func(r gremio.Application) string { return r.ID })
		},
		"members": func(n int) []string {
			return pageThrough(t, n, func(p gremio.Page) ([]gremio.Member, string, error) { return s.Members(ctx, gremio.MemberFilter{}, p) }, func(r gremio.Member) string { return r.ID })
		},
		"sightings": func(n int) []string {
			return pageThrough(t, n, func(p gremio.Page) ([]gremio.Sighting, string, error) { return s.Sightings(ctx, p) }, func(r gremio.Sighting) string { return r.ID })
		},
		"replenishments": func(n int) []string {
			return pageThrough(t, n, func(p gremio.Page) ([]gremio.Replenishment, string, error) { return s.Replenishments(ctx, "", "", p) }, func(r gremio.Replenishment) string { return r.ID })
		},
		"deliveries": func(n int) []string {
			return pageThrough(t, n, func(p gremio.Page) ([]gremio.Delivery, string, error) {
				return s.Deliveries(ctx, gremio.DeliveryFilter{}, p)
			}, func(r gremio.Delivery) string { return r.ID })
		},
	}
	for name, read := range lists {
		for _, limit := range []int{1, 2, 7, rows - 1, rows, rows + 1} {
			got := read(limit)
			whole := read(1000)
			if !slices.Equal(got, whole) {
				t.Errorf("%s by %d come in another order than at once:\n%v\n%v", name, limit, got, whole)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s by %d: %v, want %v", name, limit, got, want)
			}
		}
	}
	for name, read := range map[string]func(limit int) []string{
		"carts": func(n int) []string {
			return pageThrough(t, n, func(p gremio.Page) ([]gremio.Cart, string, error) { return s.Carts(ctx, "", p) }, func(r gremio.Cart) string { return string(r.Plate) })
		},
		"stock": func(n int) []string {
			return pageThrough(t, n, func(p gremio.Page) ([]gremio.StockLevel, string, error) {
				return s.Stock(ctx, "", gremio.DefaultSettings(), p)
			}, func(r gremio.StockLevel) string { return string(r.Plate) })
		},
		"track": func(n int) []string {
			return pageThrough(t, n, func(p gremio.Page) ([]gremio.Fix, string, error) { return s.Track(ctx, "T", p) }, func(r gremio.Fix) string { return r.Time.String() })
		},
	} {
		for _, limit := range []int{1, 2, 7, rows - 1, rows, rows + 1} {
			got := read(limit)
			once := slices.Compact(slices.Clone(got))
			sorted := slices.IsSorted(got)
			if name == "track" {
				slices.Reverse(got)
				sorted = slices.IsSorted(got)
			}
			if len(got) != rows || len(once) != rows || !sorted {
				t.Errorf("%s by %d: %d rows, %d of them once, in order: %v", name, limit, len(got), len(once), sorted)
			}
		}
	}
}

func wrongCursor(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	for _, cursor := range []string{"x", "????", "MTIz", "'; DROP TABLE sales;--", "eCBhYmM"} {
		page := gremio.Page{Limit: 1, After: cursor}
		_, _, err := s.Sales(ctx, gremio.SaleFilter{}, page)
		wantKind(t, err, gremio.Invalid)
		_, _, err = s.Carts(ctx, "", page)
		wantKind(t, err, gremio.Invalid)
		_, _, err = s.Stock(ctx, "", gremio.DefaultSettings(), page)
		wantKind(t, err, gremio.Invalid)
	}
}
