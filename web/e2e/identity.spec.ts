import type { Page } from '@playwright/test';
import { expect, Gremio, test } from './gremio';
import { totp } from './totp';

type Who = { email: string; password: string };

async function enter(page: Page, who: Who) {
  await page.getByLabel('Correo').fill(who.email);
  await page.getByLabel('Contraseña', { exact: true }).fill(who.password);
  await page.getByRole('button', { name: 'Entrar', exact: true }).click();
}

async function signOut(page: Page, open = false) {
  if (!open) await page.getByTestId('user-menu').click();
  await page.getByTestId('sign-out').click();
  await expect(page).toHaveURL(/\/entrar$/);
}

const linkIn = (page: Page) => page.getByTestId('secret-value').inputValue();

test('a stranger sees the sign-in page alone, and comes back to where they were', async ({ gremio, browse }) => {
  const page = await browse();
  for (const path of ['/', '/cuenta', '/personas', '/llaves']) {
    await page.goto(gremio.url + path);
    await expect(page).toHaveURL(/\/entrar/);
  }
  await page.goto(`${gremio.url}/components`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Componentes');

  await page.goto(`${gremio.url}/registro?about=BBCL12`);
  await expect(page).toHaveURL(/\/entrar\?volver=/);
  await enter(page, gremio.admin);
  await expect(page).toHaveURL(`${gremio.url}/registro?about=BBCL12`);
  await expect(page.getByLabel('Sobre (patente o código)')).toHaveValue('BBCL12');

  await page.goto(`${gremio.url}/entrar?volver=${encodeURIComponent('//example.com/')}`);
  await page.getByRole('link', { name: 'Seguir' }).click();
  await expect(page).toHaveURL(`${gremio.url}/`);
});

test('a password manager finds its fields, and no script finds the session', async ({ gremio, browse }) => {
  const page = await browse();
  await page.goto(`${gremio.url}/entrar`);
  await expect(page.locator('form input[autocomplete="username"]')).toHaveAttribute('type', 'email');
  await expect(page.locator('form input[autocomplete="current-password"]')).toHaveAttribute('type', 'password');
  await page.getByRole('button', { name: 'Mostrar: Contraseña' }).click();
  await expect(page.locator('[name=password]')).toHaveAttribute('type', 'text');
  await enter(page, gremio.admin);
  await expect(page).toHaveURL(`${gremio.url}/`);
  const kept = await page.evaluate(() => JSON.stringify([document.cookie, localStorage, sessionStorage]));
  const cookie = (await page.context().cookies()).find(({ name }) => name === 'gremio_session')!;
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  expect(kept).not.toContain(cookie.value);
  expect(kept).not.toContain('gremio_session');
});

test('a wrong password is said in words, too many are slowed down, and others are not locked out', async ({
  gremio,
  browse,
}) => {
  const page = await browse();
  await page.goto(`${gremio.url}/entrar`);
  await page.getByRole('button', { name: 'Entrar', exact: true }).click();
  await expect(page.getByText('Escribe tu correo.')).toBeVisible();
  await expect(page.getByLabel('Correo')).toBeFocused();

  const wrong = { email: gremio.admin.email, password: 'no es esta' };
  await enter(page, wrong);
  await expect(page.getByText('El correo o la contraseña no calzan.')).toBeVisible();
  await expect(page.getByLabel('Contraseña', { exact: true })).toBeFocused();
  for (let i = 0; i < 8; i++) {
    if (await page.getByRole('alert').isVisible()) break;
    const answered = page.waitForResponse('**/v1/session');
    await enter(page, wrong);
    await answered;
    await page.waitForTimeout(50);
  }
  await expect(page.getByRole('alert')).toContainText(/Demasiados intentos seguidos. Hay que esperar \d+ (s|min)/);

  // Somebody else at the same address.
  const other = await gremio.person('reader');
  const elsewhere = await browse();
  await elsewhere.goto(`${gremio.url}/entrar`);
  await enter(elsewhere, other);
  await expect(elsewhere).toHaveURL(`${gremio.url}/`);
});

test('the server that cannot check a password says that it is not the password', async ({ gremio, browse }) => {
  const page = await browse();
  await page.goto(`${gremio.url}/entrar`);
  const problem = { status: 503, contentType: 'application/problem+json', body: '{"title":"Service Unavailable"}' };
  await page.route('**/v1/session', (route) => route.fulfill(problem));
  await enter(page, gremio.admin);
  await expect(page.getByRole('alert')).toContainText('no es un problema de la tuya');
  await page.unroute('**/v1/session');
  await page.getByRole('button', { name: 'Entrar', exact: true }).click();
  await expect(page).toHaveURL(`${gremio.url}/`);
});

test('a second factor is set up, asked for, and replaced by a recovery code', async ({ gremio, browse }) => {
  const person = await gremio.person('office');
  const page = await browse(person);
  await page.goto(`${gremio.url}/cuenta`);
  await page.getByRole('button', { name: 'Activar segundo paso' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Contraseña actual', { exact: true }).fill('otra cosa');
  await dialog.getByRole('button', { name: 'Continuar' }).click();
  await expect(dialog.getByText('No es tu contraseña actual.')).toBeVisible();
  await dialog.getByLabel('Contraseña actual', { exact: true }).fill(person.password);
  await dialog.getByRole('button', { name: 'Continuar' }).click();

  await expect(page.getByAltText(/^Código QR/)).toBeVisible();
  const drawn = () => page.getByAltText(/^Código QR/).evaluate((image: HTMLImageElement) => image.naturalWidth);
  await expect.poll(drawn, 'the policy lets the picture in').toBeGreaterThan(0);
  const secret = (await page.getByTestId('totp-secret').textContent())!;
  const code = page.getByLabel('Código de 6 dígitos que muestra');
  await code.fill('000000');
  await page.getByRole('button', { name: 'Confirmar y activar' }).click();
  await expect(page.getByText(/^No es el código de ahora/)).toBeVisible();
  await code.fill(totp(secret));
  await page.getByRole('button', { name: 'Confirmar y activar' }).click();
  await expect(page.getByTestId('recovery-codes')).toBeVisible();
  const codes = await page.getByTestId('recovery-codes').getByRole('listitem').allTextContents();
  expect(codes.length).toBeGreaterThanOrEqual(8);
  await page.getByRole('button', { name: 'Listo, los guardé' }).click();
  await expect(page.locator('#totp')).toContainText('Activado');
  await expect(page.getByTestId('recovery-codes')).toHaveCount(0);

  await signOut(page);
  await enter(page, person);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Segundo paso');
  await expect(page.getByLabel('Código de 6 dígitos')).toBeFocused();
  await page.getByLabel('Código de 6 dígitos').fill('123 456');
  await page.getByRole('button', { name: 'Entrar', exact: true }).click();
  await expect(page.getByText(/^El código no sirve/)).toBeVisible();
  await page.getByLabel('Código de 6 dígitos').fill(totp(secret, 1)); // the one of now was used
  await page.getByRole('button', { name: 'Entrar', exact: true }).click();
  await expect(page).toHaveURL(`${gremio.url}/`);

  await signOut(page);
  await enter(page, person);
  await page.getByRole('button', { name: /código de recuperación/ }).click();
  await page.getByLabel('Código de recuperación').fill(codes[0]!);
  await page.getByRole('button', { name: 'Entrar', exact: true }).click();
  await expect(page).toHaveURL(`${gremio.url}/`);

  // A link alone is not enough either.
  const elsewhere = await browse();
  await elsewhere.goto(await gremio.link(person));
  await expect(elsewhere.getByRole('heading', { level: 1 })).toHaveText('Contraseña nueva');
  await elsewhere.getByLabel('Contraseña nueva', { exact: true }).fill('otra clave de oficina');
  await elsewhere.getByLabel('Código de 6 dígitos').fill(codes[0]!); // used already
  await elsewhere.getByRole('button', { name: 'Cambiar y entrar' }).click();
  await expect(elsewhere.getByText('Ese código no sirve o ya se usó.')).toBeVisible();
  await elsewhere.getByLabel('Código de 6 dígitos').fill(codes[1]!);
  await elsewhere.getByRole('button', { name: 'Cambiar y entrar' }).click();
  await expect(elsewhere).toHaveURL(`${gremio.url}/`);
  await expect(page).toHaveURL(/\/entrar/); // the other sessions have ended
});

test('somebody is invited by a link that works once, and is removed', async ({ gremio, page, browse }) => {
  await page.goto(`${gremio.url}/personas`);
  await page.getByRole('button', { name: 'Invitar a alguien' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Correo').fill('rosa@example.cl');
  await dialog.getByRole('radio', { name: 'Venta' }).check();
  await dialog.getByRole('button', { name: 'Crear invitación' }).click();
  await expect(dialog.getByText(/necesita la patente/).last()).toBeVisible();
  await dialog.getByLabel('Patente de su carrito').fill('bb·cl-12');
  await dialog.getByRole('radio', { name: 'Central' }).check();
  await dialog.getByRole('button', { name: 'Crear invitación' }).click();
  await expect(page.getByTestId('secret')).toBeFocused();
  const link = await linkIn(page);
  expect(link).toMatch(/\/entrar#\S{20,}$/);
  await expect(page.getByTestId('users-list').getByText('Invitada')).toBeVisible();

  const fresh = await browse();
  const asked: string[] = [];
  fresh.on('request', (request) => asked.push(request.url()));
  await fresh.goto(link);
  await expect(fresh.getByText(/con el rol Central/)).toBeVisible();
  await expect(fresh).toHaveURL(/\/entrar$/); // the token has left the address bar
  await fresh.reload();
  await fresh.getByLabel('Tu nombre').fill('Rosa Ñáñez');
  await fresh.getByLabel('Contraseña nueva', { exact: true }).fill('corta');
  await fresh.getByRole('button', { name: 'Crear mi cuenta y entrar' }).click();
  await expect(fresh.getByText('Necesita 8 caracteres o más.')).toBeVisible();
  await fresh.getByLabel('Contraseña nueva', { exact: true }).fill('sopaipilla pasada');
  await fresh.getByRole('button', { name: 'Crear mi cuenta y entrar' }).click();
  await expect(fresh).toHaveURL(`${gremio.url}/`);
  await expect(fresh.getByTestId('user-menu')).toContainText('Rosa Ñáñez');
  const token = link.split('#')[1]!;
  expect(asked.filter((url) => url.includes(token))).toEqual([]);

  const late = await browse();
  await late.goto(link);
  await expect(late.getByText('Este enlace ya se usó o venció.')).toBeVisible();

  await page.reload();
  await page.getByText('Rosa Ñáñez').click();
  await page.getByRole('button', { name: 'Quitar: Rosa Ñáñez' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Quitar', exact: true }).click();
  await expect(page.getByTestId('users-list').getByText('Rosa Ñáñez')).toHaveCount(0);
  await expect(fresh).toHaveURL(/\/entrar/); // the stream said so
});

test('on a new machine the first admin comes in by the link that the terminal shows', async ({ browse }) => {
  const bare = await Gremio.start(true);
  try {
    await expect.poll(() => bare.said).toMatch(/\/entrar#\S+/);
    const page = await browse();
    await page.goto(/http\S+\/entrar#\S+/.exec(bare.said)![0]);
    await expect(page.getByText(/con el rol Administración/)).toBeVisible();
    await page.getByRole('button', { name: 'Crear mi cuenta y entrar' }).click();
    await expect(page.getByText('Escribe tu correo.')).toBeVisible();
    await page.getByLabel('Correo').fill('Primera@Example.cl');
    await page.getByLabel('Tu nombre').fill('Primera');
    await page.getByLabel('Contraseña nueva', { exact: true }).fill('la primera clave');
    await page.getByRole('button', { name: 'Crear mi cuenta y entrar' }).click();
    await expect(page).toHaveURL(`${bare.url}/`);
    await page.getByTestId('user-menu').click();
    const pages = ['En vivo', 'Ventas de hoy', 'Informe del día', 'Estadísticas', 'Masas', 'Solicitudes', 'Miembros', 'Nómina del mes', 'Personas', 'Llaves', 'Ajustes', 'Registro', 'Mi cuenta'];
    await expect(page.getByTestId('menu').getByRole('link')).toHaveText(pages);
    await signOut(page, true);
    await enter(page, { email: 'primera@example.cl', password: 'la primera clave' });
    await expect(page).toHaveURL(`${bare.url}/`);
  } finally {
    await bare.remove();
  }
});

test('the last admin cannot leave the guild without one', async ({ gremio, page }) => {
  await page.goto(`${gremio.url}/personas`);
  const row = page.locator('[data-role=admin]');
  await row.locator('summary').click();
  await expect(row.getByRole('button', { name: /^Enlace nuevo/ })).toHaveCount(0);
  await expect(row.getByRole('link', { name: 'Mi contraseña y segundo paso' })).toHaveAttribute('href', '/cuenta');
  await row.getByRole('button', { name: /^Quitar:/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Quitar', exact: true }).click();
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('Es la única persona que administra');
  await page.keyboard.press('Escape');
  await row.getByRole('button', { name: /^Cambiar a/ }).click();
  await page.getByRole('dialog').getByRole('radio', { name: 'Lectura' }).check();
  await page.getByRole('dialog').getByRole('button', { name: 'Guardar' }).click();
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('no puede quedar sin ese rol');
});

test('a session is closed from another browser, and does not knock for ever', async ({ gremio, browse }) => {
  const person = await gremio.person('reader');
  const [here, there] = [await browse(person), await browse(person)];
  await there.goto(gremio.url);
  await expect(there.getByTestId('connection')).toHaveAttribute('data-state', 'live');
  await here.goto(`${gremio.url}/cuenta`);
  const sessions = here.getByTestId('sessions-list').getByRole('listitem');
  await expect(sessions.filter({ hasText: 'Esta' })).toHaveCount(1);
  await expect(sessions.first()).toContainText('Esta');
  const before = await sessions.count();
  let knocks = 0;
  there.on('request', (request) => (knocks += Number(request.url().endsWith('/v1/live'))));

  // Below this one, the last that was seen comes first.
  await sessions.nth(1).getByRole('button', { name: /^Cerrar la sesión/ }).click();
  await expect(sessions).toHaveCount(before - 1);
  await expect(there).toHaveURL(/\/entrar$/);
  await there.waitForTimeout(3_000);
  expect(knocks).toBeLessThanOrEqual(2);

  await here.getByRole('button', { name: 'Cerrar las demás' }).click();
  await here.getByRole('dialog').getByRole('button', { name: 'Cerrar las demás' }).click();
  await expect(sessions).toHaveCount(1);
  await here.reload();
  await expect(sessions).toHaveCount(1);
});

test('a password is changed: the other sessions end, this one goes on', async ({ gremio, browse }) => {
  const person = await gremio.person('desk');
  const [here, there] = [await browse(person), await browse(person)];
  await here.goto(`${gremio.url}/cuenta`);
  await here.getByLabel('Contraseña actual', { exact: true }).fill('no es esta');
  await here.getByLabel('Contraseña nueva', { exact: true }).fill('pebre con merkén');
  await here.getByRole('button', { name: 'Cambiar contraseña' }).click();
  await expect(here.getByText('No es tu contraseña actual.')).toBeVisible();
  await expect(here).toHaveURL(/\/cuenta$/);
  await here.getByLabel('Contraseña actual', { exact: true }).fill(person.password);
  await here.getByRole('button', { name: 'Cambiar contraseña' }).click();
  await expect(here.getByText(/^Contraseña cambiada/)).toBeVisible();
  await here.getByLabel('Nombre', { exact: true }).fill('Doña Ñusta');
  await here.getByRole('button', { name: 'Guardar nombre' }).click();
  await expect(here.getByTestId('user-menu')).toContainText('Doña Ñusta');

  await there.goto(`${gremio.url}/cuenta`);
  await expect(there).toHaveURL(/\/entrar\?volver=/);
  await enter(there, { email: person.email, password: 'pebre con merkén' });
  await expect(there).toHaveURL(/\/cuenta$/);
});

test('an admin without the second factor that the guild asks for gets no further than the account', async ({
  gremio,
  page,
}) => {
  await gremio.settings({ admin_totp_required: true });
  for (const path of ['/', '/personas']) {
    await page.goto(gremio.url + path);
    await expect(page).toHaveURL(/\/cuenta$/);
  }
  await expect(page.getByText('Actívalo aquí para seguir.')).toBeVisible();
  await page.getByTestId('user-menu').click();
  await expect(page.getByTestId('menu').getByRole('link', { name: 'Personas' })).toHaveCount(0);
});
