package main_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"gremio"
)

// testFirstClient sends each of the first client's requests in every way that
// it writes plates, coordinates and hours, and looks for them in the database,
// the API and the live stream.
func testFirstClient(t *testing.T, g *guild) {
	up := g.startAPI("up")
	up.openAllDay()
	page := up.watch()
	var applications, sales, sightings []string
	for _, patente := range []string{`7`, `"7"`, `"BB-CL 12"`} {
		applications = append(applications, firstClientApplies(t, g, up, patente))
		for _, hora := range []string{`,"Hora":"12:30"`, `,"Hora":"hoy"`, ``} {
			sales = append(sales, firstClientSells(t, g, up, patente, hora))
		}
		for _, at := range []string{`[-33.4372,-70.6506]`, `[-70.65,-33.44]`, `[20,95]`} {
			firstClientMoves(t, g, up, page, patente, at)
			sightings = append(sightings, firstClientSees(t, g, up, patente, at))
		}
	}
	for section, ids := range map[string][]string{"applications": applications, "sales": sales, "sightings": sightings} {
		shows(t, page, section, func(all []struct{ ID string }) bool {
			for _, id := range ids {
				if !slices.Contains(all, struct{ ID string }{id}) {
					return false
				}
			}
			return true
		})
	}
	g.want(9, "SELECT COUNT(*) FROM sales")
	g.want(9, "SELECT COUNT(*) FROM track")
	g.want(9, "SELECT COUNT(*) FROM sightings")
	g.want(3, "SELECT COUNT(*) FROM applications")
	g.want(2, "SELECT COUNT(*) FROM carts") // 7 and "7" are one
}

// openAllDay lets a shift start at whatever hour the test runs.
func (p *process) openAllDay() {
	p.t.Helper()
	if code, _, answer := p.try("PUT", "/v1/settings", `{"opens_at":"00:00","closes_at":"00:00"}`); code != 200 {
		p.t.Fatalf("PUT /v1/settings: %d %s", code, answer)
	}
}

func plateOf(patente string) string {
	if patente == `"BB-CL 12"` {
		return "BBCL12"
	}
	return "7"
}

type place struct {
	Lat, Lon *float64
	Grid     *struct{ X, Y float64 }
}

// is says whether the place is what the first client's pair means.
func (p place) is(pair string) bool {
	want := map[string][2]float64{`[-33.4372,-70.6506]`: {-33.4372, -70.6506}, `[-70.65,-33.44]`: {-33.44, -70.65}}
	if degrees, ok := want[pair]; ok {
		return p.Grid == nil && p.Lat != nil && p.Lon != nil && *p.Lat == degrees[0] && *p.Lon == degrees[1]
	}
	return p.Grid != nil && p.Grid.X == 20 && p.Grid.Y == 95 && p.Lat == nil && p.Lon == nil
}

func firstClientApplies(t *testing.T, g *guild, up *process, patente string) string {
	t.Helper()
	type application struct {
		ID, Plate, Tier, State string
		GivenName              string `json:"given_name"`
		FamilyName             string `json:"family_name"`
		RUT, Email             string
		Reasons                []string
	}
	a := up.post("/registro_miembro", `{"Nombre":"Juan","Apellido":"Pérez","Rut":"11111111-2","Correo":"juan@example.cl","Patente":`+patente+`,"Registro":"Basico"}`)
	eventually(t, "the application is in the API", func() error {
		app, err := ask[application](up, "/v1/applications/"+a.ID)
		if err != nil {
			return err
		}
		if app.Plate != plateOf(patente) || app.Tier != "basic" || app.State != "waiting" || app.GivenName != "Juan" || app.FamilyName != "Pérez" ||
			app.RUT != "11111111-2" || app.Email != "juan@example.cl" {
			t.Fatalf("%+v", app)
		}
		for _, missing := range []string{"rut_invalid", "phone_missing", "consent_missing"} {
			if !slices.Contains(app.Reasons, missing) {
				t.Fatalf("reasons %v lack %s", app.Reasons, missing)
			}
		}
		return nil
	})
	g.want(1, "SELECT COUNT(*) FROM applications WHERE application_id = ? AND plate = ?", a.ID, plateOf(patente))
	return a.ID
}

