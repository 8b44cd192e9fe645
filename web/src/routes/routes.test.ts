import { expect, test } from 'vitest';
import { routeOf, routes } from './routes';

test('every page is found by its own path, with or without a slash behind it', () => {
  for (const [path, route] of Object.entries(routes)) {
    const shown = path.replace(':id', 'a%2Fb');
    expect(routeOf(shown).route, path).toBe(route);
    if (path !== '/') expect(routeOf(`${shown}/`).route, path).toBe(route);
    expect(routeOf(shown).id).toBe(path.includes(':id') ? 'a/b' : '');
  }
});

test('a path that nobody wrote is no page', () => {
  for (const path of ['/nope', '/cuenta/1', '/toString', '/__proto__/x', '/solicitud/a/b', '/solicitud/%E0%A4%A']) {
    expect(routeOf(path).route, path).toBeUndefined();
  }
});
