// Package stock counts the dough on every cart, asks for more before it runs
// out, and prepares deliveries of five.
package stock

import (
	"context"
	"fmt"
	"maps"
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
		gremio.TypeDeliveryRequested, gremio.TypeDeliveryPrepared, gremio.TypeDeliveryPreparedV2, gremio.TypeStopConfirmed,
		gremio.TypeDeliveryLoaded, gremio.TypeDeliveryLeft, gremio.TypeDeliveryCancelled, gremio.TypeStopFailed,
		gremio.TypeDepotRefilled, gremio.TypeDepotCounted,
	}
)

// A Tx is what the worker needs of a transaction.
type Tx interface {
	Settings(ctx context.Context) (gremio.Settings, error)
	SettingsSince(ctx context.Context, t time.Time) (gremio.SettingsHistory, error)
	LockLedger(ctx context.Context, plate gremio.Plate) (*gremio.StockLedger, bool, error)
	AddLevel(ctx context.Context, plate gremio.Plate, l gremio.Level) (bool, error)
	ReadMoves(ctx context.Context, plate gremio.Plate, first gremio.StockMove) (*gremio.StockLedger, error)
	SaveLedgers(ctx context.Context, ledgers []*gremio.StockLedger) error
	LiveReplenishment(ctx context.Context, plate gremio.Plate) (gremio.Replenishment, bool, error)
	OpenReplenishment(ctx context.Context, r gremio.ReplenishmentOpened) error
	CloseReplenishment(ctx context.Context, r gremio.ReplenishmentClosed) error
	deliveryTx
	depotTx
}

// Apply follows every cart's level and opens and closes replenishments.
func Apply(ctx context.Context, tx Tx, batch []gremio.Record) (work.Outcome, error) {
	b, err := begin(ctx, tx, batch)
	if err != nil {
		return work.Outcome{}, err
	}
	for _, rec := range batch {
		if err := b.apply(ctx, rec); err != nil {
			return b.done, err
		}
	}
	return b.done, b.save(ctx)
}

// A stockBatch is the state of levels while a batch is applied.
type stockBatch struct {
	tx       Tx
	settings gremio.Settings        // of the event at hand
	history  gremio.SettingsHistory // for the batch
	ledgers  map[gremio.Plate]*gremio.StockLedger
	done     work.Outcome
}

