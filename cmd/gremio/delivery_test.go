package main_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"gremio"
)

// testDeliveries makes 23 carts short, in any order, every sale told twice, while
// two processes of worker stock are killed and come back: four deliveries of five
// are prepared and three carts wait; after the wait they get one of three. One stop
// fails and one delivery is cancelled on the way, and at the end every cart is full.
func testDeliveries(t *testing.T, g *guild) {
	g.startBroker()
	api := g.startAPI("api")
	for worker := range workersOfTopics {
		if worker != "stock" {
			g.start("worker", worker)
		}
	}
	stock := []*process{g.start("worker", "stock"), g.start("worker", "stock")}
	random := rand.New(rand.NewPCG(8, 23))
	var sales []map[string]any
	for i := range 23 {
		for n, units := range []int{100, 60, 21 + i%10} {
			sale := map[string]any{"id": fmt.Sprint("s-", n), "plate": fmt.Sprintf("P%02d", i), "units": units}
			sales = append(sales, sale, sale)
		}
	}
	random.Shuffle(len(sales), func(i, j int) { sales[i], sales[j] = sales[j], sales[i] })
	for n, sale := range sales {
		api.post("/v1/sales", sale)
		if n == 40 || n == 100 {
			i := n / 100
			stock[i].kill()
			stock[i] = g.start("worker", "stock")
		}
	}
	g.still()
	g.want(4, "SELECT COUNT(*) FROM deliveries")
	g.want(20, "SELECT COUNT(*) FROM stops")
	g.want(23, "SELECT COUNT(*) FROM replenishments")
	g.want(3, "SELECT COUNT(*) FROM replenishments WHERE state = 'open'")
	g.run("settings", "set", "delivery_wait_seconds=1")
	eventually(t, "a delivery of three", func() error {
		if n := g.number("SELECT COUNT(*) FROM deliveries"); n != 5 {
			return errorf("%d deliveries", n)
		}
		return nil
	})
	g.still()
	g.want(23, "SELECT COUNT(DISTINCT plate) FROM stops")
	stock[0].kill()

	must := func(want int, path string, body any) {
		t.Helper()
		// 202: not applied within 2 s; what was refused then is counted at the end.
		if code, _, answer := api.try("POST", path, body); code != want && (code != 202 || want != 200 && want != 409) {
			t.Errorf("POST %s: %d %s, want %d", path, code, answer, want)
		}
	}
	all := get[items[gremio.Delivery]](api, "/v1/deliveries?state=open").Items
	if len(all) != 5 || len(all[0].Stops) != 3 || all[0].Why != gremio.BecauseOfWait {
		t.Fatalf("open: %+v", all)
	}
	must(200, "/v1/deliveries/"+all[1].ID+"/load", nil)
	must(200, "/v1/deliveries/"+all[1].ID+"/depart", nil)
	g.still() // the other process has the dead one's partitions
	must(409, "/v1/deliveries/"+all[1].ID+"/load", nil)
	failed := "/v1/deliveries/" + all[1].ID + "/stops/" + string(all[1].Stops[2].Plate)
	must(200, failed+"/fail", map[string]any{"reason": "no estaba"})
	must(200, "/v1/deliveries/"+all[2].ID+"/cancel", map[string]any{"reason": "se pinchó la van"})
	g.still()
	must(409, failed+"/confirm", nil)
	must(409, "/v1/deliveries/"+all[2].ID+"/stops/"+string(all[2].Stops[0].Plate)+"/confirm", nil)
	must(404, "/v1/deliveries/none/load", nil)
	must(422, "/v1/deliveries/"+all[3].ID+"/stops/"+string(all[3].Stops[0].Plate)+"/confirm", map[string]any{"time": "2020-01-01T00:00:00Z"})

	for rounds := 0; ; rounds++ {
		g.still()
		open := get[items[gremio.Delivery]](api, "/v1/deliveries?state=open").Items
		if len(open) == 0 {
			break
		}
		if rounds == 10 {
			t.Fatalf("still open: %+v", open)
		}
		for _, d := range open {
			for _, s := range d.Stops {
				if s.State == gremio.StopWaiting {
					must(200, "/v1/deliveries/"+d.ID+"/stops/"+string(s.Plate)+"/confirm", nil)
				}
			}
		}
	}
	g.want(23, "SELECT COUNT(*) FROM stock_levels WHERE units = 200")
	g.want(23, "SELECT COUNT(*) FROM replenishments WHERE state = 'closed'")
	g.want(23, "SELECT COUNT(*) FROM stops WHERE state = 'confirmed'")
	g.want(1, "SELECT COUNT(*) FROM stops WHERE state = 'failed'")
	g.want(5, "SELECT COUNT(*) FROM stops WHERE state = 'cancelled'")
	g.want(3, "SELECT COUNT(*) FROM stock_rejections")
	if out := g.run("stock"); strings.Count(out, "\n") != 24 || !strings.Contains(out, "P07    200    200") {
		t.Errorf("gremio stock:\n%s", out)
	}
	if out := g.run("deliveries", "--state", "cancelled", "--format", "csv"); strings.Count(out, "\n") != 6 || strings.Count(out, "se pinchó la van") != 5 {
		t.Errorf("gremio deliveries:\n%s", out)
	}
	g.sameAfterRebuild("stock")
}
