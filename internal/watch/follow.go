package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"time"
)

const (
	firstBackoff = 500 * time.Millisecond
	longBackoff  = 15 * time.Second
	silenceLimit = time.Minute // of a stream that ought to be kept alive
)

var (
	errSilent = errors.New("nothing heard for a minute")
	errClosed = errors.New("the server closed the stream")
)

// A refusal is an answer that trying again would not change.
type refusal struct{ status int }

func (r *refusal) Error() string {
	switch r.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Sprintf("the server wants to know who asks (%d): give a token", r.status)
	}
	return fmt.Sprintf("the server has no live stream at this address (%d)", r.status)
}

// follow keeps the guild up to date, connecting again with growing pauses, until
// ctx ends or the server refuses.
func (w *watcher) follow(ctx context.Context) error {
	for attempt := 0; ; attempt++ {
		w.change(func() { w.link.state = connecting })
		before := w.snapshots()
		err := w.connect(ctx, nil)
		if refused := (*refusal)(nil); errors.As(err, &refused) {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		if w.snapshots() > before {
			attempt = 0
		}
		wait := max(backoff(attempt), w.retry)
		w.change(func() { w.link = link{state: lost, reason: cause(err), again: time.Now().Add(wait)} })
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// connect reads one stream to its end, or until enough is true after an event,
// which is no error.
func (w *watcher) connect(ctx context.Context, enough func() bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(silenceLimit, func() { cancel(errSilent) })
	defer watchdog.Stop()
	err := w.read(ctx, watchdog, enough)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

func (w *watcher) read(ctx context.Context, watchdog *time.Timer, enough func() bool) error {
	body, err := w.open(ctx)
	if err != nil {
		return err
	}
	defer body.Close()
	s := newStream(body, func() {
		watchdog.Reset(silenceLimit)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.heard = time.Now()
	})
	for {
		m, err := s.next()
		w.retry = min(s.retry, longBackoff)
		if errors.Is(err, io.EOF) {
			return errClosed
		}
		if err != nil {
			return err
		}
		w.change(func() {
			if err = w.guild.apply(m); err == nil {
				w.told = w.heard
				w.link = link{state: connected}
			}
			if m.name == "snapshot" {
				w.seen++
			}
		})
		if err != nil {
			return err
		}
		if enough != nil && enough() {
			return nil
		}
	}
}

func (w *watcher) open(ctx context.Context) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base.String()+"/v1/live", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "text/event-stream")
	if w.Token != "" {
		req.Header.Set("Authorization", "Bearer "+w.Token)
	}
	res, err := w.Client.Do(req)
	if err != nil {
		return nil, err
	}
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch {
	case res.StatusCode == http.StatusOK && kind == "text/event-stream":
		return res.Body, nil
	case res.StatusCode == http.StatusOK:
		res.StatusCode = http.StatusNotFound
	}
	res.Body.Close()
	switch res.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return nil, &refusal{res.StatusCode}
	}
	return nil, errors.New(http.StatusText(res.StatusCode))
}

func (w *watcher) snapshots() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

// cause is the innermost reason of an error: there is room for few words.
func cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

func backoff(attempt int) time.Duration {
	d := min(firstBackoff<<min(attempt, 10), longBackoff)
	return d/2 + rand.N(d/2)
}
