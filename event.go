package gremio

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A Type names what happened, in the past tense, with the version of its data.
// Types may be added; the data of one never changes.
type Type string

// Data is what an event says. Validate returns every wrong field; api and
// workers ask the same function, so all accept an event or none.
type Data interface {
	EventType() Type
	Validate() []FieldError
}

// An Event is a CloudEvents 1.0 event. Its attributes travel in ce_* headers of
// the Kafka record and its data is the JSON value (binary content mode).
type Event struct {
	ID      string    // unique for the topic and the plate in Subject, else for the type
	Source  string    // who made it: "/api", "/worker/stock"
	Subject string    // the record's key: plate as reported, or application id
	Time    time.Time // the server's receipt (or decision) time, UTC, microseconds
	Digest  string    // of what the client sent; tells a repeat from an id reused
	Special bool      // goes to the topic's special lane
	Lane    Lane      // keeps to a partition, when it is set
	Data    Data
}

// Type returns the type of the event's data.
func (e Event) Type() Type { return e.Data.EventType() }

// Topic returns the topic that carries the event.
func (e Event) Topic() Topic { return e.Type().Topic() }

// Header names of a record. The attributes of CloudEvents' Kafka binding carry
// the prefix ce_; gremiodigest is an extension attribute.
const (
	HeaderSpecVersion = "ce_specversion"
	HeaderID          = "ce_id"
	HeaderType        = "ce_type"
	HeaderSource      = "ce_source"
	HeaderSubject     = "ce_subject"
	HeaderTime        = "ce_time"
	HeaderDigest      = "ce_gremiodigest"
	HeaderContentType = "content-type"
)

// Headers returns the record headers of the event.
func (e Event) Headers() [][2]string {
	h := [][2]string{
		{HeaderSpecVersion, "1.0"},
		{HeaderID, e.ID},
		{HeaderType, string(e.Type())},
		{HeaderSource, e.Source},
		{HeaderTime, e.Time.UTC().Format(time.RFC3339Nano)},
		{HeaderContentType, "application/json"},
	}
	if e.Subject != "" {
		h = append(h, [2]string{HeaderSubject, e.Subject})
	}
	if e.Digest != "" {
		h = append(h, [2]string{HeaderDigest, e.Digest})
	}
	return h
}

// Value returns the record value: the data as JSON.
func (e Event) Value() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e.Data); err != nil {
		return nil, Wrap(Internal, err, "encode %s", e.Type())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Decode rebuilds an event from its record's headers and value and checks it.
// The error is Invalid: such a record can never be applied.
func Decode(headers map[string]string, value []byte) (Event, error) {
	t := Type(headers[HeaderType])
	if t == "" {
		return Event{}, Errorf(Invalid, "no %s header: this is not an event of gremio", HeaderType)
	}
	data, ok := newData(t)
	if !ok {
		return Event{}, Errorf(Invalid, "unknown event type %q: a newer gremio may know it", t)
	}
	if err := json.Unmarshal(value, data); err != nil {
		return Event{}, Wrap(Invalid, err, "data of %s", t)
	}
	at, err := time.Parse(time.RFC3339Nano, headers[HeaderTime])
	if err != nil {
		return Event{}, Wrap(Invalid, err, "header %s", HeaderTime)
	}
	e := Event{
		ID: headers[HeaderID], Source: headers[HeaderSource], Subject: headers[HeaderSubject],
		Time: at.UTC(), Digest: headers[HeaderDigest], Data: deref(data),
	}
	if e.ID == "" {
		return Event{}, Errorf(Invalid, "header %s is empty", HeaderID)
	}
	if fields := e.Data.Validate(); len(fields) > 0 {
		return Event{}, &Error{Kind: Invalid, Message: string(t), Fields: fields}
	}
	return e, nil
}

// OrderTime returns the time by which news of a cart, dated device by the phone,
// is older or newer than other news. What was sent at once counts from its
// receipt, so that a phone's clock that is off by minutes switches nothing off;
// what was sent later counts from the device's own time.
func (e Event) OrderTime(device time.Time) time.Time {
	if e.Time.Sub(device).Abs() <= MaxClockLead {
		return e.Time
	}
	return device
}

// Key returns the key under which the event's id is unique: its topic, its
// plate and its id, or its type and id when it has no plate. All who read a
// topic know the same ids, so they take an event or none; a sale and a count may
// bear one id.
func (e Event) Key() string { return IDKey(e.Type(), e.Subject, e.ID) }

// IDKey is Event.Key for an id that has not become an event yet.
func IDKey(t Type, subject, id string) string {
	if t.keyedByPlate() {
		return string(t.Topic()) + ":" + subject + ":" + id
	}
	return string(t) + "::" + id
}

// SubjectOfKey returns the plate that a key of IDKey is about, "" for one that has none.
func SubjectOfKey(key string) string {
	_, rest, _ := strings.Cut(key, ":")
	subject, _, _ := strings.Cut(rest, ":")
	return subject
}

// DigestOf returns the digest of what a client sent: two requests are repeats
// of each other when their digests are equal. v is the decoded request, so
// white space and the order of fields make no difference.
func DigestOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("gremio: digest of %T: %v", v, err)) // only channels and functions cannot be encoded
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:12])
}

// DerivedID returns the id of an event that follows from cause: the same cause
// gives the same id, so an event derived twice counts once.
func DerivedID(what, cause string) string {
	sum := sha256.Sum256([]byte(what + "\x00" + cause))
	return what + "-" + hex.EncodeToString(sum[:12])
}

// Instant returns t in UTC cut to the microseconds that the tables keep.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
