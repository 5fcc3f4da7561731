/** The page of a hall: the programme of a real server, heads on the pad, members ticked off. The hall's own requests are answered here. */
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { accessibilityProblems } from './support/axe';
import { DESKTOP, launch, openPage, PHONE, visitor } from './support/browser';
import { Plenary } from './support/server';

let plenary: Plenary;
let browser: Browser;
let slug = '';

const hall = {
  heads: null as number | null,
  heads_ms: null as number | null,
  qr: { size: 33, path: 'M0 0h7v1h-7zM26 0h7v1h-7zM0 26h7v7h-7z' },
  members: Array.from({ length: 12 }, (_, n) => ({
    code: `10${String(n).padStart(4, '0')}`,
    name: `天河的${n}号`,
    here: n % 5 === 0,
    in_hall: false,
  })),
};

beforeAll(async () => {
  plenary = await Plenary.demo();
  browser = await launch();
  slug = new URL(plenary.links.audience).pathname.split('/').at(-1) ?? '';
});

afterAll(async () => {
  await browser?.close();
  await plenary?.stop();
});

/** Answers as docs/protocol.md tells of halls. */
async function answers(route: Route): Promise<void> {
  const request = route.request();
  const [, , , token, what, code] = new URL(request.url()).pathname.split('/');
  if (token !== 'right') {
    return route.fulfill({ status: 404, json: { status: 404, code: 'link_unknown', detail: '' } });
  }
  if (request.method() === 'GET') {
    const event = { slug, title: '年度主题日' };
    return route.fulfill({ json: { event, unit: '广东 · 天河支公司', name: '三楼会议室', ...hall } });
  }
  const body = request.postDataJSON() as { count: number; present: boolean };
  if (what === 'heads') Object.assign(hall, { heads: body.count, heads_ms: Date.now() });
  const member = hall.members.find((one) => one.code === code);
  if (member) Object.assign(member, { in_hall: body.present });
  return route.fulfill({ status: 204 });
}

async function open(context: BrowserContext, token: string): Promise<{ page: Page; errors: string[] }> {
  await context.route('**/api/halls/**', answers);
  return openPage(context, `${plenary.base}/hall/${token}`);
}

async function barriers(page: Page, width: number): Promise<string[]> {
  const found = await accessibilityProblems(page);
  await page.locator('button[lang]').click();
  found.push(...(await accessibilityProblems(page)));
  await page.locator('button[lang]').click();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  return wide <= width ? found : [...found, `${wide} pixels wide on ${width}`];
}

test('the room sees the programme, and whoever counts has the pad beside it', async () => {
  const context = await visitor(browser, DESKTOP);
  const { page, errors } = await open(context, 'right');
  await page.locator('[data-testid=programme][data-at=playing]').waitFor();
  await page.getByText('广东 · 天河支公司').waitFor();
  expect(await barriers(page, DESKTOP.width)).toEqual([]);
  await page.getByTestId('count').click();
  for (const key of ['4', '7', 'back', '6']) await page.getByTestId(`pad-${key}`).click();
  await page.getByTestId('send').click();
  await page.getByTestId('heads').filter({ hasText: '46 are here' }).waitFor();
  await page.getByTestId('heads-field').focus();
  await page.keyboard.type('5x1');
  await page.keyboard.press('Enter');
  await page.getByTestId('heads').filter({ hasText: '51 are here' }).waitFor();
  expect(await barriers(page, DESKTOP.width)).toEqual([]);
  await page.getByTestId('way-scan').click();
  await page.getByTestId('scan').getByText('Members scan it').waitFor();
  expect((await page.locator('[data-testid=scan] svg').boundingBox())?.width).toBeGreaterThan(200);
  expect(await barriers(page, DESKTOP.width)).toEqual([]);
  expect(errors).toEqual([]);
  await context.close();
});

test('members are found and ticked off on a phone, and a network that is away is told', async () => {
  const context = await visitor(browser, PHONE);
  const { page, errors } = await open(context, 'right');
  await page.getByTestId('way-names').click();
  await page.getByTestId('find').fill('7号');
  await page.getByTestId('tick').check();
  await page.getByText('Ticked off: 1 of 12').waitFor();
  expect(hall.members[7]).toMatchObject({ in_hall: true });
  await page.getByTestId('tick').uncheck();
  await page.getByText('Ticked off: 0 of 12').waitFor();
  await page.getByTestId('find').fill('');
  expect(await barriers(page, PHONE.width)).toEqual([]);
  await context.unroute('**/api/halls/**');
  await context.route('**/api/halls/**', (route) => route.abort());
  await page.getByTestId('tick').first().click();
  await page.locator('[data-testid=refused][data-code=offline]').waitFor();
  expect(await page.getByTestId('tick').first().isChecked(), 'what was not taken is not shown').toBe(false);
  expect(errors).toEqual([]);
  await context.close();
});

test('a link that is not valid says what to do', async () => {
  const context = await visitor(browser, PHONE);
  const { page } = await open(context, 'wrong');
  await page.locator('[data-testid=entry][data-at=unknown]').waitFor();
  expect(await barriers(page, PHONE.width)).toEqual([]);
  await context.close();
});
