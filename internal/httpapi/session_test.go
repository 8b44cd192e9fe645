package httpapi_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"gremio"
	"gremio/internal/httpapi"
)

func TestSignInAndOut(t *testing.T) {
	h := newHouse(t, false)
	u := h.person("ana@example.cl", gremio.RoleOffice, "")
	stranger := h.stranger()
	for _, email := range []string{"ana@example.cl", "ANA@Example.CL", "  ana@example.cl "} {
		got, s := stranger.signIn(email, secret, "")
		if got.code == 422 && strings.HasPrefix(email, " ") {
			continue // no address; the page trims it
		}
		m := read[struct{ ID, Role string }](h, got, 200)
		if m.ID != u.ID || m.Role != "office" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %s", email, got.body)
		}
		browser := h.as(s)
		if got := browser.send("GET", "/v1/sales", ""); got.code != 200 {
			t.Fatalf("signed in: %d %s", got.code, got.body)
		}
		stolen := h.as(shows{session: s.session})
		if got := browser.send("DELETE", "/v1/session", ""); got.code != 204 || !strings.Contains(got.header.Get("Set-Cookie"), "Max-Age=0") {
			t.Errorf("sign out: %d %v", got.code, got.header)
		}
		for _, path := range []string{"/v1/sales", "/v1/session", "/v1/live"} {
			stolen.send("GET", path, "").problem(t, 401)
		}
	}
	for _, c := range [][2]string{{"ana@example.cl", secret + " "}, {"ana@example.cl", ""}, {"nobody@example.cl", secret}, {"ana@example.cl", strings.Repeat("x", 800)}, {"ana@example.cl", "a\x00b"}} {
		got, s := stranger.signIn(c[0], c[1], "")
		p := got.problem(t, 401)
		if p.Detail != "the e-mail address or the password is wrong" || s.session != "" || len(p.Errors) != 0 {
			t.Errorf("%q: %s", c, got.body)
		}
	}
}

// Whoever plants a cookie before somebody signs in has nothing afterwards, and
// signing in again ends the session from before.
func TestSessionRotates(t *testing.T) {
	h := newHouse(t, false)
	u := h.person("ana@example.cl", gremio.RoleOffice, "")
	for name, planted := range map[string]shows{"invented": {session: strings.Repeat("a", 32)}, "of the attacker": h.session(h.person("eva@example.cl", gremio.RoleReader, "")), "of an earlier sign-in": h.session(u)} {
		got, s := h.as(planted).signIn("ana@example.cl", secret, "")
		if got.code != 200 || s.session == planted.session || s.session == "" {
			t.Fatalf("%s: %d %s", name, got.code, got.body)
		}
		if got := h.as(planted).send("GET", "/v1/session", ""); got.code != 401 {
			t.Errorf("%s: the planted cookie answers %d %s", name, got.code, got.body)
		}
		if got := h.as(s).send("GET", "/v1/session", ""); got.code != 200 {
			t.Errorf("%s: the new session answers %d", name, got.code)
		}
	}
}

func TestRoleTakenAway(t *testing.T) {
	h := newHouse(t, false)
	u := h.person("ana@example.cl", gremio.RoleAdmin, "")
	browser := h.as(h.session(u))
	if got := browser.send("GET", "/v1/users", ""); got.code != 200 {
		t.Fatal(got.code)
	}
	if got := h.send("PATCH", "/v1/users/"+u.ID, `{"role":"reader"}`); got.code != 200 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	browser.send("GET", "/v1/users", "").problem(t, 403)
	browser.send("GET", "/v1/members", "").problem(t, 403)
	browser.send("PUT", "/v1/settings", `{"initial_stock":1}`).problem(t, 403)
	if got := browser.send("GET", "/v1/sales", ""); got.code != 200 {
		t.Errorf("what a reader may: %d", got.code)
	}
	if got := h.send("DELETE", "/v1/users/"+u.ID, ""); got.code != 204 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	browser.send("GET", "/v1/sales", "").problem(t, 401)
	got, _ := h.stranger().signIn(u.Email, secret, "")
	got.problem(t, 401)
	h.send("PATCH", "/v1/users/"+u.ID, `{"role":"admin"}`).problem(t, 404)
	h.send("POST", "/v1/users/"+u.ID+"/link", "").problem(t, 404)
}

