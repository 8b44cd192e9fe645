package watch

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// words are what one language says. Spanish is the guild's own.
type words struct {
	carts, alerts, sightings, deliveries, none   string
	plate, state, place, speed, battery, heard   string
	live, connecting, lost, again, ago, waiting  string
	today, standing, grid, perSale, more, before string

	sales, units, clients, doughs [2]string            // one, many
	states                        map[string][3]string // of a cart: name, one counted, many counted
	kinds                         map[string]string    // of an alert
	steps                         map[string]string    // of a delivery
	weekdays                      [7]string
	months                        [12]string
	thousands, decimal            string
}

var spanish = words{
	carts: "CARRITOS", alerts: "ALERTAS", sightings: "AVISOS DE AGENTE EXTRAÑO", deliveries: "REPARTOS", none: "nada por ahora",
	plate: "patente", state: "estado", place: "lugar", speed: "rapidez", battery: "batería", heard: "oído hace",
	live: "en vivo", connecting: "conectando…", lost: "sin conexión", again: "otra vez en", ago: "hace %s", waiting: "esperando los datos…", today: "hoy",
	standing: "detenido", grid: "cuadrícula %g, %g", perSale: "%s por venta", more: "… y %d más", before: "… %d antes",
	sales: [2]string{"venta", "ventas"}, units: [2]string{"sopaipilla", "sopaipillas"}, clients: [2]string{"cliente", "clientes"}, doughs: [2]string{"masa", "masas"},
	states: map[string][3]string{
		"missing": {"perdido", "perdido", "perdidos"}, "quiet": {"callado", "callado", "callados"},
		"live": {"activo", "activo", "activos"}, "off_shift": {"fuera de turno", "fuera de turno", "fuera de turno"},
	},
	kinds: map[string]string{
		"silent": "carrito perdido", "sighting": "agente extraño", "unknown_cart": "patente desconocida", "suspended_cart": "carrito suspendido",
		"outside_zone": "fuera de su zona", "impossible_speed": "rapidez imposible", "two_places": "en dos lugares",
		"sales_while_silent": "vende sin ubicación", "stock_mismatch": "masas no cuadran", "burst": "ventas de golpe",
		"drought": "sin ventas", "clock": "reloj errado", "not_delivered": "reposición atrasada",
		"worker_stopped": "proceso detenido", "sos": "pide ayuda", "mocked": "ubicación inventada", "slow_phone": "informa de tarde en tarde", "permit_expires": "permiso por vencer", "rejected": "dato rechazado",
	},
	steps: map[string]string{
		"prepared": "preparado", "loaded": "cargado", "left": "en camino", "done": "listo", "cancelled": "anulado",
	},
	weekdays:  [7]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
	months:    [12]string{"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"},
	thousands: ".", decimal: ",",
}

var english = words{
	carts: "CARTS", alerts: "ALERTS", sightings: "SIGHTINGS", deliveries: "DELIVERIES", none: "nothing now",
	plate: "plate", state: "state", place: "place", speed: "speed", battery: "battery", heard: "heard ago",
	live: "live", connecting: "connecting…", lost: "no connection", again: "again in", ago: "%s ago", waiting: "waiting for data…", today: "today",
	standing: "standing", grid: "grid %g, %g", perSale: "%s a sale", more: "… and %d more", before: "… %d before",
	sales: [2]string{"sale", "sales"}, units: [2]string{"sopaipilla", "sopaipillas"}, clients: [2]string{"client", "clients"}, doughs: [2]string{"unit", "units"},
	states: map[string][3]string{
		"missing": {"missing", "missing", "missing"}, "quiet": {"quiet", "quiet", "quiet"},
		"live": {"live", "live", "live"}, "off_shift": {"off shift", "off shift", "off shift"},
	},
	kinds: map[string]string{
		"silent": "missing cart", "sighting": "strange agent", "unknown_cart": "unknown plate", "suspended_cart": "suspended cart",
		"stock_mismatch": "stock mismatch", "burst": "burst of sales", "drought": "no sales", "clock": "clock far off",
		"not_delivered": "not delivered", "worker_stopped": "worker stopped", "sos": "asks for help", "mocked": "invented place", "slow_phone": "reports too seldom", "permit_expires": "permit expiring", "rejected": "data rejected",
	},
	steps: map[string]string{
		"prepared": "prepared", "loaded": "loaded", "left": "on its way", "done": "done", "cancelled": "cancelled",
	},
	weekdays:  [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	months:    [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	thousands: ",", decimal: ".",
}

func wordsOf(lang string) *words {
	if strings.HasPrefix(strings.ToLower(lang), "en") {
		return &english
	}
	return &spanish
}

// name is a word of the protocol in the language, or itself, made readable, when
// a later server knows more than this screen.
func name(known map[string]string, word string) string {
	if s, ok := known[word]; ok {
		return s
	}
	return clean(strings.ReplaceAll(word, "_", " "))
}

func (w *words) stateName(state string) string {
	if s, ok := w.states[state]; ok {
		return s[0]
	}
	return name(nil, state)
}

func (w *words) number(n int) string {
	s := strconv.Itoa(max(n, -n))
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + w.thousands + s[i:]
	}
	if n < 0 {
		return "-" + s
	}
	return s
}

// counted is a number and what it counts.
func (w *words) counted(n int, what [2]string) string {
	if n == 1 {
		return "1 " + what[0]
	}
	return w.number(n) + " " + what[1]
}

// tenths is a number with one digit after the point.
func (w *words) tenths(x float64) string {
	return strings.Replace(strconv.FormatFloat(x, 'f', 1, 64), ".", w.decimal, 1)
}

// span is a length of time in its largest unit.
func (w *words) span(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return w.number(int(d.Hours()/24)) + " d"
}

// date is "sábado 22 nov", or with the English order "Saturday 22 Nov".
func (w *words) date(t time.Time) string {
	return fmt.Sprintf("%s %d %s", w.weekdays[t.Weekday()], t.Day(), w.months[t.Month()-1])
}
