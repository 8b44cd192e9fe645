package httpapi

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"gremio"
	"gremio/internal/gps"
)

// mostPhoneBody bounds what is read of a phone's request: the largest batch that
// an app makes, 1000 fixes of Overland's, is less than a megabyte.
const mostPhoneBody = 4 << 20

// mostPhoto bounds a photo behind a form, which is read and thrown away: the app
// sends all of it before it looks at the answer.
const mostPhoto = 32 << 20

// phoneBody reads the body of r, cut when it goes on behind what is read. Of a
// form with a photo the end does not count.
func phoneBody(r *http.Request) (body []byte, cut bool, err error) {
	if body, err = io.ReadAll(io.LimitReader(r.Body, mostPhoneBody+1)); err != nil || len(body) <= mostPhoneBody {
		return body, false, err
	}
	if _, err = io.Copy(io.Discard, io.LimitReader(r.Body, mostPhoto)); err != nil {
		return nil, true, err
	}
	return body[:mostPhoneBody], !bytes.HasPrefix(body, []byte("--")), nil
}

// appOf returns what the headers of a phone's request say of its app.
func appOf(r *http.Request) string {
	agent := r.UserAgent()
	if r.Header.Get("X-Limit-U") != "" || r.Header.Get("X-Limit-D") != "" {
		agent += " owntracks"
	}
	return agent
}

// phoneCookie is the session of an app that signs in and then shows nothing but
// it. It is the token itself, which the app knew before.
const phoneCookie = "gremio_phone"

// answerPhone answers a phone in its app's dialect, with the guild's settings when
// it reports too seldom and takes any.
func (a *api) answerPhone(ctx context.Context, w http.ResponseWriter, reading gps.Reading) {
	req := requestOf(ctx)
	answer := reading.Answer
	if len(reading.Reports) > 0 && a.paces.slow(req.who.Plate, a.Now()) && reading.Faster.Body != "" {
		answer = reading.Faster
	}
	if reading.SignsIn {
		http.SetCookie(w, &http.Cookie{Name: phoneCookie, Value: req.shown.token, Path: "/gps", HttpOnly: true, SameSite: http.SameSiteStrictMode,
			Secure: strings.HasPrefix(a.PublicURL, "https://")})
	}
	if answer.ContentType != "" {
		w.Header().Set("Content-Type", answer.ContentType)
	}
	io.WriteString(w, answer.Body)
}

// The guild's settings go to a phone whose request comes slowAfter or more after
// the one before, and at most once in pushEvery. Forgetting costs one request.
const (
	slowAfter = 2 * gremio.PhoneIntervalSeconds * time.Second
	pushEvery = 10 * time.Minute
)

// paces remembers when this process last heard each cart's phone and set it up.
type paces struct {
	mu   sync.Mutex
	last map[gremio.Plate]pace
}

type pace struct{ heard, pushed time.Time }

// slow notes that the phone of a cart was heard, and reports whether it is to be
// told to report more often.
func (p *paces) slow(plate gremio.Plate, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil || len(p.last) >= mostRecent {
		p.last = map[gremio.Plate]pace{}
	}
	before, known := p.last[plate]
	after := pace{heard: now, pushed: before.pushed}
	slow := known && now.Sub(before.heard) >= slowAfter && now.Sub(before.pushed) >= pushEvery
	if slow {
		after.pushed = now
	}
	p.last[plate] = after
	return slow
}
