package work

import (
	"context"
	"time"

	"gremio"
)

// ring tells the desk that records were rejected, with one alert a day. A
// person's act that Apply refused (the last answered of them) is no such thing:
// the person has the answer.
//
// The alert joins no list of applied ids: the worker that raises it may be the
// one that reads it, and must then apply it.
func (l *Loop[T]) ring(ctx context.Context, tx T, rejected []gremio.Rejection, answered int, now time.Time) error {
	if l.replay || len(rejected) == 0 {
		return nil
	}
	var acts []gremio.RejectionAct
	poison := len(rejected) - answered
	for _, r := range rejected[len(rejected)-answered:] {
		if !r.Record.Event.Type().IsAct() {
			poison++
			continue
		}
		acts = append(acts, gremio.RejectionAct{Worker: l.Worker.Name, At: r.Record.LogPosition, Act: gremio.RejectionAnswered, Time: gremio.Instant(now)})
	}
	if err := tx.AddRejectionActs(ctx, acts); err != nil || poison == 0 {
		return err
	}
	return tx.AddOutbox(ctx, l.Worker.Name, []gremio.Event{gremio.RejectedAlert(l.Worker.Name, now)})
}
