package gremio_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"gremio"
)

// Every app is pointed at the cart's address, by its link and by hand.
func TestPhoneApps(t *testing.T) {
	const address = "https://gremio.example.cl/gps/gremio_c_abc-_1"
	for _, app := range gremio.PhoneApps("https://gremio.example.cl/", "gremio_c_abc-_1", "BBCL12") {
		if !strings.HasPrefix(app.Address, address) {
			t.Errorf("%s is to be set to %s", app.Name, app.Address)
		}
		link, err := url.Parse(app.Link)
		if err != nil {
			t.Errorf("%s: %v", app.Name, err)
			continue
		}
		said := map[string]string{"Traccar Client": link.Query().Get("url"), "Overland": link.Query().Get("url"),
			"OwnTracks": inside(t, link.Query().Get("inline"), "url"), "Colota": inside(t, link.Query().Get("config"), "endpoint"),
			"GPSLogger": strings.TrimSuffix(strings.TrimPrefix(app.Link, "gpslogger://properties/"), "/"+gremio.GPSLoggerFile)}[app.Name]
		if app.Link != "" && said != address {
			t.Errorf("%s is set to %q by %s", app.Name, said, app.Link)
		}
	}
	if profile := gremio.GPSLoggerProfile(address, "BBCL12"); !strings.Contains(profile, `log_customurl_url=https\://gremio.example.cl/gps/gremio_c_abc-_1/gpslogger?lat\=%LAT&lon\=%LON`) || !strings.Contains(profile, "time_before_logging=20\n") {
		t.Errorf("GPSLogger's profile:\n%s", profile)
	}
	if config := gremio.OwnTracksConfig(address, "7"); !strings.Contains(config, `"tid":"7"`) {
		t.Errorf("OwnTracks' file: %s", config)
	}
}

// inside returns a text of the JSON that a link bears, "" when it bears none.
func inside(t *testing.T, bears, name string) string {
	t.Helper()
	if bears == "" {
		return ""
	}
	text, err := base64.StdEncoding.DecodeString(bears)
	var object map[string]any
	if err != nil || json.Unmarshal(text, &object) != nil {
		t.Errorf("a link bears %q: %v", bears, err)
	}
	said, _ := object[name].(string)
	return said
}
