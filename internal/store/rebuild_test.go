package store_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
)

func TestRebuildKilled(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { rebuildKilled(t, "sqlite:"+filepath.Join(t.TempDir(), "gremio.db")) })
	t.Run("MariaDB", func(t *testing.T) { rebuildKilled(t, newDatabase(t, mariaDB(t))) })
}

// A rebuild that is killed between two of its statements is gone on with, or
// begun again, and the worker's tables are there throughout.
func rebuildKilled(t *testing.T, dsn string) {
	ctx := context.Background()
	s, err := store.Open(dsn)
	must(t, err)
	defer s.Close()
	must(t, s.Migrate(ctx))
	add := func(update func(context.Context, func(*store.Tx) error) error, id string) {
		t.Helper()
		at := time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)
		must(t, update(ctx, func(tx *store.Tx) error {
			return tx.AddSales(ctx, []gremio.Sale{{ID: id, Plate: "A1", Units: 3, Time: at, ReceivedAt: at, Day: "2026-11-22"}})
		}))
	}
	add(s.Update, "a")
	begin := func(restart bool) *store.Rebuild {
		t.Helper()
		r, err := s.BeginRebuild(ctx, "sales", restart)
		must(t, err)
		return r
	}
	sales := func() int {
		t.Helper()
		all, _, err := s.Sales(ctx, gremio.SaleFilter{}, gremio.Page{Limit: 10})
		must(t, err)
		return len(all)
	}
	r := begin(false)
	if r.Resumed {
		t.Error("the first one goes on with another")
	}
	r.Close() // killed after its tables were made
	r = begin(false)
	if !r.Resumed {
		t.Error("it does not go on where it was")
	}
	must(t, r.Swap(ctx, nil))
	r.Close()
	if n := sales(); n != 0 {
		t.Errorf("%d sales after the swap with empty tables", n)
	}
	// Killed after the swap, before it forgot: the marker stands and the tables do not.
	r = begin(false)
	r.Close()
	must(t, r.Swap(ctx, nil))
	must(t, s.Exec(ctx, "INSERT INTO installation (name, value) SELECT 'rebuild_sales', CAST(MAX(version_id) AS CHAR) FROM goose_db_version"))
	r = begin(false)
	if r.Resumed {
		t.Error("it goes on with tables that are not there")
	}
	add(r.Update, "b")
	must(t, r.Swap(ctx, nil))
	r.Close()
	if n := sales(); n != 1 {
		t.Errorf("%d sales after all, want 1", n)
	}
	// Killed while it discarded: the marker is gone and the tables stand.
	r = begin(false)
	must(t, s.Exec(ctx, "DELETE FROM installation WHERE name = 'rebuild_sales'"))
	r.Close()
	if r = begin(false); r.Resumed {
		t.Error("it goes on with tables that were to be dropped")
	}
	must(t, r.Discard(ctx))
	r.Close()
	if n := sales(); n != 1 {
		t.Errorf("%d sales after what was killed, want 1", n)
	}
}
