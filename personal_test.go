package gremio_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
)

func seal(t *testing.T, k gremio.Key, p gremio.Personal, person string) gremio.Sealed {
	t.Helper()
	s, err := k.SealPersonal(p, person)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealPersonal(t *testing.T) {
	k := gremio.NewKey()
	p := gremio.Personal{GivenName: "María José", FamilyName: "O'Higgins Ñuñoa", RUT: "12345678-5", Document: "P 123", Email: "mj@example.org", Phone: "+56912345678"}
	s := seal(t, k, p, "person-1")
	for _, word := range []string{"María", "Higgins", "12345678", "example", "5691", "person-1"} {
		if bytes.Contains(s, []byte(word)) {
			t.Errorf("%q can be read in what is sealed", word)
		}
	}
	got, err := k.OpenPersonal(s, "person-1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, got); diff != "" {
		t.Error(diff)
	}
	if bytes.Equal(s, seal(t, k, p, "person-1")) {
		t.Error("the same person sealed twice looks the same: the nonce repeats")
	}
}

func TestSealedIsForOneOwnerAndOneKey(t *testing.T) {
	k := gremio.NewKey()
	s := seal(t, k, gremio.Personal{GivenName: "María"}, "person-1")
	refused := func(what string, k gremio.Key, s gremio.Sealed, person string) {
		t.Helper()
		if p, err := k.OpenPersonal(s, person); err == nil || gremio.KindOf(err) != gremio.Invalid {
			t.Errorf("%s: %+v, %v; want invalid", what, p, err)
		}
	}
	refused("another owner", k, s, "person-2")
	refused("no owner", k, s, "")
	refused("another key", gremio.NewKey(), s, "person-1")
	refused("an erased key", nil, s, "person-1")
	refused("a short key", k[:16], s, "person-1")
	refused("nothing", k, nil, "person-1")
	refused("a nonce alone", k, s[:12], "person-1")
	refused("what was cut off", k, s[:len(s)-1], "person-1")
	for i := range s {
		tampered := bytes.Clone(s)
		tampered[i] ^= 1
		refused("a changed byte", k, tampered, "person-1")
	}
	if _, err := k.OpenPersonal(s, "person-1"); err != nil {
		t.Errorf("the right key and owner: %v", err)
	}
}

func TestUnseal(t *testing.T) {
	master, own := gremio.NewKey(), gremio.NewKey()
	wrapped, err := master.Seal(own, "person-1")
	if err != nil {
		t.Fatal(err)
	}
	want := gremio.Personal{GivenName: "María", FamilyName: "Pérez"}
	s := seal(t, own, want, "person-1")
	got, err := master.Unseal(wrapped, s, "person-1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for what, unseal := range map[string]func() (gremio.Personal, error){
		"the key is erased":    func() (gremio.Personal, error) { return master.Unseal(nil, s, "person-1") },
		"another master key":   func() (gremio.Personal, error) { return gremio.NewKey().Unseal(wrapped, s, "person-1") },
		"another person's key": func() (gremio.Personal, error) { return master.Unseal(wrapped, s, "person-2") },
		"the key is made anew": func() (gremio.Personal, error) {
			w, _ := master.Seal(gremio.NewKey(), "person-1")
			return master.Unseal(w, s, "person-1")
		},
		"a wrapped key of zero": func() (gremio.Personal, error) {
			w, _ := master.Seal(nil, "person-1")
			return master.Unseal(w, s, "person-1")
		},
	} {
		if p, err := unseal(); err == nil || gremio.KindOf(err) != gremio.Invalid {
			t.Errorf("%s: %+v, %v; want invalid", what, p, err)
		}
	}
}

func TestNewKeysDiffer(t *testing.T) {
	a, b := gremio.NewKey(), gremio.NewKey()
	if len(a) != gremio.KeySize || bytes.Equal(a, b) || bytes.Equal(a, make([]byte, gremio.KeySize)) {
		t.Errorf("keys %x and %x", a, b)
	}
}

func TestHash(t *testing.T) {
	k := gremio.NewKey()
	h := k.Hash("rut", "12345678-5")
	if h != k.Hash("rut", "12345678-5") {
		t.Error("a hash is not found again")
	}
	for what, other := range map[string]string{
		"another RUT": k.Hash("rut", "12345679-3"), "another use": k.Hash("document", "12345678-5"),
		"another key": gremio.NewKey().Hash("rut", "12345678-5"), "the words joined otherwise": k.Hash("ru", "t12345678-5"),
	} {
		if other == h {
			t.Errorf("%s has the same hash", what)
		}
	}
	if len(h) > 40 {
		t.Errorf("a hash of %d characters does not fit its column", len(h))
	}
}

func TestName(t *testing.T) {
	for want, p := range map[string]gremio.Personal{
		"María Pérez": {GivenName: "María", FamilyName: "Pérez"}, "María": {GivenName: "María"}, "Pérez": {FamilyName: "Pérez"}, "": {},
	} {
		if p.Name() != want {
			t.Errorf("%+v is called %q", p, p.Name())
		}
	}
}

// What is said of a person goes with the key, and from before it was sealed stays.
func TestSealedText(t *testing.T) {
	rejected := func(reason string) gremio.ApplicationRejected {
		return gremio.ApplicationRejected{Application: "a", Reason: reason, At: time.Now()}
	}
	key, other := gremio.NewKey(), gremio.NewKey()
	long := strings.Repeat("ñ🥟", gremio.MaxNoteRunes/2)
	for _, text := range []string{"", "vendió sin permiso", "sealed:as it says", long} {
		sealed, err := key.SealText(text, "p")
		if err != nil || text != "" && strings.Contains(sealed, text) {
			t.Fatalf("%q is sealed as %q: %v", text, sealed, err)
		}
		if got, err := key.OpenText(sealed, "p"); got != text || err != nil {
			t.Errorf("%q came back as %q: %v", text, got, err)
		}
		if wrong := rejected(sealed).Validate(); len(wrong) > 0 {
			t.Errorf("%q sealed is refused: %v", text, wrong)
		}
		if text == "" {
			continue
		}
		if got, err := gremio.Key(nil).OpenText(sealed, "p"); got != "" || err != nil {
			t.Errorf("without the key %q reads %q: %v", text, got, err)
		}
		if got, err := other.OpenText(sealed, "p"); got != "" || gremio.KindOf(err) != gremio.Invalid {
			t.Errorf("under another key %q reads %q: %v", text, got, err)
		}
		if got, err := key.OpenText(sealed, "q"); got != "" || gremio.KindOf(err) != gremio.Invalid {
			t.Errorf("as another's %q reads %q: %v", text, got, err)
		}
	}
	if got, err := key.OpenText("from before", "p"); got != "from before" || err != nil {
		t.Errorf("%q: %v", got, err)
	}
	if len(rejected(long+"x").Validate()) != 1 {
		t.Error("a text that is too long is taken")
	}
}
