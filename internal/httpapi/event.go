package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

type eventStore interface {
	AppliedIDs(ctx context.Context, worker string, keys []string) (map[string]gremio.AppliedID, error)
	OffsetOf(ctx context.Context, worker string, topic gremio.Topic, partition int32) (gremio.Offset, bool, error)
	RejectionAt(ctx context.Context, worker string, at gremio.LogPosition) (reason string, rejected bool, err error)
	FindEvent(ctx context.Context, workers []string, id string) ([]gremio.KnownEvent, error)
}

const (
	maxEvents    = 10_000
	maxEventBody = 8 << 20
)

// An eventAnswer answers one event of many: an acknowledgement or a problem.
type eventAnswer struct {
	ID      string           `json:"id,omitempty"`
	At      string           `json:"at,omitempty" doc:"topic/partition/offset"`
	Problem *huma.ErrorModel `json:"problem,omitempty"`
}

type eventsOutput struct {
	Status     int
	RetryAfter string `header:"Retry-After"`
	Body       struct {
		Items []eventAnswer `json:"items" nullable:"false" doc:"An answer for each event, in their order"`
	}
}

func (a *api) events() {
	registry := a.huma.OpenAPI().Components.Schemas
	kinds := []eventKind{
		kindOf[saleInput]("sale", registry), kindOf[positionInput]("position", registry), kindOf[sightingInput]("sighting", registry),
		kindOf[stockCountInput]("stock_count", registry), kindOf[shiftInput]("shift", registry), kindOf[applicationInput]("application", registry),
	}
	byName := map[string]eventKind{}
	var names []any
	for _, k := range kinds {
		byName[k.name] = k
		names = append(names, k.name)
	}
	event := &huma.Schema{Type: "object", Required: []string{"type"}, AdditionalProperties: true,
		Description: "An event as its own route takes it, and its type",
		Properties:  map[string]*huma.Schema{"type": {Type: "string", Enum: names}}}
	type takeInput struct {
		RawBody []byte `contentType:"application/json"`
	}
	register(a, op(gremio.ActEventTakeIn, http.MethodPost, "/v1/events", "take-in-events", "Take in many events", accepted, maxBody(maxEventBody),
		describe("NDJSON or a JSON array of up to 10,000 events. Each gets its own answer, and one that is wrong holds up no other. "+
			"503 means that some are not known to be kept: send all again under the same ids."),
		rawBody(map[string]*huma.Schema{"application/x-ndjson": event, "application/json": {Type: "array", Items: event}})),
		func(ctx context.Context, in *takeInput) (*eventsOutput, error) {
			items, err := splitEvents(in.RawBody)
			if err != nil {
				return nil, err
			}
			return a.takeMany(ctx, items, byName), nil
		})

	type readInput struct {
		ID string `path:"id"`
		At string `query:"at" doc:"Where the log has it, as 202 said: topic/partition/offset"`
	}
	register(a, op(gremio.ActEventRead, http.MethodGet, "/v1/events/{id}", "read-event", "What became of an event at each worker", acts),
		func(ctx context.Context, in *readInput) (*itemOutput[eventState], error) {
			s, err := a.eventState(ctx, in.ID, in.At)
			return itemOf(s, true, err, "")
		})
}

// splitEvents splits NDJSON or a JSON array into events.
func splitEvents(body []byte) ([]json.RawMessage, error) {
	body = bytes.TrimSpace(body)
	var items []json.RawMessage
	if len(body) > 0 && body[0] == '[' {
		if err := json.Unmarshal(body, &items); err != nil {
			return nil, huma.Error400BadRequest("the body is not a JSON array: " + err.Error())
		}
	} else {
		for line := range bytes.Lines(body) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				items = append(items, json.RawMessage(line))
			}
		}
	}
	switch {
	case len(items) == 0:
		return nil, huma.Error422UnprocessableEntity("there is no event in the body")
	case len(items) > maxEvents:
		return nil, huma.Error413RequestEntityTooLarge(fmt.Sprintf("%d events: send at most %d at once", len(items), maxEvents))
	}
	return items, nil
}

