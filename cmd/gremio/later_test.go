package main_test

import (
	"fmt"
	"strings"
	"testing"

	"gremio"
)

// many is how many events of each kind are taken in while no worker runs.
const many = 5_000

// testWorkersLater takes everything in with the api alone, ends it, and then
// lets each worker run alone: each must find exactly what was sent.
func testWorkersLater(t *testing.T, g *guild) {
	g.startBroker()
	api := g.startAPI("api")
	sent := sendSales(t, api)
	sendPositions(t, api)
	sendCounts(t, api)
	sendSightings(t, api)
	sendApplications(t, api)
	api.interrupt()
	for _, table := range []string{"sales", "track", "stock_levels", "sightings", "applications", "alerts"} {
		g.want(0, "SELECT COUNT(*) FROM "+table)
	}

	salesLater(t, g, sent)
	membersLater(g)
	positionsLater(g)
	stockLater(g, sent)
	alertsLater(t, g)

	reportsAgree(t, g, sent)
}

func salesLater(t *testing.T, g *guild, sent sold) {
	worker := g.start("worker", "sales")
	g.applied("sales", gremio.TopicSales)
	g.emptied("sales")
	worker.interrupt()
	sales, units := sent.total()
	g.want(sales, "SELECT COUNT(*) FROM sales")
	g.want(sales, "SELECT COUNT(DISTINCT sale_id) FROM sales")
	g.want(units, "SELECT SUM(units) FROM sales")
	g.want(sales, "SELECT SUM(sales) FROM day_totals")
	g.want(units, "SELECT SUM(units) FROM day_totals")
	g.want(units, "SELECT SUM(units) FROM hour_totals")
	g.want(units, "SELECT SUM(units) FROM client_totals")
	g.want(100, "SELECT COUNT(DISTINCT client_key) FROM client_totals")
	g.want(500*units, "SELECT SUM(takings) FROM day_totals")
	g.want(0, "SELECT COUNT(*) FROM sales_rejections")
	for plate, v := range sent {
		g.want(v.sales, "SELECT SUM(sales) FROM day_totals WHERE plate = ?", plate)
		g.want(v.units, "SELECT SUM(units) FROM day_totals WHERE plate = ?", plate)
	}
}

func membersLater(g *guild) {
	worker := g.start("worker", "members")
	g.applied("members", gremio.TopicMemberships)
	worker.interrupt()
	g.want(many, "SELECT COUNT(*) FROM applications")
	g.want(many, "SELECT COUNT(*) FROM applications WHERE state = 'approved'")
	g.want(many, "SELECT COUNT(*) FROM members")
	g.want(many/2, "SELECT COUNT(*) FROM members WHERE tier = 'premium'")
	g.want(0, "SELECT COUNT(*) FROM members_rejections")
}

func positionsLater(g *guild) {
	worker := g.start("worker", "positions")
	g.applied("positions", gremio.TopicPositions, gremio.TopicSales)
	g.emptied("positions")
	worker.interrupt()
	g.want(many, "SELECT COUNT(*) FROM track")
	g.want(many, "SELECT COUNT(*) FROM sightings")
	g.want(50, "SELECT COUNT(*) FROM positions WHERE plate LIKE 'P%'")
	// Each marker stands at the last of its cart's hundred fixes.
	g.want(50, "SELECT COUNT(*) FROM positions p WHERE plate LIKE 'P%' AND fixed_at = (SELECT MAX(fixed_at) FROM track t WHERE t.cart_id = p.cart_id)")
	g.want(0, "SELECT COUNT(*) FROM positions_rejections")
}

// emptied waits until what worker derived is on the log.
func (g *guild) emptied(worker string) {
	g.t.Helper()
	eventually(g.t, "the outbox of "+worker+" is empty", func() error {
		if n := g.number("SELECT COUNT(*) FROM outbox WHERE worker = ?", worker); n > 0 {
			return errorf("%d events wait", n)
		}
		return nil
	})
}

