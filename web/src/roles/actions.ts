import { words } from '../i18n';

// An action is a noun and a verb, `sale.read`. Those that the server adds later are shown as they are.
const nouns = {
  es: {
    account: 'Cuenta propia',
    alert: 'Alertas',
    application: 'Solicitudes',
    audit: 'Registro',
    cart: 'Carritos',
    cart_token: 'Llaves de carritos',
    delivery: 'Repartos',
    depot: 'Bodegas',
    event: 'Eventos',
    invitation: 'Invitaciones',
    live: 'Página en vivo',
    member: 'Miembros',
    metrics: 'Métricas',
    person: 'Datos personales',
    position: 'Ubicaciones',
    report: 'Reportes',
    sale: 'Ventas',
    session: 'Sesiones',
    settings: 'Ajustes',
    shift: 'Turnos',
    sighting: 'Avisos',
    stock: 'Masas',
    stop: 'Paradas de reparto',
    token: 'Llaves',
    track: 'Recorridos',
    user: 'Personas',
  },
  en: {
    account: 'Own account',
    alert: 'Alerts',
    application: 'Applications',
    audit: 'Audit log',
    cart: 'Carts',
    cart_token: "Carts' keys",
    delivery: 'Deliveries',
    depot: 'Depots',
    event: 'Events',
    invitation: 'Invitations',
    live: 'Live page',
    member: 'Members',
    metrics: 'Metrics',
    person: 'Personal data',
    position: 'Positions',
    report: 'Reports',
    sale: 'Sales',
    session: 'Sessions',
    settings: 'Settings',
    shift: 'Shifts',
    sighting: 'Sightings',
    stock: 'Stock',
    stop: 'Delivery stops',
    token: 'Keys',
    track: 'Tracks',
    user: 'People',
  },
};
const verbs = {
  es: {
    accept: 'aceptar',
    add: 'crear',
    change: 'cambiar',
    check: 'marcar antecedentes',
    close: 'cerrar',
    close_others: 'cerrar las demás',
    confirm: 'confirmar',
    count: 'contar',
    decide: 'decidir',
    drive: 'llevar',
    erase: 'borrar para siempre',
    first: 'primera',
    handle: 'atender',
    invite: 'invitar',
    link: 'enlace nuevo',
    list: 'ver la lista',
    name: 'nombre',
    open: 'abrir',
    password: 'contraseña',
    phone: 'poner en el teléfono',
    prepare: 'preparar',
    read: 'leer',
    record: 'registrar',
    refused: 'intento fallido',
    remove: 'quitar',
    report: 'informar',
    revoke: 'revocar',
    submit: 'enviar',
    take_in: 'recibir',
    totp_off: 'segundo paso quitado',
    totp_on: 'segundo paso activado',
    void: 'anular',
    watch: 'mirar',
  },
  en: {
    accept: 'accept',
    add: 'make',
    change: 'change',
    check: 'tick documents',
    close: 'close',
    close_others: 'close the others',
    confirm: 'confirm',
    count: 'count',
    decide: 'decide',
    drive: 'drive',
    erase: 'erase for ever',
    first: 'first',
    handle: 'take care of',
    invite: 'invite',
    link: 'new link',
    list: 'see the list',
    name: 'name',
    open: 'open',
    password: 'password',
    phone: 'set up the phone',
    prepare: 'prepare',
    read: 'read',
    record: 'record',
    refused: 'refused',
    remove: 'remove',
    report: 'report',
    revoke: 'revoke',
    submit: 'submit',
    take_in: 'take in',
    totp_off: 'second step removed',
    totp_on: 'second step switched on',
    void: 'void',
    watch: 'watch',
  },
};
const noun = words(nouns);
const verb = words(verbs);

const split = (action: string): [string, string] => {
  const dot = action.indexOf('.');
  return dot < 0 ? [action, ''] : [action.slice(0, dot), action.slice(dot + 1)];
};

export const nounText = (name: string) => (name in nouns.es ? noun(name as keyof typeof nouns.es) : name.replaceAll('_', ' '));
export const verbText = (name: string) => (name in verbs.es ? verb(name as keyof typeof verbs.es) : name.replaceAll('_', ' '));

/** An action in words: `Ventas: leer`. */
export function actionText(action: string): string {
  const [name, what] = split(action);
  return what ? `${nounText(name)}: ${verbText(what)}` : nounText(name);
}

/** Actions by noun, nouns in the order of the alphabet, verbs in the server's. */
export function byNoun(actions: string[]): { noun: string; actions: { action: string; verb: string }[] }[] {
  const groups = new Map<string, { action: string; verb: string }[]>();
  for (const action of actions) {
    const [name, what] = split(action);
    groups.set(name, [...(groups.get(name) ?? []), { action, verb: what }]);
  }
  return [...groups]
    .map(([name, found]) => ({ noun: name, actions: found }))
    .sort((a, b) => nounText(a.noun).localeCompare(nounText(b.noun)));
}
