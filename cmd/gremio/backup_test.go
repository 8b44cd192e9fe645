package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gremio"
)

// fromBackup is a guild in a folder that a backup filled.
func fromBackup(t *testing.T, from *guild, file string, keep ...string) *guild {
	t.Helper()
	g := &guild{t: t, data: filepath.Join(t.TempDir(), "data"), brokerListen: "127.0.0.1:0"}
	if err := os.Mkdir(g.data, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, name := range keep {
		text, err := os.ReadFile(filepath.Join(from.data, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(g.data, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(g.run("restore", file))
	g.open("sqlite", "file:"+filepath.Join(g.data, "gremio.db")+"?_pragma=busy_timeout(20000)")
	return g
}

// TestBackup takes backups while sales and applications come, kills everything,
// and restores: what was acknowledged before a backup began is there once, the
// figures are those of what is there, and everything goes on.
func TestBackup(t *testing.T) {
	t.Parallel()
	g := newGuild(t, nil)
	l := &load{acked: map[int64]ack{}, sent: map[int64]bool{}}
	up := g.startAPI("up")
	stop := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() { l.run(up, stop) })
	for n := range 30 {
		up.post("/v1/applications", map[string]any{"id": fmt.Sprint("app-", n), "given_name": "Ana", "family_name": fmt.Sprint("Rojas ", n), "rut": rut(11_000_100 + n),
			"email": "ana@example.cl", "phone": "+56911112222", "tier": "basic", "consent": map[string]any{"tracking": true, "version": "1"}})
	}
	var files []string
	var before []map[int64]ack
	for n := range 3 {
		want := 150 * (n + 1)
		eventually(t, "enough is acknowledged", func() error {
			if n := len(l.acknowledged()); n < want {
				return errorf("%d", n)
			}
			return nil
		})
		if n == 0 {
			time.Sleep(3 * time.Second) // groups commit once a second, the first time after they have joined
		}
		before = append(before, l.acknowledged())
		file := filepath.Join(t.TempDir(), "backup")
		t.Log(g.run("backup", file))
		files = append(files, file)
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the backup is %v, %v", info.Mode(), err)
		}
	}
	if _, stderr, code := finish(t, g.command("backup", files[0])); code != 3 || !strings.Contains(stderr, "overwrites nothing") {
		t.Errorf("a backup over another: %d %s", code, stderr)
	}
	up.kill()
	close(stop)
	sending.Wait()
	for n, file := range files {
		r := fromBackup(t, g, file, "master.key")
		r.groupsNotAhead()
		up := r.startAPI("up")
		r.still()
		for id := range before[n] {
			r.want(1, "SELECT COUNT(*) FROM sales WHERE sale_id = ? AND plate = ?", fmt.Sprintf("k-%d", id), fmt.Sprintf("K%d", id%20))
		}
		r.want(30, "SELECT COUNT(*) FROM members")
		sales, units := r.number("SELECT COUNT(*) FROM sales"), r.number("SELECT SUM(units) FROM sales")
		r.want(sales, "SELECT SUM(sales) FROM day_totals")
		r.want(units, "SELECT SUM(units) FROM client_totals")
		r.want(0, "SELECT COUNT(*) FROM sales_rejections")
		if a := get[gremio.Application](up, "/v1/applications/app-7"); a.FamilyName != "Rojas 7" {
			t.Errorf("nobody can read who applied: %+v", a)
		}
		// A repeat is answered like the first, and something new is taken in.
		for id, first := range before[n] {
			if again := up.post("/v1/sales", saleOf(id)); again.ID != first.ID {
				t.Errorf("sale %d was %+v, and sent again %+v", id, first, again)
			}
			break
		}
		up.post("/v1/sales", map[string]any{"id": "new", "plate": "K1", "units": 1})
		r.still()
		r.want(sales+1, "SELECT COUNT(*) FROM sales")
		r.sameAfterRebuild("sales")
		up.kill()
	}
	other := filepath.Join(t.TempDir(), "master.key")
	if err := os.WriteFile(other, []byte(strings.Repeat("ab", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, args := range map[string][]string{
		"not empty":            {"restore", files[0], "--data", g.data},
		"under another master": {"restore", files[0], "--data", filepath.Join(t.TempDir(), "new"), "--master-key-file", other},
		"damaged":              {"restore", cut(t, files[0]), "--data", filepath.Join(t.TempDir(), "new")},
	} {
		_, stderr, code := finish(t, plain(args...))
		t.Log(what, stderr)
		left, _ := os.ReadDir(filepath.Dir(args[3]))
		if code != 3 || what != "not empty" && len(left) > 0 {
			t.Errorf("%s: exit %d, and %v is there", what, code, left)
		}
	}
}

// groupsNotAhead tells whether a group has committed more than the database has
// applied: the broker might drop what lies between, once it is old enough.
func (g *guild) groupsNotAhead() {
	g.t.Helper()
	broker := g.start("broker")
	broker.saying("broker listens on")
	defer broker.kill()
	client, admin := g.kafkaClient()
	defer client.Close()
	committed := 0
	for _, worker := range []string{"sales", "stock", "positions"} {
		offsets, err := admin.FetchOffsets(g.t.Context(), worker+".ventas")
		if err != nil {
			g.t.Fatal(err)
		}
		for _, o := range offsets.Sorted() {
			if stands := g.number("SELECT next_offset FROM "+worker+"_offsets WHERE topic = ? AND part = ?", o.Topic, o.Partition); o.At > stands {
				g.t.Errorf("%s.ventas has committed %d of partition %d, and the database stands at %d", worker, o.At, o.Partition, stands)
			}
			committed++
		}
	}
	if committed == 0 {
		g.t.Error("no group has committed anything: the test looks in the wrong place")
	}
}

func cut(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "cut")
	if err := os.WriteFile(name, text[:len(text)*9/10], 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestRestoreKeepsLinks restores into a folder whose key is a link to where it
// really is: the key is not drawn into the folder.
func TestRestoreKeepsLinks(t *testing.T) {
	t.Parallel()
	g := newGuild(t, nil)
	up := g.startAPI("up")
	up.kill()
	file := filepath.Join(t.TempDir(), "backup")
	g.run("backup", file)
	data := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(data, 0o750); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(data, "master.key")
	if err := os.Symlink(filepath.Join(g.data, "master.key"), key); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, code := finish(t, plain("restore", file, "--data", data)); code != 0 {
		t.Fatal(stdout, stderr)
	}
	if to, err := os.Readlink(key); err != nil || to != filepath.Join(g.data, "master.key") {
		t.Errorf("the key is no link any more: %q, %v", to, err)
	}
}

// TestRestoreForgets restores a backup from before somebody was erased: with the
// list of erased persons nobody sees her again, and the log says so too.
func TestRestoreForgets(t *testing.T) {
	t.Parallel()
	g := newGuild(t, nil)
	up := g.startAPI("up")
	body := map[string]any{"id": "hers"}
	for k, v := range hortensia {
		body[k] = v
	}
	up.post("/v1/applications", body)
	g.still()
	g.run("user", "add", "hqn-1958@example.cl", "--role", "vendor", "--plate", "HQ1958", "--name", "Hortensia")
	g.run("token", "cart", "HQ1958")
	up.post("/v1/positions", map[string]any{"plate": "HQ1958", "lat": -33.45, "lon": -70.66})
	up.post("/v1/sales", map[string]any{"id": "s", "plate": "HQ1958", "units": 3})
	g.still()
	file := filepath.Join(t.TempDir(), "backup")
	g.run("backup", file)
	g.run("members", "erase", "HQ1958", "--yes", "--reason", "lo pidió")
	g.still()
	up.kill()

	r := fromBackup(t, g, file, "master.key", "erasures.txt")
	for _, where := range r.holdingOffline(t) {
		t.Error("as restored she is in ", where)
	}
	up = r.startAPI("up")
	r.still()
	for _, where := range r.holding(t) {
		t.Error("she is still in ", where)
	}
	a := get[gremio.Application](up, "/v1/applications/hers")
	if a.ErasedAt == nil || a.GivenName != "" {
		t.Errorf("%+v", a)
	}
	r.want(0, "SELECT COUNT(*) FROM plate_holders WHERE plate = 'HQ1958'")
	r.want(0, "SELECT COUNT(*) FROM tokens WHERE plate = 'HQ1958' AND revoked_at IS NULL")
	r.want(0, "SELECT COUNT(*) FROM track WHERE cart_id = 'cart-HQ1958'")
	r.want(3, "SELECT SUM(units) FROM sales")
	r.sameAfterRebuild("members")

	// A list that was lost is written again from the database.
	list := filepath.Join(r.data, "erasures.txt")
	before, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	up.kill()
	if err := os.Remove(list); err != nil {
		t.Fatal(err)
	}
	r.startAPI("up")
	r.still()
	after, err := os.ReadFile(list)
	if id := strings.Split(string(before), "\t"); err != nil || len(id) < 3 || !strings.Contains(string(after), id[2]) {
		t.Errorf("%v: the list was\n%sand is\n%s", err, before, after)
	}

	// Without the list she is back: that is why it is kept apart.
	without := fromBackup(t, g, file, "master.key")
	if len(without.holdingOffline(t)) == 0 {
		t.Error("the test would not see her")
	}
}
