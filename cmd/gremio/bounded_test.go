package main_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gremio"
)

// resident returns what a process holds in memory, in MiB.
func (p *process) resident() int {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Skip("no /proc here: ", err)
	}
	found := regexp.MustCompile(`VmRSS:\s+([0-9]+) kB`).FindSubmatch(text)
	kib, err := strconv.Atoi(string(found[1]))
	if err != nil {
		p.t.Fatal(err)
	}
	return kib / 1024
}

// lag returns the records that /metrics says a worker has not applied, and how
// long it says that takes.
func (p *process) lag(worker string, topic gremio.Topic) (records float64, drain string) {
	p.t.Helper()
	began := time.Now()
	code, _, body := p.try("GET", "/metrics", nil)
	if took := time.Since(began); code != 200 || took > 5*time.Second {
		p.t.Errorf("GET /metrics: %d after %s", code, took)
	}
	for line := range strings.Lines(string(body)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		if !strings.Contains(name, `topic="`+string(topic)+`"`) || !strings.Contains(name, `worker="`+worker+`"`) {
			continue
		}
		switch {
		case strings.HasPrefix(name, "gremio_worker_lag_records{"):
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				p.t.Fatal(err)
			}
			records += n
		case strings.HasPrefix(name, "gremio_worker_drain_seconds{"):
			drain = value
		}
	}
	return records, drain
}

// flood sends sales and positions at full speed.
func (p *process) flood(t *testing.T, from, to int) {
	p.sendMany(t, from, to, func(n int) (map[string]any, string) {
		if n%3 == 0 {
			return map[string]any{"plate": fmt.Sprintf("F%d", n%90), "lat": -33.4, "lon": -70.6 + float64(n%1000)/1e5}, "position"
		}
		return map[string]any{"id": fmt.Sprint("f-", n), "plate": fmt.Sprintf("F%d", n%90), "units": 1, "client": fmt.Sprintf("Cliente %d", n%50)}, "sale"
	})
}

// bounded floods a guild whose workers cannot write, and wants what processes
// hold not to grow with what comes in. mend lets the workers write again.
func bounded(t *testing.T, g *guild, api *process, workers []*process, mend func()) {
	const first, more = 45_000, 180_000
	all := append([]*process{api}, workers...)
	api.flood(t, 0, first)
	time.Sleep(3 * time.Second) // until the workers hold what they can
	var before []int
	for _, p := range all {
		before = append(before, p.resident())
	}
	api.flood(t, first, first+more)
	time.Sleep(3 * time.Second)
	for i, p := range all {
		after := p.resident()
		t.Logf("%s: %d MiB after %d records, %d MiB after %d", p.name, before[i], first, after, first+more)
		if after > before[i]*5/4+24 {
			t.Errorf("%s grows from %d to %d MiB while its input waits", p.name, before[i], after)
		}
	}
	eventually(t, "/metrics tells of the lag", func() error {
		if n, drain := api.lag("sales", gremio.TopicSales); n < (first+more)/2 || drain != "+Inf" {
			return errorf("%v records, %s to drain", n, drain)
		}
		return nil
	})
	mend()
	began := time.Now()
	for _, worker := range []string{"sales", "stock", "positions"} {
		g.applied(worker, gremio.TopicSales)
	}
	g.applied("positions", gremio.TopicPositions)
	t.Log("caught up within", time.Since(began))
	g.want((first+more)*2/3, "SELECT COUNT(*) FROM sales WHERE sale_id LIKE 'f-%' AND LENGTH(sale_id) < 9")
	g.want(g.number("SELECT SUM(units) FROM sales"), "SELECT SUM(units) FROM day_totals")
	g.want(0, "SELECT COUNT(*) FROM sales_rejections")
	eventually(t, "/metrics tells that the lag is gone", func() error {
		if n, drain := api.lag("sales", gremio.TopicSales); n != 0 || drain != "0" {
			return errorf("%v records, %s to drain", n, drain)
		}
		return nil
	})
}

