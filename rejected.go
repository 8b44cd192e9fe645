package gremio

import "time"

// RecordRejected is a record that a worker could not apply, with the reason
// and where it came from. It holds the record whole, so that it can be sent
// again once the cause is repaired.
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

// EventType implements Data.
func (RecordRejected) EventType() Type { return TypeRecordRejected }

// Validate implements Data.
func (RecordRejected) Validate() []FieldError { return nil }
