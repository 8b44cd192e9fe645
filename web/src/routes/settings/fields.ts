// The settings as the page knows them: in which group, of which kind. What the server has beside
// these is shown by the kind of its value, so that no setting is ever out of reach.

export type Kind = 'int' | 'seconds' | 'days' | 'units' | 'pesos' | 'clock' | 'text' | 'switch' | 'choice' | 'list' | 'places' | 'figures' | 'json';
export type Group = 'membership' | 'shifts' | 'stock' | 'days' | 'map' | 'safety' | 'more';

export type FieldInfo = { name: string; group: Group; kind: Kind; choices?: string[] };

const known: FieldInfo[] = [
  { name: 'membership', group: 'membership', kind: 'choice', choices: ['automatic', 'review'] },
  { name: 'confirm_contact', group: 'membership', kind: 'choice', choices: ['none', 'email', 'phone'] },
  { name: 'antecedents', group: 'membership', kind: 'list' },
  { name: 'premium_fee', group: 'membership', kind: 'pesos' },
  { name: 'permit_alert_days', group: 'membership', kind: 'days' },
  { name: 'opens_at', group: 'shifts', kind: 'clock' },
  { name: 'closes_at', group: 'shifts', kind: 'clock' },
  { name: 'silent_after_seconds', group: 'shifts', kind: 'seconds' },
  { name: 'initial_stock', group: 'stock', kind: 'units' },
  { name: 'stock_threshold', group: 'stock', kind: 'units' },
  { name: 'stock_tolerance', group: 'stock', kind: 'units' },
  { name: 'delivery_wait_seconds', group: 'stock', kind: 'seconds' },
  { name: 'auto_confirm_seconds', group: 'stock', kind: 'seconds' },
  { name: 'depot', group: 'stock', kind: 'figures' },
  { name: 'depots', group: 'stock', kind: 'places' },
  { name: 'depot_speed_kmh', group: 'stock', kind: 'int' },
  { name: 'stop_minutes', group: 'stock', kind: 'int' },
  { name: 'day_starts_at', group: 'days', kind: 'clock' },
  { name: 'day_closes_at', group: 'days', kind: 'clock' },
  { name: 'price', group: 'days', kind: 'pesos' },
  { name: 'client_names', group: 'days', kind: 'choice', choices: ['keep', 'hash', 'drop'] },
  { name: 'sales_retention_days', group: 'days', kind: 'days' },
  { name: 'map_style_url', group: 'map', kind: 'text' },
  { name: 'box', group: 'map', kind: 'figures' },
  { name: 'admin_totp_required', group: 'safety', kind: 'switch' },
  { name: 'audit_days', group: 'safety', kind: 'days' },
];
export const groups: Group[] = ['membership', 'shifts', 'stock', 'days', 'map', 'safety', 'more'];

/** Every setting that the server has, those that are known in their order, then the others. */
export function fieldsOf(settings: Record<string, unknown>): FieldInfo[] {
  const there = known.filter(({ name }) => name in settings);
  const names = new Set(there.map(({ name }) => name));
  const others = Object.keys(settings).filter((name) => name !== 'version' && name !== '$schema' && !names.has(name));
  return [...there, ...others.sort().map((name): FieldInfo => ({ name, group: 'more', kind: kindOf(settings[name]) }))];
}

function kindOf(value: unknown): Kind {
  if (typeof value === 'boolean') return 'switch';
  if (typeof value === 'number') return 'int';
  if (typeof value === 'string') return 'text';
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return 'list';
  const parts = value && typeof value === 'object' ? Object.values(value) : [];
  return parts.length > 0 && parts.every((one) => typeof one === 'number') ? 'figures' : 'json';
}

/** What is typed: a text, a tick, lines, or figures by their name. */
export type Draft = string | boolean | string[] | Record<string, string>;

const isWhole = (kind: Kind) => ['int', 'seconds', 'days', 'units', 'pesos'].includes(kind);

export function draftOf(kind: Kind, value: unknown): Draft {
  if (kind === 'switch') return value === true;
  if (kind === 'list') return Array.isArray(value) ? value.map(String) : [];
  if (kind === 'places') return Array.isArray(value) ? value.map(({ name, lat, lon }) => `${name}: ${lat}, ${lon}`) : [];
  if (kind === 'figures') return Object.fromEntries(Object.entries(value as object).map(([name, figure]) => [name, String(figure)]));
  return kind === 'json' ? JSON.stringify(value) : String(value ?? '');
}

/** A figure as people type it; a text that is none stays, for the server to refuse beside the field. */
function figure(text: string): number | string {
  const plain = text.trim().replace(/^[−–]/, '-').replace(',', '.');
  return plain !== '' && Number.isFinite(Number(plain)) ? Number(plain) : text.trim();
}

/** A place of a line `name: lat, lon`; what cannot be read stays, for the server to refuse. */
function place(line: string) {
  const [, name = line, lat = '', lon = ''] = /^(.*):([^:]*?)[,;\s]+([^,;\s:]+)\s*$/.exec(line) ?? [];
  return { name: name.trim(), lat: figure(lat), lon: figure(lon) };
}

export function valueOf(kind: Kind, draft: Draft): unknown {
  if (typeof draft === 'boolean') return draft;
  if (Array.isArray(draft) && kind === 'places') return draft.filter((line) => line.trim()).map(place);
  if (Array.isArray(draft)) return draft.map((one) => one.trim()).filter(Boolean);
  if (typeof draft === 'object') return Object.fromEntries(Object.entries(draft).map(([name, text]) => [name, figure(text)]));
  if (kind === 'pesos') return figure(draft.replace(/[$.\s]/g, ''));
  if (isWhole(kind)) return figure(draft);
  if (kind !== 'json') return draft.trim();
  try {
    return JSON.parse(draft);
  } catch {
    return draft;
  }
}

const same = (a: unknown, b: unknown) => a === b || JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
const sorted = (value: unknown): unknown =>
  value && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : value;

/** What to send: the settings whose drafts say something else than the server did. */
export function changesOf(fields: FieldInfo[], settings: Record<string, unknown>, drafts: Record<string, Draft>): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const { name, kind } of fields) {
    const draft = drafts[name];
    if (draft === undefined) continue;
    const value = valueOf(kind, draft);
    if (!same(value, settings[name])) changes[name] = value;
  }
  return changes;
}

/** What the server says is wrong, by setting; what it says of a part is of the whole. */
export function wrongOf(errors: { location?: string; message?: string }[] | undefined): Record<string, string> {
  const wrong: Record<string, string> = {};
  for (const { location = '', message = '' } of errors ?? []) {
    const name = /^body\.(\w+)/.exec(location)?.[1];
    if (name) wrong[name] = [wrong[name], message].filter(Boolean).join('; ');
  }
  return wrong;
}
