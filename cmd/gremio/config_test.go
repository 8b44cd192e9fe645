package main_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// refusal runs a command that must refuse, with its exit code and its words.
func refusal(t *testing.T, g *guild, code int, words []string, args ...string) {
	t.Helper()
	cmd := plain(append(args, "--data", g.data)...)
	cmd.Env = append(cmd.Env, g.env...)
	_, stderr, got := finish(t, cmd)
	if got != code {
		t.Errorf("gremio %s: exit %d, want %d: %s", strings.Join(args, " "), got, code, stderr)
	}
	for _, w := range words {
		if !contains(stderr, w) {
			t.Errorf("gremio %s does not say %q: %s", strings.Join(args, " "), w, stderr)
		}
	}
}

// TestRefusals asks for what gremio must not start with.
func TestRefusals(t *testing.T) {
	g := newGuild(t, nil)
	for _, addr := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:0", "example.cl:80"} {
		for _, role := range []string{"up", "api"} {
			refusal(t, g, 3, []string{addr, "--open-ingest-anywhere"}, role, "--open-ingest", "--listen", addr)
		}
	}
	refusal(t, g, 3, []string{"--listen", "host:port"}, "up", "--listen", "nonsense")
	refusal(t, g, 3, []string{"loopback only"}, "broker", "--broker-listen", "0.0.0.0:0")
	refusal(t, g, 4, []string{"no running embedded broker", "gremio broker"}, "api", "--listen", "127.0.0.1:0")
	refusal(t, g, 4, []string{"no running embedded broker"}, "worker", "sales")
	refusal(t, g, 4, []string{"no running embedded broker"}, "topics", "list")
	refusal(t, g, 2, []string{"--no-such-flag"}, "up", "--no-such-flag")
	refusal(t, g, 2, nil, "no-such-command")
	refusal(t, g, 3, []string{"SASL mechanism", "scram-sha-512"}, "topics", "list", "--kafka", "127.0.0.1:1", "--kafka-sasl", "rot13")
	refusal(t, g, 3, []string{"DSN"}, "migrate", "--database", "nonsense")
	refusal(t, g, 3, []string{"day"}, "report", "--day", "yesterday", "--kafka", "127.0.0.1:1") // before anything is waited for

	g.startBroker()
	refusal(t, g, 3, []string{"another embedded broker", g.data, "--data"}, "broker", "--broker-listen", "127.0.0.1:0")
	refusal(t, g, 3, []string{"another embedded broker", "--data"}, "up", "--listen", "127.0.0.1:0", "--broker-listen", "127.0.0.1:0")
	refusal(t, g, 3, []string{`no worker "nobody"`, "members", "sales", "stock", "positions", "alerts", "report"}, "worker", "nobody")
	refusal(t, g, 3, []string{`no worker "nobody"`}, "worker", "sales", "nobody")
	refusal(t, g, 3, []string{"day"}, "report", "--day", "2026-02-30")
	refusal(t, g, 3, []string{"partition"}, "topics", "create", "--partitions", "1")

	// Told twice, it starts; nobody but this test reaches a port that nobody knows.
	api := g.start("api", "--open-ingest-anywhere")
	api.matching(address)
	api.interrupt()
	// The first broker went on undisturbed.
	g.run("topics", "list")
}

