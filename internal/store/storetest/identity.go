package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

func users(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	ana := gremio.User{ID: "user-1", Email: "ana@example.cl", Name: nasty[0], Role: gremio.RoleVendor, Plate: "BBCL12", State: gremio.UserActive, TOTP: true, CreatedAt: noon,
		PasswordHash: "$argon2id$", TOTPSecret: gremio.Sealed{0, 255, 10}, TOTPLastStep: 59_999_999, RecoveryCodes: []string{"a", "b"}}
	update(t, s, func(tx *store.Tx) error { return tx.SaveUser(ctx, ana) })
	got, found, err := s.User(ctx, "user-1")
	must(t, err)
	if diff := cmp.Diff(ana, got); diff != "" || !found {
		t.Errorf("found %v:\n%s", found, diff)
	}
	if got, found, err := s.UserByEmail(ctx, "ANA@Example.cl"); err != nil || !found || got.ID != "user-1" {
		t.Errorf("by another case: %+v, %v, %v", got, found, err)
	}
	err = s.Update(ctx, func(tx *store.Tx) error {
		return tx.SaveUser(ctx, gremio.User{ID: "user-2", Email: "Ana@example.CL", Role: gremio.RoleDesk, State: gremio.UserActive, CreatedAt: noon})
	})
	if gremio.KindOf(err) != gremio.Conflict {
		t.Errorf("a second one with that address: %v", err)
	}
	// Two without an address, as removed users are, get along.
	update(t, s, func(tx *store.Tx) error {
		for _, id := range []string{"user-3", "user-4"} {
			if err := tx.SaveUser(ctx, gremio.User{ID: id, Name: id, Role: gremio.RoleAdmin, State: gremio.UserRemoved, CreatedAt: noon}); err != nil {
				return err
			}
		}
		ana.TOTP, ana.TOTPSecret, ana.RecoveryCodes, ana.Email = false, nil, nil, "luz@example.cl"
		return tx.SaveUser(ctx, ana)
	})
	all, err := s.Users(ctx)
	must(t, err)
	ana.RecoveryCodes = []string{}
	if diff := cmp.Diff([]gremio.User{ana}, all); diff != "" {
		t.Errorf("who may sign in:\n%s", diff)
	}
}

func links(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	update(t, s, func(tx *store.Tx) error {
		for i, life := range []time.Duration{time.Hour, 2 * time.Hour} {
			if err := tx.AddLink(ctx, gremio.Link{Hash: fmt.Sprint("h", i), User: "u", Purpose: gremio.LinkReset, CreatedAt: noon, ExpiresAt: noon.Add(life)}); err != nil {
				return err
			}
		}
		return nil
	})
	for hash, at := range map[string]time.Time{"h0": noon.Add(time.Hour), "h1": noon.Add(3 * time.Hour), "H1": noon, "": noon} {
		if l, found, err := s.Link(ctx, hash, at); found || err != nil {
			t.Errorf("%q at %s: %+v, %v", hash, at, l, err)
		}
	}
	l, found, err := s.Link(ctx, "h1", noon.Add(time.Hour))
	if want := (gremio.Link{Hash: "h1", User: "u", Purpose: gremio.LinkReset, CreatedAt: noon, ExpiresAt: noon.Add(2 * time.Hour)}); !found || err != nil || l != want {
		t.Errorf("%+v, %v, %v", l, found, err)
	}
	update(t, s, func(tx *store.Tx) error { return tx.DeleteLinks(ctx, "u") })
	if _, found, err := s.Link(ctx, "h1", noon); found || err != nil {
		t.Errorf("a link that ended: %v, %v", found, err)
	}
}