func TestTheLastAdminStays(t *testing.T) {
	h := newHouse(t, false)
	h.send("DELETE", "/v1/users/"+h.admin.ID, "").problem(t, 409)
	h.send("PATCH", "/v1/users/"+h.admin.ID, `{"role":"reader"}`).problem(t, 409)
	read[struct{}](h, h.post("/v1/users", `{"email":"new@example.cl","role":"admin"}`), 201)
	h.send("DELETE", "/v1/users/"+h.admin.ID, "").problem(t, 409) // the invited one cannot sign in yet
}

// Two admins who remove each other at once: exactly one is left.
func TestTwoAdminsRemoveEachOther(t *testing.T) {
	h := newHouse(t, false)
	one := h.admin
	for round := range 20 {
		two := h.person(fmt.Sprintf("two%d@example.cl", round), gremio.RoleAdmin, "")
		codes := h.bothAtOnce(h.as(h.session(one)), "/v1/users/"+two.ID, h.as(h.session(two)), "/v1/users/"+one.ID)
		left, err := h.store.Users(h.ctx())
		must(t, err)
		if len(left) != 1 || left[0].Role != gremio.RoleAdmin || (codes[0] == 204) == (codes[1] == 204) {
			t.Fatalf("round %d: answers %v, left %v", round, codes, left)
		}
		one = left[0]
	}
}

// bothAtOnce deletes two paths as two at the same time.
func (h *house) bothAtOnce(a *house, path string, b *house, other string) (codes [2]int) {
	h.t.Helper()
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i, one := range []struct {
		h    *house
		path string
	}{{a, path}, {b, other}} {
		wg.Go(func() {
			<-start
			codes[i] = one.h.send("DELETE", one.path, "").code
		})
	}
	close(start)
	wg.Wait()
	return codes
}

func TestPasswordChange(t *testing.T) {
	h := newHouse(t, false)
	u := h.person("ana@example.cl", gremio.RoleOffice, "")
	browser, elsewhere := h.as(h.session(u)), h.as(h.session(u))
	change := func(current, next string) answer {
		return browser.send("PUT", "/v1/account/password", fmt.Sprintf(`{"current_password":%q,"new_password":%q}`, current, next))
	}
	change("wrong password", "otra masa madre").problem(t, 422).names(t, "body", "current_password")
	for _, bad := range []string{"", "corta", "aaaaaaaaaaaa", "ana@example.cl", strings.Repeat("x", 201)} {
		change(secret, bad).problem(t, 422).names(t, "body", "new_password")
	}
	if got := elsewhere.send("GET", "/v1/session", ""); got.code != 200 {
		t.Fatalf("a refused change ended another session: %d", got.code)
	}
	got := change(secret, "otra masa madre")
	next := got.cookies()
	if got.code != 204 || next.session == "" {
		t.Fatalf("%d %s", got.code, got.body)
	}
	for name, old := range map[string]*house{"the one elsewhere": elsewhere, "the old cookie": browser} {
		if got := old.send("GET", "/v1/session", ""); got.code != 401 {
			t.Errorf("%s: %d", name, got.code)
		}
	}
	if got := h.as(next).send("GET", "/v1/session", ""); got.code != 200 {
		t.Errorf("the new cookie: %d", got.code)
	}
	if got, _ := h.stranger().signIn(u.Email, secret, ""); got.code != 401 {
		t.Errorf("the old password: %d", got.code)
	}
	if got, _ := h.stranger().signIn(u.Email, "otra masa madre", ""); got.code != 200 {
		t.Errorf("the new password: %d", got.code)
	}
}

