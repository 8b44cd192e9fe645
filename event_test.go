package gremio_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
)

var update = flag.Bool("update", false, "write the golden files that are missing; existing ones never change")

func ptr[T any](v T) *T { return &v }

// examples holds one event of each type with every field set.
func examples() []gremio.Event {
	at := time.Date(2026, 11, 22, 15, 4, 5, 678901000, time.UTC)
	device := time.Date(2009, 12, 31, 23, 59, 59, 0, time.UTC)
	heard := at.Add(-61 * time.Second)
	point := &gremio.Place{Point: &gremio.Point{Lat: -33.4489, Lon: -70.6693}}
	grid := &gremio.Place{Grid: &gremio.Grid{X: 20, Y: 95.5}}
	plate := ptr(gremio.Plate("BBCL12"))
	report := func(revision int) gremio.DailyReport {
		figures := gremio.VendorDay{
			Sales: 12, Units: 40, NamedSales: 9, NamedUnits: 29, Clients: 7,
			MeanUnitsPerSale: ptr(40. / 12), MeanUnitsPerClient: ptr(29. / 7), Takings: ptr(int64(12000)),
			FirstSale: ptr(at.Add(-8 * time.Hour)), LastSale: &at, BusiestHour: ptr(13),
			FrequentClients: []gremio.Frequent{{Client: `El "Guatón" Pérez <3 & Cía.`, Days: 4, Units: 11}},
		}
		vendor := figures
		vendor.Plate = "BBCL12"
		return gremio.DailyReport{Day: "2026-11-22", Revision: revision, Complete: true, ClosedAt: &at, Vendors: []gremio.VendorDay{vendor}, Guild: figures}
	}
	part := func(r gremio.DailyReport) gremio.ReportPart {
		return gremio.ReportPart{Report: r, Attempt: "attempt-1", Part: 1, Parts: 3}
	}
	revised := func(r gremio.DailyReport, at time.Time) gremio.DailyReport {
		more := func(v *gremio.VendorDay) {
			v.NamedShare, v.WeekBefore = ptr(0.75), &gremio.Sold{Sales: 10, Units: 31, Takings: ptr(int64(9000))}
		}
		more(&r.Guild)
		more(&r.Vendors[0])
		r.Vendors[0].Tier = gremio.TierPremium
		r.Tiers = []gremio.TierDay{{Tier: gremio.TierPremium, Vendors: 1, Sales: 12, Units: 40, Takings: ptr(int64(12000))}}
		r.Places = []gremio.PlaceDay{{Lat: -33.4375, Lon: -70.6525, Vendors: 5, Sales: 9, Units: 30}}
		r.Silent = []gremio.Plate{"BBCL13"}
		r.Late = []gremio.LateSale{{Plate: "BBCL12", Sale: "s-1", Units: 3, Time: at, ReceivedAt: at, VoidedAt: &at}}
		r.LateMore = 2
		r.Changed = []gremio.Change{{Plate: "BBCL12", SalesBefore: 11, Sales: 12, UnitsBefore: 37, Units: 40}}
		return r
	}
	e := func(subject string, data gremio.Data) gremio.Event {
		return gremio.Event{ID: "id-" + string(data.EventType()), Source: "/api", Subject: subject, Time: at, Digest: "0123456789abcdef01234567", Data: data}
	}
	act := gremio.ApplicationAct{Application: "app-1", By: "user-1", At: at}
	life := gremio.MemberAct{Application: "app-1", Member: "member-1", By: "user-1", Reason: "asked for it", At: at}
	consent := gremio.ConsentAct{ApplicationAct: act, Person: "person-1", Purpose: gremio.PurposeTracking, Version: "2026-11"}
	until := at.Add(72 * time.Hour)
	return []gremio.Event{
		e("app-1", gremio.ApplicationSubmitted{Application: "app-1", Person: "person-1", Tier: gremio.TierPremium, Plate: plate,
			Sealed: gremio.Sealed{0, 1, 2, 254, 255}, Origin: "v1", Consent: gremio.Consent{Tracking: true, Version: "1"}}),
		e("app-1", gremio.ApplicationApproved{Application: "app-1", Member: "member-1", Plate: "BBCL12", By: "automatic", At: at, SettingsVersion: 3}),
		e("app-1", gremio.ApplicationHeld{Application: "app-1", Reasons: []string{gremio.ReasonRUTInvalid, gremio.ReasonPlateTaken}, At: at, SettingsVersion: 3}),
		e("app-1", gremio.ApplicationRejected{Application: "app-1", By: "office@example.org", Reason: "no cart", At: at}),
		e("app-1", gremio.ApplicationConfirmed{ApplicationAct: act, Channel: gremio.ChannelPhone, Contact: "0123456789abcdef0123456789abcdef"}),
		e("app-1", gremio.ApplicationChecked{ApplicationAct: act, Antecedent: "Permiso municipal", Met: true}),
		e("app-1", gremio.ApplicationPaid{ApplicationAct: act, Paid: true, Amount: 15000, Reference: "transferencia 4711"}),
		e("app-1", gremio.ConfirmationAsked{ApplicationAct: act}),
		e("app-1", gremio.ApplicationHeldV2{ApplicationHeld: gremio.ApplicationHeld{Application: "app-1", Reasons: []string{gremio.ReasonDuplicate, gremio.ReasonMemberAlready}, At: at, SettingsVersion: 3},
			DuplicateOf: "app-0", SameAs: "member-0"}),
		e("app-1", gremio.ApplicationApprovedV2{ApplicationApproved: gremio.ApplicationApproved{Application: "app-1", Member: "member-1", Plate: "BBCL12", By: "automatic", At: at, SettingsVersion: 3},
			Tier: gremio.TierPremium, ServedAs: gremio.TierBasic}),
		e("app-1", gremio.ApplicationRejectedV2{ApplicationRejected: gremio.ApplicationRejected{Application: "app-1", By: "user-1", Reason: "no cart", At: at}, SettingsVersion: 3}),

		e("app-1", gremio.MemberChanged{MemberAct: life, Tier: gremio.TierPremium}),
		e("app-1", gremio.MemberSuspended{MemberAct: life, Until: &until}),
		e("app-1", gremio.MemberResumed{MemberAct: life}),
		e("app-1", gremio.MemberLeft{MemberAct: life, Plates: []gremio.Plate{"BBCL12", "7"}}),
		e("app-1", gremio.MemberReturned{MemberAct: life, Plate: plate}),
		e("app-1", gremio.CartGiven{MemberAct: life, Plate: "BBCL12", To: "member-2"}),
		e("app-1", gremio.PlateChanged{MemberAct: life, From: "BBCL12", To: "DDFG34"}),
		e("app-1", gremio.PermitNoted{MemberAct: life, Kind: gremio.PermitMunicipal, Number: gremio.Sealed{0, 1, 2, 254, 255}, ExpiresOn: "2027-03-31"}),
		e("app-1", gremio.PermitWarned{MemberAct: life, Kind: gremio.PermitMunicipal, ExpiresOn: "2027-03-31", Alert: "permit_expires-1", SettingsVersion: 3}),

		e("app-1", gremio.PersonCorrected{ApplicationAct: act, Person: "person-1", Sealed: gremio.Sealed{0, 1, 2, 254, 255}, Plate: plate}),
		e("app-1", gremio.ConsentGiven{ConsentAct: consent}),
		e("app-1", gremio.ConsentWithdrawn{ConsentAct: consent}),
		e("app-1", gremio.PersonErased{ApplicationAct: act, Person: "person-1", Reason: "asked for it"}),

		e("BBCL12", gremio.SaleRecorded{Plate: "BBCL12", Client: "O'Higgins 🥟", Units: 3, Time: at, DeviceTime: &device,
			TimeText: "cuando volví", Stock: ptr(17), Place: point, Amount: ptr(int64(1500))}),
		e("BBCL12", gremio.SaleVoided{Plate: "BBCL12", Sale: "sale-1", Reason: "typed twice", By: "office@example.org"}),
		e("2026-11-22", gremio.DayClosedV2{ReportPart: part(revised(report(1), at))}),
		e("2026-11-22", gremio.DayRevisedV2{ReportPart: part(revised(report(2), at)), Reason: "late sales"}),
		e("2026-11-22", gremio.DayClosed{Report: report(1)}),
		e("2026-11-22", gremio.DayRevised{Report: report(2), Reason: "sales came after the day was closed"}),

		e("BBCL12", gremio.PositionReported{Plate: "BBCL12", Place: point, Time: at, DeviceTime: &device,
			Accuracy: ptr(5.5), Speed: ptr(1.25), Heading: ptr(90.), Battery: ptr(.8)}),
		e("BBCL12", gremio.ShiftStarted{Plate: "BBCL12", Time: at, By: "position"}),
		e("BBCL12", gremio.ShiftEnded{Plate: "BBCL12", Time: at, By: "vendor"}),
		e("BBCL12", gremio.ShiftPaused{Plate: "BBCL12", Time: at}),
		e("BBCL12", gremio.CartMissed{Plate: "BBCL12", LastHeard: heard, DecidedAt: at, LimitSeconds: 60, SettingsVersion: 3, Alert: "silent-1"}),
		e("BBCL12", gremio.PhonePaced{Plate: "BBCL12", IntervalSeconds: 300, DecidedAt: at, SettingsVersion: 3, Alert: "slow-1"}),
		e("", gremio.SightingReported{Place: *grid, Time: at, Plate: plate, Note: "va sin toldo\nhacia el sur"}),
		e("host/1", gremio.IntakeAlive{API: "host/1"}),
		e("BBCL12", gremio.TrackingStopped{Plate: "BBCL12", At: at}),
		e("BBCL12", gremio.TrackingResumed{Plate: "BBCL12", At: at}),
		e("BBCL12", gremio.TrackErased{Plate: "BBCL12", From: heard, Until: at}),

		e("BBCL12", gremio.StockCounted{Plate: "BBCL12", Units: 17, Time: at, DeviceTime: &device}),
		e("BBCL12", gremio.ReplenishmentOpened{Replenishment: "replenishment-1", Plate: "BBCL12", Level: 19, OpenedAt: at, SettingsVersion: 3}),
		e("BBCL12", gremio.ReplenishmentClosed{Replenishment: "replenishment-1", Plate: "BBCL12", ClosedAt: at, Reason: "stop_confirmed"}),
		e("delivery-1", gremio.DeliveryRequested{Delivery: "delivery-1", By: "office@example.org"}),
		e("delivery-1", gremio.DeliveryPrepared{Delivery: "delivery-1", PreparedAt: at, TotalUnits: 181, Metres: 1234.5, PassedOver: []gremio.Plate{"7"}, SettingsVersion: 3,
			Stops: []gremio.Stop{{Plate: "BBCL12", Replenishment: "replenishment-1", Units: 181, Place: point}}}),
		e("delivery-1", gremio.DeliveryPreparedV2{Delivery: "delivery-1", Depot: &gremio.Depot{Name: "Bodega Sur", Point: gremio.Point{Lat: -33.5, Lon: -70.6}}, Why: gremio.BecauseFiveWait,
			PreparedAt: at, TotalUnits: 181, Metres: 1234.5, PassedOver: []gremio.Plate{"7"}, SettingsVersion: 3,
			Stops: []gremio.PlannedStop{{Stop: gremio.Stop{Plate: "BBCL12", Replenishment: "replenishment-1", Units: 181, Place: point}, AfterSeconds: ptr(540)}}}),
		e("delivery-1", gremio.DeliveryLoaded{DeliveryAct: gremio.DeliveryAct{Delivery: "delivery-1", At: at, By: "driver@example.org"}}),
		e("delivery-1", gremio.DeliveryLeft{DeliveryAct: gremio.DeliveryAct{Delivery: "delivery-1", At: at, By: "driver@example.org"}}),
		e("delivery-1", gremio.DeliveryCancelled{DeliveryAct: gremio.DeliveryAct{Delivery: "delivery-1", At: at, By: "office@example.org"}, Reason: "la van no partió"}),
		e("BBCL12", gremio.StopFailed{Delivery: "delivery-1", Plate: "BBCL12", FailedAt: at, Reason: "no había nadie", By: "driver@example.org"}),
		e("depot", gremio.DepotRefilled{Depot: "Bodega Sur", Units: 2000, Time: at, By: "office@example.org"}),
		e("depot", gremio.DepotCounted{Depot: "Bodega Sur", Units: 1500, Time: at, By: "office@example.org"}),
		e("BBCL12", gremio.StopConfirmed{Delivery: "delivery-1", Plate: "BBCL12", Units: ptr(180), ConfirmedAt: at, By: "driver@example.org"}),

		e("BBCL12", gremio.AlertRaised{Alert: "silent-1", Kind: gremio.AlertSilent, Severity: gremio.SeverityCritical, Plate: plate, Place: point,
			RaisedAt: at, Cause: "cart BBCL12 was last heard at 12:03:04 and then not for 60 s"}),
		e("silent-1", gremio.AlertAcknowledged{Alert: "silent-1", By: "desk@example.org", At: at}),
		e("BBCL12", gremio.AlertClosed{Alert: "silent-1", By: "worker positions", Reason: "the cart was heard again", At: at}),

		e("rejected-1", gremio.RecordRejected{Worker: "sales", Topic: gremio.TopicSales, Partition: 3, Offset: 1234, Reason: "units: must be 1 to 10000", At: at,
			Key: "BBCL12", Headers: map[string]string{gremio.HeaderType: string(gremio.TypeSaleRecorded)}, Value: []byte(`{"units":0}`)}),
		e("rejected-2", gremio.RecordLeftOut{Worker: "sales", Topic: gremio.TopicSales, Partition: 3, Offset: 1235, Reason: "it is no JSON", At: at,
			Key: "BBCL12", Bytes: 780_000, SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}),
		e("BBCL12", gremio.RequestRejected{Plate: "BBCL12", Dialect: "traccar", Method: "POST", ContentType: "application/json", Bytes: 17,
			SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Fields: []string{"lat=95.5", "lon"}, Reason: "lat must be -90 to 90", At: at}),
	}
}

