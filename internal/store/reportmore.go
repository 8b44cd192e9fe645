package store

import (
	"context"
	"encoding/json"
	"time"

	"gremio"
)

// surroundings adds to a report what stands beside the day's own figures.
func (q queries) surroundings(ctx context.Context, r *gremio.DailyReport, at map[string]int) error {
	// Finish has put the vendors in the order of their plates, which at is of too.
	if err := q.weekBefore(ctx, r, at); err != nil {
		return err
	}
	if err := q.tiersAndSilent(ctx, r, at); err != nil {
		return err
	}
	return q.bestPlaces(ctx, r)
}

func (q queries) weekBefore(ctx context.Context, r *gremio.DailyReport, at map[string]int) error {
	day := r.Day
	for range 7 {
		day = day.Prev()
	}
	var guild gremio.Sold
	sold := false
	err := q.each(ctx, "read the week before", "SELECT cart_id, sales, units, priced, takings FROM {day_totals} WHERE sale_day = ? AND sales > 0", []any{string(day)}, func(row scanner) error {
		var cart string
		var s gremio.Sold
		var priced, takings int64
		if err := row.Scan(&cart, &s.Sales, &s.Units, &priced, &takings); err != nil {
			return err
		}
		sold = true
		guild.Sales, guild.Units = guild.Sales+s.Sales, guild.Units+s.Units
		if priced > 0 {
			s.Takings = &takings
			total := takings
			if guild.Takings != nil {
				total += *guild.Takings
			}
			guild.Takings = &total
		}
		if i, ok := at[cart]; ok {
			r.Vendors[i].WeekBefore = &s
		}
		return nil
	})
	if sold {
		r.Guild.WeekBefore = &guild
	}
	return err
}

// tiersAndSilent adds the tiers of the members who held the carts when they sold
// last that day, and whose carts sold nothing.
func (q queries) tiersAndSilent(ctx context.Context, r *gremio.DailyReport, at map[string]int) error {
	tiers := map[gremio.Tier]*gremio.TierDay{}
	add := func(i int, tier gremio.Tier) {
		v := &r.Vendors[i]
		v.Tier = tier
		t := tiers[tier]
		if t == nil {
			t = &gremio.TierDay{Tier: tier}
			tiers[tier] = t
		}
		t.Vendors, t.Sales, t.Units = t.Vendors+1, t.Sales+v.Sales, t.Units+v.Units
		if v.Takings != nil {
			total := *v.Takings
			if t.Takings != nil {
				total += *t.Takings
			}
			t.Takings = &total
		}
	}
	held, members, err := q.holdingsOfAll(ctx)
	for len(held) > 0 {
		plate := held[0].Plate
		n := 1
		for n < len(held) && held[n].Plate == plate {
			n++
		}
		of := held[:n]
		held = held[n:]
		if i, sold := at[gremio.CartOf(plate)]; sold {
			add(i, members[holderAt(of, *r.Vendors[i].LastSale)].tier)
		} else if last := of[n-1]; last.Until == nil && members[last.Member].state == gremio.MemberActive {
			r.Silent = append(r.Silent, plate)
		}
	}
	for _, tier := range []gremio.Tier{gremio.TierPremium, gremio.TierBasic} {
		if tiers[tier] != nil {
			r.Tiers = append(r.Tiers, *tiers[tier])
		}
	}
	return err
}

// holderAt returns who of the holders of one plate, in the order of time, held it
// at t, or the first: a cart may sell while its application waits.
func holderAt(of []gremio.Holding, t time.Time) (member string) {
	member = of[0].Member
	for _, h := range of {
		if !h.From.After(t) {
			member = h.Member
		}
	}
	return member
}

