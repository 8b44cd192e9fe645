package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
)

// A sale that is no longer kept is not taken back, and the answer says why, whether
// its row is gone already or goes soon. Whoever may not see it learns nothing of it.
func TestVoidOfASaleThatIsNotKept(t *testing.T) {
	h := newHouse(t, false)
	_, mixed, before := h.soldCartAgo(40)
	void := func(h *house, id string, code int, says string) {
		t.Helper()
		name, query, _ := strings.Cut(id, "?")
		if got := h.post("/v1/sales/"+name+"/void?"+query, `{"reason":"typed twice"}`); got.code != code || !strings.Contains(string(got.body), says) {
			t.Errorf("voiding %s is answered %d %s, want %d with %q", id, got.code, got.body, code, says)
		}
	}
	void(h, "gone", 404, "no such sale")
	if got := h.send("PUT", "/v1/settings", `{"sales_retention_days":29}`); got.code != 422 || !strings.Contains(string(got.body), "sales_retention_days") {
		t.Errorf("29 days are answered %d %s", got.code, got.body)
	}
	if got := h.send("PUT", "/v1/settings", `{"sales_retention_days":30}`); got.code != 200 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	const past = "sales_retention_days"
	vendor := h.as(h.session(h.person("beto@gremio.test", gremio.RoleVendor, mine)))
	void(h, "old-1", 409, past)
	void(vendor, "new-1", 409, past)
	h.write(func(tx *store.Tx) error {
		_, err := tx.DeleteOldSales(h.ctx(), mixed.Next(), time.Now(), 100)
		return err
	})
	void(h, "old-1", 409, past)
	void(h, "old-1?plate="+string(mine), 409, past)
	void(h, "old-1?plate=ZZ99", 404, "no such sale")
	void(h, "never", 404, "no such sale")
	void(vendor, "new-1", 409, past)
	void(vendor, "old-1", 404, "no such sale") // of who had the cart before
	if got := vendor.send("GET", "/v1/reports/daily/"+string(mixed), ""); got.code != 409 || !strings.Contains(string(got.body), "changed hands") {
		t.Errorf("a part of a day that nobody knows is answered %d %s", got.code, got.body)
	}
	for _, day := range []gremio.Day{mixed, before} {
		if got := h.send("GET", "/v1/reports/daily/"+string(day), ""); got.code != 200 || !strings.Contains(string(got.body), "43") {
			t.Errorf("the report of %s is answered %d %s", day, got.code, got.body)
		}
	}
}
