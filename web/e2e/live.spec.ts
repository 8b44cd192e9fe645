import { expect, test } from './gremio';

const openAllDay = { opens_at: '00:00', closes_at: '00:00' };

test('a sale and a position show without a reload', async ({ gremio, page }) => {
  await gremio.settings(openAllDay);
  await page.goto(gremio.url);
  await expect(page.getByTestId('connection')).toHaveAttribute('data-state', 'live');
  await expect(page.getByTestId('totals-sales')).toHaveText('0');
  await expect(page.getByTestId('map')).toHaveAttribute('data-ready', 'true', { timeout: 30_000 });
  await expect(page.getByTestId('map')).toHaveAttribute('data-carts', '0');
  await expect(page.getByTestId('alerts-list')).toContainText('No hay alertas');
  await page.evaluate(() => Object.assign(window, { same: true }));

  await gremio.post('/v1/positions', { plate: 'BBCL12', lat: -33.45, lon: -70.66, battery: 0.8 });
  await expect(page.getByTestId('map')).toHaveAttribute('data-carts', '1');
  await expect(page.getByTestId('cart-BBCL12')).toHaveAttribute('data-state', 'live');

  await gremio.post('/v1/sales', { plate: 'BBCL12', client: 'Señora Rosa', units: 3 });
  await expect(page.getByTestId('totals-sales')).toHaveText('1');
  await expect(page.getByTestId('totals-units')).toHaveText('3');
  await expect(page.getByTestId('sales-list')).toContainText('Señora Rosa');
  expect(await page.evaluate(() => 'same' in window)).toBe(true);
});

test('a silent cart leaves the map, is listed missing and raises an alert that can be closed', async ({
  gremio,
  page,
}) => {
  await gremio.settings({ ...openAllDay, silent_after_seconds: 5 });
  await page.goto(gremio.url);
  await expect(page.getByTestId('map')).toHaveAttribute('data-ready', 'true', { timeout: 30_000 });
  await gremio.post('/v1/positions', { plate: 'ABCD34', lat: -33.44, lon: -70.65 });
  await expect(page.getByTestId('map')).toHaveAttribute('data-carts', '1');

  const limit = { timeout: 40_000 };
  await expect(page.getByTestId('cart-ABCD34')).toHaveAttribute('data-state', 'missing', limit);
  await expect(page.getByTestId('cart-ABCD34')).toContainText('Perdido');
  await expect(page.getByTestId('map')).toHaveAttribute('data-carts', '0');
  const alert = page.getByTestId('alerts-list').locator('[data-kind="silent"]');
  await expect(alert).toHaveCount(1);
  await expect(alert).toContainText('ABCD34');
  await expect(page).toHaveTitle(/^\([1-9]/);

  await alert.getByRole('button', { name: /^Tomar/ }).click();
  await expect(alert).toHaveAttribute('data-state', 'acknowledged');
  await alert.getByRole('button', { name: /^Cerrar/ }).click();
  await expect(alert).toHaveCount(0);
});

test("the first client's four requests appear, nasty names as text", async ({ gremio, page }) => {
  const nasty = ["'); DROP TABLE sales;--", 'El "Guatón" Pérez', '<img src=x onerror="document.title=1">'];
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => dialogs.push(dialog.message()));
  await gremio.settings(openAllDay);
  await page.goto(gremio.url);
  await expect(page.getByTestId('grid-panel')).toHaveCount(0);

  const applicant = { Nombre: '<b>Ana</b>', Apellido: 'Ñúñez', Rut: '12345678-4', Correo: 'ana@example.cl' };
  await gremio.post('/registro_miembro', { ...applicant, Patente: 1, Registro: 'Premium' });
  await gremio.post('/ubicacion', { Patente: 1, Ubicacion: [20, 95] });
  for (const [i, Cliente] of nasty.entries()) {
    await gremio.post('/registro_venta', { Patente: 1, Cliente, CantSopaipillas: i + 1, Hora: '12:30', Stock: 50 });
  }
  await gremio.post('/agente_extranio', { Ubicacion: [7, 8] });

  const application = page.getByTestId('applications-list').locator('li[data-state="waiting"]').first();
  await expect(application).toContainText('<b>Ana</b> Ñúñez');
  await expect(application).toContainText('Premium');
  await expect(application).toContainText('RUT');
  for (const name of nasty) {
    await expect(page.getByTestId('sales-list').getByText(name, { exact: true })).toBeVisible();
  }
  await expect(page.getByTestId('sales-list').locator('img')).toHaveCount(0);
  await expect(page.getByTestId('grid-panel').getByTestId('grid-cart-1')).toContainText('20, 95');
  await expect(page.getByTestId('cart-1')).toHaveAttribute('data-state', 'live');
  await expect(page.getByTestId('sightings-list')).toContainText('Plano 7, 8');
  expect(dialogs).toEqual([]);
});

test('no request leaves the server', async ({ gremio, page }) => {
  const strangers: string[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(gremio.url) && !/^(data|blob):/.test(url)) strangers.push(url);
  });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(gremio.url);
  await expect(page.getByTestId('map')).toHaveAttribute('data-ready', 'true', { timeout: 30_000 });
  await page.getByRole('button', { name: 'Acercar' }).click();
  await page.goto(`${gremio.url}/components`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Componentes');
  expect(strangers).toEqual([]);
  expect(complaints).toEqual([]);
});

test('a lost server is seen at once, and its return too', async ({ gremio, page }) => {
  await page.goto(gremio.url);
  const connection = page.getByTestId('connection');
  await expect(connection).toHaveAttribute('data-state', 'live');
  await page.evaluate(() => Object.assign(window, { same: true }));

  await gremio.kill();
  await expect(connection).toHaveAttribute('data-state', 'stale');
  await expect(page.getByTestId('stale-bar')).toContainText('Sin conexión, reintentando');

  await gremio.up();
  await expect(connection).toHaveAttribute('data-state', 'live', { timeout: 30_000 });
  await expect(page.getByTestId('stale-bar')).toHaveCount(0);
  expect(await page.evaluate(() => 'same' in window)).toBe(true);
});

test('an act that fails says so and can be tried again', async ({ gremio, page }) => {
  await gremio.settings(openAllDay);
  await gremio.post('/v1/sightings', { lat: -33.45, lon: -70.66, note: 'sin patente' });
  await page.goto(gremio.url);
  const alert = page.getByTestId('alerts-list').locator('[data-kind="sighting"]').first();
  await page.route('**/v1/alerts/**', (route) =>
    route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"detail":"the log is away"}' }),
  );
  await alert.getByRole('button', { name: /^Tomar/ }).click();
  await expect(alert.getByRole('alert')).toContainText('no alcanzó a registrarlo');
  await page.unroute('**/v1/alerts/**');
  await alert.getByRole('button', { name: /^Tomar/ }).click();
  await expect(alert).toHaveAttribute('data-state', 'acknowledged');
});