func stockLater(g *guild, sent sold) {
	worker := g.start("worker", "stock")
	g.applied("stock", gremio.TopicStock, gremio.TopicSales)
	short := int64(0)
	for plate, v := range sent {
		left := max(0, 200-v.units)
		if left < 20 {
			short++
		}
		g.want(left, "SELECT units FROM stock_levels WHERE plate = ?", plate)
	}
	worker.saying("Reparto ")
	eventually(g.t, "a delivery is prepared for each five carts", func() error {
		if n := g.number("SELECT COUNT(*) FROM deliveries"); n != short/5 {
			return errorf("%d deliveries for %d carts", n, short)
		}
		return nil
	})
	worker.interrupt()
	g.want(100, "SELECT COUNT(*) FROM stock_levels WHERE plate LIKE 'C%' AND units = 101")
	g.want(short, "SELECT COUNT(*) FROM replenishments")
	g.want(many, "SELECT COUNT(*) FROM stock_ids WHERE event_id LIKE 'c-%'")
	g.want(0, "SELECT COUNT(*) FROM stock_rejections")
}

// alertsLater finds what the workers that ran before it had to say.
func alertsLater(t *testing.T, g *guild) {
	worker := g.start("worker", "alerts")
	g.applied("alerts", gremio.TopicAlerts)
	worker.interrupt()
	g.want(many, "SELECT COUNT(*) FROM alerts WHERE kind = 'sighting'")
	// Forty carts sold and fifty reported, and nobody applied with their plates.
	g.want(90, "SELECT COUNT(*) FROM alerts WHERE kind = 'unknown_cart'")
	if t.Failed() {
		rows, _ := g.db.Query("SELECT kind, COUNT(*) FROM alerts GROUP BY kind")
		for rows.Next() {
			var kind string
			var n int
			rows.Scan(&kind, &n)
			t.Log(kind, n)
		}
		rows.Close()
	}
}

// reportsAgree asks the command and an api started later for the totals.
func reportsAgree(t *testing.T, g *guild, sent sold) {
	api := g.startAPI("api")
	type vendor struct {
		Plate        string
		Sales, Units int64
		Clients      int
		Takings      *int64
	}
	days := map[gremio.Day]bool{}
	rows, err := g.db.Query("SELECT DISTINCT sale_day FROM day_totals")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var day gremio.Day
		rows.Scan(&day)
		days[day] = true
	}
	got := sold{}
	printed := ""
	for day := range days { // one, unless midnight came between
		r := get[struct {
			Day     gremio.Day
			Vendors []vendor
			Guild   vendor
		}](api, "/v1/reports/daily/"+string(day))
		printed += g.run("report", "--day", string(day))
		for _, v := range r.Vendors {
			s := got[v.Plate]
			s.sales += v.Sales
			s.units += v.Units
			got[v.Plate] = s
		}
		totals := get[vendor](api, "/v1/statistics?day="+string(day))
		if totals.Sales != r.Guild.Sales || totals.Units != r.Guild.Units || *totals.Takings != 500*totals.Units {
			t.Errorf("statistics %+v, report %+v", totals, r.Guild)
		}
	}
	for plate, v := range sent {
		if got[plate] != v {
			t.Errorf("report of %s: %+v, sent %+v", plate, got[plate], v)
		}
	}
	sales, units := sent.total()
	if len(days) == 1 && !linesHave(printed, "GREMIO", fmt.Sprint(sales), fmt.Sprint(units), "100") {
		t.Errorf("gremio report printed no line GREMIO %d %d 100:\n%s", sales, units, printed)
	}
}

// linesHave reports whether a line of text starts with these words.
func linesHave(text string, words ...string) bool {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) >= len(words) && strings.Join(fields[:len(words)], " ") == strings.Join(words, " ") {
			return true
		}
	}
	return false
}