// TestWithoutOpenIngest wants an identity for everything that is taken in.
func TestWithoutOpenIngest(t *testing.T) {
	g := newGuild(t, nil)
	cmd := plain("up", "--data", g.data, "--listen", "127.0.0.1:0", "--broker-listen", "127.0.0.1:0")
	up := g.startCommand("up", cmd)
	up.url = "http://" + up.matching(address)[1]
	stranger := func(method, path string) int {
		t.Helper()
		req, err := http.NewRequest(method, up.url+path, strings.NewReader(`{broken`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := caller.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	for _, path := range []string{"/registro_venta", "/ubicacion", "/v1/sales", "/v1/positions", "/v1/stock-counts", "/v1/shifts", "/v1/events", "/v1/deliveries"} {
		if code := stranger("POST", path); code != 401 {
			t.Errorf("POST %s without an identity: %d, want 401", path, code)
		}
	}
	for _, path := range []string{"/registro_miembro", "/agente_extranio", "/v1/applications", "/v1/sightings"} { // the public's
		if code := stranger("POST", path); code != 400 && code != 422 {
			t.Errorf("POST %s of nonsense without an identity: %d, want 400 or 422", path, code)
		}
	}
	for _, path := range []string{"/v1/sales", "/v1/live", "/metrics"} {
		if code := stranger("GET", path); code != 401 {
			t.Errorf("GET %s without an identity: %d, want 401", path, code)
		}
	}
	if code, _, answer := up.try("GET", "/v1/sales", nil); code != 200 {
		t.Errorf("GET /v1/sales with a token: %d %s", code, answer)
	}
	up.saying("This link makes the first admin")
}

// TestConfigCheck says what is wrong before anything starts.
func TestConfigCheck(t *testing.T) {
	g := newGuild(t, nil)
	out := g.run("config", "check")
	for _, line := range []string{"ok     listen", "note   master key", "note   kafka: the embedded broker", "note   database: SQLite"} {
		if !contains(out, line) {
			t.Errorf("config check does not say %q:\n%s", line, out)
		}
	}
	g.run("migrate")
	g.run("settings", "set", "confirm_contact=email")
	if out := g.run("config", "check"); !contains(out, "note   confirm_contact is email, but no --notify-mail") {
		t.Errorf("config check does not say that nobody sends the message:\n%s", out)
	}
	key := filepath.Join(g.data, "short.key")
	os.WriteFile(key, []byte("abc\n"), 0o600)
	out, stderr, code := finish(t, g.command("config", "check", "--listen", "0.0.0.0:3000", "--open-ingest", "--master-key-file", key,
		"--database", "nobody:x@tcp(127.0.0.1:1)/gremio", "--kafka", "127.0.0.1:1", "--erasures", filepath.Join(g.data, "unmounted", "erasures.txt")))
	if code != 3 || !contains(stderr, "wrong in 5") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	for _, what := range []string{"wrong  listen", "wrong  master key", "wrong  kafka", "wrong  database", "wrong  erasures"} {
		if !contains(out, what) {
			t.Errorf("config check does not say %q:\n%s", what, out)
		}
	}
	// Flags come from a file and from the environment too; the command line wins.
	file := filepath.Join(g.data, "gremio.yaml")
	os.WriteFile(file, []byte("listen: 0.0.0.0:3000\nopen-ingest: true\n"), 0o600)
	if out, _, code := finish(t, g.command("config", "check", "--config", file)); code != 3 || !contains(out, "wrong  listen") {
		t.Errorf("listen of the file: exit %d\n%s", code, out)
	}
	cmd := g.command("config", "check")
	cmd.Env = append(cmd.Env, "GREMIO_LISTEN=0.0.0.0:3000", "GREMIO_OPEN_INGEST=true")
	if out, _, code := finish(t, cmd); code != 3 || !contains(out, "wrong  listen") {
		t.Errorf("GREMIO_LISTEN: exit %d\n%s", code, out)
	}
	if out, _, code := finish(t, g.command("config", "check", "--config", file, "--listen", "127.0.0.1:3000")); code != 0 {
		t.Errorf("the command line over the file: exit %d\n%s", code, out)
	}
}

// TestOpenAPIDocument compares what is committed with what the binary prints.
func TestOpenAPIDocument(t *testing.T) {
	printed, stderr, code := finish(t, plain("openapi"))
	if code != 0 {
		t.Fatal(stderr)
	}
	committed, err := os.ReadFile("../../docs/openapi.json")
	if err != nil {
		t.Fatal(err, ": make generate writes it")
	}
	if printed != string(committed) {
		t.Error("docs/openapi.json is not what gremio openapi prints: make generate, and commit it")
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestLinks follows the links of every document to files that exist.
func TestLinks(t *testing.T) {
	followed := 0
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && (name == "node_modules" || name == ".git" || name == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".md") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			followed++
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), target)); err != nil {
				t.Errorf("%s links to %s, which is not there", path, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(followed, "links")
}

// TestMasterKey refuses a key that the database is not under, and makes none
// for a database that may belong to another.
func TestMasterKey(t *testing.T) {
	g := newGuild(t, nil)
	g.run("migrate")
	other := filepath.Join(t.TempDir(), "other.key")
	os.WriteFile(other, []byte(strings.Repeat("ab", 32)+"\n"), 0o600)
	if _, stderr, code := finish(t, g.command("migrate", "--master-key-file", other)); code != 3 || !contains(stderr, "another master key") {
		t.Errorf("another key: exit %d: %s", code, stderr)
	}
	elsewhere := newGuild(t, nil)
	if _, stderr, code := finish(t, elsewhere.command("worker", "sales", "--kafka", "127.0.0.1:1", "--database", "sqlite:"+filepath.Join(g.data, "gremio.db"))); code != 3 || !contains(stderr, "gremio migrate makes one") {
		t.Errorf("no key: exit %d: %s", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(elsewhere.data, "master.key")); err == nil {
		t.Error("a key was made for a database that has one")
	}
}

// A mistyped folder is no new guild.
func TestMistypedData(t *testing.T) {
	for _, args := range []string{"settings", "settings set opens_at=06:00", "rebuild sales", "report", "rejected list", "rejected drop ventas/0/1 --reason x", "topics list", "topics create", "topics grow ventas=9",
		"rejected show ventas/0/1", "rejected retry ventas/0/1", "user list", "user add a@example.cl --role desk", "token list", "audit", "worker sales", "api --listen 127.0.0.1:0"} {
		data := filepath.Join(t.TempDir(), "mistyped")
		_, said, code := finish(t, plain(append(strings.Fields(args), "--data", data)...))
		if code == 0 || !strings.Contains(said, data) {
			t.Errorf("gremio %s: %d %s, want an error that names %s", args, code, said, data)
		}
		if _, err := os.Stat(data); !os.IsNotExist(err) {
			t.Errorf("gremio %s has made %s", args, data)
		}
	}
}
