package store

import (
	"context"

	"gremio"
)

// SoldByHour returns what carts sold at each hour of those of days on which they sold.
func (q queries) SoldByHour(ctx context.Context, plates []gremio.Plate, days []gremio.Day) (map[gremio.Plate]map[gremio.Day]gremio.HourlyUnits, error) {
	sold := make(map[gremio.Plate]map[gremio.Day]gremio.HourlyUnits, len(plates))
	if len(plates) == 0 || len(days) == 0 {
		return sold, nil
	}
	plateOf := make(map[string]gremio.Plate, len(plates))
	carts := make([]any, len(plates))
	for i, plate := range plates {
		id := gremio.CartOf(plate)
		plateOf[id], carts[i] = plate, id
	}
	return sold, q.each(ctx, "read what carts sold by the hour",
		"SELECT cart_id, sale_day, sale_hour, units FROM {hour_totals} WHERE sale_day IN ("+placeholders(len(days))+") AND cart_id IN ("+placeholders(len(carts))+") AND units > 0",
		append(anys(days), carts...), func(row scanner) error {
			var cart string
			var day gremio.Day
			var hour, units int
			if err := row.Scan(&cart, &day, &hour, &units); err != nil {
				return err
			}
			of := sold[plateOf[cart]]
			if of == nil {
				of = map[gremio.Day]gremio.HourlyUnits{}
				sold[plateOf[cart]] = of
			}
			hours := of[day]
			hours[hour] = units
			of[day] = hours
			return nil
		})
}

// GuildDays returns what all carts together sold at each hour of those of days on
// which anybody sold.
func (q queries) GuildDays(ctx context.Context, days []gremio.Day) (map[gremio.Day]gremio.GuildDay, error) {
	sold := make(map[gremio.Day]gremio.GuildDay, len(days))
	if len(days) == 0 {
		return sold, nil
	}
	onDays := " WHERE sale_day IN (" + placeholders(len(days)) + ") AND units > 0"
	err := q.each(ctx, "read what the guild sold by the hour", "SELECT sale_day, sale_hour, units FROM {guild_hours}"+onDays,
		anys(days), func(row scanner) error {
			var day gremio.Day
			var hour, units int
			if err := row.Scan(&day, &hour, &units); err != nil {
				return err
			}
			of := sold[day]
			of.HourlyUnits[hour] = units
			sold[day] = of
			return nil
		})
	if err != nil {
		return nil, err
	}
	return sold, q.each(ctx, "count the carts that sold", "SELECT sale_day, COUNT(*) FROM {day_totals}"+onDays+" GROUP BY sale_day",
		anys(days), func(row scanner) error {
			var day gremio.Day
			var carts int
			if err := row.Scan(&day, &carts); err != nil {
				return err
			}
			of := sold[day]
			of.Carts = carts
			sold[day] = of
			return nil
		})
}
