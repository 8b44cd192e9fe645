package gps

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A message is a request taken apart by its shape. The body's own look counts and
// not its Content-Type, which apps leave out or get wrong.
type message struct {
	path   string
	agent  string // lower case
	empty  bool   // it has no body
	untold bool   // it has one, and does not say of what type
	get    bool
	body   []byte
	form   flat // the query and a form in the body; of a repeated name the last counts
	json   any  // the body when it is JSON: an object or an array
	broken string
}

// A flat is the fields of a message that has no depth.
type flat map[string]string

func open(r Request) message {
	body := bytes.TrimSpace(r.Body)
	m := message{
		path: strings.ToLower(r.Path), agent: strings.ToLower(r.Agent), form: flat{}, body: body,
		empty: len(body) == 0, untold: len(body) > 0 && r.ContentType == "", get: r.Method == "GET",
	}
	m.add(r.Query)
	switch {
	case len(body) == 0:
	case bytes.HasPrefix(body, []byte("--")):
		m.addParts(body, r.ContentType)
	case !utf8.Valid(body):
		m.broken = "the body is not UTF-8"
	case body[0] == '{' || body[0] == '[':
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		if err := dec.Decode(&m.json); err != nil {
			m.json, m.broken = nil, "the body begins like JSON and is none"
		} else if _, err := dec.Token(); err != io.EOF {
			m.json, m.broken = nil, "the body goes on behind its JSON"
		}
	default:
		values, _ := url.ParseQuery(string(body)) // what can be read of a form that is broken in places
		m.add(values)
	}
	return m
}

// addParts adds the fields of a multipart form, up to the first that is no text: a
// photo comes behind them, and may be cut off.
func (m message) addParts(body []byte, contentType string) {
	_, params, _ := mime.ParseMediaType(contentType)
	boundary := params["boundary"]
	if boundary == "" {
		line, _, _ := bytes.Cut(body[2:], []byte("\n"))
		boundary = strings.TrimSpace(string(line))
	}
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for range mostParts {
		part, err := parts.NextRawPart()
		if err != nil {
			return
		}
		if part.FileName() != "" || part.FormName() == "" {
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, 1024))
		if err == nil && utf8.Valid(value) {
			m.add(url.Values{part.FormName(): {string(value)}})
		}
	}
}

const mostParts = 64

// guess returns the dialect of a request that cannot be read, by what it calls
// itself or what stands in it: its app must take it out of its queue all the same.
func (m message) guess() (dialect, bool) {
	for _, d := range dialects {
		if m.says(d.name) {
			return d, true
		}
	}
	for _, d := range dialects {
		for _, mark := range d.marks {
			if bytes.Contains(m.body, []byte(mark)) {
				return d, true
			}
		}
	}
	return dialect{}, false
}

// says reports whether a request calls itself of an app: in its headers, or in the
// path with which the app was set up.
func (m message) says(app string) bool {
	return strings.Contains(m.agent, app) || slices.Contains(strings.Split(m.path, "/"), app)
}

func (m message) add(values url.Values) {
	for name, all := range values {
		for _, v := range all {
			if v != "" || m.form[name] == "" {
				m.form[name] = v
			}
		}
	}
}

// flat returns the fields at the top of a message, for whoever looks at it.
func (m message) flat() flat {
	all := flat{}
	for name, v := range m.form {
		all[name] = v
	}
	if object, ok := m.json.(map[string]any); ok {
		for name, v := range flatten(object) {
			all[name] = v
		}
	}
	return all
}

// flatten returns the fields of a JSON object as a form would have them. What has
// depth is there without a value.
func flatten(object map[string]any) flat {
	all := flat{}
	for name, v := range object {
		all[name] = scalar(v)
	}
	return all
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// named reports whether one of the fields is there, whatever it says.
func (f flat) named(names ...string) bool {
	for _, name := range names {
		if _, ok := f[name]; ok {
			return true
		}
	}
	return false
}

// has reports whether a field is there and says something.
func (f flat) has(names ...string) bool {
	for _, name := range names {
		if f[name] != "" {
			return true
		}
	}
	return false
}

// first returns the first of the fields that says something.
func (f flat) first(names ...string) string {
	for _, name := range names {
		if f[name] != "" {
			return f[name]
		}
	}
	return ""
}
