package gremio

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What notices say, in the words of the pages.

var alertTitles = map[AlertKind]string{
	AlertSilent: "Carrito perdido", AlertSighting: "Aviso de agente extraño", AlertUnknownCart: "Carrito desconocido",
	AlertSuspendedCart: "Carrito suspendido", AlertStockMismatch: "Las masas no cuadran", AlertWorkerStopped: "Un proceso se detuvo",
	AlertRejected: "Datos rechazados", "outside_zone": "Fuera de su zona", "impossible_speed": "Velocidad imposible",
	"two_places": "En dos lugares a la vez", "sales_while_silent": "Vende sin dar señal", "sales_burst": "Ventas muy por sobre lo habitual",
	AlertSOS: "Pide ayuda", AlertMocked: "Ubicación inventada", AlertSlowPhone: "Informa muy de tarde en tarde",
	AlertPermit: "Permiso por vencer", AlertDepotShort: "Faltan masas en la bodega",
	"sales_drought": "Ventas muy por debajo de lo habitual", "clock_off": "Reloj muy desajustado", "not_delivered": "Reposición sin entregar",
}

var alertCauses = map[AlertKind]string{
	AlertSilent: "No da señales.", AlertSighting: "Alguien avisó de un carrito extraño o prófugo.",
	AlertUnknownCart:   "Trabaja, pero nadie ha postulado con esta patente.",
	AlertSuspendedCart: "Trabaja, pero su miembro está suspendido. Lo que vende se guarda igual.",
	AlertStockMismatch: "Lo que informa no cuadra con su última cifra menos sus ventas.",
	AlertSOS:           "Quien atiende el carrito pidió ayuda desde su teléfono.", AlertMocked: "El teléfono dice que otra aplicación inventa su ubicación.",
	AlertSlowPhone:  "En la aplicación del teléfono: intervalo 20 s, distancia 0, sin detección de paradas. Mientras tanto se tarda más en saber que el carrito se perdió.",
	AlertDepotShort: "Los repartos preparados piden más masas de las que hay.",
	AlertRejected:   "Hay datos que no se pudieron aplicar. En el terminal: gremio rejected list",
}

var reasonWords = map[string]string{
	ReasonRUTMissing: "falta el RUT", ReasonRUTInvalid: "el RUT no es válido", ReasonRUTRepeated: "el RUT parece inventado",
	ReasonOtherDocument: "hay que revisar el documento", ReasonEmailMissing: "falta el correo", ReasonEmailInvalid: "el correo no es válido",
	ReasonPhoneMissing: "falta el teléfono", ReasonConsentMissing: "falta aceptar que se siga la ubicación del carrito",
	ReasonNameMissing: "falta el nombre o el apellido", ReasonPlateTaken: "otro miembro ya tiene esa patente",
	ReasonMemberAlready: "ese RUT ya es de un miembro", ReasonDuplicate: "ya hay otra solicitud con ese RUT",
	ReasonReview: "el gremio revisa cada solicitud", ReasonSameName: "otra persona se llama igual y tiene otro RUT",
	ReasonEmailUnconfirmed: "falta confirmar el correo", ReasonPhoneUnconfirmed: "el gremio llamará para confirmar el teléfono",
	ReasonAntecedentMissing: "faltan antecedentes",
	ReasonFormerPlate:       "la patente fue de alguien que dejó el gremio", ReasonFormerMember: "ese RUT es de alguien que dejó el gremio",
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
	if a.Kind == AlertPermit {
		cause = permitWords(a.Cause)
	}
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
func NoticeOfDelivery(d DeliveryPreparedV2) Notice {
	n := newNotice(AudienceGuild, NoticeDelivery, d.Delivery, d.PreparedAt)
	n.Title = fmt.Sprintf("Reparto listo: cargar %s", counted(d.TotalUnits, "masa", "masas"))
	if d.Depot != nil && d.Depot.Name != "" {
		n.Title += " en " + d.Depot.Name
	}
	lines := []string{"Reparto " + d.Delivery, fmt.Sprintf("%s, %s km", santiagoWords(d.PreparedAt), tenths(d.Metres/1000))}
	for i, s := range d.Stops {
		line := fmt.Sprintf("%d. %s: %s, %s", i+1, s.Plate, counted(s.Units, "masa", "masas"), placeWords(s.Place))
		if s.AfterSeconds != nil {
			line += fmt.Sprintf(", a %d min de salir", (*s.AfterSeconds+59)/60)
		}
		lines = append(lines, line)
	}
	n.Body = strings.Join(lines, "\n")
	return n
}

// NoticeOfFailedStop tells the guild that a cart still has no dough.
func NoticeOfFailedStop(s StopFailed) Notice {
	n := newNotice(AudienceGuild, NoticeStopFailed, s.Delivery+" "+string(s.Plate), s.FailedAt)
	n.Title = fmt.Sprintf("El carrito %s se quedó sin reponer", s.Plate)
	n.Body = "Vuelve a la cola y saldrá en otro reparto." + because(s.Reason)
	return n
}

// NoticeOfCancelledDelivery tells the guild that nobody comes.
func NoticeOfCancelledDelivery(d DeliveryCancelled) Notice {
	n := newNotice(AudienceGuild, NoticeDeliveryCancelled, d.Delivery, d.At)
	n.Title = "Reparto anulado"
	n.Body = "Reparto " + d.Delivery + ". Los carritos que faltaban vuelven a la cola." + because(d.Reason)
	return n
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return "\nMotivo: " + reason
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
	n.Body = strings.Join(append([]string{"Recibimos tu solicitud. Una persona del gremio la revisará."}, toSee(a.Reasons)...), "\n")
	return n
}

// NoticeOfHeldAgain tells an applicant that something is seen to and what is left;
// id is the decision's.
func NoticeOfHeldAgain(a Application, id string, at time.Time) Notice {
	n := newNotice(AudienceApplicant, NoticeApplicationWaiting, a.ID, at)
	n.ID = DerivedID("notice", NoticeApplicationWaiting+" "+id)
	n.Title = "Tu solicitud al gremio avanza"
	n.Body = strings.Join(append([]string{"Algo cambió en tu solicitud."}, toSee(a.Reasons)...), "\n")
	return n
}

// NoticeOfConfirmation asks an applicant to confirm the e-mail; id is of what
// caused it. Whoever sends it adds the code, which nothing stores.
func NoticeOfConfirmation(a Application, id string, at time.Time) Notice {
	n := newNotice(AudienceApplicant, NoticeApplicationConfirm, a.ID, at)
	n.ID = DerivedID("notice", NoticeApplicationConfirm+" "+id)
	n.Title = "Confirma tu correo"
	lines := []string{"Recibimos tu solicitud al gremio. Para seguir, confirma que este correo es tuyo."}
	if rest := slices.DeleteFunc(slices.Clone(a.Reasons), func(r string) bool { return r == ReasonEmailUnconfirmed }); len(rest) > 0 {
		lines = append(lines, toSee(rest)...)
	}
	n.Body = strings.Join(lines, "\n")
	return n
}

// toSee lists the reasons why an application waits.
func toSee(reasons []string) (lines []string) {
	if len(reasons) > 0 {
		lines = append(lines, "Por ver:")
	}
	for _, r := range reasons {
		lines = append(lines, "- "+orItself(reasonWords, r))
	}
	return lines
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
	n.Body += because(r.Reason)
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
