package main_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gremio"
)

// A load sends sales with ids of its own and knows which were acknowledged.
type load struct {
	next atomic.Int64

	mu    sync.Mutex
	acked map[int64]ack
	sent  map[int64]bool
}

func saleOf(n int64) map[string]any {
	return map[string]any{"id": fmt.Sprintf("k-%d", n), "plate": fmt.Sprintf("K%d", n%20), "units": 1 + n%5, "client": fmt.Sprintf("Cliente %d", n%10)}
}

// run sends from eight clients until stop is closed.
func (l *load) run(p *process, stop chan struct{}) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				l.send(p, l.next.Add(1))
			}
		})
	}
	wg.Wait()
}

func (l *load) send(p *process, n int64) {
	l.mu.Lock()
	l.sent[n] = true
	l.mu.Unlock()
	code, _, answer := p.try("POST", "/v1/sales", saleOf(n))
	var a ack
	if code != 202 || json.Unmarshal(answer, &a) != nil {
		return // not known: it will be sent again under the same id
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked[n] = a
}

func (l *load) acknowledged() map[int64]ack {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.acked)
}

// testKill kills everything under load, three times, and starts it again.
func testKill(t *testing.T, g *guild) {
	l := &load{acked: map[int64]ack{}, sent: map[int64]bool{}}
	for round := 1; round <= 3; round++ {
		up := g.startAPI("up")
		stop := make(chan struct{})
		var sending sync.WaitGroup
		sending.Go(func() { l.run(up, stop) })
		eventually(t, "enough is acknowledged", func() error {
			if n := len(l.acknowledged()); n < 150*round {
				return errorf("%d", n)
			}
			return nil
		})
		up.kill()
		close(stop)
		sending.Wait()
	}

	up := g.startAPI("up")
	g.applied("sales", gremio.TopicSales)
	acked := l.acknowledged()
	for n := range acked {
		g.want(1, "SELECT COUNT(*) FROM sales WHERE sale_id = ? AND plate = ?", fmt.Sprintf("k-%d", n), fmt.Sprintf("K%d", n%20))
	}
	// What was answered is sent again, and so is what was not.
	retried := 0
	for n := range l.sent {
		before, known := acked[n]
		if known && retried%10 != 0 {
			retried++
			continue
		}
		retried++
		if again := up.post("/v1/sales", saleOf(n)); known && again.ID != before.ID {
			t.Errorf("sale %d was %+v, and sent again %+v", n, before, again)
		}
	}
	g.applied("sales", gremio.TopicSales)
	units := int64(0)
	for n := range l.sent {
		units += 1 + n%5
	}
	g.want(int64(len(l.sent)), "SELECT COUNT(*) FROM sales")
	g.want(units, "SELECT SUM(units) FROM sales")
	g.want(int64(len(l.sent)), "SELECT SUM(sales) FROM day_totals")
	g.want(units, "SELECT SUM(units) FROM day_totals")
	g.want(units, "SELECT SUM(units) FROM client_totals")
	g.want(0, "SELECT COUNT(*) FROM sales_rejections")
	t.Logf("%d sales sent, %d acknowledged before the last kill", len(l.sent), len(acked))

	g.applied("stock", gremio.TopicSales)
	for k := range int64(20) {
		left := int64(200)
		for n := range l.sent {
			if n%20 == k {
				left -= 1 + n%5
			}
		}
		g.want(max(0, left), "SELECT units FROM stock_levels WHERE plate = ?", fmt.Sprintf("K%d", k))
		if left < 20 {
			g.want(1, "SELECT COUNT(*) FROM replenishments WHERE plate = ?", fmt.Sprintf("K%d", k))
		}
	}
}

// testInterrupt ends everything with Ctrl-C under load, and starts it again.
func testInterrupt(t *testing.T, g *guild) {
	l := &load{acked: map[int64]ack{}, sent: map[int64]bool{}}
	up := g.startAPI("up")
	page := up.watch() // an open live stream must not hold the end up
	stop := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() { l.run(up, stop) })
	eventually(t, "enough is acknowledged", func() error {
		if n := len(l.acknowledged()); n < 200 {
			return errorf("%d", n)
		}
		return nil
	})
	shows(t, page, "sales", func(all []struct{ ID string }) bool { return len(all) > 0 })
	began := time.Now()
	up.interrupt()
	// The promise to whoever presses Ctrl-C.
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("gremio up took %s to end on SIGINT, want less than 5 s", took)
	} else {
		t.Log("ended after", took)
	}
	close(stop)
	sending.Wait()

	again := g.startAPI("up")
	g.applied("sales", gremio.TopicSales)
	for n := range l.acknowledged() {
		g.want(1, "SELECT COUNT(*) FROM sales WHERE sale_id = ?", fmt.Sprintf("k-%d", n))
	}
	before := g.number("SELECT COUNT(*) FROM sales")
	again.post("/v1/sales", `{"plate":"NEW1","units":1}`)
	g.applied("sales", gremio.TopicSales)
	g.want(before+1, "SELECT COUNT(*) FROM sales")
	again.interrupt()
}
