package main_test

import (
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"gremio"
)

// testGrow adds partitions under load: once it is killed in the middle, once it
// comes to its end.
func testGrow(t *testing.T, g *guild) {
	g.startBroker()
	g.run("topics", "create", "--partitions", "4")
	one, two := g.startAPI("api"), g.startAPI("api")
	all := []string{"worker", "members", "sales", "stock", "positions", "alerts"}
	for range 2 {
		g.start(all...)
	}
	before := g.waitingApplications(one, 8)
	v := sellers(t, 8, one, two)
	v.sellMore(200)

	killed := g.start("topics", "grow", "--partitions", "6")
	killed.saying("ventas has 6 partitions")
	killed.kill()
	one.refused("/v1/sales", map[string]any{"plate": "X1", "units": 1})
	began := time.Now()
	v.sellMore(200) // nobody ends the pause, and yet it ends
	t.Log("take-in went on", time.Since(began), "after the kill")

	growing := g.start("topics", "grow", "--partitions", "8")
	growing.saying("take-in goes on")
	growing.saying("every worker has taken the new partitions")
	<-growing.ended
	v.sellMore(400)
	v.inOrder(g, 2)

	for _, topic := range gremio.Topics() {
		if ends, _ := g.ends(topic); len(ends) != 8 {
			t.Errorf("%s has %d partitions, want 8", topic, len(ends))
		}
	}
	used := 0
	ends, _ := g.ends(gremio.TopicSales)
	for p, end := range ends {
		if p >= 4 && end > 0 {
			used++
		}
	}
	if used == 0 {
		t.Errorf("no added partition is used: %v", ends)
	}
	g.applicationsStay(one, before)
	g.want(0, "SELECT COUNT(*) FROM alerts WHERE kind = 'silent'")
	g.want(0, "SELECT COUNT(*) FROM intake_pauses")
	g.refusesToGrow()
}

// testGrowKilledLate kills a growth that has added all partitions and waits for
// what was written by the old number. Run again, it does what is left.
func testGrowKilledLate(t *testing.T, g *guild) {
	g.startBroker()
	g.run("topics", "create", "--partitions", "4")
	one, two := g.startAPI("api"), g.startAPI("api")
	g.start("worker", "members", "sales", "stock", "positions", "alerts")
	v := sellers(t, 4, one, two)
	v.sellMore(100)
	killed := g.start("topics", "grow", "--partitions", "5")
	killed.saying("waiting until everybody")
	killed.kill()
	g.want(1, "SELECT COUNT(*) FROM intake_pauses")
	// One that goes on with it and is broken off by hand leaves as much to the next.
	broken := g.start("topics", "grow", "--partitions", "5")
	broken.saying("waiting until everybody")
	broken.interrupt()
	g.want(1, "SELECT COUNT(*) FROM intake_pauses")

	said := g.run("topics", "grow", "--partitions", "5")
	for _, step := range []string{"5 partitions already", "did not end", "take-in pauses", "waiting until everybody", "every worker has applied", "take-in goes on", "every worker has taken"} {
		if !strings.Contains(said, step) {
			t.Errorf("run again it does not say %q:\n%s", step, said)
		}
	}
	g.want(0, "SELECT COUNT(*) FROM intake_pauses")
	v.sellMore(100)
	v.inOrder(g, 2)
	if said := g.run("topics", "grow", "--partitions", "5"); strings.Contains(said, "did not end") {
		t.Errorf("nothing was left, and it says:\n%s", said)
	}
}

// refusesToGrow asks for what cannot be.
func (g *guild) refusesToGrow() {
	g.t.Helper()
	for args, want := range map[string]string{
		"--partitions 4": "never shrinks", "ventas=1": "at least 2", "": "say how many", "ventas=x": "", "nada=9": "there is no topic",
	} {
		_, said, code := finish(g.t, g.command(append([]string{"topics", "grow"}, strings.Fields(args)...)...))
		if code == 0 || !strings.Contains(said, want) {
			g.t.Errorf("topics grow %s: %d %s, want a refusal with %q", args, code, said, want)
		}
	}
	if said := g.run("topics", "grow", "ventas=8"); !strings.Contains(said, "already") {
		g.t.Errorf("topics grow to what it has: %s", said)
	}
}

// waitingApplications sends applications that wait for a person, and returns
// the partition of each.
func (g *guild) waitingApplications(api *process, n int) map[string]int32 {
	g.t.Helper()
	for i := range n {
		api.post("/v1/applications", map[string]any{"id": fmt.Sprintf("app-%d", i), "given_name": "Ana", "family_name": "Soto", "document": fmt.Sprint("pasaporte ", i),
			"email": fmt.Sprintf("g%d@example.cl", i), "tier": "basic"})
	}
	g.applied("members", gremio.TopicMemberships)
	g.want(int64(n), "SELECT COUNT(*) FROM applications WHERE state = 'waiting'")
	where := map[string]int32{}
	for _, r := range g.records(gremio.TopicMemberships) {
		where[string(r.Key)] = r.Partition
	}
	return where
}