// TestOwnSessionsAlone lets nobody end or see another's sessions.
func TestOwnSessionsAlone(t *testing.T) {
	h := newHouse(t, false)
	ana, eva := h.person("ana@example.cl", gremio.RoleVendor, "A1"), h.person("eva@example.cl", gremio.RoleAdmin, "")
	a, b, e := h.as(h.session(ana)), h.as(h.session(ana)), h.as(h.session(eva))
	type sessions struct{ Items []gremio.Session }
	list := read[sessions](h, a.send("GET", "/v1/sessions", ""), 200).Items
	if len(list) != 2 || list[0].Current == list[1].Current {
		t.Fatalf("%+v", list)
	}
	for _, s := range list {
		e.send("DELETE", "/v1/sessions/"+s.ID, "").problem(t, 404)
	}
	read[struct{}](h, a.send("POST", "/v1/sessions/close-others", ""), 204)
	for name, c := range map[string]struct {
		h    *house
		want int
	}{"the one that asked": {a, 200}, "the other": {b, 401}, "somebody else's": {e, 200}} {
		if got := c.h.send("GET", "/v1/session", ""); got.code != c.want {
			t.Errorf("%s: %d", name, got.code)
		}
	}
}

// cookieFlags reads what a sign-in sets.
func (h *house) cookieFlags(headers ...string) map[string]*http.Cookie {
	h.t.Helper()
	got, _ := h.stranger().signIn("admin@gremio.test", secret, "", headers...)
	if got.code != 200 {
		h.t.Fatalf("%d %s", got.code, got.body)
	}
	all := map[string]*http.Cookie{}
	for _, c := range (&http.Response{Header: got.header}).Cookies() {
		all[c.Name] = c
	}
	return all
}

func TestCookies(t *testing.T) {
	loopback := func(c *httpapi.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }
	plain, proxied := newHouse(t, false), newHouse(t, false, loopback)
	check := func(name string, all map[string]*http.Cookie, prefix string, secure bool) {
		t.Helper()
		for _, cookie := range []string{"gremio_session", "gremio_device"} {
			c := all[prefix+cookie]
			if c == nil || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure != secure || c.Path != "/" || c.Domain != "" || c.MaxAge <= 0 {
				t.Errorf("%s: %s is %+v among %v", name, cookie, c, all)
			}
		}
	}
	check("http", plain.cookieFlags(), "", false)
	check("a proxy that nobody trusts", plain.cookieFlags("X-Forwarded-Proto", "https"), "", false)
	check("a trusted proxy", proxied.cookieFlags("X-Forwarded-Proto", "https"), "__Host-", true)
	check("a trusted proxy without TLS", proxied.cookieFlags("X-Forwarded-Proto", "http"), "", false)
	// A cookie of the other kind is none.
	s := proxied.cookieFlags("X-Forwarded-Proto", "https")["__Host-gremio_session"].Value
	if got := proxied.stranger().send("GET", "/v1/session", "", "X-Forwarded-Proto", "https", "Cookie", "gremio_session="+s); got.code != 401 {
		t.Errorf("over TLS a cookie without __Host- answers %d", got.code)
	}
	if got := proxied.stranger().send("GET", "/v1/session", "", "X-Forwarded-Proto", "https", "Cookie", "__Host-gremio_session="+s); got.code != 200 {
		t.Errorf("over TLS the cookie answers %d", got.code)
	}
}

