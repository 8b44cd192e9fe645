package httpapi_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// FuzzTakeIn sends anything to every POST route: whatever comes in, the answer
// is no failure of ours, and a refusal is a problem document. As an ordinary
// test it sends the bodies below, each to every route.
func FuzzTakeIn(f *testing.F) {
	h := newHouse(f, true)
	var paths []string
	for path, methods := range h.openapi() {
		if methods["post"]["requestBody"] != nil {
			paths = append(paths, strings.NewReplacer("{id}", "x", "{plate}", "A1").Replace(path))
		}
	}
	slices.Sort(paths)
	for _, body := range fuzzBodies() {
		for n := range paths {
			f.Add(uint8(n), body, "key-1")
			f.Add(uint8(n), body, "")
		}
	}
	f.Fuzz(func(t *testing.T, n uint8, body, key string) {
		path := paths[int(n)%len(paths)]
		var headers []string
		if key != "" && !strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			headers = []string{"Idempotency-Key", key}
		}
		local := *h
		local.t = t
		got := local.send("POST", path, body, headers...)
		switch {
		case strings.Contains(path, "/x/") && got.code == 404: // nothing is called x
		case got.code == 202 && path == "/v1/events":
			var out struct {
				Items []struct {
					At      string
					Problem *problem
				}
			}
			must(t, json.Unmarshal(got.body, &out))
			for _, item := range out.Items {
				if (item.At == "") == (item.Problem == nil) || item.Problem != nil && (item.Problem.Status < 400 || item.Problem.Status > 499) {
					t.Errorf("POST %s %q: %s", path, body, got.body)
				}
			}
		case got.code == 202:
			var ack struct{ ID, At string }
			if json.Unmarshal(got.body, &ack) != nil || ack.ID == "" || ack.At == "" {
				t.Errorf("POST %s %q: %s", path, body, got.body)
			}
		case got.code >= 400 && got.code < 500:
			got.problem(t, got.code)
		default:
			t.Errorf("POST %s %q: %d %s", path, body, got.code, got.body)
		}
	})
}

// fuzzBodies are bodies from which a fuzzer finds others.
func fuzzBodies() []string {
	all := []string{
		"", " ", "{}", "[]", "null", "{", "\x00", "\xff", `{"":""}`, `{"a":{"b":[{}]}}`,
		`{"id":"x","plate":"AB.CD-12","client":"O'Higgins","units":3,"time":"2026-11-22T12:00:00Z","stock":17,"lat":-33.4,"lon":-70.6,"amount":1500}`,
		`{"plate":"A1","units":1e400}`, `{"plate":"A1","units":-0}`, `{"plate":"A1","units":1E+2}`, `{"PLATE":"A1","Units":-3}`,
		`{"plate":"A1","plate":7,"units":1,"units":"x"}`, `{"plate":"\ud800","units":1,"client":"\udfff"}`, `{"plate":"A1","units":1,"id":" "}`,
		`{"plate":"A1","lat":-33.4,"lon":-70.6,"time":"9999-12-31T23:59:59-23:59","accuracy":5,"speed":1.2,"heading":90,"battery":0.8}`,
		`{"plate":"A1","lat":-0.0,"lon":1e-400,"time":"0000-01-01T00:00:00+23:59"}`,
		`{"plate":"A1","action":"start","time":"2026-11-22T12:00:00.123456789+24:00"}`, `{"plate":"A1","action":"away"}`,
		`{"lat":-33.4,"lon":-70.6,"note":"'); DROP TABLE sales;--"}`,
		`{"id":"a","given_name":"A","family_name":"B","rut":"11111111-1","email":"a@example.cl","plate":"A1","tier":"premium","phone":"+56912345678","consent":{"tracking":true,"version":"1"}}`,
		`{"given_name":"A","family_name":"B","document":"P1","email":"a@example.cl","tier":"basic","consent":{"tracking":true,"x":1}}`,
		`{"Nombre":"El \"Guatón\"","Apellido":"Pérez","Rut":"1-1","Correo":"x","Patente":7,"Registro":"Premium"}`,
		`{"Patente":"BB-CL 12","Cliente":null,"CantSopaipillas":"3","Hora":"25:61","Stock":200,"Ubicacion":[-70.65,-33.44]}`,
		`{"Patente":1e3,"CantSopaipillas":1e0,"Hora":"hoy","Ubicacion":["20","95"]}`, `{"Patente":-7,"Ubicacion":[1e6,-1e6]}`,
		`{"reason":5}`, `{"reason":"x"}`, `{"units":-1}`, `{"units":10}`, `"{}"`, strings.Repeat(`{"a":`, 20_000), strings.Repeat("[", 20_000),
	}
	for _, kind := range []string{"sale", "position", "sighting", "stock_count", "shift", "application", "nothing", ""} {
		all = append(all, `{"type":"`+kind+`","id":"k","plate":"A1","units":1,"lat":1,"lon":2,"action":"end"}`, `[{"type":"`+kind+`"},7,null,[]]`)
	}
	return append(all, "{\"type\":\"sale\",\"plate\":\"A1\",\"units\":1}\n\n{broken\r\n{\"type\":5}\n", `{"type":"sale","type":"shift","plate":"A1","units":1}`)
}
