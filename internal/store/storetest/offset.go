package storetest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

func migrateTogether(t *testing.T, open func(t *testing.T) *store.Store) {
	const processes = 10
	stores := make([]*store.Store, processes)
	for i := range stores {
		stores[i] = open(t)
	}
	for _, err := range together(processes, func(i int) error { return stores[i].Migrate(ctx) }) {
		t.Error(err)
	}
	for _, err := range together(processes, func(i int) error {
		return stores[i].Update(ctx, func(tx *store.Tx) error {
			_, err := tx.ClaimPartition(ctx, "sales", partition(int32(i)), noon)
			return err
		})
	}) {
		t.Error(err)
	}
	offsets, err := stores[0].Offsets(ctx, "sales")
	must(t, err)
	if len(offsets) != processes {
		t.Errorf("%d of %d processes wrote", len(offsets), processes)
	}
	must(t, open(t).Migrate(ctx)) // nothing is left to do
	if offsets, err = stores[0].Offsets(ctx, "sales"); err != nil || len(offsets) != processes {
		t.Errorf("migrating what is migrated leaves %d rows of %d: %v", len(offsets), processes, err)
	}
}

func partition(n int32) gremio.LogPartition {
	return gremio.LogPartition{Topic: gremio.TopicSales, Number: n, Start: 7, End: 100, ClusterID: "cluster-1", TopicID: "topic-1"}
}

func claimed(t *testing.T, s *store.Store, worker string, p gremio.LogPartition) (o gremio.Offset) {
	t.Helper()
	update(t, s, func(tx *store.Tx) (err error) {
		o, err = tx.ClaimPartition(ctx, worker, p, noon)
		return err
	})
	return o
}

func claim(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	first := claimed(t, s, "sales", partition(3))
	if first.Next != 7 || first.Topic != gremio.TopicSales || first.Partition != 3 || first.ClusterID != "cluster-1" || first.TopicID != "topic-1" {
		t.Errorf("a partition never read starts at %+v, want the log's start", first)
	}
	update(t, s, func(tx *store.Tx) error { return tx.Advance(ctx, "sales", first, 20, minute(1)) })
	elsewhere := partition(3)
	elsewhere.Start, elsewhere.ClusterID, elsewhere.TopicID = 50, "cluster-2", "topic-2"
	second := claimed(t, s, "sales", elsewhere)
	if second.Epoch <= first.Epoch {
		t.Errorf("taking the partition leaves the epoch at %d after %d", second.Epoch, first.Epoch)
	}
	if second.Next != 20 || second.ClusterID != "cluster-1" || second.TopicID != "topic-1" {
		t.Errorf("the next owner gets %+v, want what the database knew", second)
	}
	if other := claimed(t, s, "stock", partition(3)); other.Next != 7 {
		t.Errorf("another worker starts at %d, want 7", other.Next)
	}
	offsets, err := s.Offsets(ctx, "sales")
	must(t, err)
	want := []gremio.Offset{{Topic: gremio.TopicSales, Partition: 3, Epoch: second.Epoch, Next: 20, ClusterID: "cluster-1", TopicID: "topic-1", UpdatedAt: noon}}
	if diff := cmp.Diff(want, offsets); diff != "" {
		t.Error(diff)
	}
	at, found, err := s.OffsetOf(ctx, "sales", gremio.TopicSales, 3)
	if err != nil || !found || at.Next != 20 {
		t.Errorf("OffsetOf: %+v, %v, %v", at, found, err)
	}
	if _, found, err = s.OffsetOf(ctx, "sales", gremio.TopicSales, 4); err != nil || found {
		t.Errorf("OffsetOf a partition never read: %v, %v", found, err)
	}

	epochs := make(chan int64, 8)
	for _, err := range together(cap(epochs), func(int) error {
		return s.Update(ctx, func(tx *store.Tx) error {
			o, err := tx.ClaimPartition(ctx, "sales", partition(3), noon)
			if err == nil {
				epochs <- o.Epoch
			}
			return err
		})
	}) {
		t.Error(err)
	}
	seen := map[int64]bool{}
	for range cap(epochs) {
		seen[<-epochs] = true
	}
	if len(seen) != cap(epochs) {
		t.Errorf("%d owners share %d epochs", cap(epochs), len(seen))
	}
}

