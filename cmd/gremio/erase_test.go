package main_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
)

// hortensia is who is forgotten. Nothing else in the test has a word of these.
var hortensia = map[string]any{
	"given_name": "Hortensia", "family_name": "Quiñimil Ñancupil", "rut": rut(14_725_836), "email": "hqn-1958@example.cl", "phone": "+56987654301",
	"consent": map[string]any{"tracking": true, "version": "2026-11"}, "tier": "premium", "plate": "HQ1958",
}

// ofHortensia are the words by which she would be known, as they may be written.
var ofHortensia = []string{"hortensia", "quiñimil", "quinimil", "ñancupil", "nancupil", "14725836", "14.725.836", "hqn-1958@", "987654301"}

// testErase forgets a member who applied twice, sold, was corrected, suspended and
// had an account, and looks for her in every place where the guild keeps anything.
func testErase(t *testing.T, g *guild) {
	g.startBroker()
	api := g.startAPI("api")
	for worker := range workersOfTopics {
		g.start("worker", worker)
	}
	apply := func(id string, changes map[string]any) {
		body := map[string]any{"id": id}
		for k, v := range hortensia {
			body[k] = v
		}
		for k, v := range changes {
			body[k] = v
		}
		api.post("/v1/applications", body)
	}
	for n := range 12 { // everybody else
		apply(fmt.Sprintf("other-%d", n), map[string]any{"given_name": "Ana", "family_name": fmt.Sprint("Rojas ", n), "rut": rut(11_000_100 + n),
			"email": fmt.Sprintf("ana%d@example.cl", n), "phone": "+56911112222", "plate": fmt.Sprintf("AN%04d", n), "tier": "basic"})
	}
	apply("hers", nil)
	g.still()
	apply("hers-again", map[string]any{"plate": "HQ1959", "email": "hqn-1958@example.cl"})
	g.run("user", "add", "hqn-1958@example.cl", "--role", "vendor", "--plate", "HQ1958")
	g.still()
	app := get[gremio.Application](api, "/v1/applications/hers")
	if app.State != gremio.ApplicationIsApproved {
		t.Fatalf("she is no member: %+v", app)
	}
	for n := range 40 {
		plate := []string{"HQ1958", "AN0001", "AN0002", "AN0003"}[n%4]
		api.post("/v1/sales", map[string]any{"id": fmt.Sprint("s-", n), "plate": plate, "client": fmt.Sprint("cliente ", n%7), "units": 1 + n%5})
		api.post("/v1/positions", map[string]any{"plate": plate, "lat": -33.45 - float64(n)/1000, "lon": -70.66, "time": time.Now().Add(-time.Minute + time.Duration(n)*time.Second)})
	}
	must := func(path string, body any) {
		t.Helper()
		if code, _, answer := api.try("POST", path, body); code != 200 && code != 202 {
			t.Fatalf("POST %s: %d %s", path, code, answer)
		}
	}
	must("/v1/applications/hers-again/correction", map[string]any{"given_name": "Hortensia María"})
	must("/v1/members/"+app.Member+"/suspend", map[string]any{"reason": "Hortensia Quiñimil no paga la cuota"})
	must("/v1/members/"+app.Member+"/permits", map[string]any{"kind": "municipal", "number": "R-14725836", "expires_on": "2027-01-31"})
	must("/v1/members/"+app.Member+"/resume", map[string]any{"reason": "Hortensia pagó"})
	must("/v1/applications/hers-again/reject", map[string]any{"reason": "Hortensia ya es miembro"})
	must("/v1/applications/hers/consents", map[string]any{"purpose": "tracking", "given": false, "version": "2026-11"})
	g.still()

	out := filepath.Join(t.TempDir(), "hers.json")
	g.run("members", "export", "HQ1958", "--output", out)
	var copied gremio.PersonFile
	if text, err := os.ReadFile(out); err != nil || json.Unmarshal(text, &copied) != nil || copied.Application.Email != "hqn-1958@example.cl" ||
		copied.Member == nil || len(copied.Sales) != 10 || len(copied.Track) != 10 || len(copied.Accounts) != 1 || len(copied.Reads) == 0 ||
		!strings.Contains(string(text), "Hortensia pagó") {
		t.Errorf("her copy: %v %s", err, text)
	}
	figures := func() map[string]any {
		day := string(gremio.DayOf(time.Now(), gremio.Clock(0, 0)))
		all := map[string]any{"report": get[any](api, "/v1/reports/daily/"+day), "stock": get[any](api, "/v1/stock?limit=1000"),
			"tiers": get[any](api, "/v1/statistics?by=tier")}
		others := []any{}
		for _, m := range get[items[map[string]any]](api, "/v1/members?limit=1000").Items {
			if m["id"] != app.Member {
				others = append(others, m)
			}
		}
		all["members"] = others
		return all
	}
	before := figures()
	if found := g.holding(t); len(found) == 0 {
		t.Fatal("the test finds nothing of her even now")
	}
	put := g.keepForRestore(t)

	stdout := g.run("members", "erase", "HQ1958", "--yes", "--reason", "lo pidió")
	t.Log(stdout)
	g.still()
	g.nobody(t, api, before, figures)

	for _, worker := range []string{"members", "positions", "sales"} {
		g.run("rebuild", worker)
	}
	g.still()
	g.nobody(t, api, before, figures)

	// A backup of the database brings her back; the first process that opens it
	// takes her away again, before anybody is shown anything.
	put()
	if found := g.holding(t); len(found) == 0 {
		t.Fatal("the restore did not bring her back")
	}
	g.run("members", "list")
	g.nobody(t, api, before, figures)
	if code, _, answer := api.try("POST", "/v1/members/"+app.Member+"/return", map[string]any{}); code != 409 {
		t.Errorf("who is forgotten comes back: %d %s", code, answer)
	}
}

