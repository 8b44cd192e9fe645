package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"gremio"
)

// appendTimeout bounds how long a client waits for the log.
const appendTimeout = 4 * time.Second

// lookupTimeout bounds the look for a repeat: take-in does not wait for the database.
const lookupTimeout = 300 * time.Millisecond

// An input is the body of a take-in request.
type input interface {
	// event returns what the body says as an event without id, received at now.
	event(now time.Time, s gremio.Settings) (gremio.Event, []gremio.FieldError)
	// name returns the id that the client gave, "" when it gave none.
	name() string
}

// An acknowledgement answers one event that the log has.
type acknowledgement struct {
	ID string `json:"id" doc:"The event's id: the client's own, else the server's"`
	At string `json:"at" doc:"Where the log has it: topic/partition/offset"`
	// Token opens the application's own page.
	Token string `json:"token,omitempty" doc:"Of an application: reads it again, GET /v1/applications/{id}?token="`
}

type acceptedOutput struct {
	Status int
	Body   acknowledgement
}

// identified gives an event its identity: the client's id or a new one, and
// the digest of what was sent.
func identified(e gremio.Event, id string, now time.Time) gremio.Event {
	named := id != ""
	if !named {
		id = newID()
	}
	e.ID, e.Source, e.Time = id, "/api", now
	switch {
	case e.Type() == gremio.TypePositionReported && !named:
		e.Digest = "" // known by plate and fix time alone, which spares its id a row
	case e.Digest == "":
		e.Digest = gremio.DigestOf(e.Data)
	}
	return e
}

// newID returns a UUIDv7.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// An intake is an event on its way in.
type intake struct {
	event gremio.Event
	named bool             // by the client, so it may be a repeat
	who   *gremio.Personal // who applies, not sealed yet
}

type taken struct {
	acknowledgement
	err error
}

// takeOne puts one event on the log and answers for it.
func (a *api) takeOne(ctx context.Context, event intake) (*acceptedOutput, error) {
	results := a.take(ctx, []intake{event})
	if results[0].err != nil {
		return nil, results[0].err
	}
	return &acceptedOutput{Status: http.StatusAccepted, Body: results[0].acknowledgement}, nil
}

// hideClients leaves of clients' names in sales what the guild keeps of them, before
// the log has them.
func (a *api) hideClients(ctx context.Context, events []intake) {
	for i := range events {
		if s, ok := events[i].event.Data.(gremio.SaleRecorded); ok && s.Client != "" {
			s.Client = a.settings.get(ctx).ClientKept(s.Client, a.Master)
			events[i].event.Data = s
		}
	}
}

// take puts events on the log, in order, except repeats of what the database
// has already, and answers for each.
func (a *api) take(ctx context.Context, events []intake) []taken {
	results := make([]taken, len(events))
	if !a.shares.takingIn.take(1) {
		for i := range results {
			results[i].err = errTooMany
		}
		return results
	}
	defer a.shares.takingIn.give(1)
	for i, in := range events {
		results[i].err = a.mayTake(ctx, in.event)
	}
	a.hideClients(ctx, events)
	a.sealAll(ctx, events, results)
	a.answerRepeats(ctx, events, results)
	var fresh []gremio.Event
	var at []int
	for i, in := range events {
		if results[i].ID == "" && results[i].err == nil {
			fresh = append(fresh, in.event)
			at = append(at, i)
		}
	}
	if len(fresh) > 0 {
		bounded, cancel := context.WithTimeoutCause(ctx, appendTimeout,
			gremio.Errorf(gremio.Unavailable, "the log did not answer within %s", appendTimeout))
		defer cancel()
		positions, err := a.Log.Append(bounded, fresh)
		for i, r := range at {
			if err != nil {
				results[r].err = err
				continue
			}
			results[r].acknowledgement = a.acknowledge(fresh[i], positions[i])
		}
	}
	for i, r := range results {
		answer := "accepted"
		if r.err != nil {
			answer = gremio.KindOf(r.err).String()
		}
		a.intake.WithLabelValues(string(events[i].event.Type()), answer).Inc()
	}
	if len(fresh) > 0 {
		a.noteTaken(ctx, events, results)
	}
	return results
}

// noteTaken notes what a person took in for carts that are not the own: those
// events do not say who sent them. What is anybody's to send is nobody's act.
func (a *api) noteTaken(ctx context.Context, events []intake, results []taken) {
	if who(ctx).Kind != gremio.UserIdentity {
		return
	}
	about := map[gremio.Action][]string{}
	for i, r := range results {
		act := takenAs(events[i].event.Type())
		subject := events[i].event.Subject
		if r.err == nil && a.reach(ctx, act) == gremio.All && gremio.GrantOf(act).Stranger == gremio.None && !slices.Contains(about[act], subject) {
			about[act] = append(about[act], subject)
		}
	}
	for act, subjects := range about {
		a.noteAct(ctx, act, "", subjects...)
	}
}

// acknowledge answers for an event that the log has at a position.
func (a *api) acknowledge(e gremio.Event, at gremio.LogPosition) acknowledgement {
	ack := acknowledgement{ID: e.ID, At: at.String()}
	if e.Type() == gremio.TypeApplicationSubmitted {
		ack.Token = a.applicantToken(e.ID, e.Digest)
	}
	return ack
}

var errTooMany = gremio.Errorf(gremio.Unavailable, "too many requests wait for the log")

// answerRepeats answers the events that the database knows already: like the
// first if they say the same, as a conflict if not. When the database cannot
// tell, the log takes them and the worker counts them once.
func (a *api) answerRepeats(ctx context.Context, events []intake, results []taken) {
	if !a.lookups.isOver() {
		return
	}
	keys := map[string][]string{} // by worker
	for i, in := range events {
		if in.named && results[i].err == nil {
			w := ownerOf(in.event.Topic())
			keys[w] = append(keys[w], in.event.Key())
		}
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	for worker, wanted := range keys {
		known, err := a.Store.AppliedIDs(ctx, worker, wanted)
		if err != nil {
			a.lookups.note(ctx, err)
			continue
		}
		for i, in := range events {
			k, ok := known[in.event.Key()]
			if !ok || ownerOf(in.event.Topic()) != worker || !in.named || results[i].err != nil {
				continue
			}
			if k.Digest != in.event.Digest {
				results[i].err = gremio.Errorf(gremio.Conflict, "id %q names other content that was sent before", in.event.ID)
				continue
			}
			results[i].acknowledgement = a.acknowledge(in.event, k.At)
		}
	}
}

// ownerOf returns the worker whose own topic it is.
func ownerOf(t gremio.Topic) string { return readersOf(t)[0] }

// readersOf returns the workers that read topic, the one whose own it is first.
func readersOf(t gremio.Topic) []string {
	switch t {
	case gremio.TopicMemberships:
		return []string{"members"}
	case gremio.TopicSales:
		return []string{"sales", "stock", "positions"}
	case gremio.TopicPositions:
		return []string{"positions"}
	case gremio.TopicStock:
		return []string{"stock"}
	case gremio.TopicAlerts:
		return []string{"alerts"}
	}
	return nil
}

// An IdempotencyKey names the event in a header instead of the body's id.
type IdempotencyKey struct {
	Key string `header:"Idempotency-Key" maxLength:"100" doc:"Names the event when the body has no id: sent twice counts once"`
}
