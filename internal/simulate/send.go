package simulate

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	firstBackoff = 500 * time.Millisecond
	longBackoff  = 15 * time.Second
	mostRetry    = 30 * time.Second // of a Retry-After that is believed
)

const (
	kindApplication = "application"
	kindPosition    = "position"
	kindSale        = "sale"
	kindShift       = "shift"
	kindSighting    = "sighting"
	kindStockCount  = "stock_count"
	kindConfirm     = "confirm"
)

// An event is one request. Its id and its body are made once, so that every
// attempt is the same event to the server.
type event struct {
	kind, path, id string
	inBody         bool // the body carries the id; else the Idempotency-Key does
	body           any
}

// A refusal is the server's last word on an event: sending it again would not help.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return fmt.Sprintf("refused with %d: %s", r.status, r.text) }

// send posts e until the server acknowledges it or refuses it, or ctx ends. It
// returns nil, a *refusal or ctx's error.
func (g *Guild) send(ctx context.Context, e event) error {
	body, err := json.Marshal(e.body)
	if err != nil {
		return fmt.Errorf("simulate: %s: %w", e.kind, err)
	}
	g.account.change(func(c *Counts) { c.Made++ })
	for attempt := 0; ; attempt++ {
		if attempt > 0 {
			g.account.change(func(c *Counts) { c.Retries++ })
		}
		answer, err := g.do(ctx, http.MethodPost, e, body)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && answer.status < 300:
			g.account.change(func(c *Counts) { c.Acknowledged++; c.ByKind[e.kind]++ })
			return nil
		case err == nil && !passing(answer.status):
			g.account.change(func(c *Counts) { c.Refused++ })
			g.cfg.Logger.Warn("event refused", "kind", e.kind, "id", e.id, "status", answer.status, "answer", string(answer.body))
			return &refusal{answer.status, string(answer.body)}
		}
		if err := sleep(ctx, max(backoff(attempt), answer.retryAfter)); err != nil {
			return err
		}
	}
}

type answer struct {
	status     int
	body       []byte
	retryAfter time.Duration
}

// do makes one request when one of the guild's slots is free. An error means
// that the outcome is not known.
func (g *Guild) do(ctx context.Context, method string, e event, body []byte) (answer, error) {
	if err := g.slots.Acquire(ctx, 1); err != nil {
		return answer{}, err
	}
	defer g.slots.Release(1)
	req, err := http.NewRequestWithContext(ctx, method, g.base.String()+e.path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	if e.id != "" && !e.inBody {
		req.Header.Set("Idempotency-Key", e.id)
	}
	if g.cfg.Token != "" {
		req.Header.Set("Authorization", "Bearer "+g.cfg.Token)
	}
	res, err := g.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 8<<20))
	if err != nil {
		return answer{}, err
	}
	seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	wait := min(time.Duration(max(seconds, 0))*time.Second, mostRetry)
	return answer{status: res.StatusCode, body: text, retryAfter: wait}, nil
}

// passing reports whether a status tells of the server's moment, not of the event.
func passing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// backoff is the wait after the given attempt: doubled each time and scattered,
// so that a guild that was cut off does not return all at once.
func backoff(attempt int) time.Duration {
	d := min(firstBackoff<<min(attempt, 10), longBackoff)
	return d/2 + rand.N(d/2)
}

// newID is a UUID version 7 of the instant, its random part from r. The instant
// keeps a second run with the same seed from naming other events alike.
func newID(at time.Time, r *rand.Rand) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMilli())<<16|r.Uint64()&0x0fff|0x7000)
	binary.BigEndian.PutUint64(b[8:], r.Uint64()&^(3<<62)|2<<62)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
