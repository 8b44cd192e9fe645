package main_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"gremio"
)

// scripts/make-upgrade-snapshot sets it.
var snapshotDir = flag.String("snapshot", "", "write a snapshot of a day in this binary's schema into this folder, for the upgrades of later ones")

// A snapshot is what a guild left behind under one schema, and what the api
// answered then. A later gremio must go on from there.
type snapshot struct {
	Day     gremio.Day                 `json:"day"`     // most of its sales are of this day
	Repeat  map[string]any             `json:"repeat"`  // a sale that was taken
	Answer  ack                        `json:"answer"`  // what its sender was told
	Sales   int64                      `json:"sales"`   // applied, and not voided or not
	Units   int64                      `json:"units"`   // of those
	Waiting int64                      `json:"waiting"` // sales of one unit that no worker has applied yet
	Reads   map[string]json.RawMessage `json:"reads"`
}

// TestMakeSnapshot writes what TestUpgrade reads. It belongs to no ordinary run.
func TestMakeSnapshot(t *testing.T) {
	if *snapshotDir == "" {
		t.Skip("scripts/make-upgrade-snapshot runs it, once a release")
	}
	for engine, r := range engines(t) {
		t.Run(engine, func(t *testing.T) {
			g := upgradeGuild(t, r)
			dir := filepath.Join(*snapshotDir, engine)
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			s := workADay(t, g)
			body, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "expected.json"), append(body, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
			if r != nil {
				dumpDatabase(t, g.db, filepath.Join(dir, "database.sql.gz"))
			} else if _, err := g.db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
				t.Fatal(err)
			}
			pack(t, g.data, filepath.Join(dir, "data.tar.gz"))
		})
	}
}

// workADay lets a small guild do everything that it can, and leaves records on
// the log that no worker has seen.
func workADay(t *testing.T, g *guild) snapshot {
	up := g.startAPI("up")
	s := snapshot{Day: gremio.DayOf(time.Now(), gremio.Clock(0, 0)).Prev().Prev()}
	up.act(t, "PUT", "/v1/settings", `{"opens_at":"00:00","closes_at":"00:00","silent_after_seconds":4,"stock_threshold":30}`)
	memberDay(t, g, up)
	positionDay(t, g, up)
	saleDay(t, g, up, &s)
	stockDay(t, g, up)
	g.run("settings", "set", "stock_tolerance=12")
	alertDay(t, g, up)
	for _, worker := range []string{"members", "sales", "stock", "positions"} {
		g.emptied(worker)
	}
	g.settled()
	up.interrupt()

	g.startBroker()
	api := g.startAPI("api")
	s.Sales, s.Units = g.number("SELECT COUNT(*) FROM sales"), g.number("SELECT SUM(units) FROM sales")
	for n := range 10 {
		api.post("/v1/sales", map[string]any{"id": fmt.Sprintf("waiting-%d", n), "plate": "UA1", "units": 1, "time": s.Day.At(gremio.Clock(18, n))})
		s.Waiting++
	}
	api.post("/v1/stock-counts", map[string]any{"id": "waiting-count", "plate": "UA8", "units": 77})
	api.post("/v1/sightings", map[string]any{"id": "waiting-sighting", "lat": -33.45, "lon": -70.66})
	s.Reads = map[string]json.RawMessage{}
	for _, path := range readsOf(api, s.Day) {
		_, _, body := api.try("GET", path, nil)
		if !json.Valid(body) {
			body, _ = json.Marshal(string(body)) // CSV
		}
		s.Reads[path] = body
	}
	api.interrupt()
	g.broker.interrupt()
	return s
}

// act does what must be done at once, or at least be taken.
func (p *process) act(t *testing.T, method, path string, body any) {
	t.Helper()
	if code, _, answer := p.try(method, path, body); code != 200 && code != 202 {
		t.Fatalf("%s %s %v: %d %s", method, path, body, code, answer)
	}
}