// TestAddresses wants the client's address from a trusted proxy alone.
func TestAddresses(t *testing.T) {
	trusting := func(c *httpapi.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	}
	for name, c := range map[string]struct {
		h               *house
		forwarded, want string
	}{
		"nobody trusted":     {newHouse(t, false), "198.51.100.7", "127.0.0.1"},
		"trusted":            {newHouse(t, false, trusting), "198.51.100.7", "198.51.100.7"},
		"spoofed before":     {newHouse(t, false, trusting), "203.0.113.9, 198.51.100.7", "198.51.100.7"},
		"through two":        {newHouse(t, false, trusting), "203.0.113.9, 198.51.100.7, 10.1.2.3", "198.51.100.7"},
		"an IPv6 household":  {newHouse(t, false, trusting), "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		"nonsense":           {newHouse(t, false, trusting), "nonsense", "127.0.0.1"},
		"nonsense before":    {newHouse(t, false, trusting), "'; DROP, 198.51.100.7:4711", "198.51.100.7"},
		"IPv4 as IPv6":       {newHouse(t, false, trusting), "::ffff:198.51.100.7", "198.51.100.7"},
		"only trusted":       {newHouse(t, false, trusting), "10.1.2.3", "10.1.2.3"},
		"zone":               {newHouse(t, false, trusting), "fe80::1%eth0", "fe80::/64"},
		"long":               {newHouse(t, false, trusting), strings.Repeat("203.0.113.9, ", 2000) + "198.51.100.7", "198.51.100.7"},
		"nobody at all":      {newHouse(t, false, trusting), "", "127.0.0.1"},
		"an address twofold": {newHouse(t, false, trusting), "198.51.100.7, 198.51.100.7", "198.51.100.7"},
	} {
		got, s := c.h.stranger().signIn("admin@gremio.test", secret, "", "X-Forwarded-For", c.forwarded, "User-Agent", strings.Repeat("ñ", 5000))
		if got.code != 200 {
			t.Fatalf("%s: %d %s", name, got.code, got.body)
		}
		list := read[struct{ Items []gremio.Session }](c.h, c.h.as(s).send("GET", "/v1/sessions", ""), 200).Items
		for _, one := range list {
			if one.Current && one.Address != c.want {
				t.Errorf("%s: address %q, want %q", name, one.Address, c.want)
			}
		}
	}
}

// TestOtherSitesDoNothing sends with a person's cookie what a page of another site could.
func TestOtherSitesDoNothing(t *testing.T) {
	h := newHouse(t, false)
	for _, d := range h.doors() {
		if d.method == "GET" {
			continue
		}
		for _, headers := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "null", "Content-Type", "text/plain"},
			{"Origin", "https://evil.example", "Content-Type", "application/x-www-form-urlencoded"}, {"Origin", h.url + ".evil.example"}} {
			if got := h.send(d.method, d.path, "{}", headers...); got.code != 403 || !strings.Contains(string(got.body), "another site") {
				t.Errorf("%s %s with %v: %d %s", d.method, d.path, headers, got.code, got.body)
			}
		}
	}
	// Nobody from elsewhere may read the answers either.
	for _, path := range []string{"/v1/session", "/v1/sales", "/v1/live"} {
		got := h.send("OPTIONS", path, "", "Origin", "https://evil.example", "Access-Control-Request-Method", "GET")
		if got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", path, got.header)
		}
	}
}

// code returns the second factor's code of a secret, steps later.
func code(t testing.TB, secret string, steps int) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	must(t, err)
	return c
}

// secondFactor sets a second factor up and returns its secret and the recovery codes.
func (h *house) secondFactor() (string, []string) {
	h.t.Helper()
	setup := read[struct{ Secret, URL, QR string }](h, h.post("/v1/account/totp", fmt.Sprintf(`{"password":%q}`, secret)), 200)
	if !strings.HasPrefix(setup.URL, "otpauth://totp/") || !strings.HasPrefix(setup.QR, "data:image/png;base64,") {
		h.t.Errorf("%+.100v", setup)
	}
	codes := read[struct {
		Codes []string `json:"recovery_codes"`
	}](h, h.post("/v1/account/totp/confirm", fmt.Sprintf(`{"code":%q}`, code(h.t, setup.Secret, -1))), 200)
	return setup.Secret, codes.Codes
}

