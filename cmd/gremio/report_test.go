package main_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"gremio"
)

func anHourAgo() time.Time { return time.Now().UTC().Add(-time.Hour) }

// sellOn records a sale at noon of day in Santiago.
func (p *process) sellOn(day gremio.Day, plate, client string, units int) {
	p.t.Helper()
	p.post("/v1/sales", map[string]any{"plate": plate, "client": client, "units": units, "amount": 700 * units, "time": day.At(gremio.Clock(12, 0))})
}

// testReport closes a day by command, twice, and again after a late sale.
func testReport(t *testing.T, g *guild) {
	g.startBroker()
	api := g.startAPI("api")
	worker := g.start("worker", "sales")
	day := gremio.DayOf(time.Now(), gremio.Clock(0, 0)).Prev().Prev()
	api.sellOn(day, "RA1000", "Ana", 3)
	api.sellOn(day, "RA1000", "ana", 4)
	api.sellOn(day, "RA1000", "", 5)
	api.sellOn(day, "RB2000", "=1+1", 2)
	api.sellOn(day.Next(), "RB2000", "Luis", 9)

	type vendor struct {
		Plate                 string
		Sales, Units, Clients int
		Takings               *int
		PerSale               *float64 `json:"mean_units_per_sale"`
		PerClient             *float64 `json:"mean_units_per_client"`
	}
	type report struct {
		Day      gremio.Day
		Revision int
		Complete bool
		Vendors  []vendor
		Guild    vendor
	}
	g.applied("sales", gremio.TopicSales)
	if r := get[report](api, "/v1/reports/daily/"+string(day)); r.Revision != 0 || r.Complete || r.Guild.Units != 14 {
		t.Errorf("a day that is not closed: %+v, want revision 0 and not complete", r)
	}

	folder := filepath.Join(g.data, "reports")
	for range 2 {
		printed := g.run("report", "--day", string(day))
		if !linesHave(printed, "RA1000", "3", "12", "1") || !linesHave(printed, "RB2000", "1", "2", "1") || !linesHave(printed, "GREMIO", "4", "14", "2") {
			t.Errorf("printed:\n%s", printed)
		}
	}
	g.want(1, "SELECT COUNT(*) FROM reports WHERE report_day = ?", string(day))
	g.want(1, "SELECT COUNT(*) FROM reports")
	closed := 0
	for _, r := range g.records(gremio.TopicSales) {
		if header(r, "ce_type") == string(gremio.TypeDayClosedV2) {
			closed++
		}
	}
	if closed != 1 {
		t.Errorf("%d events closed the day, want 1", closed)
	}
	first := get[report](api, "/v1/reports/daily/"+string(day))
	if first.Revision != 1 || !first.Complete || len(first.Vendors) != 2 || *first.Guild.Takings != 14*700 {
		t.Errorf("%+v", first)
	}
	if v := first.Vendors[0]; v.Plate != "RA1000" || v.Sales != 3 || v.Units != 12 || v.Clients != 1 || *v.PerSale != 4 || *v.PerClient != 7 {
		t.Errorf("RA1000: %+v, %v a sale, %v a client", v, *v.PerSale, *v.PerClient)
	}
	files(t, api, folder, day, 1, 14)

	// A sale that comes late is a new revision, and the first stays as it was.
	api.sellOn(day, "RC3000", "Eva", 6)
	g.applied("sales", gremio.TopicSales)
	for range 2 {
		g.run("report", "--day", string(day))
	}
	g.want(2, "SELECT COUNT(*) FROM reports WHERE report_day = ?", string(day))
	if r := get[report](api, "/v1/reports/daily/"+string(day)); r.Revision != 2 || r.Guild.Units != 20 || len(r.Vendors) != 3 {
		t.Errorf("after a late sale: %+v", r)
	}
	if r := get[report](api, "/v1/reports/daily/"+string(day)+"?revision=1"); r.Revision != 1 || r.Guild.Units != 14 {
		t.Errorf("revision 1: %+v", r)
	}
	files(t, api, folder, day, 1, 14)
	files(t, api, folder, day, 2, 20)

	// While sales wait on the log the report says so instead of waiting for ever.
	worker.interrupt()
	api.sellOn(day, "RC3000", "Eva", 1)
	printed := g.run("report", "--day", string(day))
	if !linesHave(printed, "Ventas", "del", string(day)) || !contains(printed, "incompleto") {
		t.Errorf("with sales on the way it printed:\n%s", printed)
	}
}

