package torture

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"
)

var httpClient = &http.Client{
	Timeout:   8 * time.Second, // longer than the api waits for its log
	Transport: &http.Transport{MaxIdleConns: 200, MaxIdleConnsPerHost: 100, IdleConnTimeout: 10 * time.Second},
}

// An ack is gremio's word that it has an event.
type ack struct{ ID, At string }

// A sender talks to gremio as one client, over a network that cuts connections.
type sender struct {
	urls  []string
	keys  *keys
	keyed bool // its events bear their carts' tokens; else they come in by --open-ingest
	dice  *rand.Rand
	book  *book
	calm  *atomic.Bool // set for the verdict: no more cut connections and repeats
	tries int64
}

// post sends body once, with a token unless bearer is empty. Status 0 means that
// there was no answer.
func (s *sender) post(ctx context.Context, path, key, bearer string, body []byte) (status int, answer []byte) {
	if !s.calm.Load() && s.dice.IntN(40) == 0 { // the connection is cut somewhere in between
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(s.dice.IntN(30_000))*time.Microsecond)
		defer cancel()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.urls[s.dice.IntN(len(s.urls))]+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	return s.do(req)
}

func (s *sender) do(req *http.Request) (int, []byte) {
	s.tries++
	resp, err := httpClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil
	}
	return resp.StatusCode, answer
}

// get reads path into v and reports whether there was a good answer.
func (s *sender) get(ctx context.Context, path string, v any) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.urls[s.dice.IntN(len(s.urls))]+path, nil)
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+s.keys.program)
	status, answer := s.do(req)
	return status == http.StatusOK && json.Unmarshal(answer, v) == nil
}

// pause waits before the next try, and reports whether there shall be one.
func (s *sender) pause(ctx context.Context, tries int) bool {
	d := time.Duration(20+s.dice.IntN(60*min(tries, 6))) * time.Millisecond
	return wait(ctx, d)
}

func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// deliver sends an event until it is acknowledged, whatever happens meanwhile:
// after 503, a timeout or a cut connection again under the same id.
func (s *sender) deliver(ctx context.Context, e *event) bool {
	s.book.sending(e)
	for tries := 1; ; tries++ {
		status, answer := s.post(ctx, e.path, e.header, s.bearer(e), e.body)
		if status == http.StatusAccepted {
			var a ack
			if json.Unmarshal(answer, &a) != nil || a.ID != e.id {
				s.book.wrong("%s of id %s was answered %s", e.path, e.id, answer)
			}
			e.at = a.At
			s.book.acknowledged(e)
			s.tease(ctx, e)
			return true
		}
		if !passing(status) {
			s.book.wrong("%s %s: %d %s", e.path, e.body, status, answer)
			return false
		}
		if !s.pause(ctx, tries) {
			return false
		}
	}
}

// passing reports whether an answer says nothing but: try again.
func passing(status int) bool {
	return status == 0 || status == http.StatusServiceUnavailable
}

// tease sends what was acknowledged again, or other words under its id. Neither may count.
func (s *sender) tease(ctx context.Context, e *event) {
	if s.calm.Load() {
		return
	}
	switch n := s.dice.IntN(100); {
	case n < 4:
		status, answer := s.post(ctx, e.path, e.header, s.bearer(e), e.body)
		var a ack
		if status == http.StatusAccepted && (json.Unmarshal(answer, &a) != nil || a.ID != e.id) || status != http.StatusAccepted && !passing(status) {
			s.book.wrong("%s of id %s sent again: %d %s", e.path, e.id, status, answer)
		}
	case n < 7 && e.other != nil:
		s.book.reusing(e)
		status, answer := s.post(ctx, e.path, e.header, s.bearer(e), e.other)
		if status != http.StatusConflict && status != http.StatusAccepted && !passing(status) {
			s.book.wrong("%s of id %s with other content: %d %s", e.path, e.id, status, answer)
		}
	}
}

// deliverMany sends events as NDJSON until each is acknowledged.
func (s *sender) deliverMany(ctx context.Context, events []*event) bool {
	for _, e := range events {
		s.book.sending(e)
	}
	bearer := ""
	if s.keyed { // the events are of several carts
		bearer = s.keys.program
	}
	for tries := 1; ; tries++ {
		var body bytes.Buffer
		for _, e := range events {
			fmt.Fprintf(&body, "{\"type\":%q,%s\n", e.kind, e.body[1:])
		}
		status, answer := s.post(ctx, "/v1/events", "", bearer, body.Bytes())
		var items struct{ Items []eventAnswer }
		if (status == http.StatusAccepted || status == http.StatusServiceUnavailable) && json.Unmarshal(answer, &items) == nil && len(items.Items) == len(events) {
			var left []*event
			for i, a := range items.Items {
				switch {
				case a.At != "" && a.ID == events[i].id:
					events[i].at = a.At
					s.book.acknowledged(events[i])
				case a.Problem.Status == http.StatusServiceUnavailable:
					left = append(left, events[i])
				default:
					s.book.wrong("/v1/events %s: %+v", events[i].body, a)
				}
			}
			if events = left; len(left) == 0 {
				return true
			}
		} else if !passing(status) {
			s.book.wrong("/v1/events: %d %s", status, answer)
			return false
		}
		if !s.pause(ctx, tries) {
			return false
		}
	}
}

type eventAnswer struct {
	ID, At  string
	Problem struct {
		Status int
		Detail string
	}
}

// settled waits until every worker that reads an event has come to it, and
// returns what became of it there.
func (s *sender) settled(ctx context.Context, e *event) (map[string]string, bool) {
	for tries := 1; ; tries++ {
		var state struct {
			Workers []struct{ Worker, State, Reason string }
		}
		if s.get(ctx, "/v1/events/"+e.id+"?at="+e.at, &state) && len(state.Workers) > 0 {
			states, done := map[string]string{}, true
			for _, w := range state.Workers {
				states[w.Worker] = w.State
				done = done && w.State != "pending"
			}
			if done {
				return states, true
			}
		}
		if !s.pause(ctx, tries) {
			return nil, false
		}
	}
}