func TestAdminsWithoutASecondFactor(t *testing.T) {
	h := newHouse(t, false)
	eva := h.person("eva@example.cl", gremio.RoleAdmin, "")
	office := h.as(h.session(h.person("office@example.cl", gremio.RoleOffice, "")))
	read[struct{}](h, h.send("PUT", "/v1/settings", `{"admin_totp_required":true}`), 200)
	browser := h.as(h.session(eva))
	allowed := 0
	for _, d := range h.doors() {
		if d.act == gremio.ActSessionClose || d.path == "/v1/sessions/close-others" {
			continue // which would work
		}
		got := browser.ask(d, "{broken")
		mine := strings.HasPrefix(string(d.act), "session.") || strings.HasPrefix(string(d.act), "account.")
		if mine != (got.code != 403) {
			t.Errorf("%s %s: %d %.200s", d.method, d.path, got.code, got.body)
		}
		if mine {
			allowed++
		}
	}
	if allowed < 8 {
		t.Errorf("only %d routes are open", allowed)
	}
	if got := office.send("GET", "/v1/members", ""); got.code != 200 {
		t.Errorf("the office: %d", got.code)
	}
	m := read[struct {
		TOTP    string
		Actions map[string]string
	}](h, browser.send("GET", "/v1/session", ""), 200)
	if m.TOTP != "wanted" || m.Actions["user.read"] != "" || m.Actions["account.change"] == "" {
		t.Errorf("%+v", m)
	}
	browser.secondFactor()
	if got := browser.send("GET", "/v1/users", ""); got.code != 200 {
		t.Errorf("with the second factor: %d %s", got.code, got.body)
	}
	browser.post("/v1/account/totp/remove", fmt.Sprintf(`{"password":%q}`, secret)).problem(t, 409)
}

func TestSecondFactor(t *testing.T) {
	h := newHouse(t, false)
	u := h.person("ana@example.cl", gremio.RoleOffice, "")
	browser, elsewhere := h.as(h.session(u)), h.as(h.session(u))
	browser.post("/v1/account/totp", `{"password":"wrong password"}`).problem(t, 422).names(t, "body", "password")
	browser.post("/v1/account/totp/confirm", `{"code":"123456"}`).problem(t, 409)
	key, recovery := browser.secondFactor()
	if len(recovery) != 10 {
		t.Fatalf("recovery codes %v", recovery)
	}
	elsewhere.send("GET", "/v1/session", "").problem(t, 401)
	stranger := h.stranger()
	try := func(code string) answer { got, _ := stranger.signIn(u.Email, secret, code); return got }
	refused := func(name string, got answer) {
		t.Helper()
		p := got.problem(t, 401)
		if len(p.Errors) != 1 || p.Errors[0].Location != "body.code" || got.cookies().session != "" {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	refused("no code", try(""))
	refused("the code that turned it on", try(code(t, key, -1)))
	now := code(t, key, 0)
	if got := try(now); got.code != 200 {
		t.Fatalf("the code of now: %d %s", got.code, got.body)
	}
	refused("the same again", try(now))
	refused("the step before", try(code(t, key, -1)))
	refused("far ahead", try(code(t, key, 5)))
	if got := try(recovery[0]); got.code != 200 {
		t.Errorf("a recovery code: %d %s", got.code, got.body)
	}
	got, _ := stranger.signIn(u.Email, "wrong password", recovery[1])
	if p := got.problem(t, 401); len(p.Errors) != 0 {
		t.Errorf("a wrong password with a right code says more: %s", got.body)
	}
}

// Two at once with one recovery code or one code of the app: one comes in.
func TestCodesCountOnce(t *testing.T) {
	h := newHouse(t, false)
	for _, kind := range []string{"recovery", "app"} {
		u := h.person(kind+"@example.cl", gremio.RoleOffice, "")
		key, recovery := h.as(h.session(u)).secondFactor()
		one := map[string]string{"recovery": recovery[3], "app": code(t, key, 0)}[kind]
		if got := h.together(4, func(n int) answer { got, _ := h.stranger().signIn(u.Email, secret, one); return got }); got[200] != 1 {
			t.Errorf("%s: %v", kind, got)
		}
	}
}

// together does the same n times at once and counts the answers.
func (h *house) together(n int, do func(int) answer) map[int]int {
	var wg sync.WaitGroup
	var mu sync.Mutex
	counts := map[int]int{}
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			got := do(i)
			mu.Lock()
			defer mu.Unlock()
			counts[got.code]++
		})
	}
	close(start)
	wg.Wait()
	return counts
}