func sessions(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	made := func(n int, user string) gremio.Session {
		return gremio.Session{ID: fmt.Sprint("session-", n), Hash: fmt.Sprint("h", n), User: user, CreatedAt: noon, LastSeenAt: minute(n), ExpiresAt: noon.Add(gremio.SessionMost),
			Address: "2001:db8::/64", UserAgent: nasty[n%len(nasty)]}
	}
	update(t, s, func(tx *store.Tx) error {
		for i := range 4 {
			if err := tx.AddSession(ctx, made(i, []string{"ana", "luz"}[i/3])); err != nil {
				return err
			}
		}
		return nil
	})
	got, found, err := s.Session(ctx, "h1", minute(10))
	if diff := cmp.Diff(made(1, "ana"), got); diff != "" || !found || err != nil {
		t.Errorf("%v, %v:\n%s", found, err, diff)
	}
	for name, at := range map[string]time.Time{"unused": minute(1).Add(gremio.SessionIdle), "old": noon.Add(gremio.SessionMost)} {
		if _, found, err := s.Session(ctx, "h1", at); found || err != nil {
			t.Errorf("%s: it is found, %v", name, err)
		}
	}
	update(t, s, func(tx *store.Tx) error { return tx.SessionSeen(ctx, "session-0", minute(9), "10.0.0.1") })
	all, err := s.Sessions(ctx, "ana", minute(10))
	if err != nil || len(all) != 3 || all[0].ID != "session-0" || all[1].ID != "session-2" || all[0].Address != "10.0.0.1" {
		t.Errorf("%+v, %v", all, err)
	}
	update(t, s, func(tx *store.Tx) error {
		if found, err := tx.EndSession(ctx, "luz", "session-1"); found || err != nil {
			t.Errorf("somebody else's session ends: %v", err)
		}
		if found, err := tx.EndSession(ctx, "ana", "session-1"); !found || err != nil {
			t.Errorf("the own one does not: %v", err)
		}
		return tx.EndSessions(ctx, "ana", "session-2")
	})
	if all, err := s.Sessions(ctx, "ana", minute(10)); err != nil || len(all) != 1 || all[0].ID != "session-2" {
		t.Errorf("left are %+v, %v", all, err)
	}
	update(t, s, func(tx *store.Tx) error { return tx.DeleteEnded(ctx, minute(2).Add(gremio.SessionIdle)) })
	if all, err := s.Sessions(ctx, "luz", minute(10)); err != nil || len(all) != 1 {
		t.Errorf("a good session is deleted: %+v, %v", all, err)
	}
}

func tokens(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	soon := noon.Add(time.Hour)
	program := gremio.Token{ID: "token-1", Hash: "h1", Kind: gremio.ProgramIdentity, Name: nasty[0], Scopes: []gremio.Action{gremio.ActSaleRead, gremio.ActStockRead},
		CreatedAt: noon, CreatedBy: "user-1", ExpiresAt: &soon}
	update(t, s, func(tx *store.Tx) error { return tx.AddToken(ctx, program) })
	since := func(version int64) map[string]gremio.Token {
		all, err := s.TokensSince(ctx, version)
		must(t, err)
		by := map[string]gremio.Token{}
		for _, k := range all {
			by[k.ID] = k
		}
		return by
	}
	program.Version = 1
	if diff := cmp.Diff(map[string]gremio.Token{"token-1": program}, since(0)); diff != "" {
		t.Error(diff)
	}
	cart := func(n int) gremio.Token {
		return gremio.Token{ID: fmt.Sprint("cart-", n), Hash: fmt.Sprint("c", n), Kind: gremio.CartIdentity, Name: "A1", Plate: "A1", CreatedAt: minute(n), CreatedBy: "u"}
	}
	for n := range 2 {
		update(t, s, func(tx *store.Tx) error { return tx.AddToken(ctx, cart(n)) })
	}
	changed := since(1)
	if len(changed) != 2 || changed["cart-0"].RevokedAt == nil || changed["cart-1"].RevokedAt != nil {
		t.Errorf("a cart's new token leaves %+v", changed)
	}
	version, err := s.TokenVersion(ctx)
	must(t, err)
	update(t, s, func(tx *store.Tx) error {
		if _, found, err := tx.RevokeToken(ctx, "no such", noon); found || err != nil {
			t.Errorf("no such token ends: %v", err)
		}
		if k, found, err := tx.RevokeCartToken(ctx, "A1", soon); !found || err != nil || k.ID != "cart-1" {
			t.Errorf("%+v, %v, %v", k, found, err)
		}
		_, found, err := tx.RevokeToken(ctx, "token-1", soon)
		if !found {
			t.Error("the token is not found")
		}
		return err
	})
	if changed := since(version); len(changed) != 2 || changed["token-1"].IsGood(noon) || changed["cart-1"].IsGood(noon) {
		t.Errorf("after the revocation %+v", changed)
	}
	update(t, s, func(tx *store.Tx) error {
		if _, found, err := tx.RevokeToken(ctx, "token-1", soon); found || err != nil {
			t.Errorf("it ends twice: %v", err)
		}
		return tx.TokensUsed(ctx, map[string]time.Time{"token-1": minute(5)})
	})
	list, next, err := s.Tokens(ctx, gremio.ProgramIdentity, gremio.Page{Limit: 1})
	if err != nil || len(list) != 1 || next != "" || list[0].LastUsedAt == nil || !list[0].LastUsedAt.Equal(minute(5)) {
		t.Errorf("%+v, %q, %v", list, next, err)
	}
	first, next, err := s.Tokens(ctx, "", gremio.Page{Limit: 2})
	must(t, err)
	rest, end, err := s.Tokens(ctx, "", gremio.Page{Limit: 2, After: next})
	if err != nil || len(first) != 2 || len(rest) != 1 || next == "" || end != "" {
		t.Errorf("%d and %d tokens, %q, %q, %v", len(first), len(rest), next, end, err)
	}
}

