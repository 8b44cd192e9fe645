import { readFile } from 'node:fs/promises';
import { apply } from './applicants';
import { sideways, violations } from './axe';
import { expect, test } from './gremio';

const phone = { width: 360, height: 640 };
const word = 'Para confirmar escribe BORRAR';

test('a person sees who looked, takes a copy, takes the consent back and is forgotten', async ({ gremio, page, browse }) => {
  await gremio.settings({ opens_at: '00:00', closes_at: '00:00' });
  const person = await browse();
  await person.setViewportSize(phone);
  await person.goto(`${gremio.url}/postular`);
  await person.getByLabel('Nombre', { exact: true }).fill('Rosa');
  await person.getByLabel('Apellidos').fill('Soto Peña');
  await person.getByLabel('RUT', { exact: true }).fill('12.345.678-5');
  await person.getByLabel('Teléfono').fill('9 1234 5678');
  await person.getByLabel('Correo').fill('rosa@correo.cl');
  await person.getByLabel('Patente del carrito').fill('BBCL12');
  await person.locator('[name="consent.tracking"]').check();
  await person.getByRole('button', { name: 'Enviar mi solicitud' }).click();
  await person.getByRole('link', { name: 'Ver mi solicitud' }).click();
  await expect(person.getByTestId('steps')).toHaveAttribute('data-state', 'approved');

  // The office looks her up; it cannot erase her, an admin can.
  await page.goto(`${gremio.url}/miembros`);
  await page.getByTestId('members-list').getByRole('link', { name: /Rosa/ }).click();
  await expect(page.getByTestId('personal')).toBeVisible();
  const office = await browse(await gremio.person('office'));
  await office.goto(page.url());
  await expect(office.getByTestId('personal')).toBeVisible();
  await expect(office.getByRole('button', { name: 'Borrar sus datos' })).toHaveCount(0);

  const data = person.getByTestId('my-data');
  await data.getByRole('button', { name: 'Ver la lista' }).click();
  await expect(data.getByRole('listitem').filter({ hasText: 'Miembros' }).first()).toBeVisible();
  expect(await person.evaluate(sideways)).toBe(0);
  expect(await violations(person)).toEqual([]);
  const [file] = await Promise.all([person.waitForEvent('download'), data.getByRole('button', { name: 'JSON' }).click()]);
  const copy = JSON.parse(await readFile(await file.path(), 'utf8'));
  expect(copy.application.email).toBe('rosa@correo.cl');
  expect(copy.member.carts[0].plate).toBe('BBCL12');

  // A member's phone and e-mail are corrected here, the name at the office.
  await data.getByRole('button', { name: 'Corregir mis datos' }).click();
  await expect(data.getByLabel('Nombre', { exact: true })).toHaveCount(0);
  await data.getByLabel('Teléfono').fill('9 8765 4321');
  await data.getByRole('button', { name: 'Guardar' }).click();
  await expect(data).toContainText('+56 9 8765 4321');

  const consent = data.locator('[name="consent.tracking"]');
  await consent.uncheck();
  await expect(data).toContainText('Quitado el');
  await expect(consent).not.toBeChecked();

  await data.getByRole('button', { name: 'Borrar mis datos' }).click();
  const dialog = person.getByRole('dialog');
  await expect(dialog).toContainText('la solicitud de Rosa Soto Peña');
  await expect(dialog).toContainText('la membresía del carrito BBCL12');
  if (process.env.SHOTS) await person.screenshot({ path: `${process.env.SHOTS}/erase.png` });
  await dialog.getByRole('button', { name: 'Borrar para siempre' }).click();
  await expect(dialog).toContainText('tal cual');
  await dialog.getByLabel(word).fill('borrar');
  await dialog.getByRole('button', { name: 'Borrar para siempre' }).click();
  await expect(person.getByText(/Tus datos se borraron el/)).toBeVisible();
  await expect(person.locator('main')).not.toContainText('Rosa');
  await page.reload();
  await expect(page.getByTestId('member')).toHaveAttribute('data-state', 'left');
  await expect(page.locator('body')).not.toContainText('Rosa');
});

test('an admin forgets a person, with a reason that names nobody', async ({ gremio, page }) => {
  await apply(gremio);
  await page.goto(`${gremio.url}/miembros`);
  await page.getByTestId('members-list').getByRole('link').first().click();
  const personal = page.getByTestId('personal');
  await personal.getByRole('button', { name: 'Borrar sus datos' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(word).fill('BORRAR');
  await dialog.getByRole('button', { name: 'Borrar para siempre' }).click();
  await expect(dialog).toContainText('Escribe por qué');
  await dialog.getByLabel(/Por qué/).fill('Rosa lo pidió');
  await dialog.getByRole('button', { name: 'Borrar para siempre' }).click();
  await expect(dialog).toContainText(/names the person|nombra a la persona/);
  expect(await violations(page)).toEqual([]);
  await dialog.getByLabel(/Por qué/).fill('Lo pidió por escrito');
  await dialog.getByRole('button', { name: 'Borrar para siempre' }).click();
  await expect(page.getByTestId('member')).toHaveAttribute('data-state', 'left');
  await expect(page.locator('body')).not.toContainText('Soto');
});
