package main_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/kafka"
)

// engines are the databases that an upgrade is tested on. The log is always the
// embedded broker's, whose files a snapshot can hold.
func engines(t *testing.T) map[string]*real {
	all := map[string]*real{"sqlite": nil}
	if dsn := os.Getenv("GREMIO_TEST_DATABASE"); dsn != "" {
		all["mariadb"] = &real{database: dsn}
	} else if os.Getenv("GREMIO_TEST_REAL") == "required" {
		t.Fatal("GREMIO_TEST_REAL is required, but GREMIO_TEST_DATABASE names no MariaDB")
	}
	return all
}

// upgradeGuild is a guild with an embedded broker, and a MariaDB database of its
// own when r names a server.
func upgradeGuild(t *testing.T, r *real) *guild {
	g := newGuild(t, nil)
	if r == nil {
		return g
	}
	g.real = r
	g.newDatabase()
	g.real = nil
	g.env = []string{"GREMIO_DATABASE=" + g.dsn}
	return g
}

// topicsOf is what each worker reads.
var topicsOf = map[string][]gremio.Topic{
	"members": {gremio.TopicMemberships}, "sales": {gremio.TopicSales}, "stock": {gremio.TopicStock, gremio.TopicSales},
	"positions": {gremio.TopicPositions, gremio.TopicSales}, "alerts": {gremio.TopicAlerts},
}

// settled waits until all workers have applied all that the log holds now, twice
// over for what they made of it.
func (g *guild) settled() {
	g.t.Helper()
	for range 2 {
		for worker, topics := range topicsOf {
			g.applied(worker, topics...)
			g.emptied(worker)
		}
	}
}

// TestUpgrade starts this binary on what earlier ones left.
func TestUpgrade(t *testing.T) {
	schemas, err := filepath.Glob("testdata/upgrade/schema-*")
	if err != nil || len(schemas) == 0 {
		t.Fatal("no snapshot of an earlier schema: ", err)
	}
	for engine, r := range engines(t) {
		for _, dir := range schemas {
			t.Run(filepath.Base(dir)+"/"+engine, func(t *testing.T) {
				g, s := restored(t, filepath.Join(dir, engine), r)
				g.startBroker()
				api := g.startAPI("api")
				readsAsBefore(t, api, s)
				repeatKnown(t, api, s)
				api.interrupt()
				g.broker.interrupt()
				goesOn(t, g, s)
			})
		}
	}
}

// restored is the guild that a snapshot holds.
func restored(t *testing.T, dir string, r *real) (*guild, snapshot) {
	t.Helper()
	g := upgradeGuild(t, r)
	unpack(t, filepath.Join(dir, "data.tar.gz"), g.data)
	if r != nil {
		loadDatabase(t, g.db, filepath.Join(dir, "database.sql.gz"))
	}
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s snapshot
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return g, s
}

// readsAsBefore asks for everything that the api answered then. Fields may have
// been added; none may be gone or other than it was.
func readsAsBefore(t *testing.T, api *process, s snapshot) {
	t.Helper()
	if len(s.Reads) < 40 {
		t.Errorf("the snapshot holds only %d answers", len(s.Reads))
	}
	for _, path := range slices.Sorted(maps.Keys(s.Reads)) {
		_, _, body := api.try("GET", path, nil)
		if !json.Valid(body) {
			body, _ = json.Marshal(string(body))
		}
		var want, got any
		json.Unmarshal(s.Reads[path], &want)
		json.Unmarshal(body, &got)
		if text, ok := want.(string); ok && strings.Contains(path, ".csv") {
			if now, _ := got.(string); !hasColumns(text, now) {
				t.Errorf("GET %s: %s\nwas\n%s", path, now, text)
			}
			continue
		}
		for _, wrong := range changed("", want, got) {
			t.Errorf("GET %s%s", path, wrong)
		}
	}
}

