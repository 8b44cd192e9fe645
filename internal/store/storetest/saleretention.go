package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
)

// oldSales: single sales are deleted by day and receipt, a part at a time, and what
// is left tells which of them may be taken back.
func oldSales(t *testing.T, open func(t *testing.T) *store.Store) {
	s := migrated(t, open)
	came := noon.AddDate(0, 0, 40)
	late := sold("A", "late", "", 9, minute(3))
	late.ReceivedAt = came
	addSales(t, s, sold("A", "1", "Ana", 3, noon), sold("A", "2", "Ana", 4, minute(1)), sold("B", "1", "Beto", 5, minute(2)), late, sold("A", "new", "", 1, came))
	update(t, s, func(tx *store.Tx) error {
		var ids []gremio.AppliedID
		for i, key := range []string{"ventas:A:1", "ventas:A:2", "ventas:B:1"} {
			ids = append(ids, gremio.AppliedID{Key: key, ID: key[len(key)-1:], Time: noon, At: gremio.LogPosition{Topic: gremio.TopicSales, Offset: int64(i)}})
		}
		return tx.AddAppliedIDs(ctx, "sales", ids)
	})
	day := gremio.Day("2026-11-22")
	before, err := s.ComputeReport(ctx, day)
	must(t, err)
	deletes := func(carts int, want int64) {
		t.Helper()
		update(t, s, func(tx *store.Tx) error {
			n, err := tx.DeleteOldSales(ctx, day.Next(), came, carts)
			if n != want {
				t.Errorf("%d sales are deleted, want %d", n, want)
			}
			return err
		})
	}
	past := func(plate gremio.Plate, id string, at time.Time, want bool) {
		t.Helper()
		update(t, s, func(tx *store.Tx) error {
			got, err := tx.SaleIsPast(ctx, plate, id, at)
			if got != want {
				t.Errorf("sale %s of %s is past at %s: %v", id, plate, at, got)
			}
			return err
		})
	}
	past("A", "1", came, false)
	_, err = s.ChangeSettings(ctx, "office", noon, func(s *gremio.Settings) error { s.SalesRetentionDays = 30; return nil })
	must(t, err)
	past("A", "1", noon.AddDate(0, 0, 30), false)
	past("A", "1", noon.AddDate(0, 0, 31), true)
	past("A", "late", noon, true) // by its receipt
	past("A", "new", came, false)
	deletes(1, 2)
	deletes(5, 1)
	deletes(5, 0)
	past("A", "1", came, true) // its id alone is left
	past("A", "unknown", came, false)
	past("B", "2", came, false)
	if left, _, err := s.Sales(ctx, gremio.SaleFilter{}, gremio.Page{Limit: 10}); err != nil || len(left) != 2 {
		t.Errorf("%d are left, %v; want the late one and the new one", len(left), err)
	}
	if after, err := s.ComputeReport(ctx, day); err != nil || cmp.Diff(before, after) != "" {
		t.Errorf("the day's totals, %v:\n%s", err, cmp.Diff(before, after))
	}
	for f, want := range map[gremio.SaleFilter]bool{{ID: "2"}: true, {ID: "2", Plate: "A"}: true, {ID: "2", Plate: "B"}: false, {ID: "9"}: false} {
		if got, err := s.SaleDeleted(ctx, f, time.Time{}, came); err != nil || got != want {
			t.Errorf("%+v is deleted: %v, %v", f, got, err)
		}
	}
}
