package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

func noticeNumber(n int) gremio.Notice {
	return gremio.Notice{ID: fmt.Sprintf("notice-%03d", n), Audience: gremio.AudienceGuild, Kind: gremio.NoticeAlert, About: fmt.Sprint("alert-", n),
		Title: "Carrito perdido " + nasty[n%len(nasty)], Body: nasty[(n+1)%len(nasty)], MadeAt: minute(n)}
}

func claim20(t *testing.T, s *store.Store, owner string, now time.Time, ids []string) (claimed []gremio.ClaimedNotice) {
	t.Helper()
	update(t, s, func(tx *store.Tx) (err error) {
		claimed, err = tx.ClaimNotices(ctx, ids, owner, now, now.Add(time.Minute))
		return err
	})
	return claimed
}

func due(t *testing.T, s *store.Store, worker string, now time.Time, limit int) []string {
	t.Helper()
	ids, err := s.NoticesDue(ctx, worker, now, limit)
	must(t, err)
	return ids
}

func waiting(t *testing.T, s *store.Store, worker string, want int) {
	t.Helper()
	if n, err := s.NoticesWaiting(ctx, worker); err != nil || n != want {
		t.Errorf("%d notices of %s wait, want %d: %v", n, worker, want, err)
	}
}

func notices(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	var all []gremio.Notice
	for i := range 30 {
		all = append(all, noticeNumber(i))
	}
	add := func(worker string, notices ...gremio.Notice) {
		t.Helper()
		update(t, s, func(tx *store.Tx) error { return tx.AddNotices(ctx, worker, notices) })
	}
	add("alerts", all...)
	add("alerts", all[3], all[4]) // queued already
	add("alerts")
	waiting(t, s, "alerts", 30)
	waiting(t, s, "stock", 0)
	if ids := due(t, s, "stock", minute(99), 20); len(ids) != 0 {
		t.Errorf("another worker's turn: %v", ids)
	}

	now := minute(100)
	claimed := claim20(t, s, "me", now, due(t, s, "alerts", now, 20))
	if len(claimed) != 20 {
		t.Fatalf("claimed %d of 20", len(claimed))
	}
	for i, c := range claimed {
		if diff := cmp.Diff(gremio.ClaimedNotice{Notice: all[i]}, c); diff != "" {
			t.Fatalf("notice %d:\n%s", i, diff)
		}
	}
	if ids := due(t, s, "alerts", now, 20); len(ids) != 10 || ids[0] != all[20].ID {
		t.Errorf("while 20 are claimed the turn is %v", ids)
	}
	if stolen := claim20(t, s, "other", now, []string{all[0].ID, all[20].ID}); len(stolen) != 1 || stolen[0].ID != all[20].ID {
		t.Errorf("another claims %+v", stolen)
	}

	update(t, s, func(tx *store.Tx) error { return tx.AddNoticeSent(ctx, all[0].ID, "ntfy-1", now) })
	update(t, s, func(tx *store.Tx) error { return tx.AddNoticeSent(ctx, all[0].ID, "ntfy-1", now) })
	update(t, s, func(tx *store.Tx) error { return tx.ReleaseNotice(ctx, all[0].ID, "me", 1, minute(105)) })
	update(t, s, func(tx *store.Tx) error { return tx.ReleaseNotice(ctx, all[1].ID, "other", 9, minute(105)) }) // not its own
	update(t, s, func(tx *store.Tx) error { return tx.DeleteNotice(ctx, all[2].ID, "me") })
	update(t, s, func(tx *store.Tx) error { return tx.DeleteNotice(ctx, all[3].ID, "other") }) // not its own
	waiting(t, s, "alerts", 29)
	if ids := due(t, s, "alerts", minute(105), 40); len(ids) != 29 || ids[28] != all[0].ID {
		t.Errorf("what failed does not come last: %v", ids)
	}
	again := claim20(t, s, "other", minute(105), []string{all[0].ID, all[1].ID})
	if len(again) != 2 || again[0].Attempts != 1 || !cmp.Equal(again[0].Sent, []string{"ntfy-1"}) || again[1].Attempts != 0 || again[1].Sent != nil {
		t.Errorf("claimed again: %+v", again)
	}
	hold := func(owner string) (held bool) {
		update(t, s, func(tx *store.Tx) (err error) {
			held, err = tx.HoldNotice(ctx, all[0].ID, owner, minute(200))
			return err
		})
		return held
	}
	if hold("me") || !hold("other") || hold("") {
		t.Error("only who claimed it last holds it")
	}
	if ids := due(t, s, "alerts", minute(199), 40); len(ids) != 28 {
		t.Errorf("%d are due beside the one that is held", len(ids))
	}

	// What the ledger has is never queued again.
	update(t, s, func(tx *store.Tx) error { return tx.DeleteNotice(ctx, all[0].ID, "other") })
	add("alerts", all[0])
	waiting(t, s, "alerts", 28)
}

// noticesTogether lets processes claim at once: each notice is one's.
func noticesTogether(t *testing.T, open func(t *testing.T) *store.Store) {
	s, other := migrated(t, open), open(t)
	var all []gremio.Notice
	var ids []string
	for i := range 40 {
		all, ids = append(all, noticeNumber(i)), append(ids, noticeNumber(i).ID)
	}
	update(t, s, func(tx *store.Tx) error { return tx.AddNotices(ctx, "alerts", all) })
	taken := make(chan string, 400)
	for _, err := range together(4, func(i int) error {
		var claimed []gremio.ClaimedNotice
		err := []*store.Store{s, other}[i%2].Update(ctx, func(tx *store.Tx) (err error) {
			claimed, err = tx.ClaimNotices(ctx, ids, fmt.Sprint("owner ", i), minute(100), minute(101))
			return err
		})
		for _, c := range claimed {
			taken <- c.ID
		}
		return err
	}) {
		t.Error(err)
	}
	close(taken)
	owners := map[string]int{}
	for id := range taken {
		owners[id]++
	}
	for _, id := range ids {
		if owners[id] != 1 {
			t.Errorf("%s has %d owners", id, owners[id])
		}
	}
}
