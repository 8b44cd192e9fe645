import { sideways, sizes, violations } from './axe';
import { expect, type Gremio, test } from './gremio';

async function fill(gremio: Gremio) {
  await gremio.settings({ opens_at: '00:00', closes_at: '00:00' });
  await gremio.post('/v1/positions', { plate: 'BBCL12', lat: -33.45, lon: -70.66, battery: 0.1, speed: 1 });
  await gremio.post('/ubicacion', { Patente: 7, Ubicacion: [20, 95] });
  await gremio.post('/v1/sales', { plate: 'BBCL12', client: 'El "Guatón" Pérez', units: 3, amount: 1500 });
  await gremio.post('/v1/sightings', { lat: -33.46, lon: -70.65, note: 'frente al metro' });
  const person = { Nombre: 'Ana', Apellido: 'Soto', Rut: '1-1', Correo: 'x', Patente: 7, Registro: 'Basico' };
  await gremio.post('/registro_miembro', person);
}

for (const scheme of ['light', 'dark'] as const) {
  for (const { name, width, height } of sizes) {
    test(`WCAG 2.2 AA: ${scheme}, ${name}`, async ({ gremio, page }) => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height });
      await page.goto(gremio.url);
      await expect(page.getByTestId('map')).toHaveAttribute('data-ready', 'true', { timeout: 30_000 });
      await expect(page.locator('html')).toHaveAttribute('data-theme', scheme);
      expect(await violations(page), 'empty').toEqual([]);

      await fill(gremio);
      await expect(page.getByTestId('map')).toHaveAttribute('data-carts', '1');
      await expect(page.getByTestId('applications-list').getByRole('button').first()).toBeVisible();
      await expect(page.getByTestId('sales-list')).toContainText('Guatón');
      await page.getByTestId('cart-BBCL12').getByRole('button').click();
      await expect(page.getByTestId('map-card')).toBeVisible();
      expect(await violations(page), 'full').toEqual([]);

      await page.getByTestId('applications-list').getByRole('button', { name: /^Rechazar/ }).click();
      expect(await violations(page), 'dialog').toEqual([]);
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toHaveCount(0);
      await expect(page.getByRole('button', { name: /^Rechazar/ })).toBeFocused();

      expect(await page.evaluate(sideways), 'scrolls sideways').toBe(0);

      await page.goto(`${gremio.url}/components`);
      await page.getByRole('button', { name: 'Toast ✕' }).click();
      expect(await violations(page), 'components').toEqual([]);
      expect(await page.evaluate(sideways), 'components scroll sideways').toBe(0);
    });
  }
}

test('language and theme are switched, remembered and said', async ({ gremio, page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(gremio.url);
  const html = page.locator('html');
  await expect(html).toHaveAttribute('lang', 'es-CL');
  await expect(html).toHaveAttribute('data-theme', 'light');

  await page.getByTestId('lang-switch').click();
  await expect(html).toHaveAttribute('lang', 'en');
  await expect(page.getByRole('heading', { name: /^Open alerts/ })).toBeVisible();
  await page.getByTestId('theme-switch').click(); // system, then light
  await page.getByTestId('theme-switch').click(); // then dark
  await expect(html).toHaveAttribute('data-theme', 'dark');

  await page.reload();
  await expect(html).toHaveAttribute('lang', 'en');
  await expect(html).toHaveAttribute('data-theme', 'dark');
  await page.getByTestId('lang-switch').click();
  await expect(html).toHaveAttribute('lang', 'es-CL');
});

test('the whole page works from the keyboard', async ({ gremio, page }) => {
  await fill(gremio);
  await page.goto(gremio.url);
  await expect(page.getByTestId('cart-BBCL12')).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Saltar al contenido' })).toBeFocused();

  await page.getByRole('tab', { name: /^Todos/ }).focus();
  await page.keyboard.press('End');
  await expect(page.getByRole('tab', { name: /^Fuera de turno/ })).toBeFocused();
  await expect(page.getByTestId('cart-BBCL12')).toHaveCount(0);
  await page.keyboard.press('Home');
  await page.getByTestId('cart-BBCL12').getByRole('button').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('map-card')).toContainText('BBCL12');
});
