package httpapi_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
)

// Two vendors. What stands here of the other must reach nothing that the first gets.
const (
	mine    = gremio.Plate("AA11")
	theirs  = gremio.Plate("ZZ99")
	theirID = "their-event"
)

// marks are what betrays the other vendor's data.
var marks = []string{string(theirs), "Beatriz", "4321", "33.98765", theirID, "their-reason", "their-street"}

func ptr[T any](v T) *T { return &v }

// twoVendors puts all that workers make of a day of two carts into the tables.
func (h *house) twoVendors() {
	h.t.Helper()
	ctx, now := context.Background(), gremio.Instant(time.Now())
	today := gremio.DayOf(now, gremio.Clock(0, 0))
	place := map[gremio.Plate]*gremio.Place{mine: {Point: &gremio.Point{Lat: -33.11111, Lon: -70.1}}, theirs: {Point: &gremio.Point{Lat: -33.98765, Lon: -70.9}}}
	client := map[gremio.Plate]string{mine: "Ana", theirs: "Beatriz"}
	id := map[gremio.Plate]string{mine: "my-event", theirs: theirID}
	units := map[gremio.Plate]int{mine: 3, theirs: 4321}
	h.write(func(tx *store.Tx) error {
		var stops []gremio.Stop
		for _, p := range []gremio.Plate{mine, theirs} {
			sale := gremio.Sale{ID: id[p], Plate: p, Client: client[p], ClientKey: client[p], Units: units[p], Time: now, ReceivedAt: now, Day: today, Stock: ptr(units[p]), Where: gremio.WhereIs(place[p])}
			again, old := sale, sale
			again.ID += "-2"
			old.ID, old.Day, old.Time, old.ReceivedAt = id[p]+"-old", "2026-01-05", now.AddDate(0, 0, -300), now.AddDate(0, 0, -300)
			ledger := &gremio.StockLedger{Plate: p}
			ledger.Add(gremio.StockMove{At: now, Key: id[p], Kind: gremio.MoveCount, Figure: ptr(units[p]), Initial: 200}, 20)
			for _, err := range []error{
				tx.AddSales(ctx, []gremio.Sale{sale, again, old}),
				tx.SaveCarts(ctx, []*gremio.CartRecord{{CartID: gremio.CartOf(p), Plate: p, State: gremio.CartLive, Place: place[p], FixedAt: &now, HeardAt: &now, ShiftStartedAt: &now, FirstNamedAt: now}}),
				tx.AddTrack(ctx, []gremio.TrackPoint{{CartID: gremio.CartOf(p), EventID: id[p], ReceivedAt: now, Fix: gremio.PositionReported{Plate: p, Place: place[p], Time: now}},
					{CartID: gremio.CartOf(p), EventID: id[p] + "-2", ReceivedAt: now, Fix: gremio.PositionReported{Plate: p, Place: place[p], Time: now.Add(-time.Minute)}}}),
				tx.SaveLedgers(ctx, []*gremio.StockLedger{ledger}),
				tx.OpenReplenishment(ctx, gremio.ReplenishmentOpened{Replenishment: id[p] + "-replenishment", Plate: p, Level: units[p], OpenedAt: now}),
				tx.RaiseAlert(ctx, gremio.AlertRaised{Alert: id[p] + "-alert", Kind: gremio.AlertSilent, Severity: gremio.SeverityInfo, Plate: ptr(p), RaisedAt: now, Cause: id[p] + " their-reason"}),
				tx.AddSighting(ctx, id[p]+"-sighting", gremio.SightingReported{Place: *place[p], Time: now, Plate: ptr(p), Note: "their-street"}),
				tx.AddAppliedIDs(ctx, "sales", []gremio.AppliedID{{Key: gremio.IDKey(gremio.TypeSaleRecorded, string(p), id[p]), ID: id[p], Digest: "d", Time: now, At: gremio.LogPosition{Topic: gremio.TopicSales, Offset: 0}}}),
			} {
				if err != nil {
					return err
				}
			}
			stops = append(stops, gremio.Stop{Plate: p, Replenishment: id[p] + "-replenishment", Units: units[p], Place: place[p]})
		}
		if err := tx.AddDelivery(ctx, gremio.DeliveryPrepared{Delivery: "delivery-of-both", PreparedAt: now, Stops: stops, TotalUnits: 4324}.V2()); err != nil {
			return err
		}
		closed := gremio.DailyReport{Day: "2026-01-05", Revision: 1, Complete: true, ClosedAt: &now, Vendors: []gremio.VendorDay{
			{Plate: mine, Sales: 1, Units: 3, FrequentClients: []gremio.Frequent{{Client: "Ana", Days: 1, Units: 3}}},
			{Plate: theirs, Sales: 1, Units: 4321, FrequentClients: []gremio.Frequent{{Client: "Beatriz", Days: 1, Units: 4321}}}}}
		closed.Guild.FrequentClients = []gremio.Frequent{{Client: "Beatriz", Days: 1, Units: 4321}}
		closed.Finish()
		if err := tx.AddReport(ctx, closed); err != nil {
			return err
		}
		closed.Day, closed.Vendors, closed.Guild = "2026-01-06", closed.Vendors[1:], gremio.VendorDay{FrequentClients: closed.Guild.FrequentClients} // a day of the other alone
		closed.Finish()
		return tx.AddReport(ctx, closed)
	})
}