func firstClientSells(t *testing.T, g *guild, up *process, patente, hora string) string {
	t.Helper()
	type sale struct {
		ID, Plate, Client string
		Units             int
		Time              time.Time
		ReceivedAt        time.Time `json:"received_at"`
		TimeText          string    `json:"time_text"`
		Stock             *int
	}
	client := fmt.Sprintf(`El "Guatón" %s%s`, patente, hora)
	name, _ := json.Marshal(client)
	a := up.post("/registro_venta", `{"Patente":`+patente+`,"Cliente":`+string(name)+`,"CantSopaipillas":2,"Stock":200`+hora+`}`)
	var got sale
	eventually(t, "the sale is in the API", func() error {
		sales, err := ask[items[sale]](up, "/v1/sales?limit=1000&plate="+plateOf(patente))
		if err != nil {
			return err
		}
		at := slices.IndexFunc(sales.Items, func(s sale) bool { return s.ID == a.ID })
		if at < 0 {
			return errorf("not among %d sales", len(sales.Items))
		}
		got = sales.Items[at]
		return nil
	})
	if got.Plate != plateOf(patente) || got.Client != client || got.Units != 2 || got.Stock == nil || *got.Stock != 200 {
		t.Errorf("sale %+v", got)
	}
	switch local := got.Time.In(gremio.Santiago()); hora {
	case `,"Hora":"12:30"`:
		ago := got.ReceivedAt.Sub(got.Time)
		if local.Format("15:04:05") != "12:30:00" || ago < -10*time.Minute || ago > 25*time.Hour || got.TimeText != "12:30" {
			t.Errorf("12:30 was taken as %s (text %q), received %s", local, got.TimeText, got.ReceivedAt)
		}
	case `,"Hora":"hoy"`:
		if !got.Time.Equal(got.ReceivedAt) || got.TimeText != "hoy" {
			t.Errorf("hoy was taken as %s (text %q), received %s", got.Time, got.TimeText, got.ReceivedAt)
		}
	default:
		if !got.Time.Equal(got.ReceivedAt) || got.TimeText != "" {
			t.Errorf("no Hora was taken as %s (text %q), received %s", got.Time, got.TimeText, got.ReceivedAt)
		}
	}
	g.want(2, "SELECT units FROM sales WHERE sale_id = ? AND plate = ?", a.ID, plateOf(patente))
	return a.ID
}

func firstClientMoves(t *testing.T, g *guild, up *process, page *liveView, patente, at string) {
	t.Helper()
	type cart struct {
		Plate, State string
		place
		FixedAt *time.Time `json:"fixed_at"`
	}
	plate := plateOf(patente)
	a := up.post("/ubicacion", `{"Patente":`+patente+`,"Ubicacion":`+at+`}`)
	eventually(t, "the position is in the API", func() error {
		c, err := ask[cart](up, "/v1/carts/"+plate)
		if err != nil {
			return err
		}
		if !c.is(at) || c.State != "live" {
			return errorf("cart %+v after %s", c, at)
		}
		return nil
	})
	g.want(1, "SELECT COUNT(*) FROM track WHERE event_id = ?", a.ID)
	shows(t, page, plate, func(c cart) bool { return c.is(at) && c.State == "live" })
}

func firstClientSees(t *testing.T, g *guild, up *process, patente, at string) string {
	t.Helper()
	type sighting struct {
		ID, Plate string
		place
	}
	a := up.post("/agente_extranio", `{"Ubicacion":`+at+`,"Patente":`+patente+`}`)
	is := func(s sighting) bool { return s.ID == a.ID && s.Plate == plateOf(patente) && s.is(at) }
	eventually(t, "the sighting is in the API", func() error {
		all, err := ask[items[sighting]](up, "/v1/sightings")
		if err == nil && !slices.ContainsFunc(all.Items, is) {
			return errorf("%s is not in %+v", a.ID, all.Items)
		}
		return err
	})
	g.want(1, "SELECT COUNT(*) FROM sightings WHERE sighting_id = ?", a.ID)
	return a.ID
}
