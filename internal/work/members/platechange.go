package members

import (
	"context"

	"gremio"
)

// stockTx is what carrying a cart's dough over to another plate needs.
type stockTx interface {
	Stock(ctx context.Context, plate gremio.Plate, s gremio.Settings, page gremio.Page) ([]gremio.StockLevel, string, error)
}

// carryStock counts the dough of a cart that gets another plate once more under
// the new one, since worker stock knows carts by their plates. Under the former
// plate there is no cart to refill: if it waits for dough, it is as full as one
// that was never heard of, which closes what was to bring dough there.
func (b *memberBatch) carryStock(ctx context.Context, c *change) error {
	d, ok := c.event.Data.(gremio.PlateChanged)
	if !ok {
		return nil
	}
	level, known, err := b.levelOf(ctx, d.From)
	if err != nil || !known {
		return err
	}
	b.count(c.event, d.To, level.Units)
	if level.Units < level.Threshold {
		b.count(c.event, d.From, level.Initial)
	}
	return nil
}

// levelOf returns what is left on the cart that bears plate, and whether anything
// has told of it.
func (b *memberBatch) levelOf(ctx context.Context, plate gremio.Plate) (gremio.StockLevel, bool, error) {
	settings, err := b.tx.SettingsSince(ctx, b.now())
	if err != nil {
		return gremio.StockLevel{}, false, err
	}
	all, _, err := b.tx.Stock(ctx, plate, settings.At(b.now()), gremio.Page{Limit: 1})
	if err != nil || len(all) == 0 || all[0].UpdatedAt == nil {
		return gremio.StockLevel{}, false, err
	}
	return all[0], true, nil
}

func (b *memberBatch) count(cause gremio.Event, plate gremio.Plate, units int) {
	b.done.Derived = append(b.done.Derived, gremio.Event{
		ID: gremio.DerivedID("carried", cause.ID+" "+string(plate)), Source: source, Subject: string(plate), Time: cause.Time,
		Data: gremio.StockCounted{Plate: plate, Units: units, Time: cause.Time},
	})
}
