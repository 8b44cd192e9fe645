import { sideways, sizes, violations } from './axe';
import { expect, test, type Gremio } from './gremio';

const ago = (s: number) => new Date(Date.now() - s * 1000).toISOString();

/** Three carts: one almost out of dough, one well under way, one that has only counted. */
async function sell(gremio: Gremio) {
  const sale = (id: string, plate: string, units: number) => ({ type: 'sale', id, plate, units, time: ago(60) });
  await gremio.post('/v1/events', [
    sale('a', 'BBCL12', 190),
    sale('b', 'ABCD34', 60),
    { type: 'stock_count', plate: 'CCDD56', units: 200, time: ago(60) },
    ...['BBCL12', 'ABCD34', 'CCDD56'].map((plate, i) => ({ type: 'position', plate, lat: -33.45 - i / 100, lon: -70.65, time: ago(5) })),
  ]);
}

/** That the guild has sold 24 units in every hour of these weekdays, CCDD56 all of them. */
async function history(gremio: Gremio) {
  const sales = [];
  for (const days of [6, 7, 13, 14, 20, 21]) {
    for (let hour = 0; hour < 24; hour++) {
      sales.push({ type: 'sale', id: `h-${days}-${hour}`, plate: 'CCDD56', units: 24, time: ago(86_400 * days + 3600 * (hour - 12)) });
    }
  }
  await gremio.post('/v1/events', sales);
}

test('the board has the emptiest cart first, and the office has a delivery prepared at once', async ({ gremio, page }) => {
  await sell(gremio);
  await page.goto(`${gremio.url}/masas`);
  const carts = page.getByTestId('stock-list').getByRole('listitem');
  await expect(async () => {
    await page.reload();
    await expect(carts).toHaveCount(3, { timeout: 2_000 });
    await expect(page.getByTestId('stock-BBCL12')).toHaveAttribute('data-state', 'waiting', { timeout: 2_000 });
  }).toPass();
  await expect(carts.first()).toContainText('BBCL12');
  await expect(carts.first()).toContainText('10 de 200');
  await expect(page.getByTestId('low')).toHaveText('1');
  await expect(page.getByTestId('waiting')).toHaveText('1');
  await page.getByLabel('Mostrar').selectOption('waiting');
  await expect(carts).toHaveCount(1);
  await expect(page).toHaveURL(/estado=waiting/);
  await page.getByLabel('Mostrar').selectOption('');
  await page.getByLabel('Buscar por patente').fill('ab-cd');
  await expect(carts).toHaveText(/ABCD34/);
  await page.getByLabel('Buscar por patente').fill('');

  await page.getByRole('button', { name: 'Preparar reparto ahora' }).click();
  await expect(page.getByText('Pedido. El reparto aparece en la página en vivo.')).toBeVisible();
  await expect(async () => {
    await page.reload();
    await expect(page.getByTestId('stock-BBCL12')).toHaveAttribute('data-state', 'prepared', { timeout: 2_000 });
  }).toPass();
  await expect(page.getByRole('button', { name: 'Preparar reparto ahora' })).toBeDisabled();
  await expect(page.getByTestId('depots')).toContainText('190');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV para Excel' }).click()]);
  expect(download.suggestedFilename()).toMatch(/^masas.*\.csv$/);
});

test('a cart says when it runs out, from what it sold on these weekdays', async ({ gremio, page }) => {
  await sell(gremio);
  await history(gremio);
  await page.goto(`${gremio.url}/masas`);
  await expect(async () => {
    await page.reload();
    await expect(page.getByTestId('stock-CCDD56')).toContainText(/Se acaban: .*\d\d:\d\d/, { timeout: 2_000 });
  }).toPass();
});

test('a vendor sees the own cart alone, and nothing to prepare', async ({ gremio, browse }) => {
  await sell(gremio);
  const page = await browse(await gremio.person('vendor', 'BBCL12'));
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`${gremio.url}/masas`);
  await expect(page.getByTestId('stock-BBCL12')).toBeVisible();
  await expect(page.locator('body')).not.toContainText('ABCD34');
  await expect(page.getByRole('button', { name: 'Preparar reparto ahora' })).toHaveCount(0);
});

test('a server that is away is told, and what was there stays', async ({ gremio, page }) => {
  await sell(gremio);
  await page.goto(`${gremio.url}/masas`);
  await expect(page.getByTestId('stock-BBCL12')).toBeVisible();
  await page.route('**/v1/stock?**', (route) => route.fulfill({ status: 503, json: { detail: 'the database is away' } }));
  await page.reload();
  await expect(page.getByText('the database is away')).toBeVisible();
  await page.unroute('**/v1/stock?**');
  await page.getByRole('button', { name: 'Probar otra vez' }).click();
  await expect(page.getByTestId('stock-BBCL12')).toBeVisible();
});

for (const scheme of ['light', 'dark'] as const) {
  for (const { name, width, height } of sizes) {
    test(`the board can be used by everyone: ${scheme}, ${name}`, async ({ gremio, page }, info) => {
      await sell(gremio);
      await history(gremio);
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(`${gremio.url}/masas`);
      await expect(page.getByTestId('stock-list').getByRole('listitem')).toHaveCount(3);
      await page.reload();
      await expect(page.getByTestId('stock-list').getByRole('listitem')).toHaveCount(3);
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate(sideways)).toBeLessThanOrEqual(0);
      await page.screenshot({ path: info.outputPath(`masas-${scheme}-${name}.png`), fullPage: true });
    });
  }
}
