package main_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// closed is up without --open-ingest, with an environment of its own.
func (g *guild) closed(env ...string) *process {
	g.t.Helper()
	args := []string{"up", "--data", g.data, "--listen", "127.0.0.1:0"}
	if g.real == nil {
		args = append(args, "--broker-listen", g.brokerListen)
	}
	cmd := plain(args...)
	cmd.Env = append(append(cmd.Env, g.env...), env...)
	up := g.startCommand("up", cmd)
	up.url = "http://" + up.matching(address)[1]
	return up
}

// as sends a request with a token, or with none when bearer is empty.
func (p *process) as(bearer, method, path, body string) (int, string) {
	p.t.Helper()
	req, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := caller.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer bytes.Buffer
	answer.ReadFrom(resp.Body)
	return resp.StatusCode, answer.String()
}

// testTokens makes tokens at the terminal while an api runs. Each counts there
// at once, for what it is made for, until it is revoked.
func testTokens(t *testing.T, g *guild) {
	up := g.closed()
	want := func(code int, bearer, method, path, body string) {
		t.Helper()
		if got, answer := up.as(bearer, method, path, body); got != code {
			t.Errorf("%s %s %s: %d %s, want %d", method, path, body, got, answer, code)
		}
	}
	up.saying("This link makes the first admin")
	reader := ""
	for range 5 { // whenever the api asked the database last
		reader = strings.TrimSuffix(g.run("token", "add", "wall", "--scopes", "role:reader"), "\n")
		want(200, reader, "GET", "/v1/carts", "")
	}
	if !regexp.MustCompile(`^gremio_p_[A-Za-z0-9_-]{32}$`).MatchString(reader) {
		t.Errorf("token add prints %q, want the token alone", reader)
	}
	want(403, reader, "POST", "/v1/deliveries", "{}")
	want(403, reader, "GET", "/v1/members", "")
	want(401, reader+"x", "GET", "/v1/carts", "")

	first := strings.TrimSpace(g.run("token", "cart", "ab-cd 12"))
	want(202, first, "POST", "/v1/sales", `{"plate":"ABCD12","units":1}`)
	cart := strings.TrimSpace(g.run("token", "cart", "ABCD12"))
	want(202, cart, "POST", "/v1/sales", `{"plate":"ABCD12","units":1}`)
	want(403, cart, "POST", "/v1/sales", `{"plate":"WXYZ99","units":1}`)
	want(403, cart, "GET", "/v1/members", "")
	g.revoked(up, first) // of a cart one counts

	list := g.run("token", "list")
	if contains(list, reader) || contains(list, cart) || !contains(list, "wall") || !contains(list, "ABCD12") {
		t.Errorf("token list prints\n%s", list)
	}
	id := regexp.MustCompile(`(?m)^(token-\S+)\s+cart\s+ABCD12\s+good`).FindStringSubmatch(list)
	if id == nil {
		t.Fatalf("token list has no good token of ABCD12:\n%s", list)
	}
	g.run("token", "revoke", id[1])
	g.revoked(up, cart)
	if _, stderr, code := finish(t, g.command("token", "revoke", id[1])); code == 0 || !contains(stderr, "token list") {
		t.Errorf("token revoke of a revoked one: exit %d %s", code, stderr)
	}
	if _, stderr, code := finish(t, g.command("token", "add", "x", "--scopes", "user.change")); code != 3 || !contains(stderr, "user.change") {
		t.Errorf("token add of what no program may: exit %d %s", code, stderr)
	}
	if log := g.run("audit", "--action", "token.revoke"); !contains(log, id[1]) || contains(log, cart) {
		t.Errorf("audit has no revocation of %s:\n%s", id[1], log)
	}
	up.interrupt()
}

// revoked waits until a token does not count, which an api must know within 5 s.
func (g *guild) revoked(api *process, token string) {
	g.t.Helper()
	began := time.Now()
	eventually(g.t, "a token has ended", func() error {
		if code, answer := api.as(token, "GET", "/v1/session", ""); code != 401 {
			return errorf("%d %s", code, answer)
		}
		return nil
	})
	if took := time.Since(began); took > 6*time.Second {
		g.t.Errorf("a revoked token counted for %s", took)
	}
}

