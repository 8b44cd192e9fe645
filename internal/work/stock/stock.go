// Package stock counts the dough on every cart, asks for more before it runs
// out, and prepares deliveries of five.
package stock

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gremio"
	"gremio/internal/work"
)

// Name of the worker.
const Name = "stock"

const source = "/worker/" + Name

// Topics that the worker reads, its own first, and Types that it applies. A
// voided sale is not among them: whether its dough came back only a count says.
var (
	Topics = []gremio.Topic{gremio.TopicStock, gremio.TopicSales}
	Types  = []gremio.Type{
		gremio.TypeSaleRecorded, gremio.TypeStockCounted,
		gremio.TypeReplenishmentOpened, gremio.TypeReplenishmentClosed,
		gremio.TypeDeliveryRequested, gremio.TypeDeliveryPrepared, gremio.TypeStopConfirmed,
	}
)

// A Tx is what the worker needs of a transaction.
type Tx interface {
	Settings(ctx context.Context) (gremio.Settings, error)
	LockLevel(ctx context.Context, plate gremio.Plate) (gremio.Level, bool, error)
	AddLevel(ctx context.Context, l gremio.Level) (bool, error)
	SaveLevel(ctx context.Context, l gremio.Level) error
	LiveReplenishment(ctx context.Context, plate gremio.Plate) (gremio.Replenishment, bool, error)
	OpenReplenishment(ctx context.Context, r gremio.ReplenishmentOpened) error
	CloseReplenishment(ctx context.Context, r gremio.ReplenishmentClosed) error
	WaitingReplenishments(ctx context.Context) ([]gremio.WaitingReplenishment, error)
	AddDelivery(ctx context.Context, d gremio.DeliveryPrepared) error
	ConfirmStop(ctx context.Context, c gremio.StopConfirmed) (found bool, replenishment string, err error)
	StopOf(ctx context.Context, replenishment string) (delivery string, err error)
}

// Apply follows every cart's level and opens and closes replenishments.
func Apply(ctx context.Context, tx Tx, batch []gremio.Record) (work.Outcome, error) {
	b := &stockBatch{tx: tx, levels: map[gremio.Plate]*gremio.Level{}, fresh: map[gremio.Plate]bool{}}
	var err error
	if b.settings, err = tx.Settings(ctx); err != nil {
		return b.done, err
	}
	if err := b.lock(ctx, batch); err != nil {
		return b.done, err
	}
	for _, rec := range batch {
		if err := b.apply(ctx, rec); err != nil {
			return b.done, err
		}
	}
	for _, p := range b.order {
		if err := tx.SaveLevel(ctx, *b.levels[p]); err != nil {
			return b.done, err
		}
	}
	return b.done, nil
}

// A stockBatch is the state of levels while a batch is applied.
type stockBatch struct {
	tx       Tx
	settings gremio.Settings
	order    []gremio.Plate // of the levels, as they were locked
	levels   map[gremio.Plate]*gremio.Level
	fresh    map[gremio.Plate]bool // nothing was known of the cart before
	done     work.Outcome
}

// lock reads the levels of the batch's carts in the order of their plates, so
// that two members of the group never wait for each other.
func (b *stockBatch) lock(ctx context.Context, batch []gremio.Record) error {
	for _, rec := range batch {
		if p := plateOf(rec.Event.Data); p != "" && !slices.Contains(b.order, p) {
			b.order = append(b.order, p)
		}
	}
	slices.Sort(b.order)
	for _, p := range b.order {
		l, found, err := b.tx.LockLevel(ctx, p)
		if err != nil {
			return err
		}
		if !found {
			l = gremio.NewLevel(p, b.settings.InitialStock)
			if b.fresh[p], err = b.tx.AddLevel(ctx, l); err != nil {
				return err
			}
			if !b.fresh[p] { // another member met it first
				if l, _, err = b.tx.LockLevel(ctx, p); err != nil {
					return err
				}
			}
		}
		b.levels[p] = &l
	}
	return nil
}

func plateOf(d gremio.Data) gremio.Plate {
	switch d := d.(type) {
	case gremio.SaleRecorded:
		return d.Plate
	case gremio.StockCounted:
		return d.Plate
	case gremio.StopConfirmed:
		return d.Plate
	}
	return ""
}

func (b *stockBatch) apply(ctx context.Context, rec gremio.Record) error {
	e := rec.Event
	switch d := e.Data.(type) {
	case gremio.SaleRecorded:
		change := b.levels[d.Plate].Sell(d.Units, d.Stock, orderTime(e, d.Time, d.TimeText), b.settings.StockThreshold)
		return b.changed(ctx, e, d.Plate, change)
	case gremio.StockCounted:
		change := b.levels[d.Plate].Count(d.Units, orderTime(e, d.Time, ""), b.settings.StockThreshold)
		return b.changed(ctx, e, d.Plate, change)
	case gremio.StopConfirmed:
		return b.confirm(ctx, rec, d)
	case gremio.DeliveryRequested:
		return b.requested(ctx, rec, d)
	case gremio.ReplenishmentOpened:
		return b.tx.OpenReplenishment(ctx, d)
	case gremio.ReplenishmentClosed:
		return b.tx.CloseReplenishment(ctx, d)
	case gremio.DeliveryPrepared:
		return b.tx.AddDelivery(ctx, d)
	}
	return nil
}

