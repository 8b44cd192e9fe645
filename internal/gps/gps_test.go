package gps_test

import (
	"encoding/json"
	"math"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"gremio/internal/gps"
)

// A sample is a request and what it says.
type sample struct {
	Name, Method, Query, Body string
	ContentType               string `json:"content_type"`
	Agent, Path, Answer       string
	Reports                   []struct {
		Lat, Lon, Speed, Heading, Accuracy, Battery *float64
		Time                                        *time.Time
		Mocked, SOS                                 bool
	}
	Nonsense int
}

// dialects are those of which testdata has samples.
var dialects = []string{"colota", "gpslogger", "osmand", "overland", "owntracks", "traccar", "ulogger"}

func samples(t testing.TB, dialects ...string) (all []sample) {
	t.Helper()
	for _, name := range dialects {
		text, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var some []sample
		if err := json.Unmarshal(text, &some); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, some...)
	}
	return all
}

func request(s sample) gps.Request {
	query, _ := url.ParseQuery(s.Query)
	return gps.Request{Method: s.Method, Path: s.Path, Query: query, ContentType: s.ContentType, Agent: s.Agent, Body: []byte(s.Body)}
}

func TestSamples(t *testing.T) {
	for _, dialect := range dialects {
		t.Run(dialect, func(t *testing.T) { testSamples(t, dialect) })
	}
}

func testSamples(t *testing.T, dialect string) {
	for _, s := range samples(t, dialect) {
		t.Run(s.Name, func(t *testing.T) {
			got := gps.Read(request(s))
			if got.Dialect != dialect && len(s.Reports) > 0 {
				t.Errorf("it is taken for %q", got.Dialect)
			}
			if got.Answer.Body != s.Answer || strings.HasPrefix(s.Answer, "{") != (got.Answer.ContentType == "application/json" && s.Answer[0] == '{') {
				t.Errorf("the answer is %q, %q, want %q", got.Answer.ContentType, got.Answer.Body, s.Answer)
			}
			if len(got.Nonsense) != s.Nonsense || len(got.Reports) != len(s.Reports) {
				t.Fatalf("got %+v, want %d reports and %d of nonsense", got, len(s.Reports), s.Nonsense)
			}
			for i, want := range s.Reports {
				r := got.Reports[i]
				if (r.Place == nil) != (want.Lat == nil) || r.Place != nil && (r.Place.Lat != *want.Lat || r.Place.Lon != *want.Lon) {
					t.Errorf("place %v, want %v %v", r.Place, value(want.Lat), value(want.Lon))
				}
				if (r.Time == nil) != (want.Time == nil) || r.Time != nil && !r.Time.Equal(*want.Time) {
					t.Errorf("time %v, want %v", r.Time, want.Time)
				}
				for name, m := range map[string][2]*float64{"speed": {r.Speed, want.Speed}, "heading": {r.Heading, want.Heading}, "accuracy": {r.Accuracy, want.Accuracy}, "battery": {r.Battery, want.Battery}} {
					if math.Abs(value(m[0])-value(m[1])) > 1e-9 {
						t.Errorf("%s is %v, want %v", name, value(m[0]), value(m[1]))
					}
				}
				if r.Mocked != want.Mocked || r.SOS != want.SOS {
					t.Errorf("mocked %v, sos %v, want %v, %v", r.Mocked, r.SOS, want.Mocked, want.SOS)
				}
			}
		})
	}
}

// value is -1 for what is not known.
func value(m *float64) float64 {
	if m == nil {
		return -1
	}
	return *m
}

// What a rejected request looked like tells nothing that anybody wrote into it.
func TestShapeTellsNothing(t *testing.T) {
	for _, s := range []sample{
		{Query: "id=12345678-5&lat=Rosa+Tapia&lon=1&timestamp=12&Rosa=Tapia&rosa@example.cl=x&device_id=11111111"},
		{Body: `{"Rosa Tapia":"12345678-5","_type":"Rosa","lat":"Rosa","lon":7,"id":11111111}`},
		{Body: `{"location":{"coords":{"latitude":"Rosa","longitude":1},"event":"Rosa","Rosa":1},"device_id":"Rosa"}`},
		{Body: "Rosa Tapia, 12345678-5"},
	} {
		got := gps.Read(request(s))
		if len(got.Nonsense) != 1 {
			t.Errorf("%+v: %+v, want it to be nonsense", s, got)
			continue
		}
		text := got.Nonsense[0].Reason + strings.Join(got.Nonsense[0].Fields, " ")
		for _, secret := range []string{"Rosa", "rosa", "Tapia", "12345678", "11111111"} {
			if strings.Contains(text, secret) {
				t.Errorf("%+v is told with %q: %s", s, secret, text)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range samples(f, dialects...) {
		f.Add(s.Query, []byte(s.Body), s.ContentType, s.Path, s.Agent)
	}
	f.Fuzz(func(t *testing.T, query string, body []byte, contentType, path, agent string) {
		values, _ := url.ParseQuery(query)
		got := gps.Read(gps.Request{Method: "POST", Path: path, Query: values, ContentType: contentType, Agent: agent, Body: body})
		for _, r := range got.Reports {
			if r.Place != nil && !r.Place.Valid() {
				t.Errorf("place %v", r.Place)
			}
			for name, m := range map[string]struct {
				v    *float64
				most float64
			}{"speed": {r.Speed, 400}, "heading": {r.Heading, 360}, "accuracy": {r.Accuracy, 1e7}, "battery": {r.Battery, 1}} {
				if m.v != nil && (math.IsNaN(*m.v) || *m.v < 0 || *m.v > m.most || math.Signbit(*m.v)) {
					t.Errorf("%s %v", name, *m.v)
				}
			}
			if r.Time != nil {
				if _, err := r.Time.MarshalJSON(); err != nil || r.Time.Year() < 1970 {
					t.Errorf("time %v: %v", r.Time, err)
				}
			}
		}
		for _, n := range got.Nonsense {
			if n.Reason == "" {
				t.Error("nonsense without a reason")
			}
		}
	})
}
