package store

import "strings"

// ownTables are the tables that each worker alone writes, its positions in the
// log among them. A rebuild makes them anew. In the text of a query their names
// stand in braces.
var ownTables = map[string][]string{
	"members":   {"applications", "members"},
	"sales":     {"sales", "day_totals", "client_totals", "hour_totals", "reports"},
	"positions": {"positions", "track", "sightings", "intake_spans"},
	"stock":     {"stock_levels", "stock_moves", "replenishments", "deliveries", "stops", "stop_confirmations", "passed_over"},
	"alerts":    {"alerts", "early_closes"},
}

// TablesOf returns every table of worker.
func TablesOf(worker string) []string {
	return append([]string{worker + "_offsets", worker + "_ids", worker + "_rejections"}, ownTables[worker]...)
}

// tableNames says which tables a query means: those of a worker that is rebuilt
// stand beside the live ones under other names. Nil leaves every name as it is.
type tableNames map[string]string

// in returns query with the names in braces filled in.
func (n tableNames) in(query string) string {
	if !strings.Contains(query, "{") {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 64)
	for {
		before, rest, found := strings.Cut(query, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		if other, ok := n[name]; ok {
			name = other
		}
		b.WriteString(name)
		query = after
	}
}
