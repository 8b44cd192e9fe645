package httpapi

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gremio"
)

// The first client posts what it always posted and reads nothing of the answer
// but its status. It gets 202 unless the JSON is broken, something without
// which there is no event is missing, or a number is impossible.
func (a *api) firstClient() {
	number := &huma.Schema{OneOf: []*huma.Schema{{Type: "integer"}, {Type: "string"}}}
	pair := &huma.Schema{Type: "array", Items: &huma.Schema{Type: "number"}, Description: "lat and lon, lon and lat, or a position on its own grid"}
	text := &huma.Schema{Type: "string"}
	count := &huma.Schema{Type: "integer"}
	routes := []struct {
		act      gremio.Action
		path     string
		summary  string
		required []string
		fields   map[string]*huma.Schema
		take     func(context.Context, *fields, string) (*acceptedOutput, error)
	}{
		{gremio.ActApplicationSubmit, "/registro_miembro", "Apply for membership, as the first client does", []string{"Nombre", "Apellido", "Rut", "Correo", "Patente", "Registro"},
			map[string]*huma.Schema{"Nombre": text, "Apellido": text, "Rut": text, "Correo": text, "Patente": number, "Registro": {Type: "string", Enum: []any{"Premium", "Basico"}}}, a.registroMiembro},
		{gremio.ActSaleRecord, "/registro_venta", "Record a sale, as the first client does", []string{"Patente", "CantSopaipillas"},
			map[string]*huma.Schema{"Patente": number, "Cliente": text, "CantSopaipillas": count, "Hora": text, "Stock": count, "Ubicacion": pair}, a.registroVenta},
		{gremio.ActPositionReport, "/ubicacion", "Report where a cart is, as the first client does", []string{"Patente", "Ubicacion"},
			map[string]*huma.Schema{"Patente": number, "Ubicacion": pair}, a.ubicacion},
		{gremio.ActSightingReport, "/agente_extranio", "Report a strange cart, as the first client does", []string{"Ubicacion"},
			map[string]*huma.Schema{"Ubicacion": pair, "Patente": number}, a.agenteExtranio},
	}
	type rawInput struct {
		IdempotencyKey
		RawBody []byte `contentType:"application/json"`
	}
	for _, r := range routes {
		r.fields["id"] = &huma.Schema{Type: "string", Description: "Names the event, so that sending it again counts once"}
		schema := &huma.Schema{Type: "object", Properties: r.fields, Required: r.required, AdditionalProperties: true}
		o := op(r.act, http.MethodPost, r.path, "first-client-"+strings.ReplaceAll(r.path[1:], "_", "-"), r.summary,
			accepted, rawBody(map[string]*huma.Schema{"application/json": schema}))
		o.Tags = []string{"first client"}
		register(a, o, func(ctx context.Context, in *rawInput) (*acceptedOutput, error) {
			f, err := readFields(in.RawBody)
			if err != nil {
				return nil, err
			}
			return r.take(ctx, f, f.key(in.Key))
		})
	}
}

