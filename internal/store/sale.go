package store

import (
	"context"
	"database/sql"
	"time"

	"gremio"
)

// AddSales stores sales and adds them to the totals of their days.
func (t *Tx) AddSales(ctx context.Context, sales []gremio.Sale) error {
	rows := make([][]any, len(sales))
	for i, s := range sales {
		rows[i] = append([]any{gremio.CartOf(s.Plate), s.ID, string(s.Plate), s.Client, s.ClientKey, s.Units,
			micros(s.Time), micros(s.ReceivedAt), microsOrNull(s.DeviceTime), s.TimeText, orNull(s.Stock), orNull(s.Amount),
			string(s.Day), s.Hour}, placeValues(s.Where.Place())...)
	}
	err := t.insertMany(ctx, "store sales",
		"INSERT INTO {sales} (cart_id, sale_id, plate, client, client_key, units, sold_at, received_at, device_time, time_text, stock, amount, sale_day, sale_hour, "+placeColumns+") VALUES", "", rows)
	if err != nil {
		return err
	}
	if err := t.addTotals(ctx, sales); err != nil {
		return err
	}
	if err := t.addStatistics(ctx, sales, 1); err != nil { // the guild's rows are every worker's, so late
		return err
	}
	return t.voidEarly(ctx, sales)
}

type dayKey struct {
	day  gremio.Day
	cart string
}

type dayTotal struct {
	plate                                gremio.Plate
	sales, units, namedSales, namedUnits int64
	priced, takings, firstSale, lastSale int64
	changedAt                            int64 // when the newest of them was received
	hourSales, hourUnits                 [24]int64
	clientSales, clientUnits             map[string]int64
	clientName                           map[string]string
	places                               map[[2]int]*[2]int64 // sales and units, by cell
}

func (t *Tx) addTotals(ctx context.Context, sales []gremio.Sale) error {
	totals := map[dayKey]*dayTotal{}
	var order []dayKey
	for _, s := range sales {
		k := dayKey{s.Day, gremio.CartOf(s.Plate)}
		d := totals[k]
		if d == nil {
			d = &dayTotal{plate: s.Plate, firstSale: micros(s.Time), lastSale: micros(s.Time),
				clientSales: map[string]int64{}, clientUnits: map[string]int64{}, clientName: map[string]string{}, places: map[[2]int]*[2]int64{}}
			totals[k] = d
			order = append(order, k)
		}
		d.add(s)
	}
	var days, hours, clients, places [][]any
	for _, k := range order {
		d := totals[k]
		days = append(days, []any{string(k.day), k.cart, string(d.plate), d.sales, d.units, d.namedSales, d.namedUnits, d.priced, d.takings, d.firstSale, d.lastSale, d.changedAt})
		for h := range d.hourSales {
			if d.hourSales[h] > 0 {
				hours = append(hours, []any{string(k.day), k.cart, h, d.hourSales[h], d.hourUnits[h]})
			}
		}
		for key, n := range d.clientSales {
			clients = append(clients, []any{k.cart, key, string(k.day), d.clientName[key], n, d.clientUnits[key]})
		}
		for cell, sold := range d.places {
			places = append(places, []any{string(k.day), cell[0], cell[1], k.cart, sold[0], sold[1]})
		}
	}
	err := t.insertMany(ctx, "add to the day's totals",
		"INSERT INTO {day_totals} (sale_day, cart_id, plate, sales, units, named_sales, named_units, priced, takings, first_sale, last_sale, changed_at) VALUES",
		t.d.onConflict("sale_day, cart_id",
			// These two stand before sales: MariaDB sets columns in this order. A day
			// whose sales are all voided has no first and last sale to compare with.
			"first_sale = CASE WHEN {day_totals}.sales = 0 THEN new(first_sale) ELSE "+t.d.least("{day_totals}.first_sale", "new(first_sale)")+" END",
			"last_sale = CASE WHEN {day_totals}.sales = 0 THEN new(last_sale) ELSE "+t.d.greatest("{day_totals}.last_sale", "new(last_sale)")+" END",
			"sales = {day_totals}.sales + new(sales)", "units = {day_totals}.units + new(units)",
			"named_sales = {day_totals}.named_sales + new(named_sales)", "named_units = {day_totals}.named_units + new(named_units)",
			"priced = {day_totals}.priced + new(priced)", "takings = {day_totals}.takings + new(takings)",
			"changed_at = "+t.d.greatest("{day_totals}.changed_at", "new(changed_at)")), days)
	if err != nil {
		return err
	}
	err = t.insertMany(ctx, "add to the hours' totals",
		"INSERT INTO {hour_totals} (sale_day, cart_id, sale_hour, sales, units) VALUES",
		t.d.onConflict("sale_day, cart_id, sale_hour",
			"sales = {hour_totals}.sales + new(sales)", "units = {hour_totals}.units + new(units)"), hours)
	if err != nil {
		return err
	}
	err = t.insertMany(ctx, "add to the places' totals",
		"INSERT INTO {place_totals} (sale_day, cell_y, cell_x, cart_id, sales, units) VALUES",
		t.d.onConflict("sale_day, cell_y, cell_x, cart_id",
			"sales = {place_totals}.sales + new(sales)", "units = {place_totals}.units + new(units)"), places)
	if err != nil {
		return err
	}
	return t.insertMany(ctx, "add to the clients' totals",
		"INSERT INTO {client_totals} (cart_id, client_key, sale_day, client, sales, units) VALUES",
		t.d.onConflict("cart_id, client_key, sale_day",
			"client = "+t.d.least("{client_totals}.client", "new(client)"), // whichever spelling came first
			"sales = {client_totals}.sales + new(sales)", "units = {client_totals}.units + new(units)"), clients)
}

