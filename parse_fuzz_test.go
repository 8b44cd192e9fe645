package gremio_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"gremio"
)

// only returns the characters of s that keep wants, and whether all the others are
// spaces, dots, dashes or one of also.
func only(s string, keep func(rune) bool, also string) (kept string, clean bool) {
	clean = utf8.ValidString(s)
	kept = strings.Map(func(r rune) rune {
		switch {
		case keep(r):
			return r
		case r != '\u2212' && r != '.' && !unicode.IsSpace(r) && !unicode.Is(unicode.Pd, r) && !unicode.Is(unicode.Zs, r) && !strings.ContainsRune(also, r):
			clean = false
		}
		return -1
	}, s)
	return kept, clean
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// What is accepted says the same digits that were written, and nothing besides.
func FuzzRUTIsWhatWasWritten(f *testing.F) {
	for _, seed := range []string{"12.345.678-5", "12 345 678 5", "1000005 k", "012345678-5", "1.2.3-6", "12345678\u00a05"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rut, err := gremio.ParseRUT(s)
		if err != nil {
			return
		}
		kept, clean := only(s, func(r rune) bool { return isDigit(r) || r == 'k' || r == 'K' }, "")
		kept = strings.TrimLeft(strings.ToUpper(kept[:len(kept)-1]), "0") + "-" + strings.ToUpper(kept[len(kept)-1:])
		if !clean || kept != rut.String() || strings.Contains(strings.TrimSpace(s), "\n") {
			t.Fatalf("ParseRUT(%q) = %s", s, rut)
		}
		body, check, _ := strings.Cut(rut.String(), "-")
		if apart, err := gremio.ParseRUTApart(body, check); err != nil || apart != rut {
			t.Fatalf("ParseRUTApart(%q, %q) = %s, %v", body, check, apart, err)
		}
	})
}

func FuzzPlateIsWhatWasWritten(f *testing.F) {
	for _, seed := range []string{"ab.cd-12", "BB·CL·12", "G 2K4P9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		plate, err := gremio.ParsePlate(s)
		if err != nil {
			return
		}
		kept, clean := only(s, func(r rune) bool { return isDigit(r) || r < utf8.RuneSelf && unicode.IsLetter(r) }, "·")
		if !clean || strings.ToUpper(kept) != string(plate) || plate.Recognised() != hasFormat(string(plate)) || strings.Contains(strings.TrimSpace(s), "\n") {
			t.Fatalf("ParsePlate(%q) = %q, recognised %v", s, plate, plate.Recognised())
		}
	})
}

func FuzzParsePhone(f *testing.F) {
	for _, seed := range []string{"+56 9 1234 5678", "09 1234 5678", "(2) 2123 4567", "0054 9 11 1234 5678", "12345678", "+1 (212) 555-0100"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		phone, err := gremio.ParsePhone(s)
		if err != nil {
			if phone != "" {
				t.Fatalf("ParsePhone(%q) = %q and %v", s, phone, err)
			}
			return
		}
		kept, clean := only(s, isDigit, "+()/")
		chilean := strings.HasPrefix(string(phone), "+56")
		if !clean || !e164.MatchString(string(phone)) || chilean && (len(phone) != 12 || !strings.HasSuffix(kept, string(phone[3:]))) || !chilean && !strings.HasSuffix(kept, string(phone[1:])) {
			t.Fatalf("ParsePhone(%q) = %q", s, phone)
		}
		if again, err := gremio.ParsePhone(string(phone)); err != nil || again != phone {
			t.Fatalf("ParsePhone(%q) = %q, %v", phone, again, err)
		}
	})
}

func FuzzParseEmail(f *testing.F) {
	for _, seed := range []string{"rosa@example.cl", "Rosa.Soto+pan@EXAMPLE.Cl", "josé@correo.cl", "rosa@ñandú.cl", `"a b"@c.d`, "a@İ.cl", "a@10.0.0.1", "a@b.c\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		email, err := gremio.ParseEmail(s)
		if err != nil {
			if email != "" {
				t.Fatalf("ParseEmail(%q) = %q and %v", s, email, err)
			}
			return
		}
		lower := strings.ToLower(strings.TrimSpace(s)) // EqualFold knows no İ
		if !anEmail.MatchString(email) || len(email) > 254 || !utf8.ValidString(email) || lower != strings.ToLower(email) {
			t.Fatalf("ParseEmail(%q) = %q", s, email)
		}
		for _, r := range email {
			if !unicode.IsGraphic(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("ParseEmail(%q) = %q holds %U", s, email, r)
			}
		}
		if again, err := gremio.ParseEmail(email); err != nil || again != email {
			t.Fatalf("ParseEmail(%q) = %q, %v", email, again, err)
		}
	})
}

// A key meets itself, has no upper case letter that has a lower one, and no space that
// nobody sees.
func FuzzFold(f *testing.F) {
	for _, seed := range []string{"El  GUATÓN", "Pen\u0303a", "Straße", "İı", "O’Higgins", "ﬁ", "Soto, Rosa", "ǅ", "ẞ", "\u1e9e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, key := range map[string]func(string) string{"Fold": gremio.Fold, "SameName": gremio.SameName, "SameWords": gremio.SameWords} {
			once := key(s)
			if twice := key(once); twice != once {
				t.Fatalf("%s(%q) = %q, then %q", name, s, once, twice)
			}
			if once != strings.ToLower(once) || once != strings.Join(strings.Fields(once), " ") || !utf8.ValidString(once) {
				t.Fatalf("%s(%q) = %q", name, s, once)
			}
			if got := key("  " + s + "\t"); utf8.ValidString(s) && got != once {
				t.Fatalf("%s(%q) = %q, with spaces around it %q", name, s, once, got)
			}
		}
	})
}
