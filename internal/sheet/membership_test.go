package sheet_test

import (
	"bytes"
	"encoding/csv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"gremio"
	"gremio/internal/sheet"
)

// A month's list is the same table as CSV and as XLSX, and nothing that an
// applicant wrote is a formula in it.
func TestMembershipList(t *testing.T) {
	at := time.Date(2026, 11, 1, 2, 30, 0, 0, time.UTC) // still October in Santiago
	plate := gremio.Plate("BBCL12")
	l := gremio.MembershipList{Month: "2026-10",
		Joined: []gremio.Member{{ID: "member-1", JoinedAt: at, Plate: plate, Tier: gremio.TierPremium,
			Personal: gremio.Personal{GivenName: "Ñusta", FamilyName: `=1+1`, RUT: "12345678-5", Email: "n@example.cl", Phone: "+56912345678"}}},
		Waiting: []gremio.Application{{ID: "-7", SubmittedAt: at, Tier: gremio.TierBasic, Reasons: []string{"rut_invalid", "phone_missing"},
			Personal: gremio.Personal{GivenName: "@ana", FamilyName: `O"Higgins, B`, RUT: "+2-3", Phone: "+1=2"}}}}
	want := [][]string{
		{"month", "list", "at", "given_name", "family_name", "rut", "document", "email", "phone", "plate", "tier", "reasons", "id"},
		{"2026-10", "joined", "2026-10-31 23:30", "Ñusta", "'=1+1", "12345678-5", "", "n@example.cl", "+56912345678", "BBCL12", "premium", "", "member-1"},
		{"2026-10", "waiting", "2026-10-31 23:30", "'@ana", `O"Higgins, B`, "'+2-3", "", "", "'+1=2", "", "basic", "rut_invalid phone_missing", "'-7"},
	}
	var text, book bytes.Buffer
	if err := sheet.MembershipWriters()["csv"](&text, l); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(&text).ReadAll()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("CSV: %v\n%s", err, diff)
	}
	if err := sheet.MembershipWriters()["xlsx"](&book, l); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&book)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.GetRows("Socios 2026-10")
	for i := range rows {
		for len(rows[i]) < len(want[0]) {
			rows[i] = append(rows[i], "") // excelize leaves out empty cells at the end
		}
	}
	if diff := cmp.Diff(want, rows); diff != "" || err != nil {
		t.Errorf("XLSX: %v\n%s", err, diff)
	}
}
