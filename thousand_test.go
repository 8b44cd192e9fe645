package gremio_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"gremio"
)

// These tests write a thousand and more identifiers of each kind, good and bad, by the
// rules of Chile and by nothing of the product: each text is right or wrong because of
// how it was made.

// otherCheckDigit is the definition folded into one remainder, from the left of nothing:
// the rest starts at 1 and weights run 9, 8, 7, 6, 5, 4; a rest of 0 is K.
func otherCheckDigit(body int) string {
	rest := 1
	for m := 0; body > 0; body, m = body/10, m+1 {
		rest = (rest + body%10*(9-m%6)) % 11
	}
	if rest == 0 {
		return "K"
	}
	return string("0123456789"[rest-1])
}

// threes writes n in groups of three.
func threes(n int, separator string) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + separator + text[i:]
	}
	return text
}

// goodRUTs writes a number in every way that is one number to whoever reads it.
func goodRUTs(body int) []string {
	d, plain, dots := otherCheckDigit(body), fmt.Sprint(body), threes(body, ".")
	return []string{
		plain + "-" + d, dots + "-" + d, plain + "-" + strings.ToLower(d), "00" + plain + "-" + d, "0" + dots + "-" + d,
		plain + " - " + d, " " + dots + "-" + d + "\r\n", dots + "–" + d, plain + "\u2011" + d, plain + "\u2212" + d, threes(body, " ") + "-" + d,
		threes(body, "\u00a0") + "-" + d, threes(body, ". ") + "-" + d,
		plain + " " + d, dots + " " + strings.ToLower(d), dots + "\u00a0" + d, plain + "\t" + d, dots + "   " + d, threes(body, " ") + " " + d,
	}
}

// badRUTs writes what is no number, or none that is sure.
func badRUTs(body int) map[string]error {
	d, plain, dots := otherCheckDigit(body), fmt.Sprint(body), threes(body, ".")
	bad := map[string]error{}
	for _, other := range strings.Split("0123456789K", "") {
		if other != d {
			bad[plain+"-"+other], bad[dots+" "+strings.ToLower(other)] = gremio.ErrRUTCheckDigit, gremio.ErrRUTCheckDigit
		}
	}
	for _, text := range []string{
		plain, dots, plain + d, dots + d, dots + "." + d, // where does the number end?
		threes(body, " ") + d, "+" + plain + "-" + d, plain + "--" + d, plain + "-" + d + "-", "-" + plain + "-" + d, "-" + plain + " " + d,
		plain + "-" + d + d, plain + "-", plain + "- ", plain + "-.", dots + ".-" + d, "." + dots + "-" + d, "1.." + plain + "-" + d,
		"1," + plain + "-" + d, plain + "_" + d, plain + "/" + d, plain + "-X", plain + "-\u041a", plain + "-\uff15", plain + "-\u0665",
		plain[:1] + "\u200b" + plain[1:] + "-" + d, plain + "-\u200b" + d, "\ufeff" + plain + "-" + d, plain[:1] + "\n" + plain[1:] + "-" + d, plain + "\n" + d, plain + "-\n" + d,
		plain[:1] + "K" + plain[1:] + "-" + d, "RUT " + plain + "-" + d, plain + "-" + d + ".", plain + "-" + d + " " + d, plain[:1] + " " + plain[1:] + " " + d + d,
		"1" + strings.Repeat("0", 8-len(plain)) + plain + "-" + d, plain + "e0-" + d, "\xff" + plain + "-" + d,
	} {
		bad[text] = gremio.ErrRUTMalformed
	}
	return bad
}

func TestAThousandRUTs(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 19))
	bodies := []int{1, 9, 12, 123, 12345, 99_999, 1000005, 1200000, 12000002, 12000006, 12000008, 60805000, 99_999_999}
	for length := 10; length <= 10_000_000; length *= 10 {
		for range 12 {
			bodies = append(bodies, length+rng.IntN(9*length))
		}
	}
	good, bad := 0, 0
	for _, body := range bodies {
		want := fmt.Sprintf("%d-%s", body, otherCheckDigit(body))
		for _, text := range goodRUTs(body) {
			good++
			if got, err := gremio.ParseRUT(text); err != nil || got.String() != want {
				t.Errorf("ParseRUT(%q) = %s, %v; want %s", text, got, err, want)
			}
		}
		for text, kind := range badRUTs(body) {
			bad++
			if got, err := gremio.ParseRUT(text); !errors.Is(err, kind) || !got.IsZero() {
				t.Errorf("ParseRUT(%q) = %s, %v; want %v", text, got, err, kind)
			}
		}
	}
	t.Logf("%d good and %d bad", good, bad)
	if good < 1000 || bad < 1000 {
		t.Errorf("only %d good and %d bad", good, bad)
	}
}

