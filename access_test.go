package gremio_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"gremio"
)

const accessPage = "docs/access.md"

// The table in the docs is printed from the one in the code: go test . -run Access -update
func TestAccessPage(t *testing.T) {
	page, err := os.ReadFile(accessPage)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := strings.Cut(string(page), "<!-- table -->\n")
	_, tail, ok2 := strings.Cut(rest, "<!-- end of the table -->\n")
	if !ok1 || !ok2 {
		t.Fatalf("%s does not mark where its table stands", accessPage)
	}
	want := head + "<!-- table -->\n" + accessTable() + "<!-- end of the table -->\n" + tail
	if *update {
		if err := os.WriteFile(accessPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(page) != want {
		t.Errorf("%s does not show the table as it is: go test . -run Access -update", accessPage)
	}
}

func accessTable() string {
	var b strings.Builder
	b.WriteString("| action | stranger | open take-in | cart | vendor | driver | reader | desk | office | admin | program |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, g := range gremio.Grants() {
		fmt.Fprintf(&b, "| `%s` |", g.Action)
		for _, r := range []gremio.Reach{g.Stranger, g.Open, g.Cart, g.Vendor, g.Driver, g.Reader, g.Desk, g.Office, g.Admin, g.Program} {
			b.WriteString(strings.TrimSuffix(" "+r.String(), " ") + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestGrants(t *testing.T) {
	seen := map[gremio.Action]bool{}
	for _, g := range gremio.Grants() {
		if seen[g.Action] {
			t.Errorf("%s stands twice in the table", g.Action)
		}
		seen[g.Action] = true
		if g.Open < g.Stranger || g.Cart < g.Stranger || g.Admin < g.Office {
			t.Errorf("%s: who shows an identity may less than who does not, or an admin less than the office: %+v", g.Action, g)
		}
		noun, verb, ok := strings.Cut(string(g.Action), ".")
		if !ok || noun == "" || verb == "" {
			t.Errorf("%q is no noun and verb", g.Action)
		}
	}
	if r := (gremio.Identity{Kind: gremio.UserIdentity, Role: gremio.RoleAdmin}).Reach("no.such", true); r != gremio.None {
		t.Errorf("an unknown action is granted: %v", r)
	}
}

func TestScopes(t *testing.T) {
	for _, wrong := range [][]string{nil, {}, {"sale"}, {"role:"}, {"role:king"}, {"user.change"}, {"account.change"}, {"token.change"}, {"sale.read", ""}, {"SALE.READ"}} {
		if got, err := gremio.ParseScopes(wrong); err == nil || gremio.KindOf(err) != gremio.Invalid {
			t.Errorf("%q became %v, %v", wrong, got, err)
		}
	}
	got, err := gremio.ParseScopes([]string{"stock.read", "sale.read", "sale.read"})
	if err != nil || !slices.Equal(got, []gremio.Action{gremio.ActSaleRead, gremio.ActStockRead}) {
		t.Errorf("%v, %v: want each once, in the table's order", got, err)
	}
	reader, err := gremio.ParseScopes([]string{"role:reader"})
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range reader {
		if g := gremio.GrantOf(act); g.Reader != gremio.All || g.Program != gremio.All {
			t.Errorf("role:reader gives %s: %+v", act, g)
		}
	}
	if vendor, err := gremio.ParseScopes([]string{"role:vendor"}); err != nil || slices.Contains(vendor, gremio.ActSaleRead) {
		t.Errorf("role:vendor gives %v, %v: a program has no cart of its own", vendor, err)
	}
}

func TestPasswordError(t *testing.T) {
	for password, ok := range map[string]bool{"": false, "1234567": false, "12345678": true, "una frase larga": true, "ñañañaña": true, "aaaaaaaaaa": false,
		"Ana@Example.cl": false, "\xff\xfe345678": false, strings.Repeat("x1", 100): true, strings.Repeat("x1", 100) + "y": false} {
		if message := gremio.PasswordError(password, "ana@example.cl"); (message == "") != ok {
			t.Errorf("%q: %q", password, message)
		}
	}
}

func TestUserValidate(t *testing.T) {
	for wrong, u := range map[string]gremio.User{
		"":           {Email: "ana@example.cl", Role: gremio.RoleDesk},
		"email":      {Email: "ana", Role: gremio.RoleDesk},
		"role":       {Email: "ana@example.cl", Role: "king"},
		"plate":      {Email: "ana@example.cl", Role: gremio.RoleVendor},
		"name":       {Email: "ana@example.cl", Role: gremio.RoleDesk, Name: "a\x00"},
		"plate ":     {Email: "ana@example.cl", Role: gremio.RoleDesk, Plate: "A1"},
		"email role": {},
	} {
		var fields []string
		for _, f := range u.Validate() {
			fields = append(fields, f.Field)
		}
		if got := strings.Join(fields, " "); got != strings.TrimSpace(wrong) {
			t.Errorf("%+v: %q are wrong, want %q", u, got, wrong)
		}
	}
}