func advance(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	stale := claimed(t, s, "alerts", partition(0))
	owner := claimed(t, s, "alerts", partition(0))
	elsewhere := owner
	elsewhere.Next++
	behind := owner
	behind.Next--
	never := owner
	never.Partition = 9
	for what, o := range map[string]gremio.Offset{"a stale epoch": stale, "an offset further on": elsewhere, "an offset before": behind, "a partition never taken": never} {
		alert := "alert of " + what
		err := s.Update(ctx, func(tx *store.Tx) error {
			if err := tx.RaiseAlert(ctx, gremio.AlertRaised{Alert: alert, Kind: gremio.AlertSilent, Severity: gremio.SeverityInfo, RaisedAt: noon}); err != nil {
				return err
			}
			return tx.Advance(ctx, "alerts", o, 50, noon)
		})
		if gremio.KindOf(err) != gremio.Fenced || err == nil {
			t.Errorf("%s: %v, want fenced", what, err)
		}
		if _, found, err := s.Alert(ctx, alert); err != nil || found {
			t.Errorf("%s: what the transaction wrote is there (%v)", what, err)
		}
	}
	offsets, err := s.Offsets(ctx, "alerts")
	if err != nil || len(offsets) != 1 || offsets[0].Next != 7 {
		t.Fatalf("offsets %v, %v; want one at 7", offsets, err)
	}
	// A tick advances to where it stands, at the same instant as the one before.
	for range 3 {
		update(t, s, func(tx *store.Tx) error { return tx.Advance(ctx, "alerts", owner, owner.Next, noon) })
	}
	update(t, s, func(tx *store.Tx) error { return tx.Advance(ctx, "alerts", owner, 8, noon) })
	wantKind(t, s.Update(ctx, func(tx *store.Tx) error { return tx.Advance(ctx, "alerts", owner, 8, noon) }), gremio.Fenced)
}

func advanceTogether(t *testing.T, open func(t *testing.T) *store.Store) {
	s, other := migrated(t, open), open(t)
	o := claimed(t, s, "alerts", partition(0))
	errs := together(8, func(i int) error {
		return []*store.Store{s, other}[i%2].Update(ctx, func(tx *store.Tx) error {
			if err := tx.Advance(ctx, "alerts", o, o.Next+1, noon); err != nil {
				return err
			}
			return tx.RaiseAlert(ctx, gremio.AlertRaised{Alert: fmt.Sprint("alert-", i), Kind: gremio.AlertSilent, Severity: gremio.SeverityInfo, RaisedAt: noon})
		})
	})
	if len(errs) != 7 {
		t.Errorf("%d of 8 transactions with one offset were refused, want 7", len(errs))
	}
	for _, err := range errs {
		wantKind(t, err, gremio.Fenced)
	}
	written, _, err := s.Alerts(ctx, gremio.AlertFilter{}, gremio.Page{Limit: 100})
	if err != nil || len(written) != 1 {
		t.Errorf("%d transactions wrote, %v; want 1", len(written), err)
	}
}

