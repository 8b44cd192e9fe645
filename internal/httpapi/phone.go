package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"gremio"
	"gremio/internal/gps"
)

// phoneRoute is what metrics and logs call every path below /gps, whose first
// part is a token.
const phoneRoute = "/gps/{token}"

// isPhone reports whether a path is an address that phones report to.
func isPhone(path string) bool { return path == "/gps" || strings.HasPrefix(path, "/gps/") }

// nameless returns a path without a token, for the log.
func nameless(path string) string {
	if isPhone(path) {
		return phoneRoute
	}
	return path
}

// phone takes in what the GPS app of a cart's phone sends, by any method and at
// any path. The token says which cart it is; what the app calls itself does not
// count. Once the token is known the answer is the app's own success, whatever it
// sent, since an app that is refused sends the same for ever; only what may be
// sent again is answered 503.
func (a *api) phone(w http.ResponseWriter, r *http.Request) {
	ctx, path, err := a.phoneCart(r)
	if err != nil {
		writeStatusError(w, a.problem(phoneRoute, err))
		return
	}
	if a.phoneFile(ctx, w, r, path) {
		return
	}
	body, cut, err := phoneBody(r)
	if err != nil {
		writeProblem(w, http.StatusBadRequest, "the body did not arrive whole: send it again")
		return
	}
	query := r.URL.Query()
	for _, name := range tokenNames {
		query.Del(name)
	}
	reading := gps.Read(gps.Request{
		Method: r.Method, Path: path, Query: query, ContentType: r.Header.Get("Content-Type"), Agent: appOf(r), Body: body, Cut: cut,
	})
	if len(reading.Reports) == 0 && len(body) == 0 && opensPage(r) {
		a.phonePage(ctx, w, r)
		return
	}
	if err := a.takePhone(ctx, r, body, reading); err != nil {
		writeStatusError(w, a.problem(phoneRoute, err))
		return
	}
	a.answerPhone(ctx, w, reading)
}

// tokenNames are the query parameters in which a token may stand.
var tokenNames = []string{"token", "access_token"}

// phoneCart finds out whose phone sent r, and returns the path below the token.
func (a *api) phoneCart(r *http.Request) (context.Context, string, error) {
	path := strings.Trim(strings.TrimPrefix(r.URL.Path, "/gps"), "/")
	first, rest, _ := strings.Cut(path, "/")
	token := ""
	for i, shown := range append([]string{first}, shownTokens(r)...) {
		if strings.HasPrefix(shown, "gremio_") {
			if token = shown; i == 0 {
				path = strings.Trim(rest, "/")
			}
			break
		}
	}
	if token == "" {
		return nil, "", gremio.Errorf(gremio.Unauthenticated, "a cart's token is needed: /gps/TOKEN")
	}
	req := a.strangers(r)
	req.shown.token = token
	var err error
	if req.who, err = a.Identities.ByToken(r.Context(), token); err != nil {
		return nil, "", err
	}
	if req.who.Kind != gremio.CartIdentity {
		return nil, "", gremio.Errorf(gremio.Denied, "this token is no cart's")
	}
	return context.WithValue(r.Context(), requestKey{}, req), path, nil
}

// shownTokens returns what a request shows besides its path: Bearer, either part
// of Basic, which some apps do not encode, the query, and the session that a
// sign-in made.
func shownTokens(r *http.Request) []string {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	var all []string
	switch value = strings.TrimSpace(value); {
	case strings.EqualFold(scheme, "Bearer"):
		all = append(all, value)
	case strings.EqualFold(scheme, "Basic"):
		user, password, _ := r.BasicAuth()
		bare, _, _ := strings.Cut(value, ":")
		all = append(all, password, user, bare)
	}
	query := r.URL.Query()
	for _, name := range tokenNames {
		all = append(all, query.Get(name))
	}
	if c, err := r.Cookie(phoneCookie); err == nil {
		all = append(all, c.Value)
	}
	return all
}

// takePhone puts what a cart's phone said on the log.
func (a *api) takePhone(ctx context.Context, r *http.Request, body []byte, reading gps.Reading) error {
	now, plate := gremio.Instant(a.Now()), who(ctx).Plate
	var events []intake
	var once []string // alerts of the day, which are raised here once
	add := func(e gremio.Event) { events = append(events, intake{event: e}) }
	daily := func(alert gremio.Event) {
		if !a.raised.has(alert.ID) {
			once = append(once, alert.ID)
			a.raised.add(alert.ID)
			add(alert)
		}
	}
	for _, report := range reading.Reports {
		p := positionOf(plate, report, now)
		add(identified(gremio.Event{Subject: string(plate), Data: p}, "", now))
		if report.SOS {
			add(gremio.SOSAlert("/api", plate, p.Place, p.Time, now))
		}
		if report.Mocked {
			daily(gremio.MockedAlert("/api", plate, p.Place, now))
		}
	}
	for _, nonsense := range reading.Nonsense {
		add(identified(gremio.Event{Subject: string(plate), Data: rejectedRequest(plate, r, body, reading.Dialect, nonsense, now)}, "", now))
		daily(gremio.RequestRejectedAlert("/api", plate, now))
	}
	if len(events) == 0 {
		return nil
	}
	var unknown error // the first of what the log may not have
	for _, result := range a.take(ctx, events) {
		if result.err != nil && unknown == nil {
			unknown = result.err
		}
	}
	if unknown != nil {
		a.raised.remove(once)
	}
	return unknown
}

// positionOf returns the event of what a phone reports, received at now.
func positionOf(plate gremio.Plate, r gps.Report, now time.Time) gremio.PositionReported {
	p := gremio.PositionReported{Plate: plate, Accuracy: r.Accuracy, Speed: r.Speed, Heading: r.Heading, Battery: r.Battery}
	if r.Place != nil {
		p.Place = &gremio.Place{Point: r.Place}
	}
	p.Time, p.DeviceTime = gremio.BelievableTime(r.Time, now, now.Add(-gremio.TopicPositions.Retention()))
	return p
}

func rejectedRequest(plate gremio.Plate, r *http.Request, body []byte, dialect string, n gps.Nonsense, now time.Time) gremio.RequestRejected {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || len(kind) > 80 {
		kind = ""
	}
	method := r.Method
	if len(method) > 20 {
		method = method[:20]
	}
	e := gremio.RequestRejected{Plate: plate, Dialect: dialect, Method: method, ContentType: kind, Bytes: len(body), Fields: n.Fields, Reason: n.Reason, At: now}
	if len(body) > 0 {
		sum := sha256.Sum256(body)
		e.SHA256 = hex.EncodeToString(sum[:])
	}
	return e
}

// A recent remembers which of the day's alerts this process has raised: a phone
// says the same every 20 s, and the worker would keep only the first. Forgetting
// costs a repeat and no more.
type recent struct {
	mu  sync.Mutex
	ids map[string]bool
}

const mostRecent = 10_000

func (r *recent) has(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ids[id]
}

func (r *recent) add(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids == nil || len(r.ids) >= mostRecent {
		r.ids = map[string]bool{}
	}
	r.ids[id] = true
}

func (r *recent) remove(ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		delete(r.ids, id)
	}
}
