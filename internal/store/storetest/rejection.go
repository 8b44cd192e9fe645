package storetest

import (
	"context"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
)

// rejectionActs says what became of rejections, and wants the first act to count.
func rejectionActs(t *testing.T, open func(t *testing.T) *store.Store) {
	s, ctx := migrated(t, open), context.Background()
	at := func(offset int64) gremio.LogPosition {
		return gremio.LogPosition{Topic: gremio.TopicSales, Partition: 2, Offset: offset}
	}
	var all []gremio.Rejection
	for i := range int64(3) {
		all = append(all, gremio.Rejection{Record: gremio.Record{LogPosition: at(i), Key: "AA1"}, Reason: "because"})
	}
	act := func(worker string, offset int64, what string) {
		t.Helper()
		err := s.NoteRejectionActs(ctx, []gremio.RejectionAct{{Worker: worker, At: at(offset), Act: what, Time: noon, By: "Ana", Reason: "r"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	update(t, s, func(tx *store.Tx) error { return tx.AddRejections(ctx, "sales", all, noon) })
	act("sales", 0, gremio.RejectionRetried)
	act("sales", 0, gremio.RejectionDropped)
	act("stock", 1, gremio.RejectionDropped) // another worker's
	left, err := s.Rejected(ctx, "sales", false)
	n, err2 := s.OpenRejections(ctx, "sales")
	if err != nil || err2 != nil || len(left) != 2 || n != 2 || left[0].At != at(1) || left[0].State != gremio.RejectionOpen || left[0].Key != "AA1" {
		t.Errorf("open: %+v, %d, %v, %v", left, n, err, err2)
	}
	r, found, err := s.RejectedAt(ctx, "sales", at(0))
	if err != nil || !found || r.State != gremio.RejectionRetried || r.ActedBy != "Ana" || r.ActReason != "r" || r.ActedAt == nil || !r.ActedAt.Equal(noon) ||
		r.Reason != "because" || r.RejectedAt.Sub(noon).Abs() > time.Microsecond {
		t.Errorf("%+v, %v, %v", r, found, err)
	}
	if list, err := s.Rejected(ctx, "sales", true); err != nil || len(list) != 3 {
		t.Errorf("all: %+v, %v", list, err)
	}
	if _, found, err := s.RejectedAt(ctx, "stock", at(0)); err != nil || found {
		t.Errorf("another worker's: %v, %v", found, err)
	}
}
