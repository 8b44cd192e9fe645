package httpapi_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
)

// A track comes in the forms that other programs read: the oldest first, of the
// time that is asked for, simplified when that is asked.
func TestTrackAsFile(t *testing.T) {
	h := newHouse(t, false)
	now := gremio.Instant(time.Now()).Truncate(time.Second)
	ctx, speed := h.ctx(), 1.5
	h.write(func(tx *store.Tx) error {
		var fixes []gremio.TrackPoint
		for i, age := range []time.Duration{48 * time.Hour, 3 * time.Minute, 2 * time.Minute, time.Minute} {
			at := now.Add(-age)
			fixes = append(fixes, gremio.TrackPoint{CartID: gremio.CartOf(mine), EventID: at.String(), ReceivedAt: at,
				Fix: gremio.PositionReported{Plate: mine, Place: &gremio.Place{Point: &gremio.Point{Lat: []float64{-33.4, -33.401, -33.402, -33.403}[i], Lon: -70.6}}, Time: at, Speed: &speed}})
		}
		return tx.AddTrack(ctx, fixes)
	})
	get := func(path, kind string) string {
		got := h.send("GET", "/v1/carts/"+string(mine)+"/track."+path, "")
		if got.code != 200 || got.header.Get("Content-Type") != kind || !strings.Contains(got.header.Get("Content-Disposition"), `"AA11.`) {
			t.Fatalf("%s: %d %v %s", path, got.code, got.header, got.body)
		}
		return string(got.body)
	}
	rows := func(path string) [][]string {
		all, err := csv.NewReader(strings.NewReader(get(path, "text/csv; charset=utf-8"))).ReadAll()
		must(t, err)
		return all[1:]
	}
	day := rows("csv")
	if len(day) != 3 || day[0][1] != now.Add(-3*time.Minute).UTC().Format(time.RFC3339) || day[0][2] != "-33.401" || day[0][7] != "1.5" || day[0][4] != "" {
		t.Errorf("of the last day: %v", day)
	}
	since := "?since=" + now.Add(-72*time.Hour).UTC().Format(time.RFC3339)
	for path, want := range map[string]int{"csv" + since: 4, "csv" + since + "&until=" + now.Add(-2*time.Minute).UTC().Format(time.RFC3339): 2, "csv?simplify=20": 2, "csv?since=" + now.UTC().Format(time.RFC3339): 0} {
		if got := rows(path); len(got) != want {
			t.Errorf("%s: %d fixes, want %d", path, len(got), want)
		}
	}
	var doc struct {
		Version string `xml:"version,attr"`
		Points  []struct {
			Lat  float64   `xml:"lat,attr"`
			Time time.Time `xml:"time"`
		} `xml:"trk>trkseg>trkpt"`
	}
	must(t, xml.Unmarshal([]byte(get("gpx", "application/gpx+xml")), &doc))
	if doc.Version != "1.1" || len(doc.Points) != 3 || doc.Points[2].Lat != -33.403 || !doc.Points[2].Time.Equal(now.Add(-time.Minute)) {
		t.Errorf("GPX: %+v", doc)
	}
	var all struct {
		Features []struct {
			Geometry   struct{ Type string }
			Properties map[string]any
		}
	}
	must(t, json.Unmarshal([]byte(get("geojson", "application/geo+json")), &all))
	if len(all.Features) != 4 || all.Features[0].Geometry.Type != "LineString" || all.Features[1].Properties["speed"] != 1.5 {
		t.Errorf("GeoJSON: %+v", all)
	}
	for path, code := range map[string]int{"csv?simplify=-1": 422, "csv?since=yesterday": 422, "kml": 404} {
		h.send("GET", "/v1/carts/"+string(mine)+"/track."+path, "").problem(t, code)
	}
	vendor := h.as(h.session(h.person("otra@gremio.test", gremio.RoleVendor, "ZZ98")))
	vendor.send("GET", "/v1/carts/"+string(mine)+"/track.gpx", "").problem(t, 403)
}
