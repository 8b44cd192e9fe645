package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// testConfirmedByMail follows an applicant who must confirm the e-mail: the mail
// has the code and the link, no table has them, and the code approves.
func testConfirmedByMail(t *testing.T, g *guild) {
	post := startMailServer(t)
	g.env = append(g.env, "GREMIO_NOTIFY_MAIL=smtp://"+post.addr+"/?from=gremio@correo.example", "GREMIO_PUBLIC_URL=https://gremio.example.cl")
	up := g.startAPI("up")
	g.run("settings", "set", "confirm_contact=email")
	if out := g.run("config", "check"); strings.Contains(out, "confirm_contact") {
		t.Errorf("config check complains of mail that is configured:\n%s", out)
	}
	var sent struct{ ID, Token string }
	if code, _, answer := up.try("POST", "/v1/applications", map[string]any{"given_name": "Ana", "family_name": "Soto", "rut": rut(11_222_333),
		"email": "ana@correo.example", "phone": "+56912345678", "tier": "basic", "consent": map[string]any{"tracking": true, "version": "1"}}); code != 202 {
		t.Fatalf("apply: %d %s", code, answer)
	} else {
		sent = decoded[struct{ ID, Token string }](t, answer)
	}
	mailed := func(n int) string {
		t.Helper()
		eventually(t, "the mail comes", func() error {
			post.mu.Lock()
			defer post.mu.Unlock()
			if len(post.texts) < n {
				return errorf("%d of %d", len(post.texts), n)
			}
			return nil
		})
		post.mu.Lock()
		defer post.mu.Unlock()
		return post.texts[n-1]
	}
	text := mailed(1)
	link := regexp.MustCompile(`https://gremio\.example\.cl/solicitud/` + regexp.QuoteMeta(sent.ID) + `#token=([0-9a-f]+)&confirm=([A-Z0-9-]{9})`).FindStringSubmatch(text)
	if link == nil || link[1] != sent.Token || !strings.Contains(text, "Tu código: "+link[2]) {
		t.Fatalf("the mail says %s", text)
	}
	g.want(0, "SELECT COUNT(*) FROM notices WHERE body LIKE ? OR body LIKE ?", "%"+link[2]+"%", "%"+sent.Token+"%")
	path := "/v1/applications/" + sent.ID
	confirm := func(token, code string) int {
		t.Helper()
		return strangerAsks(t, "POST", up.url+path+"/confirm?token="+token, fmt.Sprintf(`{"channel":"email","code":%q}`, code))
	}
	if got := strangerAsks(t, "POST", up.url+path+"/confirmation-message?token="+sent.Token, ""); got != 200 {
		t.Errorf("the message once more: %d", got)
	}
	mailed(2)
	for _, wrong := range []struct {
		token, code string
		want        int
	}{{sent.Token, "AAAA-AAAA", 422}, {sent.Token, "", 422}, {"", link[2], 401}, {sent.Token + "0", link[2], 401}} {
		if got := confirm(wrong.token, wrong.code); got != wrong.want {
			t.Errorf("a wrong confirmation is answered %d, want %d", got, wrong.want)
		}
	}
	if got := confirm(sent.Token, strings.ToLower(strings.ReplaceAll(link[2], "-", " "))); got != 200 {
		t.Errorf("the code is answered %d", got)
	}
	g.want(1, "SELECT COUNT(*) FROM applications WHERE state = 'approved' AND decided_by = 'automatic' AND email_confirmed_at IS NOT NULL")
	for n := range 25 {
		if got := confirm(sent.Token, "AAAA-AAAA"); n == 24 && got != 429 {
			t.Errorf("the 25th guess is answered %d, want 429", got)
		}
	}
}

// strangerAsks sends a request that shows no identity.
func strangerAsks(t *testing.T, method, url, body string) int {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := caller.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func decoded[T any](t *testing.T, body []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
