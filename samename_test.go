package gremio_test

import (
	"testing"

	"gremio"
)

// What a clerk would call one name is one, and what is another stays another.
func TestSameName(t *testing.T) {
	for _, same := range [][]string{
		{"Muñoz", "Munoz", "MUÑOZ", "Mun\u0303oz", " muñoz "}, {"O'Higgins", "O’Higgins", "OHiggins", "O´Higgins"},
		{"María-José", "Maria Jose", "MARÍA  JOSÉ", "María–José", "Mari\u0301a Jose\u0301"}, {"Soﬁa", "Sofía", "SOFIA"}, {"Núñez Sepúlveda", "Nunez\u00a0Sepulveda"},
		{"Ma. José", "Ma José"}, {"Ñancupil", "Nancupil"},
	} {
		for _, name := range same[1:] {
			if gremio.SameName(name) != gremio.SameName(same[0]) {
				t.Errorf("%q is %q, %q is %q", same[0], gremio.SameName(same[0]), name, gremio.SameName(name))
			}
		}
	}
	for _, other := range [][2]string{{"Soto", "Sotto"}, {"Rojas", "Rosas"}, {"Ana María", "Anamaría"}, {"González", "Gonzales"}} {
		if gremio.SameName(other[0]) == gremio.SameName(other[1]) {
			t.Errorf("%q and %q are one", other[0], other[1])
		}
	}
	if gremio.SameName("李") == "" || gremio.SameName("李") == gremio.SameName("王") {
		t.Error("names of other scripts are lost")
	}
}

func TestSamePerson(t *testing.T) {
	rosa := gremio.Personal{GivenName: "Rosa María", FamilyName: "Muñoz Soto"}
	for _, p := range []gremio.Personal{{GivenName: "MUNOZ SOTO,", FamilyName: "ROSA MARIA"}, {GivenName: "Rosa", FamilyName: "maría muñoz  soto"}} {
		if !rosa.SamePerson(p) {
			t.Errorf("%q is not %q", p.Name(), rosa.Name())
		}
	}
	for _, p := range []gremio.Personal{{GivenName: "Rosa", FamilyName: "Muñoz"}, {}} {
		if rosa.SamePerson(p) || p.SamePerson(gremio.Personal{}) && p.Name() == "" {
			t.Errorf("%q is %q", p.Name(), rosa.Name())
		}
	}
}