// A check digit in a field of its own is as good as one behind a dash.
func TestRUTInTwoFields(t *testing.T) {
	for _, test := range []struct {
		body, check, want string
		err               error
	}{
		{"12.345.678", "5", "12345678-5", nil}, {"12000006", "3", "12000006-3", nil}, {"1000005", " k ", "1000005-K", nil},
		{"12 345 678", "5", "12345678-5", nil}, {"12345678-5", "5", "12345678-5", nil},
		{"12345678-5", "4", "", gremio.ErrRUTMalformed}, {"12345678", "4", "", gremio.ErrRUTCheckDigit}, {"12345678", "", "", gremio.ErrRUTMalformed},
		{"", "5", "", gremio.ErrRUTMalformed}, {"12345678", "-5", "", gremio.ErrRUTMalformed}, {"12345678-", "5", "", gremio.ErrRUTMalformed},
	} {
		got, err := gremio.ParseRUTApart(test.body, test.check)
		if got.String() != test.want || !errors.Is(err, test.err) {
			t.Errorf("ParseRUTApart(%q, %q) = %s, %v; want %s, %v", test.body, test.check, got, err, test.want, test.err)
		}
	}
}

// The formats of Chile, a letter for each place: L any letter, C one that is no vowel,
// D a digit.
var formats = []string{"LLDDDD", "LLDDD", "LLLDDD", "LLLDD", "CCCCDD", "CCCCD", "CCCCCD"}

const consonants = "BCDFGHJKLMNPQRSTVWXYZ"

// hasFormat follows every format at once, a place at a time.
func hasFormat(plate string) bool {
	for _, format := range formats {
		fits := len(plate) == len(format)
		for i := 0; fits && i < len(plate); i++ {
			switch format[i] {
			case 'L':
				fits = 'A' <= plate[i] && plate[i] <= 'Z'
			case 'C':
				fits = strings.IndexByte(consonants, plate[i]) >= 0
			case 'D':
				fits = '0' <= plate[i] && plate[i] <= '9'
			}
		}
		if fits {
			return true
		}
	}
	return false
}

// written writes a plate as people and forms do, in pairs or with one separator.
func written(plate string) []string {
	pairs := func(separator string) string {
		var parts []string
		for i := 0; i < len(plate); i += 2 {
			parts = append(parts, plate[i:min(i+2, len(plate))])
		}
		return strings.Join(parts, separator)
	}
	letters := strings.TrimRight(plate, "0123456789")
	half := letters + "-" + plate[len(letters):]
	return []string{plate, strings.ToLower(plate), pairs("·"), pairs("."), pairs("-"), pairs(" "), half, strings.ToLower(half), " " + plate + "\n",
		pairs("\u00a0"), pairs("–"), pairs(" - "), plate[:1] + strings.ToLower(plate[1:]), strings.Join(strings.Split(plate, ""), "."), pairs("\u2212")}
}

func TestAThousandPlates(t *testing.T) {
	rng := rand.New(rand.NewPCG(1985, 2007))
	pick := func(from string) byte { return from[rng.IntN(len(from))] }
	const letters, digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
	var plates []string
	for _, format := range formats {
		for range 15 {
			var b []byte
			for _, place := range format {
				b = append(b, pick(map[rune]string{'L': letters, 'C': consonants, 'D': digits}[place]))
			}
			plates = append(plates, string(b))
		}
	}
	for range 60 { // the guild's codes and whatever else is on a cart
		b := make([]byte, 1+rng.IntN(16))
		for i := range b {
			b[i] = pick(letters + digits)
		}
		plates = append(plates, string(b))
	}
	plates = append(plates, "7", "1", "2", "3", "G2K4P9", "0000000000000000", "AEIO12", "BCDE12", "ABCDE1", "ABCD1", "AAAAAA", "123456", "AB12345")
	good, bad, recognised := 0, 0, 0
	for _, want := range plates {
		for _, text := range written(want) {
			good++
			got, err := gremio.ParsePlate(text)
			if err != nil || string(got) != want {
				t.Errorf("ParsePlate(%q) = %q, %v; want %q", text, got, err, want)
			}
			if got.Recognised() != hasFormat(want) {
				t.Errorf("%q: recognised %v", want, got.Recognised())
			}
			if got.Recognised() {
				recognised++
			}
		}
		for _, text := range badPlates(want) {
			bad++
			if got, err := gremio.ParsePlate(text); err == nil || got != "" {
				t.Errorf("ParsePlate(%q) = %q, %v; want an error", text, got, err)
			}
		}
	}
	t.Logf("%d good, %d of them recognised, and %d bad", good, recognised, bad)
	if good < 1000 || bad < 1000 || recognised < 1000 {
		t.Errorf("only %d good, %d recognised and %d bad", good, recognised, bad)
	}
}