// testBounded lets no worker write: on the embedded parts another process holds
// the database's lock, on real ones the database is cut off.
func testBounded(t *testing.T, g *guild) {
	g.startBroker()
	var stop, mend func()
	if g.real == nil {
		conn, err := g.db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		exec := func(query string) {
			t.Helper()
			if _, err := conn.ExecContext(context.Background(), query); err != nil {
				t.Fatal(err)
			}
		}
		stop, mend = func() { exec("BEGIN IMMEDIATE") }, func() { exec("ROLLBACK") }
	} else {
		line := newProxy(t, g.dsn)
		g.env = []string{"GREMIO_KAFKA=" + g.real.kafka, "GREMIO_DATABASE=" + line.dsn}
		stop, mend = line.cut, line.mend
	}
	api := g.startAPI("api")
	var workers []*process
	for _, name := range []string{"sales", "stock", "positions"} {
		workers = append(workers, g.start("worker", name))
	}
	api.flood(t, 1_000_000, 1_000_090) // everybody is at work
	for _, name := range []string{"sales", "stock", "positions"} {
		g.applied(name, gremio.TopicSales)
	}
	stop()
	bounded(t, g, api, workers, mend)
}

// testDatabaseHangs freezes the way to the database: it refuses nobody and
// answers nobody.
func testDatabaseHangs(t *testing.T, g *guild) {
	line := newProxy(t, g.dsn)
	g.env = []string{"GREMIO_KAFKA=" + g.real.kafka, "GREMIO_DATABASE=" + line.dsn}
	api := g.startAPI("api")
	var workers []*process
	for _, name := range []string{"sales", "stock", "positions"} {
		workers = append(workers, g.start("worker", name))
	}
	watched := api.watch()
	shows(t, watched, "sales", func([]struct{ ID string }) bool { return true })
	pass := line.hang()

	quick := func(method, path string, body any, want int, most time.Duration) {
		t.Helper()
		began := time.Now()
		code, header, answer := api.try(method, path, body)
		if took := time.Since(began); code != want || took > most {
			t.Errorf("%s %s: %d after %s, want %d within %s: %.200s", method, path, code, took, want, most, answer)
		} else if code == 503 && header.Get("Retry-After") == "" {
			t.Errorf("%s %s: 503 without Retry-After", method, path)
		}
	}
	for range 2 {
		quick("POST", "/v1/sales", `{"id":"h","plate":"HANG1","units":1}`, 202, 5*time.Second)
		quick("POST", "/v1/positions", `{"plate":"HANG1","lat":-33.4,"lon":-70.6}`, 202, 5*time.Second)
		quick("POST", "/v1/stock-counts", `{"plate":"HANG1","units":50}`, 202, 5*time.Second)
		quick("POST", "/v1/shifts", `{"plate":"HANG1","action":"end"}`, 202, 5*time.Second)
		quick("POST", "/v1/sightings", `{"lat":-33.4,"lon":-70.6}`, 202, 5*time.Second)
		quick("POST", "/registro_venta", `{"Patente":7,"CantSopaipillas":1}`, 202, 5*time.Second)
		quick("POST", "/v1/applications", `{"given_name":"A","family_name":"B","rut":"11111111-1","email":"a@example.cl","tier":"basic"}`, 503, 10*time.Second)
		quick("POST", "/v1/sales/h/void?plate=HANG1", `{}`, 503, 12*time.Second)
		quick("POST", "/v1/deliveries", `{}`, 202, 12*time.Second)
		quick("GET", "/livez", nil, 200, time.Second)
		quick("GET", "/metrics", nil, 200, 5*time.Second)
		quick("GET", "/readyz", nil, 200, 5*time.Second)
	}
	quick("GET", "/v1/sales", nil, 503, 20*time.Second)
	began := time.Now()
	var many strings.Builder
	for n := range 200 {
		fmt.Fprintf(&many, `{"type":"application","given_name":"A","family_name":"B%d","rut":"11111111-1","email":"a@example.cl","tier":"basic"}`+"\n", n)
	}
	if code, _, _ := api.try("POST", "/v1/events", many.String()); code != 503 || time.Since(began) > 15*time.Second {
		t.Errorf("200 applications: %d after %s", code, time.Since(began))
	}
	bounded(t, g, api, workers, pass)
}
