package main_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// from is what a database holds before gremio's processes start.
var from = []string{"", "testdata/upgrade/schema-1"}

func (g *guild) migratedOnce() {
	g.t.Helper()
	g.want(0, "SELECT COUNT(*) FROM (SELECT version_id FROM goose_db_version GROUP BY version_id HAVING COUNT(*) > 1) twice")
}

func databases(t *testing.T, check func(t *testing.T, g *guild)) {
	for engine, r := range engines(t) {
		for _, dir := range from {
			name := engine + "/empty"
			if dir != "" {
				name = engine + "/" + filepath.Base(dir)
			}
			t.Run(name, func(t *testing.T) {
				if dir == "" {
					check(t, upgradeGuild(t, r))
					return
				}
				g, _ := restored(t, filepath.Join(dir, engine), r)
				check(t, g)
			})
		}
	}
}

// TestTenMigrate starts ten processes at once: migrations run once, all go on.
func TestTenMigrate(t *testing.T) {
	databases(t, func(t *testing.T, g *guild) {
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, stderr, code := finish(t, g.command("migrate")); code != 0 {
					t.Errorf("migrate: exit %d: %s", code, stderr)
				}
			})
		}
		wg.Wait()
		g.migratedOnce()
		g.startBroker()
		var apis []*process
		for n := range 10 {
			if n%2 == 0 {
				apis = append(apis, g.listening("api"))
			} else {
				g.start("worker", "sales", "stock", "positions", "members", "alerts")
			}
		}
		before := g.number("SELECT COUNT(*) FROM sales WHERE plate = 'TEN1'")
		for n, api := range apis {
			eventually(t, api.name+" reads", func() error {
				_, err := ask[struct{}](api, "/v1/carts")
				return err
			})
			api.post("/v1/sales", map[string]any{"id": fmt.Sprintf("ten-%d", n), "plate": "TEN1", "units": 1})
		}
		g.settled()
		g.want(before+5, "SELECT COUNT(*) FROM sales WHERE plate = 'TEN1'")
		g.migratedOnce()
	})
}

// TestTenStart has the ten processes themselves migrate.
func TestTenStart(t *testing.T) {
	databases(t, func(t *testing.T, g *guild) {
		g.startBroker()
		finish(t, g.command("migrate", "--database", "sqlite:"+filepath.Join(t.TempDir(), "other.db"))) // makes the master key alone
		var all []*process
		for n := range 10 {
			if n%2 == 0 {
				all = append(all, g.listening("api"))
			} else {
				g.start("worker", "sales", "stock")
			}
		}
		for n, api := range all {
			eventually(t, api.name+" reads", func() error {
				_, err := ask[struct{}](api, "/v1/carts")
				return err
			})
			api.post("/v1/sales", map[string]any{"id": fmt.Sprintf("ten-%d", n), "plate": "TEN1", "units": 1})
		}
		g.applied("sales", topicsOf["sales"]...)
		g.want(5, "SELECT COUNT(*) FROM sales WHERE plate = 'TEN1'")
		g.migratedOnce()
	})
}

// TestMigrationKilled kills gremio at ever later moments of its migrations, and
// wants the next start to finish them.
func TestMigrationKilled(t *testing.T) {
	databases(t, func(t *testing.T, g *guild) {
		whole := upgradeGuild(t, engines(t)[filepath.Base(filepath.Dir(t.Name()))])
		whole.run("migrate")
		killed := 0
		for wait := 10 * time.Millisecond; ; wait += 15 * time.Millisecond {
			if killed > 200 {
				t.Fatal("migrate comes to no end after a kill")
			}
			p := g.start("migrate")
			select {
			case <-p.ended:
			case <-time.After(wait):
				p.kill()
				killed++
				continue
			}
			if code := p.cmd.ProcessState.ExitCode(); code != 0 {
				t.Fatalf("after %d kills migrate ended with %d: %s", killed, code, p.said())
			}
			break
		}
		t.Logf("killed %d times", killed)
		g.migratedOnce()
		if want, got := tables(t, whole.db), tables(t, g.db); want != got {
			t.Errorf("after the kills:\n%s\nwithout:\n%s", got, want)
		}
	})
}

// tables lists a database's columns and indexes.
func tables(t *testing.T, db *sql.DB) (list string) {
	t.Helper()
	rows, err := db.Query("SELECT COALESCE(sql, '') FROM sqlite_master ORDER BY name")
	if err != nil {
		rows, err = db.Query(`SELECT CONCAT_WS(' ', table_name, column_name, column_type, is_nullable) AS line FROM information_schema.columns WHERE table_schema = DATABASE()
			UNION ALL SELECT CONCAT_WS(' ', table_name, index_name, seq_in_index, column_name, non_unique) FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY line`)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		list += line + "\n"
	}
	return list
}
