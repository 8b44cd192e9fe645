package gremio

import (
	"fmt"
	"strings"
	"time"
)

// What notices say, in the words of the pages.

var alertTitles = map[AlertKind]string{
	AlertSilent: "Carrito perdido", AlertSighting: "Aviso de agente extraño", AlertUnknownCart: "Carrito desconocido",
	"suspended_cart": "Carrito suspendido", AlertStockMismatch: "Las masas no cuadran", AlertWorkerStopped: "Un proceso se detuvo",
	AlertRejected: "Datos rechazados", "outside_zone": "Fuera de su zona", "impossible_speed": "Velocidad imposible",
	"two_places": "En dos lugares a la vez", "sales_while_silent": "Vende sin dar señal", "sales_burst": "Ventas muy por sobre lo habitual",
	"sales_drought": "Ventas muy por debajo de lo habitual", "clock_off": "Reloj muy desajustado", "not_delivered": "Reposición sin entregar",
}

var alertCauses = map[AlertKind]string{
	AlertSilent: "No da señales.", AlertSighting: "Alguien avisó de un carrito extraño o prófugo.",
	AlertUnknownCart:   "Trabaja, pero nadie ha postulado con esta patente.",
	AlertStockMismatch: "Lo que informa no cuadra con su última cifra menos sus ventas.",
	AlertRejected:      "Hay datos que no se pudieron aplicar. En el terminal: gremio rejected list",
}

var reasonWords = map[string]string{
	ReasonRUTMissing: "falta el RUT", ReasonRUTInvalid: "el RUT no es válido", ReasonRUTRepeated: "el RUT parece inventado",
	ReasonOtherDocument: "hay que revisar el documento", ReasonEmailMissing: "falta el correo", ReasonEmailInvalid: "el correo no es válido",
	ReasonPhoneMissing: "falta el teléfono", ReasonConsentMissing: "falta aceptar que se siga la ubicación del carrito",
	ReasonNameMissing: "falta el nombre o el apellido", ReasonPlateTaken: "otro miembro ya tiene esa patente",
	ReasonMemberAlready: "ese RUT ya es de un miembro", ReasonDuplicate: "ya hay otra solicitud con ese RUT",
	ReasonReview: "el gremio revisa cada solicitud",
}

// NoticeOfAlert tells the guild that an alert was raised.
func NoticeOfAlert(a AlertRaised) Notice {
	n := newNotice(AudienceGuild, NoticeAlert, a.Alert, a.RaisedAt)
	n.Title = alertTitles[a.Kind]
	if n.Title == "" {
		n.Title = "Alerta: " + strings.ReplaceAll(string(a.Kind), "_", " ")
	}
	if a.Plate != nil {
		n.Title += " " + string(*a.Plate)
	}
	cause := alertCauses[a.Kind]
	if cause == "" {
		cause = a.Cause
	}
	lines := []string{cause}
	if a.Place != nil {
		lines = append(lines, "Lugar: "+placeWords(a.Place))
	}
	n.Body = strings.Join(append(lines, "Hora: "+santiagoWords(a.RaisedAt)), "\n")
	return n
}

// NoticeOfDelivery tells the guild what to load and where to bring it.
func NoticeOfDelivery(d DeliveryPrepared) Notice {
	n := newNotice(AudienceGuild, NoticeDelivery, d.Delivery, d.PreparedAt)
	n.Title = fmt.Sprintf("Reparto listo: cargar %s", counted(d.TotalUnits, "masa", "masas"))
	lines := []string{"Reparto " + d.Delivery, fmt.Sprintf("%s, %s km", santiagoWords(d.PreparedAt), tenths(d.Metres/1000))}
	for i, s := range d.Stops {
		lines = append(lines, fmt.Sprintf("%d. %s: %s, %s", i+1, s.Plate, counted(s.Units, "masa", "masas"), placeWords(s.Place)))
	}
	n.Body = strings.Join(lines, "\n")
	return n
}

// NoticeOfDay tells the guild the totals of a day that was closed.
func NoticeOfDay(r DailyReport, at time.Time) Notice {
	n := newNotice(AudienceGuild, NoticeDay, string(r.Day), at)
	n.Title = "Día cerrado: " + string(r.Day)
	g := r.Guild
	lines := []string{counted(g.Sales, "venta", "ventas") + ", " + counted(g.Units, "sopaipilla", "sopaipillas") + ", " +
		counted(g.Clients, "cliente con nombre", "clientes con nombre")}
	if g.Takings != nil {
		lines = append(lines, "Recaudado: $"+grouped(*g.Takings))
	}
	lines = append(lines, counted(len(r.Vendors), "carrito vendió", "carritos vendieron"))
	if !r.Complete {
		lines = append(lines, "Incompleto: aún había ventas por contar.")
	}
	n.Body = strings.Join(lines, "\n")
	return n
}

// NoticeOfWaiting tells an applicant that the application came and what it waits for.
func NoticeOfWaiting(a Application) Notice {
	n := newNotice(AudienceApplicant, NoticeApplicationWaiting, a.ID, a.SubmittedAt)
	n.Title = "Recibimos tu solicitud al gremio"
	lines := []string{"Recibimos tu solicitud. Una persona del gremio la revisará."}
	if len(a.Reasons) > 0 {
		lines = append(lines, "Por ver:")
	}
	for _, r := range a.Reasons {
		lines = append(lines, "- "+orItself(reasonWords, r))
	}
	n.Body = strings.Join(lines, "\n")
	return n
}

// NoticeOfApproval tells an applicant that the guild has a new member.
func NoticeOfApproval(a ApplicationApproved) Notice {
	n := newNotice(AudienceApplicant, NoticeApplicationApproved, a.Application, a.At)
	n.Title = "Tu solicitud fue aprobada"
	n.Body = fmt.Sprintf("Ya eres parte del gremio. La patente de tu carrito es %s.", a.Plate)
	return n
}

// NoticeOfRejection tells an applicant no, and why.
func NoticeOfRejection(r ApplicationRejected) Notice {
	n := newNotice(AudienceApplicant, NoticeApplicationRejected, r.Application, r.At)
	n.Title = "Tu solicitud no fue aprobada"
	n.Body = "El gremio no aprobó tu solicitud."
	if r.Reason != "" {
		n.Body += "\nMotivo: " + r.Reason
	}
	return n
}

func orItself(words map[string]string, s string) string {
	if w, ok := words[s]; ok {
		return w
	}
	return s
}

func placeWords(p *Place) string {
	switch {
	case p != nil && p.Point != nil:
		return fmt.Sprintf("https://www.openstreetmap.org/?mlat=%.5f&mlon=%.5f#map=17/%.5f/%.5f", p.Point.Lat, p.Point.Lon, p.Point.Lat, p.Point.Lon)
	case p != nil && p.Grid != nil:
		return fmt.Sprintf("cuadrícula %g, %g", p.Grid.X, p.Grid.Y)
	}
	return "ubicación desconocida"
}

func santiagoWords(t time.Time) string { return t.In(Santiago()).Format("02-01-2006 15:04") }

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(int64(n)) + " " + many
}

// grouped writes a number with the points of Spanish.
func grouped(n int64) string {
	s := fmt.Sprint(max(n, -n))
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	if n < 0 {
		return "-" + s
	}
	return s
}

func tenths(x float64) string { return strings.Replace(fmt.Sprintf("%.1f", x), ".", ",", 1) }