func memberDay(t *testing.T, g *guild, up *process) {
	apply := func(n int) {
		up.post("/v1/applications", map[string]any{"id": fmt.Sprintf("application-%d", n), "given_name": "Ñusta", "family_name": fmt.Sprintf("Soto %d", n),
			"rut": rut(12_000_000 + n/2*2), "email": fmt.Sprintf("u%d@example.cl", n), "phone": "+56912345678", "plate": fmt.Sprintf("UA%d", n),
			"tier": []string{"basic", "premium"}[n%2], "consent": map[string]any{"tracking": true, "version": "1"}})
		g.settled() // of two with one RUT the first is approved
	}
	for n := range 8 {
		apply(n)
	}
	up.act(t, "PUT", "/v1/settings", `{"membership":"review"}`)
	apply(8)
	up.act(t, "POST", "/v1/applications/application-8/approve", nil)
	up.act(t, "PUT", "/v1/settings", `{"membership":"automatic"}`)
	up.act(t, "POST", "/registro_miembro", `{"Nombre":"Ana","Apellido":"Pérez","Rut":"1-1","Correo":"ana@example.cl","Patente":7,"Registro":"Basico"}`)
	g.settled()
	up.act(t, "POST", "/v1/applications/application-3/reject", `{"reason":"el RUT es de otra persona"}`)
}

func positionDay(t *testing.T, g *guild, up *process) {
	now := time.Now().UTC().Truncate(time.Second)
	for n := range 30 {
		up.post("/v1/positions", map[string]any{"plate": fmt.Sprintf("UA%d", n%6), "lat": -33.44 - float64(n)/1e4, "lon": -70.65, "battery": 0.5,
			"time": now.Add(time.Duration(n/6-5) * time.Second)})
	}
	up.act(t, "POST", "/ubicacion", `{"Patente":7,"Ubicacion":[12,34]}`)
	up.post("/v1/shifts", map[string]any{"plate": "UA1", "action": "away"})
	up.post("/v1/shifts", map[string]any{"plate": "UA2", "action": "end"})
	up.post("/v1/sightings", map[string]any{"id": "sighting-1", "lat": -33.44, "lon": -70.65, "note": "va sin toldo\nhacia el sur"})
	up.act(t, "POST", "/agente_extranio", `{"Ubicacion":[40,2],"Patente":"X-9"}`)
	eventually(t, "silent carts are missing", func() error {
		if n := g.number("SELECT COUNT(*) FROM alerts WHERE kind = 'silent'"); n < 3 {
			return errorf("%d alerts of silent carts", n)
		}
		return nil
	})
	up.post("/v1/positions", map[string]any{"plate": "UA3", "lat": -33.5, "lon": -70.6})
	g.settled()
}

func saleDay(t *testing.T, g *guild, up *process, s *snapshot) {
	for n := range 120 {
		body := map[string]any{"id": fmt.Sprintf("sale-%d", n), "plate": fmt.Sprintf("UA%d", n%8), "client": []string{"", "Ana", "ANA", "José Núñez"}[n%4],
			"units": 1 + n%3, "amount": 600, "time": s.Day.At(gremio.Clock(10+n%8, n%60))}
		answer := up.post("/v1/sales", body)
		if n == 40 {
			s.Repeat, s.Answer = body, answer
		}
	}
	for n := range 5 {
		up.act(t, "POST", "/registro_venta", fmt.Sprintf(`{"Patente":7,"Cliente":"Luis","CantSopaipillas":%d,"Hora":"%s 12:3%d:00","Stock":200}`, n+1, s.Day, n))
	}
	up.post("/v1/sales", map[string]any{"id": "stranger-1", "plate": "ZZ-9999", "units": 4, "lat": -33.4, "lon": -70.6, "time": s.Day.Next().At(gremio.Clock(9, 0))})
	g.settled()
	for _, id := range []string{"sale-3", "sale-17"} {
		up.act(t, "POST", "/v1/sales/"+id+"/void", `{"reason":"se anotó dos veces"}`)
	}
	client, _ := g.kafkaClient()
	defer client.Close()
	bad := &kgo.Record{Topic: string(gremio.TopicSales), Key: []byte("UA1"), Value: []byte(`{"units":0}`)}
	if err := client.ProduceSync(t.Context(), bad).FirstErr(); err != nil {
		t.Fatal(err)
	}
	g.settled()
	g.run("report", "--day", string(s.Day))
	up.post("/v1/sales", map[string]any{"id": "late-1", "plate": "UA5", "client": "Eva", "units": 9, "time": s.Day.At(gremio.Clock(20, 0))})
	g.settled()
	g.run("report", "--day", string(s.Day))
}

