package stock

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gremio"
	"gremio/internal/route"
	"gremio/internal/work"
)

// deliveryTx is what deliveries need of a transaction.
type deliveryTx interface {
	WaitingReplenishments(ctx context.Context) ([]gremio.WaitingReplenishment, error)
	AddDelivery(ctx context.Context, d gremio.DeliveryPreparedV2) error
	ConfirmStop(ctx context.Context, c gremio.StopConfirmed) (replenishment, refused string, err error)
	KeepConfirmation(ctx context.Context, c gremio.StopConfirmed) error
	StopOf(ctx context.Context, replenishment string) (delivery string, err error)
	ActOnDelivery(ctx context.Context, d gremio.Data) (refused string, err error)
	KeepDeliveryAct(ctx context.Context, d gremio.Data) error
	FailStop(ctx context.Context, f gremio.StopFailed) (refused string, err error)
	KeepFailure(ctx context.Context, f gremio.StopFailed) error
	SoldByHour(ctx context.Context, plates []gremio.Plate, days []gremio.Day) (map[gremio.Plate]map[gremio.Day]gremio.HourlyUnits, error)
	UnconfirmedStops(ctx context.Context, before time.Time) ([]gremio.StopConfirmed, error)
}

// Tick prepares deliveries: one for each five carts that wait, and a smaller one
// when the oldest has waited long enough or one is about to run out. It runs in the process that holds
// partition 0 alone, so no cart is on two.
func Tick(ctx context.Context, tx Tx, now time.Time) (work.Outcome, error) {
	b := &stockBatch{tx: tx, ledgers: map[gremio.Plate]*gremio.StockLedger{}}
	var err error
	if b.settings, err = tx.Settings(ctx); err != nil {
		return b.done, err
	}
	if err := b.confirmByTime(ctx, now); err != nil {
		return b.done, err
	}
	waiting, err := tx.WaitingReplenishments(ctx)
	if err != nil {
		return b.done, err
	}
	if waiting, err = b.closeLeft(ctx, waiting, now); err != nil {
		return b.done, err
	}
	for i, queue := range b.queues(waiting, false) {
		depot := b.settings.AllDepots()[i]
		for {
			why, err := b.due(ctx, depot, queue, now)
			if err != nil {
				return b.done, err
			}
			if why == "" {
				break
			}
			if queue, err = b.prepare(ctx, depot, queue, "", why, now); err != nil {
				return b.done, err
			}
		}
	}
	if len(b.done.Notices) == 0 {
		return b.done, nil // nothing more is promised
	}
	return b.done, b.warnDepots(ctx, now)
}

// due returns why a delivery of the carts that wait at a depot is prepared now, ""
// when it is not.
func (b *stockBatch) due(ctx context.Context, depot gremio.Depot, queue []gremio.WaitingReplenishment, now time.Time) (why string, err error) {
	if len(queue) >= gremio.DeliverySize {
		return gremio.BecauseFiveWait, nil
	}
	wait := time.Duration(b.settings.DeliveryWaitSeconds) * time.Second
	if slices.ContainsFunc(queue, func(w gremio.WaitingReplenishment) bool { return now.Sub(w.WaitsSince) >= wait }) {
		return gremio.BecauseOfWait, nil
	}
	runsOut, err := b.oneRunsOut(ctx, depot, queue, now)
	if runsOut {
		why = gremio.BecauseForecast
	}
	return why, err
}

// queues returns the carts that wait at each depot, the nearest to each. Those of
// suspended members wait on, and so do those off shift, unless everybody is asked
// for: docs/stock.md.
func (b *stockBatch) queues(waiting []gremio.WaitingReplenishment, everybody bool) [][]gremio.WaitingReplenishment {
	depots := b.settings.AllDepots()
	queues := make([][]gremio.WaitingReplenishment, len(depots))
	for _, w := range waiting {
		if w.Suspended || w.HasLeft || w.OffShift && !everybody {
			continue
		}
		i := gremio.NearestDepot(depots, w.Place)
		queues[i] = append(queues[i], w)
	}
	return queues
}

