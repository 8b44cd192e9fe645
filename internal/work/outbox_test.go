package work_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
	"gremio/internal/work"
	"gremio/internal/work/sales"
)

// A bad record may be as large as the log takes; its copy would be larger.
func TestLargeBadRecordsHoldNothingUp(t *testing.T) {
	inGuild(t, func(g *guild) {
		w := worker(sales.Name, nil)
		sizes := []int{0, 1, gremio.MaxCopiedBytes - 1, gremio.MaxCopiedBytes, 780_000, 999_000}
		for i, size := range sizes {
			g.append(g.sale("A", fmt.Sprint("good ", i), 1))
			g.produce(gremio.Outgoing{Topic: gremio.TopicSales, Key: "A", Value: []byte(strings.Repeat("\xff", size)), Time: g.now()})
		}
		long := strings.Repeat("k", 400_000)
		g.produce(gremio.Outgoing{Topic: gremio.TopicSales, Key: long, Headers: [][2]string{{gremio.HeaderID, long}}, Time: g.now()})
		g.produce(gremio.Outgoing{Topic: gremio.TopicSales, Key: strings.Repeat("\x01", 200_000), Time: g.now()})
		g.append(g.sale("A", "last", 1))
		r := g.run(g.loop(w))
		g.settle(w)
		g.must(r.stop())
		if sold := g.sold(); len(sold) != len(sizes)+1 {
			t.Errorf("%d sales are kept, want %d", len(sold), len(sizes)+1)
		}
		copies, left := 0, 0
		for _, rec := range g.read(gremio.TopicRejected) {
			switch d := rec.Event.Data.(type) {
			case gremio.RecordRejected:
				if copies++; len(d.Value)+len(d.Key) > gremio.MaxCopiedBytes {
					t.Errorf("%s is copied with %d bytes", d.Position(), len(d.Value))
				}
			case gremio.RecordLeftOut:
				left++
				if d.Bytes < 200_000 || len(d.SHA256) != 64 || d.Reason == "" {
					t.Errorf("%s is left out as %+v", d.Position(), d)
				}
			}
		}
		if copies != 3 || left != 5 { // left out are many control characters, 262,144 bytes with their key, the two larger ones, and the long key
			t.Errorf("%d records are copied and %d left out, want 3 and 5", copies, left)
		}
		alerts := map[string]bool{}
		for _, rec := range g.read(gremio.TopicAlerts) {
			alerts[rec.Event.Data.(gremio.AlertRaised).Alert] = true
		}
		if len(alerts) != 2 { // the cart is unknown; records were rejected
			t.Errorf("%d alerts, want 2: %v", len(alerts), alerts)
		}
	})
}

// An event that the log will never take is set aside where a person sees it, and
// what was derived around it goes out once. The desk is told of it by one alert,
// unless alerts are what the log refuses.
func TestRefusedEventsAreSetAside(t *testing.T) {
	kinds := map[gremio.Topic]func(id, text string, e gremio.Event) gremio.Event{
		gremio.TopicPositions: func(id, text string, e gremio.Event) gremio.Event {
			return gremio.Event{ID: id, Source: "/worker/sales", Subject: "A", Time: e.Time, Data: gremio.SightingReported{
				Place: gremio.Place{Point: &gremio.Point{Lat: -33, Lon: -70}}, Time: e.Time, Note: text}}
		},
		gremio.TopicAlerts: func(id, text string, e gremio.Event) gremio.Event {
			alert := gremio.NewAlert("/worker/sales", gremio.AlertRaised{Alert: id, Kind: gremio.AlertSighting, Severity: gremio.SeverityInfo, RaisedAt: e.Time, Cause: text})
			alert.ID = id
			return alert
		},
	}
	for topic, kind := range kinds {
		t.Run(string(topic), func(t *testing.T) {
			inGuild(t, func(g *guild) {
				w := worker(sales.Name, nil)
				w.Apply = func(_ context.Context, _ *store.Tx, batch []gremio.Record) (done work.Outcome, _ error) {
					for _, r := range batch {
						text := ""
						if r.Event.ID == "7" {
							text = strings.Repeat("x", 1_200_000)
						}
						done.Derived = append(done.Derived, kind("of "+r.Event.ID, text, r.Event))
					}
					return done, nil
				}
				for i := range 20 {
					g.append(g.sale("A", fmt.Sprint(i), 1))
				}
				for start := range 3 { // each start tries what was refused once more
					r := g.run(g.loop(w))
					g.settle(w)
					time.Sleep(10 * time.Second) // nothing comes of it by and by
					g.must(r.stop())
					refusedOnce(g, topic, start)
				}
			})
		})
	}
}

// refusedOnce wants everything but event 7 on topic once, and that one set aside.
func refusedOnce(g *guild, topic gremio.Topic, start int) {
	g.t.Helper()
	count, told := map[string]int{}, map[string]bool{}
	for _, rec := range g.read(topic) {
		count[rec.Event.ID]++
	}
	for _, rec := range g.read(gremio.TopicAlerts) {
		if alert := rec.Event.Data.(gremio.AlertRaised); alert.Kind == gremio.AlertRejected {
			told[alert.Alert] = true
		}
	}
	for i := range 20 {
		if n := count[fmt.Sprint("of ", i)]; n != 1 && i != 7 || n != 0 && i == 7 {
			g.t.Errorf("start %d: the event of sale %d lies there %d times", start, i, n)
		}
	}
	wanted := 1
	if topic == gremio.TopicAlerts {
		wanted = 0
	}
	if len(told) != wanted {
		g.t.Errorf("start %d: the desk is told of it by %d alerts, want %d", start, len(told), wanted)
	}
	states, err := g.store.Outboxes(g.ctx)
	g.must(err)
	if len(states) != 1 || states[0].Refused != 1 || states[0].Waiting != 0 {
		g.t.Errorf("start %d: the outbox holds %+v", start, states)
	}
}
