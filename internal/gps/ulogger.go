package gps

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// uLogger signs in, opens a track and then sends one fix at a time, all as forms
// to client/index.php below the address it was given, multipart when a photo is
// attached. It wants 200 and JSON without error, a number for a track.
var ulogger = dialect{
	name: "ulogger",
	speaks: func(m message) bool {
		switch m.form["action"] {
		case "auth", "addtrack", "addpos", "adduser":
			return true
		}
		return m.json == nil && strings.HasSuffix(m.path, "client/index.php") && !m.form.named("lat")
	},
	read: func(m message) ([]Report, []Nonsense) {
		switch m.form["action"] {
		case "auth", "addtrack":
			return []Report{{}}, nil // the phone is at work, and knows no place yet
		case "addpos":
			return names{
				lat: []string{"lat"}, lon: []string{"lon"}, time: []string{"time"}, speed: []string{"speed"}, heading: []string{"bearing"},
				accuracy: []string{"accuracy"}, battery: []string{"battery"},
			}.read(m.form)
		}
		return nil, []Nonsense{{"uLogger's request names no action that is known", shape(m.form)}}
	},
	answers: func(m message) Answer {
		if m.form["action"] != "addtrack" {
			return Answer{plainJSON, `{"error":false}`}
		}
		return Answer{plainJSON, `{"error":false,"trackid":` + strconv.Itoa(trackNumber(m.form["track"])) + `}`}
	},
}

// trackNumber returns a number for a track of this name, the same each time: the
// app repeats what was not answered. We keep no tracks of our own by it.
func trackNumber(name string) int {
	h := fnv.New32a()
	h.Write([]byte(name))
	return int(h.Sum32()&0x7fffffff) | 1
}
