// Package gps reads what the GPS apps of carts' phones send. It knows requests
// and what they say, nothing of HTTP servers, tokens or the log. Each app's
// dialect has a file of its own.
package gps

import (
	"net/url"
	"time"

	"gremio"
)

// A Request is what a phone sent.
type Request struct {
	Method      string
	Path        string     // below the token, "" when there is nothing
	Query       url.Values // without the token
	ContentType string
	Agent       string // what the headers say of the app, for what its shape leaves open
	Body        []byte
	Cut         bool // the body went on
}

// A Report is a sign of life, with a place when the phone knew it. What the phone
// did not know, or said impossibly, is nil.
type Report struct {
	Place    *gremio.Point
	Time     *time.Time // of the fix, as the phone dates it
	Accuracy *float64   // metres
	Speed    *float64   // m/s
	Heading  *float64   // degrees clockwise from north
	Battery  *float64   // 0 to 1
	Mocked   bool       // another program made the place up, and the phone says so
	SOS      bool       // whoever carries the phone asks for help
}

// Nonsense is a part of a request that cannot be understood.
type Nonsense struct {
	Reason string
	Fields []string // what it looked like, see shape
}

// An Answer is what a dialect's app takes for success. Its status is 200.
type Answer struct{ ContentType, Body string }

// A Reading is what a request says. One may say nothing that concerns us.
type Reading struct {
	Dialect  string // "" when nobody knows it
	Reports  []Report
	Nonsense []Nonsense
	Answer   Answer
	// Faster is the answer that also sets the app to the guild's interval, zero
	// for apps that take no settings.
	Faster  Answer
	SignsIn bool // it wants a session, which its next requests show instead of a password
}

// maxReports bounds what one request may report. No app sends nearly as much.
const maxReports = 10_000

// A dialect is what one family of apps speaks.
type dialect struct {
	name   string
	speaks func(message) bool // whether a message is of this dialect
	read   func(message) ([]Report, []Nonsense)
	answer Answer
	// answers is the answer where it depends on what was asked, nil where it does not.
	answers func(message) Answer
	faster  Answer
	// marks are what a body of this dialect has in it even when it cannot be read.
	marks []string
}

// dialects are asked in order; the first that speaks reads.
var dialects = []dialect{ulogger, overland, colota, owntracks, gpslogger, osmand, traccar}

const (
	plainJSON     = "application/json"
	noKnownFields = "it has no place, and nothing that a phone says of itself"
)

// Read tells a request's dialect from its path and its shape, and reads it. What
// the shape leaves open, the unit of a speed above all, what the app calls itself
// decides.
func Read(r Request) Reading {
	m := open(r)
	if r.Cut {
		m.json, m.broken = nil, "it is longer than is read"
	}
	if got, ok := m.read(); ok {
		return got
	}
	if list, ok := m.json.([]any); ok {
		if got, ok := readList(list); ok {
			return got
		}
	}
	reason := "no known app sends this"
	switch {
	case m.broken != "":
		reason = m.broken
	case len(m.form) == 0 && m.json == nil:
		reason = "it says nothing"
	}
	got := Reading{Nonsense: []Nonsense{{Reason: reason, Fields: shape(m.flat())}}}
	if d, ok := m.guess(); ok {
		got.Dialect, got.Answer = d.name, d.reply(m)
	}
	return got
}

func (m message) read() (Reading, bool) {
	for _, d := range dialects {
		if d.speaks(m) {
			got := Reading{Dialect: d.name, Answer: d.reply(m), SignsIn: d.name == ulogger.name && m.form["action"] == "auth"}
			if got.Faster = d.faster; got.Answer == overland.answer {
				got.Faster = overland.faster
			}
			got.Reports, got.Nonsense = d.read(m)
			return got, true
		}
	}
	return Reading{}, false
}

func (d dialect) reply(m message) Answer {
	if d.answers != nil {
		return d.answers(m)
	}
	return d.answer
}

// readList reads a list of messages, as buffers between an app and us make them.
// One wrong message does not take the others with it.
func readList(list []any) (all Reading, ok bool) {
	list, nonsense := bounded(list)
	for _, one := range list {
		got, understood := message{form: flat{}, json: one}.read()
		if !understood {
			object, _ := one.(map[string]any)
			nonsense = append(nonsense, Nonsense{Reason: "no known app sends this in a list", Fields: shape(flatten(object))})
			continue
		}
		if !ok {
			all.Dialect, all.Answer, ok = got.Dialect, got.Answer, true
		}
		all.Reports, all.Nonsense = append(all.Reports, got.Reports...), append(all.Nonsense, got.Nonsense...)
	}
	all.Nonsense = append(all.Nonsense, nonsense...)
	return all, ok
}