func (a *api) takeMany(ctx context.Context, items []json.RawMessage, kinds map[string]eventKind) *eventsOutput {
	out := &eventsOutput{Status: http.StatusAccepted}
	out.Body.Items = make([]eventAnswer, len(items))
	var events []intake
	var at []int
	for i, item := range items {
		in, err := a.readEvent(ctx, item, kinds)
		if err != nil {
			out.refuse(&out.Body.Items[i], a.problemModel(err))
			continue
		}
		events = append(events, in)
		at = append(at, i)
	}
	for i, r := range a.take(ctx, events) {
		answer := &out.Body.Items[at[i]]
		if r.err == nil {
			answer.ID, answer.At = r.ID, r.At
			continue
		}
		answer.ID = events[i].event.ID
		out.refuse(answer, a.problemModel(r.err))
	}
	return out
}

// refuse answers one event with a problem. One that is not known to be kept
// makes the whole answer 503: all are to be sent again.
func (o *eventsOutput) refuse(answer *eventAnswer, problem *huma.ErrorModel) {
	answer.Problem = problem
	if problem.Status == http.StatusServiceUnavailable {
		o.Status, o.RetryAfter = http.StatusServiceUnavailable, retryAfter
	}
}

// readEvent reads one event of many, whose type stands among its fields.
func (a *api) readEvent(ctx context.Context, item json.RawMessage, kinds map[string]eventKind) (intake, error) {
	fields, err := readObject(item)
	if err != nil {
		return intake{}, err
	}
	name, _ := fields["type"].(string)
	kind, ok := kinds[name]
	if !ok {
		return intake{}, gremio.InvalidFields([]gremio.FieldError{{Field: "type",
			Message: "must be sale, position, sighting, stock_count, shift or application"}})
	}
	delete(fields, "type")
	return a.readInput(ctx, kind, item, fields, "")
}

func (a *api) problemModel(err error) *huma.ErrorModel {
	status, ok := a.problem("/v1/events", err).(huma.StatusError)
	if !ok {
		return &huma.ErrorModel{Status: http.StatusServiceUnavailable, Title: "Service Unavailable",
			Detail: "it is not known whether this was kept: send it again with the same id"}
	}
	if m, ok := status.(*huma.ErrorModel); ok {
		return m
	}
	return &huma.ErrorModel{Status: status.GetStatus(), Title: http.StatusText(status.GetStatus()), Detail: status.Error()}
}

// An eventState says what became of an event.
type eventState struct {
	ID      string        `json:"id"`
	At      string        `json:"at,omitempty"`
	Workers []workerState `json:"workers" nullable:"false"`
}

type workerState struct {
	Worker string `json:"worker"`
	State  string `json:"state" enum:"pending,applied,rejected"`
	Reason string `json:"reason,omitempty"`
}

func (a *api) eventState(ctx context.Context, id, at string) (eventState, error) {
	s := eventState{ID: id, At: at, Workers: []workerState{}}
	own, err := a.within(ctx, gremio.ActEventRead, "")
	if err != nil {
		return s, err
	}
	if at != "" {
		position, err := parsePosition(at)
		if err != nil {
			return s, err
		}
		return s, a.statesAt(ctx, own, position, &s)
	}
	known, err := a.findEvent(ctx, own, id)
	if err != nil {
		return s, err
	}
	if len(known) == 0 {
		return s, notFound("the database knows no event of that id yet: give ?at= to ask whether it is on its way")
	}
	for _, k := range known {
		if k.At.Offset >= 0 {
			s.At = k.At.String()
			return s, a.statesAt(ctx, own, k.At, &s)
		}
	}
	for _, k := range known {
		w := workerState{Worker: k.Worker, State: "applied", Reason: k.Reason}
		if k.Rejected {
			w.State = "rejected"
		}
		s.Workers = append(s.Workers, w)
	}
	return s, nil
}

