/** Guests come in with links of their own, whoever is shut out is out at once, and a crowd waits in line. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { accessibilityProblems } from './support/axe';
import { launch, openPage, PHONE, visitor } from './support/browser';
import { Plenary } from './support/server';
import { until } from './support/wait';

/** Whoever is shut out sees it within so many milliseconds. */
const SHUT_OUT_MS_MAX = 2_000;
const HOUR_MS = 3_600_000;
/** So few that some members are a crowd. */
const JOINS_PER_SECOND_MAX = 1;

type Guest = { id: string; name: string; link: string | null };

let plenary: Plenary;
let browser: Browser;
let cookie = '';

beforeAll(async () => {
  plenary = await Plenary.empty({ PLENARY_JOINS_PER_SECOND_MAX: String(JOINS_PER_SECOND_MAX) });
  browser = await launch();
  const token = new URL(plenary.setup ?? '').hash.replace('#setup=', '');
  const who = { token, login: 'lin', name: '林晓禾', password: 'a long password' };
  const answer = await send('POST', '/api/setup', who);
  cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  await send('POST', '/api/org/units', { code: 'hq', name: '集团' });
  for (const n of [1, 2, 3, 4, 5, 6]) {
    await send('POST', '/api/org/people', { code: `p${n}`, name: `成员${n}`, unit: 'hq' });
  }
  const admission = { who: 'chosen', units: [{ unit: 'hq' }], people: [] };
  await send('POST', '/api/events', { slug: 'day', title: '主题日', admission });
});

afterAll(async () => {
  await browser?.close();
  await plenary?.stop();
});

/** What the administrator does. */
async function send(method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json', cookie };
  const answer = await fetch(plenary.base + path, { method, headers, body: JSON.stringify(body) });
  expect(answer.status, `${path}: ${answer.ok ? '' : await answer.text()}`).toBeLessThan(300);
  return answer;
}

async function guests(): Promise<{ here: number; guests: Guest[] }> {
  const answer = await send('GET', '/api/events/day/guests');
  return (await answer.json()) as { here: number; guests: Guest[] };
}

/** Opens a personal link, and waits until the page is in and says that somebody is there. */
async function comeIn(context: BrowserContext, link: string): Promise<Page> {
  const { page } = await openPage(context, 'about:blank');
  const said = page.waitForRequest((request) => request.url().endsWith('/stay'));
  await page.goto(plenary.base + link);
  await page.waitForURL(/\/e\/day$/);
  await said;
  return page;
}

async function linkOf(code: string): Promise<string> {
  const answer = await send('GET', '/api/events/day/invitations/hq');
  const all = (await answer.json()) as { code: string; link: string }[];
  return all.find((one) => one.code === code)?.link ?? '';
}

test('a guest comes in, is in no unit, and is out at once when the link is withdrawn', async () => {
  const invite = { name: 'Dr Mara Lindqvist', expires_ms: Date.now() + HOUR_MS };
  const invited = (await (await send('POST', '/api/events/day/guests', invite)).json()) as Guest;
  const context = await visitor(browser, PHONE);
  const page = await comeIn(context, invited.link ?? '');
  await until('one guest', async () => (await guests()).here === 1);
  const answer = await send('GET', '/api/events/day/attendance/hq');
  expect(await answer.json()).toMatchObject({ unit: { counts: { here: 0, came: 0 } } });
  await send('DELETE', `/api/events/day/guests/${invited.id}`);
  await page.locator('[data-door=without_link]').waitFor({ timeout: SHUT_OUT_MS_MAX });
  expect(await guests()).toMatchObject({ here: 0, guests: [{ id: invited.id, link: null }] });
  await page.goto(plenary.base + (invited.link ?? ''));
  await page.locator('[data-door=refused]').waitFor();
  expect(await page.getByTestId('reason').textContent()).toContain('withdrawn');
  await context.close();
});

test('a guest whose time is over is out at once', async () => {
  const invite = { name: 'Late Guest', expires_ms: Date.now() + 12_000 };
  const invited = (await (await send('POST', '/api/events/day/guests', invite)).json()) as Guest;
  const context = await visitor(browser, PHONE);
  const page = await comeIn(context, invited.link ?? '');
  const left = Math.max(0, invite.expires_ms - Date.now());
  await page.locator('[data-door=without_link]').waitFor({ timeout: left + SHUT_OUT_MS_MAX });
  await context.close();
});

test('a member whose links are withdrawn is out at once, and others stay', async () => {
  const contexts = [await visitor(browser, PHONE), await visitor(browser, PHONE)] as const;
  const page = await comeIn(contexts[0], await linkOf('p1'));
  const other = await comeIn(contexts[1], await linkOf('p2'));
  await send('POST', '/api/org/people/p1/revoke');
  await page.locator('[data-door=without_link]').waitFor({ timeout: SHUT_OUT_MS_MAX });
  expect(await other.locator('[data-door]').count()).toBe(0);
  for (const context of contexts) await context.close();
});

test('a crowd is told place and time, and comes in by itself', async () => {
  const context = await visitor(browser, PHONE);
  const links = await Promise.all(['p3', 'p4', 'p5', 'p6'].map((code) => linkOf(code)));
  const pages = await Promise.all(links.map(async () => (await openPage(context, 'about:blank')).page));
  const told = pages.map(async (page) => {
    const line = page.getByTestId('line');
    await line.filter({ hasText: /You are number [2-9] in line, about [2-9] s/ }).waitFor();
    return page;
  });
  await Promise.all(pages.map((page, n) => page.goto(plenary.base + (links[n] ?? ''))));
  expect(await accessibilityProblems(await Promise.any(told))).toEqual([]);
  await Promise.all(pages.map((page) => page.waitForURL(/\/e\/day$/)));
  await context.close();
});
