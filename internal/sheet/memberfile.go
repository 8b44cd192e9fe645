package sheet

import (
	"errors"
	"fmt"
	"strings"

	"gremio"
)

// A MemberLine is somebody on a list whom the office wants to take in, in the stored
// forms as far as they are right.
type MemberLine struct {
	Line int
	gremio.Personal
	Plate    gremio.Plate // "" when the cart has none
	Tier     gremio.Tier
	Consent  gremio.Consent
	Problems []LineProblem
}

// A LineProblem is what is wrong with a line. It never repeats personal data.
type LineProblem struct {
	Line    int
	Column  string // as the file calls it
	Message string
}

// A MemberFile is a list of people to take in.
type MemberFile struct {
	Lines    []MemberLine
	Problems []LineProblem // of no one's line
	Unread   []string      // columns that nothing is done with
	names    map[string]string
}

// Column returns what the file calls a column of the API.
func (f MemberFile) Column(column string) string { return header{names: f.names}.name(column) }

// MemberFileOptions say what a file itself does not.
type MemberFileOptions struct {
	Sheet          string            // of a workbook; the first when empty
	Columns        map[string]string // what the file calls a column, and what it is
	Tier           gremio.Tier       // of lines that say none
	ConsentVersion string            // of the text that those who agreed were shown
}

// mostBefore is how many lines a title may have above the names of the columns.
const mostBefore = 20

// ReadMemberFile reads a list of people and says of each line what is wrong with it,
// the same person or plate on two lines included. It fails when there is no list in
// the file at all.
func ReadMemberFile(file string, o MemberFileOptions) (MemberFile, error) {
	var f MemberFile
	var h header
	var above []Row
	err := ReadRows(file, o.Sheet, func(row Row) error {
		if h.at != nil {
			f.Lines = append(f.Lines, o.read(h, row))
			return nil
		}
		candidate, err := readHeader(row.Cells, o.Columns)
		if err == nil && len(candidate.missing()) == 0 {
			h = candidate
			return nil
		}
		if above = append(above, row); len(above) == mostBefore {
			return o.noHeader(above)
		}
		return nil
	})
	var wrong *RowError
	switch {
	case errors.As(err, &wrong):
		f.Problems = append(f.Problems, LineProblem{wrong.Line, "", wrong.Message})
	case err != nil:
		return f, err
	}
	if h.at == nil {
		return f, o.noHeader(above)
	}
	f.Unread, f.names = h.unread, h.names
	f.findRepeats(h)
	return f, nil
}

// noHeader says what is missing in the row that looks most like the names of columns.
func (o MemberFileOptions) noHeader(rows []Row) error {
	var best header
	var wrong error
	for _, row := range rows {
		h, err := readHeader(row.Cells, o.Columns)
		if len(h.at) >= max(1, len(best.at)) {
			best, wrong = h, err
		}
	}
	switch {
	case len(best.at) == 0:
		return gremio.Errorf(gremio.Invalid, "no line names the columns: want Nombre, Apellido, RUT, Correo, and as there are Teléfono, Patente, Tipo, Consentimiento")
	case wrong != nil:
		return wrong
	}
	return gremio.Errorf(gremio.Invalid, "there is no column for %s among %s: name it with --map \"NAME=%s\"",
		strings.Join(best.missing(), ", "), strings.Join(best.written, ", "), best.missing()[0])
}

func (o MemberFileOptions) read(h header, row Row) MemberLine {
	m := MemberLine{Line: row.Line, Tier: o.Tier}
	add := func(column, message string) {
		m.Problems = append(m.Problems, LineProblem{row.Line, h.name(column), message})
	}
	m.GivenName = named(h, row, add, colGivenName)
	m.FamilyName = named(h, row, add, colFamilyName, colFirstSurname, colSecondSurname)
	m.identify(h, row, add)
	m.reach(h, row, add)
	if text := h.cell(row, colPlate); text != "" {
		var err error
		if m.Plate, err = gremio.ParsePlate(text); err != nil {
			add(colPlate, strings.TrimPrefix(err.Error(), "plate "))
		}
	}
	if text := h.cell(row, colTier); text != "" {
		var ok bool
		if m.Tier, ok = tiers[gremio.Fold(text)]; !ok {
			add(colTier, "is neither básico nor premium")
		}
	}
	o.agree(&m, h, row, add)
	return m
}

