package main_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// sold is what was sold, by plate.
type sold map[string]struct{ sales, units int64 }

func (s sold) total() (sales, units int64) {
	for _, v := range s {
		sales += v.sales
		units += v.units
	}
	return sales, units
}

// sendSales sends 3,000 sales as NDJSON and 2,000 by 16 clients, one each.
func sendSales(t *testing.T, api *process) sold {
	sent := sold{}
	line := func(n int) (map[string]any, string) {
		plate, units := fmt.Sprintf("V%d", n%40), 1+n%7
		v := sent[plate]
		v.sales++
		v.units += int64(units)
		sent[plate] = v
		return map[string]any{"id": fmt.Sprintf("s-%d", n), "plate": plate, "units": units, "client": fmt.Sprintf("Cliente %d", n%100), "amount": 500 * units}, "sale"
	}
	api.sendMany(t, 0, many*3/5, line)
	posts := make(chan map[string]any, many)
	for n := many * 3 / 5; n < many; n++ {
		body, _ := line(n)
		posts <- body
	}
	close(posts)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for body := range posts {
				if code, _, answer := api.try("POST", "/v1/sales", body); code != 202 {
					t.Errorf("POST /v1/sales: %d %s", code, answer)
				}
			}
		})
	}
	wg.Wait()
	return sent
}

// sendMany sends events from to to as NDJSON, in parts, and wants each taken.
func (p *process) sendMany(t *testing.T, from, to int, line func(int) (map[string]any, string)) {
	t.Helper()
	const part = 1_000
	for ; from < to; from += part {
		code, answer := p.insist(t, ndjson(from, min(from+part, to), line))
		var taken items[struct {
			ID, At  string
			Problem json.RawMessage
		}]
		if code != 202 || json.Unmarshal(answer, &taken) != nil || len(taken.Items) != min(part, to-from) {
			t.Fatalf("POST /v1/events: %d %.500s", code, answer)
		}
		for i, a := range taken.Items {
			if a.At == "" || a.ID == "" {
				t.Fatalf("event %d was answered %s", from+i, a.Problem)
			}
		}
	}
}

// insist sends events again while the api does not know whether it kept them, as
// a phone does: five workers that catch up may hold SQLite's one writer for longer
// than a person's key may wait for it.
func (p *process) insist(t *testing.T, events string) (code int, answer []byte) {
	t.Helper()
	for try := range 10 {
		if code, _, answer = p.try("POST", "/v1/events", events); code != 503 {
			break
		}
		t.Logf("try %d of POST /v1/events: %d %.200s", try+1, code, answer)
		time.Sleep(time.Second)
	}
	return code, answer
}

// ndjson writes events as /v1/events takes them.
func ndjson(from, to int, line func(int) (map[string]any, string)) string {
	var body strings.Builder
	for n := from; n < to; n++ {
		event, kind := line(n)
		event["type"] = kind
		text, _ := json.Marshal(event)
		body.Write(append(text, '\n'))
	}
	return body.String()
}

func sendPositions(t *testing.T, api *process) {
	start := time.Now().UTC().Add(-time.Hour).Truncate(time.Second)
	api.sendMany(t, 0, many, func(n int) (map[string]any, string) {
		return map[string]any{"plate": fmt.Sprintf("P%d", n%50), "lat": -33.4 - float64(n)/1e6, "lon": -70.6,
			"time": start.Add(time.Duration(n/50) * time.Second)}, "position"
	})
}

// sendCounts counts the dough of 100 carts down, each fifty times.
func sendCounts(t *testing.T, api *process) {
	api.sendMany(t, 0, many, func(n int) (map[string]any, string) {
		return map[string]any{"id": fmt.Sprintf("c-%d", n), "plate": fmt.Sprintf("C%d", n%100), "units": 150 - n/100}, "stock_count"
	})
}

func sendSightings(t *testing.T, api *process) {
	api.sendMany(t, 0, many, func(n int) (map[string]any, string) {
		return map[string]any{"id": fmt.Sprintf("g-%d", n), "lat": -33.4, "lon": -70.6, "note": fmt.Sprintf("número %d", n)}, "sighting"
	})
}

func sendApplications(t *testing.T, api *process) {
	api.sendMany(t, 0, many, func(n int) (map[string]any, string) {
		return map[string]any{"id": fmt.Sprintf("a-%d", n), "given_name": "Ana", "family_name": fmt.Sprintf("Soto %d", n), "rut": rut(10_000_000 + n),
			"email": fmt.Sprintf("a%d@example.cl", n), "phone": "+56912345678", "tier": []string{"basic", "premium"}[n%2],
			"consent": map[string]any{"tracking": true, "version": "1"}}, "application"
	})
}
