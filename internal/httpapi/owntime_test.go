package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
)

// soldCart puts into the tables a cart that Ana had and Beto bought at noon of
// two days ago: what is of before bears the client Vieja and 33.98765.
func (h *house) soldCart() (handOver time.Time, mixed, before gremio.Day) {
	h.t.Helper()
	return h.soldCartAgo(2)
}

func (h *house) soldCartAgo(days int) (handOver time.Time, mixed, before gremio.Day) {
	h.t.Helper()
	now := gremio.Instant(time.Now())
	mixed = gremio.DayOf(now.AddDate(0, 0, -days), gremio.Clock(0, 0))
	handOver = mixed.At(gremio.Clock(12, 0))
	before = mixed.Prev()
	sale := func(id, client string, units int, at time.Time) gremio.Sale {
		return gremio.Sale{ID: id, Plate: mine, Client: client, ClientKey: client, Units: units, Time: at, ReceivedAt: at, Day: gremio.DayOf(at, gremio.Clock(0, 0)), Hour: 12}
	}
	old, fresh := handOver.Add(-time.Hour), handOver.Add(time.Hour)
	place := func(lat float64) *gremio.Place { return &gremio.Place{Point: &gremio.Point{Lat: lat, Lon: -70}} }
	ctx := h.ctx()
	h.write(func(tx *store.Tx) error {
		for _, err := range []error{
			tx.MarkHoldings(ctx, gremio.HoldingMark{Plate: mine, Member: "ana", At: handOver.AddDate(0, 0, -20), Cause: "app-ana", Starts: true}),
			tx.MarkHoldings(ctx, gremio.HoldingMark{Plate: mine, Member: "ana", At: handOver, Cause: "given"}, gremio.HoldingMark{Plate: mine, Member: "beto", At: handOver, Cause: "given", Starts: true}),
			tx.AddSales(ctx, []gremio.Sale{sale("old-0", "Vieja", 4321, old.AddDate(0, 0, -1)), sale("old-1", "Vieja", 4321, old), sale("new-1", "Nueva", 7, fresh), sale("new-2", "Nueva", 5, fresh.AddDate(0, 0, 1))}),
			tx.SaveCarts(ctx, []*gremio.CartRecord{{CartID: gremio.CartOf(mine), Plate: mine, State: gremio.CartOffShift, Place: place(-33.98765), FixedAt: &old, HeardAt: &old, ShiftStartedAt: &old, FirstNamedAt: old}}),
			tx.AddTrack(ctx, []gremio.TrackPoint{{CartID: gremio.CartOf(mine), EventID: "old-fix", ReceivedAt: old, Fix: gremio.PositionReported{Plate: mine, Place: place(-33.98765), Time: old}},
				{CartID: gremio.CartOf(mine), EventID: "new-fix", ReceivedAt: fresh, Fix: gremio.PositionReported{Plate: mine, Place: place(-33.5), Time: fresh}}}),
			tx.OpenReplenishment(ctx, gremio.ReplenishmentOpened{Replenishment: "old-replenishment", Plate: mine, Level: 4321, OpenedAt: old}),
			tx.AddAppliedIDs(ctx, "sales", []gremio.AppliedID{{Key: gremio.IDKey(gremio.TypeSaleRecorded, string(mine), "old-1"), ID: "old-1", Digest: "d", Time: old, At: gremio.LogPosition{Topic: gremio.TopicSales, Offset: -1}},
				{Key: gremio.IDKey(gremio.TypeSaleRecorded, string(mine), "new-1"), ID: "new-1", Digest: "d", Time: fresh, At: gremio.LogPosition{Topic: gremio.TopicSales, Offset: -1}}}),
		} {
			if err != nil {
				return err
			}
		}
		err := tx.CloseReplenishment(ctx, gremio.ReplenishmentClosed{Replenishment: "old-replenishment", Plate: mine, ClosedAt: old.Add(time.Minute), Reason: "stop_confirmed"})
		if err != nil {
			return err
		}
		return tx.OpenReplenishment(ctx, gremio.ReplenishmentOpened{Replenishment: "new-replenishment", Plate: mine, Level: 3, OpenedAt: fresh})
	})
	for _, day := range []gremio.Day{before, mixed} { // closed with the figures of both
		r, err := h.store.ComputeReport(ctx, day)
		must(h.t, err)
		r.Revision, r.Complete, r.ClosedAt = 1, true, &now
		h.write(func(tx *store.Tx) error { return tx.AddReport(ctx, r) })
	}
	return handOver, mixed, before
}

