package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gremio"
)

// sums are the columns that every table of sums has.
const sums = "sales, units, named_sales, named_units, priced, takings"

func summed() string { return "SUM(" + strings.ReplaceAll(sums, ", ", "), SUM(") + ")" }

// addStatistics adds sales to what statistics over months read, or takes them
// away again. The rows of an hour are every worker's, so they are written in
// order, and last in a transaction.
func (t *Tx) addStatistics(ctx context.Context, sales []gremio.Sale, sign int) error {
	type hour struct {
		day  gremio.Day
		hour int
	}
	type month struct{ month, cart string }
	hours, months := map[hour]gremio.SaleSum{}, map[month]gremio.SaleSum{}
	plates := map[string]gremio.Plate{}
	for _, s := range sales {
		h, m := hour{s.Day, s.Hour}, month{s.Day.Month(), gremio.CartOf(s.Plate)}
		plates[m.cart] = s.Plate
		a, b, one := hours[h], months[m], sumOf(s, sign)
		a.Add(one)
		b.Add(one)
		hours[h], months[m] = a, b
	}
	var monthRows, hourRows [][]any
	for _, m := range slices.SortedFunc(maps.Keys(months), func(a, b month) int {
		return cmp.Or(strings.Compare(a.month, b.month), strings.Compare(a.cart, b.cart))
	}) {
		monthRows = append(monthRows, append([]any{m.month, m.cart, string(plates[m.cart])}, sumValues(months[m])...))
	}
	for _, h := range slices.SortedFunc(maps.Keys(hours), func(a, b hour) int {
		return cmp.Or(strings.Compare(string(a.day), string(b.day)), a.hour-b.hour)
	}) {
		hourRows = append(hourRows, append([]any{string(h.day), h.hour}, sumValues(hours[h])...))
	}
	if err := t.insertMany(ctx, "add to the vendors' months", "INSERT INTO {vendor_months} (sale_month, cart_id, plate, "+sums+") VALUES",
		t.d.onConflict("sale_month, cart_id", adding("vendor_months")...), monthRows); err != nil {
		return err
	}
	return t.insertMany(ctx, "add to the guild's hours", "INSERT INTO {guild_hours} (sale_day, sale_hour, "+sums+") VALUES",
		t.d.onConflict("sale_day, sale_hour", adding("guild_hours")...), hourRows)
}

func sumOf(s gremio.Sale, sign int) gremio.SaleSum {
	sum := gremio.SaleSum{Sales: sign, Units: sign * s.Units}
	if s.ClientKey != "" {
		sum.NamedSales, sum.NamedUnits = sign, sum.Units
	}
	if s.Amount != nil {
		sum.Priced, sum.Takings = int64(sign), int64(sign)**s.Amount
	}
	return sum
}

func sumValues(s gremio.SaleSum) []any {
	return []any{s.Sales, s.Units, s.NamedSales, s.NamedUnits, s.Priced, s.Takings}
}

func sumDest(s *gremio.SaleSum) []any {
	return []any{&s.Sales, &s.Units, &s.NamedSales, &s.NamedUnits, &s.Priced, &s.Takings}
}

func adding(table string) (set []string) {
	for column := range strings.SplitSeq(sums, ", ") {
		set = append(set, column+" = {"+table+"}."+column+" + new("+column+")")
	}
	return set
}

// noteClosedDay keeps what only the closed day's report knows: how many clients
// the guild had.
func (t *Tx) noteClosedDay(ctx context.Context, r gremio.DailyReport) error {
	_, err := t.exec(ctx, "note a closed day", "INSERT INTO {closed_days} (report_day, revision, clients) VALUES (?, ?, ?)"+
		t.d.onConflict("report_day", // clients first: MariaDB sets columns in this order
			"clients = CASE WHEN new(revision) > {closed_days}.revision THEN new(clients) ELSE {closed_days}.clients END",
			"revision = "+t.d.greatest("{closed_days}.revision", "new(revision)")), string(r.Day), r.Revision, r.Guild.Clients)
	return err
}

// SumsByDay returns what was sold on each day. The guild's clients are counted by
// the day's close, and of today as they stand.
func (q queries) SumsByDay(ctx context.Context, from, to, today gremio.Day, plate gremio.Plate) (map[string]gremio.SaleSum, error) {
	if plate != "" {
		all, err := q.sums(ctx, "SELECT sale_day, "+sums+" FROM {day_totals} WHERE cart_id = ? AND sale_day >= ? AND sale_day <= ?", gremio.CartOf(plate), string(from), string(to))
		if err != nil {
			return nil, err
		}
		return all, q.countClients(ctx, all, "SELECT sale_day, COUNT(*) FROM {client_totals} WHERE cart_id = ? AND sale_day >= ? AND sale_day <= ? GROUP BY sale_day",
			gremio.CartOf(plate), string(from), string(to))
	}
	all, err := q.sums(ctx, "SELECT sale_day, "+summed()+" FROM {guild_hours} WHERE sale_day >= ? AND sale_day <= ? GROUP BY sale_day", string(from), string(to))
	if err != nil {
		return nil, err
	}
	return all, q.countClients(ctx, all, "SELECT report_day, clients FROM {closed_days} WHERE report_day >= ? AND report_day <= ?"+
		" UNION ALL SELECT sale_day, COUNT(*) FROM (SELECT sale_day, client_key FROM {client_totals} WHERE sale_day = ? GROUP BY sale_day, client_key) k GROUP BY sale_day", string(from), string(to), string(today))
}