// begin reads what the batch needs, its carts locked in the order of their
// plates, so that two members of the group never wait for each other.
func begin(ctx context.Context, tx Tx, batch []gremio.Record) (*stockBatch, error) {
	b := &stockBatch{tx: tx, ledgers: map[gremio.Plate]*gremio.StockLedger{}}
	var err error
	if b.history, err = tx.SettingsSince(ctx, work.Oldest(batch)); err != nil {
		return nil, err
	}
	first := map[gremio.Plate]gremio.StockMove{}
	for _, rec := range batch {
		m, p, ok := moveOf(rec.Event, b.history.At(rec.Event.Time))
		if known, seen := first[p]; ok && (!seen || m.Before(known)) {
			first[p] = m
		}
	}
	for _, p := range slices.Sorted(maps.Keys(first)) {
		if b.ledgers[p], err = lock(ctx, tx, p, first[p]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// lock reads the end of a cart's ledger as far back as first.
func lock(ctx context.Context, tx Tx, p gremio.Plate, first gremio.StockMove) (*gremio.StockLedger, error) {
	l, found, err := tx.LockLedger(ctx, p)
	if err != nil {
		return nil, err
	}
	if !found && first.Kind != gremio.MoveRefill { // a cart that was never refilled may not be there at all
		added, err := tx.AddLevel(ctx, p, gremio.Level{Units: first.Initial, LastFigure: first.Initial})
		if err != nil || added {
			return l, err
		}
		if l, _, err = tx.LockLedger(ctx, p); err != nil { // another member met it first
			return nil, err
		}
	}
	if !l.Reaches(first) {
		return tx.ReadMoves(ctx, p, first)
	}
	return l, nil
}

func (b *stockBatch) save(ctx context.Context) error {
	ledgers := make([]*gremio.StockLedger, 0, len(b.ledgers))
	for _, p := range slices.Sorted(maps.Keys(b.ledgers)) {
		ledgers = append(ledgers, b.ledgers[p])
	}
	return b.tx.SaveLedgers(ctx, ledgers)
}

// moveOf returns the move of dough that e is, and of which cart, if it is one.
func moveOf(e gremio.Event, s gremio.Settings) (m gremio.StockMove, p gremio.Plate, ok bool) {
	m = gremio.StockMove{Key: e.Key(), Initial: s.InitialStock}
	switch d := e.Data.(type) {
	case gremio.SaleRecorded:
		m.Kind, m.At, m.Units, m.Figure, p = gremio.MoveSale, saleTime(e, d), &d.Units, d.Stock, d.Plate
	case gremio.StockCounted:
		m.Kind, m.At, m.Figure, p = gremio.MoveCount, e.OrderTime(d.Time), &d.Units, d.Plate
	case gremio.StopConfirmed:
		if d.By == gremio.ByFigure {
			return m, "", false
		}
		m.Kind, m.At, m.Units, p = gremio.MoveRefill, d.ConfirmedAt, d.Units, d.Plate
	default:
		return m, "", false
	}
	return m, p, true
}

func (b *stockBatch) apply(ctx context.Context, rec gremio.Record) error {
	e := rec.Event
	b.settings = b.history.At(e.Time)
	switch d := e.Data.(type) {
	case gremio.SaleRecorded, gremio.StockCounted:
		return b.moved(ctx, e)
	case gremio.StopConfirmed:
		if d.By != gremio.ByFigure {
			return b.confirm(ctx, rec, d)
		}
	case gremio.DeliveryRequested:
		return b.requested(ctx, rec, d)
	case gremio.DeliveryLoaded, gremio.DeliveryLeft, gremio.DeliveryCancelled, gremio.StopFailed:
		return b.lives(ctx, rec)
	case gremio.DepotRefilled, gremio.DepotCounted:
		return b.depotMoved(ctx, e)
	}
	return b.keep(ctx, e)
}

// keep stores a decision that was made before, as it stands in the log.
func (b *stockBatch) keep(ctx context.Context, e gremio.Event) error {
	switch d := e.Data.(type) {
	case gremio.ReplenishmentOpened:
		return b.tx.OpenReplenishment(ctx, d)
	case gremio.ReplenishmentClosed:
		return b.tx.CloseReplenishment(ctx, d)
	case gremio.DeliveryPrepared:
		return b.tx.AddDelivery(ctx, d.V2())
	case gremio.DeliveryPreparedV2:
		return b.tx.AddDelivery(ctx, d)
	case gremio.StopConfirmed:
		return b.tx.KeepConfirmation(ctx, d)
	case gremio.StopFailed:
		return b.tx.KeepFailure(ctx, d)
	case gremio.DeliveryLoaded, gremio.DeliveryLeft, gremio.DeliveryCancelled:
		return b.tx.KeepDeliveryAct(ctx, d)
	case gremio.DepotRefilled, gremio.DepotCounted:
		return b.tx.AddDepotMove(ctx, e.Key(), d)
	}
	return nil
}

// Replay makes the tables anew from what stands in the log: it follows the
// levels and keeps the decisions that were made, and makes none.
func Replay(ctx context.Context, tx Tx, batch []gremio.Record) (work.Outcome, error) {
	b, err := begin(ctx, tx, batch)
	if err != nil {
		return work.Outcome{}, err
	}
	for _, rec := range batch {
		b.settings = b.history.At(rec.Event.Time)
		if m, p, ok := moveOf(rec.Event, b.settings); ok {
			b.ledgers[p].Add(m, b.settings.StockThreshold)
		}
		if err := b.keep(ctx, rec.Event); err != nil {
			return b.done, err
		}
	}
	return b.done, b.save(ctx)
}

// saleTime returns the time by which a sale is older or newer than other moves.
// The first client's Hora is free text, often the same all day, so its sales
// stand in the order in which they came.
func saleTime(e gremio.Event, s gremio.SaleRecorded) time.Time {
	if s.TimeText != "" {
		return e.Time
	}
	return e.OrderTime(s.Time)
}

// moved takes a sale or a count and draws the consequences.
func (b *stockBatch) moved(ctx context.Context, e gremio.Event) error {
	m, p, _ := moveOf(e, b.settings)
	first := b.ledgers[p].Empty()
	short := func() bool { return b.ledgers[p].Level().Units < b.settings.StockThreshold }
	wasShort := !first && short()
	change := b.ledgers[p].Add(m, b.settings.StockThreshold)
	switch {
	case change.Refilled, wasShort && !short(): // the latter by a figure that came after the sale which it stands before
		if err := b.refilledUnseen(ctx, e, p); err != nil {
			return err
		}
	case !first && abs(change.Disagrees) > b.settings.StockTolerance:
		b.mismatch(e, p, change.Disagrees)
	}
	return b.openIfShort(ctx, e, p)
}

// openIfShort opens a replenishment for a cart that has fallen below the
// threshold and has none.
func (b *stockBatch) openIfShort(ctx context.Context, cause gremio.Event, p gremio.Plate) error {
	l := b.ledgers[p].Level()
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
// it was refilled, and confirms the stop that was to do it. A figure that came
// late shows nothing when the cart is short again by now.
func (b *stockBatch) refilledUnseen(ctx context.Context, cause gremio.Event, p gremio.Plate) error {
	if b.ledgers[p].Level().Units < b.settings.StockThreshold {
		return nil
	}
	r, live, err := b.tx.LiveReplenishment(ctx, p)
	if err != nil || !live {
		return err
	}
	delivery, err := b.tx.StopOf(ctx, r.ID)
	if err != nil {
		return err
	}
	if delivery != "" {
		units := b.ledgers[p].Level().Units
		confirmed := gremio.StopConfirmed{Delivery: delivery, Plate: p, Units: &units, ConfirmedAt: cause.Time, By: gremio.ByFigure}
		if _, refused, err := b.tx.ConfirmStop(ctx, confirmed); err != nil || refused != "" {
			return err
		}
		b.derive(gremio.DerivedID("stop", cause.Key()), string(p), cause.Time, confirmed)
	}
	return b.close(ctx, cause, p, r.ID, gremio.ClosedByFigure)
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

func (b *stockBatch) derive(id, key string, at time.Time, d gremio.Data) {
	b.done.Derived = append(b.done.Derived, gremio.Event{ID: id, Source: source, Subject: key, Time: at, Data: d})
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
