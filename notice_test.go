package gremio

import (
	"strings"
	"testing"
	"time"
)

func TestNoticeTexts(t *testing.T) {
	at := time.Date(2026, 11, 22, 15, 4, 0, 0, time.UTC)
	plate := Plate("ABCD12")
	takings, seconds := int64(1234500), 61
	here := &Place{Point: &Point{Lat: -33.45, Lon: -70.66}}
	for _, test := range []struct {
		got                     Notice
		kind, about, title, say string
	}{
		{NoticeOfAlert(AlertRaised{Alert: "silent-1", Kind: AlertSilent, Plate: &plate, Place: here, RaisedAt: at, Cause: "english"}),
			"alert", "silent-1", "Carrito perdido ABCD12",
			"No da señales.\nLugar: https://www.openstreetmap.org/?mlat=-33.45000&mlon=-70.66000#map=17/-33.45000/-70.66000\nHora: 22-11-2026 12:04"},
		{NoticeOfAlert(AlertRaised{Alert: "x-1", Kind: "brand_new", Place: &Place{Grid: &Grid{X: 3, Y: 7}}, RaisedAt: at, Cause: "what only a newer gremio knows"}),
			"alert", "x-1", "Alerta: brand new", "what only a newer gremio knows\nLugar: cuadrícula 3, 7\nHora: 22-11-2026 12:04"},
		{NoticeOfAlert(PermitAlert("", plate, PermitWarned{MemberAct: MemberAct{At: at}, Kind: PermitMunicipal, ExpiresOn: "2026-12-22", Alert: "p-1"}).Data.(AlertRaised)),
			"alert", "p-1", "Permiso por vencer ABCD12", "El permiso municipal del carrito ABCD12 vence el 22-12-2026.\nHora: 22-11-2026 12:04"},
		{NoticeOfAlert(PermitAlert("", "", PermitWarned{MemberAct: MemberAct{Member: "member-1", At: at}, Kind: PermitSanitary, ExpiresOn: "2026-11-21", Alert: "p-2"}).Data.(AlertRaised)),
			"alert", "p-2", "Permiso por vencer", "La resolución sanitaria del miembro member-1 venció el 21-11-2026.\nHora: 22-11-2026 12:04"},
		{NoticeOfDelivery(DeliveryPrepared{Delivery: "delivery-1", PreparedAt: at, Metres: 12345, TotalUnits: 191,
			Stops: []Stop{{Plate: "A", Units: 190, Place: here}, {Plate: "B", Units: 1}}}.V2()),
			"delivery", "delivery-1", "Reparto listo: cargar 191 masas",
			"Reparto delivery-1\n22-11-2026 12:04, 12,3 km\n1. A: 190 masas, https://www.openstreetmap.org/?mlat=-33.45000&mlon=-70.66000#map=17/-33.45000/-70.66000\n2. B: 1 masa, ubicación desconocida"},
		{NoticeOfDelivery(DeliveryPreparedV2{Delivery: "delivery-2", Depot: &Depot{Name: "Bodega Sur"}, PreparedAt: at, TotalUnits: 1,
			Stops: []PlannedStop{{Stop: Stop{Plate: "A", Units: 1}, AfterSeconds: &seconds}}}),
			"delivery", "delivery-2", "Reparto listo: cargar 1 masa en Bodega Sur",
			"Reparto delivery-2\n22-11-2026 12:04, 0,0 km\n1. A: 1 masa, ubicación desconocida, a 2 min de salir"},
		{NoticeOfFailedStop(StopFailed{Delivery: "delivery-1", Plate: "A", FailedAt: at, Reason: "no había nadie"}),
			"stop_failed", "delivery-1 A", "El carrito A se quedó sin reponer", "Vuelve a la cola y saldrá en otro reparto.\nMotivo: no había nadie"},
		{NoticeOfCancelledDelivery(DeliveryCancelled{DeliveryAct: DeliveryAct{Delivery: "delivery-1", At: at}}),
			"delivery_cancelled", "delivery-1", "Reparto anulado", "Reparto delivery-1. Los carritos que faltaban vuelven a la cola."},
		{NoticeOfDay(DailyReport{Day: "2026-11-22", Complete: true, Vendors: make([]VendorDay, 3), Guild: VendorDay{Sales: 1200, Units: 4321, Clients: 1, Takings: &takings}}, at),
			"day", "2026-11-22", "Día cerrado: 2026-11-22", "1.200 ventas, 4.321 sopaipillas, 1 cliente con nombre\nRecaudado: $1.234.500\n3 carritos vendieron"},
		{NoticeOfDay(DailyReport{Day: "2026-11-22"}, at),
			"day", "2026-11-22", "Día cerrado: 2026-11-22", "0 ventas, 0 sopaipillas, 0 clientes con nombre\n0 carritos vendieron\nIncompleto: aún había ventas por contar."},
		{NoticeOfWaiting(Application{ID: "a", Personal: Personal{GivenName: "Ana", Email: "ana@example.cl"}, Reasons: []string{ReasonPhoneMissing, "a_new_reason"}, SubmittedAt: at}),
			"application_waiting", "a", "Recibimos tu solicitud al gremio",
			"Recibimos tu solicitud. Una persona del gremio la revisará.\nPor ver:\n- falta el teléfono\n- a_new_reason"},
		{NoticeOfApproval(ApplicationApproved{Application: "a", Plate: plate, At: at}),
			"application_approved", "a", "Tu solicitud fue aprobada", "Ya eres parte del gremio. La patente de tu carrito es ABCD12."},
		{NoticeOfRejection(ApplicationRejected{Application: "a", Reason: "falta el carné", At: at}),
			"application_rejected", "a", "Tu solicitud no fue aprobada", "El gremio no aprobó tu solicitud.\nMotivo: falta el carné"},
	} {
		n := test.got
		if n.Kind != test.kind || n.About != test.about || n.Title != test.title || n.Body != test.say {
			t.Errorf("got %+v\nwant title %q, body %q", n, test.title, test.say)
		}
		applicant := strings.HasPrefix(test.kind, "application")
		if applicant != (n.Audience == AudienceApplicant) || n.ID != DerivedID("notice", test.kind+" "+test.about) {
			t.Errorf("%s goes to %s under %s", n.Kind, n.Audience, n.ID)
		}
	}
}

// Every kind of alert and every reason that the code knows has its words.
func TestNoticeWordsAreWhole(t *testing.T) {
	for _, kind := range []AlertKind{AlertSilent, AlertSighting, AlertUnknownCart, AlertStockMismatch, AlertWorkerStopped, AlertRejected, AlertSOS, AlertMocked, AlertSlowPhone, AlertPermit, AlertSuspendedCart, AlertDepotShort} {
		if alertTitles[kind] == "" {
			t.Errorf("no title for alerts of kind %s", kind)
		}
	}
	for _, reason := range []string{ReasonRUTMissing, ReasonRUTInvalid, ReasonRUTRepeated, ReasonOtherDocument, ReasonEmailMissing, ReasonEmailInvalid,
		ReasonPhoneMissing, ReasonConsentMissing, ReasonNameMissing, ReasonPlateTaken, ReasonMemberAlready, ReasonDuplicate, ReasonReview} {
		if reasonWords[reason] == "" {
			t.Errorf("no words for reason %s", reason)
		}
	}
}
