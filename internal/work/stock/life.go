package stock

import (
	"context"
	"time"

	"gremio"
)

// lives applies what somebody did with a delivery or one of its stops. The first in
// the log has won.
func (b *stockBatch) lives(ctx context.Context, rec gremio.Record) error {
	var refused string
	var err error
	var told gremio.Notice
	switch d := rec.Event.Data.(type) {
	case gremio.DeliveryLoaded, gremio.DeliveryLeft:
		refused, err = b.tx.ActOnDelivery(ctx, d)
	case gremio.DeliveryCancelled:
		refused, err = b.tx.ActOnDelivery(ctx, d)
		told = gremio.NoticeOfCancelledDelivery(d)
	case gremio.StopFailed:
		refused, err = b.tx.FailStop(ctx, d)
		told = gremio.NoticeOfFailedStop(d)
	}
	switch {
	case err != nil:
		return err
	case refused != "":
		b.refuse(rec, refused)
	case told.ID != "":
		b.done.Notices = append(b.done.Notices, told)
	}
	return nil
}

func (b *stockBatch) confirm(ctx context.Context, rec gremio.Record, d gremio.StopConfirmed) error {
	refused, err := b.refill(ctx, rec.Event, d)
	if err == nil && refused != "" {
		b.refuse(rec, refused)
	}
	return err
}

// refill applies that a stop was confirmed, by e, to the cart's level and to what
// asked for the dough, or returns why it does not fit.
func (b *stockBatch) refill(ctx context.Context, e gremio.Event, d gremio.StopConfirmed) (refused string, err error) {
	replenishment, refused, err := b.tx.ConfirmStop(ctx, d)
	if err != nil || refused != "" {
		return refused, err
	}
	m, p, _ := moveOf(e, b.settings)
	b.ledgers[p].Add(m, b.settings.StockThreshold)
	if err := b.close(ctx, e, p, replenishment, gremio.ClosedByStop); err != nil {
		return "", err
	}
	// A refill of a few units may leave the cart short again.
	return "", b.openIfShort(ctx, e, p)
}

// confirmByTime confirms stops that nobody has, as long after their delivery left,
// or else was prepared, as the settings say.
func (b *stockBatch) confirmByTime(ctx context.Context, now time.Time) error {
	if b.settings.AutoConfirmSeconds == 0 {
		return nil
	}
	stops, err := b.tx.UnconfirmedStops(ctx, now.Add(-time.Duration(b.settings.AutoConfirmSeconds)*time.Second))
	if err != nil || len(stops) == 0 {
		return err
	}
	for _, d := range stops { // in the order of their plates, so that nobody waits for each other
		d.ConfirmedAt, d.By = now, gremio.ByTime
		e := gremio.Event{ID: gremio.DerivedID("confirmed", d.Delivery+" "+string(d.Plate)), Source: source, Subject: string(d.Plate), Time: now, Data: d}
		m, p, _ := moveOf(e, b.settings)
		if b.ledgers[p] == nil {
			if b.ledgers[p], err = lock(ctx, b.tx, p, m); err != nil {
				return err
			}
		}
		refused, err := b.refill(ctx, e, d)
		if err != nil {
			return err
		}
		if refused == "" {
			b.done.Derived = append(b.done.Derived, e)
		}
	}
	return b.save(ctx)
}
