import { expect, test } from 'vitest';
import { changesOf, draftOf, fieldsOf, valueOf, wrongOf, type Draft } from './fields';

const settings = {
  version: 3,
  membership: 'automatic',
  antecedents: ['Carnet'],
  premium_fee: 0,
  opens_at: '05:00',
  depot: { lat: -33.4489, lon: -70.6693 },
  admin_totp_required: false,
  new_limit: 7,
  new_words: ['a'],
  new_thing: { deep: { x: 1 } },
};
const fields = fieldsOf(settings);
const drafts = (): Record<string, Draft> =>
  Object.fromEntries(fields.map(({ name, kind }) => [name, draftOf(kind, settings[name as keyof typeof settings])]));

test('a setting that nobody foresaw is shown by what its value is, the version never', () => {
  const kinds = Object.fromEntries(fields.map(({ name, kind }) => [name, kind]));
  expect(kinds).toMatchObject({ new_limit: 'int', new_words: 'list', new_thing: 'json', depot: 'figures' });
  expect(kinds).not.toHaveProperty('version');
  expect(fields[0]!.name).toBe('membership');
});

test('what was not touched is not sent, whatever its kind', () => {
  expect(changesOf(fields, settings, drafts())).toEqual({});
});

test('what changed is sent, in the form that the server stores', () => {
  const all = drafts();
  all.premium_fee = ' $25.000 ';
  all.antecedents = ['Carnet', ' ', ' Residencia '];
  all.depot = { lat: '−33,5', lon: '-70.6693' };
  all.admin_totp_required = true;
  all.new_limit = '8';
  expect(changesOf(fields, settings, all)).toEqual({
    premium_fee: 25000,
    antecedents: ['Carnet', 'Residencia'],
    depot: { lat: -33.5, lon: -70.6693 },
    admin_totp_required: true,
    new_limit: 8,
  });
});

test('depots are lines of a name and a place', () => {
  const depots = [{ name: 'Bodega: Sur', lat: -33.52, lon: -70.66 }];
  expect(draftOf('places', depots)).toEqual(['Bodega: Sur: -33.52, -70.66']);
  expect(valueOf('places', draftOf('places', depots))).toEqual(depots);
  expect(valueOf('places', ['Norte: -33.4 -70.6', ' '])).toEqual([{ name: 'Norte', lat: -33.4, lon: -70.6 }]);
  expect(valueOf('places', ['Norte'])).toEqual([{ name: 'Norte', lat: '', lon: '' }]);
});

test('what is no figure goes as it was typed, so that the server says what is wrong with it', () => {
  expect(valueOf('int', 'doce')).toBe('doce');
  expect(valueOf('int', '')).toBe('');
  expect(valueOf('json', '{')).toBe('{');
});

test("the server's wrong fields stand beside their setting, parts beside the whole", () => {
  expect(
    wrongOf([
      { location: 'body.depot.lat', message: 'a' },
      { location: 'body.depot.lon', message: 'b' },
      { location: 'body.audit_days', message: 'c' },
      { location: 'path.id', message: 'd' },
    ]),
  ).toEqual({ depot: 'a; b', audit_days: 'c' });
});
