package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/httpapi"
	"gremio/internal/store"
)

type cartTokenAnswer struct {
	Token        string
	Setup        *gremio.PhoneSetup
	SetupMissing string `json:"setup_missing"`
}

func (a answer) cartToken(t *testing.T) (got cartTokenAnswer) {
	t.Helper()
	if a.code != 201 || json.Unmarshal(a.body, &got) != nil || !strings.HasPrefix(got.Token, "gremio_c_") || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("got %d %s, want a new token", a.code, a.body)
	}
	return got
}

func at(publicURL string) option { return func(c *httpapi.Config) { c.PublicURL = publicURL } }

func TestCartTokenSetsUpAPhone(t *testing.T) {
	for publicURL, warning := range map[string]string{"https://gremio.example.cl": "", "http://gremio.example.cl": "http", "http://127.0.0.1:3000": "loopback"} {
		h := newHouse(t, false, at(publicURL))
		got := h.post("/v1/carts/BBCL12/token", "").cartToken(t)
		want := publicURL + "/gps/" + got.Token + "?id=BBCL12&interval=20&distance=0&heartbeat=20&stop_detection=false&accuracy=high&buffer=true"
		if got.Setup == nil || got.Setup.URL != want || got.Setup.Warning != warning || !strings.HasPrefix(got.Setup.QR, "<svg ") || len(got.Setup.Links) != 3 || got.SetupMissing != "" {
			t.Errorf("%s: %+v", publicURL, got)
		}
		// The phone reports to the address, with what the app adds to it.
		u, err := url.Parse(got.Setup.URL)
		must(t, err)
		if sent := h.stranger().send("POST", u.Path+"?"+fixNow(), ""); sent.code != 200 {
			t.Errorf("the phone gets %d %s", sent.code, sent.body)
		}
	}
}

// Whoever asks cannot have the token sent to another host.
func TestNoSetupWithoutPublicURL(t *testing.T) {
	h := newHouse(t, false)
	got := h.send("POST", "/v1/carts/BBCL12/token", "", "X-Forwarded-Host", "evil.example").cartToken(t)
	if got.Setup != nil || got.SetupMissing != "public_url" {
		t.Errorf("without a public URL: %+v", got)
	}
}

// apply sends an application, and keeps what worker members would have made of it.
func (h *house) apply(n int, state string, member *gremio.Member) (id, token string) {
	h.t.Helper()
	got := h.stranger().post("/v1/applications", fmt.Sprintf(`{"given_name":"Rosa","family_name":"Tapia","rut":"11111111-1","email":"rosa%d@example.cl","tier":"basic","plate":"AP%d"}`, n, n))
	var ack struct{ ID, Token string }
	if got.code != 202 || json.Unmarshal(got.body, &ack) != nil || ack.Token == "" {
		h.t.Fatalf("application: %d %s", got.code, got.body)
	}
	digest := ack.Token[:24]
	plate := gremio.Plate(fmt.Sprintf("AP%d", n))
	h.write(func(tx *store.Tx) error {
		ctx, now := context.Background(), gremio.Instant(time.Now())
		a := gremio.Application{ID: ack.ID, Person: gremio.DerivedID("person", ack.ID), Tier: gremio.TierBasic, Plate: &plate, Sealed: gremio.Sealed("x"), State: "waiting", Origin: "v1", SubmittedAt: now}
		if err := tx.AddApplication(ctx, a, gremio.Consent{}); err != nil {
			return err
		}
		key := gremio.IDKey(gremio.TypeApplicationSubmitted, ack.ID, ack.ID)
		if err := tx.AddAppliedIDs(ctx, "members", []gremio.AppliedID{{Key: key, ID: ack.ID, Digest: digest, Time: now, At: gremio.LogPosition{Topic: gremio.TopicMemberships}}}); err != nil || state == "waiting" {
			return err
		}
		if _, err := tx.DecideApplication(ctx, gremio.Decision{Application: ack.ID, State: state, By: gremio.ByMachine, At: now, SettingsVersion: 1, ServedAs: gremio.TierBasic, Member: "member-" + ack.ID}); err != nil || member == nil {
			return err
		}
		member.ID, member.Application, member.Person, member.Tier, member.JoinedAt = "member-"+ack.ID, ack.ID, a.Person, gremio.TierBasic, now
		return tx.AddMember(ctx, *member)
	})
	return ack.ID, ack.Token
}

