import type { Page } from '@playwright/test';
import { apply } from './applicants';
import { sideways, violations } from './axe';
import { expect, test } from './gremio';
import { scanned } from './qr';

const review = { membership: 'review', opens_at: '00:00', closes_at: '00:00' };
const pedro = { given_name: 'Pedro', family_name: 'Aguirre', rut: '1000005-K', plate: 'AA100' };

const row = (page: Page, name: string) => page.getByTestId('queue').getByRole('link', { name });
const inDialog = (page: Page, button: string) => page.getByRole('dialog').getByRole('button', { name: button, exact: true });
const details = (page: Page) => page.getByTestId('application');

test('the office approves, and the QR on the screen puts the cart on the map', async ({ gremio, browse }) => {
  await gremio.settings({ ...review, antecedents: ['Carnet por ambos lados'] });
  await apply(gremio);
  const page = await browse(await gremio.person('office'));
  await page.goto(`${gremio.url}/solicitudes`);
  await row(page, 'Rosa Soto').click();
  await expect(details(page)).toContainText('12.345.678-5');
  await expect(details(page).getByRole('link', { name: '+56 9 1234 5678' })).toHaveAttribute('href', 'tel:+56912345678');
  await expect(page.getByTestId('reasons')).toContainText('Faltan antecedentes');
  await page.getByLabel('Carnet por ambos lados').check();
  await expect(page.getByTestId('reasons')).not.toContainText('Faltan antecedentes');
  await page.getByRole('button', { name: 'Aprobar', exact: true }).click();
  await expect(page.getByTestId('outcome')).toContainText('Aprobada por ti');
  await expect(page.getByTestId('given-plate')).toHaveText('BBCL12');
  await expect(row(page, 'Rosa Soto')).toHaveCount(0);
  await expect(page.getByTestId('decision-times').locator('[data-tier="basic"]')).toContainText('decididas1');

  await page.getByRole('button', { name: 'Poner en el teléfono' }).click();
  await inDialog(page, 'Crear el código').click();
  await expect(page.getByRole('dialog')).toContainText('solo existe en este computador');
  const address = new URL(await scanned(page.getByTestId('qr')));
  const fix = new URL(address.pathname, address);
  const place = { lat: '-33.4372', lon: '-70.6506', timestamp: String(Math.floor(Date.now() / 1000)), id: 'BBCL12' };
  fix.search = new URLSearchParams(place).toString();
  expect((await fetch(fix, { method: 'POST' })).status).toBe(200);

  // On paper there is the slip and nothing else; the key itself is one more touch away.
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByText('Tu carrito en el mapa del gremio')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Solicitudes' })).toBeHidden();
  await page.emulateMedia({ media: 'screen' });
  await page.getByRole('button', { name: 'Otra aplicación: ver la llave' }).click();
  expect(address.pathname).toContain(await page.getByTestId('secret-value').inputValue());
  await page.getByRole('button', { name: 'Listo, ya lo guardé' }).click();

  await page.goto(gremio.url);
  await expect(page.getByTestId('cart-BBCL12')).toContainText('Activo');
  await page.getByTestId('applications-list').locator('..').getByRole('link', { name: 'Revisar en detalle' }).click();
  await expect(page.getByTestId('queue')).toBeVisible();
});

test('what is still in the way is said once more before it is passed over', async ({ gremio, page }) => {
  await gremio.settings(review);
  await apply(gremio, { rut: '11111111-1' });
  await page.goto(`${gremio.url}/solicitudes`);
  await row(page, 'Rosa Soto').click();
  await page.getByRole('button', { name: 'Aprobar', exact: true }).click();
  await expect(page.getByRole('dialog')).toContainText('el RUT repite siempre el mismo dígito');
  await inDialog(page, 'Volver').click();
  await expect(page.getByTestId('outcome')).toHaveCount(0);
  await page.getByRole('button', { name: 'Corregir datos' }).click();
  await page.getByRole('dialog').getByLabel('RUT', { exact: true }).fill('12.345.678-5');
  await inDialog(page, 'Guardar').click();
  await expect(details(page)).toContainText('12.345.678-5');
  await expect(page.getByTestId('reasons')).not.toContainText('repite');
});

test('a rejection says why, and the applicant reads it', async ({ gremio, page }) => {
  await gremio.settings(review);
  await apply(gremio);
  await page.goto(`${gremio.url}/solicitudes`);
  await row(page, 'Rosa Soto').click();
  await page.getByRole('button', { name: 'Rechazar', exact: true }).click();
  await inDialog(page, 'Rechazar').click();
  await expect(page.getByText('Escribe el motivo: quien postula tiene derecho a saberlo.')).toBeVisible();
  await page.getByLabel('Motivo del rechazo').fill('Falta el permiso municipal');
  await inDialog(page, 'Rechazar').click();
  await expect(page.getByTestId('outcome')).toContainText('Falta el permiso municipal');
  await page.getByRole('tab', { name: 'Rechazadas' }).click();
  await expect(row(page, 'Rosa Soto')).toContainText('Falta el permiso municipal');
});