// applicationsStay approves the applications and wants what that leads to in
// the partition of each.
func (g *guild) applicationsStay(api *process, where map[string]int32) {
	g.t.Helper()
	for id := range where {
		if code, _, answer := api.try("POST", "/v1/applications/"+id+"/approve", "{}"); code != 200 && code != 202 {
			g.t.Errorf("approve %s: %d %s", id, code, answer)
		}
	}
	g.applied("members", gremio.TopicMemberships)
	moved := 0
	for _, r := range g.records(gremio.TopicMemberships) {
		if p, ok := where[string(r.Key)]; ok && p != r.Partition {
			g.t.Errorf("a record of application %s lies in partition %d, its first in %d", r.Key, r.Partition, p)
		}
		if p := gremio.TopicMemberships.Partition(string(r.Key), false, 8); p != where[string(r.Key)] {
			moved++
		}
	}
	if moved == 0 {
		g.t.Error("every key has the partition that it had: this test shows nothing")
	}
	g.want(int64(len(where)), "SELECT COUNT(*) FROM applications WHERE state = 'approved'")
}

// testGrowGivesUp adds partitions while a worker is down: it says which, and
// take-in goes on.
func testGrowGivesUp(t *testing.T, g *guild) {
	g.startBroker()
	g.run("topics", "create", "--partitions", "4")
	api := g.startAPI("api")
	g.start("worker", "members", "stock", "positions", "alerts")
	api.post("/v1/sales", map[string]any{"plate": "X1", "units": 1})
	_, said, code := finish(t, g.command("topics", "grow", "--partitions", "8", "--patience", "3s"))
	if code != 4 || !regexp.MustCompile(`worker sales on ventas has 1 records? to apply`).MatchString(said) {
		t.Errorf("exit %d: %s, want it to name worker sales", code, said)
	}
	api.taken("/v1/sales", map[string]any{"plate": "X1", "units": 1})
	if ends, _ := g.ends(gremio.TopicSales); len(ends) != 4 {
		t.Errorf("ventas has %d partitions, want the 4 of before", len(ends))
	}
}

// testGrowDeafAPI adds partitions while an api cannot read the database: that
// one goes on taking in, so nothing is changed.
func testGrowDeafAPI(t *testing.T, g *guild) {
	g.run("topics", "create", "--partitions", "4")
	line := newProxy(t, g.dsn)
	whole := g.env
	g.env = []string{"GREMIO_KAFKA=" + g.real.kafka, "GREMIO_DATABASE=" + line.dsn}
	deaf := g.startAPI("api")
	g.env = whole
	api := g.startAPI("api")
	g.start("worker", "members", "sales", "stock", "positions", "alerts")
	line.cut()
	_, said, code := finish(t, g.command("topics", "grow", "--partitions", "8", "--patience", "12s"))
	if name := fmt.Sprintf("/%d", deaf.cmd.Process.Pid); code != 4 || !strings.Contains(said, "still taking in") || !strings.Contains(said, name) {
		t.Errorf("exit %d: %s, want it to name the api %s", code, said, name)
	}
	deaf.post("/v1/sales", map[string]any{"plate": "X1", "units": 1})
	api.taken("/v1/sales", map[string]any{"plate": "X1", "units": 1})
	if ends, _ := g.ends(gremio.TopicSales); len(ends) != 4 {
		t.Errorf("ventas has %d partitions, want the 4 of before", len(ends))
	}
}

// testGrowFrozenAPI adds partitions while an api is frozen: it counts as dead, and
// when it thaws it goes by the new number from its first record on.
func testGrowFrozenAPI(t *testing.T, g *guild) {
	g.startBroker()
	g.run("topics", "create", "--partitions", "4")
	api, frozen := g.startAPI("api"), g.startAPI("api")
	g.start("worker", "members", "sales", "stock", "positions", "alerts")
	plate := ""
	for n := 0; plate == ""; n++ { // one that moves
		p := fmt.Sprintf("MOVE%d", n)
		if gremio.TopicSales.Partition(p, false, 4) != gremio.TopicSales.Partition(p, false, 8) {
			plate = p
		}
	}
	frozen.post("/v1/sales", map[string]any{"plate": plate, "units": 1})
	frozen.saying("nobody can sign in yet") // it is past the migrations: frozen in one it would hold up everybody
	frozen.cmd.Process.Signal(syscall.SIGSTOP)
	g.run("topics", "grow", "--partitions", "8")
	frozen.cmd.Process.Signal(syscall.SIGCONT)
	want := fmt.Sprintf("ventas/%d/", gremio.TopicSales.Partition(plate, false, 8))
	at := frozen.post("/v1/sales", map[string]any{"plate": plate, "units": 1}).At
	api.taken("/v1/sales", map[string]any{"id": "other", "plate": plate, "units": 1})
	for _, at := range []string{at, api.post("/v1/sales", map[string]any{"plate": plate, "units": 1}).At} {
		if !strings.HasPrefix(at, want) {
			t.Errorf("a sale lies at %s, want %s", at, want)
		}
	}
	g.applied("sales", gremio.TopicSales)
	g.want(4, "SELECT COUNT(*) FROM sales")
}
