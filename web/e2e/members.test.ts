/** Members at an event for two provinces: a personal link lets them in and counts them, or says why not. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { accessibilityProblems } from './support/axe';
import { DESKTOP, launch, openPage, PHONE, visitor } from './support/browser';
import { Plenary } from './support/server';
import { until } from './support/wait';

const PROVINCES = { gd: '广东', zj: '浙江', sc: '四川' };
/** A change is seen by organisers within so many milliseconds. */
const SHOWN_MS_MAX = 2_000;

type Invitation = { code: string; name: string; link: string };
type Counts = { expected: number; here: number };

let plenary: Plenary;
let browser: Browser;
let cookie = '';

beforeAll(async () => {
  plenary = await Plenary.empty();
  browser = await launch();
  const token = new URL(plenary.setup ?? '').hash.replace('#setup=', '');
  const who = { token, login: 'lin', name: '林晓禾', password: 'a long password' };
  const answer = await send('/api/setup', who);
  cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  await send('/api/org/units', { code: 'hq', name: '集团' });
  for (const [code, name] of Object.entries(PROVINCES)) {
    await send('/api/org/units', { code, name, parent: 'hq' });
    await send('/api/org/people', { code: `p-${code}`, name: `${name}的李`, unit: code });
  }
  const units = [{ unit: 'gd' }, { unit: 'zj' }];
  const admission = { who: 'chosen', units, people: [] };
  await send('/api/events', { slug: 'day', title: '主题日', admission });
});

afterAll(async () => {
  await browser?.close();
  await plenary?.stop();
});

/** What the administrator asks for. */
async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(plenary.base + path, { headers: { cookie } });
  expect(answer.status, path).toBe(200);
  return (await answer.json()) as T;
}

/** What the administrator does. */
async function send(path: string, body: unknown = {}): Promise<Response> {
  const headers = { 'content-type': 'application/json', cookie };
  const request = { method: 'POST', headers, body: JSON.stringify(body) };
  const answer = await fetch(plenary.base + path, request);
  expect(answer.status, `${path}: ${answer.ok ? '' : await answer.text()}`).toBeLessThan(300);
  return answer;
}

async function linkOf(unit: string): Promise<string> {
  const [invitation] = await ask<Invitation[]>(`/api/events/day/invitations/${unit}`);
  return plenary.base + (invitation?.link ?? '');
}

async function counts(unit: string): Promise<Counts> {
  const page = await ask<{ unit: { counts: Counts } }>(`/api/events/day/attendance/${unit}`);
  return page.unit.counts;
}

async function atDoor(context: BrowserContext, url: string, state: string): Promise<Page> {
  const { page, errors } = await openPage(context, url);
  await page.locator(`[data-door=${state}]`).waitFor();
  expect(errors).toEqual([]);
  expect(new URL(page.url()).hash, 'the personal link is not left in the address').toBe('');
  return page;
}

/** What is wrong with what is shown now, in both languages; ends in the first. */
async function barriers(page: Page): Promise<string[]> {
  const first = await accessibilityProblems(page);
  await page.locator('button[lang]').click();
  const second = await accessibilityProblems(page);
  await page.locator('button[lang]').click();
  return [...first, ...second];
}

test('without a personal link the event has a door and nothing else', async () => {
  const context = await visitor(browser, PHONE);
  const page = await atDoor(context, `${plenary.base}/e/day`, 'without_link');
  expect(await barriers(page)).toEqual([]);
  const answer = await page.request.get(`${plenary.base}/api/events/day`);
  expect(answer.status()).toBe(401);
  await context.close();
});

test('a member comes in by their link and is counted on every level within two seconds', async () => {
  expect(await counts('hq')).toMatchObject({ expected: 2, here: 0 });
  const context = await visitor(browser, PHONE);
  const { page, errors } = await openPage(context, await linkOf('gd'));
  await page.waitForURL(/\/e\/day$/);
  await until('one in 广东', async () => (await counts('gd')).here === 1, SHOWN_MS_MAX);
  expect((await counts('hq')).here).toBe(1);
  expect((await counts('zj')).here).toBe(0);
  await page.getByText('主题日').first().waitFor();
  expect(errors).toEqual([]);
  await context.close();
});

test('a member of a third province reads in both languages whom the event is for', async () => {
  const context = await visitor(browser, DESKTOP);
  const page = await atDoor(context, await linkOf('sc'), 'refused');
  const reason = page.getByTestId('reason');
  expect(await reason.textContent()).toContain('is for 广东、浙江; you belong to 四川.');
  await page.locator('button[lang]').click();
  expect(await reason.textContent()).toContain('本活动面向广东、浙江，您所在单位为四川。');
  await page.locator('button[lang]').click();
  expect(await barriers(page)).toEqual([]);
  // A better link, put into the same address line, is tried.
  await page.goto(await linkOf('zj'));
  await page.waitForURL(/\/e\/day$/);
  await until('one in 浙江', async () => (await counts('zj')).here === 1, SHOWN_MS_MAX);
  await context.close();
});

test('a link that is withdrawn lets nobody in, and shuts out whoever is in', async () => {
  const link = await linkOf('gd');
  const context = await visitor(browser, DESKTOP);
  const { page } = await openPage(context, link);
  await page.waitForURL(/\/e\/day$/);
  await send('/api/org/people/p-gd/revoke');
  await page.locator('[data-door=without_link]').waitFor();
  await page.goto(link);
  await page.locator('[data-door=refused]').waitFor();
  expect(await page.getByTestId('reason').textContent()).toContain('withdrawn');
  await page.goto('about:blank');
  await page.goto(await linkOf('gd'));
  await page.waitForURL(/\/e\/day$/);
  await context.close();
});
