package gps

// names are what an app that sends one fix in flat fields calls them. The first
// that says something counts.
type names struct {
	lat, lon, time, speed, heading, accuracy, battery []string
	alive                                             []string // a phone without a place says so of itself
}

// The names that people and templates give, where the app leaves them open.
var (
	latNames      = []string{"lat", "latitude"}
	lonNames      = []string{"lon", "longitude", "lng", "long"}
	timeNames     = []string{"tst", "timestamp", "time", "ts", "timestamp_unix", "unixtime", "timeoffset", "datetime"}
	speedNames    = []string{"vel", "speed", "spd", "velocity", "s"}
	headingNames  = []string{"bear", "bearing", "cog", "course", "heading", "dir", "direction"}
	accuracyNames = []string{"acc", "accuracy", "hacc", "horizontal_accuracy", "accuracy_m"}
	batteryNames  = []string{"batt", "bat", "battery", "battery_level", "batterylevel"}
)

// read reads the fields of one fix, speeds in m/s and battery in percent.
func (n names) read(f flat) ([]Report, []Nonsense) {
	lat, lon := f.first(n.lat...), f.first(n.lon...)
	r := Report{
		Speed: measure(f.first(n.speed...), same, mostSpeed), Heading: measure(f.first(n.heading...), same, mostHeading),
		Accuracy: accuracy(f.first(n.accuracy...)), Battery: measure(f.first(n.battery...), percent, 1),
	}
	for _, name := range n.time {
		if r.Time = instant(f[name]); r.Time != nil {
			break
		}
	}
	switch {
	case lat != "" || lon != "":
		p, reason := point(lat, lon)
		if reason != "" {
			return nil, []Nonsense{{reason, shape(f)}}
		}
		r.Place = &p
	case r.Time == nil && r.Battery == nil && !f.has(n.alive...):
		return nil, []Nonsense{{noKnownFields, shape(f)}}
	}
	return []Report{r.settled()}, nil
}
