package httpapi_test

import (
	"strings"
	"testing"
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
