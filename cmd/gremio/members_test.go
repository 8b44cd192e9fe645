package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gremio"
)

const listHeader = "Nombre;Apellido;RUT;Documento;Correo;Celular;Patente;Tipo;Consentimiento\r\n"

func writeList(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(listHeader+text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (g *guild) importing(api *process, file string, more ...string) (stdout, stderr string, code int) {
	g.t.Helper()
	return finish(g.t, plain(append([]string{"members", "import", file, "--url", api.url, "--token", g.token(), "--consent-version", "1"}, more...)...))
}

// testMembersImport takes a list in: a dry run shows all that is wrong and sends
// nothing, the list goes in once however often it is sent, and what became of each
// line is written down.
func testMembersImport(t *testing.T, g *guild) {
	api := g.startAPI("up")
	file := filepath.Join(t.TempDir(), "socios.csv")
	good := "Rosa;Peña;" + rut(11_000_001) + ";;rosa@example.cl;912345678;BBCL12;Premium;sí\r\n" +
		"Luis;Soto;" + rut(11_000_002) + ";;luis@example.cl;912345678;;;sí\r\n" +
		"Ana;Rojas;;PAS-1;ana@example.cl;912345678;;;sí\r\n"
	writeList(t, file, good+"Mal;Escrito;11000003-X;;nadie;12;;;\r\n")
	out, _, code := g.importing(api, file, "--dry-run")
	for _, want := range []string{"5     RUT", "5     Correo", "5     Celular", "4 lines: 3 good (1 premium)", "other_document"} {
		if code != 3 || !strings.Contains(out, want) {
			t.Errorf("exit %d, no %q in\n%s", code, want, out)
		}
	}
	if out, _, code := g.importing(api, file); code != 3 {
		t.Errorf("a list with problems went in: %d %s", code, out)
	}
	g.want(0, "SELECT COUNT(*) FROM applications")
	if out, stderr, code := g.importing(api, file, "--skip-bad"); code != 0 || !strings.Contains(out, "2 approved, 1 wait for a person") {
		t.Errorf("exit %d: %s%s", code, out, stderr)
	}
	result, _ := os.ReadFile(file + ".result.csv")
	if rows := strings.Split(string(result), "\n"); len(rows) < 5 || !strings.HasPrefix(rows[1], "2,approved,,BBCL12,") || !strings.HasPrefix(rows[3], "4,waiting,other_document,") || !strings.HasPrefix(rows[4], "5,not_sent,") {
		t.Errorf("%s", result)
	}
	if strings.Contains(string(result), "Peña") || strings.Contains(string(result), "11000001") {
		t.Errorf("the result names people: %s", result)
	}
	// Once more, and once more without the key: nobody is taken in twice.
	for range 2 {
		if out, stderr, code := g.importing(api, file, "--skip-bad"); code != 0 {
			t.Errorf("again: %d %s%s", code, out, stderr)
		}
		os.Remove(file + ".import-key")
	}
	g.want(3, "SELECT COUNT(*) FROM applications")
	g.want(2, "SELECT COUNT(*) FROM members")
	writeList(t, file, "Otra;Persona;"+rut(11_000_009)+";;otra@example.cl;912345678;bb-cl-12;;sí\r\n")
	if out, _, code := g.importing(api, file, "--dry-run"); code != 3 || !strings.Contains(out, "a member's already") {
		t.Errorf("another's plate: %d %s", code, out)
	}
	if out, stderr, code := finish(t, plain("members", "import", file, "--url", api.url, "--token", "x")); code != 3 || strings.Contains(stderr, "otra@") {
		t.Errorf("without a token: %d %s%s", code, out, stderr)
	}
	g.membersListed(api)
}

// membersListed compares the terminal's list with the API's.
func (g *guild) membersListed(api *process) {
	month := time.Now().In(gremio.Santiago()).Format("2006-01")
	type named struct {
		Joined, Waiting []struct {
			ID, RUT string
		}
	}
	var at named
	if err := json.Unmarshal([]byte(g.run("members", "list", "--format", "json", "--month", month)), &at); err != nil {
		g.t.Fatal(err)
	}
	if over := get[named](api, "/v1/membership-lists/"+month); fmt.Sprint(over) != fmt.Sprint(at) || len(at.Joined) != 2 || len(at.Waiting) != 1 {
		g.t.Errorf("the terminal has %v, the API %v", at, over)
	}
	if out := g.run("members", "list"); !strings.Contains(out, "Rosa Peña") || !strings.Contains(out, "2 joined, 1 wait") {
		g.t.Errorf("%s", out)
	}
	if out := g.run("members", "show", "bb.cl.12"); !strings.Contains(out, "Rosa") {
		g.t.Errorf("%s", out)
	}
	if out := g.run("audit", "--action", "member.read", "--actor", "terminal"); strings.Count(out, "\n") < 4 {
		g.t.Errorf("what the terminal read is not noted: %s", out)
	}
}

// testImportKilled kills an import half way: run again, it takes every line in once.
func testImportKilled(t *testing.T, g *guild) {
	const people = 3000
	api := g.startAPI("up")
	file := filepath.Join(t.TempDir(), "socios.csv")
	var list strings.Builder
	for n := range people {
		fmt.Fprintf(&list, "Rosa;Soto %d;%s;;r%d@example.cl;912345678;;;sí\r\n", n, rut(12_000_000+n), n)
	}
	writeList(t, file, list.String())
	cmd := plain("members", "import", file, "--url", api.url, "--token", g.token(), "--consent-version", "1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a part of the list is in", func() error {
		if n := g.number("SELECT COUNT(*) FROM person_keys"); n < 300 {
			return errorf("%d", n)
		}
		return nil
	})
	cmd.Process.Kill()
	cmd.Wait()
	if n := g.number("SELECT COUNT(*) FROM person_keys"); n >= people {
		t.Fatalf("%d were in before the kill: there is nothing to go on with", n)
	}
	began := time.Now()
	out, stderr, code := g.importing(api, file)
	if code != 0 || !strings.Contains(out, fmt.Sprintf("%d approved", people)) {
		t.Errorf("exit %d: %s%s", code, out, stderr)
	}
	t.Logf("the rest of %d took %s", people, time.Since(began).Round(time.Millisecond))
	g.want(people, "SELECT COUNT(*) FROM applications")
	g.want(people, "SELECT COUNT(*) FROM members")
}