func saleExample() gremio.Event {
	for _, e := range examples() {
		if e.Type() == gremio.TypeSaleRecorded {
			return e
		}
	}
	panic("no example is a sale")
}

// A golden is a record as it lies on its topic.
type golden struct {
	Topic   gremio.Topic      `json:"topic"`
	Key     string            `json:"key"`
	Headers map[string]string `json:"headers"`
	Value   json.RawMessage   `json:"value"`
}

func goldenFile(name gremio.Type) string {
	return filepath.Join("testdata", "events", string(name)+".json")
}

func headersOf(e gremio.Event) map[string]string {
	headers := map[string]string{}
	for _, h := range e.Headers() {
		headers[h[0]] = h[1]
	}
	return headers
}

func encode(t *testing.T, e gremio.Event) []byte {
	t.Helper()
	value, err := e.Value()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(golden{e.Topic(), e.Subject, headersOf(e), value}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The wire format is frozen: a file of testdata/events that this test no longer
// reads or writes is a topic that nobody can read any more.
func TestEventsOnTheWire(t *testing.T) {
	files := map[string]bool{}
	for _, e := range examples() {
		t.Run(string(e.Type()), func(t *testing.T) {
			name := goldenFile(e.Type())
			if files[name] {
				t.Fatal("there are two examples of this type")
			}
			files[name] = true
			encoded := encode(t, e)
			file, err := os.ReadFile(name)
			if os.IsNotExist(err) && *update {
				file, err = encoded, os.WriteFile(name, encoded, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(file), string(encoded)); diff != "" {
				t.Errorf("the event is written otherwise than in %s, which never changes:\n%s", name, diff)
			}
			var g golden
			if err := json.Unmarshal(file, &g); err != nil {
				t.Fatal(err)
			}
			var value bytes.Buffer
			if err := json.Compact(&value, g.Value); err != nil {
				t.Fatal(err)
			}
			got, err := gremio.Decode(g.Headers, value.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(e, got); diff != "" {
				t.Errorf("%s is read otherwise than it was:\n%s", name, diff)
			}
		})
	}
	for _, name := range gremio.Types() {
		if !files[goldenFile(name)] {
			t.Errorf("type %s has no example", name)
		}
	}
	have, err := filepath.Glob(filepath.Join("testdata", "events", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range have {
		if !files[name] {
			t.Errorf("%s is of no known type", name)
		}
	}
	if len(have) != len(gremio.Types()) {
		t.Errorf("%d files for %d types", len(have), len(gremio.Types()))
	}
}

func TestExamplesSetEveryField(t *testing.T) {
	for _, e := range examples() {
		for _, path := range zeroFields(string(e.Type()), reflect.ValueOf(e.Data)) {
			if !laterThan(e.Type(), path) {
				t.Errorf("%s is not set in the example", path)
			}
		}
		if fields := e.Data.Validate(); len(fields) > 0 {
			t.Errorf("the example of %s is invalid: %v", e.Type(), fields)
		}
	}
}

// laterThan reports whether a report's field came with the second version of its type.
func laterThan(t gremio.Type, path string) bool {
	if t != gremio.TypeDayClosed && t != gremio.TypeDayRevised {
		return false
	}
	name := path[strings.LastIndex(path, ".")+1:]
	return slices.Contains([]string{"NamedShare", "WeekBefore", "Tier", "Tiers", "Places", "Silent", "Late", "LateMore", "Changed"}, name)
}

// zeroFields returns the paths of fields within v that are zero. Of a place one
// half is, and a guild's figures bear no plate.
func zeroFields(path string, v reflect.Value) (zero []string) {
	switch v.Interface().(type) {
	case gremio.Place, time.Time:
		if v.IsZero() {
			return []string{path}
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return []string{path}
		}
		return zeroFields(path, v.Elem())
	case reflect.Slice:
		if v.Len() == 0 {
			return []string{path}
		}
		if v.Type().Elem().Kind() == reflect.Struct {
			return zeroFields(path+"[0]", v.Index(0))
		}
		return nil
	case reflect.Struct:
		for i := range v.NumField() {
			name := path + "." + v.Type().Field(i).Name
			if !strings.HasSuffix(name, ".Guild.Plate") && !strings.HasSuffix(name, ".Guild.Tier") {
				zero = append(zero, zeroFields(name, v.Field(i))...)
			}
		}
		return zero
	}
	if v.IsZero() {
		return []string{path}
	}
	return nil
}

func TestEveryTopicHasItsTypes(t *testing.T) {
	known := map[gremio.Topic]bool{}
	for _, topic := range gremio.Topics() {
		known[topic] = true
	}
	for _, name := range gremio.Types() {
		if !known[name.Topic()] {
			t.Errorf("%s lies on topic %q", name, name.Topic())
		}
		if !regexp.MustCompile(`^gremio\.[a-z_.]+\.v[1-9]$`).MatchString(string(name)) {
			t.Errorf("%s is not named as types are", name)
		}
	}
	if topic := gremio.Type("gremio.cart.sold.v1").Topic(); topic != "" {
		t.Errorf("an unknown type lies on topic %q", topic)
	}
}

func TestDecodeRejects(t *testing.T) {
	sale := headersOf(saleExample())
	const good = `{"plate":"BBCL12","units":3,"time":"2026-11-22T15:04:05Z"}`
	if _, err := gremio.Decode(sale, []byte(good)); err != nil {
		t.Fatal(err)
	}
	without := func(name, value string) map[string]string {
		h := map[string]string{}
		for k, v := range sale {
			h[k] = v
		}
		if h[name] = value; value == "" {
			delete(h, name)
		}
		return h
	}
	for _, test := range []struct {
		what    string
		headers map[string]string
		value   string
		says    string
	}{
		{"no headers", nil, good, gremio.HeaderType},
		{"no type", without(gremio.HeaderType, ""), good, gremio.HeaderType},
		{"an unknown type", without(gremio.HeaderType, "gremio.sale.recorded.v2"), good, "gremio.sale.recorded.v2"},
		{"no id", without(gremio.HeaderID, ""), good, gremio.HeaderID},
		{"no time", without(gremio.HeaderTime, ""), good, gremio.HeaderTime},
		{"a time that is none", without(gremio.HeaderTime, "yesterday"), good, gremio.HeaderTime},
		{"an empty value", sale, ``, "sale.recorded"},
		{"half a value", sale, good[:20], "sale.recorded"},
		{"a value that is no object", sale, `[]`, "sale.recorded"},
		{"units as text", sale, `{"plate":"BBCL12","units":"3","time":"2026-11-22T15:04:05Z"}`, "units"},
		{"no units", sale, `{"plate":"BBCL12","time":"2026-11-22T15:04:05Z"}`, "units"},
		{"too many units", sale, `{"plate":"BBCL12","units":10001,"time":"2026-11-22T15:04:05Z"}`, "units"},
		{"a plate not folded", sale, `{"plate":"bb.cl-12","units":3,"time":"2026-11-22T15:04:05Z"}`, "plate"},
		{"no plate", sale, `{"units":3,"time":"2026-11-22T15:04:05Z"}`, "plate"},
		{"no time of the sale", sale, `{"plate":"BBCL12","units":3}`, "time"},
		{"two places at once", sale, `{"plate":"BBCL12","units":3,"time":"2026-11-22T15:04:05Z","place":{"point":{"lat":1,"lon":2},"grid":{"x":1,"y":2}}}`, "place"},
		{"a place off the earth", sale, `{"plate":"BBCL12","units":3,"time":"2026-11-22T15:04:05Z","place":{"point":{"lat":91,"lon":2}}}`, "place"},
		{"a control character", sale, `{"plate":"BBCL12","units":3,"time":"2026-11-22T15:04:05Z","client":"a\u0000b"}`, "client"},
		{"a negative amount", sale, `{"plate":"BBCL12","units":3,"time":"2026-11-22T15:04:05Z","amount":-1}`, "amount"},
	} {
		_, err := gremio.Decode(test.headers, []byte(test.value))
		switch {
		case err == nil:
			t.Errorf("%s is accepted", test.what)
		case gremio.KindOf(err) != gremio.Invalid:
			t.Errorf("%s: the error is %s, want invalid: %v", test.what, gremio.KindOf(err), err)
		case !strings.Contains(err.Error(), test.says):
			t.Errorf("%s: the error does not name %s: %v", test.what, test.says, err)
		}
	}
}

func TestDecodeNamesEveryWrongField(t *testing.T) {
	headers := headersOf(saleExample())
	_, err := gremio.Decode(headers, []byte(`{"plate":"a b","units":0,"stock":-1,"amount":-1}`))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, field := range []string{"plate", "units", "time", "stock", "amount"} {
		if !strings.Contains(err.Error(), field+":") {
			t.Errorf("%s is not named in %v", field, err)
		}
	}
}

func TestDecodeReadsFieldsOfALaterVersion(t *testing.T) {
	headers := headersOf(saleExample())
	if _, err := gremio.Decode(headers, []byte(`{"plate":"BBCL12","units":3,"time":"2026-11-22T15:04:05Z","weather":"fair"}`)); err != nil {
		t.Errorf("a field that only a later gremio knows: %v", err)
	}
}

func TestIDKey(t *testing.T) {
	sale := gremio.IDKey(gremio.TypeSaleRecorded, "BBCL12", "1")
	for what, other := range map[string]string{
		"another cart's sale":         gremio.IDKey(gremio.TypeSaleRecorded, "BBCL13", "1"),
		"another id":                  gremio.IDKey(gremio.TypeSaleRecorded, "BBCL12", "2"),
		"a sighting":                  gremio.IDKey(gremio.TypeSightingReported, "BBCL12", "1"),
		"another sort without plates": gremio.IDKey(gremio.TypeApplicationSubmitted, "BBCL12", "1"),
	} {
		if other == sale {
			t.Errorf("%s has the key %q too", what, other)
		}
	}
	if a, b := gremio.IDKey(gremio.TypeSightingReported, "", "1"), gremio.IDKey(gremio.TypeSightingReported, "x", "1"); a != b {
		t.Errorf("an id without a plate depends on the subject: %q, %q", a, b)
	}
}

func TestDigestAndDerivedID(t *testing.T) {
	type request struct {
		Units int
		Note  string
	}
	a := gremio.DigestOf(request{3, "x"})
	if a != gremio.DigestOf(request{3, "x"}) {
		t.Error("a repeat has another digest")
	}
	if a == gremio.DigestOf(request{4, "x"}) {
		t.Error("other content has the same digest")
	}
	if first, again := gremio.DerivedID("missed", "a"), gremio.DerivedID("missed", "a"); first != again {
		t.Error("one cause gives two ids")
	}
	seen := map[string]bool{}
	for _, id := range []string{gremio.DerivedID("missed", "a"), gremio.DerivedID("missed", "b"), gremio.DerivedID("raise", "a"), gremio.DerivedID("rais", "ea")} {
		if seen[id] {
			t.Errorf("%s comes from two causes", id)
		}
		seen[id] = true
		if len(id) > gremio.MaxIDRunes {
			t.Errorf("%s is too long for an id", id)
		}
	}
}

// TestGoldenFilesNeverChange keeps a change of the format from taking its golden
// file along: a file's checksum is written down with its first landing. -update
// adds what is missing and changes nothing. A line that has no file any more is
// a version that nothing reads, though the log may hold it for ever.
func TestGoldenFilesNeverChange(t *testing.T) {
	const list = "testdata/events.sha256" // as sha256sum -c reads it
	text, err := os.ReadFile(list)
	if err != nil && !*update {
		t.Fatal(err)
	}
	first := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if sum, name, ok := strings.Cut(strings.TrimSpace(line), "  "); ok {
			first[name] = sum
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "events", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sum := fmt.Sprintf("%x", sha256.Sum256(body))
		switch {
		case first[name] == "" && *update:
			text = fmt.Appendf(text, "%s  %s\n", sum, name)
		case first[name] == "":
			t.Errorf("%s has no line in %s: go test . -run TestGoldenFilesNeverChange -update adds it", name, list)
		case first[name] != sum:
			t.Errorf("%s was changed: logs hold events of the form that it had. A new form is a new version beside it", name)
		}
		delete(first, name)
	}
	for name := range first {
		t.Errorf("%s is gone, and logs may hold events of it for ever", name)
	}
	if *update {
		if err := os.WriteFile(list, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
