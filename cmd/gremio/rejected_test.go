package main_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"gremio"
)

// produceRaw puts a record on a topic past every check of the api.
func (g *guild) produceRaw(r *kgo.Record) string {
	g.t.Helper()
	client, _ := g.kafkaClient(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	defer client.Close()
	if err := client.ProduceSync(context.Background(), r).FirstErr(); err != nil {
		g.t.Fatal(err)
	}
	return gremio.LogPosition{Topic: gremio.Topic(r.Topic), Partition: r.Partition, Offset: r.Offset}.String()
}

// refusedWith runs a command that must fail with that code and say why.
func (g *guild) refusedWith(code int, why string, args ...string) {
	g.t.Helper()
	stdout, stderr, got := finish(g.t, g.command(args...))
	if got != code || !strings.Contains(stderr, why) {
		g.t.Errorf("gremio %s: exit %d, want %d and %q: %s%s", strings.Join(args, " "), got, code, why, stdout, stderr)
	}
}

func (g *guild) says(want string, args ...string) {
	g.t.Helper()
	if out := g.run(args...); !strings.Contains(out, want) {
		g.t.Errorf("gremio %s does not say %q: %s", strings.Join(args, " "), want, out)
	}
}

func (p *process) openRejected(worker string) string {
	_, _, page := p.try("GET", "/metrics", nil)
	found := regexp.MustCompile(`gremio_worker_rejected_open\{worker="` + worker + `"\} (\d+)`).FindSubmatch(page)
	if found == nil {
		return "absent"
	}
	return string(found[1])
}

// testRejected puts poison on a topic and does with it what an operator does.
func testRejected(t *testing.T, g *guild) {
	g.startBroker()
	api := g.startAPI("api")
	g.start("worker", "sales", "alerts", "stock", "positions")
	sale := gremio.Event{ID: "mended", Source: "/api", Subject: "AA1", Time: gremio.Instant(time.Now()), Digest: "d",
		Data: gremio.SaleRecorded{Plate: "AA1", Units: 3, Time: gremio.Instant(time.Now())}}
	good, err := sale.Outgoing()
	if err != nil {
		t.Fatal(err)
	}
	record := &kgo.Record{Topic: "ventas", Partition: 1, Key: []byte("AA1"), Value: good.Value}
	for _, h := range good.Headers {
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
	}
	mended := g.produceRaw(record)
	poison := g.produceRaw(&kgo.Record{Topic: "ventas", Partition: 0, Key: []byte("\x1b[2J"), Value: []byte("\x1b[31m not JSON")})
	all := func() {
		t.Helper()
		for _, worker := range []string{"sales", "stock", "positions"} {
			g.applied(worker, gremio.TopicSales)
		}
	}
	all()
	g.want(3, "SELECT SUM(units) FROM sales")
	// As if worker sales had a defect when it met the sale: only its tables say so.
	g.mustExec("DELETE FROM sales")
	g.mustExec("DELETE FROM sales_ids WHERE event_id = 'mended'")
	g.rejects("sales", mended, "panic: a defect")

	g.says("not an event", "rejected", "list", "--worker", "sales")
	g.says(mended, "rejected", "list")
	if out := g.run("rejected", "show", poison) + g.run("rejected", "list"); strings.Contains(out, "\x1b") {
		t.Errorf("a record steers the terminal: %q", out)
	}
	g.says(`"units": 3`, "rejected", "show", mended)
	if n := api.openRejected("sales"); n != "2" {
		t.Errorf("/metrics has %s open rejections of worker sales, want 2", n)
	}
	type alert struct{ ID, Kind, State, Cause string }
	alerts := func(state string) (n int) {
		for _, a := range get[items[alert]](api, "/v1/alerts?kind=rejected").Items {
			if a.State == state && strings.Contains(a.Cause, "gremio rejected list --worker ") {
				n++
			}
		}
		return n
	}
	eventually(t, "three workers ring the desk", func() error {
		if n := alerts("open"); n != 3 {
			return errorf("%d alerts", n)
		}
		return nil
	})
	second := g.produceRaw(&kgo.Record{Topic: "ventas", Partition: 0, Value: []byte("{}")})
	all()

	g.refusedWith(1, "no worker has rejected", "rejected", "show", "ventas/0/99999")
	g.refusedWith(3, "is no position", "rejected", "show", "ventas")
	g.refusedWith(3, "cannot read it", "rejected", "retry", poison)
	g.refusedWith(2, "--reason", "rejected", "drop", poison)
	g.says("is sent again", "rejected", "retry", mended)
	all()
	g.want(3, "SELECT SUM(units) FROM sales")
	g.want(197, "SELECT units FROM stock_levels WHERE plate = 'AA1'") // stock had it before
	g.refusedWith(3, "was retried already", "rejected", "retry", mended)
	// Killed after the record was sent, before that was noted.
	g.mustExec("DELETE FROM rejection_acts")
	g.says("is sent again", "rejected", "retry", "--worker", "sales", "--reason-contains", "a defect")
	all()
	g.want(1, "SELECT COUNT(*) FROM sales")
	g.want(197, "SELECT units FROM stock_levels WHERE plate = 'AA1'")

	g.says("is dropped", "rejected", "drop", poison, second, "--reason", "a test's")
	eventually(t, "the alerts are closed", func() error {
		if n := alerts("closed"); n != 3 {
			return errorf("%d alerts", n)
		}
		return nil
	})
	g.says("nothing is rejected", "rejected", "list")
	g.says("dropped", "rejected", "list", "--all")
	if n := api.openRejected("sales"); n != "0" {
		t.Errorf("/metrics has %s open rejections of worker sales, want 0", n)
	}
	g.applied("alerts", gremio.TopicAlerts)
	g.want(0, "SELECT COUNT(*) FROM alerts_rejections")
}

// testRetryCountsOnce sends again what the worker has applied after all, one of
// each kind, beside a record that no topic holds any more.
func testRetryCountsOnce(t *testing.T, g *guild) {
	g.startBroker()
	api := g.startAPI("api")
	g.start("worker", "sales", "stock", "positions", "members", "alerts")
	sent := map[string]ack{} // by the worker that says it rejected it
	for path, body := range map[string]string{
		"/v1/sales":        `{"plate":"AB12","units":3,"client":"Ana"}`,
		"/v1/stock-counts": `{"id":"c","plate":"AB12","units":90}`,
		"/v1/shifts":       `{"plate":"AB12","action":"start"}`,
		"/v1/sightings":    `{"id":"s","lat":-33.4,"lon":-70.6}`,
		"/v1/positions":    `{"plate":"AB12","lat":-33.4,"lon":-70.6,"time":"` + timeOfDay(t, g) + `"}`,
		"/v1/applications": `{"given_name":"Secunda","family_name":"Reservada","rut":"11111111-1","email":"secreta@example.cl","tier":"premium"}`,
	} {
		sent[path] = api.post(path, body)
	}
	settled := func() {
		t.Helper()
		for range 2 { // what a worker derives is applied too
			for worker, topics := range map[string][]gremio.Topic{"sales": {gremio.TopicSales}, "stock": {gremio.TopicStock, gremio.TopicSales},
				"positions": {gremio.TopicPositions, gremio.TopicSales}, "members": {gremio.TopicMemberships}, "alerts": {gremio.TopicAlerts}} {
				g.applied(worker, topics...)
				g.emptied(worker)
			}
		}
	}
	rows := func() (all []int64) {
		for _, table := range []string{"sales", "stock_ids", "track", "sightings", "applications", "members", "positions_ids", "alerts"} {
			all = append(all, g.number("SELECT COUNT(*) FROM "+table))
		}
		return append(all, g.number("SELECT SUM(units) FROM day_totals"), g.number("SELECT units FROM stock_levels WHERE plate = 'AB12'"))
	}
	settled()
	before := rows()
	owner := map[string]string{"/v1/sales": "sales", "/v1/stock-counts": "stock", "/v1/shifts": "positions", "/v1/sightings": "positions", "/v1/positions": "positions", "/v1/applications": "members"}
	for path, a := range sent {
		g.rejects(owner[path], a.At, "panic: a defect")
	}
	g.rejects("sales", "ventas/0/987654", "panic: lost since")
	application := sent["/v1/applications"]
	if out := g.run("rejected", "show", application.At) + g.run("rejected", "list", "--json"); strings.Contains(out, "Reservada") || strings.Contains(out, "secreta") || strings.Contains(out, "11111111") || !strings.Contains(out, application.ID) {
		t.Errorf("the application's personal data at the terminal: %s", out)
	}
	g.refusedWith(1, "neither ventas nor rechazados", "rejected", "show", "ventas/0/987654")
	g.refusedWith(3, "neither ventas nor rechazados", "rejected", "retry", "--all") // and yet sends the others
	g.want(int64(len(sent)), "SELECT COUNT(*) FROM rejection_acts WHERE act = 'retried'")
	settled()
	if after := rows(); !slices.Equal(before, after) {
		t.Errorf("sent again they count: %v, before %v", after, before)
	}
	lane := strings.Split(application.At, "/")[1]
	for _, r := range g.records(gremio.TopicMemberships) {
		if string(r.Key) == application.ID && fmt.Sprint(r.Partition) != lane {
			t.Errorf("the application left its partition %s for %d", lane, r.Partition)
		}
	}
	g.says("is dropped", "rejected", "drop", "ventas/0/987654", "--reason", "gone")
}

// rejects says in a worker's table that it rejected the record at a position.
func (g *guild) rejects(worker, at, reason string) {
	g.t.Helper()
	p, err := gremio.ParseLogPosition(at)
	if err != nil {
		g.t.Fatal(err)
	}
	g.mustExec(fmt.Sprintf("INSERT INTO %s_rejections (topic, part, log_offset, event_id, event_type, reason, record_key, rejected_at) VALUES ('%s', %d, %d, '', '', '%s', '', 1)",
		worker, p.Topic, p.Partition, p.Offset, reason))
}

func (g *guild) mustExec(query string) {
	g.t.Helper()
	if _, err := g.db.Exec(query); err != nil {
		g.t.Fatalf("%s: %v", query, err)
	}
}
