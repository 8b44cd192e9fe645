package store

import (
	"context"

	"gremio"
)

// PaceHistory returns what carts, and the whole guild, sold at each hour of days.
func (q queries) PaceHistory(ctx context.Context, plates []gremio.Plate, days []gremio.Day) (gremio.PaceHistory, error) {
	h := gremio.PaceHistory{Carts: map[gremio.Plate]map[gremio.Day]gremio.HourlyUnits{}, Guild: map[gremio.Day]gremio.GuildDay{}}
	if len(plates) == 0 || len(days) == 0 {
		return h, nil
	}
	plateOf := make(map[string]gremio.Plate, len(plates))
	carts := make([]any, len(plates))
	for i, plate := range plates {
		id := gremio.CartOf(plate)
		plateOf[id], carts[i] = plate, id
	}
	onDays := "sale_day IN (" + placeholders(len(days)) + ")"
	err := q.each(ctx, "read what carts sold by the hour",
		"SELECT cart_id, sale_day, sale_hour, units FROM {hour_totals} WHERE "+onDays+" AND cart_id IN ("+placeholders(len(carts))+") AND units > 0",
		append(anys(days), carts...), func(row scanner) error {
			var cart string
			var day gremio.Day
			var hour, units int
			if err := row.Scan(&cart, &day, &hour, &units); err != nil {
				return err
			}
			plate := plateOf[cart]
			if h.Carts[plate] == nil {
				h.Carts[plate] = map[gremio.Day]gremio.HourlyUnits{}
			}
			sold := h.Carts[plate][day]
			sold[hour] = units
			h.Carts[plate][day] = sold
			return nil
		})
	if err != nil {
		return h, err
	}
	err = q.each(ctx, "read what the guild sold by the hour", "SELECT sale_day, sale_hour, units FROM {guild_hours} WHERE "+onDays+" AND units > 0",
		anys(days), func(row scanner) error {
			var day gremio.Day
			var hour, units int
			if err := row.Scan(&day, &hour, &units); err != nil {
				return err
			}
			sold := h.Guild[day]
			sold.HourlyUnits[hour] = units
			h.Guild[day] = sold
			return nil
		})
	if err != nil {
		return h, err
	}
	return h, q.each(ctx, "count the carts that sold", "SELECT sale_day, COUNT(*) FROM {day_totals} WHERE "+onDays+" AND units > 0 GROUP BY sale_day",
		anys(days), func(row scanner) error {
			var day gremio.Day
			var carts int
			if err := row.Scan(&day, &carts); err != nil {
				return err
			}
			sold := h.Guild[day]
			sold.Carts = carts
			h.Guild[day] = sold
			return nil
		})
}
