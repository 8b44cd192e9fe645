package gremio_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gremio"
)

func TestDefaultSettings(t *testing.T) {
	s := gremio.DefaultSettings()
	if fields := s.Validate(); len(fields) > 0 {
		t.Errorf("the defaults are invalid: %v", fields)
	}
	// The figures that the guild was promised.
	if s.InitialStock != 200 || s.StockThreshold != 20 || s.SilentAfterSeconds != 60 || s.DeliveryWaitSeconds != 7200 || s.Version != 0 {
		t.Errorf("the defaults are %+v", s)
	}
	if s.OpensAt.String() != "05:00" || s.ClosesAt.String() != "02:00" || s.DayStartsAt.String() != "00:00" || s.DayClosesAt.String() != "03:00" {
		t.Errorf("the default hours are %s to %s, days from %s closed at %s", s.OpensAt, s.ClosesAt, s.DayStartsAt, s.DayClosesAt)
	}
	body, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back gremio.Settings
	if err := json.Unmarshal(body, &back); err != nil || !back.Equal(s) {
		t.Errorf("settings change on their way through JSON: %v, %s", err, body)
	}
}

func TestSettingsValidate(t *testing.T) {
	for _, test := range []struct {
		what   string
		change func(*gremio.Settings)
		want   []string
	}{
		{"no initial stock", func(s *gremio.Settings) { s.InitialStock, s.StockThreshold = 0, 0 }, []string{"initial_stock"}},
		{"a negative threshold", func(s *gremio.Settings) { s.StockThreshold = -1 }, []string{"stock_threshold"}},
		{"a threshold above the initial stock", func(s *gremio.Settings) { s.StockThreshold = 201 }, []string{"stock_threshold"}},
		{"a threshold at the initial stock", func(s *gremio.Settings) { s.StockThreshold = 200 }, nil},
		{"a negative tolerance", func(s *gremio.Settings) { s.StockTolerance = -1 }, []string{"stock_tolerance"}},
		{"a wait of eight days", func(s *gremio.Settings) { s.DeliveryWaitSeconds = 8 * 24 * 3600 }, []string{"delivery_wait_seconds"}},
		{"no wait", func(s *gremio.Settings) { s.DeliveryWaitSeconds = 0 }, nil},
		{"a depot off the earth", func(s *gremio.Settings) { s.Depot.Lat = math.NaN() }, []string{"depot"}},
		{"no silence at all", func(s *gremio.Settings) { s.SilentAfterSeconds = 0 }, []string{"silent_after_seconds"}},
		{"a box without an inside", func(s *gremio.Settings) { s.Box.MinLat = s.Box.MaxLat }, []string{"box"}},
		{"another membership", func(s *gremio.Settings) { s.Membership = "sometimes" }, []string{"membership"}},
		{"a map style that is none", func(s *gremio.Settings) { s.MapStyleURL = "\x00" }, []string{"map_style_url"}},
		{"open all day", func(s *gremio.Settings) { s.ClosesAt = s.OpensAt }, nil},
		{"several at once", func(s *gremio.Settings) { s.StockTolerance, s.Membership = -1, "" }, []string{"stock_tolerance", "membership"}},
	} {
		s := gremio.DefaultSettings()
		test.change(&s)
		var got []string
		for _, f := range s.Validate() {
			got = append(got, f.Field)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", test.what, diff)
		}
	}
}

func TestSettingsChange(t *testing.T) {
	s := gremio.DefaultSettings()
	err := s.Change(map[string]string{
		"initial_stock": "150", "opens_at": "06:30", "closes_at": `"23:00"`, "membership": "review",
		"depot": `{"lat":-36.8,"lon":-73.05}`, "map_style_url": "https://tiles.example.org/style.json",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := gremio.DefaultSettings()
	want.InitialStock, want.OpensAt, want.ClosesAt, want.Membership = 150, gremio.Clock(6, 30), gremio.Clock(23, 0), gremio.MembershipReview
	want.Depot, want.MapStyleURL = gremio.Point{Lat: -36.8, Lon: -73.05}, "https://tiles.example.org/style.json"
	if diff := cmp.Diff(want, s, cmp.AllowUnexported(gremio.ClockTime{})); diff != "" {
		t.Error(diff)
	}
}

func TestSettingsChangeNamesEveryWrongSetting(t *testing.T) {
	s := gremio.DefaultSettings()
	err := s.Change(map[string]string{"initial_stock": "many", "opens_at": "25:00", "no_such": "1", "stock_threshold": "30"})
	if err == nil || gremio.KindOf(err) != gremio.Invalid {
		t.Fatalf("%v, want invalid", err)
	}
	for _, name := range []string{"initial_stock", "opens_at", "no_such"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in %v", name, err)
		}
	}
	if strings.Contains(err.Error(), "stock_threshold") {
		t.Errorf("stock_threshold was right: %v", err)
	}
	for _, value := range []string{`1, "stock_tolerance": 5`, "1.5", `"1"`, "", "{}", "1e2"} {
		s := gremio.DefaultSettings()
		if err := s.Change(map[string]string{"initial_stock": value}); err == nil && value != "1e2" {
			t.Errorf("initial_stock %q is accepted: %d", value, s.InitialStock)
		}
		if s.StockTolerance != gremio.DefaultSettings().StockTolerance {
			t.Errorf("initial_stock %q changes another setting", value)
		}
	}
}
