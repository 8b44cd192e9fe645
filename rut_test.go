package gremio_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"gremio"

	"pgregory.net/rapid"
)

func TestParseRUT(t *testing.T) {
	for _, test := range []struct{ in, want, dotted string }{
		{"12345678-5", "12345678-5", "12.345.678-5"},
		{"12.345.678-5", "12345678-5", "12.345.678-5"},
		{" 12 345 678 - 5 ", "12345678-5", "12.345.678-5"},
		{"12.345.678–5", "12345678-5", "12.345.678-5"},
		{"1000005-K", "1000005-K", "1.000.005-K"},
		{"1.000.005-k", "1000005-K", "1.000.005-K"},
		{"12000008-K", "12000008-K", "12.000.008-K"},
		{"12000002-0", "12000002-0", "12.000.002-0"},
		{"60805000-0", "60805000-0", "60.805.000-0"},
		{"18000001-1", "18000001-1", "18.000.001-1"},
		{"1200000-6", "1200000-6", "1.200.000-6"},
		{"12000006-3", "12000006-3", "12.000.006-3"},
		{"0012345678-5", "12345678-5", "12.345.678-5"},
		{"1.2345.678-5", "12345678-5", "12.345.678-5"},
		{"1-9", "1-9", "1-9"},
		{"123-6", "123-6", "123-6"},
	} {
		got, err := gremio.ParseRUT(test.in)
		if err != nil || got.String() != test.want || got.Dotted() != test.dotted {
			t.Errorf("ParseRUT(%q) = %s, %s, %v; want %s, %s", test.in, got, got.Dotted(), err, test.want, test.dotted)
		}
	}
}

func TestParseRUTRefuses(t *testing.T) {
	for in, want := range map[string]error{
		"12345678-4": gremio.ErrRUTCheckDigit,
		"1000005-0":  gremio.ErrRUTCheckDigit, // K is not 0
		"12000002-K": gremio.ErrRUTCheckDigit, // and 0 is not K
		"12000006-6": gremio.ErrRUTCheckDigit,

		"":              gremio.ErrRUTMalformed,
		"-":             gremio.ErrRUTMalformed,
		"-5":            gremio.ErrRUTMalformed,
		"0-0":           gremio.ErrRUTMalformed,
		"000-0":         gremio.ErrRUTMalformed,
		"...-5":         gremio.ErrRUTMalformed,
		"12000006":      gremio.ErrRUTMalformed, // two readings, so neither
		"123456785":     gremio.ErrRUTMalformed,
		"12345678-":     gremio.ErrRUTMalformed,
		"12345678-55":   gremio.ErrRUTMalformed,
		"12345678-X":    gremio.ErrRUTMalformed,
		"12345678-.5":   gremio.ErrRUTMalformed,
		"123-45678-5":   gremio.ErrRUTMalformed,
		"1234567K-5":    gremio.ErrRUTMalformed,
		"123456789-2":   gremio.ErrRUTMalformed,
		"4294967297-9":  gremio.ErrRUTMalformed, // 1 in 32 bits
		"+12345678-5":   gremio.ErrRUTMalformed,
		"１２-5":          gremio.ErrRUTMalformed,
		"12345678-\xff": gremio.ErrRUTMalformed,
	} {
		got, err := gremio.ParseRUT(in)
		if !errors.Is(err, want) || !got.IsZero() {
			t.Errorf("ParseRUT(%q) = %s, %v; want %v", in, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), in) && len(in) > 2 && !strings.Contains("12345678-5 12.345.678-5", in) {
			t.Errorf("ParseRUT(%q) repeats the number: %v", in, err)
		}
	}
}

// The office's definition, with the weights written out, against the folded one.
func checkDigitByHand(body int) string {
	weights, sum := []int{2, 3, 4, 5, 6, 7, 2, 3}, 0
	for i := 0; body > 0; i, body = i+1, body/10 {
		sum += body % 10 * weights[i]
	}
	switch d := 11 - sum%11; d {
	case 11:
		return "0"
	case 10:
		return "K"
	default:
		return fmt.Sprint(d)
	}
}

func TestRUTHasOneCheckDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.IntRange(1, 99_999_999).Draw(t, "body")
		for _, digit := range strings.Split("0123456789K", "") {
			text := fmt.Sprintf("%d-%s", body, digit)
			rut, err := gremio.ParseRUT(text)
			if digit != checkDigitByHand(body) {
				if !errors.Is(err, gremio.ErrRUTCheckDigit) {
					t.Fatalf("%s: %v", text, err)
				}
				continue
			}
			if err != nil || rut.String() != text {
				t.Fatalf("%s: %s, %v", text, rut, err)
			}
			if again, err := gremio.ParseRUT(rut.Dotted()); err != nil || again != rut {
				t.Fatalf("%s: %s, %v", rut.Dotted(), again, err)
			}
			if masked := rut.Masked(); strings.Contains(masked, digit+"-") && body < 100_000 || strings.HasSuffix(masked, digit) {
				t.Fatalf("%s: masked %s", text, masked)
			}
		}
	})
}

func TestRUTRepeated(t *testing.T) {
	for text, want := range map[string]bool{
		"11111111-1": true, "22222222-2": true, "5555555-" + checkDigitByHand(5555555): true,
		"12345678-5": false, "1-9": false, "11111112-" + checkDigitByHand(11111112): false,
	} {
		rut, err := gremio.ParseRUT(text)
		if err != nil || rut.Repeated() != want {
			t.Errorf("%s: repeated %v, %v", text, rut.Repeated(), err)
		}
	}
	if (gremio.RUT{}).Repeated() {
		t.Error("the zero RUT is repeated")
	}
}

func TestRUTInLogs(t *testing.T) {
	rut, _ := gremio.ParseRUT("12345678-5")
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("applied", "rut", rut)
	if strings.Contains(out.String(), "345678") || !strings.Contains(out.String(), `"rut":"******78-*"`) {
		t.Errorf("logged %s", out.String())
	}
	short, _ := gremio.ParseRUT("12345-" + checkDigitByHand(12345))
	if got := short.Masked(); got != "********-*" {
		t.Errorf("masked %s", got)
	}
}

func TestRUTAsJSON(t *testing.T) {
	type form struct {
		RUT gremio.RUT `json:"rut,omitzero"`
	}
	for _, want := range []string{`{"rut":"1000005-K"}`, `{}`} {
		var f form
		if err := json.Unmarshal([]byte(want), &f); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(f); err != nil || string(got) != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
	var f form
	if err := json.Unmarshal([]byte(`{"rut":"12345678-4"}`), &f); !errors.Is(err, gremio.ErrRUTCheckDigit) {
		t.Errorf("a wrong check digit gave %v", err)
	}
}

func FuzzParseRUT(f *testing.F) {
	for _, seed := range []string{"12.345.678-5", "1000005-k", "12345678-4", "12000006", "-", "0-0", "\xff-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rut, err := gremio.ParseRUT(s)
		if err != nil {
			if errors.Is(err, gremio.ErrRUTMalformed) == errors.Is(err, gremio.ErrRUTCheckDigit) || !rut.IsZero() {
				t.Fatalf("ParseRUT(%q) = %s, %v", s, rut, err)
			}
			return
		}
		for _, form := range []string{rut.String(), rut.Dotted()} {
			if again, err := gremio.ParseRUT(form); err != nil || again != rut {
				t.Fatalf("ParseRUT(%q) = %s, %v; want %s", form, again, err, rut)
			}
		}
	})
}