test('the queue follows by itself, and says when somebody else was first', async ({ gremio, page, browse }) => {
  await gremio.settings({ ...review, premium_fee: 25000 });
  await apply(gremio);
  await page.goto(`${gremio.url}/solicitudes`);
  await row(page, 'Rosa Soto').click();
  const other = await browse(await gremio.person('office'));
  await other.goto(`${gremio.url}/solicitudes`);
  await row(other, 'Rosa Soto').click();

  await apply(gremio, { ...pedro, tier: 'premium' });
  await expect(row(page, 'Pedro Aguirre')).toContainText('Nueva');
  // Its fee is not paid, so it waits behind; once it is, it is the first.
  const names = page.getByTestId('queue').locator('[data-testid^="row-"] strong.wrap');
  await expect(names).toHaveText(['Rosa Soto Peña', 'Pedro Aguirre']);
  await row(page, 'Pedro Aguirre').click();
  await page.getByRole('button', { name: 'Marcar pagada' }).click();
  await inDialog(page, 'Marcar pagada').click();
  await expect(page.getByText('Escribe el número del comprobante.')).toBeVisible();
  await page.getByLabel('Número del comprobante').fill('TR-881');
  await inDialog(page, 'Marcar pagada').click();
  await expect(page.getByTestId('fee')).toContainText('Comprobante TR-881');
  await expect(names).toHaveText(['Pedro Aguirre', 'Rosa Soto Peña']);

  // From the list by keys alone: down to Rosa.
  await row(page, 'Pedro Aguirre').focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('heading', { name: 'Rosa Soto Peña' })).toBeVisible();
  await other.getByRole('button', { name: 'Rechazar', exact: true }).click();
  await other.getByLabel('Motivo del rechazo').fill('Ya no quiere');
  await inDialog(other, 'Rechazar').click();
  await expect(details(page)).toContainText('Mientras la mirabas ya se decidió.');
  await expect(page.getByTestId('outcome')).toContainText('Persona de office');
});

test('what was checked after the list was read is said before an approval', async ({ gremio, page }) => {
  await gremio.settings(review);
  await apply(gremio, { rut: '11111111-1' });
  // The list as it was before the worker had looked at the application.
  await page.route('**/v1/applications?*', async (route) => {
    const list = (await (await route.fetch()).json()) as { items: { reasons: string[] }[] };
    await route.fulfill({ json: { ...list, items: list.items.map((one) => ({ ...one, reasons: [] })) } });
  });
  await page.goto(`${gremio.url}/solicitudes`);
  await row(page, 'Rosa Soto').click();
  await page.getByRole('button', { name: 'Aprobar', exact: true }).click();
  await expect(page.getByRole('dialog')).toContainText('Se aprueba aunque:');
});

test('a decision that came too late shows what was decided', async ({ gremio, page }) => {
  await gremio.settings(review);
  await apply(gremio);
  await page.goto(`${gremio.url}/solicitudes`);
  await row(page, 'Rosa Soto').click();
  const id = new URL(page.url()).searchParams.get('id')!;
  await page.route('**/v1/applications?*', (route) => route.abort()); // the list stands still meanwhile
  await gremio.post(`/v1/applications/${id}/approve`, {});
  await page.getByRole('button', { name: 'Rechazar', exact: true }).click();
  await page.getByLabel('Motivo del rechazo').fill('Tarde');
  await inDialog(page, 'Rechazar').click();
  await expect(details(page)).toContainText('Mientras la mirabas ya se decidió.');
  await expect(page.getByTestId('outcome')).toContainText('Aprobada por');
});

/** Rosa and Pedro, members. */
async function twoMembers(page: Page, url: string, gremio: Parameters<typeof apply>[0]) {
  await apply(gremio);
  await apply(gremio, pedro);
  await page.goto(`${url}/miembros`);
  await expect(async () => {
    await page.reload();
    await expect(page.getByTestId('members-list').getByRole('listitem')).toHaveCount(2, { timeout: 1_000 });
  }).toPass();
}

