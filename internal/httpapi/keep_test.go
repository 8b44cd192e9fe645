package httpapi_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"gremio"
)

// newest returns the data of the record that an answer says it is.
func (h *house) newest(at string) map[string]any {
	h.t.Helper()
	topic, _, _ := strings.Cut(at, "/")
	client, err := kgo.NewClient(kgo.SeedBrokers(h.kafka), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	must(h.t, err)
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		for _, r := range client.PollFetches(ctx).Records() {
			if (gremio.LogPosition{Topic: gremio.Topic(r.Topic), Partition: r.Partition, Offset: r.Offset}).String() == at {
				var data map[string]any
				must(h.t, json.Unmarshal(r.Value, &data))
				return data
			}
		}
	}
	h.t.Fatalf("there is no record at %s", at)
	return nil
}

func (h *house) accepted(path, body string) string {
	h.t.Helper()
	got := h.post(path, body)
	var ack struct{ ID, At string }
	if got.code != 202 || json.Unmarshal(got.body, &ack) != nil || ack.ID == "" || ack.At == "" {
		h.t.Fatalf("POST %s %s: %d %s", path, body, got.code, got.body)
	}
	return ack.At
}

// TestTextIsKept puts what breaks careless programs on the log as it was written.
func TestTextIsKept(t *testing.T) {
	h := newHouse(t, true)
	for _, name := range []string{`O'Higgins`, `El "Guatón" Pérez`, `'); DROP TABLE sales;--`, `<b>&amp;</b>`, "línea\nuna\totra", `😀 ﷽`, `\`, `  `} {
		text, _ := json.Marshal(name)
		if got := h.newest(h.accepted("/v1/sales", `{"plate":"A1","units":1,"client":`+string(text)+`}`)); got["client"] != name {
			t.Errorf("client %q became %q", name, got["client"])
		}
		if got := h.newest(h.accepted("/registro_venta", `{"Patente":7,"CantSopaipillas":"1","Cliente":`+string(text)+`,"Hora":`+string(text)+`}`)); got["client"] != name || got["time_text"] != name {
			t.Errorf("client %q became %q, and Hora %q", name, got["client"], got["time_text"])
		}
		if got := h.newest(h.accepted("/v1/sightings", `{"lat":1,"lon":2,"note":`+string(text)+`}`)); got["note"] != name {
			t.Errorf("note %q became %q", name, got["note"])
		}
	}
	list, _, err := h.store.Sales(context.Background(), gremio.SaleFilter{}, gremio.Page{Limit: 10})
	if err != nil || len(list) != 0 {
		t.Errorf("the api wrote to a worker's table: %v %v", list, err)
	}
}

// TestUnlikelyTimes keeps what a wrong clock says and uses the server's time.
func TestUnlikelyTimes(t *testing.T) {
	h := newHouse(t, true)
	for said, kept := range map[string]bool{
		"1970-01-01T00:00:00Z": true, "2100-01-01T00:00:00Z": true, "1970-01-01T00:00:00-03:00": true, "2009-12-31T23:59:59Z": true,
		"0000-01-01T00:00:00+23:59": false, "9999-12-31T23:59:59-23:59": false, // outside of every calendar in UTC
	} {
		for path, body := range map[string]string{
			"/v1/sales":        `{"plate":"A1","units":1,"time":"` + said + `"}`,
			"/v1/positions":    `{"plate":"A1","lat":-33.4,"lon":-70.6,"time":"` + said + `"}`,
			"/v1/stock-counts": `{"plate":"A1","units":1,"time":"` + said + `"}`,
			"/registro_venta":  `{"Patente":"A1","CantSopaipillas":1,"Hora":"` + said + `"}`,
		} {
			began := time.Now().Add(-time.Second)
			data := h.newest(h.accepted(path, body))
			used, err := time.Parse(time.RFC3339Nano, data["time"].(string))
			if err != nil || used.Before(began) || used.After(time.Now()) {
				t.Errorf("%s %s: time %v is not the server's", path, said, data["time"])
			}
			device, _ := data["device_time"].(string)
			want, _ := time.Parse(time.RFC3339, said)
			got, err := time.Parse(time.RFC3339Nano, device)
			if kept && (err != nil || !got.Equal(want)) || !kept && device != "" {
				t.Errorf("%s %s: device_time is %q", path, said, device)
			}
		}
		// A shift has no device time of its own.
		h.accepted("/v1/shifts", `{"plate":"A1","action":"start","time":"`+said+`"}`)
	}
	// One that is plausible is used.
	said := time.Now().UTC().Add(-time.Hour).Truncate(time.Second)
	data := h.newest(h.accepted("/v1/sales", `{"plate":"A1","units":1,"time":"`+said.Format(time.RFC3339)+`"}`))
	if data["time"] != said.Format(time.RFC3339) || data["device_time"] != nil {
		t.Errorf("%s became %v", said, data)
	}
}
