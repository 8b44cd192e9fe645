package httpapi

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

// actionKey is where an operation keeps its action, and its name in the OpenAPI document.
const actionKey = "x-gremio-action"

// op describes a route. Its name is the operation's id.
func op(act gremio.Action, method, path, name, summary string, change ...func(*huma.Operation)) huma.Operation {
	o := huma.Operation{
		OperationID: name, Method: method, Path: path, Summary: summary,
		Tags:       []string{tagOf(act)},
		Extensions: map[string]any{actionKey: string(act)},
		Metadata:   map[string]any{actionKey: act},
		Security:   []map[string][]string{{"token": {}}, {"session": {}}},
	}
	if gremio.GrantOf(act).Stranger != gremio.None {
		o.Security = append(o.Security, map[string][]string{}) // nobody need show anything
	}
	for _, c := range change {
		c(&o)
	}
	refusals := []int{http.StatusServiceUnavailable} // the database does not say
	if gremio.GrantOf(act).Stranger != gremio.All {
		refusals = append(refusals, http.StatusUnauthorized, http.StatusForbidden)
	}
	for _, status := range refusals {
		if !slices.Contains(o.Errors, status) {
			o.Errors = append(o.Errors, status)
		}
	}
	return o
}

func tagOf(act gremio.Action) string {
	noun, _, _ := strings.Cut(string(act), ".")
	return noun
}

func accepted(o *huma.Operation) {
	o.DefaultStatus = http.StatusAccepted
	o.Errors = []int{http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusServiceUnavailable}
}

func acts(o *huma.Operation) {
	o.Errors = []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable}
}

func maxBody(bytes int64) func(*huma.Operation) {
	return func(o *huma.Operation) { o.MaxBodyBytes = bytes }
}

func describe(text string) func(*huma.Operation) {
	return func(o *huma.Operation) { o.Description = text }
}

// rawBody says what the body of a route looks like that reads it by itself.
func rawBody(content map[string]*huma.Schema) func(*huma.Operation) {
	return func(o *huma.Operation) {
		o.SkipValidateBody = true
		if o.MaxBodyBytes == 0 {
			o.MaxBodyBytes = mostBody // huma bounds the bodies alone that it reads itself
		}
		body := &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
		for contentType, schema := range content {
			body.Content[contentType] = &huma.MediaType{Schema: schema}
		}
		o.Metadata[rawBodyKey] = body
	}
}

// mostBody is the longest body of a route that does not say otherwise.
const mostBody = 1 << 20

const rawBodyKey = "raw body"

// register adds a route. Its identity is checked before its body is read, and
// its errors become problem documents here and nowhere else.
func register[I, O any](a *api, o huma.Operation, handle func(context.Context, *I) (*O, error)) {
	o.Middlewares = append(o.Middlewares, a.identify)
	huma.Register(a.huma, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, located(&o, a.problem(o.Path, err))
		}
		return out, nil
	})
	if body, ok := o.Metadata[rawBodyKey].(*huma.RequestBody); ok {
		item := a.huma.OpenAPI().Paths[o.Path]
		for _, documented := range []*huma.Operation{item.Post, item.Put} {
			if documented != nil && documented.OperationID == o.OperationID {
				documented.RequestBody = body // huma knows a raw body as text only
			}
		}
	}
}

// located says of each wrong field whether it stands in the path or the query:
// what finds it wrong knows its name alone.
func located(o *huma.Operation, err error) error {
	var m *huma.ErrorModel
	if !errors.As(err, &m) {
		return err
	}
	for _, d := range m.Errors {
		field, inBody := strings.CutPrefix(d.Location, "body.")
		switch {
		case inBody && strings.Contains(o.Path, "{"+field+"}"):
			d.Location = "path." + field
		case inBody && o.Method == http.MethodGet:
			d.Location = "query." + field
		}
	}
	return err
}

// everyRouteHasAction refuses to start with a route that stands for nothing, or
// for something that nobody may do.
func (a *api) everyRouteHasAction() error {
	for path, item := range a.huma.OpenAPI().Paths {
		for _, o := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch} {
			if o == nil {
				continue
			}
			act, ok := o.Metadata[actionKey].(gremio.Action)
			if !ok {
				return gremio.Errorf(gremio.Internal, "route %s %s names no action", o.Method, path)
			}
			if gremio.GrantOf(act).Admin == gremio.None {
				return gremio.Errorf(gremio.Internal, "route %s %s stands for %s, which the table of who may do what does not have", o.Method, path, act)
			}
		}
	}
	return nil
}

// recorder keeps an answer in memory.
type recorder struct {
	header http.Header
	body   bytes.Buffer
}

func newRecorder() *recorder                    { return &recorder{header: http.Header{}} }
func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
func (r *recorder) WriteHeader(int)             {}
