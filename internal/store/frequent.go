package store

import (
	"cmp"
	"context"
	"math/bits"
	"slices"

	"gremio"
)

// cameOften are the clients who came most often, best first, FrequentClients at most.
type cameOften []cameClient

type cameClient struct {
	key string
	gremio.Frequent
}

// add takes c in if it belongs among the most frequent. A client of one day is not frequent.
func (o *cameOften) add(c cameClient) {
	if c.Days < 2 {
		return
	}
	i, _ := slices.BinarySearchFunc(*o, c, func(a, b cameClient) int {
		return cmp.Or(cmp.Compare(b.Days, a.Days), cmp.Compare(b.Units, a.Units), cmp.Compare(a.key, b.key))
	})
	if i < gremio.FrequentClients {
		all := slices.Insert(*o, i, c)
		*o = all[:min(len(all), gremio.FrequentClients)]
	}
}

func (o cameOften) clients() []gremio.Frequent {
	all := []gremio.Frequent{}
	for _, c := range o {
		all = append(all, c.Frequent)
	}
	return all
}

// frequentClients finds the clients who came most often to each cart and to the
// guild, in one look at a month of totals. They are counted here and not by the
// database: MariaDB groups by a long text in a table on disk, which for a million
// rows takes half a minute.
func (q queries) frequentClients(ctx context.Context, r *gremio.DailyReport, at map[string]int) error {
	nth := map[gremio.Day]int{}
	for day := gremio.FrequentFrom(r.Day); day <= r.Day; day = day.Next() {
		nth[day] = len(nth)
	}
	type inGuild struct {
		days   uint32 // a bit for each of FrequentDays
		units  int
		client string
	}
	guild := map[string]inGuild{}
	var cart string
	var now cameClient // of cart
	var often cameOften
	toCart := func() {
		often.add(now)
		if i, ok := at[cart]; ok {
			r.Vendors[i].FrequentClients = often.clients()
		}
	}
	// A client has one row for each cart and day.
	err := q.each(ctx, "find frequent clients",
		"SELECT cart_id, client_key, sale_day, client, units FROM {client_totals} WHERE sale_day >= ? AND sale_day <= ? ORDER BY cart_id, client_key",
		[]any{string(gremio.FrequentFrom(r.Day)), string(r.Day)}, func(row scanner) error {
			var of, key, client string
			var day gremio.Day
			var units int
			if err := row.Scan(&of, &key, &day, &client, &units); err != nil {
				return err
			}
			if of != cart || key != now.key {
				toCart()
				if of != cart {
					cart, often = of, nil
				}
				now = cameClient{key: key, Frequent: gremio.Frequent{Client: client}}
			}
			now.Client = min(now.Client, client)
			now.Days++
			now.Units += units
			g, known := guild[key]
			if !known || client < g.client {
				g.client = client
			}
			g.days |= 1 << nth[day]
			g.units += units
			guild[key] = g
			return nil
		})
	if err != nil {
		return err
	}
	toCart()
	var ofGuild cameOften
	for key, g := range guild {
		ofGuild.add(cameClient{key, gremio.Frequent{Client: g.client, Days: bits.OnesCount32(g.days), Units: g.units}})
	}
	r.Guild.FrequentClients = ofGuild.clients()
	return nil
}

// FrequentClients returns the clients that came most often to a cart from the one
// day to the other.
func (q queries) FrequentClients(ctx context.Context, plate gremio.Plate, from, day gremio.Day) ([]gremio.Frequent, error) {
	frequent := []gremio.Frequent{}
	err := q.each(ctx, "find frequent clients",
		"SELECT MIN(client), COUNT(*) AS days, SUM(units) AS bought FROM {client_totals} WHERE cart_id = ? AND sale_day >= ? AND sale_day <= ?"+
			" GROUP BY client_key HAVING COUNT(*) > 1 ORDER BY days DESC, bought DESC, client_key LIMIT ?",
		[]any{gremio.CartOf(plate), string(from), string(day), gremio.FrequentClients}, func(row scanner) error {
			var f gremio.Frequent
			err := row.Scan(&f.Client, &f.Days, &f.Units)
			frequent = append(frequent, f)
			return err
		})
	return frequent, err
}
