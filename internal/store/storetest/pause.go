package storetest

import (
	"testing"

	"gremio"
	"gremio/internal/store"
)

// pauses checks that one alone pauses take-in, and that a pause which its owner
// lost cannot be kept.
func pauses(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	if p, found, err := s.Pause(ctx); err != nil || found {
		t.Fatalf("before anybody asked: %+v, %v, %v", p, found, err)
	}
	wantKind(t, s.KeepPause(ctx, "nobody's"), gremio.Fenced)
	must(t, s.BeginPause(ctx, gremio.Pause{}, "first"))
	if err := s.BeginPause(ctx, gremio.Pause{}, "second"); err == nil {
		t.Error("two pause take-in at once")
	}
	must(t, s.KeepPause(ctx, "first"))
	p, found, err := s.Pause(ctx)
	if err != nil || !found || p != (gremio.Pause{Token: "first", Beat: 2}) {
		t.Errorf("after one beat: %+v, %v, %v", p, found, err)
	}
	must(t, s.SayQuiet(ctx, "first", "a/1"))
	must(t, s.SayQuiet(ctx, "first", "a/1"))
	must(t, s.SayQuiet(ctx, "first", "b/2"))
	quiet, err := s.Quiet(ctx, "first")
	if err != nil || len(quiet) != 2 || !quiet["a/1"] || !quiet["b/2"] {
		t.Errorf("quiet are %v, %v", quiet, err)
	}

	// A beat that came after all says that the pause was not given up.
	wantKind(t, s.BeginPause(ctx, gremio.Pause{Token: "first", Beat: 1}, "second"), gremio.Conflict)
	must(t, s.BeginPause(ctx, p, "second"))
	wantKind(t, s.KeepPause(ctx, "first"), gremio.Fenced)
	must(t, s.EndPause(ctx, "first")) // by who was thought dead: it ends nobody else's
	must(t, s.KeepPause(ctx, "second"))
	if quiet, err := s.Quiet(ctx, "second"); err != nil || len(quiet) != 0 {
		t.Errorf("quiet in a new pause are %v, %v", quiet, err)
	}
	must(t, s.EndPause(ctx, "second"))
	if _, found, err := s.Pause(ctx); err != nil || found {
		t.Errorf("after the end: %v, %v", found, err)
	}
}

// outboxSizes checks what waits for whom, and that a record's lane is kept.
func outboxSizes(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	update(t, s, func(tx *store.Tx) error {
		e := gremio.Event{ID: "1", Source: "/worker/members", Subject: "a", Time: noon, Lane: gremio.LaneAt(3),
			Data: gremio.ApplicationRejected{Application: "a", By: "x", At: noon}}
		if err := tx.AddOutbox(ctx, "members", []gremio.Event{e, e}); err != nil {
			return err
		}
		return tx.AddOutbox(ctx, "stock", []gremio.Event{{ID: "2", Subject: "A", Time: noon, Data: gremio.DeliveryRequested{Delivery: "d", By: "x"}}})
	})
	sizes, err := s.OutboxSizes(ctx)
	if err != nil || len(sizes) != 2 || sizes["members"] != 2 || sizes["stock"] != 1 {
		t.Errorf("sizes %v, %v", sizes, err)
	}
	for worker, want := range map[string]int32{"members": 3, "stock": gremio.TopicStock.Partition("A", false, 8)} {
		rows, err := s.Outbox(ctx, worker, 10)
		if err != nil || len(rows) == 0 || rows[0].Partition(8) != want {
			t.Errorf("outbox of %s: %+v, %v, want partition %d", worker, rows, err, want)
		}
	}
}