// given returns every text that the API gives an admin: ids, plates, cursors, instants.
func (h *house) given() []string {
	h.t.Helper()
	found := map[string]bool{string(theirs): true, "zz-99": true, "ZZ 99": true, "ｚｚ99": true, theirID: true, "cart-" + string(theirs): true}
	var gather func(any)
	gather = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, one := range v {
				gather(one)
			}
		case []any:
			for _, one := range v {
				gather(one)
			}
		case string:
			if len(v) <= 200 {
				found[v] = true
			}
		}
	}
	today := string(gremio.DayOf(time.Now(), gremio.Clock(0, 0)))
	for _, d := range h.doors() {
		if d.method != "GET" || d.path == "/v1/live" || d.path == "/metrics" || d.path == "/v1/access" {
			continue
		}
		for _, path := range []string{strings.ReplaceAll(d.path, "A1", string(theirs)), strings.Replace(d.template, "{id}", "delivery-of-both", 1) + "?limit=1", d.path + "?limit=1",
			"/v1/reports/daily/2026-01-05", "/v1/reports/daily/2026-01-06", "/v1/reports/daily/" + today, "/v1/carts/" + string(theirs) + "/track?limit=1", "/v1/alerts/" + theirID + "-alert"} {
			var v any
			if got := h.send("GET", path, ""); got.code == 200 && json.Unmarshal(got.body, &v) == nil {
				gather(v)
			}
		}
	}
	if len(found) < 80 {
		h.t.Fatalf("the API gives only %d texts: %v", len(found), found)
	}
	var all []string
	for s := range found {
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}

