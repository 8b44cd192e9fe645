package httpapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// wrongFields are bodies of which every wrong field must be named at once.
var wrongFields = []struct {
	path, body string
	fields     string // in any order
}{
	{"/v1/sales", `{}`, "plate units"},
	{"/v1/sales", `{"plate":7,"units":"3","client":5,"time":5,"stock":"x","lat":"a","lon":[],"amount":1.5,"id":9}`, "plate units client time stock lat lon amount id"},
	{"/v1/sales", `{"plate":"","units":-3,"stock":-1,"amount":-1,"lat":91,"lon":-181,"time":"hoy"}`, "plate units stock amount lat lon time"},
	{"/v1/sales", `{"plate":"ÑANDÚ","units":0}`, "plate units"},
	{"/v1/sales", `{"plate":"A1","units":10001,"lat":1,"client":"` + "\\u0000" + `"}`, "units lon client"},
	{"/v1/sales", `{"plate":"A1","units":1,"lat":-33.4}`, "lon"},
	{"/v1/sales", `{"plate":"A1","units":1,"lon":-70.6,"id":"a\u0007b"}`, "lat id"},
	{"/v1/sales", `{"plate":"A1","units":1e400,"lat":1e400,"lon":-1e400}`, "units lat lon"},
	{"/v1/sales", `{"plate":"A1","units":99999999999999999999999999,"amount":1e99}`, "units amount"},
	{"/v1/sales", `{"plate":"A1","units":2.5}`, "units"},
	{"/v1/sales", `{"plate":"A1","units":3.0}`, "units"},
	{"/v1/sales", `{"plate":null,"units":null}`, "plate units"},
	{"/v1/sales", `{"plate":"A1","units":1,"unit":2,"cliente":"x"}`, "unit cliente"},
	{"/v1/sales", `{"plate":"A1","units":1,"time":"2026-13-45T00:00:00Z"}`, "time"},
	{"/v1/sales", `{"plate":"A1","units":0,"time":"2026-11-22T12:00:00+24:00"}`, "units time"},
	{"/v1/shifts", `{"plate":"A1","action":"end","time":"2026-11-22T12:00:00-99:99"}`, "time"},
	{"/v1/sales", `{"plate":"A1","units":1,"client":"` + strings.Repeat("x", 201) + `"}`, "client"},
	{"/v1/sales", `{"plate":"A1","units":1,"id":"` + strings.Repeat("x", 101) + `"}`, "id"},
	{"/v1/sales", `{"plate":"A1","units":1,"id":"` + "\u202e" + `"}`, "id"},
	{"/v1/sales", `{"plate":"A1","units":1,"id":" \t "}`, "id"},
	{"/v1/sales", `{"plate":"A1","units":1,"id":"` + "\\u2800\\u115f\\u034f" + `"}`, "id"},
	{"/registro_venta", `{"Patente":1,"CantSopaipillas":1,"id":"` + "\u200b" + `"}`, "id"},
	{"/v1/sales", `{"plate":{"a":[1]},"units":[[[1]]]}`, "plate units"},
	{"/v1/positions", `{}`, "plate lat lon"},
	{"/v1/positions", `{"plate":"A1","lat":90.1,"lon":180.1,"accuracy":-1,"speed":401,"heading":361,"battery":1.1}`, "lat lon accuracy speed heading battery"},
	{"/v1/positions", `{"plate":"*","lat":"x","lon":null,"time":true}`, "plate lat lon time"},
	{"/v1/sightings", `{"lat":-91,"lon":999,"note":5,"plate":"A1"}`, "lat lon note plate"},
	{"/v1/sightings", `{"lat":1,"note":"` + "\\u0001" + `"}`, "lon note"},
	{"/v1/stock-counts", `{"plate":"","units":-1,"time":""}`, "plate units time"},
	{"/v1/stock-counts", `{"units":10001}`, "plate units"},
	{"/v1/shifts", `{"plate":"!","action":"sleep"}`, "plate action"},
	{"/v1/shifts", `{}`, "plate action"},
	{"/v1/applications", `{}`, "given_name family_name email tier rut"},
	{"/v1/applications", `{"given_name":" ","family_name":"","rut":"11111111-2","email":"nobody","plate":"***","tier":"gold","phone":"12","consent":{"tracking":"yes"}}`,
		"given_name family_name rut email plate tier phone consent.tracking"},
	{"/v1/applications", `{"given_name":"A","family_name":"B","rut":"x","email":"a@b@c","tier":"basic","phone":"abc"}`, "rut email phone"},
	{"/v1/applications", `{"id":1,"given_name":2,"family_name":true,"rut":12345678,"rut_dv":5,"document":[],"email":{},"plate":7,"tier":0,"phone":912345678,"consent":"yes"}`,
		"id given_name family_name rut rut_dv document email plate tier phone consent"},
	{"/v1/applications", `{"id":"` + strings.Repeat("i", 101) + `","given_name":"` + strings.Repeat("a", 201) + `","family_name":"` + strings.Repeat("ñ", 201) + `","rut":"` + strings.Repeat("1", 21) +
		`","rut_dv":"1234","document":"` + strings.Repeat("d", 201) + `","email":"` + strings.Repeat("e", 255) + `","plate":"` + strings.Repeat("p", 41) + `","tier":"` + strings.Repeat("t", 99) +
		`","phone":"` + strings.Repeat("9", 41) + `","consent":{"tracking":1,"version":"` + strings.Repeat("v", 33) + `"}}`,
		"id given_name family_name rut rut_dv document email plate tier phone consent.tracking consent.version"},
	{"/v1/applications", `{"id":"\u200b","given_name":"\u200b","family_name":" \u2060 ","rut":"12.345.678","document":"a\u0000","email":"ro\u200bsa@example.cl","plate":"\u0410BCD12","tier":"Basic","phone":"1234 5678","name":"x"}`,
		"id given_name family_name rut document email plate tier phone name"},
	{"/v1/applications", `{"given_name":"A","family_name":"B","rut":"12345678","rut_dv":"4","email":"a@b.cl","tier":"basic"}`, "rut"},
	{"/v1/applications", `{"given_name":"A","family_name":"B","rut":"12345678-5","rut_dv":"K","email":"a@b.cl","tier":"basic"}`, "rut"},
	{"/v1/applications", `{"given_name":"A","family_name":"B","rut_dv":"5","document":"P1","email":"a@b.cl","tier":"basic"}`, "rut_dv"},
	{"/registro_venta", `{}`, "Patente CantSopaipillas"},
	{"/registro_venta", `{"Patente":"***","CantSopaipillas":-1,"Stock":-5,"Cliente":{},"Hora":[],"Ubicacion":[1]}`, "Patente CantSopaipillas Stock Cliente Hora Ubicacion"},
	{"/registro_venta", `{"Patente":true,"CantSopaipillas":1e400,"Stock":"NaN","Ubicacion":[1e400,"x"]}`, "Patente CantSopaipillas Stock Ubicacion[0] Ubicacion[1]"},
	{"/ubicacion", `{"Patente":"","Ubicacion":"x"}`, "Patente Ubicacion"},
	{"/ubicacion", `{"Patente":7,"Ubicacion":[1e9,0]}`, "Ubicacion"},
	{"/agente_extranio", `{}`, "Ubicacion"},
	{"/agente_extranio", `{"Ubicacion":[null,{}],"Patente":"---"}`, "Ubicacion[0] Ubicacion[1] Patente"},
	{"/registro_miembro", `{"Nombre":[],"Apellido":{},"Rut":false,"Correo":1,"Patente":"***","Registro":"Oro"}`, "Nombre Apellido Rut Patente Registro"},
}

