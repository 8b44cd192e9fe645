import { words } from '../../i18n';
import { prefs, type Lang } from '../../prefs.svelte';

export const w = words({
  es: {
    title: 'Ajustes',
    loading: 'Cargando…',
    again: 'Probar otra vez',
    readOnly: 'Puedes mirar los ajustes; los cambia quien administra.',
    version: 'Versión {version}',
    version0: 'Los de fábrica: nadie ha cambiado nada.',
    versionWhy: 'Cada decisión anota con qué versión se tomó. Lo que cambies rige desde que lo guardas, no hacia atrás.',
    who: 'Quién cambió qué',
    save: 'Guardar cambios',
    undo: 'Deshacer',
    changesN: '{n} sin guardar',
    change1: '1 sin guardar',
    saved: 'Guardado: ahora rige la versión {version}.',
    savedWhat: 'Cambió:',
    fromTo: '{name}: {from} → {to}',
    others: 'Otra persona también guardó cambios mientras tanto: se muestran los de ahora.',
    wrongSome: 'Hay {n} por corregir.',
    wrong1: 'Hay uno por corregir.',
    refused: 'No se acepta: {why}',
    between: 'Debe estar entre {least} y {most}.',
    notWhole: 'Debe ser un número entero.',
    notNumber: 'Debe ser un número.',
    twice: 'Hay uno repetido.',
    tooMany: 'Son demasiados.',
    threshold: 'No puede ser mayor que la carga inicial: cada reposición pediría la siguiente.',
    clock: 'Debe ser una hora, como 05:30.',
    url: 'Debe ser una dirección que empiece con https:// o http://, o quedar vacía.',
    add: 'Agregar',
    addOf: 'Agregar a {name}',
    remove: 'Quitar',
    removeOf: 'Quitar {name}',
    listEmpty: 'Ninguno.',
    line: '{name}, línea {n}',
    yes: 'sí',
    no: 'no',
    empty: 'vacío',
    equals: '= {what}',
    lat: 'Latitud',
    lon: 'Longitud',
    min_lat: 'Latitud sur',
    max_lat: 'Latitud norte',
    min_lon: 'Longitud oeste',
    max_lon: 'Longitud este',
  },
  en: {
    title: 'Settings',
    loading: 'Loading…',
    again: 'Try again',
    readOnly: 'You may look at the settings; an admin changes them.',
    version: 'Version {version}',
    version0: 'As delivered: nobody has changed anything.',
    versionWhy: 'Each decision notes which version it followed. What you change holds from when you save it, not backwards.',
    who: 'Who changed what',
    save: 'Save changes',
    undo: 'Undo',
    changesN: '{n} not saved',
    change1: '1 not saved',
    saved: 'Saved: version {version} holds now.',
    savedWhat: 'Changed:',
    fromTo: '{name}: {from} → {to}',
    others: 'Somebody else saved changes meanwhile: those of now are shown.',
    wrongSome: '{n} are to be corrected.',
    wrong1: 'One is to be corrected.',
    refused: 'Not accepted: {why}',
    between: 'Must be {least} to {most}.',
    notWhole: 'Must be a whole number.',
    notNumber: 'Must be a number.',
    twice: 'One is there twice.',
    tooMany: 'There are too many.',
    threshold: 'Must not exceed the initial load: every refill would ask for the next.',
    clock: 'Must be a time, such as 05:30.',
    url: 'Must be an address that begins with https:// or http://, or empty.',
    add: 'Add',
    addOf: 'Add to {name}',
    remove: 'Remove',
    removeOf: 'Remove {name}',
    listEmpty: 'None.',
    line: '{name}, line {n}',
    yes: 'yes',
    no: 'no',
    empty: 'empty',
    equals: '= {what}',
    lat: 'Latitude',
    lon: 'Longitude',
    min_lat: 'Southern latitude',
    max_lat: 'Northern latitude',
    min_lon: 'Western longitude',
    max_lon: 'Eastern longitude',
  },
});

type Text = { title: string; help?: string; unit?: string; [choice: `is_${string}`]: string };

