/** Who is there, on the pages of organisers and stewards: live numbers, members, excuses, the list of those who are missing, the report. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { accessibilityProblems } from './support/axe';
import { DESKTOP, launch, openPage, PHONE, visitor } from './support/browser';
import { Plenary } from './support/server';
import { progress, until } from './support/wait';

const PASSWORD = 'nine small boats go home';
/** A change is on the organiser's page within so many milliseconds. */
const SHOWN_MS_MAX = 2_000;
/** People of each county. */
const PEOPLE = 3;
/** As many as the largest organisation that the page is made for, and how many rows may be drawn of them. */
const UNITS = 3_271;
const ROWS_MAX = 60;
const COUNTIES = { gd1: ['广州', 'gd'], gd2: ['深圳', 'gd'], zj1: ['杭州', 'zj'] } as const;

let plenary: Plenary;
let browser: Browser;
let cookie = '';
let page: Page;
let errors: string[];

beforeAll(async () => {
  plenary = await Plenary.empty();
  browser = await launch();
  const token = new URL(plenary.setup ?? '').hash.replace('#setup=', '');
  const answer = await send('/api/setup', { token, login: 'lin', name: '林晓禾', password: PASSWORD });
  cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  await send('/api/org/units', { code: 'hq', name: '集团总部' });
  await send('/api/org/units', { code: 'gd', name: '广东分公司', parent: 'hq' });
  await send('/api/org/units', { code: 'zj', name: '浙江分公司', parent: 'hq' });
  for (const [code, [name, parent]] of Object.entries(COUNTIES)) {
    await send('/api/org/units', { code, name, parent });
    for (let n = 1; n <= PEOPLE; n += 1) {
      const email = `${code}-${n}@example.com`;
      const phone = `138 0000 100${n}`;
      await send('/api/org/people', { code: `${code}-${n}`, name: `${name}的${n}号`, unit: code, email, phone });
    }
  }
  await send('/api/org/people', { code: 's1', name: '王芳', unit: 'gd', roles: ['steward:gd'] });
  await send('/api/accounts', { login: 'wang', name: '王芳', password: PASSWORD, person: 's1' });
  await send('/api/events', { slug: 'day', title: '年度主题日', admission: { who: 'members' } });
  const context = await visitor(browser, DESKTOP);
  ({ page, errors } = await openPage(context, `${plenary.base}/e/day/attendance`));
});

afterAll(async () => {
  await browser?.close();
  await plenary?.stop();
});

/** What the administrator does. */
async function send(path: string, body: unknown = {}): Promise<Response> {
  const headers = { 'content-type': 'application/json', cookie };
  const answer = await fetch(plenary.base + path, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status, `${path}: ${answer.ok ? '' : await answer.text()}`).toBeLessThan(300);
  return answer;
}

async function signIn(of: Page, login: string): Promise<void> {
  await of.getByTestId('to-sign-in').click();
  await of.getByTestId('login').fill(login);
  await of.getByTestId('password').fill(PASSWORD);
  await of.getByTestId('send').click();
  await of.getByTestId('attendance').waitFor();
}

/** A member's own browser, in which they have come in. */
async function comesIn(unit: string, nth: number): Promise<BrowserContext> {
  const path = `/api/events/day/invitations/${unit}`;
  const links = (await (await fetch(plenary.base + path, { headers: { cookie } })).json()) as { link: string }[];
  const context = await visitor(browser, PHONE);
  const member = await openPage(context, plenary.base + (links[nth]?.link ?? ''));
  await member.page.waitForURL(/\/e\/day$/);
  return context;
}

const row = (code: string, of = page) => of.locator(`[role=row][data-code="${code}"]`);
const cell = async (code: string, column: string) =>
  (await row(code).locator(`[data-column=${column}]`).innerText()).trim();
const member = (code: string, of = page) => of.locator(`[data-testid=member][data-code="${code}"]`);
const figure = async (name: string, of = page) => (await of.getByTestId(`figure-${name}`).textContent())?.trim();

