/** The organisation's page from an empty data folder on: an administrator, units, people, accounts, a steward, a large tree. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { accessibilityProblems } from './support/axe';
import { DESKTOP, launch, openPage, PHONE, visitor } from './support/browser';
import { Plenary } from './support/server';
import { progress, until } from './support/wait';

const PASSWORD = 'nine small boats go home';
const STEWARDS_PASSWORD = 'seven long roads go up';
/** As many as the largest organisation that the page is made for. */
const UNITS = 3_271;
const ROWS_MAX = 60;

let plenary: Plenary;
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  plenary = await Plenary.empty();
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await plenary?.stop();
});

/** What is wrong with what is shown now, in both languages. */
async function barriers(of = page): Promise<string[]> {
  const first = await accessibilityProblems(of);
  const other = of.locator('button[lang]');
  await other.click();
  const second = await accessibilityProblems(of);
  await other.click();
  return [...first, ...second];
}

async function noBarriersOnPhones(): Promise<void> {
  expect(await barriers()).toEqual([]);
  await page.setViewportSize(PHONE);
  expect(await barriers()).toEqual([]);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width, 'nothing runs off the side of the phone').toBeLessThanOrEqual(PHONE.width);
  await page.setViewportSize(DESKTOP);
}

const tree = () => page.getByTestId('tree');
const row = (code: string) => tree().locator(`[data-code="${code}"]`);
const dialog = () => page.getByTestId('dialog');
const member = (code: string) => page.locator(`[data-testid=member][data-code="${code}"]`);

/** Fills in the dialogue that is open and sends it. */
async function send(fields: Record<string, string> = {}): Promise<void> {
  for (const [field, value] of Object.entries(fields)) await dialog().getByTestId(field).fill(value);
  await dialog().getByTestId('send').click();
}

async function make(button: string, fields: Record<string, string>): Promise<void> {
  await page.getByTestId(button).click();
  await send(fields);
  await dialog().waitFor({ state: 'hidden' });
}

async function choose(code: string, name: string): Promise<void> {
  await row(code).click();
  await page.getByTestId('unit-name').filter({ hasText: name }).waitFor();
}

async function undo(): Promise<void> {
  await page.getByTestId('undo').click();
  await page.getByTestId('notice').filter({ hasText: 'Undone' }).waitFor();
}

async function signIn(login: string, password: string): Promise<void> {
  await page.getByTestId('login').fill(login);
  await page.getByTestId('password').fill(password);
  await page.getByTestId('send').click();
}

async function signOut(): Promise<void> {
  await page.getByTestId('sign-out').click();
  await page.getByTestId('sign-in').waitFor();
}

/** Asks the server as the page is signed in. */
const ask = async (path: string) => (await page.request.get(plenary.base + path)).status();

test('the one-time link makes the first administrator, once', async () => {
  if (plenary.setup === null) throw new Error('a new server has a one-time link');
  const context = await visitor(browser, DESKTOP);
  ({ page, errors } = await openPage(context, plenary.setup));
  await page.getByTestId('setup').waitFor();
  expect(new URL(page.url()).hash, 'the token is not left in the address').toBe('');
  await noBarriersOnPhones();
  await page.getByTestId('name').fill('林晓禾');
  await page.getByTestId('login').fill('Lin.Xiaohe');
  await page.getByTestId('password').fill('Lin.Xiaohe');
  await page.getByTestId('send').click();
  await page.locator('[data-testid=refused][data-code=password_bad]').waitFor();
  await page.getByTestId('password').fill(PASSWORD);
  await page.getByLabel('Show password').check();
  expect(await page.getByTestId('password').getAttribute('type')).toBe('text');
  await page.getByTestId('send').click();
  await page.getByTestId('no-units').waitFor();
  expect(await page.getByTestId('who').textContent()).toBe('林晓禾');
  await noBarriersOnPhones();

  const late = await openPage(await visitor(browser, DESKTOP), plenary.setup);
  for (const field of ['name', 'login']) await late.page.getByTestId(field).fill('late');
  await late.page.getByTestId('password').fill(PASSWORD);
  await late.page.getByTestId('send').click();
  await late.page.locator('[data-code=setup_over]').waitFor();
  await late.page.getByTestId('to-sign-in').click();
  await late.page.getByTestId('sign-in').waitFor();
  await late.page.context().close();
});

test('the first look says what to do, and how tables come in', async () => {
  await page.getByTestId('to-import').click();
  await page.getByTestId('columns').locator('summary').click();
  await page.getByText('plenary import units units.csv').waitFor();
  await noBarriersOnPhones();
  await page.goBack();
  await page.getByTestId('no-units').waitFor();
});