func TestEveryWrongFieldIsNamed(t *testing.T) {
	h := newHouse(t, true)
	h.unchanged(func() {
		for _, c := range wrongFields {
			t.Run(c.path+" "+c.body[:min(40, len(c.body))], func(t *testing.T) {
				h.post(c.path, c.body).problem(t, 422).names(t, "body", strings.Fields(c.fields)...)
			})
		}
	})
}

// TestHalfCharacters: an escaped half of a surrogate pair is no text, and would
// make two ids one.
func TestHalfCharacters(t *testing.T) {
	h := newHouse(t, true)
	for text, code := range map[string]int{`\ud801`: 400, `\udc03`: 400, `x\uD801y`: 400, `\ud801\ud801`: 400, `\udc03\ud801`: 400, `\ud83d\ude00`: 202,
		`\\ud801`: 202, `\\\ud801`: 400, `\u00e9`: 202, `\ud801\\udc03`: 400} {
		body := `{"id":"` + text + `","plate":"S9","units":1}`
		if got := h.post("/v1/sales", body); got.code != code {
			t.Errorf("%s: %d %s, want %d", body, got.code, got.body, code)
		}
		if got := h.post("/registro_venta", `{"Patente":9,"CantSopaipillas":1,"Cliente":"`+text+`"}`); got.code != code {
			t.Errorf("the first client's %s: %d %s, want %d", text, got.code, got.body, code)
		}
	}
}

