import type { Page } from '@playwright/test';
import { sideways, sizes, violations } from './axe';
import { expect, test } from './gremio';

async function holds(page: Page, what: string) {
  expect(await violations(page), what).toEqual([]);
  expect(await page.evaluate(sideways), `${what} scrolls sideways`).toBe(0);
}

for (const scheme of ['light', 'dark'] as const) {
  for (const { name, width, height } of sizes) {
    test(`WCAG 2.2 AA of identities: ${scheme}, ${name}`, async ({ gremio, page, browse }) => {
      const nasty = 'pedro.con.un.correo.de.verdad.muy.pero.muy.largo@una-empresa-sopaipillera.example.cl';
      await gremio.post('/v1/users', { email: nasty, name: '<b>Ñ</b>"\'', role: 'vendor', plate: 'BBCL12' });
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height });

      await page.goto(`${gremio.url}/cuenta`);
      await expect(page.getByTestId('sessions-list').getByRole('listitem').first()).toBeVisible();
      await holds(page, 'account');
      await page.getByRole('button', { name: 'Activar segundo paso' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Continuar' }).click();
      await holds(page, 'account, dialog, field wrong');
      await page.getByRole('dialog').getByLabel('Contraseña actual', { exact: true }).fill(gremio.admin.password);
      await page.getByRole('dialog').getByRole('button', { name: 'Continuar' }).click();
      await expect(page.getByTestId('totp-secret')).toBeVisible();
      await holds(page, 'account, second factor');

      await page.goto(`${gremio.url}/personas`);
      await page.getByText('<b>Ñ</b>').click();
      await page.getByTestId('user-menu').click();
      await holds(page, 'people, menu');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: /^Enlace nuevo: <b>/ }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Hacer enlace' }).click();
      const link = await page.getByTestId('secret-value').inputValue();
      await holds(page, 'people, link');
      await page.getByRole('button', { name: 'Invitar a alguien' }).click();
      await page.getByRole('radio', { name: 'Venta' }).check();
      await holds(page, 'people, invitation');

      await page.goto(`${gremio.url}/llaves`);
      await page.getByRole('button', { name: 'Nueva llave de programa' }).click();
      await page.getByLabel('Nombre del programa').fill('Planilla');
      await page.getByLabel('Solo lo que elija aquí').check();
      await page.getByRole('checkbox').first().check();
      await holds(page, 'keys, form');
      await page.getByRole('button', { name: 'Crear llave' }).click();
      await expect(page.getByTestId('secret')).toBeVisible();
      await holds(page, 'keys, secret');

      await page.goto(`${gremio.url}/registro`);
      await expect(page.getByTestId('audit-list').getByRole('listitem').first()).toBeVisible();
      await holds(page, 'audit');

      const stranger = await browse();
      await stranger.emulateMedia({ colorScheme: scheme });
      await stranger.setViewportSize({ width, height });
      await stranger.goto(`${gremio.url}/entrar`);
      await stranger.getByRole('button', { name: 'Entrar', exact: true }).click();
      await holds(stranger, 'sign-in');
      const problem = { contentType: 'application/problem+json', body: '{"errors":[{"location":"body.code"}]}' };
      await stranger.route('**/v1/session', (route) => route.fulfill({ status: 401, ...problem }));
      await stranger.getByLabel('Correo').fill('a@example.cl');
      await stranger.locator('[name=password]').fill('x');
      await stranger.getByRole('button', { name: 'Entrar', exact: true }).click();
      await expect(stranger.getByRole('heading', { level: 1 })).toHaveText('Segundo paso');
      await holds(stranger, 'sign-in, code');
      await stranger.goto(link);
      await stranger.getByRole('button', { name: /entrar$/ }).click();
      await holds(stranger, 'link');
    });
  }
}

test('signing in, the menu and signing out work from the keyboard', async ({ gremio, browse }) => {
  const page = await browse();
  await page.goto(`${gremio.url}/entrar`);
  await expect(page.getByLabel('Correo')).toBeFocused();
  await page.keyboard.type(gremio.admin.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(gremio.admin.password);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${gremio.url}/`);

  await page.goto(`${gremio.url}/cuenta`);
  await page.getByTestId('user-menu').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('menu')).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByTestId('menu').getByRole('link', { name: 'En vivo' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('menu')).toBeHidden();
  await expect(page.getByTestId('user-menu')).toBeFocused();
  await page.keyboard.press('Enter');
  await page.getByTestId('sign-out').focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/entrar$/);
});

test('the pages of identities are in English too', async ({ gremio, page }) => {
  await page.goto(`${gremio.url}/cuenta`);
  await page.getByTestId('lang-switch').click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  const titles = { cuenta: 'My account', personas: 'People', llaves: 'Keys', registro: 'Audit log', entrar: 'Sign in' };
  for (const [path, title] of Object.entries(titles)) {
    await page.goto(`${gremio.url}/${path}`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
    await expect(page).toHaveTitle(`${title} · Gremio`);
  }
});
