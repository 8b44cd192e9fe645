package sheet_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"gremio"
	"gremio/internal/sheet"
)

func written(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func workbook(t *testing.T, rows ...[]any) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "socios.xlsx")
	if err := f.SaveAs(file); err != nil {
		t.Fatal(err)
	}
	return file
}

const list = "Nombre;Apellido paterno;Apellido materno;R.U.T.;Correo electrónico;Teléfono;Patente;Tipo;Consentimiento;Ingreso\r\n" +
	"Núria;Peña;Soto;12.345.678-5;nuria@example.cl;09 1234 5678;BB·CL·12;Básico;Sí;01-03-2026\r\n" +
	"José;\"O'Higgins; hijo\";;1000005-k;JOSE@EXAMPLE.CL;;7;PREMIUM;no;\r\n"

// The same list as Excel in Spanish, Excel's Unicode text, LibreOffice and a program
// would write it, and as a workbook.
func TestMemberFileHoweverWritten(t *testing.T) {
	ansi, err := charmap.Windows1252.NewEncoder().String(list)
	if err != nil {
		t.Fatal(err)
	}
	utf16 := "\xff\xfe"
	for _, r := range strings.ReplaceAll(strings.ReplaceAll(list, `"O'Higgins; hijo"`, "O'Higgins; hijo"), ";", "\t") {
		utf16 += string([]byte{byte(r), byte(r >> 8)})
	}
	utf16 = strings.ReplaceAll(utf16, "s\x00\t\x00 \x00", "s\x00;\x00 \x00")
	commas := strings.NewReplacer(`"O'Higgins; hijo"`, `"O'Higgins; hijo"`, ";", ",", "\r\n", "\n").Replace(strings.ReplaceAll(list, "; hijo", "\x00"))
	commas = strings.ReplaceAll(commas, "\x00", "; hijo")
	for name, file := range map[string]string{
		"windows-1252": written(t, "a.csv", ansi), "utf-8": written(t, "b.csv", list), "bom": written(t, "c.csv", "\ufeff"+list), "sep": written(t, "d.csv", "sep=;\r\n"+list),
		"commas": written(t, "e.csv", commas), "utf-16": written(t, "f.txt", utf16), "title": written(t, "g.csv", "Lista de socios\r\n\r\n"+list),
		"workbook": workbook(t, []any{"Nombre", "Apellidos", "RUT", "DV", "E-mail", "Celular", "Patente", "Registro", "Consentimiento"},
			[]any{"Núria", "Peña Soto", 12345678, 5, "nuria@example.cl", 56912345678, "bbcl12", "basico", true}, []any{},
			[]any{"José", "O'Higgins; hijo", 1000005, "K", "JOSE@EXAMPLE.CL", nil, 7, "Premium", "NO"}),
	} {
		f, err := sheet.ReadMemberFile(file, sheet.MemberFileOptions{Tier: gremio.TierBasic, ConsentVersion: "2"})
		if err != nil || len(f.Lines) != 2 || len(f.Problems) > 0 {
			t.Errorf("%s: %+v, %v", name, f, err)
			continue
		}
		a, b := f.Lines[0], f.Lines[1]
		if a.Name() != "Núria Peña Soto" || a.RUT != "12345678-5" || a.Email != "nuria@example.cl" || a.Phone != "+56912345678" || a.Plate != "BBCL12" || a.Tier != gremio.TierBasic ||
			a.Consent != (gremio.Consent{Tracking: true, Version: "2"}) || len(a.Problems) > 0 {
			t.Errorf("%s: %+v", name, a)
		}
		if b.Name() != "José O'Higgins; hijo" || b.RUT != "1000005-K" || b.Plate != "7" || b.Tier != gremio.TierPremium || b.Consent.Tracking || len(b.Problems) > 0 {
			t.Errorf("%s: %+v", name, b)
		}
		if want := map[string]int{"sep": 3, "title": 4}[name]; want > 0 && a.Line != want {
			t.Errorf("%s: line %d, want %d", name, a.Line, want)
		}
	}
}