// Changes at once are counted one by one: an api that knows version n misses nothing.
func tokensAtOnce(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	var wait sync.WaitGroup
	for n := range 20 {
		wait.Go(func() {
			err := s.Update(ctx, func(tx *store.Tx) error {
				return tx.AddToken(ctx, gremio.Token{ID: fmt.Sprint(n), Hash: fmt.Sprint(n), Kind: gremio.ProgramIdentity, CreatedAt: noon})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	known, seen := int64(0), map[string]bool{}
	learn := func() {
		version, err := s.TokenVersion(ctx)
		must(t, err)
		changed, err := s.TokensSince(ctx, known)
		must(t, err)
		for _, k := range changed {
			seen[k.ID] = true
		}
		known = version
	}
	done := make(chan struct{})
	go func() { wait.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		learn()
	}
	if learn(); len(seen) != 20 || known != 20 {
		t.Errorf("%d of 20 tokens are known at version %d", len(seen), known)
	}
}

func audit(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	about := [][]string{{"member-1", "a_b"}, {"member-10", `a"b`}, nil, {"a%b", "axb"}, {"BBCL12"}}
	update(t, s, func(tx *store.Tx) error {
		for i := range 50 {
			e := gremio.AuditEntry{At: minute(i / 3), Actor: []string{"user-1", "terminal"}[i%2], ActorName: nasty[i%len(nasty)], Action: []string{"member.read", "user.change", "sale.void"}[i%3],
				About: about[i%len(about)], Detail: nasty[i%len(nasty)], Address: "10.0.0.1"}
			if err := tx.AddAudit(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	count := func(f gremio.AuditFilter) (n int) {
		t.Helper()
		var last int64
		for page := (gremio.Page{Limit: 7}); ; {
			items, next, err := s.Audit(ctx, f, page)
			must(t, err)
			for _, e := range items {
				if last != 0 && e.ID >= last {
					t.Errorf("entry %d comes after %d", e.ID, last)
				}
				last = e.ID
			}
			n += len(items)
			if next == "" {
				return n
			}
			page.After = next
		}
	}
	for want, filters := range map[int][]gremio.AuditFilter{
		50: {{}}, 25: {{Actor: "user-1"}}, 17: {{Action: "member.read"}}, 8: {{Actor: "terminal", Action: "member.read"}},
		10: {{About: "member-1"}, {About: "member-10"}, {About: "a_b"}, {About: "a%b"}, {About: `a"b`}, {About: "BBCL12"}},
		0:  {{About: "member"}, {About: "%"}, {About: "a_"}, {Actor: "nobody"}},
		3:  {{From: minute(5), To: minute(6)}},
	} {
		for _, f := range filters {
			if n := count(f); n != want {
				t.Errorf("%+v finds %d, want %d", f, n, want)
			}
		}
	}
	if _, _, err := s.Audit(ctx, gremio.AuditFilter{}, gremio.Page{Limit: 1, After: "eA"}); gremio.KindOf(err) != gremio.Invalid {
		t.Errorf("a cursor of nowhere: %v", err)
	}
	if _, _, err := s.Audit(ctx, gremio.AuditFilter{}, gremio.Page{Limit: 1, After: "MSB4"}); gremio.KindOf(err) != gremio.Invalid { // "1 x"
		t.Errorf("the cursor of another list: %v", err)
	}
	update(t, s, func(tx *store.Tx) error {
		n, err := tx.DeleteAudit(ctx, minute(10))
		if n != 30 {
			t.Errorf("%d entries are pruned, want 30", n)
		}
		return err
	})
	if n := count(gremio.AuditFilter{}); n != 20 {
		t.Errorf("%d are left, want 20", n)
	}
}
