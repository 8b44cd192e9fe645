package gremio

import "time"

// RequestRejected is what a cart's phone sent and nobody understood. The phone
// was told that all is well, since a refusal would block its queue for ever. It
// says what the request looked like and not what it was: anything may stand in
// one, a name among it, and rechazados forgets nobody.
type RequestRejected struct {
	Plate       Plate     `json:"plate"` // whose token it bore
	Dialect     string    `json:"dialect,omitempty"`
	Method      string    `json:"method"`
	ContentType string    `json:"content_type,omitempty"`
	Bytes       int       `json:"bytes"`            // of the body
	SHA256      string    `json:"sha256,omitempty"` // of the body
	Fields      []string  `json:"fields,omitempty"` // their names, with the value where that is a number
	Reason      string    `json:"reason"`
	At          time.Time `json:"at"`
}

// EventType implements Data.
func (RequestRejected) EventType() Type { return TypeRequestRejected }

// Validate implements Data.
func (r RequestRejected) Validate() []FieldError { return plateAndTime(r.Plate, r.At) }

// SOSAlert returns the event that raises the alert of a vendor who asks for help
// at t; place is where, when the phone knew. One call for help is one alert,
// however often the phone sends it.
func SOSAlert(source string, p Plate, place *Place, t, received time.Time) Event {
	return NewAlert(source, AlertRaised{
		Alert: AlertID(AlertSOS, string(p)+" "+t.Format(time.RFC3339)), Kind: AlertSOS, Severity: SeverityCritical, Plate: &p, Place: place,
		RaisedAt: received, Cause: "the vendor of cart " + string(p) + " asked for help with the phone at " + t.In(Santiago()).Format("15:04:05"),
	})
}

// MockedAlert returns the event that raises the alert of a phone that says itself
// that another program made its place up: one a day.
func MockedAlert(source string, p Plate, place *Place, received time.Time) Event {
	return NewAlert(source, AlertRaised{
		Alert: AlertID(AlertMocked, string(p)+" "+string(DayOf(received, Clock(0, 0)))), Kind: AlertMocked, Severity: SeverityWarning, Plate: &p, Place: place,
		RaisedAt: received, Cause: "the phone of cart " + string(p) + " says that its place is made up by another program",
	})
}

// RequestRejectedAlert returns the event that raises the alert of a phone that
// nobody understands: one a day.
func RequestRejectedAlert(source string, p Plate, received time.Time) Event {
	return NewAlert(source, AlertRaised{
		Alert: AlertID(AlertRejected, "phone "+string(p)+" "+string(DayOf(received, Clock(0, 0)))), Kind: AlertRejected, Severity: SeverityWarning, Plate: &p,
		RaisedAt: received, Cause: "the phone of cart " + string(p) + " sends what nobody understands: gremio rejected phones",
	})
}
