import { expect, test } from './gremio';

const openAllDay = { opens_at: '00:00', closes_at: '00:00' };

test('a reader sees the figures, changes nothing, and has no page of people', async ({ gremio, browse }) => {
  await gremio.settings(openAllDay);
  await gremio.post('/v1/positions', { plate: 'BBCL12', lat: -33.45, lon: -70.66 });
  await gremio.post('/v1/sightings', { lat: -33.45, lon: -70.66, note: 'frente al metro' });
  const page = await browse(await gremio.person('reader'));
  await page.goto(gremio.url);
  await expect(page.getByTestId('alerts-list').locator('[data-kind="sighting"]')).toBeVisible();
  await expect(page.getByTestId('cart-BBCL12')).toBeVisible();
  await expect(page.getByTestId('totals-sales')).toHaveText('0');
  await expect(page.getByTestId('alerts-list').getByRole('button', { name: /^(Tomar|Cerrar)/ })).toHaveCount(0);
  await expect(page.getByTestId('applications-list')).toHaveCount(0);

  await page.getByTestId('user-menu').click();
  const menu = page.getByTestId('menu');
  await expect(menu).toContainText('Lectura');
  await expect(menu.getByRole('link')).toHaveText(['En vivo', 'Ventas de hoy', 'Informe del día', 'Estadísticas', 'Masas', 'Ajustes', 'Mi cuenta']);
  for (const path of ['/personas', '/llaves', '/registro', '/solicitudes', '/miembros', '/nomina']) {
    await page.goto(gremio.url + path);
    await expect(page.getByText('Tu rol no incluye esta página.')).toBeVisible();
  }
});

test('a driver sees carts and deliveries alone', async ({ gremio, browse }) => {
  await gremio.settings(openAllDay);
  await gremio.post('/v1/positions', { plate: 'BBCL12', lat: -33.45, lon: -70.66 });
  await gremio.post('/v1/sales', { plate: 'BBCL12', units: 3 });
  const page = await browse(await gremio.person('driver'));
  await page.goto(gremio.url);
  await expect(page.getByTestId('cart-BBCL12')).toBeVisible();
  await expect(page.getByTestId('deliveries-list')).toBeVisible();
  await expect(page.getByTestId('map')).toHaveAttribute('data-carts', '1', { timeout: 30_000 });
  for (const hidden of ['alerts-list', 'sightings-list', 'sales-list', 'applications-list', 'totals-sales']) {
    await expect(page.getByTestId(hidden)).toHaveCount(0);
  }
  await expect(page).toHaveTitle('Gremio: en vivo');
});

test('a vendor sees the own cart alone', async ({ gremio, browse }) => {
  await gremio.settings(openAllDay);
  for (const plate of ['BBCL12', 'ABCD34']) await gremio.post('/v1/positions', { plate, lat: -33.45, lon: -70.66 });
  const page = await browse(await gremio.person('vendor', 'BBCL12'));
  await page.goto(gremio.url);
  await expect(page.getByTestId('cart-BBCL12')).toBeVisible();
  await expect(page.getByTestId('connection')).toHaveAttribute('data-state', 'live');
  await expect(page.getByTestId('cart-ABCD34')).toHaveCount(0);
  await expect(page.getByTestId('sales-list')).toHaveCount(0);
  await expect(page.getByTestId('totals-sales')).toHaveCount(0);
});

