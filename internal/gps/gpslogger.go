package gps

import "strings"

// GPSLogger for Android fills an address, and a body when there is one, of the
// user's: %SPD is m/s, %SPD_KPH km/h, %BATT percent. Any 2xx is success. Its
// bodies say no type, and fields whose value the phone does not know are empty.
var gpslogger = dialect{
	name: "gpslogger",
	speaks: func(m message) bool {
		if m.json != nil || m.broken != "" {
			return false
		}
		f := m.form
		return m.says("gpslogger") || m.says("log") && f.named("lat", "latitude", "lon", "longitude") ||
			f.named("spd", "spd_kph", "prov", "aid", "ser", "timeoffset", "starttimestamp", "ischarging") ||
			f.named("lat") && f.named("longitude") || f.named("s", "dir") && f.named("lat", "time") ||
			hasToken(f) || f.named("lat", "lon") && (m.untold && f["charge"] == "" || m.get && strings.Contains(m.agent, "okhttp"))
	},
	read: func(m message) ([]Report, []Nonsense) {
		f := flat{}
		for name, v := range m.form {
			if !strings.HasPrefix(v, "%") {
				f[name] = v
			}
		}
		if hasToken(m.form) && !f.has(latNames...) {
			return nil, []Nonsense{{"the app has not filled in its placeholders (%LAT, %LON): they are misspelt", shape(m.form)}}
		}
		reports, nonsense := names{
			lat: latNames, lon: lonNames, time: []string{"timestamp", "time", "tst", "ts", "timeoffset"}, speed: []string{"spd", "speed", "s", "vel"},
			heading: headingNames, accuracy: accuracyNames, battery: batteryNames,
		}.read(f)
		for i := range reports {
			if r := &reports[i]; r.Place != nil && r.Speed == nil {
				r.Speed = measure(f.first("spd_kph", "kph", "kmh"), kmh, mostSpeed)
			}
		}
		return reports, nonsense
	},
}

// hasToken reports whether one of GPSLogger's placeholders was left as it is.
func hasToken(f flat) bool {
	for _, v := range f {
		if len(v) > 2 && v[0] == '%' && strings.Trim(v[1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" {
			return true
		}
	}
	return false
}