func (d *dayTotal) add(s gremio.Sale) {
	at := micros(s.Time)
	d.sales++
	d.units += int64(s.Units)
	d.hourSales[s.Hour]++
	d.hourUnits[s.Hour] += int64(s.Units)
	d.changedAt = max(d.changedAt, micros(s.ReceivedAt))
	d.firstSale, d.lastSale = min(d.firstSale, at), max(d.lastSale, at)
	if s.Lat != nil && s.Lon != nil {
		y, x := gremio.PlaceCellOf(gremio.Point{Lat: *s.Lat, Lon: *s.Lon})
		cell := d.places[[2]int{y, x}]
		if cell == nil {
			cell = new([2]int64)
			d.places[[2]int{y, x}] = cell
		}
		cell[0]++
		cell[1] += int64(s.Units)
	}
	if s.Amount != nil {
		d.priced++
		d.takings += *s.Amount
	}
	if s.ClientKey != "" {
		d.namedSales++
		d.namedUnits += int64(s.Units)
		d.clientSales[s.ClientKey]++
		d.clientUnits[s.ClientKey] += int64(s.Units)
		// The name shown must not depend on which spelling came first.
		if name, ok := d.clientName[s.ClientKey]; !ok || s.Client < name {
			d.clientName[s.ClientKey] = s.Client
		}
	}
}

// VoidSale marks a sale as taken back and makes its day's totals anew; one that the
// log has not told of yet is taken back when it comes. It reports whether the sale
// was not taken back before.
func (t *Tx) VoidSale(ctx context.Context, plate gremio.Plate, id, reason string, at time.Time) (bool, error) {
	cart := gremio.CartOf(plate)
	n, err := t.exec(ctx, "void a sale",
		"UPDATE {sales} SET voided_at = ?, void_reason = ? WHERE cart_id = ? AND sale_id = ? AND voided_at IS NULL", micros(at), reason, cart, id)
	if err != nil {
		return false, err
	}
	if n == 0 {
		return t.noteEarlyVoid(ctx, cart, id, reason, at)
	}
	gone, err := t.saleRows(ctx, " WHERE cart_id = ? AND sale_id = ?", []any{cart, id})
	if err != nil {
		return false, err
	}
	if err := t.addStatistics(ctx, gone, -1); err != nil {
		return false, err
	}
	day := string(gone[0].Day)
	for _, table := range []string{"day_totals", "hour_totals", "client_totals", "place_totals"} {
		if _, err := t.exec(ctx, "void a sale", "DELETE FROM {"+table+"} WHERE sale_day = ? AND cart_id = ?", day, cart); err != nil {
			return false, err
		}
	}
	left, err := t.saleRows(ctx, " WHERE sale_day = ? AND cart_id = ? AND voided_at IS NULL", []any{day, cart})
	if err != nil {
		return false, err
	}
	if err := t.addTotals(ctx, left); err != nil {
		return false, err
	}
	// The day changed now, whenever its sales came. A day without sales left is
	// a row of zeros, so that its report can still be revised.
	_, err = t.exec(ctx, "void a sale",
		"INSERT INTO {day_totals} (sale_day, cart_id, plate, sales, units, named_sales, named_units, priced, takings, first_sale, last_sale, changed_at) VALUES (?, ?, ?, 0, 0, 0, 0, 0, 0, ?, ?, ?)"+
			t.d.onConflict("sale_day, cart_id", "changed_at = new(changed_at)"),
		day, cart, string(plate), micros(at), micros(at), micros(at))
	return true, err
}

// Sales returns sales, the last received first, and the cursor that goes on.
func (q queries) Sales(ctx context.Context, f gremio.SaleFilter, page gremio.Page) ([]gremio.Sale, string, error) {
	held, err := q.heldBy(ctx, f)
	if err != nil {
		return nil, "", err
	}
	w := saleFilter(f, held)
	w.since(page, "sold_at >= ?")
	// A client's id is unique for its plate only, so the cursor names both.
	end, err := w.page(page, "received_at", q.concat("cart_id", "sale_id"))
	if err != nil {
		return nil, "", err
	}
	rows, err := q.saleRows(ctx, end, w.args)
	if err != nil {
		return nil, "", err
	}
	sales, next := cut(rows, page, func(s gremio.Sale) string { return markAt(s.ReceivedAt, gremio.CartOf(s.Plate)+"/"+s.ID) })
	return sales, next, nil
}

