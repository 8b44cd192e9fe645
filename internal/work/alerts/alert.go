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
	Alert(ctx context.Context, id string) (gremio.Alert, bool, error)
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
			err = raise(ctx, tx, data, &done)
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

// raise keeps an alert and tells the guild of it, unless its close has overtaken
// it: then there is nothing to look at.
func raise(ctx context.Context, tx Tx, a gremio.AlertRaised, done *work.Outcome) error {
	if err := tx.RaiseAlert(ctx, a); err != nil {
		return err
	}
	kept, found, err := tx.Alert(ctx, a.Alert)
	if err == nil && found && kept.State == gremio.AlertOpen {
		done.Notices = append(done.Notices, gremio.NoticeOfAlert(a))
	}
	return err
}