func linkToken(t testing.TB, link string) string {
	t.Helper()
	_, token, ok := strings.Cut(link, "/entrar#")
	if !ok || token == "" {
		t.Fatalf("no link: %q", link)
	}
	return token
}

func TestOneTimeLinks(t *testing.T) {
	h := newHouse(t, false)
	stranger := h.stranger()
	type invited struct {
		User gremio.User
		Link string
	}
	u := read[invited](h, h.post("/v1/users", `{"email":"new@example.cl","role":"vendor","plate":"a.1"}`), 201)
	token := linkToken(t, u.Link)
	accept := func(token, password string) answer {
		return stranger.post("/v1/invitations/accept", fmt.Sprintf(`{"token":%q,"password":%q}`, token, password))
	}
	seen := read[struct{ Email, Role, Purpose string }](h, stranger.post("/v1/invitations/read", fmt.Sprintf(`{"token":%q}`, token)), 200)
	if seen.Email != "new@example.cl" || seen.Role != "vendor" || seen.Purpose != "invitation" {
		t.Errorf("%+v", seen)
	}
	accept(token, "corta").problem(t, 422).names(t, "body", "password")
	accept(token+"x", "una clave larga").problem(t, 404)
	accept("", "una clave larga").problem(t, 404)
	if counts := h.together(4, func(int) answer { return accept(token, "una clave larga") }); counts[200] != 1 || counts[404] != 3 {
		t.Errorf("four at once: %v", counts)
	}
	accept(token, "otra clave larga").problem(t, 404)
	stranger.post("/v1/invitations/read", fmt.Sprintf(`{"token":%q}`, token)).problem(t, 404)
	got, s := stranger.signIn("new@example.cl", "una clave larga", "")
	if got.code != 200 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	// A second link ends the first; a reset ends all sessions when it is used, not before.
	first := read[struct{ Link string }](h, h.post("/v1/users/"+u.User.ID+"/link", ""), 201)
	second := read[struct{ Link string }](h, h.post("/v1/users/"+u.User.ID+"/link", ""), 201)
	accept(linkToken(t, first.Link), "una clave nueva").problem(t, 404)
	if got := h.as(s).send("GET", "/v1/session", ""); got.code != 200 {
		t.Errorf("a link that nobody used ended a session: %d", got.code)
	}
	if got := accept(linkToken(t, second.Link), "una clave nueva"); got.code != 200 {
		t.Errorf("%d %s", got.code, got.body)
	}
	h.as(s).send("GET", "/v1/session", "").problem(t, 401)
	// A link of one who is removed opens nothing.
	third := read[struct{ Link string }](h, h.post("/v1/users/"+u.User.ID+"/link", ""), 201)
	read[struct{}](h, h.send("DELETE", "/v1/users/"+u.User.ID, ""), 204)
	accept(linkToken(t, third.Link), "una clave nueva").problem(t, 404)
}

// A reset of one with a second factor wants its code too, and does not use the
// link up when it is wrong.
func TestResetWantsTheSecondFactor(t *testing.T) {
	h := newHouse(t, false)
	u := h.person("ana@example.cl", gremio.RoleOffice, "")
	key, _ := h.as(h.session(u)).secondFactor()
	token := linkToken(t, read[struct{ Link string }](h, h.post("/v1/users/"+u.ID+"/link", ""), 201).Link)
	accept := func(code string) answer {
		return h.stranger().post("/v1/invitations/accept", strings.Replace(fmt.Sprintf(`{"token":%q,"password":"una clave nueva","code":%q}`, token, code), `,"code":""`, "", 1))
	}
	accept("").problem(t, 401).names(t, "body", "code")
	accept("000000").problem(t, 401).names(t, "body", "code")
	if got := accept(code(t, key, 0)); got.code != 200 {
		t.Errorf("%d %s", got.code, got.body)
	}
}
