/** Events in the console: tables come in, an event is made for two provinces and planned, links are printed and used, its door tests players. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { accessibilityProblems } from './support/axe';
import { DESKTOP, launch, openPage, PHONE, visitor } from './support/browser';
import { Plenary } from './support/server';
import { progress, until } from './support/wait';

const PASSWORD = 'nine small boats go home';
const UNITS = 3_271;
const PEOPLE = 2_000;
/** Provinces of the sample organisation: two that are invited, one that is not. */
const [YUNZHOU, QINGLING, HECHUAN] = ['11', '12', '13'] as const;

const run = promisify(execFile);

let plenary: Plenary;
let browser: Browser;
let page: Page;
let errors: string[];
let sample: string;

beforeAll(async () => {
  plenary = await Plenary.empty();
  sample = await mkdtemp(join(tmpdir(), 'plenary-e2e-sample-'));
  const binary = process.env.PLENARY_BIN ?? '';
  await run(binary, ['sample-org', '--people', String(PEOPLE), '--out', sample]);
  browser = await launch();
  const context = await visitor(browser, DESKTOP);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  ({ page, errors } = await openPage(context, plenary.setup ?? ''));
  for (const [field, value] of [['name', '林晓禾'], ['login', 'lin'], ['password', PASSWORD]]) {
    await page.getByTestId(field ?? '').fill(value ?? '');
  }
  await page.getByTestId('send').click();
  await page.getByTestId('no-units').waitFor();
});

afterAll(async () => {
  await browser?.close();
  await plenary?.stop();
  await rm(sample, { recursive: true, force: true });
});

/** A picture of a new view for whoever looks at the pages, where a folder is named. */
async function picture(name: string, of = page): Promise<void> {
  const folder = process.env.PLENARY_PICTURES;
  if (folder) await of.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** Nothing is wrong with what is shown now, in both languages, on a desktop and on a phone. */
async function noBarriers(name: string): Promise<void> {
  for (const [device, size] of [['desktop', DESKTOP], ['phone', PHONE]] as const) {
    await page.setViewportSize(size);
    expect.soft(await accessibilityProblems(page), `${name} on a ${device}`).toEqual([]);
    await picture(`${name}-${device}-en`);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect.soft(width, `${name}: nothing runs off the side of the ${device}`).toBeLessThanOrEqual(size.width);
    if ((await page.locator('dialog[open]').count()) === 0) {
      await page.locator('button[lang]').click();
      expect.soft(await accessibilityProblems(page), `${name} on a ${device} in Chinese`).toEqual([]);
      await picture(`${name}-${device}-zh`);
      await page.locator('button[lang]').click();
    }
  }
  await page.setViewportSize(DESKTOP);
}

const dialog = () => page.getByTestId('dialog');
const count = (kind: string) =>
  page.getByTestId('import-counts').locator(`[data-kind=${kind}] dd`).textContent();

/** Chooses units in the finder that is open. */
async function choose(codes: readonly string[]): Promise<void> {
  for (const code of codes) {
    await dialog().getByTestId('find').fill(code);
    await dialog().locator(`[data-testid=found] [data-code="${code}"]`).click();
  }
}

/** The link of the first member of a unit itself. */
async function personalLink(unit: string): Promise<string> {
  const ask = async (path: string): Promise<unknown> =>
    (await page.request.get(plenary.base + path)).json();
  const [event] = (await ask('/api/events')) as { id: string }[];
  const links = (await ask(`/api/events/${event?.id}/invitations/${unit}`)) as { link: string }[];
  return plenary.base + (links[0]?.link ?? '');
}

test('tables are imported through the page, by hand and dropped', async () => {
  await page.getByTestId('tab-import').click();
  await noBarriers('import');
  await page.getByTestId('file-units').setInputFiles(join(sample, 'units.csv'));
  await page.getByTestId('preview').waitFor();
  expect(await count('new')).toBe(UNITS.toLocaleString('en-GB'));
  await noBarriers('import-preview');
  await page.getByTestId('apply').click();
  await page.getByTestId('import-done').getByText(`Units written: ${UNITS.toLocaleString('en-GB')}`).waitFor();
  await page.getByTestId('import-again').click();

  const people = await readFile(join(sample, 'people.csv'), 'utf8');
  const dropped = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'people.csv', { type: 'text/csv' }));
    return transfer;
  }, people);
  await page.getByTestId('drop-people').dispatchEvent('drop', { dataTransfer: dropped });
  await page.getByTestId('preview').waitFor();
  expect(await count('new')).toBe(PEOPLE.toLocaleString('en-GB'));
  await page.getByTestId('apply').click();
  await page.getByTestId('import-done').waitFor();
  await noBarriers('import-done');
  await page.getByTestId('tab-organisation').click();
  await page.getByTestId('counts').filter({ hasText: '3,271 units · 2,000 members' }).waitFor();
  await page.getByTestId('tab-import').click();
  await page.getByTestId('import-again').click();
  expect(errors).toEqual([]);
});

