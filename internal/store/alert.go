package store

import (
	"context"
	"database/sql"
	"time"

	"gremio"
)

// earlyClose is how long before an alert is raised its close still means it.
const earlyClose = 10 * time.Minute

// RaiseAlert stores an alert. One that was raised before stays as it is: there
// is one alert per cause. One whose close has overtaken it is closed at once.
func (t *Tx) RaiseAlert(ctx context.Context, a gremio.AlertRaised) error {
	var plate any
	if a.Plate != nil {
		plate = string(*a.Plate)
	}
	n, err := t.exec(ctx, "store an alert",
		t.d.ignore+"{alerts} (alert_id, kind, plate, state, severity, cause, raised_at, "+placeColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		append([]any{a.Alert, string(a.Kind), plate, gremio.AlertOpen, a.Severity, a.Cause, micros(a.RaisedAt)}, placeValues(a.Place)...)...)
	if err != nil || n == 0 {
		return err
	}
	c := gremio.AlertClosed{Alert: a.Alert}
	var at int64
	early, err := t.one(ctx, "look for an early close", "SELECT closed_at, closed_by, close_reason FROM {early_closes} WHERE alert_id = ? AND closed_at >= ?",
		[]any{a.Alert, micros(a.RaisedAt.Add(-earlyClose))}, &at, &c.By, &c.Reason)
	if err != nil || !early {
		return err
	}
	c.At = instant(at)
	_, err = t.CloseAlert(ctx, c)
	return err
}

// AddEarlyClose keeps the close of an alert that nobody has raised yet.
func (t *Tx) AddEarlyClose(ctx context.Context, c gremio.AlertClosed) error {
	_, err := t.exec(ctx, "keep an early close",
		t.d.ignore+"{early_closes} (alert_id, closed_at, closed_by, close_reason) VALUES (?, ?, ?, ?)", c.Alert, micros(c.At), c.By, c.Reason)
	return err
}

// AcknowledgeAlert notes who looks after an open alert and reports whether it was open.
func (t *Tx) AcknowledgeAlert(ctx context.Context, id, by string, at time.Time) (bool, error) {
	n, err := t.exec(ctx, "acknowledge an alert",
		"UPDATE {alerts} SET state = ?, acknowledged_at = ?, acknowledged_by = ? WHERE alert_id = ? AND state = ?",
		gremio.AlertIsAcknowledged, micros(at), by, id, gremio.AlertOpen)
	return n == 1, err
}

// CloseAlert closes an alert and reports whether there was one that was not closed.
func (t *Tx) CloseAlert(ctx context.Context, c gremio.AlertClosed) (bool, error) {
	n, err := t.exec(ctx, "close an alert",
		"UPDATE {alerts} SET state = ?, closed_at = ?, closed_by = ?, close_reason = ? WHERE alert_id = ? AND state <> ?",
		gremio.AlertIsClosed, micros(c.At), c.By, c.Reason, c.Alert, gremio.AlertIsClosed)
	return n == 1, err
}

// Alerts returns alerts, the newest first, and the cursor that goes on.
func (q queries) Alerts(ctx context.Context, f gremio.AlertFilter, page gremio.Page) ([]gremio.Alert, string, error) {
	var w filter
	w.is("state", f.State)
	if f.NotDone {
		w.add("state <> ?", gremio.AlertIsClosed)
	}
	w.is("kind", string(f.Kind))
	w.is("plate", string(f.Plate))
	w.is("alert_id", f.ID)
	end, err := w.page(page, "raised_at", "alert_id")
	if err != nil {
		return nil, "", err
	}
	all, err := q.alerts(ctx, end, w.args)
	if err != nil {
		return nil, "", err
	}
	all, next := cut(all, page, func(a gremio.Alert) string { return markAt(a.RaisedAt, a.ID) })
	return all, next, nil
}

// DeskAlerts returns the alerts that are not closed, critical ones first and
// among equals the newest, so that many small ones push no great one off the desk.
func (q queries) DeskAlerts(ctx context.Context, most int) ([]gremio.Alert, error) {
	return q.alerts(ctx, " WHERE state <> ? ORDER BY CASE severity WHEN ? THEN 0 WHEN ? THEN 1 ELSE 2 END, raised_at DESC, alert_id DESC LIMIT ?",
		[]any{gremio.AlertIsClosed, gremio.SeverityCritical, gremio.SeverityWarning, most})
}

func (q queries) alerts(ctx context.Context, end string, args []any) ([]gremio.Alert, error) {
	var all []gremio.Alert
	err := q.each(ctx, "read alerts",
		"SELECT alert_id, kind, plate, state, severity, cause, raised_at, acknowledged_at, acknowledged_by, closed_at, closed_by, close_reason, "+placeColumns+
			" FROM {alerts}"+end, args, func(row scanner) error {
			var a gremio.Alert
			var plate, ackBy, closedBy, reason sql.NullString
			var raised int64
			var acked, closed sql.NullInt64
			var place nullPlace
			dest := []any{&a.ID, &a.Kind, &plate, &a.State, &a.Severity, &a.Cause, &raised, &acked, &ackBy, &closed, &closedBy, &reason}
			if err := row.Scan(append(dest, place.dest()...)...); err != nil {
				return err
			}
			a.Plate, a.RaisedAt, a.AcknowledgedAt, a.AcknowledgedBy = plateOrNil(plate), instant(raised), instantOrNil(acked), ackBy.String
			a.ClosedAt, a.ClosedBy, a.CloseReason, a.Where = instantOrNil(closed), closedBy.String, reason.String, gremio.WhereIs(place.place())
			all = append(all, a)
			return nil
		})
	return all, err
}

// Alert returns one alert, and whether there is one.
func (q queries) Alert(ctx context.Context, id string) (gremio.Alert, bool, error) {
	alerts, _, err := q.Alerts(ctx, gremio.AlertFilter{ID: id}, gremio.Page{Limit: 1})
	if err != nil || len(alerts) == 0 {
		return gremio.Alert{}, false, err
	}
	return alerts[0], true, nil
}
