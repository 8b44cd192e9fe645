package sheet

import (
	"archive/zip"
	"io"
	"strconv"
	"time"

	"gremio"
)

// PersonZip writes all that the guild holds about a person: datos.json with
// everything, and tables of it as CSV.
func PersonZip(w io.Writer, f gremio.PersonFile) error {
	out := zip.NewWriter(w)
	add := func(name string, write func(io.Writer) error) error {
		file, err := out.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: f.MadeAt.In(gremio.Santiago())})
		if err != nil {
			return err
		}
		return write(file)
	}
	if err := add("datos.json", func(w io.Writer) error { return JSON(w, f) }); err != nil {
		return err
	}
	for _, t := range []table{personTable(f), salesOfPerson(f), trackOfPerson(f), readsOfPerson(f)} {
		if err := add(t.name+".csv", t.csv); err != nil {
			return err
		}
	}
	return out.Close()
}

func personTable(f gremio.PersonFile) table {
	t := table{name: "persona", header: []string{"campo", "valor"}}
	row := func(name, value string) {
		if value != "" {
			t.rows = append(t.rows, []any{name, harmless(value)})
		}
	}
	a := f.Application
	row("solicitud", a.ID)
	row("nombre", a.GivenName)
	row("apellido", a.FamilyName)
	row("rut", a.RUT)
	row("documento", a.Document)
	row("correo", a.Email)
	row("telefono", a.Phone)
	row("tipo", string(a.Tier))
	row("estado", a.State)
	row("enviada", inSantiago(a.SubmittedAt))
	for _, c := range a.Consents {
		given := "retirado"
		if c.Given {
			given = "dado"
		}
		row("consentimiento "+string(c.Purpose), given+" "+inSantiago(c.At)+", texto "+c.Version)
	}
	if f.Member == nil {
		return t
	}
	row("socio", f.Member.ID)
	row("socio desde", inSantiago(f.Member.JoinedAt))
	for _, c := range f.Member.Carts {
		until := ""
		if c.Until != nil {
			until = " hasta " + inSantiago(*c.Until)
		}
		row("carrito "+string(c.Plate), "desde "+inSantiago(c.From)+until)
	}
	for _, p := range f.Member.Permits {
		row("permiso "+string(p.Kind), p.Number+" hasta "+string(p.ExpiresOn))
	}
	return t
}

func salesOfPerson(f gremio.PersonFile) table {
	t := table{name: "ventas", header: []string{"hora", "patente", "cliente", "unidades", "stock", "monto", "lat", "lon", "id", "anulada"}}
	for _, s := range f.Sales {
		voided := ""
		if s.VoidedAt != nil {
			voided = inSantiago(*s.VoidedAt)
		}
		t.rows = append(t.rows, []any{inSantiago(s.Time), string(s.Plate), harmless(s.Client), s.Units, optional(s.Stock), optional(s.Amount), degrees(s.Lat), degrees(s.Lon), harmless(s.ID), voided})
	}
	return t
}

func trackOfPerson(f gremio.PersonFile) table {
	t := table{name: "recorrido", header: []string{"hora", "patente", "lat", "lon", "precision_m", "velocidad_m_s"}}
	for _, fix := range f.Track {
		t.rows = append(t.rows, []any{inSantiago(fix.Time), string(fix.Plate), degrees(fix.Lat), degrees(fix.Lon), optional(fix.Accuracy), optional(fix.Speed)})
	}
	return t
}

func readsOfPerson(f gremio.PersonFile) table {
	t := table{name: "quien_vio", header: []string{"hora", "quien", "que"}}
	for _, e := range f.Reads {
		t.rows = append(t.rows, []any{inSantiago(e.At), harmless(e.Actor), e.Action})
	}
	return t
}

func inSantiago(t time.Time) string {
	return t.In(gremio.Santiago()).Format("2006-01-02 15:04:05 -0700")
}

// degrees writes a coordinate as it was sent: two decimals would be a kilometre.
func degrees(v *float64) any {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

func optional[T any](v *T) any {
	if v == nil {
		return ""
	}
	return *v
}
