package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"gremio"
)

// actWait is how long a person's act waits for the worker that applies it.
const actWait = 2 * time.Second

// An actOutput answers a person's act: 200 with the new state, or 202 and the
// acknowledgement when the worker has not come to it yet.
type actOutput[T any] struct {
	Status int
	Body   actBody[T]
}

type actBody[T any] struct {
	ID    string `json:"id" doc:"The act's own event id"`
	At    string `json:"at" doc:"Where the log has it: topic/partition/offset"`
	State *T     `json:"state,omitempty" doc:"What the act led to; absent while the worker has not applied it"`
}

// do puts a person's act on the log and waits for its worker. now reads the
// new state. A refusal of the worker is a conflict: the first in the log won.
func do[T any](ctx context.Context, a *api, act gremio.Action, e gremio.Event, now func(context.Context) (T, bool, error)) (*actOutput[T], error) {
	if !a.shares.takingIn.take(1) {
		return nil, errTooMany
	}
	defer a.shares.takingIn.give(1)
	e = identified(e, e.ID, gremio.Instant(a.Now()))
	bounded, cancel := context.WithTimeout(ctx, appendTimeout)
	defer cancel()
	positions, err := a.Log.Append(bounded, []gremio.Event{e})
	if err != nil {
		return nil, err
	}
	outcome := "on its way"
	defer func() { a.noteAct(ctx, act, fmt.Sprintf("%s %s: %s", e.Type(), e.ID, outcome), e.Subject) }()
	at := positions[0]
	out := &actOutput[T]{Status: http.StatusAccepted}
	out.Body.ID, out.Body.At = e.ID, at.String()
	worker := ownerOf(at.Topic)
	deadline := time.Now().Add(actWait)
	ctx, cancelWait := context.WithDeadline(ctx, deadline)
	defer cancelWait()
	for ctx.Err() == nil {
		if applied, err := a.hasApplied(ctx, worker, at); err == nil && applied {
			reason, rejected, err := a.Store.RejectionAt(ctx, worker, at)
			if err != nil {
				return out, nil // the log has it; what became of it the database does not say now
			}
			if rejected {
				outcome = "refused, " + reason
				return nil, gremio.Errorf(gremio.Conflict, "%s", reason)
			}
			outcome = "done"
			state, ok, err := now(ctx)
			if gremio.KindOf(err) == gremio.Unavailable && err != nil || err == nil && !ok {
				return out, nil
			}
			if err != nil {
				return nil, err
			}
			out.Status, out.Body.State = http.StatusOK, &state
			return out, nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
	return out, nil
}