func (q queries) concat(a, b string) string {
	if q.d.name == mariadb.name {
		return "CONCAT(" + a + ", '/', " + b + ")"
	}
	return "(" + a + " || '/' || " + b + ")"
}

func (q queries) saleRows(ctx context.Context, end string, args []any) ([]gremio.Sale, error) {
	var all []gremio.Sale
	err := q.each(ctx, "read sales",
		"SELECT sale_id, plate, client, client_key, units, sold_at, received_at, device_time, time_text, stock, amount, sale_day, sale_hour, voided_at, void_reason, "+
			placeColumns+" FROM {sales}"+end, args, func(row scanner) error {
			var s gremio.Sale
			var sold, received int64
			var device, stock, amount, voided sql.NullInt64
			var reason sql.NullString
			var where nullPlace
			if err := row.Scan(append([]any{&s.ID, &s.Plate, &s.Client, &s.ClientKey, &s.Units, &sold, &received, &device, &s.TimeText,
				&stock, &amount, &s.Day, &s.Hour, &voided, &reason}, where.dest()...)...); err != nil {
				return err
			}
			s.Time, s.ReceivedAt, s.DeviceTime = instant(sold), instant(received), instantOrNil(device)
			s.Stock, s.Amount, s.VoidedAt, s.VoidReason = intOrNil(stock), int64OrNil(amount), instantOrNil(voided), reason.String
			s.Where = gremio.WhereIs(where.place())
			all = append(all, s)
			return nil
		})
	return all, err
}

// Totals returns the guild's figures of day as they stand.
func (q queries) Totals(ctx context.Context, day gremio.Day) (gremio.Totals, error) {
	t := gremio.Totals{Day: day}
	var named, priced, takings int64
	_, err := q.one(ctx, "read the day's totals",
		"SELECT COALESCE(SUM(sales), 0), COALESCE(SUM(units), 0), COALESCE(SUM(named_units), 0), COALESCE(SUM(priced), 0), COALESCE(SUM(takings), 0) FROM {day_totals} WHERE sale_day = ?",
		[]any{string(day)}, &t.Sales, &t.Units, &named, &priced, &takings)
	if err != nil {
		return t, err
	}
	if t.Clients, err = q.guildClients(ctx, day); err != nil {
		return t, err
	}
	if t.Sales > 0 {
		m := float64(t.Units) / float64(t.Sales)
		t.MeanUnitsPerSale = &m
	}
	if t.Clients > 0 {
		m := float64(named) / float64(t.Clients)
		t.MeanUnitsPerClient = &m
	}
	if priced > 0 {
		t.Takings = &takings
	}
	if _, err := q.one(ctx, "count alerts", "SELECT COUNT(*) FROM {alerts} WHERE state <> ?", []any{gremio.AlertIsClosed}, &t.AlertsOpen); err != nil {
		return t, err
	}
	err = q.each(ctx, "count carts", "SELECT state, COUNT(*) FROM {positions} GROUP BY state", nil, func(row scanner) error {
		var state string
		var n int
		if err := row.Scan(&state, &n); err != nil {
			return err
		}
		switch gremio.CartState(state) {
		case gremio.CartLive:
			t.CartsLive = n
		case gremio.CartMissing:
			t.CartsMissing = n
		}
		return nil
	})
	return t, err
}

// guildClients groups by what an index is in the order of, which takes MariaDB a
// fifth of what COUNT(DISTINCT) does.
func (q queries) guildClients(ctx context.Context, day gremio.Day) (n int, err error) {
	_, err = q.one(ctx, "count clients", "SELECT COUNT(*) FROM (SELECT client_key FROM {client_totals} WHERE sale_day = ? GROUP BY client_key) k", []any{string(day)}, &n)
	return n, err
}

// CartsWithSales returns those of carts that have sold before.
func (q queries) CartsWithSales(ctx context.Context, cartIDs []string) (map[string]bool, error) {
	have := map[string]bool{}
	for len(cartIDs) > 0 {
		n := min(len(cartIDs), 500)
		err := q.each(ctx, "look for earlier sales", "SELECT DISTINCT cart_id FROM {day_totals} WHERE cart_id IN ("+placeholders(n)+")",
			anys(cartIDs[:n]), func(row scanner) error {
				var cart string
				err := row.Scan(&cart)
				have[cart] = true
				return err
			})
		if err != nil {
			return nil, err
		}
		cartIDs = cartIDs[n:]
	}
	return have, nil
}
