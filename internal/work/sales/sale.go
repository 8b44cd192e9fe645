// Package sales keeps every sale and the totals of its day.
package sales

import (
	"context"
	"time"

	"gremio"
	"gremio/internal/work"
)

// Name of the worker.
const Name = "sales"

// Topics that the worker reads, and Types that it applies.
var (
	Topics = []gremio.Topic{gremio.TopicSales}
	Types  = []gremio.Type{gremio.TypeSaleRecorded, gremio.TypeSaleVoided, gremio.TypeDayClosed, gremio.TypeDayRevised, gremio.TypeDayClosedV2, gremio.TypeDayRevisedV2}
)

// A Tx is what the worker needs of a transaction.
type Tx interface {
	SettingsSince(ctx context.Context, t time.Time) (gremio.SettingsHistory, error)
	AddSales(ctx context.Context, sales []gremio.Sale) error
	VoidSale(ctx context.Context, plate gremio.Plate, id, reason string, at time.Time) (bool, error)
	SaleIsPast(ctx context.Context, plate gremio.Plate, id string, at time.Time) (bool, error)
	AddReport(ctx context.Context, r gremio.DailyReport) error
	AddReportPart(ctx context.Context, p gremio.ReportPart) (made *gremio.DailyReport, err error)
	CartsWithSales(ctx context.Context, cartIDs []string) (map[string]bool, error)
	KnownPlates(ctx context.Context, plates []gremio.Plate) (map[gremio.Plate]bool, error)
	SuspendedSince(ctx context.Context, plates []gremio.Plate) (map[gremio.Plate]time.Time, error)
}

// Apply stores the batch's sales with their totals, takes voided ones back and
// keeps the reports of closed days.
func Apply(ctx context.Context, tx Tx, batch []gremio.Record) (work.Outcome, error) {
	return apply(ctx, tx, batch, strangeCarts)
}

// Replay makes the tables anew from what stands in the log.
func Replay(ctx context.Context, tx Tx, batch []gremio.Record) (work.Outcome, error) {
	return apply(ctx, tx, batch, func(context.Context, Tx, []gremio.Sale) ([]gremio.Event, error) { return nil, nil })
}

func apply(ctx context.Context, tx Tx, batch []gremio.Record, strange func(context.Context, Tx, []gremio.Sale) ([]gremio.Event, error)) (work.Outcome, error) {
	var done work.Outcome
	settings, err := tx.SettingsSince(ctx, work.Oldest(batch))
	if err != nil {
		return done, err
	}
	var waiting []gremio.Sale
	flush := func() error {
		if len(waiting) == 0 {
			return nil
		}
		alerts, err := strange(ctx, tx, waiting)
		if err != nil {
			return err
		}
		done.Derived = append(done.Derived, alerts...)
		err = tx.AddSales(ctx, waiting)
		waiting = nil
		return err
	}
	for _, rec := range batch {
		switch data := rec.Event.Data.(type) {
		case gremio.SaleRecorded:
			waiting = append(waiting, saleOf(rec.Event, data, settings.At(rec.Event.Time)))
		case gremio.SaleVoided:
			// The sale may stand before it in the same batch.
			if err := flush(); err != nil {
				return done, err
			}
			past, err := tx.SaleIsPast(ctx, data.Plate, data.Sale, rec.Event.Time)
			if err != nil {
				return done, err
			}
			if past {
				done.Rejected = append(done.Rejected, gremio.Rejection{Record: rec, Reason: gremio.SaleIsPast})
				continue
			}
			voided, err := tx.VoidSale(ctx, data.Plate, data.Sale, data.Reason, rec.Event.Time)
			if err != nil {
				return done, err
			}
			if !voided {
				done.Rejected = append(done.Rejected, gremio.Rejection{Record: rec, Reason: "the sale is taken back already"})
			}
		case gremio.DayClosed:
			done.Notices = append(done.Notices, gremio.NoticeOfDay(data.Report, rec.Event.Time))
			err = tx.AddReport(ctx, data.Report)
		case gremio.DayRevised:
			err = tx.AddReport(ctx, data.Report)
		case gremio.DayClosedV2:
			var made *gremio.DailyReport
			if made, err = tx.AddReportPart(ctx, data.ReportPart); made != nil {
				done.Notices = append(done.Notices, gremio.NoticeOfDay(*made, rec.Event.Time))
			}
		case gremio.DayRevisedV2:
			_, err = tx.AddReportPart(ctx, data.ReportPart)
		}
		if err != nil {
			return done, err
		}
	}
	return done, flush()
}

