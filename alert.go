package gremio

import "time"

// An AlertKind is a sort of strange event.
type AlertKind string

// The kinds of alerts raised today.
const (
	AlertSilent        AlertKind = "silent"
	AlertSighting      AlertKind = "sighting"
	AlertUnknownCart   AlertKind = "unknown_cart"
	AlertSuspendedCart AlertKind = "suspended_cart"
	AlertStockMismatch AlertKind = "stock_mismatch"
	AlertWorkerStopped AlertKind = "worker_stopped"
	AlertRejected      AlertKind = "rejected"
	AlertSOS           AlertKind = "sos"
	AlertMocked        AlertKind = "mocked"
	AlertSlowPhone     AlertKind = "slow_phone"
	AlertPermit        AlertKind = "permit_expires"
	AlertDepotShort    AlertKind = "depot_short"
)

// Severities of alerts.
const (
	SeverityInfo     = "info"
	SeverityWarning  = "warning"
	SeverityCritical = "critical"
)

// States of an alert.
const (
	AlertOpen           = "open"
	AlertIsAcknowledged = "acknowledged"
	AlertIsClosed       = "closed"
)

// AlertID returns the id of the alert of kind for cause: one alert per cause,
// however many events and workers report it.
func AlertID(kind AlertKind, cause string) string { return DerivedID(string(kind), cause) }

// AlertRaised says that the desk must look at something.
type AlertRaised struct {
	Alert    string    `json:"alert"`
	Kind     AlertKind `json:"kind"`
	Severity string    `json:"severity"`
	Plate    *Plate    `json:"plate,omitempty"`
	Place    *Place    `json:"place,omitempty"`
	RaisedAt time.Time `json:"raised_at"`
	Cause    string    `json:"cause"` // a short English sentence
}

// EventType implements Data.
func (AlertRaised) EventType() Type { return TypeAlertRaised }

// Validate implements Data.
func (a AlertRaised) Validate() []FieldError {
	var c check
	c.id("alert", a.Alert)
	c.time("raised_at", a.RaisedAt)
	c.place("place", a.Place)
	return c.fields
}

// AlertAcknowledged says who looks after an alert.
type AlertAcknowledged struct {
	Alert string    `json:"alert"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
}

// EventType implements Data.
func (AlertAcknowledged) EventType() Type { return TypeAlertAcknowledged }

// Validate implements Data.
func (a AlertAcknowledged) Validate() []FieldError { return alertAndTime(a.Alert, a.At) }

// AlertClosed says that an alert needs nobody any more.
type AlertClosed struct {
	Alert  string    `json:"alert"`
	By     string    `json:"by"` // a person, or the worker that saw the cause go
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
}

// EventType implements Data.
func (AlertClosed) EventType() Type { return TypeAlertClosed }

// Validate implements Data.
func (a AlertClosed) Validate() []FieldError { return alertAndTime(a.Alert, a.At) }

func alertAndTime(alert string, at time.Time) []FieldError {
	var c check
	c.id("alert", alert)
	c.time("at", at)
	return c.fields
}

// NewAlert returns the event that raises an alert. Its key is the plate, so one
// cart's alerts are raised and closed in order.
func NewAlert(source string, a AlertRaised) Event {
	return Event{
		ID: DerivedID("raise", a.Alert), Source: source, Subject: alertSubject(a.Plate, a.Alert),
		Time: a.RaisedAt, Data: a, Digest: DigestOf(a.Alert), // whoever sees the cause again says the same
	}
}

// CloseAlert returns the event that closes an alert of the cart plate (nil when it has none).
func CloseAlert(source string, plate *Plate, c AlertClosed) Event {
	return Event{
		ID: DerivedID("close", c.Alert), Source: source, Subject: alertSubject(plate, c.Alert),
		Time: c.At, Data: c, Digest: DigestOf(c.Alert),
	}
}

func alertSubject(plate *Plate, alert string) string {
	if plate != nil {
		return string(*plate)
	}
	return alert
}

// An Alert is something the desk must look at.
type Alert struct {
	ID       string    `json:"id"`
	Kind     AlertKind `json:"kind"`
	Plate    *Plate    `json:"plate,omitempty"`
	State    string    `json:"state" enum:"open,acknowledged,closed"`
	Severity string    `json:"severity" enum:"info,warning,critical"`
	Cause    string    `json:"cause"`
	Where
	RaisedAt       time.Time  `json:"raised_at"`
	AcknowledgedAt *time.Time `json:"acknowledged_at,omitempty"`
	AcknowledgedBy string     `json:"acknowledged_by,omitempty"`
	ClosedAt       *time.Time `json:"closed_at,omitempty"`
	ClosedBy       string     `json:"closed_by,omitempty"`
	CloseReason    string     `json:"close_reason,omitempty"`
}

// An AlertFilter narrows a list of alerts; empty fields do not.
type AlertFilter struct {
	State   string
	NotDone bool // open or acknowledged
	Kind    AlertKind
	Plate   Plate
	ID      string
}

// UnknownCartAlert returns the event that raises the alert of a cart that sells
// or reports although nobody has applied with its plate. Several workers may
// see it first; it is one alert.
func UnknownCartAlert(source string, p Plate, at time.Time) Event {
	return NewAlert(source, AlertRaised{
		Alert: AlertID(AlertUnknownCart, string(p)), Kind: AlertUnknownCart, Severity: SeverityWarning,
		Plate: &p, RaisedAt: at, Cause: "cart " + string(p) + " is at work, but nobody has applied with its plate",
	})
}

// SuspendedAlertID returns the id of the alert that the cart of a member who is
// suspended since then is at work: one for each suspension.
func SuspendedAlertID(p Plate, since time.Time) string {
	return AlertID(AlertSuspendedCart, string(p)+" "+since.Format(time.RFC3339Nano))
}

// SuspendedCartAlert returns the event that raises it. What the cart sells is
// kept all the same. Several workers may see it; it is one alert.
func SuspendedCartAlert(source string, p Plate, since, at time.Time) Event {
	return NewAlert(source, AlertRaised{
		Alert: SuspendedAlertID(p, since), Kind: AlertSuspendedCart, Severity: SeverityWarning,
		Plate: &p, RaisedAt: at, Cause: "cart " + string(p) + " is at work, but its member is suspended",
	})
}
