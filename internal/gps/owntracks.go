package gps

import (
	"strings"
	"time"
)

// OwnTracks posts one JSON object, whose _type says what it is: km/h, percent,
// seconds. Android takes its message out of the queue only when the answer is a
// JSON array, so that is what every one of them gets. An array may also hold
// settings, which the app takes when remote commands are allowed in it.
var owntracks = dialect{
	name: "owntracks",
	speaks: func(m message) bool {
		if body, ok := m.json.(map[string]any); ok {
			_, typed := body["_type"]
			return typed
		}
		// iPhones send nothing at all at times.
		return m.json == nil && m.broken == "" && m.empty && !m.get && len(m.form) == 0
	},
	read: func(m message) ([]Report, []Nonsense) {
		body, ok := m.json.(map[string]any)
		if !ok {
			return nil, nil
		}
		return readOwnTracks(flatten(body))
	},
	answers: func(m message) Answer {
		if isOverlandsOwn(m) {
			return overland.answer
		}
		return Answer{plainJSON, "[]"}
	},
	faster: Answer{plainJSON, `[{"_type":"cmd","action":"setConfiguration","configuration":{"_type":"configuration",` +
		`"monitoring":2,"locatorInterval":20,"locatorDisplacement":0,"moveModeLocatorInterval":20,"ignoreInaccurateLocations":0}}]`},
	marks: []string{`"_type"`},
}

// ownTracksSilent are the types of which the phone itself says nothing new: a
// broker sends a last will when the phone has gone.
var ownTracksSilent = map[string]bool{"lwt": true}

// ownTracksOther are the types that are no place of the phone's. A transition and
// a waypoint have the coordinates of a fence.
var ownTracksOther = map[string]bool{
	"transition": true, "status": true, "waypoint": true, "waypoints": true, "dump": true, "configuration": true, "card": true,
	"steps": true, "beacon": true, "cmd": true, "request": true, "msg": true, "revgeo": true,
}

func readOwnTracks(f flat) ([]Report, []Nonsense) {
	kind := f["_type"]
	battery := measure(f["batt"], percent, 1)
	switch {
	case ownTracksSilent[kind]:
		return nil, nil
	case kind == "encrypted":
		// The phone is alive, and nobody can tell where.
		return []Report{{}}, []Nonsense{{"OwnTracks encrypts what it sends: clear the encryption key in the app's settings", shape(f)}}
	case ownTracksOther[kind]:
		return []Report{{Time: ownTracksTime(f["tst"]), Battery: battery}}, nil
	case kind != "location":
		return nil, []Nonsense{{"OwnTracks sends no type like this", shape(f)}}
	}
	r := Report{
		Time: ownTracksTime(f["tst"]), Speed: measure(f["vel"], kmh, mostSpeed), Heading: measure(f["cog"], same, mostHeading),
		Accuracy: accuracy(f["acc"]), Battery: battery,
	}
	if f.has("lat", "lon") {
		p, reason := point(f["lat"], f["lon"])
		if reason != "" {
			return nil, []Nonsense{{reason, shape(f)}}
		}
		r.Place = &p
	} else if !f.has("tst", "batt") {
		return nil, []Nonsense{{noKnownFields, shape(f)}}
	}
	return []Report{r.settled()}, nil
}

// Overland in its OwnTracks mode counts from 2001, as iPhones do inside.
const (
	appleEpoch  = 978307200
	oldestApple = 500_000_000 // 2016 by that count, long before any fix by ours
)

// isOverlandsOwn reports whether Overland sent what looks like OwnTracks': it wants
// its own answer all the same.
func isOverlandsOwn(m message) bool {
	if m.says(overland.name) {
		return true
	}
	body, _ := m.json.(map[string]any)
	n, ok := number(scalar(body["tst"]))
	return ok && n > oldestApple && n < appleEpoch
}

func ownTracksTime(text string) *time.Time {
	if n, ok := number(strings.TrimSpace(text)); ok && n > oldestApple && n < appleEpoch {
		t := time.Unix(int64(n)+appleEpoch, 0).UTC()
		return &t
	}
	return instant(text)
}
