package gremio

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Kind says what a failure means to whoever must act on it. It has three
// faces: a problem document's status at the HTTP edge, the decision of a
// worker's loop (reject, retry, stop), and a process's exit code.
type Kind int

// The kinds of failure.
const (
	Internal        Kind = iota // a defect of ours; a worker rejects the record that shows it
	Invalid                     // the input is wrong and will stay so
	NotFound                    // what was named does not exist
	Conflict                    // the state does not allow it
	Forbidden                   // a part does not let gremio do it: a right or a table is missing
	Unavailable                 // a part is away; try again
	Fenced                      // somebody else took the partition; write nothing more
	Unauthenticated             // who asks is not known, or not who it claims to be
	Denied                      // who asks is known and may not
	TooMany                     // asked too often; RetryAfter says when again
)

// String returns the kind's name as logs and metrics show it.
func (k Kind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case NotFound:
		return "not_found"
	case Conflict:
		return "conflict"
	case Forbidden:
		return "forbidden"
	case Unavailable:
		return "unavailable"
	case Fenced:
		return "fenced"
	case Unauthenticated:
		return "unauthenticated"
	case Denied:
		return "denied"
	case TooMany:
		return "too_many"
	default:
		return "internal"
	}
}

// A FieldError names one wrong field of an input and says what is accepted.
// Field is a path in the input's own words, such as "units" or "Ubicacion[0]".
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// An Error is a failure with its kind. Message tells what was wrong and what to
// do; Fields lists every wrong field of an Invalid input at once.
type Error struct {
	Kind    Kind
	Message string
	Fields  []FieldError
	Err     error

	RetryAfter time.Duration // of TooMany
}

// Error returns the message, the wrong fields and the cause.
func (e *Error) Error() string {
	parts := []string{e.Message}
	for _, f := range e.Fields {
		parts = append(parts, f.Field+": "+f.Message)
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an error of kind k. A %w in format keeps its cause.
func Errorf(k Kind, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: k, Message: err.Error(), Err: nil, Fields: fieldsOf(err)}
}

// Wrap returns err as an error of kind k with what was being done before it.
func Wrap(k Kind, err error, format string, args ...any) error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...), Err: err, Fields: nil}
}

// InvalidFields returns an Invalid error that names fields, or nil if there are none.
func InvalidFields(fields []FieldError) error {
	if len(fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Message: "invalid", Fields: fields}
}

// KindOf returns the kind of the outermost Error in err's chain, Internal when there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

func fieldsOf(err error) []FieldError {
	var e *Error
	if errors.As(err, &e) {
		return e.Fields
	}
	return nil
}