test('a role that is changed counts at once, in an open page too', async ({ gremio, page, browse }) => {
  await gremio.settings(openAllDay);
  await gremio.post('/v1/sightings', { lat: -33.45, lon: -70.66 });
  const reader = await gremio.person('reader');
  const theirs = await browse(reader);
  await theirs.goto(gremio.url);
  const take = theirs.getByTestId('alerts-list').getByRole('button', { name: /^Tomar/ });
  await expect(theirs.getByTestId('alerts-list').locator('[data-kind="sighting"]')).toBeVisible();
  await expect(take).toHaveCount(0);

  await page.goto(`${gremio.url}/personas`);
  await page.getByTestId(reader.id).locator('summary').click();
  await page.getByRole('button', { name: `Cambiar a ${reader.name}` }).click();
  await page.getByRole('dialog').getByRole('radio', { name: 'Central' }).check();
  await page.getByRole('dialog').getByRole('button', { name: 'Guardar' }).click();
  await expect(page.getByTestId(reader.id)).toContainText('Central');
  await expect(take).toBeVisible();
});

test("a program's token has its scopes, is shown once and revoked", async ({ gremio, page, request }) => {
  await page.goto(`${gremio.url}/llaves`);
  await page.getByRole('button', { name: 'Nueva llave de programa' }).click();
  await page.getByRole('button', { name: 'Crear llave' }).click();
  await expect(page.getByText('Ponle un nombre.')).toBeVisible();
  await page.getByLabel('Nombre del programa').fill('Planilla');
  await page.getByLabel('Solo lo que elija aquí').check();
  await page.getByRole('checkbox', { name: 'leer sale.read' }).check();
  await page.getByRole('button', { name: 'Crear llave' }).click();
  const token = await page.getByTestId('secret-value').inputValue();
  await page.getByRole('button', { name: 'Listo, ya lo guardé' }).click();
  await expect(page.locator('body')).not.toContainText(token);

  const status = async (path: string) =>
    (await request.get(gremio.url + path, { headers: { Authorization: `Bearer ${token}` } })).status();
  expect(await status('/v1/sales')).toBe(200);
  expect(await status('/v1/alerts')).toBe(403);
  await expect(page.getByTestId('programs-list')).toContainText('Ventas: leer');
  await page.getByRole('button', { name: 'Revocar la llave de Planilla' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revocar' }).click();
  await expect(page.getByTestId('programs-list')).toContainText('Ningún programa tiene llave');
  await expect.poll(() => status('/v1/sales'), { timeout: 6_000 }).toBe(401);
});

test("a cart's token is given by its plate, and the office can do it without the list", async ({ gremio, browse }) => {
  await gremio.post('/v1/positions', { plate: 'BBCL12', lat: -33.45, lon: -70.66 });
  const page = await browse(await gremio.person('office'));
  await page.goto(`${gremio.url}/llaves`);
  await expect(page.getByTestId('programs-list')).toHaveCount(0);
  await page.getByRole('button', { name: 'Dar llave a un carrito' }).click();
  await page.getByRole('dialog').getByLabel('Patente').fill('bb.cl-12');
  await page.getByRole('dialog').getByRole('button', { name: 'Dar llave' }).click();
  await expect(page.getByRole('heading', { name: 'Llave de BBCL12' })).toBeVisible();
  expect((await page.getByTestId('secret-value').inputValue()).length).toBeGreaterThan(20);
});

test('the audit log says who did what, and is filtered', async ({ gremio, page }) => {
  const desk = await gremio.person('desk');
  await page.goto(`${gremio.url}/registro`);
  const list = page.getByTestId('audit-list');
  await expect(list.locator('[data-action="user.invite"]')).toContainText(desk.name);
  await page.getByLabel('Quién').selectOption({ label: desk.name });
  await page.getByRole('button', { name: 'Filtrar', exact: true }).click();
  await expect(page).toHaveURL(/\?actor=user-/);
  await expect(list.locator('[data-action="invitation.accept"]')).toHaveCount(1);
  await expect(list.locator('[data-action="user.invite"]')).toHaveCount(0);
  await page.reload();
  await expect(page.getByLabel('Quién')).toHaveValue(desk.id);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Bajar como CSV' }).click();
  expect((await download).url()).toContain(desk.id);
  await page.goBack();
  await expect(list.locator('[data-action="user.invite"]')).toHaveCount(1);
});
