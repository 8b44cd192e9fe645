package gps

import (
	"strconv"
	"strings"
)

// Traccar Client has spoken three ways. Up to 8 everything stands in the query of
// a POST without a body; from 10 on in a form, one fix each, or in a JSON array of
// the same fields: knots, percent. 9 sends JSON of another library: m/s, 0 to 1.
var traccar = dialect{
	name: "traccar",
	speaks: func(m message) bool {
		switch body := m.json.(type) {
		case map[string]any:
			return isTraccar9(body) || isTraccarFields(flatten(body))
		case []any:
			for _, one := range body {
				if object, ok := one.(map[string]any); !ok || !isTraccarFields(flatten(object)) {
					return false
				}
			}
			return len(body) > 0
		}
		return m.broken == "" && m.form.has("id", "deviceid", "device_id", "timestamp", "lat", "lon", "location")
	},
	read: func(m message) ([]Report, []Nonsense) {
		switch body := m.json.(type) {
		case map[string]any:
			if isTraccar9(body) {
				return readTraccar9(body)
			}
			return readTraccarFields(flatten(body))
		case []any:
			return readTraccarArray(body)
		}
		return readTraccarFields(m.form)
	},
}

// isTraccarFields reports whether a JSON object has the fields of Traccar Client
// 10, whose time no other app calls timestamp beside lat and lon at the top.
func isTraccarFields(f flat) bool {
	_, typed := f["_type"]
	return !typed && f.has("id", "deviceid") && f.has("timestamp")
}

func isTraccar9(body map[string]any) bool {
	_, named := body["device_id"]
	switch location := body["location"].(type) {
	case map[string]any:
		_, has := location["coords"]
		return has || named
	case []any:
		return named
	}
	return false
}

// readTraccarArray reads the JSON array of an SDK of version 10. One wrong fix
// does not take the others with it.
func readTraccarArray(body []any) (reports []Report, nonsense []Nonsense) {
	body, nonsense = bounded(body)
	for _, one := range body {
		object, _ := one.(map[string]any)
		r, n := readTraccarFields(flatten(object))
		reports, nonsense = append(reports, r...), append(nonsense, n...)
	}
	return reports, nonsense
}

// bounded cuts a list to what one request may report.
func bounded(list []any) ([]any, []Nonsense) {
	if len(list) <= maxReports {
		return list, nil
	}
	return list[:maxReports], []Nonsense{{Reason: "it reports " + strconv.Itoa(len(list)) + " fixes at once, and more than " + strconv.Itoa(maxReports) + " are not read"}}
}

// readTraccarFields reads the fields of Traccar Client up to 8 and from 10 on.
func readTraccarFields(f flat) ([]Report, []Nonsense) {
	lat, lon := f["lat"], f["lon"]
	if both := f["location"]; both != "" && lat == "" && lon == "" {
		lat, lon, _ = strings.Cut(both, ",")
	}
	located := lat != "" || lon != ""
	if !located && f.has("notificationToken") {
		return nil, nil // where to push messages to, of which we have none
	}
	r := Report{
		Time: instant(f["timestamp"]), Speed: measure(f["speed"], knot, mostSpeed), Heading: measure(f.first("bearing", "heading"), same, mostHeading),
		Accuracy: accuracy(f.first("accuracy", "hacc")), Battery: measure(f.first("batt", "batteryLevel"), percent, 1), Mocked: f["mock"] == "true", SOS: strings.EqualFold(f["alarm"], "sos"),
	}
	switch {
	case located:
		p, reason := point(lat, lon)
		if reason != "" {
			return nil, []Nonsense{{reason, shape(f)}}
		}
		if f["valid"] != "false" && f["valid"] != "0" {
			r.Place = &p
		}
	case !f.has("timestamp", "batt", "alarm", "cell", "wifi"):
		return nil, []Nonsense{{noKnownFields, shape(f)}}
	}
	return []Report{r.settled()}, nil
}

// readTraccar9 reads Traccar Client 9. Its library may send several fixes at once.
func readTraccar9(body map[string]any) (reports []Report, nonsense []Nonsense) {
	list, ok := body["location"].([]any)
	if !ok {
		list = []any{body["location"]}
	}
	list, nonsense = bounded(list)
	for _, one := range list {
		location, _ := one.(map[string]any)
		r, n := readTraccar9Location(location)
		reports, nonsense = append(reports, r...), append(nonsense, n...)
	}
	return reports, nonsense
}

func readTraccar9Location(location map[string]any) ([]Report, []Nonsense) {
	part := func(name string) flat {
		object, _ := location[name].(map[string]any)
		return flatten(object)
	}
	top, coords, battery, extras := flatten(location), part("coords"), part("battery"), part("extras")
	r := Report{
		Time: instant(top["timestamp"]), Speed: measure(coords["speed"], same, mostSpeed), Heading: measure(coords["heading"], same, mostHeading),
		Accuracy: accuracy(coords["accuracy"]), Battery: measure(battery["level"], same, 1),
		Mocked: top["mock"] == "true", SOS: strings.EqualFold(extras["alarm"], "sos"),
	}
	if coords.has("latitude", "longitude") {
		p, reason := point(coords["latitude"], coords["longitude"])
		if reason != "" {
			return nil, []Nonsense{{reason, append(shape(top), shape(coords)...)}}
		}
		r.Place = &p
	} else if !top.has("timestamp") && !battery.has("level") && !r.SOS {
		return nil, []Nonsense{{noKnownFields, append(shape(top), shape(coords)...)}}
	}
	return []Report{r.settled()}, nil
}

// settled leaves out what nobody can say of a place that is not known.
func (r Report) settled() Report {
	if r.Place == nil {
		r.Accuracy, r.Speed, r.Heading, r.Mocked = nil, nil, nil, false
	}
	return r
}
