package gps

import "strings"

// Colota sends one flat fix a request, in JSON or in the query: m/s, percent,
// seconds. Names of fields are the user's to choose, and its templates imitate
// OwnTracks and Traccar without their units; any 2xx is success. Its Overland and
// Traccar JSON templates are those apps' own, units and all.
var colota = dialect{
	name: "colota",
	speaks: func(m message) bool {
		f := m.form
		switch body := m.json.(type) {
		case map[string]any:
			f = flatten(body)
			for _, deep := range []string{"location", "locations", "geometry"} {
				if _, ok := body[deep].(string); f.named(deep) && !ok {
					return false
				}
			}
		case nil:
			if m.broken != "" || f.has("action") {
				return false
			}
		default:
			return false
		}
		if f.named("_type") {
			return imitatesOwnTracks(m, f)
		}
		if !f.named(latNames...) && !f.named(lonNames...) {
			return f.named("tst") && f.named("bs")
		}
		return m.says("colota") || strings.EqualFold(f["useragent"], "colota") || strings.EqualFold(f["id"], "colota") ||
			f.named("tst", "bs") || numeric(f["charge"]) || m.json != nil && !isTraccarFields(f)
	},
	read: func(m message) ([]Report, []Nonsense) {
		f := m.form
		if body, ok := m.json.(map[string]any); ok {
			f = flatten(body)
		}
		return names{lat: latNames, lon: lonNames, time: timeNames, speed: speedNames, heading: headingNames, accuracy: accuracyNames, battery: batteryNames}.read(f)
	},
}

func numeric(text string) bool {
	_, ok := number(text)
	return ok
}

// ownTracksOnly are fields of OwnTracks that no template of Colota's has.
var ownTracksOnly = []string{"t", "m", "conn", "topic", "created_at", "vac", "p", "rad", "inregions", "inrids", "BSSID", "SSID", "_id", "_http", "poi", "tag"}

// imitatesOwnTracks reports whether a location of OwnTracks' shape is Colota's: it
// has what Colota always sends and nothing that OwnTracks adds, and the id that
// its template sets.
func imitatesOwnTracks(m message, f flat) bool {
	if f["_type"] != "location" || m.says("owntracks") {
		return false
	}
	if m.says("colota") {
		return true
	}
	tid := f["tid"]
	return f.has("lat") && f.has("lon") && f.has("tst") && f.has("acc") && f.has("batt") && f.has("bs") && !f.named(ownTracksOnly...) &&
		(tid == "" || tid == "AA" || strings.Contains(f["vel"], "."))
}
