package main_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"gremio"
)

func header(r *kgo.Record, name string) string {
	for _, h := range r.Headers {
		if h.Key == name {
			return string(h.Value)
		}
	}
	return ""
}

// testLanes looks with an ordinary Kafka client where records lie.
func testLanes(t *testing.T, g *guild) {
	up := g.startAPI("up")
	began := time.Now().Add(-time.Minute)
	const sealed = "Secretísima"
	apply := func(n int, tier string) ack {
		return up.post("/v1/applications", fmt.Sprintf(`{"given_name":"%s","family_name":"Soto %d","rut":"%s","email":"s%d@example.cl","phone":"+56912345678",
			"tier":"%s","consent":{"tracking":true,"version":"1"}}`, sealed, n, rut(20_000_000+n), n, tier))
	}
	special := map[string]ack{}
	ordinary := map[string]ack{}
	for n := range 8 { // so many that chance alone does not spare partition 0
		a, b := apply(2*n, "premium"), apply(2*n+1, "basic")
		special[a.ID], ordinary[b.ID] = a, b
		a = up.post("/registro_miembro", fmt.Sprintf(`{"Nombre":"%s","Apellido":"x","Rut":"1-1","Correo":"c@d.cl","Patente":"P%d","Registro":"Premium"}`, sealed, n))
		b = up.post("/registro_miembro", fmt.Sprintf(`{"Nombre":"%s","Apellido":"x","Rut":"1-1","Correo":"c@d.cl","Patente":"B%d","Registro":"Basico"}`, sealed, n))
		special[a.ID], ordinary[b.ID] = a, b
		a = up.post("/agente_extranio", `{"Ubicacion":[-33.44,-70.65]}`)
		special[a.ID] = a
		a = up.post("/v1/sightings", `{"lat":-33.44,"lon":-70.65}`)
		special[a.ID] = a
		b = up.post("/ubicacion", fmt.Sprintf(`{"Patente":%d,"Ubicacion":[-33.44,-70.65]}`, n))
		ordinary[b.ID] = b
	}
	// Decisions of the worker stand in the same partitions.
	g.applied("members", gremio.TopicMemberships)
	decided := 0
	lanes := map[string]int32{} // of applications
	eventually(t, "the decisions are on the log", func() error {
		decided = 0
		for _, r := range g.records(gremio.TopicMemberships) {
			if header(r, "ce_type") == string(gremio.TypeApplicationApprovedV2) {
				decided++
			}
		}
		if decided < 16 {
			return errorf("%d of 16", decided)
		}
		return nil
	})
	seen := 0
	for _, topic := range []gremio.Topic{gremio.TopicMemberships, gremio.TopicPositions} {
		for _, r := range g.records(topic) {
			if !bytes.HasPrefix(r.Value, []byte("{")) || header(r, "ce_specversion") != "1.0" || header(r, "ce_id") == "" ||
				header(r, "ce_type") == "" || header(r, "ce_source") == "" || header(r, "ce_time") == "" {
				t.Errorf("record %s/%d/%d is no CloudEvent: %v %s", r.Topic, r.Partition, r.Offset, r.Headers, r.Value)
			}
			if bytes.Contains(r.Value, []byte(sealed)) || bytes.Contains(r.Value, []byte("example.cl")) {
				t.Errorf("record %s/%d/%d tells who applies: %s", r.Topic, r.Partition, r.Offset, r.Value)
			}
			if r.Timestamp.Before(began) || r.Timestamp.After(time.Now().Add(time.Minute)) {
				t.Errorf("record %s/%d/%d has the timestamp %s", r.Topic, r.Partition, r.Offset, r.Timestamp)
			}
			id := header(r, "ce_id")
			if topic == gremio.TopicMemberships {
				if lane, ok := lanes[string(r.Key)]; ok && lane != r.Partition {
					t.Errorf("application %s lies in partitions %d and %d", r.Key, lane, r.Partition)
				}
				lanes[string(r.Key)] = r.Partition
			}
			at := fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset)
			if a, ok := special[id]; ok {
				seen++
				if r.Partition != 0 || a.At != at {
					t.Errorf("%s lies at %s, answered was %s, want partition 0", header(r, "ce_type"), at, a.At)
				}
			} else if a, ok := ordinary[id]; ok {
				seen++
				if r.Partition == 0 || a.At != at {
					t.Errorf("%s lies at %s, answered was %s, want another partition than 0", header(r, "ce_type"), at, a.At)
				}
			}
		}
	}
	if want := len(special) + len(ordinary); seen != want {
		t.Errorf("found %d of %d records", seen, want)
	}
	g.want(16, "SELECT COUNT(*) FROM members")
}

// rut returns a RUT with its check digit.
func rut(body int) string {
	sum := 0
	for n, factor := body, 2; n > 0; n /= 10 {
		sum += n % 10 * factor
		if factor++; factor > 7 {
			factor = 2
		}
	}
	return fmt.Sprintf("%d-%c", body, "0K987654321"[sum%11])
}
