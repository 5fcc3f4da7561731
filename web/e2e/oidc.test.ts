/** People sign in where their organisation's people do: an administrator, a member, and whoever tries to be one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { accessibilityProblems } from './support/axe';
import { DESKTOP, launch, openPage, PHONE, visitor } from './support/browser';
import { type Claims, Liar } from './support/liar';
import { Plenary } from './support/server';
import { CLIENT, signInThere, Staff } from './support/staff';
import { until } from './support/wait';

const SHOWN_MS_MAX = 2_000;

let folder: string;
let staff: Staff;
let liar: Liar;
let plenary: Plenary;
/** A server whose provider is the liar. */
let other: Plenary;
let browser: Browser;
let cookie = '';

/** The environment of a server whose people sign in there. */
function settings(issuer: string, secret: string): Record<string, string> {
  return {
    PLENARY_OIDC_ISSUER: issuer,
    PLENARY_OIDC_CLIENT_ID: CLIENT.id,
    PLENARY_OIDC_CLIENT_SECRET_FILE: secret,
    PLENARY_OIDC_NAME: 'Staff',
    PLENARY_OIDC_SCOPES: 'profile',
    PLENARY_OIDC_PERSON_CLAIM: 'employee',
    PLENARY_OIDC_UNIT_CLAIM: 'unit',
    PLENARY_OIDC_ROLE_CLAIM: 'groups',
    PLENARY_OIDC_ADMINISTRATORS: 'plenary-admins',
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plenary-e2e-oidc-'));
  const secret = join(folder, 'secret');
  await writeFile(secret, `${CLIENT.secret}\n`);
  staff = await Staff.start({
    boss: { name: '林晓禾', groups: ['everybody', 'plenary-admins'] },
    li: { name: 'Li', employee: 'p-gd', groups: ['everybody'] },
    fresh: { name: '新人', employee: 'p-new', unit: 'hq' },
    astray: { name: 'Astray', employee: 'p-astray', unit: 'nowhere' },
    stranger: { name: 'Stranger', employee: 'p-nobody' },
  });
  liar = await Liar.start();
  plenary = await Plenary.empty(settings(staff.issuer, secret));
  other = await Plenary.empty(settings(liar.issuer, secret));
  staff.knows(plenary.base);
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await plenary?.stop();
  await other?.stop();
  await staff?.stop();
  await liar?.stop();
  await rm(folder, { recursive: true });
});

/** What the administrator does. */
async function send(path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json', cookie };
  const answer = await fetch(plenary.base + path, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status, `${path}: ${answer.ok ? '' : await answer.text()}`).toBe(201);
}

async function here(): Promise<number> {
  const answer = await fetch(`${plenary.base}/api/events/day/attendance/hq`, { headers: { cookie } });
  const page = (await answer.json()) as { unit: { counts: { here: number } } };
  return page.unit.counts.here;
}

