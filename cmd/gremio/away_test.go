package main_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gremio"
)

// refused posts what must be answered 503, with a time to come again, while a
// client still waits: 5 s are promised, and 10 s are too many on any machine.
func (p *process) refused(path string, body any) {
	p.t.Helper()
	began := time.Now()
	code, header, answer := p.try("POST", path, body)
	took := time.Since(began)
	after, err := strconv.Atoi(header.Get("Retry-After"))
	if code != 503 || err != nil || after < 1 {
		p.t.Errorf("POST %s: %d %s (%v), want 503 with Retry-After", path, code, answer, header)
	}
	// Many events have an answer each; everything else is a problem as a whole.
	if path == "/v1/events" {
		if !contains(string(answer), `"problem":{`) || !contains(string(answer), `"status":503`) {
			p.t.Errorf("POST %s: %s, want a problem for each event", path, answer)
		}
	} else if !strings.HasPrefix(header.Get("Content-Type"), "application/problem+json") {
		p.t.Errorf("POST %s: %v %s, want a problem", path, header, answer)
	}
	if took > 10*time.Second {
		p.t.Errorf("POST %s: 503 after %s", path, took)
	}
}

// taken posts until it is answered 202.
func (p *process) taken(path string, body any) {
	p.t.Helper()
	eventually(p.t, "POST "+path+" is taken", func() error {
		if code, _, answer := p.try("POST", path, body); code != 202 {
			return errorf("%d %s", code, answer)
		}
		return nil
	})
}

// testLogAway takes the broker away from a running api and brings it back.
func testLogAway(t *testing.T, g *guild) {
	stop, start := g.awayAndBack()
	api := g.startAPI("api")
	worker := g.start("worker", "sales")
	sale := map[string]any{"id": "before", "plate": "AWAY1", "units": 1}
	api.post("/v1/sales", sale)
	g.applied("sales", gremio.TopicSales)

	stop()
	for id, body := range map[string]any{
		"/v1/sales":        map[string]any{"id": "while", "plate": "AWAY1", "units": 2},
		"/v1/positions":    map[string]any{"plate": "AWAY1", "lat": -33.4, "lon": -70.6},
		"/v1/sightings":    map[string]any{"id": "while", "lat": -33.4, "lon": -70.6},
		"/v1/stock-counts": map[string]any{"id": "while", "plate": "AWAY1", "units": 2},
		"/v1/shifts":       map[string]any{"id": "while", "plate": "AWAY1", "action": "end"},
		"/v1/applications": map[string]any{"id": "while", "given_name": "A", "family_name": "B", "rut": rut(12_345_678), "email": "a@example.cl", "tier": "basic"},
		"/registro_venta":  `{"Patente":7,"CantSopaipillas":1}`,
		"/ubicacion":       `{"Patente":7,"Ubicacion":[1,2]}`,
		"/agente_extranio": `{"Ubicacion":[1,2]}`,
		"/v1/events":       `{"type":"sale","id":"many","plate":"AWAY1","units":4}`,
	} {
		api.refused(id, body)
	}
	if code, header, answer := api.try("GET", "/readyz", nil); code != 503 || header.Get("Retry-After") == "" {
		t.Errorf("GET /readyz: %d %s, want 503 with Retry-After", code, answer)
	}
	if code, _, answer := api.try("GET", "/v1/sales", nil); code != 200 {
		t.Errorf("GET /v1/sales while the broker is away: %d %s", code, answer)
	}
	// A repeat of what the database has is answered as before, broker or not.
	if code, _, answer := api.try("POST", "/v1/sales", sale); code != 202 {
		t.Errorf("a repeat while the broker is away: %d %s", code, answer)
	}

	start()
	api.taken("/v1/sales", map[string]any{"id": "while", "plate": "AWAY1", "units": 2})
	api.taken("/v1/events", `{"type":"sale","id":"many","plate":"AWAY1","units":4}`)
	api.taken("/v1/applications", map[string]any{"id": "while", "given_name": "A", "family_name": "B", "rut": rut(12_345_678), "email": "a@example.cl", "tier": "basic"})
	eventually(t, "the worker goes on by itself", func() error {
		if n := g.number("SELECT SUM(units) FROM sales WHERE plate = 'AWAY1'"); n != 7 {
			return errorf("%d units", n)
		}
		return nil
	})
	g.applied("sales", gremio.TopicSales)
	g.want(7, "SELECT SUM(units) FROM sales WHERE plate = 'AWAY1'")
	worker.interrupt()
}

// awayAndBack returns what stops the broker and what starts it again.
func (g *guild) awayAndBack() (stop, start func()) {
	g.t.Helper()
	if g.real == nil {
		// It comes back where clients look for it.
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			g.t.Fatal(err)
		}
		g.brokerListen = ln.Addr().String()
		ln.Close()
		g.startBroker()
		return func() { g.broker.interrupt() }, g.startBroker
	}
	dir := filepath.Dir(filepath.Dir(os.Getenv("GREMIO_TEST_CA")))
	if _, err := os.Stat(filepath.Join(dir, "settings")); err != nil {
		needReal(g.t, "only scripts/real-parts can stop Apache Kafka and start it again, and GREMIO_TEST_CA names no folder of it")
	}
	do := func(command string) {
		g.t.Helper()
		for node := range g.seeds() {
			cmd := exec.Command("../../scripts/real-parts", command, fmt.Sprint(node+1), "--dir", dir)
			if out, err := cmd.CombinedOutput(); err != nil {
				g.t.Fatalf("%s: %v\n%s", cmd, err, out)
			}
		}
	}
	g.t.Cleanup(func() { do("start-kafka") }) // for the cases that follow
	return func() { do("stop-kafka") }, func() { do("start-kafka") }
}