test('units and people are made', async () => {
  await make('new-top', { name: '总部 Headquarters', code: 'HQ' });
  await page.getByTestId('unit-name').filter({ hasText: '总部' }).waitFor();
  await make('do-unit', { name: 'North', code: 'N', kind: 'region' });
  await choose('HQ', '总部');
  await make('do-unit', { name: 'South', code: 'S' });
  await choose('N', 'North');
  await page.getByTestId('do-person').click();
  await dialog().getByTestId('role-steward').check();
  expect(await accessibilityProblems(page)).toEqual([]);
  await send({ name: 'Ada', code: 'P1', email: 'no address' });
  await page.locator('[data-testid=refused][data-code=bad_email]').waitFor();
  await send({ email: 'ada@example.com', phone: '+44 20 7946 0000' });
  await member('P1').getByText('Steward of this unit').waitFor();
  await make('do-person', { name: 'محمد', code: 'P2' });
  await member('P2').waitFor();
  await page.getByTestId('counts').filter({ hasText: '3 units · 2 members' }).waitFor();
  await noBarriersOnPhones();
  expect(errors).toEqual([]);
});

test('every change can be undone', async () => {
  await make('do-rename', { name: 'Far north' });
  await row('N').filter({ hasText: 'Far north' }).waitFor();
  await undo();
  await row('N').filter({ hasText: /^\s*North/ }).waitFor();

  await page.getByTestId('do-move').click();
  await dialog().getByText('Members: 2').waitFor();
  await dialog().getByTestId('find').fill('south');
  await dialog().getByTestId('found').waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await dialog().getByTestId('find').press('Enter');
  await dialog().getByTestId('move-target').filter({ hasText: '总部 Headquarters / South' }).waitFor();
  await send();
  await page.getByTestId('path').filter({ hasText: 'South' }).waitFor();
  await undo();
  await page.getByTestId('path').filter({ hasNotText: 'South' }).waitFor();

  await page.getByTestId('do-close').click();
  expect(await accessibilityProblems(page)).toEqual([]);
  await send();
  await page.getByTestId('closed').waitFor();
  await row('N').getByText('Closed').waitFor();
  await noBarriersOnPhones();
  await undo();
  await page.getByTestId('closed').waitFor({ state: 'detached' });

  await member('P2').getByTestId('edit').click();
  await dialog().getByTestId('left').check();
  await send();
  await member('P2').getByText('Left').waitFor();
  await undo();
  await member('P2').getByText('Left').waitFor({ state: 'detached' });
  expect(errors).toEqual([]);
});

test('what cannot be is refused with a sentence', async () => {
  await choose('HQ', '总部');
  await page.getByTestId('do-move').click();
  await dialog().getByTestId('find').fill('N');
  await dialog().locator('[data-testid=found] [data-code=N]').click();
  await send();
  await dialog().getByText('A unit cannot stand under itself').waitFor();
  await dialog().getByTestId('cancel').click();
  await page.getByTestId('do-unit').click();
  await send({ name: 'Second', code: 'N' });
  await dialog().getByText('This code is in use already').waitFor();
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'hidden' });
});

test('the tree and the search work by keyboard', async () => {
  await tree().focus();
  for (const key of ['Home', 'ArrowLeft']) await page.keyboard.press(key);
  await row('N').waitFor({ state: 'detached' });
  for (const key of ['ArrowRight', 's', 'Enter']) await page.keyboard.press(key);
  await page.getByTestId('unit-name').filter({ hasText: 'South' }).waitFor();
  await page.getByTestId('find').fill('nor');
  await page.getByTestId('found').getByText('总部 Headquarters').waitFor();
  expect(await barriers()).toEqual([]);
  await page.getByTestId('find').press('Enter');
  await page.getByTestId('unit-name').filter({ hasText: 'North' }).waitFor();
  await page.getByTestId('find').fill('nowhere');
  await page.getByText('No unit has “nowhere”').waitFor();
  await page.getByTestId('find').press('Escape');
  await tree().waitFor();
});

test('an administrator makes, disables and changes accounts', async () => {
  await page.getByTestId('tab-accounts').click();
  await page.getByTestId('new-account').click();
  expect(await accessibilityProblems(page)).toEqual([]);
  await send({ name: 'Ada', login: 'ada', password: STEWARDS_PASSWORD, person: 'P1' });
  const ada = page.locator('[data-testid=account][data-login=ada]');
  await ada.waitFor();
  await noBarriersOnPhones();
  await ada.getByTestId('toggle-account').click();
  await ada.getByTestId('disabled').waitFor();
  await undo();
  await ada.getByTestId('disabled').waitFor({ state: 'detached' });
  await ada.getByTestId('new-password').click();
  await send({ password: STEWARDS_PASSWORD });
  await page.getByTestId('notice').filter({ hasText: 'new password' }).waitFor();
  const own = page.locator('[data-testid=account][data-login="lin.xiaohe"]');
  await own.getByTestId('edit-account').click();
  await dialog().getByTestId('administrator').uncheck();
  await send();
  await page.locator('[data-testid=refused][data-code=last_administrator]').waitFor();
  await dialog().getByTestId('cancel').click();
});