const texts: Record<Lang, Record<string, Text>> = {
  es: {
    'group.membership': { title: 'Membresía', help: 'Cómo se decide quién entra al gremio.' },
    'group.shifts': { title: 'Horario y señales' },
    'group.stock': { title: 'Masas y repartos' },
    'group.days': { title: 'El día del gremio' },
    'group.map': { title: 'Mapa' },
    'group.safety': { title: 'Seguridad' },
    'group.more': { title: 'Otros' },
    membership: {
      title: 'Solicitudes sin dudas',
      help: 'Las que tienen alguna duda siempre las decide una persona.',
      is_automatic: 'Se aprueban solas',
      is_review: 'Las revisa una persona',
    },
    confirm_contact: {
      title: 'Contacto que se confirma antes de aprobar',
      help: 'Por correo funciona solo si quien opera gremio configuró los avisos por correo.',
      is_none: 'Ninguno',
      is_email: 'Correo: responde a un mensaje',
      is_phone: 'Teléfono: alguien de la oficina llama',
    },
    antecedents: { title: 'Antecedentes que la oficina marca', help: 'Mientras falte uno, la solicitud espera. Uno por línea.' },
    premium_fee: { title: 'Cuota premium', unit: 'pesos', help: '0: sin cuota. Mientras no se paga, una solicitud premium se decide con las básicas.' },
    permit_alert_days: { title: 'Avisar antes de que venza un permiso', unit: 'días', help: '0: no se avisa.' },
    opens_at: { title: 'Abre', help: 'Fuera del horario no empieza ningún turno.' },
    closes_at: { title: 'Cierra', help: 'Igual a la de apertura: abierto todo el día.' },
    silent_after_seconds: { title: 'Un carrito en turno se da por perdido sin señal por', unit: 'segundos', help: 'Los teléfonos informan cada 20 s: deja al menos 50.' },
    initial_stock: { title: 'Carga inicial de un carrito', unit: 'masas' },
    stock_threshold: { title: 'Pedir reposición con menos de', unit: 'masas' },
    stock_tolerance: { title: 'Diferencia que se acepta al contar', unit: 'masas' },
    delivery_wait_seconds: { title: 'Un reparto con menos de cinco carritos sale después de', unit: 'segundos' },
    auto_confirm_seconds: { title: 'Dar por hecha una parada que nadie confirma después de', unit: 'segundos', help: 'Desde que sale el reparto, o desde que se preparó. 0: nunca.' },
    depot: { title: 'De dónde salen los repartos' },
    depots: { title: 'Bodegas, si hay varias', help: 'Una por línea, así: Bodega Sur: -33.52, -70.66. Cada carrito se repone desde la más cercana.' },
    depot_speed_kmh: { title: 'Velocidad media de un reparto', unit: 'km/h', help: 'En línea recta; con ella se calcula a qué hora llega.' },
    stop_minutes: { title: 'Tiempo en cada parada', unit: 'minutos' },
    day_starts_at: { title: 'El día empieza a las' },
    day_closes_at: { title: 'El día anterior se cierra a las', help: 'Una venta que llega después corrige el informe de ese día.' },
    price: { title: 'Precio de una sopaipilla', unit: 'pesos', help: '0: no se usa. Una venta que trae su monto vale lo que dice.' },
    client_names: {
      title: 'Nombres de los clientes en las ventas',
      help: 'Vale para las ventas que lleguen desde ahora.',
      is_keep: 'Se guardan',
      is_hash: 'Se guarda solo una clave: se sabe que volvió, no quién es',
      is_drop: 'No se guardan',
    },
    sales_retention_days: {
      title: 'Cuánto se guarda cada venta por separado',
      unit: 'días',
      help: '0: siempre. Los totales y los informes se guardan siempre, pero una venta más antigua ya no se puede anular.',
    },
    map_style_url: { title: 'Estilo del mapa de calles', help: 'Vacío: se dibuja el contorno y el navegador no pide nada a otros servidores.' },
    box: { title: 'Dónde un par de coordenadas es un lugar', help: 'Fuera de este rectángulo se toma como cuadrícula del primer cliente.' },
    admin_totp_required: { title: 'Quien administra necesita segundo paso' },
    audit_days: { title: 'Cuánto se guarda el registro de quién hizo qué', unit: 'días' },
  },
  en: {
    'group.membership': { title: 'Membership', help: 'How it is decided who joins the guild.' },
    'group.shifts': { title: 'Hours and signals' },
    'group.stock': { title: 'Dough and deliveries' },
    'group.days': { title: "The guild's day" },
    'group.map': { title: 'Map' },
    'group.safety': { title: 'Safety' },
    'group.more': { title: 'More' },
    membership: {
      title: 'Applications without doubts',
      help: 'A person always decides those with any doubt.',
      is_automatic: 'Are approved by themselves',
      is_review: 'A person looks at them',
    },
    confirm_contact: {
      title: 'Contact that is confirmed before approval',
      help: 'E-mail works only if whoever runs gremio set up notices by e-mail.',
      is_none: 'None',
      is_email: 'E-mail: they answer a message',
      is_phone: 'Phone: somebody of the office calls',
    },
    antecedents: { title: 'Documents and checks that the office ticks', help: 'While one is missing the application waits. One a line.' },
    premium_fee: { title: 'Premium fee', unit: 'pesos', help: '0: no fee. Until it is paid, a premium application is decided with the basic ones.' },
    permit_alert_days: { title: 'Warn before a permit expires', unit: 'days', help: '0: no warning.' },
    opens_at: { title: 'Opens', help: 'No shift starts outside the hours.' },
    closes_at: { title: 'Closes', help: 'Equal to the opening: open all day.' },
    silent_after_seconds: { title: 'A cart on shift is missing without a signal for', unit: 'seconds', help: 'Phones report every 20 s: leave at least 50.' },
    initial_stock: { title: 'Initial load of a cart', unit: 'units of dough' },
    stock_threshold: { title: 'Ask for a refill below', unit: 'units of dough' },
    stock_tolerance: { title: 'Difference that a count may have', unit: 'units of dough' },
    delivery_wait_seconds: { title: 'A delivery for fewer than five carts leaves after', unit: 'seconds' },
    auto_confirm_seconds: { title: 'Take a stop that nobody confirms as done after', unit: 'seconds', help: 'From when the delivery leaves, or else was prepared. 0: never.' },
    depot: { title: 'Where deliveries start' },
    depots: { title: 'Depots, when there are several', help: 'One a line, like: South depot: -33.52, -70.66. Each cart is served from the nearest.' },
    depot_speed_kmh: { title: 'Mean speed of a delivery', unit: 'km/h', help: 'As the crow flies; its stops are expected by it.' },
    stop_minutes: { title: 'Time at each stop', unit: 'minutes' },
    day_starts_at: { title: 'The day begins at' },
    day_closes_at: { title: 'The day before is closed at', help: "A sale that arrives later revises that day's report." },
    price: { title: 'Price of one sopaipilla', unit: 'pesos', help: '0: not used. A sale that names its amount is worth that.' },
    client_names: {
      title: "Clients' names in sales",
      help: 'For the sales that come from now on.',
      is_keep: 'Are kept',
      is_hash: 'Only a key is kept: that somebody came back, not who',
      is_drop: 'Are not kept',
    },
    sales_retention_days: {
      title: 'How long each single sale is kept',
      unit: 'days',
      help: '0: for ever. Totals and reports are always kept, but an older sale cannot be taken back any more.',
    },
    map_style_url: { title: 'Style of the street map', help: 'Empty: the outline is drawn, and the browser asks no other server.' },
    box: { title: 'Where a pair of coordinates is a place', help: "Outside this rectangle it is taken for the first client's grid." },
    admin_totp_required: { title: 'Admins need a second factor' },
    audit_days: { title: 'How long the log of who did what is kept', unit: 'days' },
  },
};

