package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
)

// A month's list comes as JSON, CSV and XLSX.
func TestMembershipListAsFile(t *testing.T) {
	h := newHouse(t, true)
	for path, kind := range map[string]string{"2026-10": "application/json", "2026-10.csv": "text/csv; charset=utf-8",
		"2026-10.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"} {
		got := h.send("GET", "/v1/membership-lists/"+path, "")
		name := got.header.Get("Content-Disposition")
		if got.code != 200 || got.header.Get("Content-Type") != kind || strings.Contains(path, ".") != strings.Contains(name, `"socios-`+path+`"`) {
			t.Errorf("%s: %d %v", path, got.code, got.header)
		}
	}
	if got := h.send("GET", "/v1/membership-lists/2026-10.csv", ""); !strings.HasPrefix(string(got.body), "month,list,at,") {
		t.Errorf("%s", got.body)
	}
	for path, code := range map[string]int{"2026-10.pdf": 404, "2026-10.": 200, "2026-10.json": 404, "2026-13.csv": 422, "26-10": 422, "2026-10-01": 422, "x.csv": 422} {
		if got := h.send("GET", "/v1/membership-lists/"+path, ""); got.code != code {
			t.Errorf("%s: %d %s, want %d", path, got.code, got.body, code)
		}
	}
}

// A past month's list is the same again, whatever became of its members later.
func TestMembershipListOfAPastMonth(t *testing.T) {
	h := newHouse(t, false)
	ctx := h.ctx()
	on := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 15, 0, 0, 0, time.UTC) }
	h.write(func(tx *store.Tx) error {
		a := gremio.Application{ID: "app-1", Person: "person-1", Tier: gremio.TierBasic, Sealed: gremio.Sealed("x"), State: "waiting", Origin: "v1", SubmittedAt: on(10, 1)}
		m := gremio.Member{ID: "m-1", Application: "app-1", Person: "person-1", Tier: gremio.TierBasic, Plate: "AA11", State: gremio.MemberActive, JoinedAt: on(10, 2)}
		for _, err := range []error{
			tx.AddApplication(ctx, a, gremio.Consent{}), tx.AddMember(ctx, m),
			tx.AddMemberEvent(ctx, gremio.MemberEvent{Member: "m-1", Cause: "app-1", Kind: "joined", At: on(10, 2), Tier: gremio.TierBasic, Plate: "AA11"}),
			tx.AddMemberEvent(ctx, gremio.MemberEvent{Member: "m-1", Cause: "e-1", Kind: "changed", At: on(10, 20), Tier: gremio.TierPremium}),
		} {
			if err != nil {
				return err
			}
		}
		m.Tier = gremio.TierPremium
		return tx.SaveMember(ctx, m)
	})
	list := func(ext string) string {
		t.Helper()
		got := h.send("GET", "/v1/membership-lists/2026-10"+ext, "")
		if got.code != 200 {
			t.Fatalf("%d %s", got.code, got.body)
		}
		return string(got.body)
	}
	before, file := list(""), list(".csv")
	if !strings.Contains(before, `"plate":"AA11"`) || !strings.Contains(before, `"tier":"premium"`) || !strings.Contains(file, "AA11") {
		t.Fatalf("the month's list is %s\n%s", before, file)
	}
	h.write(func(tx *store.Tx) error {
		left := on(11, 20)
		for _, err := range []error{
			tx.MarkHoldings(ctx, gremio.HoldingMark{Plate: "AA11", Member: "m-1", At: on(11, 5), Cause: "e-2"}, gremio.HoldingMark{Plate: "BB22", Member: "m-1", At: on(11, 5), Cause: "e-2", Starts: true},
				gremio.HoldingMark{Plate: "BB22", Member: "m-1", At: left, Cause: "e-5"}),
			tx.AddMemberEvent(ctx, gremio.MemberEvent{Member: "m-1", Cause: "e-2", Kind: "plate_changed", At: on(11, 5), Plate: "BB22", Other: "AA11"}),
			tx.AddMemberEvent(ctx, gremio.MemberEvent{Member: "m-1", Cause: "e-3", Kind: "changed", At: on(11, 6), Tier: gremio.TierBasic}),
			tx.AddMemberEvent(ctx, gremio.MemberEvent{Member: "m-1", Cause: "e-4", Kind: "suspended", At: on(11, 7), Reason: "late"}),
			tx.AddMemberEvent(ctx, gremio.MemberEvent{Member: "m-1", Cause: "e-5", Kind: "left", At: left}),
			tx.SaveMember(ctx, gremio.Member{ID: "m-1", Tier: gremio.TierBasic, State: gremio.MemberHasLeft, LeftAt: &left}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if after := list(""); after != before {
		t.Errorf("the month's list was\n%s and is now\n%s", before, after)
	}
	if after := list(".csv"); after != file {
		t.Errorf("the month's file was\n%s and is now\n%s", file, after)
	}
	if now := string(h.send("GET", "/v1/members/m-1", "").body); !strings.Contains(now, `"state":"left"`) || !strings.Contains(now, `"tier":"basic"`) {
		t.Errorf("the member is %s", now)
	}
}

// The office sees on a member that the fee is not paid, and that it is.
func TestMemberOwesTheFee(t *testing.T) {
	h := newHouse(t, false)
	h.send("PUT", "/v1/settings", `{"premium_fee":15000}`)
	ctx := h.ctx()
	h.write(func(tx *store.Tx) error {
		if err := tx.AddApplication(ctx, gremio.Application{ID: "app-1", Person: "p", Tier: gremio.TierPremium, Sealed: gremio.Sealed("x"), State: "waiting", Origin: "v1", SubmittedAt: time.Now()}, gremio.Consent{}); err != nil {
			return err
		}
		return tx.AddMember(ctx, gremio.Member{ID: "m-1", Application: "app-1", Person: "p", Tier: gremio.TierPremium, Plate: "AA11", State: gremio.MemberActive, JoinedAt: time.Now()})
	})
	want := func(fee string) {
		t.Helper()
		for _, path := range []string{"/v1/members", "/v1/members/m-1"} {
			if got := h.send("GET", path, ""); got.code != 200 || !strings.Contains(string(got.body), fee) {
				t.Errorf("%s: %d %s, want %s in it", path, got.code, got.body, fee)
			}
		}
	}
	want(`"fee":{"amount":15000}`)
	h.write(func(tx *store.Tx) error {
		return tx.SetPayment(ctx, gremio.ApplicationPaid{ApplicationAct: gremio.ApplicationAct{Application: "app-1", At: time.Unix(1_800_000_000, 0)}, Paid: true, Amount: 12000, Reference: "4711"})
	})
	want(`"fee":{"amount":12000,"paid_at":"2027-01-15T08:00:00Z","reference":"4711"}`)
}