/** What is wrong with what is shown, in both languages, on a desktop and on a phone. */
async function barriers(of = page): Promise<string[]> {
  const found: string[] = [];
  for (const size of [DESKTOP, PHONE]) {
    await of.setViewportSize(size);
    for (let language = 0; language < 2; language += 1) {
      found.push(...(await accessibilityProblems(of)));
      const width = await of.evaluate(() => document.documentElement.scrollWidth);
      if (size.width < width) found.push(`${width} pixels wide on ${size.width}`);
      await of.locator('button[lang]').click();
    }
  }
  await of.setViewportSize(DESKTOP);
  return found;
}

test('whoever is not signed in is sent to sign in, and comes back', async () => {
  await page.locator('[data-testid=entry][data-at=signed_out]').waitFor();
  expect(await barriers()).toEqual([]);
  await signIn(page, 'lin');
  expect(new URL(page.url()).pathname).toBe('/e/day/attendance');
  await page.getByTestId('unit-name').filter({ hasText: '集团总部' }).waitFor();
  expect(await figure('expected')).toBe('10');
  expect(await cell('gd', 'missing')).toBe('7');
});

test('members who come in are on every level within two seconds, without a touch', async () => {
  await row('gd').locator('[data-arrow]').click();
  await row('gd1').waitFor();
  const contexts: BrowserContext[] = [];
  for (const [unit, codes] of [['gd1', ['gd1', 'gd']], ['zj1', ['zj']]] as const) {
    contexts.push(await comesIn(unit, 0));
    const began = performance.now();
    for (const code of codes) {
      await until(`one here in ${code}`, async () => (await cell(code, 'here')) === '1', SHOWN_MS_MAX);
    }
    progress(`${unit} is shown ${Math.round(performance.now() - began)} ms after the page of the member`);
  }
  await until('two in all', async () => (await figure('here')) === '2', SHOWN_MS_MAX);
  expect(await cell('gd', 'missing')).toBe('6');
  expect(await page.getByTestId('share').textContent()).toBe('20%');
  for (const context of contexts) await context.close();
  expect(await barriers()).toEqual([]);
});

