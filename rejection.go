package gremio

import (
	"strconv"
	"strings"
	"time"
)

// What became of a rejected record. One that nothing became of is open.
const (
	RejectionOpen     = "open"
	RejectionRetried  = "retried"  // the same record was put on its topic again
	RejectionDropped  = "dropped"  // a person has given it up
	RejectionAnswered = "answered" // it was a person's act, and the person was told no
)

// A RejectedRecord is a record that a worker rejected, as the tables know it.
type RejectedRecord struct {
	Worker     string      `json:"worker"`
	At         LogPosition `json:"-"`
	Position   string      `json:"position"`
	Type       string      `json:"type"`
	ID         string      `json:"id"`
	Key        string      `json:"key"`
	Reason     string      `json:"reason"`
	RejectedAt time.Time   `json:"rejected_at"`
	State      string      `json:"state"`
	ActedAt    *time.Time  `json:"acted_at,omitempty"`
	ActedBy    string      `json:"acted_by,omitempty"`
	ActReason  string      `json:"act_reason,omitempty"`
}

// A RejectionAct is what was done about a rejected record.
type RejectionAct struct {
	Worker string
	At     LogPosition
	Act    string
	Time   time.Time
	By     string
	Reason string
}

// IDReused begins the reason of a record that bears the id of another: it can
// never be applied.
const IDReused = "id reused: "

// IsAct reports whether events of type t are acts of a person, who is told at
// once when the worker refuses.
func (t Type) IsAct() bool {
	switch t {
	case TypeApplicationApproved, TypeApplicationRejected, TypeSaleVoided, TypeDeliveryRequested, TypeStopConfirmed,
		TypeAlertAcknowledged, TypeAlertClosed:
		return true
	}
	return false
}

// RejectedAlertID returns the id of the alert that worker rejected records on
// the calendar day of at in Santiago: one a day, however many they are.
func RejectedAlertID(worker string, at time.Time) string {
	return AlertID(AlertRejected, worker+" "+string(DayOf(at, Clock(0, 0))))
}

// RejectedAlert returns the event that raises it.
func RejectedAlert(worker string, at time.Time) Event {
	at = Instant(at)
	return NewAlert("/worker/"+worker, AlertRaised{
		Alert: RejectedAlertID(worker, at), Kind: AlertRejected, Severity: SeverityWarning, RaisedAt: at,
		Cause: "worker " + worker + " could not apply what it read: gremio rejected list --worker " + worker,
	})
}

// ParseLogPosition reads "topic/partition/offset".
func ParseLogPosition(text string) (LogPosition, error) {
	parts := strings.Split(text, "/")
	if len(parts) == 3 {
		part, err := strconv.ParseInt(parts[1], 10, 32)
		offset, err2 := strconv.ParseInt(parts[2], 10, 64)
		if parts[0] != "" && err == nil && err2 == nil && part >= 0 && offset >= 0 {
			return LogPosition{Topic: Topic(parts[0]), Partition: int32(part), Offset: offset}, nil
		}
	}
	return LogPosition{}, Errorf(Invalid, "%q is no position: want topic/partition/offset, such as ventas/3/1234", text)
}
