package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gremio/internal/store"
)

// Dump returns every row of the tables of worker as text, by table, without what
// says who read the log when: owners' epochs and times.
func Dump(t *testing.T, db *sql.DB, worker string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, table := range store.TablesOf(worker) {
		rows, err := db.QueryContext(context.Background(), "SELECT * FROM "+table)
		must(t, err)
		columns, err := rows.Columns()
		must(t, err)
		all[table] = []string{}
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(sql.NullString) // of the first empty text sql.RawBytes makes nil
			}
			must(t, rows.Scan(values...))
			var b strings.Builder
			for i, v := range values {
				if table == worker+"_offsets" && slices.Contains([]string{"epoch", "updated_at", "held_until"}, columns[i]) {
					continue
				}
				if text := v.(*sql.NullString); !text.Valid {
					fmt.Fprintf(&b, "%s=NULL ", columns[i])
				} else {
					fmt.Fprintf(&b, "%s=%q ", columns[i], text.String)
				}
			}
			all[table] = append(all[table], b.String())
		}
		must(t, rows.Err())
		rows.Close()
		slices.Sort(all[table])
	}
	return all
}