var tiers = map[string]gremio.Tier{"basico": gremio.TierBasic, "basica": gremio.TierBasic, "basic": gremio.TierBasic, "premium": gremio.TierPremium}

// named reads a name, which may stand in several columns.
func named(h header, row Row, add func(column, message string), columns ...string) string {
	var parts []string
	shown := columns[0]
	for _, column := range columns {
		if h.has(column) && !h.has(shown) {
			shown = column
		}
		if text := h.cell(row, column); text != "" {
			parts = append(parts, text)
		}
	}
	name := strings.Join(parts, " ")
	if message := gremio.TextError(name, gremio.MaxTextRunes); message != "" {
		add(shown, message)
	} else if gremio.Fold(name) == "" {
		add(shown, "is missing")
	}
	return name
}

// identify reads the RUT or the other document.
func (m *MemberLine) identify(h header, row Row, add func(column, message string)) {
	m.Document = h.cell(row, colDocument)
	if message := gremio.TextError(m.Document, gremio.MaxTextRunes); message != "" {
		add(colDocument, message)
	}
	text, check := h.cell(row, colRUT), h.cell(row, colRUTDV)
	if text == "" {
		if gremio.Fold(m.Document) == "" {
			add(colRUT, "is missing, and so is another document")
		}
		return
	}
	rut, err := gremio.ParseRUT(text)
	if check != "" {
		rut, err = gremio.ParseRUTApart(text, check)
	}
	if err != nil {
		add(colRUT, err.Error())
		return
	}
	m.RUT = rut.String()
}

// reach reads e-mail and phone.
func (m *MemberLine) reach(h header, row Row, add func(column, message string)) {
	var err error
	if m.Email, err = gremio.ParseEmail(h.cell(row, colEmail)); err != nil {
		add(colEmail, strings.TrimPrefix(err.Error(), "e-mail "))
	}
	text := h.cell(row, colPhone)
	if text == "" {
		return
	}
	if shortened.MatchString(text) {
		add(colPhone, "is a number that a sheet program has shortened (5,69E+10): make the column one of text and fill it in again")
		return
	}
	phone, err := gremio.ParsePhone(text)
	if err != nil {
		add(colPhone, strings.TrimPrefix(err.Error(), "phone "))
	}
	m.Phone = string(phone)
}

var answers = map[string]bool{
	"si": true, "s": true, "yes": true, "y": true, "x": true, "1": true, "true": true, "verdadero": true, "acepta": true, "ok": true,
	"": false, "no": false, "n": false, "0": false, "false": false, "falso": false, "rechaza": false, "-": false,
}

// agree reads whether somebody let the place of the cart be followed. A yes without
// the version of the text is worth nothing: nobody could show what it was said to.
func (o MemberFileOptions) agree(m *MemberLine, h header, row Row, add func(column, message string)) {
	yes, known := answers[gremio.Fold(h.cell(row, colConsent))]
	if !known {
		add(colConsent, "is neither sí nor no")
	}
	if !yes {
		return
	}
	version := h.cell(row, colConsentVersion)
	if version == "" {
		version = o.ConsentVersion
	}
	switch {
	case version == "":
		add(colConsent, "does not say to which version of the text: give --consent-version or a column consent_version")
	case len(version) > maxVersion:
		add(colConsentVersion, fmt.Sprintf("is longer than %d characters", maxVersion))
	}
	m.Consent = gremio.Consent{Tracking: true, Version: version}
}

const maxVersion = 32 // as the API has it

// findRepeats notes who is on the list twice, at the later line.
func (f *MemberFile) findRepeats(h header) {
	first := map[string]int{}
	for i := range f.Lines {
		m := &f.Lines[i]
		for _, key := range []struct{ column, value string }{{colRUT, m.RUT}, {colDocument, gremio.Fold(m.Document)}, {colPlate, string(m.Plate)}} {
			if key.value == "" {
				continue
			}
			if line, again := first[key.column+key.value]; again {
				m.Problems = append(m.Problems, LineProblem{m.Line, h.name(key.column), fmt.Sprintf("is that of line %d", line)})
				continue
			}
			first[key.column+key.value] = m.Line
		}
	}
}
