/** Chromium's own HLS player and hls.js play the demo's broadcast without leaving anything out. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { DESKTOP, launch, openPage, visitor } from './support/browser';
import { watch, type Watched } from './support/counter';
import { Director } from './support/director';
import { Plenary } from './support/server';
import { progress, until } from './support/wait';

const LONG = process.env.PLENARY_LONG === 'yes';
/** What each player plays. */
const SECONDS = LONG ? 60 : 10;
const PICTURES_PER_SECOND = 30;
/** Pictures that the counts may be apart: what is decoded ahead differs at the two ends. */
const AHEAD_PICTURES_MAX = 30;
/** How many pictures before its usual time a speaker's picture may come into the programme. */
const UNEVEN_PICTURES_MAX = LONG ? 4 : 60;
const WATCHED = '[data-testid=programme]';

let plenary: Plenary;
let browser: Browser;

beforeAll(async () => {
  plenary = await Plenary.demo();
  browser = await launch();
  await (await Director.open(plenary.links.studio)).putCameraOnAir();
  progress(`the demo is on air at ${plenary.base}`);
});

afterAll(async () => {
  await browser?.close();
  await plenary?.stop();
});

async function playing(page: Page, selector: string): Promise<void> {
  const position = () => page.locator(selector).evaluate((video: HTMLVideoElement) => video.currentTime);
  const before = await position();
  await until('the picture to go on', async () => (await position()) > before + 1);
}

/** Everything that was broadcast while it played was decoded, once and in order. */
function check({ presented, decoded, troubles }: Watched): void {
  // Where the machine is too busy, the programme leaves pictures out, and a player that wants to stay
  // near the live edge waits or jumps ahead; the long run has a machine of its own and allows nothing.
  const busy = LONG ? [] : troubles.filter((trouble) => /^(waiting|seeking)/.test(trouble));
  expect(troubles.filter((trouble) => !busy.includes(trouble))).toEqual([]);
  const [first, last] = decoded;
  const broadcast = (last.media - first.media) * PICTURES_PER_SECOND;
  const pictures = last.pictures - first.pictures;
  const leftOutMax = LONG ? AHEAD_PICTURES_MAX : broadcast / 2;
  expect(broadcast - pictures, 'pictures left out').toBeLessThan(leftOutMax);
  const read = presented.flatMap(({ media, counter }) => (counter === null ? [] : [{ media, counter }]));
  expect(read.length, 'marks that were read').toBeGreaterThan(presented.length * 0.9);
  for (const [index, { media, counter }] of read.entries()) {
    const before = read[index - 1];
    if (before && counter < before.counter) throw new Error(`the counter goes back at ${media} s`);
  }
  // A speaker's picture may come late into the programme, and the next ones catch up; none comes
  // earlier than usual.
  const ahead = read.map(({ media, counter }) => counter - media * PICTURES_PER_SECOND);
  const usual = [...ahead].sort((a, b) => a - b)[Math.floor(ahead.length / 2)] ?? 0;
  const early = Math.max(...ahead) - usual;
  expect(early, 'pictures before their time').toBeLessThan(UNEVEN_PICTURES_MAX);
  progress(
    `${(last.media - first.media).toFixed(1)} s, ${pictures} pictures decoded, ` +
      `${presented.length} presented, ${busy.join() || 'never late'}`,
  );
}

test(`the watch page with hls.js plays ${SECONDS} s without a gap`, async () => {
  const { page, errors } = await openPage(await visitor(browser, DESKTOP), plenary.links.audience);
  await playing(page, WATCHED);
  check(await watch(page, WATCHED, SECONDS));
  expect(errors).toEqual([]);
  await page.context().close();
});

test(`Chromium’s own player plays ${SECONDS} s without a gap`, async () => {
  const context = await visitor(browser, DESKTOP);
  // An empty page of the same server, so that the broadcast needs no permission for others.
  const blank = `${plenary.base}/blank`;
  await context.route(blank, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><video muted autoplay playsinline>' }),
  );
  const { page } = await openPage(context, blank);
  await page.locator('video').evaluate((video: HTMLVideoElement, hls) => {
    if (!video.canPlayType('application/vnd.apple.mpegurl')) throw new Error('it plays no HLS');
    video.src = hls;
  }, plenary.links.hls);
  await playing(page, 'video');
  check(await watch(page, 'video', SECONDS));
  await context.close();
});