test('an administrator signs in elsewhere, on a server that knows nobody yet', async () => {
  const context = await visitor(browser, DESKTOP);
  const { page, errors } = await openPage(context, `${plenary.base}/org`);
  await page.getByTestId('elsewhere').filter({ hasText: 'Sign in with Staff' }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByTestId('elsewhere').click();
  await signInThere(page, 'boss');
  await page.getByTestId('no-units').waitFor();
  expect(await page.getByTestId('who').textContent()).toBe('林晓禾');
  const session = (await context.cookies()).find(({ name }) => name === 'plenary_session');
  cookie = `plenary_session=${session?.value}`;
  await send('/api/org/units', { code: 'hq', name: '集团' });
  await send('/api/org/people', { code: 'p-gd', name: '李雨晴', unit: 'hq' });
  await send('/api/events', { slug: 'day', title: '主题日', admission: { who: 'members' } });
  expect(errors).toEqual([]);
  await context.close();
});

test('a member signs in at the door, is counted, and has no part in the console but their own', async () => {
  const context = await visitor(browser, PHONE);
  const { page } = await openPage(context, `${plenary.base}/e/day`);
  await page.getByTestId('elsewhere').click();
  await signInThere(page, 'li');
  await page.waitForURL(/\/e\/day$/);
  await page.getByText('主题日').first().waitFor();
  await until('one is there', async () => (await here()) === 1, SHOWN_MS_MAX);
  await page.goto(`${plenary.base}/org`);
  await page.getByTestId('elsewhere').click();
  await page.getByTestId('who').filter({ hasText: '李雨晴' }).waitFor();
  const answer = await page.request.get(`${plenary.base}/api/accounts`);
  expect(answer.status()).toBe(403);
  await context.close();
});

test('whoever the organisation does not know is told so, in both places', async () => {
  const context = await visitor(browser, DESKTOP);
  const { page } = await openPage(context, `${plenary.base}/e/day`);
  await page.getByTestId('elsewhere').click();
  await signInThere(page, 'stranger');
  await page.locator('[data-door=refused]').waitFor();
  expect(await page.getByTestId('reason').textContent()).toContain('does not know you');
  await page.goto(`${plenary.base}/org`);
  await page.getByTestId('elsewhere').click();
  await page.locator('[data-testid=refused][data-code=person_not_known]').waitFor();
  await context.close();
});

test('whoever is new is entered into the unit that the provider names, if it is there', async () => {
  const context = await visitor(browser, PHONE);
  const { page } = await openPage(context, `${plenary.base}/e/day`);
  await page.getByTestId('elsewhere').click();
  await signInThere(page, 'fresh');
  await page.waitForURL(/\/e\/day$/);
  const answer = await fetch(`${plenary.base}/api/org/people/p-new`, { headers: { cookie } });
  expect(await answer.json()).toMatchObject({ name: '新人', unit: 'hq' });
  await context.close();
  const other = await visitor(browser, PHONE);
  const astray = await openPage(other, `${plenary.base}/e/day`);
  await astray.page.getByTestId('elsewhere').click();
  await signInThere(astray.page, 'astray');
  await astray.page.locator('[data-door=refused]').waitFor();
  await other.close();
});

/** One way there and back without a browser. */
class Way {
  state = '';
  nonce = '';
  cookie = '';
  constructor(private readonly server: Plenary) {}

  async leave(): Promise<this> {
    const answer = await fetch(`${this.server.base}/api/oidc/start?for=org`, { redirect: 'manual' });
    const there = new URL(answer.headers.get('location') ?? '').searchParams;
    expect(there.get('code_challenge_method')).toBe('S256');
    this.state = there.get('state') ?? '';
    this.nonce = there.get('nonce') ?? '';
    this.cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    return this;
  }

  /** Where one is led who is back, and whether they are signed in. */
  async back(code: string, { state = this.state, cookie = this.cookie } = {}) {
    const query = new URLSearchParams({ code, state });
    const path = `${this.server.base}/api/oidc/callback?${query}`;
    const answer = await fetch(path, { redirect: 'manual', headers: { cookie } });
    const signedIn = /plenary_session=[^;]/.test(answer.headers.get('set-cookie') ?? '');
    return { status: answer.status, to: answer.headers.get('location'), signedIn };
  }
}

test('a state is taken once, and only from the browser that left with it', async () => {
  const way = await new Way(plenary).leave();
  const no = { status: 403, to: null, signedIn: false };
  expect(await way.back('x', { state: `${way.state.slice(1)}x` })).toEqual(no);
  expect(await way.back('x', { state: '' })).toEqual(no);
  expect(await way.back('x', { cookie: '' })).toEqual(no);
  expect(await way.back('x', { cookie: (await new Way(plenary).leave()).cookie })).toEqual(no);
  const refused = { status: 303, to: '/org#refused=sign_in_not_proven', signedIn: false };
  expect(await way.back('a code that the provider does not know')).toEqual(refused);
  expect(await way.back('a code that the provider does not know')).toEqual(no);
});

test('a code that was used already opens nothing', async () => {
  const context = await visitor(browser, DESKTOP);
  const { page } = await openPage(context, `${plenary.base}/org`);
  const used = page.waitForRequest((request) => request.url().includes('/api/oidc/callback'));
  await page.getByTestId('elsewhere').click();
  await signInThere(page, 'boss');
  const code = new URL((await used).url()).searchParams.get('code') ?? '';
  await page.getByTestId('who').waitFor();
  expect(code).not.toBe('');
  const again = await (await new Way(plenary).leave()).back(code);
  expect(again).toEqual({ status: 303, to: '/org#refused=sign_in_not_proven', signedIn: false });
  await context.close();
});

test('a token lets in only whom it was signed for, by the provider, for this question, in time', async () => {
  const now = Math.floor(Date.now() / 1_000);
  const right = (nonce: string): Claims => ({
    iss: liar.issuer,
    aud: CLIENT.id,
    sub: 'boss',
    iat: now,
    exp: now + 60,
    nonce,
    employee: 'nobody',
    groups: ['plenary-admins'],
  });
  const attempt = async (make: (claims: Claims) => string, change: Claims = {}) => {
    const way = await new Way(other).leave();
    liar.token = make({ ...right(way.nonce), ...change });
    return way.back('code');
  };
  const signed = (claims: Claims) => liar.signed(claims);
  const refused = { status: 303, to: '/org#refused=sign_in_not_proven', signedIn: false };
  const lies: Claims[] = [
    { aud: 'another client' },
    { aud: [CLIENT.id, 'another client'] },
    { iss: 'http://127.0.0.1:1' },
    { nonce: 'of another question' },
    { nonce: undefined },
    { exp: now - 3_600 },
  ];
  for (const lie of lies) expect(await attempt(signed, lie), JSON.stringify(lie)).toEqual(refused);
  expect(await attempt((claims) => liar.unsigned(claims))).toEqual(refused);
  expect(await attempt((claims) => liar.signedByOthers(claims))).toEqual(refused);
  expect(await attempt(signed)).toEqual({ status: 303, to: '/org', signedIn: true });
});
