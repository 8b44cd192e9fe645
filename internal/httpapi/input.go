package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

// An eventKind is a type of event that clients send.
type eventKind struct {
	name     string
	registry huma.Registry
	schema   *huma.Schema
	decode   func([]byte) (input, error)
}

func kindOf[T input](name string, r huma.Registry) eventKind {
	s := huma.SchemaFromType(r, typeOf[T]())
	if s.Ref != "" {
		s = r.SchemaFromRef(s.Ref)
	}
	return eventKind{name, r, s, func(b []byte) (input, error) {
		var v T
		err := json.Unmarshal(b, &v)
		return v, err
	}}
}

// takeRoute adds a route that takes in one event of T.
func takeRoute[T input](a *api, o huma.Operation) {
	registry := a.huma.OpenAPI().Components.Schemas
	kind := kindOf[T]("", registry)
	rawBody(map[string]*huma.Schema{"application/json": registry.Schema(typeOf[T](), true, "")})(&o)
	type request struct {
		IdempotencyKey
		RawBody []byte `contentType:"application/json"`
	}
	register(a, o, func(ctx context.Context, in *request) (*acceptedOutput, error) {
		fields, err := readObject(in.RawBody)
		if err != nil {
			return nil, err
		}
		event, err := a.readInput(ctx, kind, in.RawBody, fields, in.Key)
		if err != nil {
			return nil, err
		}
		return a.takeOne(ctx, event)
	})
}

// readObject reads a JSON object. A number that no float holds becomes an
// infinity, so that the bounds of its field refuse it by name.
func readObject(body []byte) (map[string]any, error) {
	object, err := decodeObject(body)
	if err != nil {
		return nil, err
	}
	return floats(object).(map[string]any), nil
}

// decodeObject reads a JSON object with its numbers as they are written.
func decodeObject(body []byte) (map[string]any, error) {
	if !utf8.Valid(body) {
		return nil, errNotUTF8
	}
	if halfSurrogate(body) {
		return nil, errHalfSurrogate
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var fields map[string]any
	if err := dec.Decode(&fields); err != nil {
		var typed *json.UnmarshalTypeError
		if errors.As(err, &typed) {
			return nil, huma.Error422UnprocessableEntity("the body must be a JSON object")
		}
		return nil, huma.Error400BadRequest("the body is not JSON: " + err.Error())
	}
	if dec.More() {
		return nil, huma.Error400BadRequest("the body goes on behind its JSON object")
	}
	if fields == nil {
		return nil, huma.Error422UnprocessableEntity("the body must be a JSON object")
	}
	return fields, nil
}

func floats(v any) any {
	switch v := v.(type) {
	case json.Number:
		f, _ := strconv.ParseFloat(v.String(), 64)
		return f
	case map[string]any:
		for k := range v {
			v[k] = floats(v[k])
		}
	case []any:
		for i := range v {
			v[i] = floats(v[i])
		}
	}
	return v
}

// readInput makes an event of a body. What its schema refuses and what only
// the event itself can tell are told at once, each field once. key names the
// event when the body does not.
func (a *api) readInput(ctx context.Context, kind eventKind, body []byte, fields map[string]any, key string) (intake, error) {
	var res huma.ValidateResult
	huma.Validate(kind.registry, kind.schema, huma.NewPathBuffer([]byte("body"), 4), huma.ModeWriteToServer, fields, &res)
	named := namedBy(res.Errors)
	if len(named) > 0 {
		// The rest of the fields is looked at all the same.
		for name := range named {
			delete(fields, name)
		}
		body, _ = json.Marshal(fields)
	}
	in, err := kind.decode(body)
	if err != nil {
		return intake{}, huma.Error422UnprocessableEntity("validation failed", append(res.Errors, decodeError(err))...)
	}
	now := gremio.Instant(a.Now())
	e, wrong := in.event(now, a.settings.get(ctx))
	id := in.name()
	switch {
	case id == "":
		id = key
	case key != "" && key != id:
		wrong = append(wrong, gremio.FieldError{Field: "id", Message: "is another than the header Idempotency-Key: name the event once"})
	}
	if problem := gremio.IDError(id); problem != "" {
		wrong = append(wrong, gremio.FieldError{Field: "id", Message: problem})
	}
	for _, w := range wrong {
		if !named[topField(w.Field)] {
			res.Errors = append(res.Errors, details("body", []gremio.FieldError{w})...)
		}
	}
	if len(res.Errors) > 0 {
		for _, e := range res.Errors {
			encodable(e)
		}
		return intake{}, huma.Error422UnprocessableEntity("validation failed", res.Errors...)
	}
	if app, ok := in.(applicationInput); ok {
		return a.application(app, id), nil
	}
	return intake{event: identified(e, id, now), named: id != ""}, nil
}

// namedBy returns the fields of the body that a schema's errors name.
func namedBy(errs []error) map[string]bool {
	named := map[string]bool{}
	for _, err := range errs {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			continue
		}
		if field, ok := strings.CutPrefix(d.Location, "body."); ok {
			named[topField(field)] = true
		} else if rest, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
			field, _, _ := strings.Cut(rest, " ")
			d.Location += "." + field // huma names the object, not what it lacks
			named[field] = true
		}
	}
	return named
}

func topField(path string) string {
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
}

// mostEcho is the most of a wrong value that an answer repeats, in bytes of JSON.
const mostEcho = 200

// encodable takes away a wrong value that JSON cannot repeat, or that is long.
func encodable(err error) {
	var d *huma.ErrorDetail
	if !errors.As(err, &d) {
		return
	}
	if text, err := json.Marshal(d.Value); err != nil || len(text) > mostEcho {
		d.Value = nil
	}
}

// decodeError names the field that Go's decoder refuses though its schema does
// not, such as 3.0 for a whole number.
func decodeError(err error) error {
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) && typed.Field != "" {
		return &huma.ErrorDetail{Location: "body." + typed.Field, Message: "is not accepted as it is written", Value: typed.Value}
	}
	return &huma.ErrorDetail{Location: "body", Message: err.Error()}
}

// errHalfSurrogate refuses a body in which half a character is escaped: Go would
// read it as U+FFFD, and two ids that differ would be one.
var errHalfSurrogate = huma.Error400BadRequest("the body is not Unicode: \\ud800 to \\udfff stand in pairs, a high one before a low one")

// halfSurrogate reports whether JSON text escapes half a surrogate pair.
func halfSurrogate(body []byte) bool {
	for i := 0; i+1 < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++
		high, ok := escaped(body[i-1:])
		if !ok || !utf16.IsSurrogate(high) {
			continue
		}
		low, ok := escaped(body[min(i+5, len(body)):])
		if !ok || utf16.DecodeRune(high, low) == unicode.ReplacementChar {
			return true
		}
		i += 10 // behind the pair
	}
	return false
}

// escaped returns the code unit that text begins with as \uXXXX.
func escaped(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(n), err == nil
}

// errNotUTF8 refuses a body whose text would otherwise be changed in silence.
var errNotUTF8 = huma.Error400BadRequest("the body is not JSON: it is not valid UTF-8")