// SumsByHour returns what was sold at each hour of the day, 00 to 23.
func (q queries) SumsByHour(ctx context.Context, from, to gremio.Day, plate gremio.Plate) (map[string]gremio.SaleSum, error) {
	if plate == "" {
		byHour, err := q.sums(ctx, "SELECT sale_hour, "+summed()+" FROM {guild_hours} WHERE sale_day >= ? AND sale_day <= ? GROUP BY sale_hour", string(from), string(to))
		return twoDigits(byHour), err
	}
	// The cart's hours lie under their days: its days are looked up one by one, not
	// the hours of everybody between two days.
	byHour, err := q.sums(ctx, "SELECT h.sale_hour, SUM(h.sales), SUM(h.units), 0, 0, 0, 0 FROM {day_totals} d"+
		" JOIN {hour_totals} h ON h.sale_day = d.sale_day AND h.cart_id = d.cart_id WHERE d.cart_id = ? AND d.sale_day >= ? AND d.sale_day <= ? GROUP BY h.sale_hour",
		gremio.CartOf(plate), string(from), string(to))
	return twoDigits(byHour), err
}

func twoDigits(byHour map[string]gremio.SaleSum) map[string]gremio.SaleSum {
	all := map[string]gremio.SaleSum{}
	for hour, sum := range byHour {
		all[fmt.Sprintf("%02s", hour)] = sum
	}
	return all
}

// SumsByVendor returns what each cart has sold, by plate: from the months that lie
// within the days, and from days where a month is cut.
func (q queries) SumsByVendor(ctx context.Context, from, to, today gremio.Day) (map[string]gremio.SaleSum, error) {
	all := map[string]gremio.SaleSum{}
	add := func(sign int, query, first, last string) error {
		some, err := q.sums(ctx, query, first, last)
		for plate, sum := range some {
			one := all[plate]
			one.Add(sum.Times(sign))
			if all[plate] = one; one.Sales == 0 {
				delete(all, plate)
			}
		}
		return err
	}
	months, cuts := monthsWithin(from, to, today)
	if len(months) > 0 {
		if err := add(1, "SELECT plate, "+summed()+" FROM {vendor_months} WHERE sale_month >= ? AND sale_month <= ? GROUP BY plate", months[0], months[len(months)-1]); err != nil {
			return nil, err
		}
	}
	for _, c := range cuts {
		if err := add(c.sign, "SELECT plate, "+summed()+" FROM {day_totals} WHERE sale_day >= ? AND sale_day <= ? GROUP BY plate", string(c.from), string(c.to)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// A trim is days that the whole months have too few (sign 1) or too many (-1).
type trim struct {
	from, to gremio.Day
	sign     int
}

// monthsWithin returns the months from from to to, and the days that make up the
// difference. Of the month that today is in next to nothing is sold after today.
func monthsWithin(from, to, today gremio.Day) (months []string, cuts []trim) {
	for day := from; day <= to && day != ""; {
		last := lastOfMonth(day)
		switch whole := strings.HasSuffix(string(day), "-01"); {
		case whole && last <= to:
			months = append(months, day.Month())
		case whole && to >= today:
			months = append(months, day.Month())
			cuts = append(cuts, trim{to.Next(), last, -1})
		default:
			cuts = append(cuts, trim{day, min(last, to), 1})
		}
		day = last.Next()
	}
	return months, cuts
}

func lastOfMonth(day gremio.Day) gremio.Day {
	next := gremio.Day(day.Month() + "-28").Plus(4)
	return gremio.Day(next.Month() + "-01").Prev()
}

// TiersOfPlates returns the tier of the member who holds each plate, or held it last:
// figures by tier stay as they were when a member leaves or is forgotten.
func (q queries) TiersOfPlates(ctx context.Context) (map[string]gremio.Tier, error) {
	tiers := map[string]gremio.Tier{}
	held, members, err := q.holdingsOfAll(ctx)
	for _, h := range held { // of a plate the last one comes last
		tiers[string(h.Plate)] = members[h.Member].tier
	}
	return tiers, err
}

// ClientsBetween counts the distinct clients of a cart in a span of days.
func (q queries) ClientsBetween(ctx context.Context, from, to gremio.Day, plate gremio.Plate) (n int, err error) {
	_, err = q.one(ctx, "count clients", "SELECT COUNT(DISTINCT client_key) FROM {client_totals} WHERE cart_id = ? AND sale_day >= ? AND sale_day <= ?",
		[]any{gremio.CartOf(plate), string(from), string(to)}, &n)
	return n, err
}

// sums reads rows of a key and its sums; rows of nothing sold are left out.
func (q queries) sums(ctx context.Context, query string, args ...any) (map[string]gremio.SaleSum, error) {
	all := map[string]gremio.SaleSum{}
	err := q.each(ctx, "read statistics", query, args, func(row scanner) error {
		var key string
		var sum gremio.SaleSum
		if err := row.Scan(append([]any{&key}, sumDest(&sum)...)...); err != nil {
			return err
		}
		if sum.Sales > 0 {
			all[key] = sum
		}
		return nil
	})
	return all, err
}

func (q queries) countClients(ctx context.Context, all map[string]gremio.SaleSum, query string, args ...any) error {
	return q.each(ctx, "count clients", query, args, func(row scanner) error {
		var key string
		var n int
		err := row.Scan(&key, &n)
		if sum, ok := all[key]; ok {
			sum.Clients = &n
			all[key] = sum
		}
		return err
	})
}