var instants = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`)

var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// betrays returns what an answer shows of the other vendor's data: a mark that
// the request itself did not name.
func betrays(request string, body []byte) string {
	if bytes.HasPrefix(body, []byte("PK")) {
		sheet, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			return err.Error()
		}
		body = nil
		for _, f := range sheet.File {
			r, _ := f.Open()
			text, _ := io.ReadAll(r)
			body = append(body, text...)
		}
	}
	body = instants.ReplaceAll(body, nil) // a fraction of a second is no mark,
	body = uuids.ReplaceAll(body, nil)    // nor are digits of an id that the server made
	for _, m := range marks {
		if !strings.Contains(request, m) && bytes.Contains(body, []byte(m)) {
			return m
		}
	}
	return ""
}

// TestVendorSeesNothingOfAnother takes every text that the API gives an admin and
// puts it into every place of every route, as a vendor and as a cart.
func TestVendorSeesNothingOfAnother(t *testing.T) {
	h := newHouse(t, false)
	h.twoVendors()
	h.session(h.person("their@vendor.test", gremio.RoleVendor, theirs))
	h.cart(theirs)
	if got := h.post("/v1/sales", `{"id":"`+theirID+`-log","plate":"ZZ99","units":4321,"client":"Beatriz"}`); got.code != 202 {
		t.Fatal(string(got.body))
	}
	words := append(h.given(), "ventas/0/0", "ventas/1/0", "ventas/2/0", "ventas/3/0", "coordenadas/0/0", theirID+"-log")
	for _, cursor := range []string{"/v1/sales?limit=1", "/v1/carts?limit=1", "/v1/stock?limit=1", "/v1/deliveries?limit=1", "/v1/alerts?limit=1", "/v1/carts/ZZ99/track?limit=1"} {
		var page struct{ Next string }
		if json.Unmarshal(h.send("GET", cursor, "").body, &page); page.Next != "" {
			words = append(words, page.Next)
		}
	}
	whole := h.send("GET", "/v1/sales", "")
	if betrays("", whole.body) == "" {
		t.Fatal("the marks are not in what an admin reads")
	}
	own, _ := h.cart(mine)
	for name, vendor := range map[string]*house{"vendor": h.as(h.session(h.person("my@vendor.test", gremio.RoleVendor, mine))), "cart": h.as(own)} {
		asked, answered := 0, 0
		for _, d := range h.doors() {
			if d.method != "GET" || d.path == "/v1/live" {
				continue
			}
			for _, w := range words {
				for _, path := range vendor.places(d, w) {
					got := vendor.send("GET", path, "")
					asked++
					if m := betrays(path, got.body); m != "" {
						t.Errorf("%s: GET %s shows %q: %d %.300s", name, path, m, got.code, got.body)
					}
					if got.code == 200 {
						answered++
					}
					if got.code >= 500 {
						t.Errorf("%s: GET %s: %d %s", name, path, got.code, got.body)
					}
				}
			}
		}
		t.Log(name, asked, "requests,", answered, "answered 200")
	}
}

// places puts a word into every place of a route.
func (h *house) places(d door, word string) []string {
	w := url.PathEscape(word)
	filled := strings.NewReplacer("{id}", w, "{plate}", w, "{day}", w, "{month}", w).Replace(d.template)
	var all []string
	if filled != d.template {
		all = append(all, filled)
		if strings.Contains(d.template, "{day}") {
			all = append(all, filled+".csv", filled+".xlsx", filled+"?revision=1")
		}
		if strings.Contains(d.template, "{plate}") {
			all = append(all, strings.ReplaceAll(d.template, "{plate}", string(mine))+"?plate="+url.QueryEscape(word), strings.ReplaceAll(d.template, "{plate}", string(mine))+"?cursor="+url.QueryEscape(word))
		}
		if strings.Contains(d.template, "events") {
			for _, topic := range []string{"ventas/0/0", "ventas/1/0", "ventas/2/0", "ventas/3/0"} {
				all = append(all, filled+"?at="+topic)
			}
		}
		return all
	}
	q := url.QueryEscape(word)
	return []string{d.path + "?plate=" + q, d.path + "?cursor=" + q, d.path + "?day=" + q, d.path + "?at=" + q, d.path + "?id=" + q + "&token=" + q,
		d.path + "?plate=" + string(mine) + "&plate=" + q, d.path + "?plate=" + string(mine) + "&cursor=" + q, d.path + "?state=" + q + "&limit=1000"}
}

// TestVendorChangesNothingOfAnother tries every route that changes something with
// every text that the API gives, in the path and in the body.
func TestVendorChangesNothingOfAnother(t *testing.T) {
	h := newHouse(t, false)
	h.twoVendors()
	their := h.session(h.person("their@vendor.test", gremio.RoleVendor, theirs))
	theirCart, _ := h.cart(theirs)
	var open []gremio.Session
	page := read[struct{ Items []gremio.Session }](h, h.as(their).send("GET", "/v1/sessions", ""), 200)
	open = page.Items
	words := append(h.given(), open[0].ID)
	words = slices.DeleteFunc(words, func(w string) bool { return strings.Contains(w, "my-event") || w == string(mine) || len(w) > 60 })
	own, _ := h.cart(mine)
	before := h.everything()
	public := []gremio.Action{gremio.ActSightingReport, gremio.ActApplicationSubmit, gremio.ActSessionOpen, gremio.ActInvitationAccept}
	for name, vendor := range map[string]*house{"vendor": h.as(h.session(h.person("my@vendor.test", gremio.RoleVendor, mine))), "cart": h.as(own)} {
		asked := 0
		h.unchanged(func() {
			for _, d := range h.doors() {
				if d.method == "GET" || slices.Contains(public, d.act) || d.act == gremio.ActSessionClose || d.path == "/v1/account/password" || strings.HasPrefix(d.path, "/v1/account/totp") {
					continue // everybody's, or the own account's alone
				}
				for _, w := range words {
					escaped := url.PathEscape(w)
					path := strings.NewReplacer("{id}", escaped, "{plate}", escaped).Replace(d.template)
					text, _ := json.Marshal(w)
					for _, body := range vendor.bodies(d, string(text)) {
						got := vendor.send(d.method, path, body)
						asked++
						if m := betrays(path+body, got.body); m != "" {
							t.Errorf("%s: %s %s %s shows %q: %s", name, d.method, path, body, m, got.body)
						}
						if got.code >= 500 {
							t.Errorf("%s: %s %s: %d %s", name, d.method, path, got.code, got.body)
						}
					}
					if strings.Contains(d.template, "{id}") && strings.Contains(d.template, "void") {
						vendor.send(d.method, path+"?plate=ZZ99", "")
						vendor.send(d.method, path+"?plate=AA11&plate=ZZ99", "")
					}
					if strings.Contains(d.template, "stops") {
						vendor.send(d.method, "/v1/deliveries/delivery-of-both/stops/"+escaped+"/confirm", "{}")
					}
				}
			}
		})
		t.Log(name, asked, "requests")
	}
	if after := h.everything(); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	for name, s := range map[string]shows{"session": their, "token": theirCart} {
		if got := h.as(s).send("GET", "/v1/session", ""); got.code != 200 {
			t.Errorf("the other's %s ended: %d", name, got.code)
		}
	}
}

// bodies name the other cart in every field that a route takes.
func (h *house) bodies(d door, word string) []string {
	if !d.hasBody {
		return []string{""}
	}
	one := fmt.Sprintf(`"id":%s,"plate":%s,"units":1,"lat":-33.4,"lon":-70.6,"action":"end"`, word, word)
	switch d.path {
	case "/v1/events":
		return []string{`{"type":"sale","plate":` + word + `,"units":1}` + "\n" + `{"type":"stock_count","plate":` + word + `,"units":1}`,
			`[{"type":"position","plate":` + word + `,"lat":1,"lon":2},{"type":"shift","plate":` + word + `,"action":"end"},{"type":"sale","plate":"zz.99","units":1}]`}
	case "/v1/sales":
		return []string{`{"plate":` + word + `,"units":1}`, `{"id":` + word + `,"plate":"ZZ99","units":1}`, `{"id":` + word + `,"plate":"zz-99","units":4321,"client":"Beatriz"}`}
	case "/v1/stock-counts":
		return []string{`{"plate":` + word + `,"units":1}`}
	case "/v1/positions":
		return []string{`{"plate":` + word + `,"lat":1,"lon":2}`}
	case "/v1/shifts":
		return []string{`{"plate":` + word + `,"action":"end"}`}
	case "/registro_venta":
		return []string{`{"Patente":` + word + `,"CantSopaipillas":1}`}
	case "/ubicacion":
		return []string{`{"Patente":` + word + `,"Ubicacion":[1,2]}`}
	}
	return []string{"{}", "{" + one + "}"}
}

// everything is what an admin reads of both.
func (h *house) everything() string {
	h.t.Helper()
	var all []string
	for _, path := range []string{"/v1/sales", "/v1/carts", "/v1/stock", "/v1/replenishments", "/v1/deliveries", "/v1/alerts", "/v1/sightings", "/v1/settings", "/v1/reports/daily/2026-01-05",
		"/v1/carts/ZZ99/track", "/v1/carts/AA11/track"} {
		all = append(all, string(h.send("GET", path, "").body))
	}
	return strings.Join(all, "\n")
}

// TestVendorsStream wants the own cart alone in the live stream, in the snapshot
// and in what changes.
func TestVendorsStream(t *testing.T) {
	h := newHouse(t, false)
	h.twoVendors()
	vendor := h.as(h.session(h.person("my@vendor.test", gremio.RoleVendor, mine)))
	admin, s := h.watch(), vendor.watch()
	now := gremio.Instant(time.Now())
	h.write(func(tx *store.Tx) error {
		for _, p := range []gremio.Plate{theirs, mine} {
			if err := tx.SaveCarts(context.Background(), []*gremio.CartRecord{{CartID: gremio.CartOf(p), Plate: p, State: gremio.CartQuiet, HeardAt: &now, FirstNamedAt: now,
				Place: &gremio.Place{Point: &gremio.Point{Lat: map[gremio.Plate]float64{theirs: -33.98765, mine: -33.2}[p], Lon: -70}}}}); err != nil {
				return err
			}
		}
		return tx.AddSales(context.Background(), []gremio.Sale{{ID: theirID + "-9", Plate: theirs, Client: "Beatriz", Units: 4321, Time: now, ReceivedAt: now, Day: gremio.DayOf(now, gremio.Clock(0, 0))}})
	})
	s.next(t)
	admin.next(t)
	if betrays("", []byte(admin.String())) == "" || !strings.Contains(s.String(), string(mine)) || strings.Count(s.String(), "event: change") == 0 {
		t.Fatalf("the streams say nothing: %s", s)
	}
	if m := betrays("", []byte(s.String())); m != "" {
		t.Errorf("the vendor's stream shows %q: %s", m, s)
	}
	for _, section := range []string{`"sales"`, `"totals"`, `"alerts"`, `"applications"`, `"deliveries"`, `"sightings"`} {
		if strings.Contains(s.String(), section) {
			t.Errorf("the vendor's stream has %s", section)
		}
	}
}

// TestStreamsShowWhatTheRoleReads wants every section where the table grants it, and nowhere else.
func TestStreamsShowWhatTheRoleReads(t *testing.T) {
	h := newHouse(t, false)
	h.twoVendors()
	reads := map[string]gremio.Action{"carts": gremio.ActCartRead, "sales": gremio.ActSaleRead, "sightings": gremio.ActSightingRead, "alerts": gremio.ActAlertRead,
		"applications": gremio.ActApplicationList, "deliveries": gremio.ActDeliveryRead, "totals": gremio.ActReportRead}
	for _, role := range []gremio.Role{gremio.RoleDriver, gremio.RoleReader, gremio.RoleDesk, gremio.RoleOffice, gremio.RoleAdmin} {
		s := h.as(h.session(h.person(string(role)+"@stream.test", role, ""))).watch()
		_, data, _ := strings.Cut(s.String(), "data: ")
		var frame map[string]json.RawMessage
		must(t, json.Unmarshal([]byte(strings.SplitN(data, "\n", 2)[0]), &frame))
		for section, act := range reads {
			_, shown := frame[section]
			if shown && section == "carts" {
				shown = string(frame[section]) != "[]"
			}
			if may := gremio.GrantOf(act).To(role) == gremio.All; may != shown {
				t.Errorf("%s: section %s is shown: %v, may be read: %v", role, section, shown, may)
			}
		}
	}
}

// TestVendorsEvents wants what became of an event from nobody but its own cart.
func TestVendorsEvents(t *testing.T) {
	h := newHouse(t, false)
	h.twoVendors()
	h.post("/v1/sales", `{"plate":"ZZ99","units":4321}`)
	lies := map[gremio.Plate]string{}
	for plate, id := range map[gremio.Plate]string{mine: "my-new", theirs: "their-new"} {
		ack := read[struct{ At string }](h, h.post("/v1/sales", fmt.Sprintf(`{"id":%q,"plate":%q,"units":1}`, id, plate)), 202)
		lies[plate] = ack.At
		at, err := gremio.ParseLogPosition(ack.At)
		must(t, err)
		h.write(func(tx *store.Tx) error {
			o, err := tx.ClaimPartition(h.ctx(), "sales", gremio.LogPartition{Topic: at.Topic, TopicID: h.log.TopicID(at.Topic), Number: at.Partition}, time.Now())
			if err != nil {
				return err
			}
			if err := tx.Advance(h.ctx(), "sales", o, at.Offset+1, time.Now()); err != nil {
				return err
			}
			return tx.AddRejections(h.ctx(), "sales", []gremio.Rejection{{Record: gremio.Record{LogPosition: at, Key: string(plate), Headers: map[string]string{gremio.HeaderID: id}}, Reason: "reason of " + id}}, time.Now())
		})
	}
	own, _ := h.cart(mine)
	for name, v := range map[string]*house{"vendor": h.as(h.session(h.person("v@x.cl", gremio.RoleVendor, mine))), "cart": h.as(own)} {
		for _, path := range []string{theirID, "their-new", "their-new?at=" + lies[theirs], "my-new?at=" + lies[theirs], "my-event?at=" + lies[theirs]} {
			got := v.send("GET", "/v1/events/"+path, "")
			if strings.Contains(string(got.body), "reason of their") || got.code == 200 && (!strings.Contains(path, "?at=") || strings.Contains(string(got.body), `"rejected"`) || strings.Contains(string(got.body), `"applied"`)) {
				t.Errorf("%s: %s: %d %s", name, path, got.code, got.body)
			}
		}
		if got := v.send("GET", "/v1/events/my-new?at="+lies[mine], ""); got.code != 200 || !strings.Contains(string(got.body), "reason of my-new") {
			t.Errorf("%s: the own: %d %s", name, got.code, got.body)
		}
	}
	if got := h.send("GET", "/v1/events/their-new?at="+lies[theirs], ""); !strings.Contains(string(got.body), "reason of their-new") {
		t.Errorf("the office: %d %s", got.code, got.body)
	}
}

// TestConfirmShowsTheOwnStop answers a vendor's confirmation without the others' stops.
func TestConfirmShowsTheOwnStop(t *testing.T) {
	h := newHouse(t, false)
	h.twoVendors()
	h.post("/v1/stock-counts", `{"plate":"AA11","units":9}`) // from now on the topics' ids are known
	for partition := range int32(4) {                        // as if the worker were past whatever comes
		h.write(func(tx *store.Tx) error {
			o, err := tx.ClaimPartition(h.ctx(), "stock", gremio.LogPartition{Topic: gremio.TopicStock, TopicID: h.log.TopicID(gremio.TopicStock), Number: partition}, time.Now())
			if err != nil {
				return err
			}
			return tx.Advance(h.ctx(), "stock", o, 1000, time.Now())
		})
	}
	vendor := h.as(h.session(h.person("v@x.cl", gremio.RoleVendor, mine)))
	got := vendor.post("/v1/deliveries/delivery-of-both/stops/AA11/confirm", `{"units":3}`)
	if got.code != 200 || !strings.Contains(string(got.body), string(mine)) || betrays("", got.body) != "" {
		t.Errorf("%d %s", got.code, got.body)
	}
	var own struct{ State gremio.Delivery }
	must(t, json.Unmarshal(got.body, &own))
	if len(own.State.Stops) != 1 || own.State.TotalUnits != own.State.Stops[0].Units || own.State.Metres != 0 {
		t.Errorf("the sums tell of the other stops: %s", got.body)
	}
	if got := h.post("/v1/deliveries/delivery-of-both/stops/AA11/confirm", `{"units":3}`); betrays("", got.body) == "" {
		t.Errorf("the office sees one stop alone: %s", got.body)
	}
}
