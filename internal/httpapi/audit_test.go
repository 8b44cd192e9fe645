package httpapi_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/httpapi"
	"gremio/internal/store"
)

type auditPage struct {
	Items []gremio.AuditEntry
	Next  string
}

func (h *house) audit(query string) []gremio.AuditEntry {
	h.t.Helper()
	return read[auditPage](h, h.send("GET", "/v1/audit?limit=1000&"+query, ""), 200).Items
}

// TestAuditSaysWhoDidWhat acts as several, and wants an entry for each act and
// for each read of personal data.
func TestAuditSaysWhoDidWhat(t *testing.T) {
	h := newHouse(t, false)
	h.twoVendors()
	u := h.person("ana@example.cl", gremio.RoleOffice, "")
	ana := h.as(h.session(u))
	began := gremio.Instant(time.Now())
	reads := map[string]string{"/v1/sales": "sale.read", "/v1/carts": "cart.read", "/v1/carts/ZZ99": "cart.read", "/v1/carts/ZZ99/track": "track.read", "/v1/reports/daily/2026-01-05": "report.read"}
	for path := range reads {
		read[struct{}](h, ana.send("GET", path, ""), 200)
	}
	for path, act := range reads {
		n := 0
		for _, e := range h.audit("actor=" + u.ID + "&action=" + act) {
			if e.ActorName != u.Name || e.At.Before(began) || e.Address != "127.0.0.1" || len(e.About) == 0 {
				t.Errorf("%s: %+v", path, e)
			}
			n++
		}
		if n == 0 {
			t.Errorf("%s: no entry of %s", path, act)
		}
	}
	if got := h.audit("about=ZZ99&actor=" + u.ID); len(got) < 3 {
		t.Errorf("about ZZ99: %+v", got)
	}
	for _, post := range [][2]string{{"/v1/sales", `{"plate":"QQ11","units":1}`}, {"/v1/events", `[{"type":"stock_count","plate":"QQ11","units":9},{"type":"stock_count","plate":"QQ12","units":9}]`},
		{"/v1/sightings", `{"lat":-33,"lon":-70,"note":"QQ11"}`}} {
		if got := ana.post(post[0], post[1]); got.code != 202 {
			t.Fatalf("%s: %d %s", post[0], got.code, got.body)
		}
	}
	for act, about := range map[string]int{"sale.record": 1, "stock.count": 2, "sighting.report": 0} {
		got := h.audit("actor=" + u.ID + "&action=" + act)
		if about == 0 && len(got) != 0 || about > 0 && (len(got) != 1 || len(got[0].About) != about || got[0].About[0] != "QQ11") {
			t.Errorf("%s: %+v", act, got)
		}
	}
	made := read[struct{ User gremio.User }](h, h.post("/v1/users", `{"email":"new@example.cl","role":"reader"}`), 201)
	id := made.User.ID
	token := read[struct{ ID string }](h, h.post("/v1/tokens", fmt.Sprintf(`{"name":"p","scopes":["sale.read"],"expires_at":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339))), 201)
	for _, do := range []func() answer{
		func() answer { return h.send("PATCH", "/v1/users/"+id, `{"role":"driver"}`) }, func() answer { return h.post("/v1/users/"+id+"/link", "") },
		func() answer { return h.send("DELETE", "/v1/users/"+id, "") }, func() answer { return h.send("DELETE", "/v1/tokens/"+token.ID, "") },
		func() answer { return h.post("/v1/carts/ZZ99/token", "") }, func() answer { return h.send("DELETE", "/v1/carts/ZZ99/token", "") },
		func() answer { return h.send("PUT", "/v1/settings", `{"initial_stock":150}`) }, func() answer { return h.send("GET", "/v1/users", "") },
	} {
		if got := do(); got.code/100 != 2 {
			t.Fatalf("%d %s", got.code, got.body)
		}
	}
	h.stranger().signIn("ana@example.cl", "wrong", "")
	for about, actions := range map[string]string{id: "user.invite user.change user.link user.remove", token.ID: "token.add token.revoke", "ZZ99": "token.add token.revoke",
		"initial_stock": "settings.change", u.ID: "session.refused", h.admin.ID: "user.read"} {
		for _, act := range strings.Fields(actions) {
			if got := h.audit("action=" + act + "&about=" + about); len(got) != 1 {
				t.Errorf("%s about %s: %+v", act, about, got)
			}
		}
	}
	if got := h.audit("action=user.change&about=" + id); len(got) == 1 && got[0].Detail != "reader -> driver" {
		t.Errorf("%+v", got)
	}
	// Nobody takes an entry away or adds one.
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		for _, path := range []string{"/v1/audit", "/v1/audit/1", "/v1/audit.csv"} {
			if got := h.send(method, path, "{}"); got.code != 405 && got.code != 404 {
				t.Errorf("%s %s: %d", method, path, got.code)
			}
		}
	}
	rows, err := csv.NewReader(strings.NewReader(string(h.send("GET", "/v1/audit.csv", "").body))).ReadAll()
	if all := h.audit(""); err != nil || len(rows)-1 < len(all)-2 || len(rows) < 15 {
		t.Errorf("%d rows of CSV for %d entries, %v", len(rows), len(all), err)
	}
}

// TestAuditFilters looks for what breaks careless filters, and follows the pages.
func TestAuditFilters(t *testing.T) {
	h := newHouse(t, false)
	at := gremio.Instant(time.Now())
	texts := []string{`a"b`, `a%b`, `a_b`, `a\b`, `a|b`, `a'b`, `<b>`, "ñandú", `%`, `"`, `=1+1`}
	h.write(func(tx *store.Tx) error {
		for _, text := range texts {
			if err := tx.AddAudit(context.Background(), gremio.AuditEntry{At: at, Actor: "x", Action: "test", About: []string{text}, Detail: text}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, text := range texts {
		got := h.audit("action=test&about=" + url.QueryEscape(text))
		if len(got) != 1 || got[0].About[0] != text || got[0].Detail != text {
			t.Errorf("%q: %+v", text, got)
		}
	}
	seen, path := map[int64]bool{}, "/v1/audit?action=test&limit=3"
	for cursor := ""; ; {
		p := read[auditPage](h, h.send("GET", path+"&cursor="+cursor, ""), 200)
		for _, e := range p.Items {
			if seen[e.ID] {
				t.Errorf("entry %d came twice", e.ID)
			}
			seen[e.ID] = true
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	if len(seen) != len(texts) {
		t.Errorf("%d of %d entries", len(seen), len(texts))
	}
	if csv := string(h.send("GET", "/v1/audit.csv?action=test", "").body); strings.Contains(csv, ",=1+1") {
		t.Error("the CSV holds a formula")
	}
}

// TestSecretsStayWithTheirOwners uses every secret there is and looks for each in
// the database, in what is logged, in the audit log and in the metrics.
func TestSecretsStayWithTheirOwners(t *testing.T) {
	h := newHouse(t, false)
	u := h.person("ana@example.cl", gremio.RoleOffice, "")
	var secrets []string
	keep := func(what ...string) { secrets = append(secrets, what...) }
	keep(secret, "otra masa madre", "una clave larga")
	_, s := h.stranger().signIn(u.Email, secret, "")
	keep(s.session, s.device)
	ana := h.as(s)
	changed := ana.send("PUT", "/v1/account/password", fmt.Sprintf(`{"current_password":%q,"new_password":"otra masa madre"}`, secret))
	ana = h.as(changed.cookies())
	keep(changed.cookies().session)
	setup := read[struct{ Secret string }](h, ana.post("/v1/account/totp", `{"password":"otra masa madre"}`), 200)
	codes := read[struct {
		Codes []string `json:"recovery_codes"`
	}](h, ana.post("/v1/account/totp/confirm", fmt.Sprintf(`{"code":%q}`, code(t, setup.Secret, -1))), 200)
	keep(setup.Secret)
	for _, c := range codes.Codes {
		keep(c, strings.ReplaceAll(c, "-", ""))
	}
	h.stranger().signIn(u.Email, "otra masa madre", codes.Codes[0])
	invited := read[struct{ Link string }](h, h.post("/v1/users", `{"email":"new@example.cl","role":"reader"}`), 201)
	link := linkToken(t, invited.Link)
	h.stranger().post("/v1/invitations/accept", fmt.Sprintf(`{"token":%q,"password":"una clave larga"}`, link))
	program, _ := h.program("sale.read")
	cart, _ := h.cart("A1")
	keep(link, program.token, cart.token)
	for _, one := range []shows{program, cart} {
		h.as(one).send("GET", "/v1/sales", "")
		h.as(one).send("GET", "/v1/users", "")
	}
	h.stranger().signIn(u.Email, "wrong secret word", "")
	keep("wrong secret word")
	shown := map[string]string{"the log": h.book.String(), "the audit log": string(h.send("GET", "/v1/audit.csv", "").body), "metrics": string(h.send("GET", "/metrics", "").body),
		"users": string(h.send("GET", "/v1/users", "").body), "tokens": string(h.send("GET", "/v1/tokens", "").body), "sessions": string(ana.send("GET", "/v1/sessions", "").body)}
	for _, one := range secrets {
		if len(one) < 8 {
			t.Fatalf("a secret is %q", one)
		}
		if h.inDatabase(one) {
			t.Errorf("the database holds %q", one)
		}
		for where, text := range shown {
			if strings.Contains(text, one) {
				t.Errorf("%s holds %q", where, one)
			}
		}
	}
	if !h.inDatabase(u.Email) {
		t.Error("the database's file is not where it is looked for")
	}
}

// An admin's open browser does not do to take the account over, and neither does
// the password alone.
func TestOwnAccountWantsBothFactors(t *testing.T) {
	h := newHouse(t, false)
	key, recovery := h.secondFactor()
	remove := func(password, code string) answer {
		return h.post("/v1/account/totp/remove", fmt.Sprintf(`{"password":%q,"code":%q}`, password, code))
	}
	h.post("/v1/users/"+h.admin.ID+"/link", "").problem(t, 409)
	h.post("/v1/users/"+h.admin.ID+"/totp/remove", "").problem(t, 409)
	remove("wrong password", recovery[0]).problem(t, 422).names(t, "body", "password")
	h.post("/v1/account/totp/remove", fmt.Sprintf(`{"password":%q}`, secret)).problem(t, 422).names(t, "body", "code")
	remove(secret, "aaaa-aaaa-aaaa-aaaa").problem(t, 422).names(t, "body", "code")
	remove(secret, code(t, key, 5)).problem(t, 422).names(t, "body", "code")
	if got := remove(secret, recovery[0]); got.code != 204 {
		t.Errorf("%d %s", got.code, got.body)
	}
}

// away knows nobody's cookie, as while the database is away.
type away struct{ httpapi.Identities }

func (away) BySession(context.Context, string, string) (gremio.Identity, bool, error) {
	return gremio.Identity{}, false, gremio.Errorf(gremio.Unavailable, "the database is away")
}

// An old cookie does not keep out what everybody may send while the database is away.
func TestOldCookieWhileTheDatabaseIsAway(t *testing.T) {
	for _, open := range []bool{false, true} {
		h := newHouse(t, open, func(c *httpapi.Config) { c.Identities = away{c.Identities} })
		h.stranger().post("/v1/applications/x/approve", "").problem(t, 401)
		if got := h.post("/v1/sightings", `{"lat":1,"lon":2}`); got.code != 202 {
			t.Errorf("a sighting: %d %s", got.code, got.body)
		}
		want := map[bool]int{false: 503, true: 202}[open]
		if got := h.post("/v1/sales", `{"plate":"A1","units":1}`); got.code != want {
			t.Errorf("open_ingest=%v: a sale: %d, want %d", open, got.code, want)
		}
		h.send("GET", "/v1/sales", "").problem(t, 503)
	}
}