func saleOf(e gremio.Event, s gremio.SaleRecorded, settings gremio.Settings) gremio.Sale {
	if s.Amount == nil && settings.Price > 0 {
		amount := int64(settings.Price) * int64(s.Units)
		s.Amount = &amount
	}
	return gremio.Sale{
		ID: e.ID, Plate: s.Plate, Client: s.Client, Units: s.Units, Time: s.Time, ReceivedAt: e.Time,
		DeviceTime: s.DeviceTime, TimeText: s.TimeText, Stock: s.Stock, Where: gremio.WhereIs(s.Place), Amount: s.Amount,
		Day:       gremio.DayOf(s.Time, settings.DayStartsAt),
		ClientKey: gremio.Fold(s.Client),
		Hour:      s.Time.In(gremio.Santiago()).Hour(),
	}
}

// strangeCarts raises the alerts of carts that sell and should not.
func strangeCarts(ctx context.Context, tx Tx, batch []gremio.Sale) ([]gremio.Event, error) {
	unknown, err := unknownCarts(ctx, tx, batch)
	if err != nil {
		return nil, err
	}
	suspended, err := suspendedCarts(ctx, tx, batch)
	return append(unknown, suspended...), err
}

// unknownCarts raises an alert for each cart that sells for the first time
// although nobody has applied with its plate. Its sales are kept all the same.
func unknownCarts(ctx context.Context, tx Tx, batch []gremio.Sale) ([]gremio.Event, error) {
	first := map[gremio.Plate]time.Time{}
	var plates []gremio.Plate
	var carts []string
	for _, s := range batch {
		if _, ok := first[s.Plate]; !ok {
			first[s.Plate] = s.ReceivedAt
			plates = append(plates, s.Plate)
			carts = append(carts, gremio.CartOf(s.Plate))
		}
	}
	sold, err := tx.CartsWithSales(ctx, carts)
	if err != nil {
		return nil, err
	}
	known, err := tx.KnownPlates(ctx, plates)
	if err != nil {
		return nil, err
	}
	var alerts []gremio.Event
	for _, p := range plates {
		if !sold[gremio.CartOf(p)] && !known[p] {
			alerts = append(alerts, gremio.UnknownCartAlert("/worker/"+Name, p, first[p]))
		}
	}
	return alerts, nil
}

// suspendedCarts raises an alert for each cart that sells while its member is
// suspended. Its sales are kept all the same.
func suspendedCarts(ctx context.Context, tx Tx, batch []gremio.Sale) (alerts []gremio.Event, err error) {
	var plates []gremio.Plate
	seen := map[gremio.Plate]bool{}
	for _, s := range batch {
		if !seen[s.Plate] {
			seen[s.Plate] = true
			plates = append(plates, s.Plate)
		}
	}
	since, err := tx.SuspendedSince(ctx, plates)
	if err != nil {
		return nil, err
	}
	for _, s := range batch {
		if from, suspended := since[s.Plate]; suspended && !s.Time.Before(from) { // what was sold before may come late
			delete(since, s.Plate)
			alerts = append(alerts, gremio.SuspendedCartAlert("/worker/"+Name, s.Plate, from, s.ReceivedAt))
		}
	}
	return alerts, nil
}