// badPlates puts into a plate what looks like a part of it, or like nothing.
func badPlates(plate string) []string {
	half := max(1, len(plate)/2)
	with := func(s string) string { return plate[:half] + s + plate[half:] }
	return []string{with("\u0410"), with("\u0435"), with("\u0391"), with("Ñ"), with("Á"), with("\uff11"), with("\uff21"), with("\u0661"), with("\u200b"), with("\u200d"),
		with("\u00ad"), with("\u202e"), with("\ufeff"), with("\nX"), with("\r\nX"), with("_"), with("/"), with("+"), with("'"), with("\""), with("\x00"), with("\xff"), with("I\u0307"),
		with("ı"), with("ß"), with("🛒"), plate + strings.Repeat("X", 17-len(plate)), strings.Repeat("0", 17) + plate, plate + "!"}
}

func TestAThousandPhones(t *testing.T) {
	rng := rand.New(rand.NewPCG(56, 9))
	areas := strings.Fields("32 33 34 35 41 42 43 44 45 51 52 53 55 57 58 61 63 64 65 67 71 72 73 75")
	var numbers []string
	for range 60 {
		area := areas[rng.IntN(len(areas))]
		numbers = append(numbers, fmt.Sprintf("9%08d", rng.IntN(100_000_000)), fmt.Sprintf("22%07d", rng.IntN(10_000_000)), fmt.Sprintf("23%07d", rng.IntN(10_000_000)),
			fmt.Sprintf("%s%07d", area, rng.IntN(10_000_000)))
	}
	good, bad := 0, 0
	for _, n := range numbers {
		spaced := n[:1] + " " + n[1:5] + " " + n[5:]
		for _, text := range []string{n, "0" + n, "56" + n, "+56" + n, "0056" + n, "+56 " + spaced, "56 " + spaced, "0" + spaced, "(" + n[:2] + ") " + n[2:], "+56 (0" + n[:1] + ") " + n[1:],
			n[:1] + "-" + n[1:5] + "-" + n[5:], n[:2] + "." + n[2:], n[:2] + "/" + n[2:], " " + n + "\n", "+56\u00a0" + n} {
			good++
			if got, err := gremio.ParsePhone(text); err != nil || string(got) != "+56"+n {
				t.Errorf("ParsePhone(%q) = %q, %v; want +56%s", text, got, err, n)
			}
		}
		for _, text := range []string{n[1:], "+56" + n[1:], "0" + n[1:], n + "1", n[:7], "+56" + n + "0", "+" + n[:5], n[:4] + "+" + n[4:], n + " anexo 3", "(" + n, n + ")", ")" + n + "(",
			"((" + n + "))", n[:4] + "\n" + n[4:], n[:4] + "\u200b" + n[4:], "９" + n[1:], "1" + n[1:], "8" + n[1:], "0" + "0" + "0" + n, "+056" + n, n + "/" + n, "++56" + n, "6" + "00" + n[3:]} {
			bad++
			if got, err := gremio.ParsePhone(text); err == nil || got != "" {
				t.Errorf("ParsePhone(%q) = %q; want an error", text, got)
			}
		}
	}
	for text, says := range map[string]string{"1234 5678": "eight digits", "09 123 4567": "eight digits"} {
		if _, err := gremio.ParsePhone(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("ParsePhone(%q): %v; want %q", text, err, says)
		}
	}
	t.Logf("%d good and %d bad", good, bad)
}

var anEmail = regexp.MustCompile(`^[^\s@<>()\x00-\x1f]+@[^\s@A-Z]+\.[^\s@A-Z]+$`)

func TestEmailsThatNobodyCanRead(t *testing.T) {
	for _, local := range []string{"ro\u200bsa", "rosa\u202e", "\ufeffrosa", "ro\u00adsa", "ro\u00a0sa", "ｒosa", "\u0301rosa", "ro\u2028sa", "rosa\ufe0f", strings.Repeat("a", 65), "🛒"} {
		if got, err := gremio.ParseEmail(local + "@example.cl"); err == nil {
			t.Errorf("ParseEmail(%q@example.cl) = %q", local, got)
		}
	}
	for _, domain := range []string{"10.0.0.1", "example.1", "ｅxample.cl", "exa\u200bmple.cl", "example。cl", "\u0301example.cl", strings.Repeat("a", 64) + ".cl", "example.cl."} {
		if got, err := gremio.ParseEmail("rosa@" + domain); err == nil {
			t.Errorf("ParseEmail(rosa@%q) = %q", domain, got)
		}
	}
	if gremio.SameEmail(" Rosa.Soto@example.cl ") != gremio.SameEmail("rosa.SOTO@example.cl") {
		t.Error("the case of an address makes two of one")
	}
}
