package main_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"gremio"
)

// testFirstClientStock sells with the constant Stock that the first client
// sends: it counts for nothing, and one replenishment opens by count.
func testFirstClientStock(t *testing.T, g *guild) {
	up := g.startAPI("up")
	page := up.watch()
	sell := func(units, left int) {
		t.Helper()
		up.post("/registro_venta", fmt.Sprintf(`{"Patente":7,"Cliente":"Ana","CantSopaipillas":%d,"Hora":"12:30","Stock":200}`, units))
		g.applied("stock", gremio.TopicSales)
		g.want(int64(left), "SELECT units FROM stock_levels WHERE plate = '7'")
	}
	for left := 180; left >= 20; left -= 20 {
		sell(20, left)
		g.want(0, "SELECT COUNT(*) FROM replenishments")
	}
	sell(1, 19)
	sell(1, 18)
	sell(3, 15)
	type replenishment struct {
		Plate, State string
		Level        int
	}
	all := get[items[replenishment]](up, "/v1/replenishments")
	if want := (replenishment{"7", "open", 19}); len(all.Items) != 1 || all.Items[0] != want {
		t.Errorf("replenishments %+v, want only %+v", all.Items, want)
	}
	type level struct {
		Plate                     string
		Units, Threshold, Initial int
	}
	levels := get[items[level]](up, "/v1/stock")
	if want := (level{"7", 15, 20, 200}); len(levels.Items) != 1 || levels.Items[0] != want {
		t.Errorf("stock %+v, want only %+v", levels.Items, want)
	}
	opened := 0
	eventually(t, "the decision is on the log", func() error {
		opened = 0
		for _, r := range g.records(gremio.TopicStock) {
			if header(r, "ce_type") == string(gremio.TypeReplenishmentOpened) {
				opened++
			}
		}
		if opened == 0 {
			return errorf("no replenishment was opened")
		}
		return nil
	})
	if opened != 1 {
		t.Errorf("%d events opened a replenishment, want 1", opened)
	}
	// The office wants a delivery now, although only one cart waits; its stop fills the cart.
	code, _, answer := up.try("POST", "/v1/deliveries", "{}")
	var made struct {
		State struct {
			ID    string
			Stops []struct {
				Plate string
				Units int
			}
		}
	}
	json.Unmarshal(answer, &made)
	if code != 200 || len(made.State.Stops) != 1 || made.State.Stops[0].Units != 185 {
		t.Fatalf("POST /v1/deliveries: %d %s, want one stop of 185 units", code, answer)
	}
	shows(t, page, "deliveries", func(all []struct{ ID string }) bool { return len(all) == 1 && all[0].ID == made.State.ID })
	if code, _, answer := up.try("POST", "/v1/deliveries/"+made.State.ID+"/stops/7/confirm", "{}"); code != 200 {
		t.Fatalf("confirm the stop: %d %s", code, answer)
	}
	g.want(200, "SELECT units FROM stock_levels WHERE plate = '7'")
	g.want(1, "SELECT COUNT(*) FROM replenishments WHERE state = 'closed'")
	g.want(1, "SELECT COUNT(*) FROM replenishments")
}
