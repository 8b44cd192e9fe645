package gremio

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
)

// RecordRejected is a record that a worker could not apply, with the reason
// and where it came from. It holds the record whole, so that it can be sent
// again once the cause is repaired. One that is too large is a RecordLeftOut.
type RecordRejected struct {
	Worker    string            `json:"worker"`
	Topic     Topic             `json:"topic"`
	Partition int32             `json:"partition"`
	Offset    int64             `json:"offset"`
	Reason    string            `json:"reason"`
	At        time.Time         `json:"at"`
	Key       string            `json:"key,omitempty"`
	Headers   map[string]string `json:"headers,omitempty"`
	Value     []byte            `json:"value,omitempty"`
}

// RecordLeftOut is a rejected record that is too large to be copied: what there
// was lies at its own position alone.
type RecordLeftOut struct {
	Worker    string    `json:"worker"`
	Topic     Topic     `json:"topic"`
	Partition int32     `json:"partition"`
	Offset    int64     `json:"offset"`
	Reason    string    `json:"reason"`
	At        time.Time `json:"at"`
	Key       string    `json:"key,omitempty"` // at most its first MaxIDRunes bytes
	Bytes     int       `json:"bytes"`         // of key, headers and value
	SHA256    string    `json:"sha256"`        // of the value
}

// EventType implements Data.
func (RecordLeftOut) EventType() Type { return TypeRecordLeftOut }

// Validate implements Data.
func (RecordLeftOut) Validate() []FieldError { return nil }

// Position returns where the record lies, or lay.
func (r RecordLeftOut) Position() LogPosition { return LogPosition{r.Topic, r.Partition, r.Offset} }

// MaxCopiedBytes is the most of a rejected record that is copied: a copy is a
// third longer than what it copies, and must fit into any log that took the
// record itself.
const MaxCopiedBytes = 256 << 10

// maxReasonBytes bounds a reason: it may quote what was read.
const maxReasonBytes = 4 << 10

// CopyRejected returns what rechazados gets of a record that worker rejected at
// now: its copy, or word of it when it is too large.
func CopyRejected(worker string, r Rejection, now time.Time) Data {
	rec := r.Record
	size := len(rec.Key) + len(rec.Value)
	for name, value := range rec.Headers {
		size += len(name) + len(value)
	}
	if size <= MaxCopiedBytes {
		whole := RecordRejected{Worker: worker, Topic: rec.Topic, Partition: rec.Partition, Offset: rec.Offset, Reason: r.Reason, At: Instant(now),
			Key: rec.Key, Headers: rec.Headers, Value: rec.Value}
		// A control character is six in JSON.
		if encoded, err := json.Marshal(whole); err == nil && len(encoded) <= 2*MaxCopiedBytes {
			return whole
		}
	}
	sum := sha256.Sum256(rec.Value)
	return RecordLeftOut{Worker: worker, Topic: rec.Topic, Partition: rec.Partition, Offset: rec.Offset, Reason: r.Reason, At: Instant(now),
		Key: cutBytes(rec.Key, MaxIDRunes), Bytes: size, SHA256: hex.EncodeToString(sum[:])}
}

// BoundedReason returns a reason as it is kept.
func BoundedReason(reason string) string { return cutBytes(reason, maxReasonBytes) }

func cutBytes(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// EventType implements Data.
func (RecordRejected) EventType() Type { return TypeRecordRejected }

// Validate implements Data.
func (RecordRejected) Validate() []FieldError { return nil }

// Position returns where the record lies, or lay.
func (r RecordRejected) Position() LogPosition { return LogPosition{r.Topic, r.Partition, r.Offset} }

// Record returns the record as its worker read it, but for its timestamp.
func (r RecordRejected) Record() Record {
	rec := Record{LogPosition: r.Position(), Key: r.Key, Headers: r.Headers, Value: r.Value}
	rec.Event, rec.Err = Decode(rec.Headers, rec.Value)
	return rec
}

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
	case TypeApplicationApproved, TypeApplicationRejected, TypeApplicationApprovedV2, TypeApplicationRejectedV2,
		TypeApplicationConfirmed, TypeConfirmationAsked, TypeApplicationChecked, TypeApplicationPaid,
		TypeMemberChanged, TypeMemberSuspended, TypeMemberResumed, TypeMemberLeft, TypeMemberReturned, TypeCartGiven, TypePlateChanged, TypePermitNoted,
		TypePersonCorrected, TypeConsentGiven, TypeConsentWithdrawn, TypePersonErased, TypeSaleVoided, TypeDeliveryRequested, TypeStopConfirmed,
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

// RefusedAlert returns the event that the log refuses what worker derived.
func RefusedAlert(worker string, r Outgoing, because error, now time.Time) Event {
	return NewAlert("/worker/"+worker, AlertRaised{
		Alert: AlertID(AlertRejected, worker+" outbox "+string(DayOf(now, Clock(0, 0)))), Kind: AlertRejected, Severity: SeverityCritical, RaisedAt: now,
		Cause: cutBytes("the log refuses an event of worker "+worker+" for "+string(r.Topic)+" ("+itoa(len(r.Value))+" bytes): "+because.Error()+
			". It is set aside and tried again when the worker starts: raise the log's limit", maxReasonBytes),
	})
}