test('the same table again changes nothing, and bad cells are listed and can be copied', async () => {
  const download = page.waitForEvent('download');
  await page.getByTestId('export-people.xlsx').click();
  const file = await (await download).path();
  const again = join(sample, 'again.xlsx');
  await writeFile(again, await readFile(file));
  await page.getByTestId('file-people').setInputFiles(again);
  await page.getByTestId('no-change').waitFor();
  expect(await count('unchanged')).toBe(PEOPLE.toLocaleString('en-GB'));
  await page.getByTestId('give-up').click();

  const bad = join(sample, 'bad.csv');
  await writeFile(bad, `code,name,unit,email\nX1,Ada,${YUNZHOU},no address\nX2,,${YUNZHOU},\nX3,Bo,nowhere,\n`);
  await page.getByTestId('file-people').setInputFiles(bad);
  await page.getByTestId('bad-cells').waitFor();
  expect(await page.getByTestId('bad-cell').count()).toBe(3);
  expect(await page.getByTestId('apply').count()).toBe(0);
  await noBarriers('import-bad');
  await page.getByTestId('copy-bad').click();
  await page.getByText('Copied.').waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.split('\n')).toHaveLength(3);
  expect(copied).toContain('2\temail\tno address\tUse an e-mail address');
  await page.getByTestId('give-up').click();

  await page.getByTestId('file-units').setInputFiles({
    name: 'old.xls',
    mimeType: 'application/vnd.ms-excel',
    buffer: Buffer.from([0xd0, 0xcf, 0x11, 0xe0]),
  });
  await page.locator('[data-testid=refused][data-code=old_workbook]').waitFor();
  expect(errors).toEqual([]);
});

test('a table that moves and leaves out units shows old and new, and says what becomes of those', async () => {
  const rows = (await readFile(join(sample, 'units.csv'), 'utf8')).trim().split(/\r?\n/);
  const [head = '', ...units] = rows;
  const county = units.at(-1) ?? '';
  const renamed = units.slice(0, -1).map((row) => (row.startsWith(`${HECHUAN},`) ? row.replace(',', ',新') : row));
  const table = join(sample, 'fewer.csv');
  await writeFile(table, [head, ...renamed].join('\n'));
  await page.getByTestId('file-units').setInputFiles(table);
  await page.getByTestId('preview').waitFor();
  expect([await count('renamed'), await count('missing')]).toEqual(['1', '1']);
  await page.locator('[data-testid=changes][data-kind=renamed]').getByText('新河川省分公司').waitFor();
  await page.getByTestId('missing-close').check();
  await noBarriers('import-missing');
  await page.getByTestId('apply').click();
  await page.getByTestId('import-done').getByText('Units written: 2').waitFor();
  const code = county.split(',')[0] ?? '';
  const answer = await page.request.get(`${plenary.base}/api/org/units/${code}`);
  expect(((await answer.json()) as { unit: { state: string } }).unit.state).toBe('closed');
});