// TestTwoNamesOfOneEvent: a header that names the event otherwise than the body
// would make one of the names worthless.
func TestTwoNamesOfOneEvent(t *testing.T) {
	h := newHouse(t, true)
	for path, body := range map[string]string{"/v1/sales": `{"id":"a","plate":"A1","units":1}`, "/registro_venta": `{"id":"a","Patente":1,"CantSopaipillas":1}`} {
		h.unchanged(func() {
			h.send("POST", path, body, "Idempotency-Key", "b").problem(t, 422).names(t, "body", "id")
		})
		if got := h.send("POST", path, body, "Idempotency-Key", "a"); got.code != 202 {
			t.Errorf("%s: %d %s under one name said twice", path, got.code, got.body)
		}
	}
}

// TestEventsAreRefusedAlike sends the same bodies as one of many events: each
// gets the problem that its own route gives, and holds up no other.
func TestEventsAreRefusedAlike(t *testing.T) {
	h := newHouse(t, true)
	kinds := map[string]string{"/v1/sales": "sale", "/v1/positions": "position", "/v1/sightings": "sighting",
		"/v1/stock-counts": "stock_count", "/v1/shifts": "shift", "/v1/applications": "application"}
	good := `{"type":"sale","plate":"A1","units":1}`
	before := h.records()
	sent := int64(0)
	for _, c := range wrongFields {
		kind, ok := kinds[c.path]
		if !ok {
			continue
		}
		bad := strings.Replace(c.body, "{", `{"type":"`+kind+`",`, 1)
		bad = strings.Replace(bad, ",}", "}", 1)
		got := h.post("/v1/events", good+"\n"+bad+"\n"+good)
		sent += 2
		var out struct {
			Items []struct {
				At      string
				Problem *problem
			}
		}
		must(t, json.Unmarshal(got.body, &out))
		if got.code != 202 || len(out.Items) != 3 || out.Items[0].At == "" || out.Items[2].At == "" || out.Items[1].Problem == nil {
			t.Fatalf("%s: %d %s", bad, got.code, got.body)
		}
		out.Items[1].Problem.names(t, "body", strings.Fields(c.fields)...)
	}
	if n := h.records() - before; n != sent {
		t.Errorf("%d records, want the %d good ones", n, sent)
	}
}

// TestNoJSON sends what is no JSON object at all.
func TestNoJSON(t *testing.T) {
	h := newHouse(t, true)
	deep := strings.Repeat("[", 100_000)
	deepObject := strings.Repeat(`{"plate":`, 50_000)
	h.unchanged(func() {
		for path, methods := range h.openapi() {
			if methods["post"]["requestBody"] == nil || strings.Contains(path, "{") {
				continue
			}
			for _, body := range []string{"", "{", "}", "nope", `{"plate":}`, `{"plate":"A1","units":NaN}`, `{"plate":"A1" "units":1}`, `{'plate':'A1'}`,
				"\x00\x01\x02", "\xff\xfe{}", deep, deepObject, `{"plate":"A1","units":1}{"plate":"A1","units":1}`, "plate=A1&units=1", "<sale/>"} {
				got := h.post(path, body)
				if path == "/v1/events" && got.code == 202 {
					refusedEach(t, body, got)
					continue
				}
				got.problem(t, map[bool]int{true: 422, false: 400}[got.code == 422])
			}
			for _, body := range []string{"null", "[]", `"text"`, "3", "true", "[1,2]"} {
				got := h.post(path, body)
				if path == "/v1/events" && got.code == 202 {
					refusedEach(t, body, got)
					continue
				}
				got.problem(t, 422)
			}
		}
	})
}

// refusedEach wants every one of many events answered with a problem.
func refusedEach(t *testing.T, body string, got answer) {
	t.Helper()
	var out struct {
		Items []struct {
			ID, At  string
			Problem *problem
		}
	}
	must(t, json.Unmarshal(got.body, &out))
	for _, item := range out.Items {
		if item.At != "" || item.Problem == nil || item.Problem.Status < 400 || item.Problem.Status > 499 {
			t.Errorf("%.60q among events was answered %s", body, got.body)
		}
	}
}