func (q queries) bestPlaces(ctx context.Context, r *gremio.DailyReport) error {
	return q.each(ctx, "find the best places",
		"SELECT cell_y, cell_x, COUNT(*), SUM(sales), SUM(units) AS sold FROM {place_totals} WHERE sale_day = ? AND sales > 0"+
			" GROUP BY cell_y, cell_x HAVING COUNT(*) >= ? ORDER BY sold DESC, cell_y, cell_x LIMIT ?",
		[]any{string(r.Day), gremio.PlaceVendors, gremio.BestPlaces}, func(row scanner) error {
			var y, x int
			var p gremio.PlaceDay
			if err := row.Scan(&y, &x, &p.Vendors, &p.Sales, &p.Units); err != nil {
				return err
			}
			p.Lat, p.Lon = gremio.CellMiddle(y, x)
			r.Places = append(r.Places, p)
			return nil
		})
}

// LateSales returns the sales of a day that came, or were taken back, after since,
// in the order in which that happened, and how many more there are than limit.
func (q queries) LateSales(ctx context.Context, day gremio.Day, since time.Time, limit int) (all []gremio.LateSale, more int, err error) {
	where, args := " WHERE sale_day = ? AND (received_at > ? OR voided_at > ?)", []any{string(day), micros(since), micros(since)}
	var count int
	if _, err := q.one(ctx, "count late sales", "SELECT COUNT(*) FROM {sales}"+where, args, &count); err != nil {
		return nil, 0, err
	}
	rows, err := q.saleRows(ctx, where+" ORDER BY received_at, plate, sale_id LIMIT ?", append(args, limit))
	for _, s := range rows {
		all = append(all, gremio.LateSale{Plate: s.Plate, Sale: s.ID, Units: s.Units, Time: s.Time, ReceivedAt: s.ReceivedAt, VoidedAt: s.VoidedAt})
	}
	return all, count - len(all), err
}

// AddReportPart stores a part of a report, and once all of its attempt are there
// the report. It returns that report when this part made it the day's.
func (t *Tx) AddReportPart(ctx context.Context, p gremio.ReportPart) (made *gremio.DailyReport, err error) {
	r := p.Report
	if _, found, err := t.Report(ctx, r.Day, r.Revision); err != nil || found {
		return nil, err // another attempt was first
	}
	parts := []gremio.ReportPart{p}
	if p.Parts > 1 {
		if parts, err = t.reportParts(ctx, p); err != nil || len(parts) < p.Parts {
			return nil, err
		}
	}
	joined := gremio.JoinParts(parts)
	if err := t.AddReport(ctx, joined); err != nil {
		return nil, err
	}
	_, err = t.exec(ctx, "drop the parts of a report", "DELETE FROM {report_parts} WHERE report_day = ? AND revision = ?", string(r.Day), r.Revision)
	return &joined, err
}

// reportParts stores p and returns the parts of its attempt that are there, in their order.
func (t *Tx) reportParts(ctx context.Context, p gremio.ReportPart) (all []gremio.ReportPart, err error) {
	body, err := json.Marshal(p)
	if err != nil {
		return nil, gremio.Wrap(gremio.Internal, err, "encode a part of the report of %s", p.Report.Day)
	}
	if _, err := t.exec(ctx, "store a part of a report", t.d.ignore+"{report_parts} (report_day, revision, attempt, part, body) VALUES (?, ?, ?, ?, ?)",
		string(p.Report.Day), p.Report.Revision, p.Attempt, p.Part, string(body)); err != nil {
		return nil, err
	}
	err = t.each(ctx, "read the parts of a report", "SELECT body FROM {report_parts} WHERE report_day = ? AND revision = ? AND attempt = ? ORDER BY part",
		[]any{string(p.Report.Day), p.Report.Revision, p.Attempt}, func(row scanner) error {
			var body string
			if err := row.Scan(&body); err != nil {
				return err
			}
			var part gremio.ReportPart
			if err := json.Unmarshal([]byte(body), &part); err != nil {
				return gremio.Wrap(gremio.Internal, err, "a part of the report of %s", p.Report.Day)
			}
			all = append(all, part)
			return nil
		})
	return all, err
}