test('an administrator sets how long personal records are kept, and takes it back', async () => {
  await page.locator('[data-testid=kept][data-days=ever]').waitFor();
  await page.getByTestId('change-retention').click();
  await dialog().getByTestId('kept-days').check();
  await dialog().getByTestId('days').fill('90');
  await dialog().getByTestId('deletes').waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await send();
  await page.locator('[data-testid=kept][data-days="90"]').waitFor();
  await noBarriersOnPhones();
  await undo();
  await page.locator('[data-testid=kept][data-days=ever]').waitFor();
});

test('a steward has their own unit, and the server tells them of no other', async () => {
  await signOut();
  await noBarriersOnPhones();
  await signIn('ada', 'a wrong password');
  await page.locator('[data-testid=refused][data-code=sign_in_wrong]').waitFor();
  await page.context().setOffline(true);
  await page.getByTestId('send').click();
  await page.locator('[data-testid=refused][data-code=offline]').waitFor();
  await page.context().setOffline(false);
  await page.goto(`${plenary.base}/org`);
  await signIn('ada', STEWARDS_PASSWORD);
  await row('N').waitFor();
  expect(await tree().getByRole('treeitem').count()).toBe(1);
  await choose('N', 'North');
  await member('P1').waitFor();
  for (const testid of ['tab-accounts', 'do-rename', 'new-top', 'edit', 'find']) {
    expect(await page.getByTestId(testid).count(), testid).toBe(0);
  }
  await noBarriersOnPhones();
  for (const path of ['units/S', 'units/HQ', 'units/S/people']) {
    expect(await ask(`/api/org/${path}`), path).toBe(404);
  }
  expect(await ask('/api/org/units/N')).toBe(200);
  expect(await ask('/api/accounts')).toBe(403);
  await page.goto(`${plenary.base}/org?unit=S`);
  await page.locator('[data-testid=refused][data-code=unit_unknown]').waitFor();
  await signOut();
  expect(await ask('/api/me')).toBe(401);
});

test('a tree of thousands of units scrolls with few rows', async () => {
  const unit = (n: number) => `B${String(n).padStart(4, '0')},支公司 ${n},S,${n}`;
  const rows = Array.from({ length: UNITS }, (_, n) => unit(n));
  await plenary.importUnits(['code,name,parent,order', ...rows]);
  progress(`${UNITS} units are imported`);
  await page.goto(`${plenary.base}/org?unit=S`);
  await signIn('lin.xiaohe', PASSWORD);
  await page.getByTestId('unit-name').filter({ hasText: 'South' }).waitFor();
  await row('S').locator('[data-arrow]').click();
  await row('B0000').waitFor();
  const drawn = await tree().evaluate(async (scroller, step) => {
    const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
    const seen = { most: 0, blanks: 0, frames: 0, longestMs: 0 };
    for (let top = 0; top < scroller.scrollHeight; top += step) {
      const began = performance.now();
      scroller.scrollTop = top;
      await frame();
      await frame();
      const box = scroller.getBoundingClientRect();
      const middle = document.elementFromPoint(box.left + 60, box.top + box.height / 2);
      seen.blanks += middle?.closest('[role=treeitem]') ? 0 : 1;
      seen.most = Math.max(seen.most, scroller.querySelectorAll('[role=treeitem]').length);
      seen.frames += 2;
      seen.longestMs = Math.max(seen.longestMs, (performance.now() - began) / 2);
    }
    return seen;
  }, 2_000);
  progress(`scrolled through: ${JSON.stringify(drawn)}`);
  expect(drawn.most).toBeLessThanOrEqual(ROWS_MAX);
  expect(drawn.blanks).toBe(0);
  await tree().focus();
  await page.keyboard.press('End');
  await row(`B${UNITS - 1}`).waitFor();
  expect(await tree().evaluate((scroller) => scroller.getAttribute('aria-activedescendant'))).toMatch(/-\d+$/);
  await page.getByTestId('find').fill('支公司');
  await page.getByText('More than 100').waitFor();
  await page.getByTestId('find').fill('B2718');
  await page.getByTestId('find').press('Enter');
  await page.getByTestId('unit-name').filter({ hasText: '支公司 2718' }).waitFor();
  await row('B2718').waitFor();
  expect(await barriers()).toEqual([]);
  expect(errors).toEqual([]);
});

test('a phone shows the tree first, then the unit with a way back', async () => {
  await page.setViewportSize(PHONE);
  await page.getByTestId('back').click();
  await tree().waitFor();
  expect(await page.getByTestId('unit').isVisible()).toBe(false);
  await until('the place where the tree was left', () => row('B2718').isVisible());
  await tree().focus();
  await page.keyboard.press('Home');
  await row('HQ').click();
  await page.getByTestId('unit-name').filter({ hasText: '总部' }).waitFor();
  expect(await tree().isVisible()).toBe(false);
  await until('the focus on the name of the unit', () =>
    page.getByTestId('unit-name').evaluate((heading) => heading === document.activeElement),
  );
  expect(await page.title()).toBe('总部 Headquarters · Organisation · Plenary');
  await page.goBack();
  await until('the tree', () => tree().isVisible());
});