test('a member is suspended with a reason and an end, and resumes', async ({ gremio, page }) => {
  await gremio.settings({ opens_at: '00:00', closes_at: '00:00' });
  await twoMembers(page, gremio.url, gremio);
  await page.getByLabel('Buscar por nombre').fill('soto peña');
  await page.getByTestId('members-list').getByRole('link').click();
  const member = page.getByTestId('member');
  await page.getByRole('button', { name: 'Suspender', exact: true }).click();
  await inDialog(page, 'Suspender').click();
  await expect(page.getByText('Escribe el motivo.')).toBeVisible();
  await page.getByRole('dialog').getByLabel('Motivo').fill('No pagó la cuota');
  await page.getByLabel(/Último día/).fill('2099-01-31');
  await inDialog(page, 'Suspender').click();
  await expect(member).toHaveAttribute('data-state', 'suspended');
  await expect(member).toContainText('Suspendido hasta el 31 ene 2099: No pagó la cuota');
  await page.reload();
  await page.getByRole('button', { name: 'Terminar la suspensión' }).click();
  await inDialog(page, 'Terminar la suspensión').click();
  await expect(member).toHaveAttribute('data-state', 'active');
  await expect(page.getByTestId('history').locator('li').first()).toContainText('Terminó la suspensión');
});

test('a cart goes to another member, a plate changes, a permit shows when it ends', async ({ gremio, page }) => {
  await gremio.settings({ opens_at: '00:00', closes_at: '00:00' });
  await twoMembers(page, gremio.url, gremio);
  await page.getByTestId('members-list').getByRole('link', { name: 'Rosa Soto' }).click();
  await page.getByRole('button', { name: 'Cambiar la patente' }).click();
  await page.getByLabel('Patente nueva').fill('ff.ff-22');
  await inDialog(page, 'Cambiar la patente').click();
  await expect(page.getByTestId('member-carts')).toContainText('FFFF22');
  await page.getByRole('button', { name: 'Anotar un permiso' }).click();
  await page.getByLabel('Vence el').fill('2020-01-31');
  await inDialog(page, 'Anotar un permiso').click();
  await expect(page.getByTestId('permits').locator('[data-look="over"]')).toContainText('Venció el 31 ene 2020');
  await expect(page.getByTestId('history').locator('li').first()).toContainText('Se anotó: Permiso municipal, hasta el 31 ene 2020');
  await expect(page.getByTestId('history').locator('li').last()).toContainText('Ingresó al gremio como ');
  await page.goto(gremio.url); // the alert names the cart, so it is waited for before the cart goes
  await expect(page.locator('[data-kind="permit_expires"]')).toContainText('El permiso municipal venció el 31 ene 2020.');
  await page.goBack();

  await page.getByRole('button', { name: 'Pasar el carrito a otro miembro' }).click();
  await inDialog(page, 'Pasar el carrito a otro miembro').click();
  await expect(page.getByText('Elige a quién pasa el carrito.')).toBeVisible();
  await page.getByLabel('A quién').fill('aguirre');
  await page.getByRole('dialog').getByRole('radio').check();
  await inDialog(page, 'Pasar el carrito a otro miembro').click();
  await expect(page.getByTestId('history').locator('li').first()).toContainText('Pasó FFFF22 a');
  await page.getByTestId('history').getByRole('link', { name: 'otro miembro' }).first().click();
  await expect(page.getByTestId('member-carts')).toContainText('FFFF22');
  await expect(page.getByTestId('member-carts')).toContainText('AA100');
});

test('a premium fee that is not paid stands on the member until it is marked', async ({ gremio, page }) => {
  await gremio.settings({ premium_fee: 25000 });
  await apply(gremio, { tier: 'premium' });
  await page.goto(`${gremio.url}/miembros`);
  await expect(async () => {
    await page.reload();
    await expect(page.getByTestId('members-list').getByRole('listitem')).toContainText('Cuota sin pagar', { timeout: 1_000 });
  }).toPass();
  await page.getByTestId('members-list').getByRole('link').click();
  await expect(page.getByTestId('fee-unpaid')).toContainText('Cuota premium sin pagar: $25.000');
  await page.getByRole('link', { name: 'Se marca pagada en su solicitud' }).click();
  await page.getByTestId('fee').getByRole('button').click();
  await page.getByRole('dialog').getByLabel(/omprobante|eferencia/).fill('4711');
  await page.getByRole('dialog').getByRole('button', { name: /pagada/i }).click();
  await expect(page.getByTestId('fee')).toContainText('pagada el');
  await page.goBack();
  await expect(page.getByTestId('member')).toContainText('Cuota premium de $25.000, pagada el');
  await expect(page.getByTestId('fee-unpaid')).toHaveCount(0);
});