// TestBigBodies sends 10 MB everywhere.
func TestBigBodies(t *testing.T) {
	h := newHouse(t, true)
	big := `{"plate":"A1","units":1,"client":"` + strings.Repeat("x", 10<<20) + `"}`
	h.unchanged(func() {
		for path, methods := range h.openapi() {
			for _, method := range []string{"post", "put"} {
				if methods[method] == nil || methods[method]["requestBody"] == nil {
					continue
				}
				path := strings.NewReplacer("{id}", "x", "{plate}", "A1").Replace(path)
				h.send(strings.ToUpper(method), path, big).problem(t, 413)
			}
		}
	})
}

// TestAnyContentType takes JSON whatever its sender calls it.
func TestAnyContentType(t *testing.T) {
	h := newHouse(t, true)
	for _, kind := range []string{"application/json", "application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded",
		"application/octet-stream", "multipart/form-data; boundary=x", "nonsense", "application/vnd.api+json", "application/xml", ""} {
		for _, path := range []string{"/v1/sales", "/registro_venta", "/v1/events"} {
			body := map[string]string{"/v1/sales": `{"plate":"A1","units":1}`, "/registro_venta": `{"Patente":7,"CantSopaipillas":1}`,
				"/v1/events": `{"type":"sale","plate":"A1","units":1}`}[path]
			if got := h.send("POST", path, body, "Content-Type", kind); got.code != 202 {
				t.Errorf("POST %s as %q: %d %s", path, kind, got.code, got.body)
			}
			h.send("POST", path, "", "Content-Type", kind).problem(t, 400)
		}
	}
	if got := h.send("POST", "/v1/events", `{"type":"sale","plate":"A1","units":1}`, "Content-Type", "application/x-ndjson"); got.code != 202 {
		t.Errorf("NDJSON: %d %s", got.code, got.body)
	}
}

// TestManyEvents wants an answer for each of 10,000, and none more.
func TestManyEvents(t *testing.T) {
	h := newHouse(t, true)
	line := func(n int) string {
		if n%100 == 99 {
			return fmt.Sprintf(`{"type":"sale","id":"e%d","plate":"A1","units":-1}`, n)
		}
		return fmt.Sprintf(`{"type":"sale","id":"e%d","plate":"V%d","units":1}`, n, n%50)
	}
	lines := make([]string, 10_001)
	for n := range lines {
		lines[n] = line(n)
	}
	h.unchanged(func() {
		h.post("/v1/events", strings.Join(lines, "\n")).problem(t, 413)
		h.post("/v1/events", "["+strings.Join(lines, ",")+"]").problem(t, 413)
	})
	for _, body := range []string{strings.Join(lines[:10_000], "\n"), "[" + strings.Join(lines[:10_000], ",") + "]"} {
		before := h.records()
		got := h.post("/v1/events", body)
		var out struct {
			Items []struct {
				ID, At  string
				Problem *problem
			}
		}
		must(t, json.Unmarshal(got.body, &out))
		if got.code != 202 || len(out.Items) != 10_000 {
			t.Fatalf("%d, %d answers", got.code, len(out.Items))
		}
		for n, item := range out.Items {
			if bad := n%100 == 99; bad != (item.Problem != nil) || !bad && (item.ID != fmt.Sprintf("e%d", n) || !strings.HasPrefix(item.At, "ventas/")) {
				t.Fatalf("event %d was answered %+v", n, item)
			}
		}
		if n := h.records() - before; n != 9_900 {
			t.Errorf("%d records, want 9900", n)
		}
	}
}

// TestCheckDigitApart: a check digit is taken behind a dash, behind a space or in a
// field of its own, and a number without one is not.
func TestCheckDigitApart(t *testing.T) {
	h := newHouse(t, true)
	for rut, code := range map[string]int{`"12.345.678-5"`: 202, `"12.345.678 5"`: 202, `"12345678","rut_dv":"5"`: 202, `"1000005","rut_dv":"k"`: 202, `"12000006"`: 422, `"12 345 678"`: 422} {
		body := `{"given_name":"Rosa","family_name":"Soto","rut":` + rut + `,"email":"rosa@example.cl","tier":"basic"}`
		if got := h.post("/v1/applications", body); got.code != code {
			t.Errorf("%s: %d %s, want %d", rut, got.code, got.body, code)
		}
	}
}