// orderTime returns the time by which news of a cart is older or newer than
// other news. What was sent at once counts from its receipt, so that a phone's
// clock that is off by minutes switches nothing off; what was sent later counts
// from the device's own time. The first client's Hora is free text, often the
// same all day, so its sales stand in the order in which they came.
func orderTime(e gremio.Event, device time.Time, text string) time.Time {
	if text != "" || e.Time.Sub(device).Abs() <= gremio.MaxClockLead {
		return e.Time
	}
	return device
}

// changed draws the consequences of a level's change.
func (b *stockBatch) changed(ctx context.Context, cause gremio.Event, p gremio.Plate, change gremio.LevelChange) error {
	first := b.fresh[p]
	delete(b.fresh, p)
	switch {
	case change.Refilled:
		if err := b.refilledUnseen(ctx, cause, p); err != nil {
			return err
		}
	case !first && abs(change.Disagrees) > b.settings.StockTolerance:
		b.mismatch(cause, p, change.Disagrees)
	}
	l := b.levels[p]
	if l.Units >= b.settings.StockThreshold {
		return nil
	}
	_, live, err := b.tx.LiveReplenishment(ctx, p)
	if err != nil || live {
		return err
	}
	opened := gremio.ReplenishmentOpened{
		Replenishment: gremio.DerivedID("replenishment", cause.Key()), Plate: p, Level: l.Units,
		OpenedAt: cause.Time, SettingsVersion: b.settings.Version,
	}
	b.derive(opened.Replenishment, string(p), cause.Time, opened)
	return b.tx.OpenReplenishment(ctx, opened)
}

// refilledUnseen closes the replenishment of a cart whose own figure shows that
// it was refilled, and confirms the stop that was to do it.
func (b *stockBatch) refilledUnseen(ctx context.Context, cause gremio.Event, p gremio.Plate) error {
	r, live, err := b.tx.LiveReplenishment(ctx, p)
	if err != nil || !live {
		return err
	}
	delivery, err := b.tx.StopOf(ctx, r.ID)
	if err != nil {
		return err
	}
	if delivery != "" {
		units := b.levels[p].Units
		confirmed := gremio.StopConfirmed{Delivery: delivery, Plate: p, Units: &units, ConfirmedAt: cause.Time, By: "figure"}
		if _, _, err := b.tx.ConfirmStop(ctx, confirmed); err != nil {
			return err
		}
		b.derive(gremio.DerivedID("stop", cause.Key()), string(p), cause.Time, confirmed)
	}
	return b.close(ctx, cause, p, r.ID, "figure_rose")
}

func (b *stockBatch) close(ctx context.Context, cause gremio.Event, p gremio.Plate, replenishment, reason string) error {
	closed := gremio.ReplenishmentClosed{Replenishment: replenishment, Plate: p, ClosedAt: cause.Time, Reason: reason}
	b.derive(gremio.DerivedID("refilled", replenishment), string(p), cause.Time, closed)
	return b.tx.CloseReplenishment(ctx, closed)
}

// mismatch raises one alert a day for a cart whose figures do not add up.
func (b *stockBatch) mismatch(cause gremio.Event, p gremio.Plate, by int) {
	day := gremio.DayOf(cause.Time, b.settings.DayStartsAt)
	b.done.Derived = append(b.done.Derived, gremio.NewAlert(source, gremio.AlertRaised{
		Alert: gremio.AlertID(gremio.AlertStockMismatch, string(p)+" "+string(day)), Kind: gremio.AlertStockMismatch,
		Severity: gremio.SeverityInfo, Plate: &p, RaisedAt: cause.Time,
		Cause: fmt.Sprintf("the stock that cart %s reports is off by %+d units from its last figure less its sales", p, by),
	}))
}

func (b *stockBatch) confirm(ctx context.Context, rec gremio.Record, d gremio.StopConfirmed) error {
	found, replenishment, err := b.tx.ConfirmStop(ctx, d)
	if err != nil {
		return err
	}
	if !found || replenishment == "" {
		reason := "the stop is confirmed already"
		if !found {
			reason = "there is no such delivery, or it does not stop at that cart"
		}
		b.done.Rejected = append(b.done.Rejected, gremio.Rejection{Record: rec, Reason: reason})
		return nil
	}
	b.levels[d.Plate].Refill(d.Units, b.settings.InitialStock, d.ConfirmedAt)
	delete(b.fresh, d.Plate)
	if err := b.close(ctx, rec.Event, d.Plate, replenishment, "stop_confirmed"); err != nil {
		return err
	}
	// A refill of a few units may leave the cart short again.
	return b.changed(ctx, rec.Event, d.Plate, gremio.LevelChange{})
}

func (b *stockBatch) derive(id, key string, at time.Time, d gremio.Data) {
	b.done.Derived = append(b.done.Derived, gremio.Event{ID: id, Source: source, Subject: key, Time: at, Data: d})
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
