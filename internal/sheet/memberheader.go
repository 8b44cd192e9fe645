package sheet

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"gremio"
)

// The columns of a list of members, as the API calls them, and the surnames that many
// lists keep in two.
const (
	colGivenName      = "given_name"
	colFamilyName     = "family_name"
	colFirstSurname   = "first_surname"
	colSecondSurname  = "second_surname"
	colRUT            = "rut"
	colRUTDV          = "rut_dv"
	colDocument       = "document"
	colEmail          = "email"
	colPhone          = "phone"
	colPlate          = "plate"
	colTier           = "tier"
	colConsent        = "consent"
	colConsentVersion = "consent_version"
)

// headings are what a column is called in lists, its letters alone.
var headings = func() map[string]string {
	all := map[string]string{}
	for column, names := range map[string]string{
		colGivenName:      "nombre nombres givenname firstname firstnames primernombre",
		colFamilyName:     "apellido apellidos familyname lastname surname surnames",
		colFirstSurname:   "apellidopaterno paterno primerapellido apaterno firstsurname",
		colSecondSurname:  "apellidomaterno materno segundoapellido amaterno secondsurname",
		colRUT:            "rut run rutrun rutorun cedula ceduladeidentidad carnet",
		colRUTDV:          "dv rutdv digito digitoverificador checkdigit",
		colDocument:       "documento otrodocumento pasaporte passport document otherdocument",
		colEmail:          "correo correos correoelectronico email mail correoemail",
		colPhone:          "telefono fono celular movil phone mobile telephone telefonocelular telefonomovil numerodetelefono whatsapp",
		colPlate:          "patente placa ppu plate licenseplate patentedelcarro placapatente codigodelcarro",
		colTier:           "tipo registro tier plan tipoderegistro tipodesocio categoria",
		colConsent:        "consentimiento consent consenttracking consentimientoseguimiento consentimientodeseguimiento autorizaseguimiento",
		colConsentVersion: "versionconsentimiento versiondelconsentimiento consentimientoversion consentversion versiondeltexto",
	} {
		for _, name := range strings.Fields(names) {
			all[name] = column
		}
	}
	return all
}()

// MemberColumns returns the columns that a file's own may be mapped to.
func MemberColumns() []string {
	names := map[string]bool{}
	for _, column := range headings {
		names[column] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// heading returns the letters and digits of what a column is called, folded.
func heading(cell string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, gremio.SameName(cell))
}

// A header says in which place of a row each column stands.
type header struct {
	at      map[string]int
	names   map[string]string // as the file calls them
	unread  []string
	written []string
}

// readHeader reads the names of columns; mapped are a file's own.
func readHeader(cells []string, mapped map[string]string) (header, error) {
	h := header{at: map[string]int{}, names: map[string]string{}}
	own := map[string]string{}
	for name, column := range mapped {
		if !slices.Contains(MemberColumns(), column) {
			return h, gremio.Errorf(gremio.Invalid, "--map %s=%s: there is no column %s, but %s", name, column, column, strings.Join(MemberColumns(), ", "))
		}
		own[heading(name)] = column
	}
	for i, cell := range cells {
		cell = strings.TrimSpace(cell)
		if cell == "" {
			continue
		}
		h.written = append(h.written, cell)
		column, ok := own[heading(cell)]
		if !ok {
			column, ok = headings[heading(cell)]
		}
		if !ok {
			h.unread = append(h.unread, cell)
			continue
		}
		if _, twice := h.at[column]; twice {
			return h, gremio.Errorf(gremio.Invalid, "columns %q and %q are both %s: name one otherwise", h.names[column], cell, column)
		}
		h.at[column], h.names[column] = i, cell
	}
	for name := range mapped {
		if !slices.ContainsFunc(h.written, func(cell string) bool { return heading(cell) == heading(name) }) {
			return h, gremio.Errorf(gremio.Invalid, "--map %s: the file has no such column, but %s", name, strings.Join(h.written, ", "))
		}
	}
	return h, nil
}

func (h header) has(column string) bool { _, ok := h.at[column]; return ok }

// missing returns what a list of members cannot be without.
func (h header) missing() []string {
	var all []string
	want := func(have bool, name string) {
		if !have {
			all = append(all, name)
		}
	}
	want(h.has(colGivenName), colGivenName)
	want(h.has(colFamilyName) || h.has(colFirstSurname), colFamilyName)
	want(h.has(colRUT) || h.has(colDocument), colRUT)
	want(h.has(colEmail), colEmail)
	return all
}

// cell returns what a row says in a column, trimmed. A quotation mark before what
// would be a formula is a sheet program's.
func (h header) cell(row Row, column string) string {
	i, ok := h.at[column]
	if !ok || i >= len(row.Cells) {
		return ""
	}
	text := strings.TrimSpace(row.Cells[i])
	if len(text) > 1 && text[0] == '\'' && strings.ContainsRune("=+-@", rune(text[1])) {
		return text[1:]
	}
	return text
}

// name returns what the file calls a column.
func (h header) name(column string) string {
	if name, ok := h.names[column]; ok {
		return name
	}
	return column
}
