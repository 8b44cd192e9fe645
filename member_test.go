package gremio_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gremio"
)

func TestDoubts(t *testing.T) {
	whole := gremio.Personal{GivenName: "María", FamilyName: "Pérez", RUT: "12345678-5", Email: "maria@example.org", Phone: "+56912345678"}
	agreed := gremio.Consent{Tracking: true, Version: "1"}
	if doubts := whole.Doubts(agreed); len(doubts) != 0 {
		t.Fatalf("an application that is whole: %v", doubts)
	}
	for _, test := range []struct {
		what   string
		change func(*gremio.Personal)
		want   string
	}{
		{"no given name", func(p *gremio.Personal) { p.GivenName = "" }, gremio.ReasonNameMissing},
		{"no family name", func(p *gremio.Personal) { p.FamilyName = "" }, gremio.ReasonNameMissing},
		{"no RUT", func(p *gremio.Personal) { p.RUT = "" }, gremio.ReasonRUTMissing},
		{"a wrong check digit", func(p *gremio.Personal) { p.RUT = "12345678-9" }, gremio.ReasonRUTInvalid},
		{"no RUT at all in the field", func(p *gremio.Personal) { p.RUT = "?" }, gremio.ReasonRUTInvalid},
		{"a RUT of one digit", func(p *gremio.Personal) { p.RUT = "11111111-1" }, gremio.ReasonRUTRepeated},
		{"another document", func(p *gremio.Personal) { p.RUT, p.Document = "", "P123" }, gremio.ReasonOtherDocument},
		{"another document beside a RUT", func(p *gremio.Personal) { p.Document = "P123" }, gremio.ReasonOtherDocument},
		{"no e-mail", func(p *gremio.Personal) { p.Email = "" }, gremio.ReasonEmailMissing},
		{"an e-mail that is none", func(p *gremio.Personal) { p.Email = "maria" }, gremio.ReasonEmailInvalid},
		{"no phone", func(p *gremio.Personal) { p.Phone = "" }, gremio.ReasonPhoneMissing},
	} {
		p := whole
		test.change(&p)
		if diff := cmp.Diff([]string{test.want}, p.Doubts(agreed)); diff != "" {
			t.Errorf("%s:\n%s", test.what, diff)
		}
	}
	if diff := cmp.Diff([]string{gremio.ReasonConsentMissing}, whole.Doubts(gremio.Consent{})); diff != "" {
		t.Errorf("no consent:\n%s", diff)
	}
	all := []string{gremio.ReasonNameMissing, gremio.ReasonRUTMissing, gremio.ReasonEmailMissing, gremio.ReasonPhoneMissing, gremio.ReasonConsentMissing}
	if diff := cmp.Diff(all, gremio.Personal{}.Doubts(gremio.Consent{})); diff != "" {
		t.Errorf("an empty application:\n%s", diff)
	}
}
