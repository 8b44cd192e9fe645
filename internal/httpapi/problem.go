package httpapi

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

// retryAfter is what a client waits, in seconds, before it sends again what got 503.
const retryAfter = "2"

func status(k gremio.Kind) int {
	switch k {
	case gremio.Invalid:
		return http.StatusUnprocessableEntity
	case gremio.NotFound:
		return http.StatusNotFound
	case gremio.Conflict:
		return http.StatusConflict
	case gremio.Unauthenticated:
		return http.StatusUnauthorized
	case gremio.Denied:
		return http.StatusForbidden
	case gremio.TooMany:
		return http.StatusTooManyRequests
	case gremio.Unavailable, gremio.Fenced, gremio.Forbidden:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// problem turns an error into the document that the client gets. Only what the
// client can act on leaves the house; the rest goes to the log.
func (a *api) problem(where string, err error) error {
	var done huma.StatusError
	if errors.As(err, &done) {
		return err
	}
	kind := gremio.KindOf(err)
	switch kind {
	case gremio.Unavailable, gremio.Fenced, gremio.Forbidden:
		// Forbidden is what Kafka or the database does not let gremio do (a table
		// that is not made yet, a right that is missing), not the client's fault.
		a.Logger.Warn("answered 503", "route", where, "because", err)
		problem := huma.NewError(http.StatusServiceUnavailable,
			"a part of gremio is away, and it is not known whether this was kept: send it again with the same id")
		return huma.ErrorWithHeaders(problem, http.Header{"Retry-After": {retryAfter}})
	case gremio.Internal:
		a.Logger.Error("answered 500", "route", where, "because", err)
		return huma.NewError(http.StatusInternalServerError, "gremio failed at this; it is in its log")
	}
	var own *gremio.Error
	if !errors.As(err, &own) {
		return huma.NewError(status(kind), err.Error())
	}
	problem := huma.NewError(status(kind), own.Message, details("body", own.Fields)...)
	switch kind {
	case gremio.Unauthenticated:
		return huma.ErrorWithHeaders(problem, http.Header{"WWW-Authenticate": {"Bearer"}})
	case gremio.TooMany:
		return huma.ErrorWithHeaders(problem, http.Header{"Retry-After": {strconv.Itoa(int(math.Ceil(own.RetryAfter.Seconds())))}})
	}
	return problem
}

// modelOf returns the document that an error of problem is.
func modelOf(err error) *huma.ErrorModel {
	var m *huma.ErrorModel
	if errors.As(err, &m) {
		return m
	}
	var s huma.StatusError
	if errors.As(err, &s) {
		return &huma.ErrorModel{Status: s.GetStatus(), Title: http.StatusText(s.GetStatus()), Detail: s.Error()}
	}
	return &huma.ErrorModel{Status: http.StatusInternalServerError, Title: http.StatusText(http.StatusInternalServerError), Detail: "gremio failed at this; it is in its log"}
}

// details names wrong fields as JSON paths below root.
func details(root string, fields []gremio.FieldError) []error {
	var all []error
	for _, f := range fields {
		all = append(all, &huma.ErrorDetail{Message: f.Message, Location: strings.TrimSuffix(root+"."+f.Field, ".")})
	}
	return all
}

func notFound(what string) error { return gremio.Errorf(gremio.NotFound, "%s", what) }
