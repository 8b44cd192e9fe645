package httpapi

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"io"
	"strconv"
	"time"

	"gremio"
)

// A gpx is a track as GPX 1.1 has it. Speed and course are not in 1.1 outside of
// extensions, and are left out.
type gpx struct {
	XMLName xml.Name   `xml:"http://www.topografix.com/GPX/1/1 gpx"`
	Version string     `xml:"version,attr"`
	Creator string     `xml:"creator,attr"`
	Name    string     `xml:"trk>name"`
	Points  []gpxPoint `xml:"trk>trkseg>trkpt"`
}

type gpxPoint struct {
	Lat  float64 `xml:"lat,attr"`
	Lon  float64 `xml:"lon,attr"`
	Time string  `xml:"time"`
}

// writeGPX writes the fixes that are on the earth.
func writeGPX(w io.Writer, plate gremio.Plate, fixes []gremio.Fix) error {
	doc := gpx{Version: "1.1", Creator: "gremio", Name: string(plate)}
	for _, f := range fixes {
		if f.Lat != nil {
			doc.Points = append(doc.Points, gpxPoint{*f.Lat, *f.Lon, f.Time.UTC().Format(time.RFC3339Nano)})
		}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	return xml.NewEncoder(w).Encode(doc)
}

// A feature is one thing of GeoJSON (RFC 7946), whose places are longitude first.
type feature struct {
	Type       string         `json:"type"`
	Geometry   geometry       `json:"geometry"`
	Properties map[string]any `json:"properties"`
}

type geometry struct {
	Type        string `json:"type"`
	Coordinates any    `json:"coordinates"`
}

// writeGeoJSON writes the line of the fixes that are on the earth, and behind it
// each of them with what it says.
func writeGeoJSON(w io.Writer, plate gremio.Plate, fixes []gremio.Fix) error {
	points, line := []feature{}, [][2]float64{}
	for _, f := range fixes {
		if f.Lat == nil {
			continue
		}
		p := [2]float64{*f.Lon, *f.Lat}
		line = append(line, p)
		one := feature{"Feature", geometry{"Point", p}, map[string]any{"time": f.Time.UTC().Format(time.RFC3339Nano)}}
		for name, v := range measuresOf(f) {
			if v != nil {
				one.Properties[name] = *v
			}
		}
		points = append(points, one)
	}
	if len(line) > 1 { // a line of one point is none
		track := feature{"Feature", geometry{"LineString", line}, map[string]any{"plate": string(plate)}}
		points = append([]feature{track}, points...)
	}
	return json.NewEncoder(w).Encode(map[string]any{"type": "FeatureCollection", "features": points})
}

func measuresOf(f gremio.Fix) map[string]*float64 {
	return map[string]*float64{"accuracy": f.Accuracy, "speed": f.Speed, "heading": f.Heading, "battery": f.Battery}
}

// writeTrackCSV writes all fixes, those of the first client's grid too.
func writeTrackCSV(w io.Writer, plate gremio.Plate, fixes []gremio.Fix) error {
	rows := csv.NewWriter(w)
	if err := rows.Write([]string{"plate", "time", "lat", "lon", "grid_x", "grid_y", "accuracy", "speed", "heading", "battery", "received_at"}); err != nil {
		return err
	}
	for _, f := range fixes {
		var x, y *float64
		if f.Grid != nil {
			x, y = &f.Grid.X, &f.Grid.Y
		}
		row := []string{string(plate), f.Time.UTC().Format(time.RFC3339Nano)}
		for _, v := range []*float64{f.Lat, f.Lon, x, y, f.Accuracy, f.Speed, f.Heading, f.Battery} {
			cell := ""
			if v != nil {
				cell = strconv.FormatFloat(*v, 'f', -1, 64)
			}
			row = append(row, cell)
		}
		if err := rows.Write(append(row, f.ReceivedAt.UTC().Format(time.RFC3339Nano))); err != nil {
			return err
		}
	}
	rows.Flush()
	return rows.Error()
}