// hasColumns reports whether a table in CSV is as it was, but for columns behind those.
func hasColumns(want, got string) bool {
	was, is := strings.Split(strings.TrimSpace(want), "\n"), strings.Split(strings.TrimSpace(got), "\n")
	if len(was) != len(is) {
		return false
	}
	for i := range was {
		if line := strings.TrimSpace(was[i]); is[i] != line && !strings.HasPrefix(is[i], line+",") {
			return false
		}
	}
	return true
}

// changed lists what of want is not in got.
func changed(at string, want, got any) (wrong []string) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		for name, v := range w {
			wrong = append(wrong, changed(at+" ."+name, v, g[name])...)
		}
		return wrong
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			break
		}
		for i, v := range w {
			wrong = append(wrong, changed(fmt.Sprintf("%s[%d]", at, i), v, g[i])...)
		}
		return wrong
	}
	if reflect.DeepEqual(want, got) {
		return nil
	}
	return []string{fmt.Sprintf("%s: %.300v, it was %.300v", at, got, want)}
}

// repeatKnown sends once more what an earlier gremio took.
func repeatKnown(t *testing.T, api *process, s snapshot) {
	t.Helper()
	if again := api.post("/v1/sales", s.Repeat); again != s.Answer {
		t.Errorf("a repeat of a sale is answered %v, the first was %v", again, s.Answer)
	}
	other := maps.Clone(s.Repeat)
	other["units"] = 99
	if code, _, answer := api.try("POST", "/v1/sales", other); code != 409 {
		t.Errorf("another sale under a known id: %d %s, want 409", code, answer)
	}
}

// goesOn applies what waited, once, and what comes now.
func goesOn(t *testing.T, g *guild, s snapshot) {
	t.Helper()
	g.want(s.Sales, "SELECT COUNT(*) FROM sales")
	up := g.startAPI("up")
	g.settled()
	g.want(s.Sales+s.Waiting, "SELECT COUNT(*) FROM sales")
	g.want(s.Units+s.Waiting, "SELECT SUM(units) FROM sales")
	g.want(77, "SELECT units FROM stock_levels WHERE plate = 'UA8'")
	for n := range 20 {
		up.post("/v1/sales", map[string]any{"id": fmt.Sprintf("new-%d", n), "plate": "UA2", "units": 2, "time": s.Day.At(gremio.Clock(19, n))})
	}
	up.post("/v1/sales", s.Repeat)
	g.settled()
	g.want(s.Sales+s.Waiting+20, "SELECT COUNT(*) FROM sales")
	g.want(s.Units+s.Waiting+40, "SELECT SUM(units) FROM sales")
	type report struct{ Guild struct{ Sales, Units int64 } }
	was := struct{ Guild struct{ Sales, Units int64 } }{}
	json.Unmarshal(s.Reads["/v1/reports/daily/"+string(s.Day)+"?revision=2"], &was)
	g.run("report", "--day", string(s.Day))
	now := get[report](up, "/v1/reports/daily/"+string(s.Day))
	if now.Guild.Sales != was.Guild.Sales+s.Waiting+20 || now.Guild.Units != was.Guild.Units+s.Waiting+40 {
		t.Errorf("the day now has %+v, it had %+v", now.Guild, was.Guild)
	}
	g.want(1, "SELECT COUNT(*) FROM sales_rejections")
	up.interrupt()
}

// TestRest opens a data folder again that lay still for longer than positions
// are kept. What no worker had seen is there, so none stops for want of it.
func TestRest(t *testing.T) {
	g, s := restored(t, filepath.Join("testdata/upgrade/schema-1", "sqlite"), nil)
	g.startBroker()
	log, err := kafka.Open(kafka.Config{Seeds: g.seeds()}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := log.DropExpired(t.Context(), time.Now().AddDate(0, 3, 0).UnixMilli()); err != nil {
		t.Fatal(err)
	}
	log.Close()
	g.broker.interrupt()
	goesOn(t, g, s)
}