test('an event is made for two provinces, with a speaker who has a link', async () => {
  await page.getByTestId('tab-events').click();
  await page.getByTestId('no-events').waitFor();
  await noBarriers('events-none');
  await page.getByTestId('new-event').click();
  await dialog().getByTestId('title').fill('Theme Day 主题日');
  expect(await dialog().getByTestId('slug').inputValue()).toBe('theme-day');
  await dialog().getByTestId('starts').fill('2030-11-28T14:00');
  await dialog().getByTestId('who-chosen').check();
  await choose([YUNZHOU, QINGLING]);
  await dialog().locator(`[data-code="${QINGLING}"]`).getByTestId('places').fill('50');
  await dialog().getByTestId('add-speaker').click();
  for (const [field, value] of [['name', '赵敏'], ['unit', '云州省分公司'], ['title', '经理']]) {
    await dialog().getByTestId(`speaker-${field}`).fill(value ?? '');
  }
  await noBarriers('event-new');
  await dialog().getByTestId('send').click();
  await page.getByTestId('event-title').getByText('Theme Day 主题日').waitFor();
  await page.locator('[data-testid=event-links][data-at=shown]').waitFor();
  expect(await page.getByTestId('audience').textContent()).toContain('云州省分公司');
  await noBarriers('event');
  await page.getByTestId('link-audience').getByTestId('copy').click();
  await page.getByText('Copied.').waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${plenary.base}/e/theme-day`);
  expect(errors).toEqual([]);
});

test('a member is put on a seat by their code, and a code that nobody has is refused', async () => {
  const [, row = ''] = (await readFile(join(sample, 'people.csv'), 'utf8')).split(/\r?\n/);
  const [code = '', name = ''] = row.split(',');
  const seat = page.getByTestId('seat-member');
  await seat.getByTestId('code').fill('nobody-has-this');
  await seat.getByTestId('save').click();
  await seat.locator('[data-testid=refused][data-code=person_unknown]').waitFor();
  await seat.getByTestId('code').fill(code);
  await seat.getByTestId('save').click();
  await seat.getByTestId('who').getByText(name).waitFor();
  await noBarriers('event-seats');
  await page.getByTestId('undo').click();
  await page.locator('[data-testid=seat-member][data-member=""]').waitFor();
});

/** The titles of the acts in the console, in their order. */
const titles = () => page.getByTestId('act').locator('strong').allTextContents();

test('its programme is planned as a whole, or left as it was', async () => {
  await page.getByTestId('no-acts').waitFor();
  await page.getByTestId('edit-acts').click();
  for (const [title, minutes] of [['致辞', '20'], ['表彰', '40'], ['论坛', '60']] as const) {
    await page.getByTestId('add-act').click();
    await page.getByTestId('act-title').last().fill(title);
    await page.getByTestId('act-minutes').last().fill(minutes);
  }
  await page.getByTestId('act-up').last().click();
  expect(await page.getByTestId('acts-sum').textContent()).toContain('3 acts, 2 h');
  await noBarriers('acts-form');
  await page.getByTestId('save-acts').click();
  await page.locator('[data-testid=acts][data-at=shown]').waitFor();
  expect(await titles()).toEqual(['致辞', '论坛', '表彰']);
  expect(await page.getByTestId('acts-sum').textContent()).toContain('until 16:00');

  await page.getByTestId('edit-acts').click();
  await page.getByTestId('act-remove').first().click();
  await page.getByTestId('act-title').first().fill('');
  expect(await page.getByTestId('save-acts').isDisabled()).toBe(true);
  await page.getByTestId('cancel-acts').click();
  await page.locator('[data-testid=acts][data-at=shown]').waitFor();
  expect(await titles()).toEqual(['致辞', '论坛', '表彰']);
  expect(await page.getByTestId('begin-act').count(), 'nothing begins before the event').toBe(0);
  expect(errors).toEqual([]);
});

test('a guest is invited with a link to copy, and it is withdrawn', async () => {
  await page.getByTestId('no-guests').waitFor();
  await page.getByTestId('invite-guest').click();
  await dialog().getByTestId('guest-name').fill('Dr Mara Lindqvist');
  await dialog().getByTestId('guest-until').fill('2001-01-01T00:00');
  await dialog().getByTestId('send').click();
  await dialog().locator('[data-testid=refused][data-code=expiry_bad]').waitFor();
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16);
  await dialog().getByTestId('guest-until').fill(tomorrow);
  await dialog().getByTestId('send').click();
  const guest = page.locator('[data-testid=guest][data-link=good]');
  await guest.waitFor();
  await noBarriers('guests');
  await guest.getByTestId('copy-guest').click();
  await guest.getByText('Copied.').waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const context = await visitor(browser, PHONE);
  await (await openPage(context, link)).page.locator('[data-door=early]').waitFor();
  await guest.getByTestId('withdraw-guest').click();
  await dialog().getByTestId('send').click();
  await page.locator('[data-testid=guest][data-link=withdrawn]').waitFor();
  await (await openPage(context, link)).page.locator('[data-door=refused]').waitFor();
  await context.close();
  expect(errors).toEqual([]);
});

test('printed links let their owners in; a member of a third province is turned away with a sentence', async () => {
  await page.getByTestId('print-links').click();
  await choose(['10']);
  await dialog().getByTestId('send').click();
  await page.locator('[data-testid=print][data-at=shown]').waitFor();
  const cards = await page.getByTestId('card').count();
  progress(`${cards} links`);
  expect(cards).toBeGreaterThan(8);
  await noBarriers('print');
  await page.emulateMedia({ media: 'print' });
  for (const hidden of ['tab-events', 'print-now', 'notice']) {
    expect(await page.getByTestId(hidden).isVisible(), `${hidden} is not printed`).toBe(false);
  }
  await picture('print-paper');
  const sheets = (await page.pdf({ format: 'A4', preferCSSPageSize: true })).toString('latin1');
  const count = sheets.match(/\/Type\s*\/Page\b/g)?.length;
  expect(count, 'eight on each sheet').toBe(Math.ceil(cards / 8));
  await page.emulateMedia({ media: null });

  const link = await page.getByTestId('card').first().locator('a').getAttribute('href');
  const member = await openPage(await visitor(browser, PHONE), link ?? '');
  await member.page.locator('[data-door=early]').waitFor();
  await member.page.context().close();

  await page.getByTestId('print-back').click();
  await page.getByTestId('event-title').waitFor();
  const stranger = await openPage(await visitor(browser, PHONE), await personalLink(HECHUAN));
  await stranger.page.locator('[data-door=refused]').waitFor();
  const reason = await stranger.page.getByTestId('reason').textContent();
  expect(reason).toContain('云州省分公司');
  expect(reason).toContain('新河川省分公司');
  await stranger.page.context().close();
});

test('a unit prints its own links, and the one that is not invited has none', async () => {
  await page.goto(`${plenary.base}/org?unit=${HECHUAN}`);
  await page.getByTestId('do-print').click();
  await dialog().getByTestId('print-event').waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await dialog().getByTestId('send').click();
  await page.getByTestId('no-cards').waitFor();
  await page.goBack();
  await page.getByTestId('unit-name').waitFor();
});

test('before it begins the door shows the time left and a file for calendars', async () => {
  const link = await personalLink(YUNZHOU);
  for (const [device, size] of [['desktop', DESKTOP], ['phone', PHONE]] as const) {
    const early = await openPage(await visitor(browser, size), link);
    await early.page.locator('[data-door=early]').waitFor();
    expect(await early.page.getByTestId('when').textContent()).toContain('28 November 2030');
    expect(await accessibilityProblems(early.page)).toEqual([]);
    await picture(`early-${device}`, early.page);
    const download = early.page.waitForEvent('download');
    await early.page.getByTestId('calendar').click();
    const file = await readFile(await (await download).path(), 'utf8');
    expect(file).toContain('DTSTART:20301128T');
    expect(early.errors).toEqual([]);
    await early.page.context().close();
  }
});

test('before it begins the door tells what is planned, by the clock of the visitor', async () => {
  const link = await personalLink(YUNZHOU);
  const timezoneId = 'Asia/Tokyo';
  const context = await browser.newContext({ viewport: PHONE, locale: 'en-GB', timezoneId });
  const { page: early } = await openPage(context, link);
  const plan = early.getByTestId('plan').locator('li');
  await plan.first().waitFor();
  expect(await plan.locator('span').allTextContents()).toEqual(['致辞', '论坛', '表彰']);
  const [event] = (await (await page.request.get(`${plenary.base}/api/events`)).json()) as { starts_ms: number }[];
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: timezoneId });
  const times = [0, 20, 80].map((minutes) => clock.format((event?.starts_ms ?? 0) + minutes * 60_000));
  expect(await plan.locator('time').allTextContents()).toEqual(times);
  await context.close();
});

test('before it begins the door tests player and network with a clip that caches may keep', async () => {
  const context = await visitor(browser, PHONE);
  const { page: early, errors } = await openPage(context, 'about:blank');
  const clip: string[] = [];
  const scripts: string[] = [];
  early.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.includes('/clip-')) clip.push(response.headers()['cache-control'] ?? '');
    if (pathname.endsWith('.js')) scripts.push(pathname);
  });
  await early.goto(await personalLink(YUNZHOU));
  await early.getByTestId('check-start').waitFor();
  const before = scripts.length;
  expect(clip, 'nothing is downloaded before somebody asks for it').toEqual([]);
  await early.getByTestId('check-start').click();
  await early.locator('[data-testid=check][data-at=playing]').waitFor();
  await until('a picture of the clip', () =>
    early.getByTestId('check-video').evaluate((video: HTMLVideoElement) => video.videoHeight === 360),
  );
  await picture('check-playing-phone', early);
  await early.getByTestId('check-found').waitFor({ timeout: 60_000 });
  expect(scripts.length, 'the player comes when it is needed').toBeGreaterThan(before);
  expect(clip.length).toBeGreaterThan(8);
  expect(clip.every((kept) => kept.includes('immutable') && kept.includes('public'))).toBe(true);
  const told = (of: string) => early.getByTestId(`check-${of}`).locator('dd').textContent();
  const shown = Number(/(\d+) pictures were shown/.exec((await told('player')) ?? '')?.[1]);
  progress(`the test showed ${shown} pictures; ${await told('network')} ${await told('delay')}`);
  expect(shown).toBeGreaterThan(30);
  expect(await told('network')).toMatch(/(More than 50|\d+\.\d) Mb\/s: enough for the large picture/);
  expect(await told('delay')).toMatch(/^\d+ ms to the server/);
  expect(await accessibilityProblems(early)).toEqual([]);
  await picture('check-done-phone', early);
  expect(errors).toEqual([]);
  await context.close();
});

test('the test at the door says what is in the way', async () => {
  const context = await visitor(browser, PHONE);
  const { page: early } = await openPage(context, await personalLink(YUNZHOU));
  const unreachable = early.locator('[data-testid=check][data-at=unreachable]');
  await early.getByTestId('check-start').waitFor();
  await context.setOffline(true);
  await early.getByTestId('check-start').click();
  await unreachable.getByText('This device has no network').waitFor();
  await context.setOffline(false);
  await early.route(/\/clip-/, (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Wi-Fi</h1>' }));
  await early.getByTestId('check-start').click();
  await unreachable.getByText('Something between you and the server').waitFor();
  expect(await accessibilityProblems(early)).toEqual([]);
  await early.unroute(/\/clip-/);
  await early.route(/\/clip-/, (route) => route.abort());
  await early.getByTestId('check-start').click();
  await unreachable.getByText('did not answer in time').waitFor();
  await early.unroute(/\/clip-/);
  await early.evaluate(() => (MediaSource.isTypeSupported = () => false));
  await early.getByTestId('check-start').click();
  await early.getByTestId('check-player').getByText('cannot decode').waitFor();
  await context.close();
});

test('who may come is changed and undone, and the event goes on air once it is confirmed', async () => {
  await page.getByTestId('tab-events').click();
  await page.getByTestId('choose-event').click();
  await page.getByTestId('change-admission').click();
  await dialog().getByTestId('who-members').check();
  await dialog().getByTestId('send').click();
  await page.getByTestId('audience').getByText('All members').waitFor();
  await page.getByTestId('undo').click();
  await page.getByTestId('audience').getByText('云州省分公司').waitFor();
  await page.getByTestId('change-admission').click();
  await dialog().getByTestId('chosen-people').fill('nobody-has-this');
  await dialog().getByTestId('send').click();
  await dialog().getByText('Nobody has the code nobody-has-this').waitFor();
  await dialog().getByTestId('cancel').click();

  await page.getByTestId('open-event').click();
  await noBarriers('event-open');
  await dialog().getByTestId('send').click();
  await page.locator('[data-testid=phase][data-phase=on_air]').waitFor();
  const stage = await page.getByTestId('link-stage').locator('a').getAttribute('href');
  const speaker = await openPage(await visitor(browser, DESKTOP), stage ?? '');
  await speaker.page.getByText('赵敏').first().waitFor();
  await speaker.page.context().close();
  const member = await openPage(await visitor(browser, PHONE), await personalLink(YUNZHOU));
  await member.page.waitForURL(/\/e\/theme-day$/);
  expect(await member.page.locator('[data-door]').count()).toBe(0);
  await member.page.context().close();
  await page.getByTestId('all-events').click();
  await page.locator('[data-testid=event][data-slug=theme-day]').waitFor();
  await noBarriers('events');
  expect(errors).toEqual([]);
});

test('on air an act begins with one button and ends the one before; attendance tells who came to each', async () => {
  await page.getByTestId('choose-event').click();
  const begin = (title: string) => page.getByRole('button', { name: `Begin now: ${title}` });
  const act = (title: string, state: string) =>
    page.locator(`[data-testid=act][data-state=${state}]`, { hasText: title });
  await begin('致辞').click();
  await act('致辞', 'now').waitFor();
  await begin('论坛').click();
  await act('论坛', 'now').waitFor();
  await act('致辞', 'began').waitFor();
  expect(await begin('致辞').count(), 'an act begins once').toBe(0);
  await noBarriers('acts-on-air');

  const context = await visitor(browser, PHONE);
  const { page: member } = await openPage(context, 'about:blank');
  const said = member.waitForRequest((request) => request.url().endsWith('/stay'));
  await member.goto(await personalLink(YUNZHOU));
  await said;
  await page.goto(`${plenary.base}/e/theme-day/attendance`);
  const row = (title: string) => page.getByTestId('acts').getByTestId('act').filter({ hasText: title });
  await row('论坛').filter({ hasText: /1\s*$/ }).waitFor({ timeout: 60_000 });
  expect(await row('论坛').locator('td').nth(1).textContent()).toBe('now');
  expect(await row('表彰').count(), 'what has not begun is not told').toBe(0);
  await noBarriers('attendance-acts');
  await context.close();
  expect(errors).toEqual([]);
});