func stockDay(t *testing.T, g *guild, up *process) {
	count := func(from, to, units int) {
		for n := from; n < to; n++ {
			up.post("/v1/stock-counts", map[string]any{"id": fmt.Sprintf("count-%d-%d", n, units), "plate": fmt.Sprintf("UA%d", n), "units": units})
		}
		g.settled()
	}
	delivered := func(n int64) string {
		eventually(t, "a delivery is prepared", func() error {
			if have := g.number("SELECT COUNT(*) FROM deliveries"); have != n {
				return errorf("%d deliveries, want %d", have, n)
			}
			return nil
		})
		var id string
		g.db.QueryRow("SELECT delivery_id FROM deliveries ORDER BY prepared_at DESC LIMIT 1").Scan(&id)
		return id
	}
	confirm := func(delivery, plate, body string) {
		up.act(t, "POST", "/v1/deliveries/"+delivery+"/stops/"+plate+"/confirm", body)
	}
	count(0, 5, 12)
	first := delivered(1)
	confirm(first, "UA0", `{}`)
	confirm(first, "UA1", `{"units":150}`)
	count(5, 7, 11)
	up.act(t, "POST", "/v1/deliveries", `{}`)
	second := delivered(2)
	confirm(second, "UA5", `{}`)
	confirm(second, "UA6", `{}`)
	count(7, 8, 9) // waits for its delivery
	g.settled()
}

func alertDay(t *testing.T, g *guild, up *process) {
	type alert struct{ ID, Kind, State string }
	for _, want := range []struct{ kind, path, body string }{
		{"silent", "/acknowledge", `{}`}, {"sighting", "/acknowledge", `{}`}, {"unknown_cart", "/close", `{"reason":"es un carro nuevo"}`},
	} {
		all := get[items[alert]](up, "/v1/alerts?state=open&limit=1000").Items
		if at := slices.IndexFunc(all, func(a alert) bool { return a.Kind == want.kind }); at >= 0 {
			up.act(t, "POST", "/v1/alerts/"+all[at].ID+want.path, want.body)
		} else {
			t.Errorf("no open alert of kind %s in %v", want.kind, all)
		}
	}
	g.settled()
}

// readsOf lists what can be read, by the ids that the lists hold.
func readsOf(api *process, day gremio.Day) []string {
	paths := []string{"/v1/settings", "/v1/alerts?state=open", "/v1/alerts?state=closed", "/v1/membership-lists/" + string(day)[:7], "/v1/membership-lists/" + string(day.Next().Next())[:7],
		"/v1/statistics?day=" + string(day), "/v1/sales?day=" + string(day) + "&limit=1000", "/v1/events/sale-3", "/v1/events/count-0-12", "/v1/events/nobody",
		"/v1/events/" + "application-1"}
	for revision := range 3 {
		paths = append(paths, fmt.Sprintf("/v1/reports/daily/%s?revision=%d", day, revision))
	}
	paths = append(paths, "/v1/reports/daily/"+string(day)+".csv", "/v1/reports/daily/"+string(day.Next()))
	for list, one := range map[string]string{"applications": "id", "members": "", "carts": "plate", "sales": "", "stock": "", "replenishments": "", "deliveries": "id", "alerts": "id", "sightings": ""} {
		paths = append(paths, "/v1/"+list+"?limit=1000")
		for _, item := range get[items[map[string]any]](api, "/v1/"+list+"?limit=1000").Items {
			if one == "" {
				continue
			}
			path := fmt.Sprintf("/v1/%s/%s", list, item[one])
			if paths = append(paths, path); list == "carts" {
				paths = append(paths, path+"/track?limit=1000")
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
