package simulate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

var (
	givenNames = []string{
		"Juana", "Rosa", "Luis", "Camila", "Pedro", "María José", "Ximena", "Héctor", "Ana", "Sebastián",
		"Graciela", "Matías", "Eliana", "Óscar", "Paola", "Raúl", "Isabel", "Nicolás", "Berta", "Ángel",
		"Marcela", "Iván", "Carmen", "Tomás", "Yasna", "Gonzalo", "Sofía", "Víctor", "Norma", "Benjamín",
	}
	familyNames = []string{
		"González", "Muñoz", "Rojas", "Díaz", "Pérez", "Soto", "Contreras", "Silva", "Martínez", "Sepúlveda",
		"Morales", "Rodríguez", "Araya", "Fuentes", "Castillo", "Espinoza", "Tapia", "Núñez", "Huenchumán", "Ñancupil",
		"Peña", "Zúñiga", "Cárdenas", "Vergara", "Saavedra", "Ibáñez", "Catrileo", "Olivares", "Yáñez", "Bravo",
	}
	withoutAccents = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ñ", "n", "Á", "a", "Ó", "o", "Ñ", "n", " ", "")
)

// inventedRUTs are bodies above every person's and below every company's.
const inventedRUTs = 44_000_000

// An applicant is an invented person. The e-mail is at a name kept for examples' sake.
type applicant struct {
	GivenName, FamilyName, Email string
	RUT, Document                string // one of them
	Phone                        string
	Premium, Consent             bool
}

// A flaw is what makes an application wait for a person.
type flaw int

const (
	flawless flaw = iota
	wrongRUT
	foreignDocument
	noConsent
)

func newApplicant(number int, f flaw, r *rand.Rand) applicant {
	a := applicant{
		GivenName:  givenNames[r.IntN(len(givenNames))],
		FamilyName: familyNames[r.IntN(len(familyNames))] + " " + familyNames[r.IntN(len(familyNames))],
		Phone:      fmt.Sprintf("+569%08d", 10_000_000+r.IntN(9_000_000)),
		Premium:    r.IntN(8) == 0,
		Consent:    f != noConsent,
	}
	first, _, _ := strings.Cut(a.FamilyName, " ")
	a.Email = fmt.Sprintf("%s.%s%d@example.cl", mailName(a.GivenName), mailName(first), number)
	body := inventedRUTs + 1000*number + r.IntN(1000)
	switch f {
	case wrongRUT:
		a.RUT = fmt.Sprintf("%d-%s", body, checkDigit(body+1))
	case foreignDocument:
		a.Document = fmt.Sprintf("PAS-%06d", r.IntN(1_000_000))
	default:
		a.RUT = fmt.Sprintf("%d-%s", body, checkDigit(body))
	}
	return a
}

func mailName(s string) string { return strings.ToLower(withoutAccents.Replace(s)) }

// checkDigit is the digit, or K, that follows the body of a RUT (modulo 11).
func checkDigit(body int) string {
	sum, factor := 0, 2
	for ; body > 0; body /= 10 {
		sum += body % 10 * factor
		if factor++; factor > 7 {
			factor = 2
		}
	}
	switch d := 11 - sum%11; d {
	case 11:
		return "0"
	case 10:
		return "K"
	default:
		return strconv.Itoa(d)
	}
}

type consent struct {
	Tracking bool   `json:"tracking"`
	Version  string `json:"version"`
}

type application struct {
	GivenName  string  `json:"given_name"`
	FamilyName string  `json:"family_name"`
	RUT        string  `json:"rut,omitempty"`
	Document   string  `json:"document,omitempty"`
	Email      string  `json:"email"`
	Plate      string  `json:"plate,omitempty"`
	Tier       string  `json:"tier"`
	Phone      string  `json:"phone,omitempty"`
	Consent    consent `json:"consent"`
}

// firstApplication is what the guild's first client sends, without phone or consent.
type firstApplication struct {
	Nombre, Apellido, Rut, Correo string
	Patente                       any
	Registro                      string
}

// application is that of the cart's vendor. Its id was planned: a guild that is
// started again with the same seed does not apply twice.
func (p *plan) application() event {
	e := p.Who.event(p.Plate, p.ApplicationID)
	if p.Dialect == native {
		return e
	}
	a := e.body.(application)
	e.path = "/registro_miembro"
	registro := "Basico"
	if p.Who.Premium {
		registro = "Premium"
	}
	e.body = firstApplication{a.GivenName, a.FamilyName, a.RUT, a.Email, firstPlate(p.Plate), registro}
	return e
}

func (a applicant) event(plate, id string) event {
	tier := "basic"
	if a.Premium {
		tier = "premium"
	}
	return event{kind: kindApplication, path: "/v1/applications", id: id, body: application{
		a.GivenName, a.FamilyName, a.RUT, a.Document, a.Email, plate, tier, a.Phone,
		consent{Tracking: a.Consent, Version: "1"},
	}}
}

// firstPlate is a plate as the first client writes it: digits as a number.
func firstPlate(plate string) any {
	if n, err := strconv.Atoi(plate); err == nil {
		return n
	}
	return plate
}

// applyWithoutCart sends, one a minute, the applications of people who have no plate yet.
func (g *Guild) applyWithoutCart(ctx context.Context) error {
	r := stream(g.cfg.Seed, forNewcomers, len(g.carts))
	for i := range max(2, len(g.carts)/10) {
		if err := sleep(ctx, time.Minute); err != nil {
			return err
		}
		who := newApplicant(len(g.carts)+i, []flaw{flawless, foreignDocument, noConsent}[i%3], r)
		if err := ignoreRefusal(g.send(ctx, who.event("", newID(planned, r)))); err != nil {
			return err
		}
	}
	return nil
}
