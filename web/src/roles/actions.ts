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
    event: 'Eventos',
    invitation: 'Invitaciones',
    live: 'Página en vivo',
    member: 'Miembros',
    membership_list: 'Listas mensuales',
    position: 'Ubicaciones',
    rejection: 'Datos rechazados',
    replenishment: 'Reposiciones',
    report: 'Reportes',
    sale: 'Ventas',
    session: 'Sesiones',
    settings: 'Ajustes',
    shift: 'Turnos',
    sighting: 'Avisos',
    statistics: 'Estadísticas',
    stock: 'Masas',
    stock_count: 'Conteos de masas',
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
    event: 'Events',
    invitation: 'Invitations',
    live: 'Live page',
    member: 'Members',
    membership_list: 'Monthly lists',
    position: 'Positions',
    rejection: 'Rejected data',
    replenishment: 'Replenishments',
    report: 'Reports',
    sale: 'Sales',
    session: 'Sessions',
    settings: 'Settings',
    shift: 'Shifts',
    sighting: 'Sightings',
    statistics: 'Statistics',
    stock: 'Stock',
    stock_count: 'Stock counts',
    token: 'Keys',
    track: 'Tracks',
    user: 'People',
  },
};
const verbs = {
  es: {
    accept: 'aceptar',
    add: 'informar',
    change: 'cambiar',
    close: 'cerrar',
    confirm: 'confirmar',
    decide: 'decidir',
    open: 'abrir',
    prepare: 'preparar',
    read: 'leer',
    record: 'registrar',
    report: 'informar',
    submit: 'enviar',
    take: 'informar',
    void: 'anular',
  },
  en: {
    accept: 'accept',
    add: 'report',
    change: 'change',
    close: 'close',
    confirm: 'confirm',
    decide: 'decide',
    open: 'open',
    prepare: 'prepare',
    read: 'read',
    record: 'record',
    report: 'report',
    submit: 'submit',
    take: 'report',
    void: 'void',
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
