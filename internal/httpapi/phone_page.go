package httpapi

import (
	"context"
	"html/template"
	"io"
	"net/http"
	"strings"

	"golang.org/x/text/language"

	"gremio"
)

// opensPage reports whether somebody looks at an address with a browser, as a
// camera does with the QR that Traccar Client should read. No app asks for HTML.
func opensPage(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// phonePage says what the address is for and how each app is set up. It is no sign
// of life. Who opened it knows the token, which stands in its links.
func (a *api) phonePage(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address is a secret
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	page := phonePageText{Words: phoneSpanish}
	tags, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if _, i, _ := pageLanguages.Match(tags...); i == 1 {
		page.Words = phoneEnglish
	}
	if a.PublicURL != "" {
		req := requestOf(ctx)
		page.Plate = req.who.Plate
		for _, app := range gremio.PhoneApps(a.PublicURL, req.shown.token, req.who.Plate) {
			// Links open apps by schemes of their own, which are ours to write and nobody else's.
			page.Apps = append(page.Apps, phonePageApp{app, template.URL(app.Link), page.Words.How[app.Name]})
		}
	}
	_ = phonePageTemplate.Execute(w, page) // a browser that went away
}

var pageLanguages = language.NewMatcher([]language.Tag{language.Spanish, language.English})

type phonePageText struct {
	Words phoneWords
	Plate gremio.Plate
	Apps  []phonePageApp
}

type phonePageApp struct {
	gremio.PhoneApp
	Open template.URL
	How  string
}

// phoneFile answers with a file that sets an app up, and reports whether path is
// one's.
func (a *api) phoneFile(ctx context.Context, w http.ResponseWriter, r *http.Request, path string) bool {
	if r.Method != http.MethodGet || path != gremio.OwnTracksFile && path != gremio.GPSLoggerFile {
		return false
	}
	w.Header().Set("Cache-Control", "no-store")
	if a.PublicURL == "" {
		writeProblem(w, http.StatusConflict, "gremio does not know where phones reach it: set --public-url")
		return true
	}
	req := requestOf(ctx)
	address := gremio.PhoneAddress(a.PublicURL, req.shown.token)
	kind, text := "application/json", ""
	if path == gremio.OwnTracksFile {
		text = gremio.OwnTracksConfig(address, req.who.Plate)
	} else {
		kind, text = "text/plain; charset=utf-8", gremio.GPSLoggerProfile(address, req.who.Plate)
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+path+`"`)
	io.WriteString(w, text)
	return true
}

var phonePageTemplate = template.Must(template.New("").Parse(`<!doctype html>
<html lang="{{.Words.Lang}}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gremio: {{.Words.Title}}</title>
<style>
:root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }
body { max-width: 32rem; margin: 2rem auto; padding: 0 1rem; }
li { margin: .6rem 0; }
summary { padding: .6rem 0; font-weight: 600; cursor: pointer; }
a.open { display: inline-block; padding: .6rem 1rem; border: 1px solid; border-radius: .4rem; }
code { overflow-wrap: anywhere; user-select: all; }
</style>
<h1>{{.Words.Heading}}{{with .Plate}} {{.}}{{end}}</h1>
<p>{{.Words.Lead}}</p>
<ol>
<li>{{.Words.Install}}: <a href="https://play.google.com/store/apps/details?id=org.traccar.client">Android</a>, <a href="https://apps.apple.com/app/traccar-client/id843156974">iPhone</a>.</li>
<li>{{.Words.Scan}}</li>
<li>{{.Words.TurnOn}}</li>
</ol>
{{if .Apps}}<h2>{{.Words.Others}}</h2>
<p>{{.Words.Choose}}</p>
{{range .Apps}}<details>
<summary>{{.Name}} ({{.Platform}})</summary>
<p><a href="{{.Store}}">{{$.Words.Get}} {{.Name}}</a></p>
{{if .Open}}<p><a class="open" href="{{.Open}}">{{$.Words.Open}} {{.Name}}</a></p>
{{end}}<p>{{.How}}</p>
<p><code>{{.Address}}</code></p>
</details>
{{end}}{{end}}<p>{{.Words.Always}}</p>
<p>{{.Words.Secret}}</p>
</html>
`))
