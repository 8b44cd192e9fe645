import { sideways, sizes, violations } from './axe';
import { expect, test, type Gremio } from './gremio';

const zone = 'America/Santiago';
const dayOf = (at: number) => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(at);
const daysAgo = (n: number) => Date.now() - n * 86_400_000;

/** Two carts that sold today, yesterday, a week ago and over a month; Ana comes often. */
async function sell(gremio: Gremio) {
  const sales = [];
  for (let ago = 0; ago < 30; ago++) {
    for (const [plate, units] of [['BBCL12', 3], ['ABCD34', 5]] as const) {
      const time = new Date(daysAgo(ago) - 1_000).toISOString();
      sales.push({ type: 'sale', id: `s-${ago}`, plate, units: units + (ago % 4), time, amount: 500 * units, ...(ago % 3 === 0 && { client: 'Ana Rojas' }) });
    }
  }
  await gremio.post('/v1/events', sales);
}

test("a day's figures stand beside those of the week before, on the page and in its files", async ({ gremio, page }) => {
  await sell(gremio);
  await page.goto(`${gremio.url}/ventas`);
  await expect(page.getByTestId('today-sales')).toHaveText('2');
  await expect(page.getByTestId('today-units')).toHaveText('8');
  await expect(page.getByTestId('week-ago')).toContainText('14 unidades en 2 ventas');
  await expect(page.getByText('100 % de las ventas dice quién compró')).toBeVisible();
  await expect(page.getByTestId('frequent')).toContainText('Ana Rojas');
  await expect(page.getByTestId('hours').getByRole('img')).toHaveAccessibleName(/Unidades por hora: \d\d:00, 8/);

  await page.getByRole('link', { name: 'Informe de ayer' }).click();
  await expect(page).toHaveURL(`${gremio.url}/cierre/${dayOf(daysAgo(1))}`);
  await expect(page.getByTestId('guild-units')).toHaveText('10');
  await expect(page.getByTestId('vendor-BBCL12')).toContainText('$1.500');
  const own = page.getByTestId('frequent').locator('details').filter({ hasText: 'BBCL12' });
  await own.locator('summary').press('Enter');
  await expect(own).toContainText('Ana Rojas');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV para Excel' }).click()]);
  expect(download.suggestedFilename()).toBe(`ventas-${dayOf(daysAgo(1))}.csv`);
  await page.getByRole('button', { name: 'Día anterior' }).click();
  await expect(page.getByTestId('guild-units')).toHaveText('12');
  await page.goBack();
  await expect(page.getByTestId('guild-units')).toHaveText('10');
});

test('a revision says what it changed, and the one before stays readable', async ({ gremio, page }) => {
  const vendor = (plate: string, units: number) => ({ plate, sales: 1, units, named_sales: 0, named_units: 0, clients: 0, frequent_clients: [] });
  await page.route('**/v1/reports/daily/2026-01-05**', (route) => {
    const second = !route.request().url().includes('revision=1');
    const guild = vendor('', second ? 12 : 8);
    return route.fulfill({
      json: { day: '2026-01-05', revision: second ? 2 : 1, complete: true, closed_at: '2026-01-06T06:00:00Z', vendors: [vendor('AA11', second ? 7 : 3), vendor('BB22', 5)], guild },
    });
  });
  await page.goto(`${gremio.url}/cierre/2026-01-05`);
  await expect(page.getByTestId('changed')).toContainText('AA11');
  await expect(page.getByTestId('changed')).toContainText('+4');
  await expect(page.getByTestId('changed')).not.toContainText('BB22');
  await page.getByLabel('Revisión', { exact: true }).selectOption('1');
  await expect(page.getByTestId('guild-units')).toHaveText('8');
  await expect(page.getByTestId('changed')).toHaveCount(0);
});

test('statistics follow what is asked for, and the address keeps it', async ({ gremio, page }) => {
  await sell(gremio);
  await page.goto(`${gremio.url}/estadisticas`);
  await expect(page.getByTestId('sums-sales')).toHaveText('60');
  await page.getByLabel('Por', { exact: true }).selectOption('vendor');
  await expect(page.getByTestId('chart').getByRole('rowheader')).toHaveText(['ABCD34', 'BBCL12']);
  await page.getByLabel('Patente').fill('bbcl12');
  await page.getByLabel('Patente').press('Enter');
  await expect(page.getByTestId('sums-sales')).toHaveText('30');
  await page.reload();
  await expect(page.getByTestId('sums-sales')).toHaveText('30');
  await page.getByLabel('Hasta').fill('2020-01-31');
  await page.getByLabel('Desde').fill('2020-01-01');
  await expect(page.getByText('No hay ventas en esos días.')).toBeVisible();
});

test('a vendor sees the own figures alone', async ({ gremio, browse }) => {
  await sell(gremio);
  const page = await browse(await gremio.person('vendor', 'BBCL12'));
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`${gremio.url}/ventas`);
  await expect(page.getByTestId('today-units')).toHaveText('3');
  await expect(page.getByTestId('vendors')).toHaveCount(0);
  await page.goto(`${gremio.url}/estadisticas`);
  await expect(page.getByTestId('sums-sales')).toHaveText('30');
  await expect(page.getByLabel('Patente')).toHaveCount(0);
  await expect(page.locator('body')).not.toContainText('ABCD34');
});

for (const scheme of ['light', 'dark'] as const) {
  for (const { name, width, height } of sizes) {
    test(`figures can be used by everyone: ${scheme}, ${name}`, async ({ gremio, page }, info) => {
      await sell(gremio);
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: scheme });
      for (const [path, ready] of [['/ventas', 'hours'], [`/cierre/${dayOf(daysAgo(1))}`, 'vendors'], ['/estadisticas', 'chart']] as const) {
        await page.goto(gremio.url + path);
        await expect(page.getByTestId(ready)).toBeVisible();
        expect(await violations(page), path).toEqual([]);
        expect(await page.evaluate(sideways), path).toBeLessThanOrEqual(0);
        await page.screenshot({ path: info.outputPath(`${path.split('/')[1]}-${scheme}-${name}.png`), fullPage: true });
      }
      if (name === 'laptop' && scheme === 'light') {
        await page.goto(`${gremio.url}/cierre/${dayOf(daysAgo(1))}`);
        await expect(page.getByTestId('vendors')).toBeVisible();
        await page.emulateMedia({ media: 'print' });
        await expect(page.getByRole('button', { name: 'Imprimir' })).toBeHidden();
        await expect(page.getByText(/^Impreso el/)).toBeVisible();
        await page.screenshot({ path: info.outputPath('print.png'), fullPage: true });
      }
    });
  }
}
