import type { Page } from '@playwright/test';
import { sideways, violations } from './axe';
import { expect, test } from './gremio';
import { scanned } from './qr';

const phone = { width: 360, height: 640 };

/** A person whose data passes every check of the form. */
async function fill(page: Page, plate = 'BBCL12') {
  await page.getByLabel('Nombre', { exact: true }).fill('Rosa');
  await page.getByLabel('Apellidos').fill('Soto Peña');
  await page.getByLabel('RUT', { exact: true }).fill('12.345.678-5');
  await page.getByLabel('Teléfono').fill('9 1234 5678');
  await page.getByLabel('Correo').fill('rosa@correo.cl');
  await page.getByLabel('Patente del carrito').fill(plate);
  await consent(page);
}

/** Marks what is needed, once its text is there. */
async function consent(page: Page) {
  const needed = page.locator('[name="consent.tracking"]');
  await expect(needed.or(page.getByRole('button', { name: 'Cargar los textos' }))).toBeVisible();
  if (await needed.isVisible()) await needed.check();
}

const send = (page: Page) => page.getByRole('button', { name: 'Enviar mi solicitud' }).click();

test('from an application on a phone to a cart on the map, through the office, by what the QR contains', async ({
  gremio,
  browse,
}) => {
  // The guild looks at every application, and no cart is out of its hours.
  await gremio.settings({ membership: 'review', opens_at: '00:00', closes_at: '00:00' });

  const applicant = await browse();
  await applicant.setViewportSize(phone);
  await applicant.goto(`${gremio.url}/entrar`);
  await applicant.getByRole('link', { name: 'Postular al gremio' }).click();
  await fill(applicant);
  await send(applicant);
  await expect(applicant.getByRole('heading', { name: 'Recibimos tu solicitud' })).toBeVisible();
  await applicant.getByRole('link', { name: 'Ver mi solicitud' }).click();
  await expect(applicant).toHaveURL(/\/solicitud\/[^?#]+#token=[^&]+$/);
  await expect(applicant.getByTestId('steps')).toHaveAttribute('data-state', 'waiting');

  // The second screen: the office.
  const office = await browse(await gremio.person('office'));
  await office.goto(gremio.url);
  await office.getByTestId('applications-list').getByRole('button', { name: /^Aprobar a Rosa/ }).click();

  // The phone follows without being touched.
  await expect(applicant.getByTestId('steps')).toHaveAttribute('data-state', 'approved', { timeout: 20_000 });
  await applicant.getByRole('button', { name: 'Preparar mi teléfono' }).click();
  const code = applicant.getByTestId('qr');
  await code.scrollIntoViewIfNeeded();
  await expect(applicant.getByTestId('phone-setup')).toContainText('solo existe en su propio computador');
  const address = new URL(await scanned(code));
  expect(address.origin).toBe(gremio.url);

  // Traccar Client sends its query to the address that it was set up with.
  const fix = new URL(address.pathname, address);
  fix.search = new URLSearchParams({
    id: address.searchParams.get('id') ?? '',
    timestamp: String(Math.floor(Date.now() / 1000)),
    lat: '-33.4372',
    lon: '-70.6506',
    speed: '0.0',
    accuracy: '5.0',
    batt: '87.0',
  }).toString();
  const answer = await fetch(fix, { method: 'POST' });
  expect(answer.status).toBe(200);

  await expect(office.getByTestId('cart-BBCL12')).toBeVisible();
  await expect(office.getByTestId('cart-BBCL12')).toContainText('Activo');
  await expect(office.getByTestId('map')).toHaveAttribute('data-carts', '1', { timeout: 30_000 });
});

test('every wrong field is said at once, and the first has the focus', async ({ gremio, browse }) => {
  const page = await browse();
  await page.setViewportSize({ width: 320, height: 568 });
  await page.goto(`${gremio.url}/postular`);
  await fill(page);
  await page.getByLabel('RUT', { exact: true }).fill('12345678-4');
  await expect(page.getByText('no calza con el número')).toBeVisible();
  await page.getByLabel('Apellidos').fill(' ');
  await page.getByLabel('Teléfono').fill('12345678');
  await page.getByLabel('Correo').fill('rosa@correo');
  await send(page);
  await expect(page.locator('form [aria-invalid="true"]')).toHaveCount(4);
  await expect(page.getByLabel('Apellidos')).toBeFocused();
  await expect(page.getByText('Faltan 4 datos por corregir.')).toBeVisible();

  // What is put right is no longer blamed; a RUT without its dash is asked about, not guessed.
  await page.getByLabel('Apellidos').fill('Soto');
  await page.getByLabel('RUT', { exact: true }).fill('123456785');
  await page.getByRole('button', { name: 'Sí, es ese' }).click();
  await expect(page.getByLabel('RUT', { exact: true })).toHaveValue('12.345.678-5');
  await expect(page.locator('form [aria-invalid="true"]')).toHaveCount(2);
  expect(await page.evaluate(sideways), 'scrolls sideways').toBe(0);
});

test('what was typed survives a reload, and is gone once it is sent', async ({ gremio, browse }) => {
  const page = await browse();
  await page.goto(`${gremio.url}/postular`);
  await fill(page);
  await page.reload();
  await expect(page.getByLabel('RUT', { exact: true })).toHaveValue('12.345.678-5');
  await expect(page.locator('[name="consent.tracking"]:checked')).toHaveCount(0); // never ticked but by the person
  await consent(page);
  await send(page);
  await expect(page.getByTestId('sent')).toBeVisible();
  const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
  expect(kept).not.toContain('12345678');
  expect(kept).not.toContain('12.345.678');
  await page.reload(); // the link is still there
  await expect(page.getByLabel('El enlace de tu solicitud')).toHaveValue(/#token=/);

  const token = (await page.getByLabel('El enlace de tu solicitud').inputValue()).split('token=')[1]!;
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain(token);
  await page.getByLabel('Recordar en este teléfono').check();
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).toContain(token);
});

test('an application sent while the server dies counts once', async ({ gremio, browse }) => {
  await gremio.settings({ membership: 'review' });
  const page = await browse();
  const sent: string[] = [];
  page.on('request', (r) => r.method() === 'POST' && r.url().endsWith('/v1/applications') && sent.push(r.postData() ?? ''));
  await page.goto(`${gremio.url}/postular`);
  await fill(page);
  // The first arrives and its answer is lost on the way; then the server is away.
  await page.route('**/v1/applications', async (route) => {
    await route.fetch();
    await gremio.kill();
    await route.abort();
  }, { times: 1 });
  await send(page);
  await expect(page.getByRole('heading', { name: 'Todavía no sabemos si llegó' })).toBeVisible();
  await gremio.up();
  await page.reload(); // as when the phone's browser has dropped the page meanwhile
  await expect(page.getByTestId('sent')).toBeVisible({ timeout: 40_000 });
  expect(new Set(sent).size).toBe(1);
  expect(sent.length).toBeGreaterThan(1);

  const office = await browse(await gremio.person('office'));
  await office.goto(gremio.url);
  await expect(office.getByTestId('applications-list').getByRole('button', { name: /^Aprobar/ })).toHaveCount(1);
});

test('a wrong link says so, and a pasted one opens the page', async ({ gremio, browse }) => {
  const page = await browse();
  await page.goto(`${gremio.url}/postular`);
  await fill(page);
  await send(page);
  const link = await page.getByLabel('El enlace de tu solicitud').inputValue();
  await page.goto(link.replace(/#.*/, ''));
  await expect(page.getByText('le falta su llave')).toBeVisible();
  await page.getByLabel('Tu enlace').fill(link);
  await page.getByRole('button', { name: 'Abrir mi solicitud' }).click();
  await expect(page.getByTestId('steps')).toBeVisible();
  await expect(page).toHaveURL(link);

  const other = await browse();
  await other.goto(`${link}x`);
  await expect(other.getByText('no abre esta solicitud')).toBeVisible();
});

for (const scheme of ['light', 'dark'] as const) {
  for (const width of [320, 390, 1400]) {
    test(`WCAG 2.2 AA in the street: ${scheme}, ${width} px`, async ({ gremio, browse }) => {
      await gremio.settings({ membership: 'review' });
      const page = await browse();
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 740 });
      const clean = async (what: string) => {
        await page.evaluate(() => scrollTo(0, 0)); // what the window's edge cuts would count as too small to touch
        expect(await violations(page), what).toEqual([]);
        expect(await page.evaluate(sideways), `${what} scrolls sideways`).toBe(0);
      };
      await page.goto(`${gremio.url}/postular`);
      await consent(page);
      await clean('form');
      await send(page);
      await expect(page.locator('form [aria-invalid="true"]').first()).toBeFocused();
      await clean('wrong fields');
      await fill(page);
      await send(page);
      await expect(page.getByTestId('sent')).toBeVisible();
      await clean('sent');
      await page.getByRole('link', { name: 'Ver mi solicitud' }).click();
      await expect(page.getByTestId('missing')).toBeVisible();
      await clean('waiting');

      const id = /solicitud\/([^#]+)/.exec(page.url())![1]!;
      await gremio.post(`/v1/applications/${id}/approve`, {});
      await expect(page.getByTestId('phone-setup')).toBeVisible({ timeout: 20_000 });
      await page.getByRole('button', { name: 'Preparar mi teléfono' }).click();
      await expect(page.getByTestId('qr')).toBeVisible();
      await clean('approved');
    });
  }
}