test('the monthly list has who joined and who waits, as a page, a file and on paper', async ({ gremio, page }) => {
  await apply(gremio, { tier: 'premium' });
  await apply(gremio, { ...pedro, rut: '11111111-1' });
  await page.goto(`${gremio.url}/nomina`);
  await expect(async () => {
    await page.reload();
    await expect(page.getByTestId('joined')).toContainText('Rosa Soto Peña', { timeout: 1_000 });
  }).toPass();
  await expect(page.getByTestId('waiting')).toContainText('Pedro Aguirre');
  await expect(page.getByTestId('totals').getByRole('row', { name: /Ingresaron/ })).toHaveText(/Ingresaron\s*1\s*0\s*1/);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Bajar CSV' }).click();
  expect((await download).suggestedFilename()).toMatch(/^socios-\d{4}-\d\d\.csv$/);
  const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);

  await page.getByRole('button', { name: 'Mes anterior' }).click();
  await expect(page.getByText('Nadie ingresó en este mes.')).toBeVisible();
  await expect(page).toHaveURL(/\?mes=\d{4}-\d\d$/);
  await page.goBack();
  await expect(page.getByTestId('joined')).toContainText('Rosa Soto Peña');
});

test('a wrong setting is said beside its field, and what is right is saved alone', async ({ gremio, page, browse }) => {
  await page.goto(`${gremio.url}/ajustes`);
  await page.getByLabel('Carga inicial de un carrito').fill('0');
  await page.getByLabel('Solicitudes sin dudas').selectOption('review');
  await page.getByRole('button', { name: 'Agregar a Antecedentes' }).click();
  await page.keyboard.type('Carnet por ambos lados');
  await page.getByRole('button', { name: 'Guardar cambios' }).click();
  await expect(page.getByTestId('setting-initial_stock')).toContainText('Debe estar entre 1 y 10000.');
  await expect(page.getByLabel('Carga inicial de un carrito')).toBeFocused();
  await expect(page.getByTestId('settings-version')).toContainText('Versión 0');

  await page.getByLabel('Carga inicial de un carrito').fill('150');
  await gremio.settings({ audit_days: 900 }); // somebody else, meanwhile
  const sent = page.waitForRequest((request) => request.method() === 'PUT');
  await page.getByRole('button', { name: 'Guardar cambios' }).click();
  expect((await sent).postDataJSON()).toEqual({ initial_stock: 150, membership: 'review', antecedents: ['Carnet por ambos lados'] });
  await expect(page.getByText('ahora rige la versión 2')).toBeVisible();
  await expect(page.getByText('Otra persona también guardó cambios')).toBeVisible();
  await expect(page.getByLabel('Cuánto se guarda el registro')).toHaveValue('900');

  const reader = await browse(await gremio.person('reader'));
  await reader.goto(`${gremio.url}/ajustes`);
  await expect(reader.getByText('los cambia quien administra')).toBeVisible();
  await expect(reader.getByLabel('Carga inicial de un carrito')).not.toBeEditable();
  await expect(reader.getByLabel('Solicitudes sin dudas')).toBeDisabled();
});

for (const scheme of ['light', 'dark'] as const) {
  for (const width of [390, 1400]) {
    test(`WCAG 2.2 AA in the office: ${scheme}, ${width} px`, async ({ gremio, page }) => {
      await gremio.settings({ ...review, antecedents: ['Carnet'], premium_fee: 25000, confirm_contact: 'phone' });
      await apply(gremio, { tier: 'premium', family_name: 'de la Fuente Echeverría-Irarrázaval y Larraín', rut: '11111111-1' });
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 800 });
      const holds = async (what: string) => {
        expect(await violations(page), what).toEqual([]);
        expect(await page.evaluate(sideways), `${what} scrolls sideways`).toBe(0);
      };
      await page.goto(`${gremio.url}/solicitudes`);
      await expect(row(page, 'Rosa de la Fuente')).toBeVisible();
      await holds('queue');
      await row(page, 'Rosa de la Fuente').click();
      await expect(details(page)).toBeVisible();
      await holds('application');
      await page.getByRole('button', { name: 'Aprobar', exact: true }).click();
      await holds('approval');
      await inDialog(page, 'Aprobar así').click();
      await page.getByRole('button', { name: 'Poner en el teléfono' }).click();
      await inDialog(page, 'Crear el código').click();
      await expect(page.getByTestId('qr')).toBeVisible();
      await holds('phone');
      await page.getByRole('button', { name: 'Listo' }).click();
      await page.getByRole('link', { name: 'Ver su ficha de miembro' }).click();
      await expect(page.getByTestId('member')).toBeVisible();
      await holds('member');
      await page.getByRole('button', { name: 'Suspender', exact: true }).click();
      await inDialog(page, 'Suspender').click();
      await holds('suspension, reason missing');
      for (const path of ['miembros', 'nomina', 'ajustes']) {
        await page.goto(`${gremio.url}/${path}`);
        await expect(page.locator('main .panel').first()).toBeVisible();
        await expect(page.locator('.empty.waiting')).toHaveCount(0);
        await holds(path);
      }
    });
  }
}
