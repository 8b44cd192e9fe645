package main_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gremio/internal/store/storetest"
)

// betterKnown returns the columns of a table in which a rebuild may say more
// than a database that an upgrade brought here: the earlier gremio did not keep
// them.
func betterKnown(table string) []string {
	switch {
	case strings.HasSuffix(table, "_ids"):
		return []string{"part", "log_offset", "applied_at"} // where an event lies that its own worker derived
	case strings.HasSuffix(table, "_rejections"):
		return []string{"record_key"}
	case table == "applications":
		return []string{"name_hash"} // by which a name is found again
	case table == "stock_levels":
		return []string{"event_key"} // of the move that the level follows from
	case table == "members":
		return []string{"last_decision"} // which decision of a machine made the member
	case table == "reports":
		return []string{"sales", "units"} // what the report counted
	case table == "positions":
		return []string{"placed_by_sale"} // whether a sale or a position placed the marker
	}
	return nil
}

// TestRebuildAfterUpgrade makes every worker's tables anew on what an earlier
// binary left: its log has no decisions of kinds that came later.
func TestRebuildAfterUpgrade(t *testing.T) {
	for engine, r := range engines(t) {
		t.Run(engine, func(t *testing.T) {
			g, _ := restored(t, filepath.Join("testdata/upgrade/schema-1", engine), r)
			g.startBroker()
			up := g.start("worker", "members", "sales", "stock", "positions", "alerts")
			g.settled()
			g.still()
			waiting := g.number("SELECT COUNT(*) FROM applications WHERE reasons LIKE '%rut_is_member%' OR reasons LIKE '%review%'")
			if waiting == 0 {
				t.Fatal("the snapshot has no application that waits for what its own words do not tell")
			}
			for worker := range workersOfTopics {
				before := storetest.Dump(t, g.db, worker)
				said := g.run("rebuild", worker)
				after := storetest.Dump(t, g.db, worker)
				if worker == "members" && !strings.Contains(said, "why applications wait") {
					t.Errorf("the rebuild does not say what it kept: %s", said)
				}
				for table := range before {
					if table == "stock_moves" {
						continue // the level that an upgrade carried over is told by its moves again; stock_levels must be the same
					}
					if diff := cmp.Diff(without(before[table], betterKnown(table)), without(after[table], betterKnown(table))); diff != "" {
						t.Errorf("%s after a rebuild (- before, + after):\n%.3000s", table, diff)
					}
				}
			}
			up.interrupt()
		})
	}
}

// without returns rows as storetest.Dump gives them, less some columns.
func without(rows, columns []string) []string {
	left := slices.Clone(rows)
	for _, column := range columns {
		cell := regexp.MustCompile(`(^| )` + column + `=("(?:[^"\\]|\\.)*"|NULL) `)
		for i := range left {
			left[i] = cell.ReplaceAllString(left[i], "$1")
		}
	}
	slices.Sort(left)
	return left
}