func appliedIDs(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	var ids []gremio.AppliedID
	var keys []string
	for i := range 1203 { // more than a statement takes
		id := gremio.AppliedID{Key: fmt.Sprint("A:", i), ID: fmt.Sprint(i), Digest: fmt.Sprint("digest", i), At: gremio.LogPosition{Topic: gremio.TopicSales, Partition: 2, Offset: int64(i)}}
		ids, keys = append(ids, id), append(keys, id.Key)
	}
	update(t, s, func(tx *store.Tx) error { return tx.AddAppliedIDs(ctx, "sales", ids) })
	found, err := s.AppliedIDs(ctx, "sales", append(keys, "A:other"))
	must(t, err)
	if len(found) != len(ids) {
		t.Errorf("%d of %d ids are found", len(found), len(ids))
	}
	for _, id := range ids {
		if found[id.Key] != id {
			t.Fatalf("id %+v is found as %+v", id, found[id.Key])
		}
	}
	if found, err = s.AppliedIDs(ctx, "stock", keys); err != nil || len(found) != 0 {
		t.Errorf("another worker has applied %d of them, %v", len(found), err)
	}
	if found, err = s.AppliedIDs(ctx, "sales", nil); err != nil || len(found) != 0 {
		t.Errorf("no keys: %d, %v", len(found), err)
	}
	wantKind(t, s.Update(ctx, func(tx *store.Tx) error { return tx.AddAppliedIDs(ctx, "sales", ids[:1]) }), gremio.Conflict)
	known, err := s.FindEvent(ctx, []string{"sales", "stock"}, "17")
	if diff := cmp.Diff([]gremio.KnownEvent{{Worker: "sales", Subject: gremio.SubjectOfKey(ids[17].Key), At: ids[17].At}}, known); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func rejections(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	at := gremio.LogPosition{Topic: gremio.TopicSales, Partition: 2, Offset: 9}
	long := make([]byte, 5000)
	for i := range long {
		long[i] = 'x'
	}
	reason := `units: must be 1 to 10000 '"\ 🥟`
	all := []gremio.Rejection{
		{Record: gremio.Record{LogPosition: at, Headers: map[string]string{gremio.HeaderID: "sale-1", gremio.HeaderType: "gremio.sale.recorded.v1"}}, Reason: reason},
		{Record: gremio.Record{LogPosition: gremio.LogPosition{Topic: gremio.TopicSales, Partition: 2, Offset: 10}}, Reason: "not an event"},
		{Record: gremio.Record{LogPosition: gremio.LogPosition{Topic: gremio.TopicSales, Partition: 2, Offset: 11},
			Headers: map[string]string{gremio.HeaderID: string(long), gremio.HeaderType: string(long)}}, Reason: string(long)},
		{Record: gremio.Record{LogPosition: gremio.LogPosition{Topic: gremio.TopicSales, Partition: 2, Offset: 12},
			Headers: map[string]string{gremio.HeaderID: "caf\xe9 \xff", gremio.HeaderType: "\x00"}}, Reason: "bytes that are no text"},
	}
	for range 2 { // a record that is rejected again stands once
		update(t, s, func(tx *store.Tx) error { return tx.AddRejections(ctx, "sales", all, noon) })
	}
	got, rejected, err := s.RejectionAt(ctx, "sales", at)
	if err != nil || !rejected || got != reason {
		t.Errorf("%q, %v, %v; want %q", got, rejected, err, reason)
	}
	if _, rejected, err = s.RejectionAt(ctx, "stock", at); err != nil || rejected {
		t.Errorf("another worker has rejected it: %v, %v", rejected, err)
	}
	for _, r := range all {
		if _, rejected, err := s.RejectionAt(ctx, "sales", r.Record.LogPosition); err != nil || !rejected {
			t.Errorf("%s is not noted: %v", r.Record.LogPosition, err)
		}
	}
	known, err := s.FindEvent(ctx, []string{"sales"}, "sale-1")
	if diff := cmp.Diff([]gremio.KnownEvent{{Worker: "sales", At: at, Rejected: true, Reason: reason, Noted: noon}}, known); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func outbox(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	var events []gremio.Event
	for i := range 1100 {
		events = append(events, gremio.Event{
			ID: fmt.Sprint("sighting-", i), Source: "/worker/positions", Subject: fmt.Sprint(i % 3), Time: minute(i), Digest: "d", Special: i%2 == 0,
			Data: gremio.SightingReported{Place: gremio.Place{Grid: &gremio.Grid{X: 1, Y: 2}}, Time: noon, Note: nasty[i%len(nasty)]},
		})
	}
	update(t, s, func(tx *store.Tx) error { return tx.AddOutbox(ctx, "positions", events[:600]) })
	update(t, s, func(tx *store.Tx) error { return tx.AddOutbox(ctx, "positions", events[600:]) })
	rows, err := s.Outbox(ctx, "positions", 2000)
	must(t, err)
	if len(rows) != len(events) {
		t.Fatalf("%d of %d events wait", len(rows), len(events))
	}
	for i, row := range rows {
		want, err := events[i].Outgoing()
		must(t, err)
		want.ID = row.ID
		if diff := cmp.Diff(want, row); diff != "" {
			t.Fatalf("event %d:\n%s", i, diff)
		}
		if i > 0 && row.ID <= rows[i-1].ID {
			t.Fatalf("event %d stands at %d after %d", i, row.ID, rows[i-1].ID)
		}
	}
	if rows, err := s.Outbox(ctx, "stock", 10); err != nil || len(rows) != 0 {
		t.Errorf("another worker's outbox holds %d, %v", len(rows), err)
	}
	first, err := s.Outbox(ctx, "positions", 500)
	must(t, err)
	var ids []int64
	for _, r := range first {
		ids = append(ids, r.ID)
	}
	update(t, s, func(tx *store.Tx) error { return tx.DeleteOutbox(ctx, ids) })
	left, err := s.Outbox(ctx, "positions", 2000)
	if err != nil || len(left) != 600 || left[0].ID != rows[500].ID {
		t.Errorf("%d are left, %v; want the last 600", len(left), err)
	}
	update(t, s, func(tx *store.Tx) error { return tx.DeleteOutbox(ctx, nil) })
}

// What the log refused waits apart, until somebody takes it up again.
func refusedOutbox(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	update(t, s, func(tx *store.Tx) error {
		for i := range 3 {
			e := gremio.Event{ID: fmt.Sprint(i), Subject: "A", Time: minute(i), Data: gremio.DeliveryRequested{Delivery: "d", By: "x"}}
			if err := tx.AddOutbox(ctx, "stock", []gremio.Event{e}); err != nil {
				return err
			}
		}
		return nil
	})
	rows, err := s.Outbox(ctx, "stock", 10)
	must(t, err)
	update(t, s, func(tx *store.Tx) error { return tx.RefuseOutbox(ctx, rows[0].ID, "too large: "+nasty[0], noon) })
	waiting, err := s.Outbox(ctx, "stock", 10)
	must(t, err)
	whole, err := s.WholeOutbox(ctx, "stock")
	must(t, err)
	if len(waiting) != 2 || waiting[0].ID != rows[1].ID || len(whole) != 3 {
		t.Errorf("%d wait and %d are there, want 2 and 3", len(waiting), len(whole))
	}
	states, err := s.Outboxes(ctx)
	must(t, err)
	first := minute(1)
	if diff := cmp.Diff([]gremio.OutboxState{{Worker: "stock", Waiting: 2, Refused: 1, Oldest: &first}}, states); diff != "" {
		t.Error(diff)
	}
	if sizes, err := s.OutboxSizes(ctx); err != nil || sizes["stock"] != 2 {
		t.Errorf("growth waits for %v, %v", sizes, err)
	}
	update(t, s, func(tx *store.Tx) error {
		if n, err := tx.RetryOutbox(ctx, "sales"); n != 0 || err != nil {
			t.Errorf("another worker takes up %d, %v", n, err)
		}
		n, err := tx.RetryOutbox(ctx, "stock")
		if n != 1 {
			t.Errorf("%d are taken up, want 1", n)
		}
		return err
	})
	if waiting, err := s.Outbox(ctx, "stock", 10); err != nil || len(waiting) != 3 || waiting[0].ID != rows[0].ID {
		t.Errorf("%d wait then, %v", len(waiting), err)
	}
}
