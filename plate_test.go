package gremio_test

import (
	"regexp"
	"strings"
	"testing"

	"gremio"

	"pgregory.net/rapid"
)

func TestParsePlate(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"ab.cd-12", "ABCD12"},
		{"AB.CD-12", "ABCD12"},
		{"BB-CL 12", "BBCL12"},
		{"BB·CL·12", "BBCL12"},
		{" bbcl12\n", "BBCL12"},
		{"BB\u00a0CL\u202f12", "BBCL12"},
		{"BB–CL—12", "BBCL12"},
		{"BB\u2011CL\u221212", "BBCL12"},
		{"BB\tCL 12", "BBCL12"},
		{"7", "7"},
		{"0", "0"},
		{"007", "007"},
		{"ABCDEFGH12345678", "ABCDEFGH12345678"},
	} {
		if got, err := gremio.ParsePlate(test.in); err != nil || string(got) != test.want {
			t.Errorf("ParsePlate(%q) = %q, %v; want %q", test.in, got, err, test.want)
		}
	}
}

func TestParsePlateRefuses(t *testing.T) {
	for _, test := range []struct{ in, says string }{
		{"", "empty"},
		{" .-· ", "empty"},
		{"ABCDEFGH123456789", "17 letters"},
		{"PEÑA12", "'Ñ'"},
		{"BÁCL12", "'Á'"},
		{"BB/CL12", "'/'"},
		{"BBCL12\nBBCL13", `'\n'`},
		{"BB_CL", "'_'"},
		{"ſ1", "'ſ'"}, // unicode.ToUpper makes S of it
		{"ı1", "'ı'"}, // and I of this
		{"ＡＢ12", "only letters"},
		{"-1.5e3!", "'!'"},
		{"\xff1", "only letters"},
	} {
		got, err := gremio.ParsePlate(test.in)
		if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "accepted") {
			t.Errorf("ParsePlate(%q) = %q, %v; want an error with %q and what is accepted", test.in, got, err, test.says)
		}
	}
}

func TestPlateRecognised(t *testing.T) {
	for plate, want := range map[gremio.Plate]bool{
		"AA1000": true, "BBCL12": true, "BBBBB1": true,
		"AA100": true, "LLL10": true, "BBBB1": true, "ABC123": true, "BYMQ99": true,
		"ABCD12": false, "BBBBA1": false, "7": false, "": false, "A1000": false,
		"AA10000": false, "BBBB123": false, "1000AA": false, "bbcl12": false, "BBCL12\n": false,
	} {
		if got := plate.Recognised(); got != want {
			t.Errorf("%q.Recognised() = %v", plate, got)
		}
	}
}

var plateForm = regexp.MustCompile(`^[A-Z0-9]{1,16}$`)

func TestPlateIsOneHoweverWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plate := rapid.StringMatching(`[A-Z0-9]{1,16}`).Draw(t, "plate")
		var written strings.Builder
		for _, r := range plate {
			written.WriteString(rapid.SampledFrom([]string{"", "", "", ".", "-", " ", "·", "\u00a0", "–"}).Draw(t, "gap"))
			if rapid.Bool().Draw(t, "lower") {
				r = []rune(strings.ToLower(string(r)))[0]
			}
			written.WriteRune(r)
		}
		if got, err := gremio.ParsePlate(written.String()); err != nil || string(got) != plate {
			t.Fatalf("ParsePlate(%q) = %q, %v; want %q", written.String(), got, err, plate)
		}
	})
}

func FuzzParsePlate(f *testing.F) {
	for _, seed := range []string{"ab.cd-12", "BB·CL·12", "7", "", "Ñ", "\xff", "ABCDEFGH123456789"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		plate, err := gremio.ParsePlate(s)
		if err != nil {
			if plate != "" {
				t.Fatalf("ParsePlate(%q) = %q and %v", s, plate, err)
			}
			return
		}
		if !plateForm.MatchString(string(plate)) {
			t.Fatalf("ParsePlate(%q) = %q", s, plate)
		}
		if again, err := gremio.ParsePlate(string(plate)); err != nil || again != plate {
			t.Fatalf("ParsePlate(%q) = %q, %v", plate, again, err)
		}
	})
}
