package httpapi

// phoneWords are the words of the page that says how a phone is set up, and how it
// is done by hand in each app, before its address.
type phoneWords struct {
	Lang, Title, Heading, Lead, Install, Scan, TurnOn, Others, Choose, Get, Open, Always, Secret string
	How                                                                                          map[string]string
}

var phoneSpanish = phoneWords{
	Lang: "es", Title: "configurar el teléfono", Heading: "Falta un paso",
	Lead:    "Con Traccar Client, la aplicación que informa dónde está tu carrito, este código se lee desde ella y no con la cámara.",
	Install: "Instala Traccar Client", Scan: "En la aplicación toca «Cambiar ajustes», luego el ícono del código QR arriba, y lee el mismo código.",
	TurnOn: "Vuelve atrás y enciende «Seguimiento continuo».",
	Others: "Otra aplicación", Choose: "Si ya usas otra, ábrela aquí en el teléfono del carrito. El botón la deja lista; si no funciona, se escribe a mano.",
	Get: "Obtener", Open: "Configurar", Always: "Permite la ubicación «todo el tiempo» y que la aplicación funcione con la pantalla apagada.",
	Secret: "No compartas esta dirección: quien la tiene puede informar por tu carrito.",
	How: map[string]string{
		"Traccar Client": "A mano: «Dirección del servidor» como abajo, precisión alta, distancia 0, intervalo 20; en avanzados, latido 20 y detección de paradas apagada.",
		"OwnTracks":      "A mano: Preferencias, Conexión, modo HTTP, y como host o URL la dirección de abajo. Modo de monitoreo «Mover», sin clave de cifrado. Permite la configuración remota y los comandos.",
		"Overland":       "A mano: Ajustes, «Receiver Endpoint», la dirección de abajo. Seguimiento «Both», intervalo de envío 10 s, sin pausa automática.",
		"GPSLogger":      "A mano: «Registro a URL personalizada» con la dirección de abajo, método GET. Intervalo 20 s, distancia 0.",
		"Colota":         "A mano: Ajustes, servidor, la dirección de abajo, plantilla «Custom», método POST. Intervalo 20 s, distancia 0, envío inmediato.",
		"OsmAnd":         "Complemento «Grabación de viajes», «Seguimiento en línea»: la dirección de abajo tal cual, intervalo 20 s o menos. Hay que estar grabando un viaje.",
		"µlogger":        "Ajustes: dirección del servidor como abajo; usuario y contraseña pueden ser cualquiera. Intervalo mínimo 20 s, distancia mínima 0, sincronización en vivo.",
	},
}

var phoneEnglish = phoneWords{
	Lang: "en", Title: "set up the phone", Heading: "One step is missing",
	Lead:    "With Traccar Client, the app that tells where your cart is, this code is read from within the app and not with the camera.",
	Install: "Install Traccar Client", Scan: "In the app touch “Change settings”, then the QR icon above, and scan the same code.",
	TurnOn: "Go back and turn on “Continuous tracking”.",
	Others: "Another app", Choose: "If you use another one already, open it here on the phone of the cart. The button sets it up; if that does not work, do it by hand.",
	Get: "Get", Open: "Set up", Always: "Allow the location “all the time”, and allow the app to run while the screen is off.",
	Secret: "Do not share this address: whoever has it can report for your cart.",
	How: map[string]string{
		"Traccar Client": "By hand: “Server URL” as below, accuracy high, distance 0, interval 20; under advanced, heartbeat 20 and stop detection off.",
		"OwnTracks":      "By hand: Preferences, Connection, mode HTTP, and as host or URL the address below. Monitoring mode “Move”, no encryption key. Allow remote configuration and commands.",
		"Overland":       "By hand: Settings, “Receiver Endpoint”, the address below. Tracking “Both”, send interval 10 s, no automatic pausing.",
		"GPSLogger":      "By hand: “Log to custom URL” with the address below, method GET. Interval 20 s, distance 0.",
		"Colota":         "By hand: Settings, server, the address below, template “Custom”, method POST. Interval 20 s, distance 0, instant sync.",
		"OsmAnd":         "Plugin “Trip recording”, “Online tracking”: the address below as it is, interval 20 s or less. A trip must be recording.",
		"µlogger":        "Settings: server address as below; user and password may be anything. Minimum interval 20 s, minimum distance 0, live synchronisation.",
	},
}
