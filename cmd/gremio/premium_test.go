package main_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gremio"
)

// An applied application is where the log has it and when it was decided.
type appliedApplication struct {
	part      int32
	offset    int64
	decidedAt int64 // microseconds
}

// appliedApplications reads all that are decided, by id.
func (g *guild) appliedApplications() map[string]appliedApplication {
	g.t.Helper()
	rows, err := g.db.Query(`SELECT i.event_id, i.part, i.log_offset, a.decided_at FROM members_ids i JOIN applications a ON a.application_id = i.event_id
		WHERE i.id_key LIKE 'gremio.application.submitted.%' AND a.decided_at IS NOT NULL`)
	if err != nil {
		g.t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]appliedApplication{}
	for rows.Next() {
		var id string
		var a appliedApplication
		if err := rows.Scan(&id, &a.part, &a.offset, &a.decidedAt); err != nil {
			g.t.Fatal(err)
		}
		all[id] = a
	}
	return all
}

// membersStandAt returns where worker members stands in each partition.
func (g *guild) membersStandAt() map[int32]int64 {
	g.t.Helper()
	rows, err := g.db.Query("SELECT part, next_offset FROM members_offsets WHERE topic = ?", string(gremio.TopicMemberships))
	if err != nil {
		g.t.Fatal(err)
	}
	defer rows.Close()
	at := map[int32]int64{}
	for rows.Next() {
		var part int32
		var next int64
		if err := rows.Scan(&part, &next); err != nil {
			g.t.Fatal(err)
		}
		at[part] = next
	}
	return at
}

// testPremiumFirst lets basic applications wait and sends ten premium ones while
// two workers are at it, which are killed and started in turn. Each premium one is
// decided before every basic batch begun after its 202: a batch is at most 100
// records, so what lies 100 or more beyond where the worker stood after the 202
// was begun later.
func testPremiumFirst(t *testing.T, g *guild) {
	const waiting = 10_000
	g.startBroker()
	api := g.startAPI("api")
	body := func(id string, n int, tier string) map[string]any {
		return map[string]any{"id": id, "given_name": "Ana", "family_name": fmt.Sprintf("Soto %d", n), "rut": rut(10_000_000 + n),
			"email": fmt.Sprintf("a%d@example.cl", n), "phone": "+56912345678", "tier": tier, "consent": map[string]any{"tracking": true, "version": "1"}}
	}
	api.sendMany(t, 0, waiting, func(n int) (map[string]any, string) { return body(fmt.Sprint("basic-", n), n, "basic"), "application" })
	began := time.Now()
	workers := []*process{g.start("worker", "members"), g.start("worker", "members")}
	eventually(t, "the workers are at it", func() error {
		if n := g.number("SELECT COUNT(*) FROM applications WHERE state = 'approved'"); n == 0 {
			return errorf("none is decided")
		}
		return nil
	})
	type sent struct {
		id  string
		at  time.Time // of its 202
		was map[int32]int64
	}
	var premium []sent
	for n := range 10 {
		stopped := -1
		switch n {
		case 1, 4: // one of the two holds partition 0, which nobody holds for a while then, and the other goes on
			stopped = n % 2
			workers[stopped].kill()
		case 7, 8:
			stopped = n % 2
			workers[stopped].interrupt()
		}
		s := sent{id: fmt.Sprint("premium-", n)}
		eventually(t, s.id+" is taken", func() error { // 503 is an answer too while the database is busy: the same again
			if code, _, answer := api.try("POST", "/v1/applications", body(s.id, waiting+n, "premium")); code != 202 {
				return errorf("%d %s", code, answer)
			}
			return nil
		})
		s.at = time.Now()
		s.was = g.membersStandAt()
		premium = append(premium, s)
		if stopped >= 0 {
			time.Sleep(time.Second)
			workers[stopped] = g.start("worker", "members")
		}
		time.Sleep(100 * time.Millisecond)
	}
	eventually(t, "all are decided", func() error {
		if left := int64(waiting+10) - g.number("SELECT COUNT(*) FROM members"); left > 0 {
			return errorf("%d wait", left)
		}
		return nil
	})
	took := time.Since(began)
	all := g.appliedApplications()
	longest, later := time.Duration(0), 0
	for _, s := range premium {
		p := all[s.id]
		if p.part != 0 {
			t.Errorf("%s lies in partition %d", s.id, p.part)
		}
		longest = max(longest, time.UnixMicro(p.decidedAt).Sub(s.at))
		for id, b := range all {
			if b.part == 0 || b.offset < s.was[b.part]+100 {
				continue
			}
			later++
			if b.decidedAt < p.decidedAt {
				t.Errorf("%s (%d/%d) is decided %s before %s, whose 202 came when the worker stood at %d", id, b.part, b.offset,
					time.Duration(p.decidedAt-b.decidedAt)*time.Microsecond, s.id, s.was[b.part])
				break
			}
		}
	}
	if later < waiting {
		t.Errorf("only %d basic ones came in batches begun after one of the ten: too few to tell", later)
	}
	t.Logf("%d basic ones decided in %s; the slowest of 10 premium ones %s after its 202; %d pairs compared", waiting, took.Round(time.Millisecond), longest.Round(time.Millisecond), later)
	t.Logf("%s", func() []byte { _, _, b := api.try("GET", "/v1/decision-times", nil); return b }())
	g.want(0, "SELECT COUNT(*) FROM members_rejections")
}