test('the lowest stand first when asked for, and keys open rows and units', async () => {
  const order = () => page.locator('[role=row][data-code]').evaluateAll((rows) => rows.map((one) => one.getAttribute('data-code')));
  expect(await order()).toEqual(['gd', 'gd1', 'gd2', 'zj']);
  await page.getByTestId('sort-lowest').click();
  expect(await order()).toEqual(['gd', 'gd2', 'gd1', 'zj']);
  await page.getByTestId('sort-order').click();
  await page.getByTestId('units').focus();
  for (const key of ['Home', 'ArrowLeft']) await page.keyboard.press(key);
  await row('gd1').waitFor({ state: 'detached' });
  for (const key of ['ArrowRight', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
  await page.getByTestId('unit-name').filter({ hasText: '广州' }).waitFor();
  await page.getByTestId('path').getByText('广东分公司').waitFor();
  await page.goBack();
  await page.getByTestId('unit-name').filter({ hasText: '集团总部' }).waitFor();
  await page.getByTestId('find').fill('杭州');
  await page.getByTestId('found').getByText('浙江分公司').waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByTestId('find').press('Enter');
  await page.getByTestId('unit-name').filter({ hasText: '杭州' }).waitFor();
});

test('a page that nobody sees asks for nothing, and is up to date when it is seen again', async () => {
  await page.goto(`${plenary.base}/e/day/attendance`);
  await row('gd').waitFor();
  const hide = (hidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  let asked = 0;
  page.on('request', (request) => (asked += request.url().includes('/attendance') ? 1 : 0));
  await until('a request', () => 0 < asked);
  await hide(true);
  asked = 0;
  const context = await comesIn('gd2', 0);
  await until('the member in the numbers', async () => {
    const path = `${plenary.base}/api/events/day/attendance/gd2`;
    const answer = await fetch(path, { headers: { cookie } });
    return ((await answer.json()) as { unit: { counts: { here: number } } }).unit.counts.here === 1;
  });
  expect(asked, 'requests in the background').toBeLessThanOrEqual(1);
  await hide(false);
  await until('three came', async () => (await figure('came')) === '3', SHOWN_MS_MAX);
  await context.close();
});

test('a member is excused with a reason, and every change is undone', async () => {
  await page.goto(`${plenary.base}/e/day/attendance?unit=zj1`);
  await member('zj1-2').waitFor();
  const order = () => page.getByTestId('member').evaluateAll((all) => all.map((one) => one.getAttribute('data-code')));
  expect((await order()).at(-1), 'whoever came stands behind those who are missing').toBe('zj1-1');
  await member('zj1-2').getByTestId('excuse').click();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByTestId('reason').fill('值班');
  await page.getByTestId('send').click();
  await page.locator('[data-code=zj1-2][data-status=excused]').waitFor();
  await until('one excused', async () => (await figure('excused')) === '1', SHOWN_MS_MAX);
  expect(await barriers()).toEqual([]);
  await page.getByTestId('undo').click();
  await page.locator('[data-code=zj1-2][data-status=expected]').waitFor();
  await member('zj1-2').getByTestId('excuse').click();
  await page.getByTestId('reason').fill('值班');
  await page.getByTestId('reason').press('Enter');
  await member('zj1-2').getByTestId('take-back').click();
  await page.locator('[data-code=zj1-2][data-status=expected]').waitFor();
  await page.getByTestId('undo').click();
  await page.locator('[data-code=zj1-2][data-status=excused]').waitFor();
  await page.getByTestId('filter-missing').click();
  await member('zj1-1').waitFor({ state: 'detached' });
  expect(await order()).toEqual(['zj1-3']);
});

test('the report of two levels goes to paper without what is only for the screen', async () => {
  await page.goto(`${plenary.base}/e/day/attendance?view=report`);
  const table = page.getByTestId('report-table');
  await table.locator('[data-code=zj1]').waitFor();
  const codes = await table.locator('[data-code]').evaluateAll((all) => all.map((one) => one.getAttribute('data-code')));
  expect(codes).toEqual(['gd', 'gd1', 'gd2', 'zj', 'zj1']);
  await page.locator('[data-testid=book][data-state=open]').waitFor();
  expect(await page.getByTestId('seal').count(), 'the event is not over').toBe(0);
  expect(await barriers()).toEqual([]);
  for (const file of ['units.csv', 'units.xlsx', 'members.csv', 'members.xlsx']) {
    const path = (await page.getByTestId(`file-${file}`).getAttribute('href')) ?? '';
    const answer = await page.request.get(plenary.base + path);
    expect(answer.status(), file).toBe(200);
    expect(answer.headers()['content-disposition']).toContain(`day-${file}`);
  }
  await page.emulateMedia({ media: 'print' });
  expect(await page.getByTestId('view-report').isVisible()).toBe(false);
  expect(await page.getByTestId('print').isVisible()).toBe(false);
  expect(await page.getByTestId('figures').isVisible()).toBe(true);
  expect(await table.isVisible()).toBe(true);
  await page.emulateMedia({ media: null });
});

test('the list of those who are missing is copied, and printed with how to reach them', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`${plenary.base}/e/day/attendance?unit=gd&view=missing`);
  await page.getByTestId('missing-unit').filter({ hasText: 'gd1-3@example.com' }).waitFor();
  expect(await barriers()).toEqual([]);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await page.getByTestId('copy-names').click();
  await page.getByTestId('copied').filter({ hasText: 'names are copied' }).waitFor();
  expect(await copied()).toMatch(/^年度主题日 · 广东分公司: 5 missing \(.+\)\n\n(.+\n)*广州 \(2\): 广州的2号, 广州的3号(\n|$)/);
  await page.getByTestId('copy-addresses').click();
  await page.getByTestId('copied').filter({ hasText: '4 e-mail' }).waitFor();
  expect((await copied()).split(/[,;]\s*/)).toHaveLength(4);
  await page.emulateMedia({ media: 'print' });
  expect(await page.getByTestId('copy-names').isVisible()).toBe(false);
  expect(await page.getByText('gd1-2@example.com').isVisible()).toBe(true);
  await page.emulateMedia({ media: null });
});

test('a hall is made, counted in without names, and closed', async () => {
  await page.goto(`${plenary.base}/e/day/attendance?unit=gd&view=halls`);
  await page.getByTestId('no-halls').waitFor();
  expect(await barriers()).toEqual([]);
  await page.getByTestId('new-hall').click();
  await page.getByTestId('hall-name').fill('三楼会议室');
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByTestId('send').click();
  const hall = page.locator('[data-testid=hall][data-open=true]');
  await hall.filter({ hasText: '三楼会议室' }).waitFor();
  await page.getByTestId('copy-hall').click();
  await page.getByTestId('hall-copied').filter({ hasText: 'copied' }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const context = await visitor(browser, PHONE);
  const room = await openPage(context, link);
  await room.page.getByTestId('pad-4').click();
  await room.page.getByTestId('send').click();
  await room.page.getByTestId('heads').filter({ hasText: '4 are here' }).waitFor();
  await until('four in halls', async () => (await figure('heads')) === '4', SHOWN_MS_MAX);
  await hall.getByTestId('hall-heads').filter({ hasText: '4' }).waitFor();
  const scanned = `${plenary.base}/e/day/join#hall=${new URL(link).pathname.split('/').at(-1) ?? ''}`;
  const phone = await comesIn('gd2', 1);
  const counted = await openPage(phone, scanned);
  await counted.page.locator('[data-testid=arrival][data-at=counted]').waitFor();
  expect(counted.page.url()).not.toContain('hall=');
  await hall.getByTestId('hall-ticked').filter({ hasText: '1' }).waitFor();
  await until('three in halls without a name', async () => (await figure('heads')) === '3', SHOWN_MS_MAX);
  expect(await barriers(counted.page)).toEqual([]);
  await counted.page.getByTestId('to-mine').click();
  await counted.page.locator('[data-testid=own-record][data-status=present]').waitFor();
  await counted.page.getByTestId('own-record').getByText('深圳的2号').waitFor();
  expect(await barriers(counted.page)).toEqual([]);
  await phone.close();
  await room.page.goto(scanned);
  await room.page.locator('[data-testid=arrival][data-at=not_in]').waitFor();
  expect(await barriers()).toEqual([]);
  await page.getByTestId('close-hall').click();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByTestId('send').click();
  await page.locator('[data-testid=hall][data-open=false]').waitFor();
  await room.page.goto(link);
  await room.page.locator('[data-testid=entry][data-at=unknown]').waitFor();
  await context.close();
});

test('a steward begins at their own unit and is told of no other', async () => {
  const context = await visitor(browser, PHONE);
  const steward = await openPage(context, `${plenary.base}/e/day/attendance`);
  await signIn(steward.page, 'wang');
  await steward.page.getByTestId('unit-name').filter({ hasText: '广东分公司' }).waitFor();
  expect(await steward.page.getByTestId('path').count()).toBe(0);
  expect(await steward.page.getByTestId('find').count()).toBe(0);
  expect(await figure('expected', steward.page)).toBe('7');
  const ask = async (path: string) =>
    (await steward.page.request.get(`${plenary.base}/api/events/day/attendance${path}`)).status();
  for (const path of ['/hq', '/zj', '/zj1', '/zj1/members']) expect(await ask(path), path).toBe(404);
  expect(await ask('')).toBe(403);
  expect(await ask('/gd2/members')).toBe(200);
  await steward.page.goto(`${plenary.base}/e/day/attendance?unit=gd2`);
  await member('gd2-3', steward.page).getByTestId('excuse').click();
  await steward.page.getByTestId('reason').fill('休假');
  await steward.page.getByTestId('send').click();
  await steward.page.locator('[data-code=gd2-3][data-status=excused]').waitFor();
  expect(await barriers(steward.page)).toEqual([]);
  await steward.page.goto(`${plenary.base}/e/day/attendance?unit=zj`);
  await steward.page.locator('[data-testid=refused][data-code=unit_unknown]').waitFor();
  expect(steward.errors).toEqual([]);
  await context.close();
});

test('without a network the numbers stay, with the time that they are of', async () => {
  await page.goto(`${plenary.base}/e/day/attendance`);
  await row('gd').waitFor();
  await page.context().setOffline(true);
  await page.locator('[data-testid=fresh][data-fresh=false]').waitFor();
  expect(await cell('gd', 'came')).toBe('3');
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.context().setOffline(false);
  await page.locator('[data-testid=fresh][data-fresh=true]').waitFor({ state: 'attached' });
  expect(errors).toEqual([]);
});

test('thousands of units scroll with few rows, and few requests', async () => {
  const unit = (n: number) => `B${String(n).padStart(4, '0')},支公司 ${n},zj,${n}`;
  await plenary.importUnits(['code,name,parent,order', ...Array.from({ length: UNITS }, (_, n) => unit(n))]);
  await page.goto(`${plenary.base}/e/day/attendance?unit=zj`);
  await row('B0000').waitFor();
  const drawn = await page.evaluate(async () => {
    const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
    const seen = { most: 0, blanks: 0 };
    for (let top = 0; top < document.documentElement.scrollHeight - 2 * innerHeight; top += 2_000) {
      scrollTo(0, top);
      await frame();
      await frame();
      const rows = document.querySelectorAll('[role=row][data-code]');
      seen.most = Math.max(seen.most, rows.length);
      const below = document.elementFromPoint(innerWidth / 2, innerHeight - 60);
      seen.blanks += below?.closest('[role=row]') ? 0 : 1;
    }
    return seen;
  });
  progress(`scrolled through: ${JSON.stringify(drawn)}`);
  expect(drawn.most).toBeLessThanOrEqual(ROWS_MAX);
  expect(drawn.blanks).toBeLessThanOrEqual(1);
  await page.getByTestId('units').focus();
  await page.keyboard.press('End');
  await row(`B${UNITS - 1}`).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
});

test('when the event is over its book is sealed, taken away, verified and corrected', async () => {
  await send('/api/events/day/open');
  await send('/api/events/day/close');
  const over = async () => (await page.request.get(`${plenary.base}/api/events/day/book`)).json();
  await until('the event to be over', async () => (await over()).closable === true);
  await page.goto(`${plenary.base}/e/day/attendance?view=report`);
  await page.getByTestId('seal').click();
  await page.getByTestId('dialog').getByTestId('send').click();
  const book = page.locator('[data-testid=book][data-state=sealed]');
  await book.waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  const downloaded = async () => {
    const path = (await page.getByTestId('file-book.txt').getAttribute('href')) ?? '';
    return (await page.request.get(plenary.base + path)).text();
  };
  const sealed = await plenary.verifyBook(await downloaded());
  expect(await book.locator('code').textContent()).toBe(sealed.hash);
  expect(sealed.corrections).toBe(0);
  await page.getByTestId('correct').click();
  await page.getByTestId('person').fill('zj1-1');
  await page.getByTestId('status').selectOption('present');
  await page.getByTestId('reason').fill('在分会场');
  await page.getByTestId('dialog').getByTestId('send').click();
  await until('another hash', async () => (await book.locator('code').textContent()) !== sealed.hash);
  const corrected = await plenary.verifyBook(await downloaded());
  expect(corrected.corrections).toBe(1);
  expect(await book.locator('code').textContent()).toBe(corrected.hash);
  expect(errors).toEqual([]);
});
