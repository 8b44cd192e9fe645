// Package web is the built front end, as it is committed in dist.
package web

import (
	"embed"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

//go:embed all:dist
var dist embed.FS

// pages are the paths that the front end knows; :id stands for whatever a path
// ends with.
var pages = map[string]bool{
	"": true, "entrar": true, "cuenta": true, "personas": true, "llaves": true, "registro": true, "components": true,
	"postular": true, "solicitud/:id": true,
	"solicitudes": true, "miembros": true, "miembros/:id": true, "nomina": true, "ajustes": true,
	"ventas": true, "cierre": true, "cierre/:id": true, "estadisticas": true, "masas": true,
}

// isPage reports whether the front end knows a path.
func isPage(name string) bool {
	first, id, _ := strings.Cut(name, "/")
	return pages[name] || id != "" && pages[first+"/:id"]
}

// Has reports whether Handler has something at the path of a URL.
func Has(urlPath string) bool {
	name := strings.TrimPrefix(path.Clean(urlPath), "/")
	if isPage(name) {
		return true
	}
	info, err := fs.Stat(dist, "dist/"+name)
	return err == nil && !info.IsDir()
}

// Handler serves the pages. styleURL returns the configured map style, "" for
// none: only its host may be loaded from beside this one.
func Handler(styleURL func() string) (http.Handler, error) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	server := http.FileServerFS(files)
	return gzhttp.GzipHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		h := w.Header()
		if strings.HasPrefix(name, "assets/") {
			h.Set("Cache-Control", "public, max-age=31536000, immutable") // their names change with their content
			server.ServeHTTP(w, r)
			return
		}
		h.Set("Content-Security-Policy", policy(styleURL()))
		h.Set("Cache-Control", "no-cache")
		if isPage(name) { // the browser finds its way from index.html
			r = r.Clone(r.Context())
			r.URL.Path = "/"
		}
		server.ServeHTTP(w, r)
	})), nil
}

// policy lets a page load from this server alone, and from the map style's host.
func policy(styleURL string) string {
	host := ""
	if u, err := url.Parse(styleURL); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		host = " " + u.Scheme + "://" + u.Host
	}
	return "default-src 'self'; img-src 'self' data: blob:" + host + "; connect-src 'self'" + host +
		"; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
}
