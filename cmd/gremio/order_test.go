package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gremio"
)

// vendors sell, each for a cart of their own, one sale after the other: the next
// is sent when the one before is acknowledged, by whichever api, after as many
// tries as it takes. Every fifth try is given up after a moment, whatever
// becomes of it.
type vendors struct {
	t     *testing.T
	mu    sync.Mutex
	apis  []*process
	sold  []int64 // by vendor
	cut   atomic.Int64
	stop  chan struct{}
	ended sync.WaitGroup
}

func sellers(t *testing.T, carts int, apis ...*process) *vendors {
	v := &vendors{t: t, apis: apis, sold: make([]int64, carts), stop: make(chan struct{})}
	for cart := range carts {
		v.ended.Go(func() { v.sell(cart) })
	}
	return v
}

func (v *vendors) sell(cart int) {
	random := rand.New(rand.NewPCG(uint64(cart), 1))
	for n := 1; ; n++ {
		body, _ := json.Marshal(map[string]any{"id": fmt.Sprintf("n-%06d", n), "plate": fmt.Sprintf("ORD%d", cart), "units": 1})
		for {
			select {
			case <-v.stop:
				return
			default:
			}
			v.mu.Lock()
			api := v.apis[random.IntN(len(v.apis))]
			v.mu.Unlock()
			patience := 20 * time.Second
			if random.IntN(5) == 0 {
				patience = time.Duration(random.IntN(4000)) * time.Microsecond
			}
			if v.post(api.url, body, patience) {
				break
			}
		}
		v.mu.Lock()
		v.sold[cart] = int64(n)
		v.mu.Unlock()
	}
}

func (v *vendors) post(url string, body []byte, patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "POST", url+"/v1/sales", bytes.NewReader(body))
	if err != nil {
		v.t.Error(err)
		return true
	}
	resp, err := caller.Do(req)
	if err != nil {
		v.cut.Add(1)
		time.Sleep(5 * time.Millisecond)
		return false
	}
	resp.Body.Close()
	if resp.StatusCode == 503 {
		time.Sleep(50 * time.Millisecond)
	}
	return resp.StatusCode == 202
}

func (v *vendors) total() (n int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, sold := range v.sold {
		n += sold
	}
	return n
}

// sellMore waits until n more sales are acknowledged.
func (v *vendors) sellMore(n int64) {
	v.t.Helper()
	from := v.total()
	eventually(v.t, fmt.Sprint(n, " more sales are taken"), func() error {
		if now := v.total(); now < from+n {
			return errorf("%d", now-from)
		}
		return nil
	})
}

// inOrder checks, once the vendors have gone, that each worker has applied every
// sale of a cart once and in the order in which they were sent. A cart may
// change its partition moves times.
func (v *vendors) inOrder(g *guild, moves int) {
	v.t.Helper()
	close(v.stop)
	v.ended.Wait()
	for _, worker := range []string{"sales", "stock", "positions"} {
		g.applied(worker, gremio.TopicSales)
		for cart, sold := range v.sold {
			v.oneInOrder(g, worker, cart, sold, moves)
		}
		g.want(0, "SELECT COUNT(*) FROM "+worker+"_rejections")
	}
	v.t.Logf("%d sales in order, %d requests cut off", v.total(), v.cut.Load())
}

func (v *vendors) oneInOrder(g *guild, worker string, cart int, sold int64, moves int) {
	v.t.Helper()
	plate := fmt.Sprintf("ORD%d", cart)
	rows, err := g.db.Query("SELECT event_id, part, log_offset, applied_at FROM "+worker+"_ids WHERE id_key LIKE ? ORDER BY event_id",
		fmt.Sprintf("%s:%s:%%", gremio.TopicSales, plate))
	if err != nil {
		v.t.Fatal(err)
	}
	defer rows.Close()
	type place struct {
		id           string
		part         int32
		offset, time int64
	}
	var last place
	n, moved := int64(0), 0
	for rows.Next() {
		var p place
		if err := rows.Scan(&p.id, &p.part, &p.offset, &p.time); err != nil {
			v.t.Fatal(err)
		}
		if n++; p.id != fmt.Sprintf("n-%06d", n) {
			v.t.Fatalf("worker %s: sale %d of %s is %s: one is missing", worker, n, plate, p.id)
		}
		switch {
		case n == 1:
		case p.time < last.time || p.part == last.part && p.offset <= last.offset:
			v.t.Errorf("worker %s: %s of %s comes before %s: %+v, %+v", worker, p.id, plate, last.id, last, p)
		case p.part != last.part:
			moved++
		}
		last = p
	}
	if moved > moves {
		v.t.Errorf("worker %s: %s changed its partition %d times, want %d at most", worker, plate, moved, moves)
	}
	if n != sold && n != sold+1 { // the last one may have been on its way at the end
		v.t.Errorf("worker %s has %d sales of %s, acknowledged were %d", worker, n, plate, sold)
	}
	if worker == "sales" {
		g.want(n, "SELECT COUNT(*) FROM sales WHERE plate = ?", plate)
		g.want(n, "SELECT SUM(units) FROM day_totals WHERE plate = ?", plate)
	}
}

// testOrder sends numbered sales while workers come and go.
func testOrder(t *testing.T, g *guild) {
	g.startBroker()
	v := sellers(t, 6, g.startAPI("api"), g.startAPI("api"))
	copies := make([]*process, 2)
	for round := range 6 {
		v.sellMore(60)
		old := copies[round%2]
		copies[round%2] = g.start("worker", "sales", "stock", "positions")
		v.sellMore(60)
		switch {
		case old == nil:
		case round%3 == 0:
			old.interrupt()
		default:
			old.kill()
		}
	}
	v.sellMore(100)
	v.inOrder(g, 0)
}