func TestNewMemberSetsUpThePhone(t *testing.T) {
	h := newHouse(t, false, at("https://gremio.example.cl"))
	id, token := h.apply(1, "approved", &gremio.Member{Plate: "NOW1", State: "active"}) // its plate has changed since
	other, otherToken := h.apply(2, "waiting", nil)
	refused, refusedToken := h.apply(3, "rejected", nil)
	held, heldToken := h.apply(4, "approved", &gremio.Member{Plate: "HELD1", State: "suspended"})
	gone, goneToken := h.apply(5, "approved", &gremio.Member{Plate: "GONE1", State: gremio.MemberHasLeft})
	stranger := h.stranger()

	first := stranger.post("/v1/applications/"+id+"/phone?token="+token, "").cartToken(t)
	if first.Setup == nil || !strings.Contains(first.Setup.URL, "?id=NOW1&") {
		t.Errorf("setup %+v, want that of the member's cart", first.Setup)
	}
	second := stranger.post("/v1/applications/"+id+"/phone?token="+token, "").cartToken(t)
	if got := stranger.send("POST", "/gps/"+first.Token+"?"+fixNow(), ""); got.code != 401 {
		t.Errorf("the former token: %d", got.code)
	}
	if got := stranger.send("POST", "/gps/"+second.Token+"?"+fixNow(), ""); got.code != 200 {
		t.Errorf("the new token: %d %s", got.code, got.body)
	}
	h.post("/v1/applications/"+id+"/phone", "").cartToken(t) // an admin's

	vendor := h.as(h.session(h.person("vendor@gremio.test", gremio.RoleVendor, "ZZ99")))
	for _, c := range []struct {
		who  *house
		path string
		code int
	}{
		{stranger, id + "/phone", 401}, {stranger, id + "/phone?token=x", 401}, {stranger, id + "/phone?token=" + otherToken, 401}, {vendor, id + "/phone", 403},
		{stranger, other + "/phone?token=" + otherToken, 409}, {stranger, refused + "/phone?token=" + refusedToken, 409}, {stranger, held + "/phone?token=" + heldToken, 409},
		{stranger, gone + "/phone?token=" + goneToken, 409}, {h, "nobody/phone", 404},
	} {
		c.who.send("POST", "/v1/applications/"+c.path, "").problem(t, c.code)
	}
	log := string(h.send("GET", "/v1/audit.csv?about="+id, "").body)
	if !strings.Contains(log, "application.phone") || strings.Contains(log, second.Token) || strings.Contains(log, "Rosa") {
		t.Errorf("the audit log:\n%s", log)
	}
	if log := string(h.send("GET", "/v1/audit.csv?about=NOW1", "").body); !strings.Contains(log, "applicant") || !strings.Contains(log, "token.add") {
		t.Errorf("the audit log of the cart:\n%s", log)
	}
}

// A cart that nobody is to use now gets no token, by the office's hand neither.
func TestTokenOfACartThatIsNotToBeUsed(t *testing.T) {
	h := newHouse(t, false)
	h.apply(1, "approved", &gremio.Member{Plate: "GOOD1", State: gremio.MemberActive})
	h.apply(4, "approved", &gremio.Member{Plate: "HELD1", State: gremio.MemberIsSuspended})
	h.apply(5, "approved", &gremio.Member{Plate: "GONE1", State: gremio.MemberHasLeft})
	for plate, code := range map[string]int{"GOOD1": 201, "NOBODY1": 201, "HELD1": 409, "GONE1": 409} {
		got := h.post("/v1/carts/"+plate+"/token", "")
		if got.code != code {
			t.Errorf("%s: %d %s, want %d", plate, got.code, got.body, code)
		}
		if code == 409 && !strings.Contains(string(got.body), "then make the token") {
			t.Errorf("%s: %s does not say what to do", plate, got.body)
		}
	}
}
