package main_test

import (
	"context"
	"regexp"
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
	part, offset := strings.Split(mended, "/")[1], strings.Split(mended, "/")[2]
	g.mustExec("INSERT INTO sales_rejections (topic, part, log_offset, event_id, event_type, reason, record_key, rejected_at) VALUES ('ventas', " +
		part + ", " + offset + ", 'mended', 'gremio.sale.recorded.v1', 'panic: a defect', 'AA1', 1)")

	g.says("not an event", "rejected", "list", "--worker", "sales")
	g.says("AA1", "rejected", "list")
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

func (g *guild) mustExec(query string) {
	g.t.Helper()
	if _, err := g.db.Exec(query); err != nil {
		g.t.Fatalf("%s: %v", query, err)
	}
}
