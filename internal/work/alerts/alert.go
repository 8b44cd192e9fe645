// Package alerts keeps one alert for each cause, whoever reports it.
package alerts

import (
	"context"
	"strings"
	"time"

	"gremio"
	"gremio/internal/work"
)

// Name of the worker.
const Name = "alerts"

// Topics that the worker reads, and Types that it applies.
var (
	Topics = []gremio.Topic{gremio.TopicAlerts}
	Types  = []gremio.Type{gremio.TypeAlertRaised, gremio.TypeAlertAcknowledged, gremio.TypeAlertClosed}
)

// A Tx is what the worker needs of a transaction.
type Tx interface {
	RaiseAlert(ctx context.Context, a gremio.AlertRaised) error
	AcknowledgeAlert(ctx context.Context, id, by string, at time.Time) (bool, error)
	CloseAlert(ctx context.Context, c gremio.AlertClosed) (bool, error)
	AddEarlyClose(ctx context.Context, c gremio.AlertClosed) error
}

// Apply raises, acknowledges and closes alerts. A person who comes too late is
// refused. A worker that closes what nobody has raised yet is not: the worker
// that raises it may only be slower.
func Apply(ctx context.Context, tx Tx, batch []gremio.Record) (work.Outcome, error) {
	var done work.Outcome
	for _, rec := range batch {
		var err error
		applied := true
		switch data := rec.Event.Data.(type) {
		case gremio.AlertRaised:
			err = tx.RaiseAlert(ctx, data)
		case gremio.AlertAcknowledged:
			applied, err = tx.AcknowledgeAlert(ctx, data.Alert, data.By, data.At)
		case gremio.AlertClosed:
			applied, err = tx.CloseAlert(ctx, data)
			if err == nil && !applied && strings.HasPrefix(rec.Event.Source, "/worker/") {
				applied, err = true, tx.AddEarlyClose(ctx, data)
			}
		}
		if err != nil {
			return done, err
		}
		if !applied {
			done.Rejected = append(done.Rejected, gremio.Rejection{Record: rec, Reason: "the alert is not open"})
		}
	}
	return done, nil
}
