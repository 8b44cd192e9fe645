package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"gremio"
)

// ComputeReport makes the report of day from the totals, as they stand. It is
// not complete and has no revision: whoever closes the day sets both.
func (q queries) ComputeReport(ctx context.Context, day gremio.Day) (gremio.DailyReport, error) {
	r := gremio.DailyReport{Day: day, Vendors: []gremio.VendorDay{}}
	at := map[string]int{}
	err := q.each(ctx, "read the day's totals",
		"SELECT cart_id, plate, sales, units, named_sales, named_units, priced, takings, first_sale, last_sale FROM {day_totals} WHERE sale_day = ? AND sales > 0 ORDER BY plate",
		[]any{string(day)}, func(row scanner) error {
			var v gremio.VendorDay
			var cart string
			var priced, takings, first, last int64
			if err := row.Scan(&cart, &v.Plate, &v.Sales, &v.Units, &v.NamedSales, &v.NamedUnits, &priced, &takings, &first, &last); err != nil {
				return err
			}
			if priced > 0 {
				v.Takings = &takings
			}
			f, l := instant(first), instant(last)
			v.FirstSale, v.LastSale = &f, &l
			at[cart] = len(r.Vendors)
			r.Vendors = append(r.Vendors, v)
			return nil
		})
	if err != nil {
		return r, err
	}
	if err := q.busiestHours(ctx, &r, at); err != nil {
		return r, err
	}
	if err := q.clients(ctx, &r, at); err != nil {
		return r, err
	}
	if err := q.frequentClients(ctx, &r, at); err != nil {
		return r, err
	}
	r.Finish()
	return r, q.surroundings(ctx, &r, at)
}

func (q queries) busiestHours(ctx context.Context, r *gremio.DailyReport, at map[string]int) error {
	hours := map[string]*[24]int{}
	var guild [24]int
	err := q.each(ctx, "read the hours' totals", "SELECT cart_id, sale_hour, units FROM {hour_totals} WHERE sale_day = ?",
		[]any{string(r.Day)}, func(row scanner) error {
			var cart string
			var hour, units int
			if err := row.Scan(&cart, &hour, &units); err != nil {
				return err
			}
			if hours[cart] == nil {
				hours[cart] = new([24]int)
			}
			hours[cart][hour] += units
			guild[hour] += units
			return nil
		})
	for cart, h := range hours {
		if i, ok := at[cart]; ok {
			r.Vendors[i].BusiestHour = gremio.BusiestHour(*h)
		}
	}
	r.Guild.BusiestHour = gremio.BusiestHour(guild)
	return err
}

func (q queries) clients(ctx context.Context, r *gremio.DailyReport, at map[string]int) (err error) {
	err = q.each(ctx, "count clients", "SELECT cart_id, COUNT(*) FROM {client_totals} WHERE sale_day = ? GROUP BY cart_id",
		[]any{string(r.Day)}, func(row scanner) error {
			var cart string
			var n int
			if err := row.Scan(&cart, &n); err != nil {
				return err
			}
			if i, ok := at[cart]; ok {
				r.Vendors[i].Clients = n
			}
			return nil
		})
	if err == nil {
		r.Guild.Clients, err = q.guildClients(ctx, r.Day)
	}
	return err
}

// AddReport stores a closed or revised day. The first of a revision wins.
func (t *Tx) AddReport(ctx context.Context, r gremio.DailyReport) error {
	body, err := json.Marshal(r)
	if err != nil {
		return gremio.Wrap(gremio.Internal, err, "encode the report of %s", r.Day)
	}
	complete := 0
	if r.Complete {
		complete = 1
	}
	n, err := t.exec(ctx, "store a report",
		t.d.ignore+"{reports} (report_day, revision, complete, body, closed_at, sales, units) VALUES (?, ?, ?, ?, ?, ?, ?)",
		string(r.Day), r.Revision, complete, string(body), microsOrNull(r.ClosedAt), r.Guild.Sales, r.Guild.Units)
	if err != nil || n == 0 {
		return err
	}
	return t.noteClosedDay(ctx, r)
}

// Report returns the newest revision of a closed day, or the given one, and
// whether there is one.
func (q queries) Report(ctx context.Context, day gremio.Day, revision int) (gremio.DailyReport, bool, error) {
	query, args := "SELECT body FROM {reports} WHERE report_day = ? ORDER BY revision DESC LIMIT 1", []any{string(day)}
	if revision > 0 {
		query, args = "SELECT body FROM {reports} WHERE report_day = ? AND revision = ?", append(args, revision)
	}
	var body sql.NullString
	var r gremio.DailyReport
	found, err := q.one(ctx, "read a report", query, args, &body)
	if err != nil || !found {
		return r, false, err
	}
	if err := json.Unmarshal([]byte(body.String), &r); err != nil {
		return r, false, gremio.Wrap(gremio.Internal, err, "report of %s", day)
	}
	return r, true, nil
}

// UnclosedDays returns the days before today that have sales and no report, in order.
func (q queries) UnclosedDays(ctx context.Context, today gremio.Day) ([]gremio.Day, error) {
	return q.days(ctx, "SELECT DISTINCT sale_day FROM {day_totals} WHERE sale_day < ? AND sale_day NOT IN (SELECT report_day FROM {reports}) ORDER BY sale_day", string(today))
}

// ChangedDays returns the closed days whose newest report is not what the totals
// say, and that have been still since quietSince, and those whose newest report was
// made while sales were on their way, in order. A sale may have been received before
// its day was closed and logged after, so the time alone does not tell.
func (q queries) ChangedDays(ctx context.Context, quietSince time.Time) ([]gremio.Day, error) {
	return q.days(ctx, `SELECT t.sale_day FROM (SELECT sale_day, MAX(changed_at) AS changed, SUM(sales) AS sales, SUM(units) AS units FROM {day_totals} GROUP BY sale_day) t
 JOIN {reports} r ON r.report_day = t.sale_day AND r.revision = (SELECT MAX(n.revision) FROM {reports} n WHERE n.report_day = t.sale_day)
 WHERE r.complete = 0 OR (t.changed <= ? AND (t.changed > r.closed_at OR t.sales <> r.sales OR t.units <> r.units))
 ORDER BY t.sale_day`, micros(quietSince))
}

func (q queries) days(ctx context.Context, query string, args ...any) ([]gremio.Day, error) {
	var all []gremio.Day
	err := q.each(ctx, "look for days to report", query, args, func(row scanner) error {
		var d gremio.Day
		err := row.Scan(&d)
		all = append(all, d)
		return err
	})
	return all, err
}