// closeLeft closes the replenishments of plates that nobody bears any more, since
// there is no cart to refill, and returns the others.
func (b *stockBatch) closeLeft(ctx context.Context, waiting []gremio.WaitingReplenishment, now time.Time) (left []gremio.WaitingReplenishment, err error) {
	for _, w := range waiting {
		if !w.HasLeft {
			left = append(left, w)
			continue
		}
		if err := b.close(ctx, gremio.Event{Time: now}, w.Plate, w.ID, gremio.ClosedByLeave); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// requested prepares a delivery of the carts that wait, however few and on shift or
// not, because the office wants it now: at the depot where one has waited longest.
// Its event lies in partition 0.
func (b *stockBatch) requested(ctx context.Context, rec gremio.Record, d gremio.DeliveryRequested) error {
	waiting, err := b.tx.WaitingReplenishments(ctx)
	if err != nil {
		return err
	}
	queues := b.queues(waiting, true)
	longest := -1
	for i, queue := range queues {
		if len(queue) > 0 && (longest < 0 || queue[0].OpenedAt.Before(queues[longest][0].OpenedAt)) {
			longest = i
		}
	}
	if longest < 0 {
		b.refuse(rec, "no cart waits for a delivery")
		return nil
	}
	_, err = b.prepare(ctx, b.settings.AllDepots()[longest], queues[longest], d.Delivery, gremio.BecauseRequested, rec.Event.Time)
	return err
}

func (b *stockBatch) refuse(rec gremio.Record, reason string) {
	b.done.Rejected = append(b.done.Rejected, gremio.Rejection{Record: rec, Reason: reason})
}

// prepare makes one delivery of up to five of the waiting carts and returns the others.
// Its id says when, too: a replenishment whose stop comes to nothing is on several.
func (b *stockBatch) prepare(ctx context.Context, depot gremio.Depot, waiting []gremio.WaitingReplenishment, id, why string, now time.Time) ([]gremio.WaitingReplenishment, error) {
	chosen, order, metres := trip(depot, waiting)
	if id == "" {
		id = gremio.DerivedID("delivery", waiting[chosen[order[0]]].ID+" "+now.UTC().Format(time.RFC3339Nano))
	}
	d := gremio.DeliveryPreparedV2{Delivery: id, Depot: &depot, Why: why, PreparedAt: now, Metres: metres, PassedOver: []gremio.Plate{}, SettingsVersion: b.settings.Version}
	taken := map[int]bool{}
	for _, o := range order {
		w := waiting[chosen[o]]
		taken[chosen[o]] = true
		units := max(0, b.settings.InitialStock-w.Units)
		d.Stops = append(d.Stops, gremio.PlannedStop{Stop: gremio.Stop{Plate: w.Plate, Replenishment: w.ID, Units: units, Place: w.Place}})
		d.TotalUnits += units
	}
	b.expect(depot, d.Stops)
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

// trip chooses up to five of the waiting carts, as places in waiting, and the order
// of the shortest trip to them, as places in chosen.
func trip(depot gremio.Depot, waiting []gremio.WaitingReplenishment) (chosen, order []int, metres float64) {
	candidates := make([]route.Waiting, len(waiting))
	for i, w := range waiting {
		candidates[i] = route.Waiting{Place: pointOf(w.Place), PassedOver: w.PassedOver}
	}
	chosen = route.Group(depot.Point, candidates, min(gremio.DeliverySize, len(waiting)))
	places := make([]*gremio.Point, len(chosen))
	for i, c := range chosen {
		places[i] = candidates[c].Place
	}
	order, metres = route.Order(depot.Point, places)
	return chosen, order, metres
}

// expect says when each stop is expected, at the settings' speed as the crow flies.
func (b *stockBatch) expect(depot gremio.Depot, stops []gremio.PlannedStop) {
	at, seconds := depot.Point, 0.0
	for i, s := range stops {
		p := pointOf(s.Place)
		if p == nil {
			continue
		}
		seconds += gremio.Distance(at, *p) * 3.6 / float64(b.settings.DepotSpeedKMH)
		after := int(seconds)
		stops[i].AfterSeconds = &after
		at, seconds = *p, seconds+float64(60*b.settings.StopMinutes)
	}
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
		d, ok := e.Data.(gremio.DeliveryPreparedV2)
		if !ok {
			continue
		}
		var b strings.Builder
		fmt.Fprintf(&b, "\nReparto %s  %s  cargar %d masas%s  %.1f km\n", d.Delivery,
			d.PreparedAt.In(gremio.Santiago()).Format("2006-01-02 15:04"), d.TotalUnits, depotText(d.Depot), d.Metres/1000)
		for i, s := range d.Stops {
			fmt.Fprintf(&b, "  %d. %-16s %4d masas  %s  %s\n", i+1, s.Plate, s.Units, expectedText(d.PreparedAt, s.AfterSeconds), placeText(s.Place))
		}
		io.WriteString(out, b.String())
	}
}

func depotText(d *gremio.Depot) string {
	if d == nil || d.Name == "" {
		return ""
	}
	return " en " + d.Name
}

// expectedText is when a stop is expected if the van leaves at once.
func expectedText(prepared time.Time, after *int) string {
	if after == nil {
		return "--:--"
	}
	return prepared.Add(time.Duration(*after) * time.Second).In(gremio.Santiago()).Format("15:04")
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
