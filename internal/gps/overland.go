package gps

// Overland posts GeoJSON features in batches: m/s, battery 0 to 1, longitude
// before latitude, -1 for what the phone does not know. It keeps the whole batch
// until the answer says that the result is ok; settings may stand in the answer.
// Never send_interval "off": the phone would be lost. In its address it can fill a
// template with the newest fix, which stands in the body, too.
var overland = dialect{
	name: "overland",
	speaks: func(m message) bool {
		if body, ok := m.json.(map[string]any); ok {
			_, batch := body["locations"]
			_, isCurrent := body["current"].(map[string]any)
			return batch || isCurrent || isFeature(body) || body["type"] == "FeatureCollection"
		}
		return m.json == nil && m.broken == "" && m.form.named("ts") && m.form.named("lat", "lon")
	},
	read: func(m message) ([]Report, []Nonsense) {
		if body, ok := m.json.(map[string]any); ok {
			return readOverland(body)
		}
		return readOverlandQuery(m.form)
	},
	answer: Answer{plainJSON, `{"result":"ok"}`},
	faster: Answer{plainJSON, `{"result":"ok","set":{"send_interval":"10s","main":{"tracking_mode":"both","pause_automatically":false}}}`},
	marks:  []string{`"locations"`},
}

func isFeature(v any) bool {
	object, _ := v.(map[string]any)
	_, located := object["geometry"]
	return object["type"] == "Feature" && located
}

func readOverland(body map[string]any) (reports []Report, nonsense []Nonsense) {
	var list []any
	switch {
	case isFeature(body):
		list = []any{body}
	case body["type"] == "FeatureCollection":
		list, _ = body["features"].([]any)
	default:
		list, _ = body["locations"].([]any)
	}
	list, nonsense = bounded(list)
	if current := body["current"]; isFeature(current) { // the newest fix, when the queue is longer than a batch
		list = append(list, current)
	}
	if _, isList := body["locations"].([]any); len(list) == 0 && body["locations"] != nil && !isList {
		return nil, []Nonsense{{"its locations are no list", shape(flatten(body))}}
	}
	if len(list) == 0 {
		return []Report{{}}, nonsense // it has nothing to say but that it is there
	}
	for _, one := range list {
		feature, _ := one.(map[string]any)
		r, n := readOverlandFeature(feature)
		reports, nonsense = append(reports, r...), append(nonsense, n...)
	}
	return reports, nonsense
}

func readOverlandFeature(feature map[string]any) ([]Report, []Nonsense) {
	properties, _ := feature["properties"].(map[string]any)
	geometry, _ := feature["geometry"].(map[string]any)
	coordinates, _ := geometry["coordinates"].([]any)
	f := flatten(properties)
	r := Report{
		Time: instant(f["timestamp"]), Speed: measure(f["speed"], same, mostSpeed), Heading: measure(f["course"], same, mostHeading),
		Accuracy: accuracy(f["horizontal_accuracy"]), Battery: measure(f["battery_level"], same, 1),
	}
	switch {
	case f.has("action") || f["type"] == "trip":
		// A visit that ended, a pause, the summary of a trip: dated now, of a place
		// where the phone was before.
	case len(coordinates) >= 2:
		p, reason := point(scalar(coordinates[1]), scalar(coordinates[0]))
		if reason != "" {
			return nil, []Nonsense{{reason, shape(f)}}
		}
		r.Place = &p
	case !f.has("timestamp", "battery_level"):
		return nil, []Nonsense{{noKnownFields, append(shape(flatten(feature)), shape(f)...)}}
	}
	return []Report{r.settled()}, nil
}

// readOverlandQuery reads a template in the address without its body.
func readOverlandQuery(f flat) ([]Report, []Nonsense) {
	reports, nonsense := names{
		lat: latNames, lon: lonNames, time: []string{"ts"}, speed: []string{"spd", "speed"}, heading: headingNames, accuracy: accuracyNames,
	}.read(f)
	for i := range reports {
		reports[i].Battery = measure(f.first("bat", "batt"), same, 1)
	}
	return reports, nonsense
}
