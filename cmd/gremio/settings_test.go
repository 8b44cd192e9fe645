package main_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"gremio"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// testSettings changes settings by PUT and at the terminal: either is a new
// version that the other sees, and that workers follow.
func testSettings(t *testing.T, g *guild) {
	up := g.startAPI("up")
	type settings struct {
		Version            int64
		InitialStock       int    `json:"initial_stock"`
		StockThreshold     int    `json:"stock_threshold"`
		SilentAfterSeconds int    `json:"silent_after_seconds"`
		OpensAt            string `json:"opens_at"`
		Membership         string
	}
	if s := get[settings](up, "/v1/settings"); s != (settings{0, 200, 20, 60, "05:00", "automatic"}) {
		t.Errorf("at first: %+v", s)
	}
	put := func(body string) (int, []byte) {
		code, _, answer := up.try("PUT", "/v1/settings", body)
		return code, answer
	}
	if code, answer := put(`{"initial_stock":100,"opens_at":"06:00"}`); code != 200 {
		t.Fatalf("PUT: %d %s", code, answer)
	}
	var printed settings
	shown := g.run("settings", "set", "silent_after_seconds=90", "opens_at=07:30", "membership=review")
	if err := json.Unmarshal([]byte(shown), &printed); err != nil {
		t.Fatal(err)
	}
	want := settings{2, 100, 20, 90, "07:30", "review"}
	if printed != want {
		t.Errorf("settings set printed %+v, want %+v", printed, want)
	}
	if s := get[settings](up, "/v1/settings"); s != want {
		t.Errorf("the api answers %+v, want %+v", s, want)
	}
	if json.Unmarshal([]byte(g.run("settings", "show")), &printed); printed != want {
		t.Errorf("settings show printed %+v, want %+v", printed, want)
	}
	g.want(2, "SELECT COUNT(*) FROM settings")

	// Wrong ones are named, every one, and change nothing.
	for body, fields := range map[string][]string{
		`{"initial_stock":-1,"silent_after_seconds":0,"membership":"maybe"}`: {"initial_stock", "silent_after_seconds", "membership"},
		`{"initial_stock":"many","opens_at":"25:00"}`:                        {"initial_stock", "opens_at"},
		`{"no_such_setting":1}`:                                              {"no_such_setting"},
		`{"stock_threshold":150}`:                                            {"stock_threshold"},
		`{"box":{"min_lat":5,"max_lat":1,"min_lon":0,"max_lon":1}}`:          {"box"},
		`{`: nil, ``: nil, `[]`: nil, `null`: nil,
	} {
		code, answer := put(body)
		if code < 400 || code > 499 {
			t.Errorf("PUT %s: %d %s", body, code, answer)
		}
		for _, f := range fields {
			if !contains(string(answer), "body."+f) {
				t.Errorf("PUT %s does not name %s: %s", body, f, answer)
			}
		}
	}
	_, stderr, code := finish(t, g.command("settings", "set", "initial_stock=-1", "no_such_setting=1"))
	if code != 3 || !contains(stderr, "initial_stock") || !contains(stderr, "no_such_setting") {
		t.Errorf("settings set with wrong ones: exit %d %s", code, stderr)
	}
	if s := get[settings](up, "/v1/settings"); s != want {
		t.Errorf("after refusals: %+v, want %+v", s, want)
	}

	// A cart of 100 units is short after 81, and the decision names the version.
	up.post("/v1/sales", `{"plate":"SET1","units":81}`)
	g.applied("stock", gremio.TopicSales)
	g.want(1, "SELECT COUNT(*) FROM replenishments WHERE plate = 'SET1' AND settings_version = 2")
	// Review: nothing is approved by the machine.
	a := up.post("/v1/applications", map[string]any{"given_name": "A", "family_name": "B", "rut": rut(12_345_678), "email": "a@example.cl",
		"tier": "premium", "phone": "+56912345678", "consent": map[string]any{"tracking": true, "version": "1"}})
	g.applied("members", gremio.TopicMemberships)
	g.want(1, "SELECT COUNT(*) FROM applications WHERE application_id = ? AND state = 'waiting' AND reasons LIKE '%review%'", a.ID)
	if code, _, answer := up.try("POST", "/v1/applications/"+a.ID+"/approve", "{}"); code != 200 {
		t.Errorf("a person approves: %d %s", code, answer)
	}
	if code, _, answer := up.try("POST", "/v1/applications/"+a.ID+"/approve", "{}"); code != 409 {
		t.Errorf("a person approves again: %d %s, want 409", code, answer)
	}
	g.want(1, "SELECT COUNT(*) FROM members")
}

