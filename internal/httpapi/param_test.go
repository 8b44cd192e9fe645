package httpapi_test

import (
	"regexp"
	"slices"
	"testing"
)

// TestPathParametersAreRead wants every part of a path to be a parameter of its
// route: huma looks into no embedded struct that is not exported, and a handler
// would then be asked about "".
func TestPathParametersAreRead(t *testing.T) {
	h := newHouse(t, true)
	named := regexp.MustCompile(`\{(\w+)\}`)
	for path, methods := range h.openapi() {
		for method, route := range methods {
			var read []string
			parameters, _ := route["parameters"].([]any)
			for _, p := range parameters {
				if p, _ := p.(map[string]any); p["in"] == "path" {
					read = append(read, p["name"].(string))
				}
			}
			for _, m := range named.FindAllStringSubmatch(path, -1) {
				if !slices.Contains(read, m[1]) {
					t.Errorf("%s %s never reads %s", method, path, m[1])
				}
			}
		}
	}
}

// What is wrong is looked for where it stands.
func TestWrongParametersAreLocated(t *testing.T) {
	h := newHouse(t, true)
	h.send("GET", "/v1/alerts?plate=!!!", "").problem(t, 422).names(t, "query", "plate")
	h.send("GET", "/v1/carts/!!!", "").problem(t, 422).names(t, "path", "plate")
	h.post("/v1/sales", `{"plate": "!!!", "units": 1}`).problem(t, 422).names(t, "body", "plate")
}