func (a *api) registroMiembro(ctx context.Context, f *fields, key string) (*acceptedOutput, error) {
	p := gremio.Personal{GivenName: f.text("Nombre"), FamilyName: f.text("Apellido"), RUT: f.text("Rut"), Email: f.text("Correo")}
	if rut, err := gremio.ParseRUT(p.RUT); err == nil {
		p.RUT = rut.String()
	}
	e := gremio.ApplicationSubmitted{Origin: "first_client", Tier: f.tier("Registro")}
	if f.has("Patente") {
		plate := f.plate("Patente")
		e.Plate = &plate
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	return a.takeOne(ctx, a.submitted(key, p, e, gremio.DigestOf(f.raw)))
}

func (a *api) registroVenta(ctx context.Context, f *fields, key string) (*acceptedOutput, error) {
	now, settings := gremio.Instant(a.Now()), a.settings.get(ctx)
	s := gremio.SaleRecorded{
		Plate: f.plate("Patente"), Client: f.text("Cliente"), Units: f.count("CantSopaipillas", 1),
		TimeText: f.text("Hora"), Time: now,
	}
	if f.has("Stock") {
		stock := f.count("Stock", 0)
		s.Stock = &stock
	}
	if f.has("Ubicacion") {
		s.Place = f.place("Ubicacion", settings.Box)
	}
	// "12:30" said by a clock a little ahead of ours is today's, not yesterday's.
	if said, ok := gremio.ParseHora(s.TimeText, now.Add(clockSlack)); ok {
		s.Time, s.DeviceTime = gremio.BelievableTime(&said, now, gremio.OldestSaleTime)
	}
	if err := f.errWith(s, map[string]string{"units": "CantSopaipillas", "client": "Cliente", "stock": "Stock", "time_text": "Hora", "plate": "Patente", "place": "Ubicacion"}); err != nil {
		return nil, err
	}
	return a.takeOne(ctx, intake{event: identified(gremio.Event{Subject: string(s.Plate), Data: s, Digest: gremio.DigestOf(f.raw)}, key, now), named: key != ""})
}

func (a *api) ubicacion(ctx context.Context, f *fields, key string) (*acceptedOutput, error) {
	now := gremio.Instant(a.Now())
	p := gremio.PositionReported{Plate: f.plate("Patente"), Place: f.place("Ubicacion", a.settings.get(ctx).Box), Time: now}
	if err := f.err(); err != nil {
		return nil, err
	}
	return a.takeOne(ctx, intake{event: identified(gremio.Event{Subject: string(p.Plate), Data: p, Digest: gremio.DigestOf(f.raw)}, key, now), named: key != ""})
}

func (a *api) agenteExtranio(ctx context.Context, f *fields, key string) (*acceptedOutput, error) {
	now := gremio.Instant(a.Now())
	s := gremio.SightingReported{Time: now}
	if p := f.place("Ubicacion", a.settings.get(ctx).Box); p != nil {
		s.Place = *p
	}
	if f.has("Patente") {
		plate := f.plate("Patente")
		s.Plate = &plate
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	return a.takeOne(ctx, intake{event: identified(gremio.Event{Special: true, Data: s, Digest: gremio.DigestOf(f.raw)}, key, now), named: key != ""})
}

// clockSlack is how far a phone's clock may run ahead of ours and its HH:MM
// still mean today.
const clockSlack = 2 * gremio.MaxClockLead / 10

// fields reads the first client's JSON as its clients wrote it: numbers as text,
// text as numbers, and unknown fields passed over.
type fields struct {
	raw   map[string]any
	wrong wrong
}

func readFields(body []byte) (*fields, error) {
	raw, err := decodeObject(body)
	return &fields{raw: raw}, err
}

// key returns the name that the client gave the event, "" when it gave none: the
// header's, else the body's id, which is then no part of what was said.
func (f *fields) key(header string) string {
	name, key := "Idempotency-Key", header
	if f.has("id") {
		id := f.text("id")
		if key != "" && key != id {
			f.wrong.add("id", "is another than the header Idempotency-Key: name the event once")
		}
		name, key = "id", id
	}
	delete(f.raw, "id")
	if message := gremio.IDError(key); message != "" {
		f.wrong.add(name, message)
	}
	return key
}

func (f *fields) err() error { return gremio.InvalidFields(f.wrong.fields) }

// errWith adds what the event finds wrong, under the client's own field names.
func (f *fields) errWith(d gremio.Data, names map[string]string) error {
	have := map[string]bool{}
	for _, w := range f.wrong.fields {
		have[w.Field] = true
	}
	for _, w := range d.Validate() {
		if name, ok := names[w.Field]; ok && !have[name] {
			f.wrong.add(name, w.Message)
		}
	}
	return f.err()
}

// has reports whether the field is there and says something.
func (f *fields) has(name string) bool {
	v, ok := f.raw[name]
	return ok && v != nil && v != ""
}

func (f *fields) text(name string) string {
	var s string
	switch v := f.raw[name].(type) {
	case nil:
		return ""
	case string:
		s = v
	case json.Number:
		s = v.String()
	default:
		f.wrong.add(name, "must be text")
		return ""
	}
	if message := gremio.TextError(s, gremio.MaxTextRunes); message != "" {
		f.wrong.add(name, message)
	}
	return s
}

func (f *fields) plate(name string) gremio.Plate {
	if !f.has(name) {
		f.wrong.add(name, "is missing")
		return ""
	}
	switch v := f.raw[name].(type) {
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE-+") {
			f.wrong.add(name, "as a number must be whole and not negative")
			return ""
		}
		return f.wrong.plate(name, v.String())
	case string:
		return f.wrong.plate(name, f.text(name))
	}
	f.wrong.add(name, "must be a number or text")
	return ""
}

func (f *fields) count(name string, least int) int {
	n, ok := f.number(name, f.raw[name])
	if !ok {
		return 0
	}
	if n != math.Trunc(n) || n < float64(least) || n > gremio.MaxUnits {
		f.wrong.add(name, "must be a whole number from "+strconv.Itoa(least)+" to "+strconv.Itoa(gremio.MaxUnits))
		return 0
	}
	return int(n)
}

func (f *fields) number(name string, v any) (float64, bool) {
	var text string
	switch v := v.(type) {
	case nil:
		f.wrong.add(name, "is missing")
		return 0, false
	case json.Number:
		text = v.String()
	case string:
		text = strings.TrimSpace(v)
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		f.wrong.add(name, "must be a number")
		return 0, false
	}
	return n, true
}

// maxGrid bounds what a grid position may be; the first client's own are 0 to 99.
const maxGrid = 1e6

func (f *fields) place(name string, box gremio.Box) *gremio.Place {
	pair, ok := f.raw[name].([]any)
	if !ok || len(pair) != 2 {
		if f.has(name) {
			f.wrong.add(name, "must be a pair of numbers")
		} else {
			f.wrong.add(name, "is missing")
		}
		return nil
	}
	x, ok1 := f.number(name+"[0]", pair[0])
	y, ok2 := f.number(name+"[1]", pair[1])
	if !ok1 || !ok2 {
		return nil
	}
	if math.Abs(x) > maxGrid || math.Abs(y) > maxGrid {
		f.wrong.add(name, "has an impossible number")
		return nil
	}
	p := gremio.ReadPair(x, y, box)
	return &p
}

func (f *fields) tier(name string) gremio.Tier {
	switch gremio.Fold(f.text(name)) {
	case "premium":
		return gremio.TierPremium
	case "basico", "":
		return gremio.TierBasic
	}
	f.wrong.add(name, "must be Premium or Basico")
	return gremio.TierBasic
}
