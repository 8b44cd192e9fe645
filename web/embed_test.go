package web

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The server knows every page that the front end knows, and no other.
func TestPagesAreTheRoutes(t *testing.T) {
	routes, err := os.ReadFile("src/routes/routes.ts")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^  '/([^']*)': \{ load`).FindAllStringSubmatch(string(routes), -1) {
		want = append(want, m[1])
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(pages)); !slices.Equal(got, want) {
		t.Errorf("embed.go has the pages %q, routes.ts %q", got, want)
	}
}

// A page's document is the same for everybody: who may see what is the API's matter.
func TestEveryPageIsIndexHTML(t *testing.T) {
	handler, err := Handler(func() string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	for name := range pages {
		name = strings.Replace(name, ":id", "0192a/b", 1)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+name, nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `<div id="app">`) || !Has("/"+name) {
			t.Errorf("/%s: %d %.80q", name, w.Code, w.Body)
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("/%s has the policy %q", name, csp)
		}
	}
	for _, name := range []string{"/no-such-page", "/cuenta/1", "/entrar/x/y"} {
		if Has(name) {
			t.Errorf("there is a page at %s that nobody wrote", name)
		}
	}
}
