package gps

import "strings"

// OsmAnd fills a template of the user's with what Android knows of a place, by
// GET: m/s, milliseconds, and as hdop the accuracy in metres. It sends no body and
// ignores ours. Its template is the one that Traccar took for its own apps, with
// knots and seconds: milliseconds tell them apart.
var osmand = dialect{
	name: "osmand",
	speaks: func(m message) bool {
		if m.json != nil || m.broken != "" || !m.form.named("lat", "lon", "latitude", "longitude") {
			return false
		}
		n, ok := number(m.form.first("timestamp", "time", "tst", "ts"))
		return m.says("osmand") || ok && n >= 1<<31 || hasPlaceholder(m.form)
	},
	read: func(m message) ([]Report, []Nonsense) {
		f := flat{}
		for name, v := range m.form {
			if !strings.HasPrefix(v, "{") { // a placeholder that this version does not fill
				f[name] = v
			}
		}
		return names{
			lat: latNames, lon: lonNames, time: timeNames, speed: speedNames, heading: headingNames,
			accuracy: append([]string{"hdop"}, accuracyNames...), battery: batteryNames,
		}.read(f)
	},
}

// hasPlaceholder reports whether one of OsmAnd's placeholders was left as it is.
func hasPlaceholder(f flat) bool {
	for _, v := range f {
		if len(v) >= 3 && v[0] == '{' && v[len(v)-1] == '}' {
			if _, ok := number(v[1 : len(v)-1]); ok {
				return true
			}
		}
	}
	return false
}