// A vendor who bought a cart, and the cart's phone, see its figures from then on
// alone, by every read that they have; the office sees all.
func TestWhoBoughtACartSeesNothingOfBefore(t *testing.T) {
	h := newHouse(t, false)
	_, mixed, before := h.soldCart()
	after := mixed.Next()
	vendor := h.as(h.session(h.person("beto@gremio.test", gremio.RoleVendor, mine)))
	shows, _ := h.cart(mine)
	phone := h.as(shows)
	const farBack = "?since=2020-01-01T00:00:00Z"
	for path, want := range map[string]string{
		"/v1/sales": "new-2", "/v1/sales?plate=AA11": "new-1", "/v1/sales?day=" + string(mixed): "new-1", "/v1/sales?day=" + string(before): `"items":[]`,
		"/v1/reports/daily/" + string(mixed) + "?revision=1": `"revision":1`,
		"/v1/reports/daily/" + string(mixed):                 `"units":7`, "/v1/reports/daily/" + string(mixed) + ".csv": "AA11", "/v1/reports/daily/" + string(before): `"vendors":[]`,
		"/v1/reports/daily/" + string(after):        `"units":5`,
		"/v1/statistics?day=" + string(mixed):       `"units":7`,
		"/v1/statistics?day=" + string(before):      `"units":0`,
		"/v1/statistics?by=day":                     `"units":5`,
		"/v1/statistics?by=month":                   `"units":5`,
		"/v1/statistics?by=vendor":                  `"units":5`,
		"/v1/statistics?by=hour":                    `"units":5`,
		"/v1/statistics.csv?by=week":                "total,1,5,",
		"/v1/carts":                                 `"plate":"AA11"`,
		"/v1/carts/AA11":                            `"state":"off_shift"`,
		"/v1/carts/AA11/track":                      "-33.5",
		"/v1/carts/AA11/track.csv" + farBack:        "-33.5",
		"/v1/carts/AA11/track.gpx" + farBack:        "-33.5",
		"/v1/carts/AA11/track.geojson" + farBack:    "-33.5",
		"/v1/replenishments":                        "new-replenishment",
		"/v1/replenishments?state=closed":           `"items":[]`,
		"/v1/events/new-1":                          "applied",
		"/v1/sales?limit=1":                         "new-2",
		"/v1/carts/AA11/track?limit=1":              "new",
		"/v1/sales?day=2000-01-01&plate=AA11":       `"items":[]`,
		"/v1/reports/daily/" + string(after.Next()): `"revision":0`,
	} {
		got := vendor.send("GET", path, "")
		if text := string(got.body); got.code != 200 || strings.Contains(text, "Vieja") || strings.Contains(text, "4321") || strings.Contains(text, "98765") || strings.Contains(text, "old-") {
			t.Errorf("%s answers the vendor %d %s", path, got.code, text)
		} else if want != "new" && !strings.Contains(text, want) {
			t.Errorf("%s answers the vendor %s, want %s in it", path, text, want)
		}
	}
	if got := vendor.send("GET", "/v1/events/old-1", ""); got.code != 404 {
		t.Errorf("an event of before: %d %s", got.code, got.body)
	}
	if got := vendor.post("/v1/sales/old-1/void", ""); got.code != 404 {
		t.Errorf("a sale of before is voided: %d %s", got.code, got.body)
	}
	if text := string(phone.send("GET", "/v1/sales", "").body); strings.Contains(text, "Vieja") || !strings.Contains(text, "Nueva") {
		t.Errorf("the cart's phone sees %s", text)
	}
	if live := vendor.watch().String(); strings.Contains(live, "98765") || !strings.Contains(live, "AA11") {
		t.Errorf("the live view shows %s", live)
	}
	for _, path := range []string{"/v1/sales", "/v1/reports/daily/" + string(before), "/v1/reports/daily/" + string(mixed)} {
		if text := string(h.send("GET", path, "").body); !strings.Contains(text, "4321") && !strings.Contains(text, "4328") {
			t.Errorf("%s answers the admin %s", path, text)
		}
	}
}