// Every wrong cell is named by line and column, and nothing of a person is repeated.
func TestMemberFileProblems(t *testing.T) {
	file := written(t, "a.csv", "Nombre,Apellido,RUT,Documento,Correo,Celular,Patente,Tipo,Consentimiento\n"+
		",Soto,12345678-4,,rosa,1234 5678,ÑANDÚ,oro,quizás\n"+
		"Rosa,Soto,12345678-5,,rosa@example.cl,\"5,69123E+10\",A1,,\n"+
		"\"Ana\nMaría\",Soto,12.345.678-5,,ana@example.cl,,a-1,,sí\n"+
		"Luz,Rojas,,,luz@example.cl,,,,\n")
	f, err := sheet.ReadMemberFile(file, sheet.MemberFileOptions{Tier: gremio.TierBasic})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range f.Lines {
		for _, p := range l.Problems {
			got = append(got, fmt.Sprintf("%d %s", p.Line, p.Column))
			for _, personal := range []string{"12345678-4", "rosa", "5,69123"} {
				if strings.Contains(p.Message, personal) {
					t.Errorf("%+v repeats %s", p, personal)
				}
			}
		}
	}
	want := strings.Split("2 Nombre|2 RUT|2 Correo|2 Celular|2 Patente|2 Tipo|2 Consentimiento|3 Celular|4 Consentimiento|4 RUT|4 Patente|6 RUT", "|")
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestMemberFileThatIsNone(t *testing.T) {
	for _, test := range []struct{ text, says string }{
		{"", "no line names the columns"}, {"hola\n", "no line names"}, {"Nombre;Apellido;RUT\na;b;1-9\n", "email"}, {"Nombre;Nombres;Apellido;RUT;Correo\n", "both"},
		{"\xd0\xcf\x11\xe0xx", "before 2007"}, {"%PDF-1.4", "PDF"}, {"PK\x03\x04xx", "workbook"},
	} {
		_, err := sheet.ReadMemberFile(written(t, "a.csv", test.text), sheet.MemberFileOptions{})
		if err == nil || gremio.KindOf(err) != gremio.Invalid || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q: %v, want %q", test.text, err, test.says)
		}
	}
	f, err := sheet.ReadMemberFile(written(t, "a.csv", "Nombre;Apellido;RUT;Correo\na;b;1-9;a@b.cl\na;\"b\"c;1-9;x@b.cl\n"), sheet.MemberFileOptions{})
	if err != nil || len(f.Lines) != 1 || len(f.Problems) != 1 || f.Problems[0].Line != 3 {
		t.Errorf("%+v, %v", f, err)
	}
	f, err = sheet.ReadMemberFile(written(t, "a.csv", "Nombre;Apellido;RUT;Contacto\na;b;1-9;a@b.cl\n"), sheet.MemberFileOptions{Columns: map[string]string{"contacto": "email"}})
	if err != nil || len(f.Lines) != 1 || f.Lines[0].Email != "a@b.cl" {
		t.Errorf("%+v, %v", f, err)
	}
}

// Ten thousand lines are read in a moment and some megabytes.
func TestTenThousandLines(t *testing.T) {
	var csv strings.Builder
	rows := [][]any{{"Nombre", "Apellido", "Documento", "Correo", "Telefono"}}
	csv.WriteString("Nombre;Apellido;Documento;Correo;Telefono\n")
	for n := range 10_000 {
		fmt.Fprintf(&csv, "Rosa;Soto %d;P%d;r%d@example.cl;912345678\n", n, n, n)
		rows = append(rows, []any{"Rosa", fmt.Sprintf("Soto %d", n), fmt.Sprintf("P%d", n), fmt.Sprintf("r%d@example.cl", n), 912345678})
	}
	for _, file := range []string{written(t, "a.csv", csv.String()), workbook(t, rows...)} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		began := time.Now()
		f, err := sheet.ReadMemberFile(file, sheet.MemberFileOptions{Tier: gremio.TierBasic})
		took := time.Since(began)
		runtime.GC()
		runtime.ReadMemStats(&after)
		if err != nil || len(f.Lines) != 10_000 || len(f.Lines[9_999].Problems) > 0 {
			t.Fatalf("%s: %d lines, %v", file, len(f.Lines), err)
		}
		t.Logf("%s: %s, %d KB kept, %d MB allocated", filepath.Ext(file), took.Round(time.Millisecond), (int64(after.HeapAlloc)-int64(before.HeapAlloc))>>10, (after.TotalAlloc-before.TotalAlloc)>>20)
		runtime.KeepAlive(f)
	}
}