// nobody wants nothing of her anywhere, and everybody else's figures as they were.
func (g *guild) nobody(t *testing.T, api *process, before map[string]any, figures func() map[string]any) {
	t.Helper()
	for _, where := range g.holding(t) {
		t.Error("she is still in ", where)
	}
	if diff := cmp.Diff(before, figures()); diff != "" {
		t.Errorf("figures of others changed (- before, + after):\n%s", diff)
	}
	for _, id := range []string{"hers", "hers-again"} {
		if a := get[gremio.Application](api, "/v1/applications/"+id); a.Name() != " " && a.Name() != "" || a.ErasedAt == nil {
			t.Errorf("application %s is %+v", id, a)
		}
	}
	g.want(0, "SELECT COUNT(*) FROM track WHERE cart_id = 'cart-HQ1958'")
	g.want(0, "SELECT COUNT(*) FROM positions WHERE cart_id = 'cart-HQ1958' AND lat IS NOT NULL")
	g.want(0, "SELECT COUNT(*) FROM plate_holders WHERE plate = 'HQ1958'")
}

// holding returns where any of words is readable: records of every topic, rows of
// every table, what the api shows, and the files of the data folder. Sealed data
// counts as readable while its key is there.
func (g *guild) holding(t *testing.T) (where []string) {
	t.Helper()
	for _, topic := range gremio.Topics() {
		for _, r := range g.records(topic) {
			text := append(append([]byte{}, r.Key...), r.Value...)
			for _, h := range r.Headers {
				text = append(text, h.Value...)
			}
			if namesHer(text) {
				where = append(where, fmt.Sprintf("%s/%d/%d", topic, r.Partition, r.Offset))
			}
		}
	}
	return append(where, g.holdingOffline(t)...)
}

func namesHer(text []byte) bool {
	lower := bytes.ToLower(text)
	for _, w := range ofHortensia {
		if bytes.Contains(lower, []byte(w)) {
			return true
		}
	}
	return false
}

// holdingOffline is holding without the topics, which only a running broker shows.
func (g *guild) holdingOffline(t *testing.T) (where []string) {
	t.Helper()
	for _, table := range g.tables(t) {
		for _, row := range g.rowsOf(t, table) {
			if namesHer([]byte(row)) {
				where = append(where, "table "+table)
			}
		}
	}
	if n := g.number("SELECT COUNT(*) FROM person_keys k JOIN applications a ON a.person = k.person WHERE a.application_id LIKE 'hers%' AND LENGTH(k.wrapped) > 0"); n > 0 {
		where = append(where, fmt.Sprintf("%d keys", n))
	}
	err := filepath.WalkDir(g.data, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // it went away meanwhile
		}
		if text, err := os.ReadFile(name); err == nil && namesHer(text) {
			where = append(where, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return where
}

func (g *guild) tables(t *testing.T) (names []string) {
	t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if g.real != nil {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
	}
	rows, err := g.db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func (g *guild) rowsOf(t *testing.T, table string) (all []string) {
	t.Helper()
	rows, err := g.db.Query("SELECT * FROM " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(sql.RawBytes)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, v := range values {
			b.Write(*v.(*sql.RawBytes))
			b.WriteByte('\n')
		}
		all = append(all, b.String())
	}
	return all
}

// keepForRestore remembers her rows of the tables that are no worker's, and
// returns what puts them back, as a restored backup of the database does.
func (g *guild) keepForRestore(t *testing.T) (put func()) {
	t.Helper()
	type key struct {
		person  string
		wrapped []byte
	}
	var keys []key
	rows, err := g.db.Query("SELECT k.person, k.wrapped FROM person_keys k JOIN applications a ON a.person = k.person WHERE a.application_id LIKE 'hers%'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var k key
		if err := rows.Scan(&k.person, &k.wrapped); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	var user string
	if err := g.db.QueryRow("SELECT user_id FROM users WHERE email = 'hqn-1958@example.cl'").Scan(&user); err != nil || len(keys) != 2 {
		t.Fatal(err, len(keys))
	}
	return func() {
		exec := func(query string, args ...any) {
			t.Helper()
			if _, err := g.db.ExecContext(context.Background(), query, args...); err != nil {
				t.Fatal(err)
			}
		}
		for _, k := range keys {
			exec("UPDATE person_keys SET wrapped = ?, erased_at = NULL WHERE person = ?", k.wrapped, k.person)
		}
		exec("UPDATE users SET email = 'hqn-1958@example.cl', name = 'Hortensia', state = 'active' WHERE user_id = ?", user)
	}
}
