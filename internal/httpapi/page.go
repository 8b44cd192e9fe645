package httpapi

import (
	"slices"
	"strings"
	"time"

	"gremio"
)

// A Paging asks for a part of a list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Most items to return"`
	Cursor string `query:"cursor" doc:"The next of the part before"`
}

func (p Paging) page() gremio.Page { return gremio.Page{Limit: p.Limit, After: p.Cursor} }

// A list is a part of a list, and where it goes on.
type list[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Ask again with ?cursor= for more; absent at the end"`
}

type listOutput[T any] struct{ Body list[T] }

func listOf[T any](items []T, next string, err error) (*listOutput[T], error) {
	if err != nil {
		return nil, err
	}
	if items == nil {
		items = []T{}
	}
	return &listOutput[T]{list[T]{items, next}}, nil
}

type itemOutput[T any] struct{ Body T }

func itemOf[T any](item T, found bool, err error, what string) (*itemOutput[T], error) {
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound(what)
	}
	return &itemOutput[T]{item}, nil
}

// distinct returns what of says of items, each once, in their order.
func distinct[T any](items []T, of func(T) string) []string {
	var all []string
	for _, item := range items {
		if s := of(item); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// plateParam folds a plate of a path or query; empty stays empty.
func plateParam(name, s string) (gremio.Plate, error) {
	if strings.TrimSpace(s) == "" {
		return "", nil
	}
	p, err := gremio.ParsePlate(s)
	if err != nil {
		return "", gremio.InvalidFields([]gremio.FieldError{{Field: name, Message: err.Error()}})
	}
	return p, nil
}

// wrong gathers wrong fields while a body becomes an event.
type wrong struct{ fields []gremio.FieldError }

func (w *wrong) add(field, message string) {
	w.fields = append(w.fields, gremio.FieldError{Field: field, Message: message})
}

func (w *wrong) plate(field, s string) gremio.Plate {
	p, err := gremio.ParsePlate(s)
	if err != nil {
		w.add(field, err.Error())
	}
	return p
}

// instant refuses a time that Go reads and cannot write: its offset is a day or more.
func (w *wrong) instant(field string, t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	if _, err := t.MarshalJSON(); err != nil {
		w.add(field, "is not a time of RFC 3339")
		return nil
	}
	return t
}

// point wants both of lat and lon or neither.
func (w *wrong) point(lat, lon *float64) *gremio.Place {
	switch {
	case lat == nil && lon == nil:
		return nil
	case lat == nil:
		w.add("lat", "is missing beside lon")
		return nil
	case lon == nil:
		w.add("lon", "is missing beside lat")
		return nil
	}
	return &gremio.Place{Point: &gremio.Point{Lat: *lat, Lon: *lon}}
}

// also adds what the event itself finds wrong, unless the field is named already.
func (w *wrong) also(d gremio.Data) []gremio.FieldError {
	have := map[string]bool{}
	for _, f := range w.fields {
		have[f.Field] = true
	}
	for _, f := range d.Validate() {
		if !have[f.Field] {
			w.fields = append(w.fields, f)
		}
	}
	return w.fields
}
