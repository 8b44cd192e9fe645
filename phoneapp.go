package gremio

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// A PhoneApp is how one GPS app is set up to report for a cart. It bears the cart's
// token.
type PhoneApp struct {
	Name     string
	Platform string // "Android", "iPhone" or both
	Store    string // where the app is had
	Link     string // opened on the phone it sets the app up; "" where there is none
	Address  string // to be written into the app by hand
}

// Names of the files that set apps up, below the address of a cart.
const (
	OwnTracksFile = "gremio.otrc"
	GPSLoggerFile = "gremio.properties"
)

// PhoneAddress is the address that the phone of the cart with token reports to.
func PhoneAddress(publicURL, token string) string {
	return strings.TrimRight(publicURL, "/") + "/gps/" + url.PathEscape(token)
}

// PhoneApps returns every app that gremio understands, the one that the guild
// recommends first. Where an address is a template of the user's it ends with the
// app's name, by which its units are told.
func PhoneApps(publicURL, token string, plate Plate) []PhoneApp {
	address := PhoneAddress(publicURL, token)
	traccar := NewPhoneSetup(publicURL, token, plate)
	inline := func(text string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(text))) }
	return []PhoneApp{
		{"Traccar Client", "Android, iPhone", "https://www.traccar.org/client/", traccar.Links[0].URL, address},
		{"OwnTracks", "Android, iPhone", "https://owntracks.org", "owntracks:///config?inline=" + inline(OwnTracksConfig(address, plate)), address},
		{"Overland", "iPhone", "https://apps.apple.com/app/overland-gps-tracker/id1292426766",
			"overland://setup?url=" + url.QueryEscape(address) + "&device_id=" + url.QueryEscape(string(plate)), address},
		{"GPSLogger", "Android", "https://gpslogger.app", "gpslogger://properties/" + address + "/" + GPSLoggerFile, gpsLoggerAddress(address)},
		{"Colota", "Android", "https://colota.app", "colota://setup?config=" + inline(colotaConfig(address)), address},
		{"OsmAnd", "Android", "https://osmand.net", "", address + "/osmand?lat={0}&lon={1}&timestamp={2}&hdop={3}&altitude={4}&speed={5}&bearing={6}"},
		{"µlogger", "Android", "https://github.com/bfabiszewski/ulogger-android", "", address},
	}
}

// OwnTracksConfig is the file that sets OwnTracks up: over HTTP, moving mode, and
// remote commands allowed, by which its settings are mended later.
func OwnTracksConfig(address string, plate Plate) string {
	tid := string(plate)
	return encoded(map[string]any{
		"_type": "configuration", "mode": 3, "url": address, "auth": false, "deviceId": string(plate), "tid": tid[max(0, len(tid)-2):],
		"monitoring": 2, "locatorInterval": PhoneIntervalSeconds, "moveModeLocatorInterval": PhoneIntervalSeconds, "locatorDisplacement": 0,
		"ignoreInaccurateLocations": 0, "pubExtendedData": true, "cmd": true, "remoteConfiguration": true,
	})
}

func colotaConfig(address string) string {
	return encoded(map[string]any{
		"endpoint": address, "apiTemplate": "custom", "httpMethod": "POST", "auth": map[string]string{"type": "none"},
		"interval": PhoneIntervalSeconds, "distance": 0, "syncInterval": 0, "isOfflineMode": false, "filterInaccurateLocations": false,
	})
}

func encoded(v map[string]any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // numbers and texts of ours
	}
	return string(text)
}

func gpsLoggerAddress(address string) string {
	return address + "/gpslogger?lat=%LAT&lon=%LON&timestamp=%TIMESTAMP&spd=%SPD&dir=%DIR&acc=%ACC&batt=%BATT"
}

// GPSLoggerProfile is the file of properties that sets GPSLogger up.
func GPSLoggerProfile(address string, plate Plate) string {
	escape := strings.NewReplacer(`\`, `\\`, ":", `\:`, "=", `\=`).Replace
	return strings.Join([]string{
		"current_profile_name=gremio " + string(plate),
		"log_customurl_enabled=true",
		"log_customurl_method=GET",
		"log_customurl_url=" + escape(gpsLoggerAddress(address)),
		"log_customurl_discard_offline_locations_enabled=false",
		"time_before_logging=" + strconv.Itoa(PhoneIntervalSeconds),
		"distance_before_logging=0",
		"accuracy_before_logging=1000",
		"keep_fix=true",
		"log_satellite_locations=true",
		"log_network_locations=true",
		"log_gpx=false", "log_kml=false", "log_plain_text=false",
		"startonbootup=true",
	}, "\n") + "\n"
}
