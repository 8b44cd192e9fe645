package stock

import (
	"context"
	"fmt"
	"time"

	"gremio"
)

// depotTx is what the dough of depots needs of a transaction.
type depotTx interface {
	AddDepotMove(ctx context.Context, key string, d gremio.Data) error
	DepotStocks(ctx context.Context, depots []gremio.Depot) ([]gremio.DepotStock, error)
	Alert(ctx context.Context, id string) (gremio.Alert, bool, error)
}

// depotMoved takes what came to a depot, or was counted there.
func (b *stockBatch) depotMoved(ctx context.Context, e gremio.Event) error {
	if err := b.keep(ctx, e); err != nil {
		return err
	}
	return b.warnDepots(ctx, e.Time)
}

// warnDepots raises one alert a day for a depot that has promised more than it has,
// and closes it when that is so no more.
func (b *stockBatch) warnDepots(ctx context.Context, now time.Time) error {
	depots, err := b.tx.DepotStocks(ctx, b.settings.AllDepots())
	if err != nil {
		return err
	}
	for _, d := range depots {
		id := gremio.AlertID(gremio.AlertDepotShort, d.Name+" "+string(gremio.DayOf(now, b.settings.DayStartsAt)))
		known, raised, err := b.tx.Alert(ctx, id)
		if err != nil {
			return err
		}
		short := d.Units != nil && d.Promised > *d.Units
		switch {
		case short && !raised:
			place := gremio.Place{Point: &d.Point}
			b.done.Derived = append(b.done.Derived, gremio.NewAlert(source, gremio.AlertRaised{
				Alert: id, Kind: gremio.AlertDepotShort, Severity: gremio.SeverityWarning, Place: &place, RaisedAt: now,
				Cause: fmt.Sprintf("%s has %d units of dough and has promised %d", depotName(d.Depot), *d.Units, d.Promised),
			}))
		case !short && raised && known.State != gremio.AlertIsClosed:
			b.done.Derived = append(b.done.Derived, gremio.CloseAlert(source, nil, gremio.AlertClosed{
				Alert: id, By: "worker " + Name, Reason: "the depot has what it has promised", At: now,
			}))
		}
	}
	return nil
}

func depotName(d gremio.Depot) string {
	if d.Name == "" {
		return "the depot"
	}
	return "depot " + d.Name
}