// testDatabaseAway cuts the database off from a running guild.
func testDatabaseAway(t *testing.T, g *guild) {
	line := newProxy(t, g.dsn)
	g.env = []string{"GREMIO_KAFKA=" + g.real.kafka, "GREMIO_DATABASE=" + line.dsn}
	api := g.startAPI("api")
	g.start("worker", "members", "sales", "stock", "positions", "alerts")
	send := func(round string) {
		t.Helper()
		api.post("/v1/sales", map[string]any{"id": round, "plate": "DB1", "units": 3})
		api.post("/v1/positions", map[string]any{"plate": "DB1", "lat": -33.4, "lon": -70.6})
		api.post("/v1/stock-counts", map[string]any{"id": round, "plate": "DB2", "units": 50})
		api.post("/v1/shifts", map[string]any{"id": round, "plate": "DB3", "action": "start"})
		api.post("/v1/sightings", map[string]any{"id": round, "lat": -33.4, "lon": -70.6})
		api.post("/registro_venta", `{"Patente":"DB1","CantSopaipillas":1}`)
		api.post("/ubicacion", `{"Patente":"DB1","Ubicacion":[1,2]}`)
		api.post("/agente_extranio", `{"Ubicacion":[1,2]}`)
		api.taken("/v1/events", `{"type":"sale","id":"`+round+`-many","plate":"DB1","units":1}`)
	}
	apply := func(id string) map[string]any {
		return map[string]any{"id": id, "given_name": "A", "family_name": "B", "rut": rut(12_345_678), "email": "a@example.cl", "tier": "basic"}
	}
	came := func(rounds int64) {
		t.Helper()
		for worker, topics := range map[string][]gremio.Topic{
			"sales": {gremio.TopicSales}, "stock": {gremio.TopicStock, gremio.TopicSales},
			"positions": {gremio.TopicPositions, gremio.TopicSales}, "members": {gremio.TopicMemberships},
		} {
			g.applied(worker, topics...)
		}
		g.want(rounds*5, "SELECT SUM(units) FROM sales WHERE plate <> 'DB5'")
		g.want(rounds*3, "SELECT COUNT(*) FROM sales WHERE plate <> 'DB5'")
		g.want(rounds*2, "SELECT COUNT(*) FROM track")
		g.want(rounds*2, "SELECT COUNT(*) FROM sightings")
		g.want(rounds, "SELECT COUNT(*) FROM stock_ids WHERE event_id IN ('one', 'two', 'three') AND id_key LIKE '%:DB2:%'")
		g.want(1, "SELECT COUNT(*) FROM positions WHERE plate = 'DB3' AND state = 'quiet'")
	}
	send("one")
	came(1)
	cart := strings.TrimSpace(g.run("token", "cart", "DB5"))
	sold := func(id string, want int) {
		t.Helper()
		if code, answer := api.as(cart, "POST", "/v1/sales", `{"id":"`+id+`","plate":"DB5","units":1}`); code != want {
			t.Errorf("sale %s with the cart's token: %d %s, want %d", id, code, answer, want)
		}
	}
	time.Sleep(3 * time.Second) // the api looks for new tokens every 2 s; this one was never shown to it

	line.cut()
	send("two")
	sold("token-two", 202)
	if code, answer := api.as(cart+"x", "POST", "/v1/sales", `{"plate":"DB5","units":1}`); code != 503 {
		t.Errorf("a token that nobody knows while the database is away: %d %s, want 503", code, answer)
	}
	api.refused("/v1/applications", apply("first"))
	api.refused("/registro_miembro", `{"Nombre":"A","Apellido":"B","Rut":"1-9","Correo":"a@b.cl","Patente":7,"Registro":"Basico"}`)
	if code, header, answer := api.try("GET", "/v1/sales", nil); code != 503 || header.Get("Retry-After") == "" {
		t.Errorf("GET /v1/sales without the database: %d %s", code, answer)
	}
	line.mend()
	came(2)
	api.taken("/v1/applications", apply("first"))

	// An api that starts while the database is away takes in all the same.
	line.cut()
	api.interrupt()
	api = g.listening("api")
	api.taken("/v1/sales", map[string]any{"id": "wait", "plate": "DB4", "units": 1})
	send("three")
	sold("token-three", 503) // nobody can tell yet whose token it is
	line.mend()
	eventually(t, "the api reads again", func() error { _, err := ask[items[struct{}]](api, "/v1/applications"); return err })
	g.applied("sales", gremio.TopicSales)
	g.want(1, "SELECT COUNT(*) FROM sales WHERE plate = 'DB4'")
	sold("token-three", 202)
	g.applied("sales", gremio.TopicSales)
	g.want(2, "SELECT COUNT(*) FROM sales WHERE plate = 'DB5'")
	g.applied("members", gremio.TopicMemberships)
	g.want(1, "SELECT COUNT(*) FROM applications")
}