// testFirstLink opens the link that a first start prints. Those of earlier starts
// count no more, nor does any once there is an admin.
func testFirstLink(t *testing.T, g *guild) {
	printed := regexp.MustCompile(`http://[^/]+/entrar#(\S+)`)
	accept := func(up *process, link, email string) (int, string) {
		body, _ := json.Marshal(map[string]string{"token": link, "email": email, "password": "masas de zapallo 7"})
		return up.as("", "POST", "/v1/invitations/accept", string(body))
	}
	up := g.closed()
	former := up.matching(printed)[1]
	up.interrupt()
	up = g.closed()
	link := up.matching(printed)[1]
	if code, answer := accept(up, former, "otra@example.cl"); code != 404 {
		t.Errorf("the link of an earlier start: %d %s, want 404", code, answer)
	}
	other := strings.TrimSpace(g.run("user", "add", "jefa@example.cl", "--role", "admin"))
	if code, answer := accept(up, printed.FindStringSubmatch(other)[1], ""); code != 200 || !contains(answer, `"role":"admin"`) {
		t.Errorf("an admin who was invited at the terminal: %d %s", code, answer)
	}
	if code, answer := accept(up, link, "otra@example.cl"); code != 404 {
		t.Errorf("the first admin's link when there is an admin: %d %s, want 404", code, answer)
	}
	id := regexp.MustCompile(`(?m)^user-\S+`).FindString(g.run("user", "list")) // who has no address is named by id
	g.run("user", "remove", id)
	g.run("user", "totp-off", "jefa@example.cl")
	if link := g.run("user", "link", "jefa@example.cl"); !printed.MatchString(link) {
		t.Errorf("user link prints %q", link)
	}
	g.want(1, "SELECT COUNT(*) FROM users WHERE state = 'active'")
	up.interrupt()
}

// testFirstAdmin starts unattended, signs in, and invites somebody at the terminal.
func testFirstAdmin(t *testing.T, g *guild) {
	env := []string{"GREMIO_ADMIN_EMAIL=Jefa@Example.cl", "GREMIO_ADMIN_PASSWORD=sopaipillas con pebre", "GREMIO_PUBLIC_URL=https://gremio.example.cl/"}
	up := g.closed(env...)
	signIn := func(email, password string) (int, string) {
		body, _ := json.Marshal(map[string]string{"email": email, "password": password})
		return up.as("", "POST", "/v1/session", string(body))
	}
	if code, answer := signIn("jefa@example.cl", "sopaipillas con pebre"); code != 200 || !contains(answer, `"role":"admin"`) {
		t.Errorf("the first admin signs in: %d %s", code, answer)
	}
	if code, answer := signIn("jefa@example.cl", "sopaipillas"); code != 401 {
		t.Errorf("with a wrong password: %d %s", code, answer)
	}
	if contains(up.said(), "/entrar#") {
		t.Errorf("a link is printed though there is an admin:\n%s", up.said())
	}
	link := strings.TrimSpace(g.run("user", "add", "Luz@example.cl", "--role", "office", "--public-url", "https://gremio.example.cl/"))
	token, found := strings.CutPrefix(link, "https://gremio.example.cl/entrar#")
	if !found || token == "" {
		t.Fatalf("user add prints %q", link)
	}
	body, _ := json.Marshal(map[string]string{"token": token, "password": "masas de zapallo 7"})
	if code, answer := up.as("", "POST", "/v1/invitations/accept", string(body)); code != 200 || !contains(answer, `"role":"office"`) {
		t.Errorf("accept the invitation: %d %s", code, answer)
	}
	if code, answer := up.as("", "POST", "/v1/invitations/accept", string(body)); code != 404 {
		t.Errorf("accept it again: %d %s", code, answer)
	}
	if _, stderr, code := finish(t, g.command("user", "remove", "jefa@example.cl")); code == 0 || !contains(stderr, "admin") {
		t.Errorf("remove the last admin: exit %d %s", code, stderr)
	}
	if out := g.run("user", "role", "luz@example.cl", "admin"); !contains(out, "admin") {
		t.Error(out)
	}
	g.run("user", "remove", "jefa@example.cl")
	if code, answer := signIn("jefa@example.cl", "sopaipillas con pebre"); code != 401 {
		t.Errorf("who is removed signs in: %d %s", code, answer)
	}
	if list := g.run("user", "list"); !contains(list, "luz@example.cl") && !contains(list, "Luz@example.cl") {
		t.Errorf("user list:\n%s", list)
	}
	up.interrupt()
	again := g.closed(env...) // the address changes nothing any more
	again.saying("is up")
	up = again
	if code, answer := signIn("jefa@example.cl", "sopaipillas con pebre"); code != 401 {
		t.Errorf("a start with her address brings back who is removed: %d %s", code, answer)
	}
	if again.interrupt(); contains(again.said(), "/entrar#") {
		t.Error("a link is printed though there is an admin")
	}
}