// files reads what was written beside the printed report.
func files(t *testing.T, api *process, folder string, day gremio.Day, revision, units int) {
	t.Helper()
	name := filepath.Join(folder, fmt.Sprintf("ventas-%s-r%d", day, revision))
	f, err := os.Open(name + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table := readCSV(t, f)
	checkTable(t, name+".csv", table, day, revision, units)

	book, err := excelize.OpenFile(name + ".xlsx")
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows(book.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	checkTable(t, name+".xlsx", rows, day, revision, units)

	text, err := os.ReadFile(name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Day      gremio.Day
		Revision int
		Guild    struct{ Units int }
	}
	if err := json.Unmarshal(text, &r); err != nil || r.Day != day || r.Revision != revision || r.Guild.Units != units {
		t.Errorf("%s.json: %v %+v", name, err, r)
	}

	code, header, answer := api.try("GET", fmt.Sprintf("/v1/reports/daily/%s.csv?revision=%d", day, revision), nil)
	if code != 200 || header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("the api's .csv: %d %s", code, header.Get("Content-Type"))
	}
	checkTable(t, "the api's .csv", readCSV(t, bytes.NewReader(answer)), day, revision, units)
}

func readCSV(t *testing.T, r io.Reader) [][]string {
	t.Helper()
	table, err := csv.NewReader(r).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// checkTable wants a line a vendor and the guild's last, which adds up.
func checkTable(t *testing.T, name string, table [][]string, day gremio.Day, revision, units int) {
	t.Helper()
	column := map[string]int{}
	for i, h := range table[0] {
		column[h] = i
	}
	sum := 0
	for _, row := range table[1 : len(table)-1] {
		n, err := strconv.Atoi(row[column["units"]])
		if err != nil || row[column["plate"]] == "" || row[column["day"]] != string(day) || row[column["revision"]] != strconv.Itoa(revision) {
			t.Errorf("%s: row %q", name, row)
		}
		sum += n
		if clients := row[column["frequent_clients"]:]; len(clients) > 0 && len(clients[0]) > 0 && clients[0][0] == '=' {
			t.Errorf("%s: a client's name is a formula: %q", name, clients)
		}
	}
	last := table[len(table)-1]
	if sum != units || last[column["plate"]] != "" || last[column["units"]] != strconv.Itoa(units) {
		t.Errorf("%s: vendors sold %d, the guild's row is %q, want %d", name, sum, last, units)
	}
}

// testReportWorker lets the worker close days by itself.
func testReportWorker(t *testing.T, g *guild) {
	up := g.startAPI("up")
	if code, _, answer := up.try("PUT", "/v1/settings", `{"day_closes_at":"00:00"}`); code != 200 {
		t.Fatalf("%d %s", code, answer)
	}
	day := gremio.DayOf(time.Now(), gremio.Clock(0, 0)).Prev()
	up.sellOn(day, "RW1000", "Ana", 3)
	up.post("/v1/sales", `{"plate":"RW1000","units":5}`)
	eventually(t, "yesterday is closed", func() error {
		r, err := ask[struct {
			Revision int
			Complete bool
			Guild    struct{ Units int }
		}](up, "/v1/reports/daily/"+string(day))
		if err == nil && (r.Revision != 1 || !r.Complete || r.Guild.Units != 3) {
			return errorf("%+v", r)
		}
		return err
	})
	eventually(t, "its file is written", func() error {
		_, err := os.Stat(filepath.Join(g.data, "reports", fmt.Sprintf("ventas-%s-r1.csv", day)))
		return err
	})
	g.want(1, "SELECT COUNT(*) FROM reports WHERE report_day = ?", string(day))
}