// testOneMemberEach sends the same 1,000 applications through two apis at once to
// two workers, and with them as many of the same RUT under other ids and plates,
// and as many of the same plates with other RUTs. Whoever wins, no RUT and no
// plate has two members.
func testOneMemberEach(t *testing.T, g *guild) {
	const each = 1_000
	g.startBroker()
	apis := []*process{g.startAPI("api"), g.startAPI("api")}
	g.start("worker", "members")
	g.start("worker", "members")
	body := func(id, name, plate string, n, document int) map[string]any {
		return map[string]any{"id": id, "given_name": name, "family_name": fmt.Sprintf("Soto %d", n), "rut": rut(document), "plate": plate,
			"email": fmt.Sprintf("a%d@example.cl", n), "phone": "+56912345678", "tier": []string{"basic", "premium"}[n%2],
			"consent": map[string]any{"tracking": true, "version": "1"}}
	}
	var wg sync.WaitGroup
	for i, api := range apis {
		for _, kind := range []string{"same", "rut", "plate"} {
			wg.Go(func() {
				many := ndjson(0, each, func(n int) (map[string]any, string) {
					switch kind {
					case "rut":
						return body(fmt.Sprintf("rut-%d-%d", i, n), "Ana", fmt.Sprintf("R%d%d", i, n), n, 10_000_000+n), "application"
					case "plate":
						return body(fmt.Sprintf("plate-%d-%d", i, n), fmt.Sprint("Eva ", i), fmt.Sprint("S", n), n, 12_000_000+2*n+i), "application"
					}
					return body(fmt.Sprint("same-", n), "Ana", fmt.Sprint("S", n), n, 10_000_000+n), "application"
				})
				eventually(t, "the applications are taken", func() error { // 503 is an answer too while the database is busy: all again
					if code, _, answer := api.try("POST", "/v1/events", many); code != 202 || strings.Contains(string(answer), `"problem"`) {
						return errorf("%d %.300s", code, answer)
					}
					return nil
				})
			})
		}
	}
	wg.Wait()
	g.applied("members", gremio.TopicMemberships)
	g.want(5*each, "SELECT COUNT(*) FROM applications")
	g.want(0, "SELECT COUNT(*) - COUNT(DISTINCT plate) FROM members")
	g.want(0, "SELECT COUNT(*) - COUNT(DISTINCT rut_hash) FROM members")
	g.want(g.number("SELECT COUNT(*) FROM members"), "SELECT COUNT(*) FROM plate_holders")
	g.want(0, "SELECT COUNT(*) FROM applications WHERE state = 'waiting' AND reasons = '[]'")
	g.want(g.number("SELECT COUNT(*) FROM members"), "SELECT COUNT(*) FROM applications WHERE state = 'approved'")
	g.want(0, "SELECT COUNT(*) FROM members_rejections")
	joined := g.number("SELECT COUNT(*) FROM members")
	if joined < each || joined > 3*each {
		t.Errorf("%d members of %d RUTs and plates", joined, each)
	}
	t.Logf("%d applications, %d members", 5*each, joined)
}