// findEvent looks an event's id up, among the events of the cart that bears own
// unless that is "".
func (a *api) findEvent(ctx context.Context, own gremio.Plate, id string) ([]gremio.KnownEvent, error) {
	known, err := a.Store.FindEvent(ctx, allWorkers, id)
	if own == "" || err != nil {
		return known, err
	}
	since, err := a.ownSince(ctx, gremio.ActEventRead, own)
	return slices.DeleteFunc(known, func(k gremio.KnownEvent) bool { return k.Subject != string(own) || k.Noted.Before(since) }), err
}

// statesAt asks every worker that reads the topic what became of the record,
// which must be one of the cart that bears own unless that is "".
func (a *api) statesAt(ctx context.Context, own gremio.Plate, at gremio.LogPosition, s *eventState) error {
	if err := a.exists(ctx, at); err != nil {
		return err
	}
	settled := true
	for _, worker := range readersOf(at.Topic) {
		w := workerState{Worker: worker, State: "pending"}
		applied, err := a.hasApplied(ctx, worker, at)
		if err != nil {
			return err
		}
		if !applied {
			settled = false
		} else {
			w.State = "applied"
			reason, rejected, err := a.Store.RejectionAt(ctx, worker, at)
			if err != nil {
				return err
			}
			if rejected {
				w.State, w.Reason = "rejected", reason
			}
		}
		s.Workers = append(s.Workers, w)
	}
	if own != "" {
		return a.ownStates(ctx, own, at, s, settled)
	}
	// Of two fixes of one time the track keeps the first alone, so a position's id
	// may be unknown all the same.
	if settled && at.Topic != gremio.TopicPositions {
		known, err := a.findEvent(ctx, "", s.ID)
		if err != nil {
			return err
		}
		if len(known) == 0 {
			return notFound("the record at " + at.String() + " is another event")
		}
	}
	return nil
}

// ownStates leaves nothing in s of a record that is not known to be the cart's
// that bears own.
func (a *api) ownStates(ctx context.Context, own gremio.Plate, at gremio.LogPosition, s *eventState, settled bool) error {
	known, err := a.findEvent(ctx, own, s.ID)
	if err != nil {
		return err
	}
	refused := slices.ContainsFunc(s.Workers, func(w workerState) bool { return w.State == "rejected" })
	for _, k := range known {
		if k.At == at || k.At.Topic == at.Topic && k.At.Offset < 0 && !refused {
			return nil
		}
	}
	if settled {
		return notFound("the record at " + at.String() + " is another event")
	}
	for i := range s.Workers {
		s.Workers[i].State, s.Workers[i].Reason = "pending", ""
	}
	return nil
}

// exists refuses a position that the log does not have. While the log is away
// it cannot tell, and lets the database answer.
func (a *api) exists(ctx context.Context, at gremio.LogPosition) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	ends, err := a.Log.Ends(ctx, at.Topic)
	if err != nil {
		return nil
	}
	if end, ok := ends[at.Partition]; !ok || at.Offset >= end {
		return notFound("the log has no record at " + at.String())
	}
	return nil
}

// hasApplied reports whether worker is past a position of this log. Offsets of
// another log, one that was lost or belongs to another broker, say nothing.
func (a *api) hasApplied(ctx context.Context, worker string, at gremio.LogPosition) (bool, error) {
	o, found, err := a.Store.OffsetOf(ctx, worker, at.Topic, at.Partition)
	if err != nil || !found || o.Next <= at.Offset {
		return false, err
	}
	known := a.Log.TopicID(at.Topic)
	return known == "" || known == o.TopicID, nil
}

// allWorkers are those that note the ids of what they apply.
var allWorkers = []string{"members", "sales", "positions", "stock", "alerts"}

func parsePosition(at string) (gremio.LogPosition, error) {
	position, err := gremio.ParseLogPosition(at)
	if err != nil || readersOf(position.Topic) == nil {
		return gremio.LogPosition{}, gremio.InvalidFields([]gremio.FieldError{{Field: "at", Message: "must be topic/partition/offset, as 202 said"}})
	}
	return position, nil
}
