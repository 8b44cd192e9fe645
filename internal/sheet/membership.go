package sheet

import (
	"io"
	"strings"
	"time"

	"gremio"
)

// MembershipWriters write a month's list, by the extension of the file; "excel" is
// CSV for Excel in Spanish.
func MembershipWriters() map[string]func(io.Writer, gremio.MembershipList) error {
	return fileWriters(func(l gremio.MembershipList, _ timeText) table { return membershipTable(l) })
}

var membershipHeader = []string{"month", "list", "at", "given_name", "family_name", "rut", "document", "email", "phone", "plate", "tier", "reasons", "id"}

// membershipTable has a row for each who joined, then one for each who waits.
func membershipTable(l gremio.MembershipList) table {
	t := table{"Socios " + l.Month, membershipHeader, nil}
	row := func(list string, at time.Time, p gremio.Personal, plate string, tier gremio.Tier, reasons []string, id string) {
		t.rows = append(t.rows, []any{l.Month, list, at.In(gremio.Santiago()).Format("2006-01-02 15:04"), harmless(p.GivenName), harmless(p.FamilyName), harmless(p.RUT),
			harmless(p.Document), harmless(p.Email), plainPhone(p.Phone), plate, string(tier), strings.Join(reasons, " "), harmless(id)})
	}
	for _, m := range l.Joined {
		row("joined", m.JoinedAt, m.Personal, string(m.Plate), m.Tier, nil, m.ID)
	}
	for _, a := range l.Waiting {
		plate := ""
		if a.Plate != nil {
			plate = string(*a.Plate)
		}
		row("waiting", a.SubmittedAt, a.Personal, plate, a.Tier, a.Reasons, a.ID)
	}
	return t
}

// plainPhone leaves a number of E.164 as it is: digits behind a plus are no formula
// that does anything.
func plainPhone(phone string) string {
	if digits, ok := strings.CutPrefix(phone, "+"); ok && strings.Trim(digits, "0123456789") == "" {
		return phone
	}
	return harmless(phone)
}