// testFirstClientJoins follows the first client's own three applications: they
// wait with their reasons while their carts report and sell, and a person's
// approval makes them members who keep all that.
func testFirstClientJoins(t *testing.T, g *guild) {
	up := g.startAPI("up")
	up.openAllDay()
	ruts := []string{"11111111-2", "22222222-3", "33333333-4"}
	var ids []string
	for i, name := range []string{"Juan", "María", "Pedro"} {
		ids = append(ids, up.post("/registro_miembro", fmt.Sprintf(`{"Nombre":"%s","Apellido":"Pérez","Rut":"%s","Correo":"c%d@example.cl","Patente":%d,"Registro":"%s"}`,
			name, ruts[i], i, i+1, []string{"Premium", "Basico", "Basico"}[i])).ID)
	}
	report := func(plate int) {
		up.post("/registro_venta", fmt.Sprintf(`{"Patente":%d,"Cliente":"Ana","CantSopaipillas":%d,"Hora":"12:30","Stock":200}`, plate, plate))
		up.post("/ubicacion", fmt.Sprintf(`{"Patente":%d,"Ubicacion":[20,%d]}`, plate, 90+plate))
	}
	type application struct {
		State, Member, DecidedBy string
		Reasons                  []string
		SettingsVersion          *int64 `json:"settings_version"`
	}
	read := func(id, state string) (a application) {
		t.Helper()
		eventually(t, "an application is "+state, func() (err error) {
			if a, err = ask[application](up, "/v1/applications/"+id); err == nil && a.State != state {
				err = errorf("%s", a.State)
			}
			return err
		})
		return a
	}
	for i, id := range ids {
		a := read(id, "waiting")
		for _, want := range []string{"rut_invalid", "phone_missing", "consent_missing"} {
			if !contains(fmt.Sprint(a.Reasons), want) {
				t.Errorf("the application of plate %d waits for %v, which lacks %s", i+1, a.Reasons, want)
			}
		}
		report(i + 1)
	}
	sold := func(want int64) {
		t.Helper()
		g.applied("sales", gremio.TopicSales)
		for plate := range 3 {
			g.want(want*int64(plate+1), "SELECT SUM(units) FROM sales WHERE plate = ?", fmt.Sprint(plate+1))
		}
	}
	sold(1)
	g.want(0, "SELECT COUNT(*) FROM members")
	for i, id := range ids {
		if code, _, answer := up.try("POST", "/v1/applications/"+id+"/approve", nil); code != 200 {
			t.Fatalf("approve: %d %s", code, answer)
		}
		a := read(id, "approved")
		if a.Member == "" || a.SettingsVersion == nil {
			t.Errorf("approved: %+v", a)
		}
		if code, _, answer := up.try("POST", "/v1/applications/"+id+"/reject", nil); code != 409 {
			t.Errorf("rejected after it was approved: %d %s", code, answer)
		}
		report(i + 1)
	}
	sold(2)
	g.applied("positions", gremio.TopicPositions)
	for plate := range 3 {
		g.want(1, "SELECT COUNT(*) FROM members WHERE plate = ?", fmt.Sprint(plate+1))
		g.want(2, "SELECT COUNT(*) FROM track WHERE cart_id = ?", gremio.CartOf(gremio.Plate(fmt.Sprint(plate+1))))
		if c, err := ask[struct{ State string }](up, fmt.Sprint("/v1/carts/", plate+1)); err != nil || c.State != "live" {
			t.Errorf("cart %d is %q, %v", plate+1, c.State, err)
		}
	}
}
