package httpapi

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

// An action is what a route stands for. Roles are granted actions, never routes.
type action string

// The actions.
const (
	actSaleRecord        action = "sale.record"
	actSaleVoid          action = "sale.void"
	actSaleRead          action = "sale.read"
	actPositionReport    action = "position.report"
	actCartRead          action = "cart.read"
	actShiftReport       action = "shift.report"
	actSightingReport    action = "sighting.report"
	actSightingRead      action = "sighting.read"
	actStockCount        action = "stock.count"
	actStockRead         action = "stock.read"
	actDeliveryRead      action = "delivery.read"
	actDeliveryPrepare   action = "delivery.prepare"
	actStopConfirm       action = "stop.confirm"
	actApplicationSubmit action = "application.submit"
	actApplicationRead   action = "application.read"
	actApplicationDecide action = "application.decide"
	actMemberRead        action = "member.read"
	actAlertRead         action = "alert.read"
	actAlertHandle       action = "alert.handle"
	actEventTakeIn       action = "event.take_in"
	actEventRead         action = "event.read"
	actReportRead        action = "report.read"
	actSettingsRead      action = "settings.read"
	actSettingsChange    action = "settings.change"
	actLiveWatch         action = "live.watch"
)

// actionKey is where an operation keeps its action, and its name in the OpenAPI document.
const actionKey = "x-gremio-action"

// takesIn are the actions that open ingest allows without an identity.
var takesIn = map[action]bool{
	actSaleRecord: true, actPositionReport: true, actShiftReport: true, actSightingReport: true,
	actStockCount: true, actApplicationSubmit: true, actEventTakeIn: true,
}

// op describes a route. Its name is the operation's id.
func op(act action, method, path, name, summary string, change ...func(*huma.Operation)) huma.Operation {
	o := huma.Operation{
		OperationID: name, Method: method, Path: path, Summary: summary,
		Tags:       []string{tagOf(act)},
		Extensions: map[string]any{actionKey: string(act)},
		Metadata:   map[string]any{actionKey: act},
	}
	for _, c := range change {
		c(&o)
	}
	return o
}

func tagOf(act action) string {
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
			return nil, a.problem(o.Path, err)
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

// identify refuses take-in without an identity unless open ingest is on. There
// are no identities yet, so every other route is as open as the address that
// gremio listens on: loopback, unless somebody asked for more twice.
func (a *api) identify(ctx huma.Context, next func(huma.Context)) {
	act, _ := ctx.Operation().Metadata[actionKey].(action)
	if takesIn[act] && !a.OpenIngest {
		ctx.SetHeader("WWW-Authenticate", "Bearer")
		huma.WriteErr(a.huma, ctx, http.StatusUnauthorized, "an identity is needed: start gremio with --open-ingest to take in without one")
		return
	}
	next(ctx)
}

// everyRouteHasAction refuses to start with a route that stands for nothing.
func (a *api) everyRouteHasAction() error {
	for path, item := range a.huma.OpenAPI().Paths {
		for _, o := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch} {
			if o == nil {
				continue
			}
			if _, ok := o.Metadata[actionKey].(action); !ok {
				return gremio.Errorf(gremio.Internal, "route %s %s names no action", o.Method, path)
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
