package stock

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"gremio"
	"gremio/internal/route"
	"gremio/internal/work"
)

// Tick prepares deliveries: one for each five carts that wait, and a smaller
// one when the oldest has waited long enough. It runs in the process that holds
// partition 0 alone, so no cart is on two.
func Tick(ctx context.Context, tx Tx, now time.Time) (work.Outcome, error) {
	b := &stockBatch{tx: tx}
	var err error
	if b.settings, err = tx.Settings(ctx); err != nil {
		return b.done, err
	}
	waiting, err := tx.WaitingReplenishments(ctx)
	if err != nil || len(waiting) == 0 {
		return b.done, err
	}
	wait := time.Duration(b.settings.DeliveryWaitSeconds) * time.Second
	for len(waiting) >= gremio.DeliverySize || len(waiting) > 0 && now.Sub(waiting[0].OpenedAt) >= wait {
		if waiting, err = b.prepare(ctx, waiting, "", now); err != nil {
			return b.done, err
		}
	}
	return b.done, nil
}

// requested prepares a delivery of the carts that wait, however few, because
// the office wants it now. Its event lies in partition 0.
func (b *stockBatch) requested(ctx context.Context, rec gremio.Record, d gremio.DeliveryRequested) error {
	waiting, err := b.tx.WaitingReplenishments(ctx)
	if err != nil {
		return err
	}
	if len(waiting) == 0 {
		b.done.Rejected = append(b.done.Rejected, gremio.Rejection{Record: rec, Reason: "no cart waits for a delivery"})
		return nil
	}
	_, err = b.prepare(ctx, waiting, d.Delivery, rec.Event.Time)
	return err
}

// prepare makes one delivery of up to five of the waiting carts and returns the others.
func (b *stockBatch) prepare(ctx context.Context, waiting []gremio.WaitingReplenishment, id string, now time.Time) ([]gremio.WaitingReplenishment, error) {
	size := min(gremio.DeliverySize, len(waiting))
	candidates := make([]route.Waiting, len(waiting))
	for i, w := range waiting {
		candidates[i] = route.Waiting{Place: pointOf(w.Place), PassedOver: w.PassedOver}
	}
	chosen := route.Group(b.settings.Depot, candidates, size)
	places := make([]*gremio.Point, len(chosen))
	for i, c := range chosen {
		places[i] = candidates[c].Place
	}
	order, metres := route.Order(b.settings.Depot, places)
	if id == "" {
		id = gremio.DerivedID("delivery", waiting[chosen[order[0]]].ID)
	}
	d := gremio.DeliveryPrepared{Delivery: id, PreparedAt: now, Metres: metres, PassedOver: []gremio.Plate{}, SettingsVersion: b.settings.Version}
	taken := map[int]bool{}
	for _, o := range order {
		w := waiting[chosen[o]]
		taken[chosen[o]] = true
		units := max(0, b.settings.InitialStock-w.Units)
		d.Stops = append(d.Stops, gremio.Stop{Plate: w.Plate, Replenishment: w.ID, Units: units, Place: w.Place})
		d.TotalUnits += units
	}
	for _, i := range route.PassedOver(len(waiting), chosen) {
		d.PassedOver = append(d.PassedOver, waiting[i].Plate)
		waiting[i].PassedOver++
	}
	if err := b.tx.AddDelivery(ctx, d); err != nil {
		return nil, err
	}
	b.derive(gremio.DerivedID("prepared", id), id, now, d)
	b.done.Notices = append(b.done.Notices, gremio.NoticeOfDelivery(d))
	var left []gremio.WaitingReplenishment
	for i, w := range waiting {
		if !taken[i] {
			left = append(left, w)
		}
	}
	return left, nil
}

func pointOf(p *gremio.Place) *gremio.Point {
	if p == nil {
		return nil
	}
	return p.Point
}

// Print writes the deliveries among derived for whoever loads the van.
func Print(out io.Writer, derived []gremio.Event) {
	for _, e := range derived {
		d, ok := e.Data.(gremio.DeliveryPrepared)
		if !ok {
			continue
		}
		var b strings.Builder
		fmt.Fprintf(&b, "\nReparto %s  %s  cargar %d masas  %.1f km\n", d.Delivery,
			d.PreparedAt.In(gremio.Santiago()).Format("2006-01-02 15:04"), d.TotalUnits, d.Metres/1000)
		for i, s := range d.Stops {
			fmt.Fprintf(&b, "  %d. %-16s %4d masas  %s\n", i+1, s.Plate, s.Units, placeText(s.Place))
		}
		io.WriteString(out, b.String())
	}
}

func placeText(p *gremio.Place) string {
	switch {
	case p != nil && p.Point != nil:
		return fmt.Sprintf("%.5f, %.5f", p.Point.Lat, p.Point.Lon)
	case p != nil && p.Grid != nil:
		return fmt.Sprintf("cuadrícula %g, %g", p.Grid.X, p.Grid.Y)
	}
	return "ubicación desconocida"
}