/** The words of a setting or a group; one that is not known is called as the server does. */
export const textOf = (name: string): Text => texts[prefs.lang][name] ?? { title: name.replaceAll('_', ' ') };

export const choiceText = (name: string, choice: string): string => textOf(name)[`is_${choice}`] ?? choice;

const figureNames = ['lat', 'lon', 'min_lat', 'max_lat', 'min_lon', 'max_lon'] as const;
export function figureText(name: string): string {
  const known = figureNames.find((one) => one === name);
  return known ? w(known) : name.replaceAll('_', ' ');
}

/** What the server says is wrong with a setting, in the page's language as far as it is known. */
export function wrongText(message: string): string {
  const range = /must be (-?\d+) to (-?\d+)/.exec(message);
  if (range) return w('between', { least: range[1]!, most: range[2]! });
  if (/exceed initial_stock/.test(message)) return w('threshold');
  if (/same twice/.test(message)) return w('twice');
  if (/are at most/.test(message)) return w('tooMany');
  if (/expected integer/.test(message)) return w('notWhole');
  if (/expected number/.test(message)) return w('notNumber');
  if (/URL, or empty/.test(message)) return w('url');
  if (/clock|HH:MM|time of day/i.test(message)) return w('clock');
  return w('refused', { why: message });
}
