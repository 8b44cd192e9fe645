package gremio

import "time"

// LeastSalesRetentionDays is the shortest time for which single sales are kept: a
// month's sales can be looked at and taken back.
const LeastSalesRetentionDays = 30

// SaleIsPast says why a sale is not taken back whose day's single sales are no
// longer kept: without the others its day's first sale, or busiest hour, cannot be
// found anew.
const SaleIsPast = "the sale is of a day whose single sales are no longer kept (setting sales_retention_days): its totals stay as they are"

// SalesKeptFrom returns the first day whose single sales are kept at t, "" while all
// are. It never goes back: a guild that keeps sales for longer from now on does not
// have those again that it no longer kept. h must reach back to the first version,
// so that the answer is the same in a rebuild.
func (h SettingsHistory) SalesKeptFrom(t time.Time) (first Day) {
	for i, v := range h {
		if v.SalesRetentionDays == 0 || i > 0 && v.Since.After(t) {
			continue
		}
		until := t
		if i+1 < len(h) && h[i+1].Since.Before(t) {
			until = h[i+1].Since
		}
		first = max(first, DayOf(until, v.DayStartsAt).add(-v.SalesRetentionDays))
	}
	return first
}
