package store

import "strings"

// ownTables are the tables that each worker alone writes, its positions in the
// log among them. A rebuild makes them anew. In the text of a query their names
// stand in braces.
var ownTables = map[string][]string{
	"members":   {"applications", "members", "holdings", "plate_holders", "member_history", "permits"},
	"sales":     {"sales", "day_totals", "client_totals", "hour_totals", "place_totals", "early_voids", "reports", "report_parts", "guild_hours", "vendor_months", "closed_days"},
	"positions": {"positions", "track", "tracking_marks", "sightings", "intake_spans", "phone_paces"},
	"stock":     {"stock_levels", "stock_moves", "replenishments", "deliveries", "stops", "stop_confirmations", "stop_failures", "delivery_acts", "passed_over", "depot_moves"},
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
