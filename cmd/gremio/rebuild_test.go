package main_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store/storetest"
)

var workersOfTopics = map[string][]gremio.Topic{
	"members": {gremio.TopicMemberships}, "sales": {gremio.TopicSales}, "alerts": {gremio.TopicAlerts},
	"stock": {gremio.TopicStock, gremio.TopicSales}, "positions": {gremio.TopicPositions, gremio.TopicSales},
}

// still waits until every worker has applied all, what they derive included.
func (g *guild) still() {
	g.t.Helper()
	eventually(g.t, "all is applied", func() error {
		before := g.recordsOfAll()
		for worker, topics := range workersOfTopics {
			g.applied(worker, topics...)
		}
		if waiting := g.number("SELECT COUNT(*) FROM outbox"); waiting > 0 {
			return errorf("%d derived events wait", waiting)
		}
		time.Sleep(1500 * time.Millisecond) // a tick may decide more
		if after := g.recordsOfAll(); !cmp.Equal(before, after) {
			return errorf("records went from %v to %v", before, after)
		}
		return nil
	})
}

// recordsOfAll counts the records of each topic but the signs of take-in, which
// go on for ever.
func (g *guild) recordsOfAll() map[gremio.Topic]int64 {
	all := map[gremio.Topic]int64{}
	for _, topic := range gremio.Topics() {
		if topic != gremio.TopicPositions {
			_, all[topic] = g.ends(topic)
		}
	}
	return all
}

// testRebuild makes every worker's tables anew while events come and the api
// answers, with the rebuild killed in the middle, and wants the same tables as
// those of the worker that was left alone.
func testRebuild(t *testing.T, g *guild) {
	g.startBroker()
	api := g.startAPI("api")
	// On a slow machine the carts would go missing in the middle of a comparison.
	g.run("settings", "set", "silent_after_seconds=86400")
	for worker := range workersOfTopics {
		g.start("worker", worker)
	}
	sendSales(t, api)
	sendCounts(t, api)
	sendSightings(t, api)
	sendPositions(t, api)
	api.sendMany(t, 0, 300, func(n int) (map[string]any, string) {
		return map[string]any{"id": fmt.Sprintf("a-%d", n), "given_name": "Ana", "family_name": fmt.Sprint("Soto ", n%150), "rut": rut(10_000_000 + n%200),
			"email": "a@example.cl", "phone": "+56912345678", "tier": []string{"basic", "premium"}[n%2],
			"consent": map[string]any{"tracking": true, "version": "1"}}, "application"
	})

	stop := make(chan struct{})
	var busy sync.WaitGroup
	end := sync.OnceFunc(func() {
		close(stop)
		busy.Wait()
	})
	defer end() // whatever fails first, it is told, and nothing goes on after it
	l := &load{acked: map[int64]ack{}, sent: map[int64]bool{}}
	busy.Go(func() { l.run(api, stop) })
	busy.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
			for _, path := range []string{"/v1/carts?limit=1", "/v1/sales?limit=1", "/v1/stock?limit=1", "/v1/alerts?limit=1", "/v1/applications?limit=1"} {
				if code, _, answer := api.try("GET", path, nil); code != 200 {
					t.Errorf("GET %s while a worker is rebuilt: %d %s", path, code, answer)
				}
			}
		}
	})
	killed := g.start("rebuild", "sales")
	time.Sleep(300 * time.Millisecond)
	killed.kill()
	for worker := range workersOfTopics {
		t.Log(g.run("rebuild", worker))
	}
	end()

	g.still()
	for worker := range workersOfTopics {
		if worker == "positions" {
			continue // the api's signs of life go on; below, without it
		}
		g.sameAfterRebuild(worker)
	}
	api.interrupt()
	g.still()
	g.sameAfterRebuild("positions")
	g.want(0, "SELECT COUNT(*) FROM sales_rejections")
	g.want(int64(len(l.sent))+many, "SELECT COUNT(*) FROM sales")
}

// sameAfterRebuild rebuilds a worker that has nothing to do, and wants its
// tables as they were and the topics too.
func (g *guild) sameAfterRebuild(worker string) {
	g.t.Helper()
	before, published := storetest.Dump(g.t, g.db, worker), g.recordsOfAll()
	g.run("rebuild", worker)
	after := storetest.Dump(g.t, g.db, worker)
	for table := range before {
		if diff := cmp.Diff(before[table], after[table]); diff != "" {
			g.t.Errorf("%s after a rebuild of %s (- before, + after):\n%.3000s", table, worker, diff)
		}
	}
	if diff := cmp.Diff(published, g.recordsOfAll()); diff != "" {
		g.t.Errorf("the rebuild of %s put records on the log:\n%s", worker, diff)
	}
}