// testHostileText sends what breaks careless programs: it is kept as it was
// written, in every table and every answer, and nothing else changes.
func testHostileText(t *testing.T, g *guild) {
	up := g.startAPI("up")
	type sale struct {
		ID, Client string
		Time       time.Time
		ReceivedAt time.Time  `json:"received_at"`
		DeviceTime *time.Time `json:"device_time"`
	}
	type application struct {
		GivenName  string `json:"given_name"`
		FamilyName string `json:"family_name"`
	}
	names := []string{`O'Higgins`, `El "Guatón" Pérez`, `'); DROP TABLE sales;--`, `<script>alert(1)</script>`, `${jndi:x} %s %d`, `a\b\\c`, `🌮 ñandú ﷽`,
		strings.Repeat("ﷺ", 200), strings.Repeat("ß", 200)}
	sent := map[string]string{}
	for n, name := range names {
		a := up.post("/v1/sales", map[string]any{"plate": "TXT1", "units": 1, "client": name})
		b := up.post("/registro_venta", map[string]any{"Patente": "TXT1", "CantSopaipillas": 1, "Cliente": name, "Hora": name})
		sent[a.ID], sent[b.ID] = name, name
		c := up.post("/v1/applications", map[string]any{"given_name": name, "family_name": name, "rut": rut(15_000_000 + n), "email": "a@example.cl", "tier": "basic"})
		g.applied("members", gremio.TopicMemberships)
		if app := get[application](up, "/v1/applications/"+c.ID); app.GivenName != name || app.FamilyName != name {
			t.Errorf("application of %q is kept as %+v", name, app)
		}
	}
	up.post("/v1/sightings", map[string]any{"lat": -33.4, "lon": -70.6, "note": names[2]})
	g.applied("sales", gremio.TopicSales)
	g.applied("positions", gremio.TopicPositions)
	kept := get[items[sale]](up, "/v1/sales?plate=TXT1&limit=1000").Items
	for _, s := range kept {
		if s.Client != sent[s.ID] {
			t.Errorf("client %q is kept as %q", sent[s.ID], s.Client)
		}
	}
	if len(kept) != len(sent) {
		t.Errorf("%d sales kept of %d", len(kept), len(sent))
	}
	g.want(int64(len(sent)), "SELECT COUNT(*) FROM sales")
	g.want(0, "SELECT COUNT(*) FROM sales_rejections")

	// A clock that is far off is kept, and the server's time used.
	for _, said := range []string{"1970-01-01T00:00:00Z", "2100-06-01T12:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"} {
		a := up.post("/v1/sales", map[string]any{"plate": "CLK1", "units": 1, "time": said})
		b := up.post("/registro_venta", map[string]any{"Patente": "CLK1", "CantSopaipillas": 1, "Hora": said})
		g.applied("sales", gremio.TopicSales)
		for _, s := range get[items[sale]](up, "/v1/sales?plate=CLK1").Items {
			if s.ID != a.ID && s.ID != b.ID {
				continue
			}
			if !s.Time.Equal(s.ReceivedAt) || s.DeviceTime == nil || s.DeviceTime.Format(time.RFC3339) != said {
				t.Errorf("time %s is kept as %+v", said, s)
			}
		}
	}
	g.want(8, "SELECT COUNT(*) FROM sales WHERE plate = 'CLK1'")
}

// testSASL lists the topics over TLS with a password.
func testSASL(t *testing.T, g *guild) {
	brokers, user, password, ca := os.Getenv("GREMIO_TEST_KAFKA_SASL_SSL"), os.Getenv("GREMIO_TEST_KAFKA_USER"), os.Getenv("GREMIO_TEST_KAFKA_PASSWORD"), os.Getenv("GREMIO_TEST_CA")
	if brokers == "" || user == "" || ca == "" {
		needReal(t, "GREMIO_TEST_KAFKA_SASL_SSL, _USER, _PASSWORD and GREMIO_TEST_CA name no listener with TLS and SASL")
	}
	g.run("topics", "create")
	for _, mechanism := range []string{"scram-sha-512", "plain"} {
		g.env = []string{"GREMIO_KAFKA=" + brokers, "GREMIO_KAFKA_SASL=" + mechanism, "GREMIO_KAFKA_USER=" + user, "GREMIO_KAFKA_PASSWORD=" + password, "GREMIO_KAFKA_CA=" + ca}
		listed := g.run("topics", "list")
		for topic, kept := range map[string]string{"nuevos-usuarios": "for", "ventas": "for", "coordenadas": "30", "stock": "for", "alertas": "for", "rechazados": "90"} {
			found := false
			for line := range strings.Lines(listed) {
				f := strings.Fields(line)
				found = found || len(f) >= 5 && f[0] == topic && f[1] == "12" && f[4] == kept
			}
			if !found {
				t.Errorf("%s: no topic %s of 12 partitions kept %s:\n%s", mechanism, topic, kept, listed)
			}
		}
		g.env[3] = "GREMIO_KAFKA_PASSWORD=wrong"
		if out, stderr, code := finish(t, g.command("topics", "list")); code == 0 || contains(stderr, "wrong\n") || out != "" {
			t.Errorf("%s with a wrong password: exit %d, %s%s", mechanism, code, out, stderr)
		}
	}
}
