package main_test

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gremio"
)

// A baked is one of the bakery's tickets as the guild would have sold it. The
// figures of a day are computed from these alone, by no code of the program.
type baked struct {
	day, clock, plate string
	at                time.Time
	client, who       string // as written, and who it is
	units, amount     int
}

// bakedClients are how names are written, and whose they are: an accent makes no other
// letter, the tilde of ñ does.
var bakedClients = []struct{ written, who string }{
	{"", ""}, {"Ana", "ana"}, {"ANA ", "ana"}, {"Núñez", "nuñez"}, {"NUÑEZ", "nuñez"}, {"nunez", "nunez"}, {"Beto  Rojas", "beto rojas"}, {"BETO ROJAS", "beto rojas"}, {"", ""}, {"Ximena", "ximena"},
}

// bake reads the tickets: a ticket is a sale, its rows are the units, and NONE is none.
func bake(t *testing.T) (all []baked) {
	t.Helper()
	in, err := os.Open(bakery)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	santiago, err := time.LoadLocation("America/Santiago")
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for _, row := range rows[1:] {
		if row[3] == "NONE" {
			continue
		}
		i, known := at[row[2]]
		if !known {
			n := len(all)
			c := bakedClients[(n*7+n/11)%len(bakedClients)]
			moment, err := time.ParseInLocation("2006-01-02 15:04:05", row[0]+" "+row[1], santiago)
			if err != nil {
				t.Fatal(err)
			}
			i, at[row[2]] = n, n
			all = append(all, baked{day: row[0], clock: row[1], at: moment, plate: fmt.Sprint("PAN", n%5), client: strings.TrimSpace(c.written), who: c.who})
		}
		all[i].units++
		if i%3 == 0 {
			all[i].amount = all[i].units * 450
		}
	}
	return all
}

// asTill writes the tickets as a till does that gremio has a mapping for.
func asTill(t *testing.T, all []baked) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("Boleta;Hora;Cliente;Sopaipillas;Patente;Monto\n")
	for i, s := range all {
		amount := ""
		if s.amount > 0 {
			amount = fmt.Sprint(s.amount)
		}
		fmt.Fprintf(&b, "%d;%s %s; %s ;%d;%s;%s\n", i, s.day, s.clock, s.client, s.units, s.plate, amount)
	}
	file := filepath.Join(t.TempDir(), "caja.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// figuresOf computes the line of a plate, or the guild's ("").
func figuresOf(all []baked, day, plate string) (v gremio.VendorDay, sold bool) {
	v.Plate, v.FrequentClients = gremio.Plate(plate), []gremio.Frequent{}
	who, hours := map[string]bool{}, [24]int{}
	takings, priced := int64(0), false
	date, _ := time.Parse(time.DateOnly, day)
	before, from := date.AddDate(0, 0, -7).Format(time.DateOnly), date.AddDate(0, 0, -29).Format(time.DateOnly)
	var week gremio.Sold
	weekTakings, weekPriced := int64(0), false
	type came struct {
		days  map[string]bool
		units int
		name  string
	}
	often := map[string]*came{}
	for _, s := range all {
		if plate != "" && s.plate != plate {
			continue
		}
		if s.day == before {
			week.Sales, week.Units = week.Sales+1, week.Units+s.units
			weekTakings, weekPriced = weekTakings+int64(s.amount), weekPriced || s.amount > 0
		}
		if s.who != "" && s.day >= from && s.day <= day {
			c := often[s.who]
			if c == nil {
				c = &came{days: map[string]bool{}, name: s.client}
				often[s.who] = c
			}
			c.days[s.day], c.units, c.name = true, c.units+s.units, min(c.name, s.client)
		}
		if s.day != day {
			continue
		}
		v.Sales, v.Units = v.Sales+1, v.Units+s.units
		var hour int
		fmt.Sscanf(s.clock, "%d:", &hour)
		hours[hour] += s.units
		takings, priced = takings+int64(s.amount), priced || s.amount > 0
		if s.who != "" {
			v.NamedSales, v.NamedUnits = v.NamedSales+1, v.NamedUnits+s.units
			who[s.who] = true
		}
		if v.FirstSale == nil || s.at.Before(*v.FirstSale) {
			v.FirstSale = &s.at
		}
		if v.LastSale == nil || s.at.After(*v.LastSale) {
			v.LastSale = &s.at
		}
	}
	v.Clients = len(who)
	if v.Sales > 0 {
		mean, share := float64(v.Units)/float64(v.Sales), float64(v.NamedSales)/float64(v.Sales)
		v.MeanUnitsPerSale, v.NamedShare = &mean, &share
		best := 0
		for h, n := range hours {
			if n > hours[best] {
				best = h
			}
		}
		v.BusiestHour = &best
	}
	if v.Clients > 0 {
		mean := float64(v.NamedUnits) / float64(v.Clients)
		v.MeanUnitsPerClient = &mean
	}
	if priced {
		v.Takings = &takings
	}
	if week.Sales > 0 {
		if weekPriced {
			week.Takings = &weekTakings
		}
		v.WeekBefore = &week
	}
	for key, c := range often {
		if len(c.days) > 1 {
			v.FrequentClients = append(v.FrequentClients, gremio.Frequent{Client: c.name + "\x00" + key, Days: len(c.days), Units: c.units})
		}
	}
	key := func(f gremio.Frequent) string { return f.Client[strings.Index(f.Client, "\x00")+1:] }
	slices.SortFunc(v.FrequentClients, func(a, b gremio.Frequent) int {
		return cmp.Or(cmp.Compare(b.Days, a.Days), cmp.Compare(b.Units, a.Units), cmp.Compare(key(a), key(b)))
	})
	v.FrequentClients = v.FrequentClients[:min(5, len(v.FrequentClients))]
	for i, f := range v.FrequentClients {
		v.FrequentClients[i].Client = f.Client[:strings.Index(f.Client, "\x00")]
	}
	return v, v.Sales > 0
}

// testBakery imports the bakery's five months, lets each day be closed, and wants
// every figure of every day's report to be what straight code makes of the tickets.
func testBakery(t *testing.T, g *guild) {
	all := bake(t)
	g.startBroker()
	up := g.startAPI("api")
	g.start("worker", "sales")
	if out, stderr, code := finish(t, plain("sales", "import", asTill(t, all), "--mapping", "ventas", "--url", up.url, "--token", g.token())); code != 0 {
		t.Fatalf("exit %d: %s%s", code, out, stderr)
	}
	days := map[string]bool{}
	for _, s := range all {
		days[s.day] = true
	}
	g.applied("sales", gremio.TopicSales)
	g.start("worker", "report")
	eventually(t, "every day is closed", func() error {
		if n := g.number("SELECT COUNT(DISTINCT report_day) FROM reports"); n < int64(len(days)) {
			return errorf("%d of %d", n, len(days))
		}
		return nil
	})
	for day := range days {
		r := get[gremio.DailyReport](up, "/v1/reports/daily/"+day)
		want := gremio.DailyReport{Day: gremio.Day(day), Revision: 1, Complete: true, ClosedAt: r.ClosedAt}
		for n := range 5 {
			if v, sold := figuresOf(all, day, fmt.Sprint("PAN", n)); sold {
				want.Vendors = append(want.Vendors, v)
			}
		}
		want.Guild, _ = figuresOf(all, day, "")
		if diff := gocmp.Diff(want, r, cmpopts.IgnoreFields(gremio.DailyReport{}, "Late", "LateMore", "Changed"), cmpopts.EquateApproxTime(0), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (- tickets, + report):\n%.2000s", day, diff)
		}
	}
}
