/** Chromium's own HLS player, hls.js in Chromium and Firefox, and Shaka Player play the demo's broadcast without leaving anything out. */
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { DESKTOP, launch, openPage, visitor } from './support/browser';
import { type Evaluates, watch, type Watched } from './support/counter';
import { Director } from './support/director';
import { launchFirefox, openFirefoxPage } from './support/firefox';
import { Plenary } from './support/server';
import { progress, until } from './support/wait';

const LONG = process.env.PLENARY_LONG === 'yes';
/** What each player plays. */
const SECONDS = LONG ? 600 : 10;
const TIMEOUT_MS = 240_000 + SECONDS * 3_000;
const PICTURES_PER_SECOND = 30;
/** Pictures that the counts may be apart: what is decoded ahead differs at the two ends. */
const AHEAD_PICTURES_MAX = 30;
/** How many pictures before its usual time a speaker's picture may come into the programme. */
const UNEVEN_PICTURES_MAX = LONG ? 4 : 60;
const WATCHED = '[data-testid=programme]';

declare global {
  interface Window {
    shaka: {
      Player: new () => {
        configure(settings: { streaming: { lowLatencyMode: boolean } }): void;
        attach(video: Element | null): Promise<void>;
        load(hls: string): Promise<void>;
      };
    };
  }
}

let plenary: Plenary;
let browser: Browser;

beforeAll(async () => {
  plenary = await Plenary.demo();
  browser = await launch();
  await (await Director.open(plenary.links.studio)).putCameraOnAir();
  // Shaka Player needs a whole segment in every rendition: it does not begin with parts alone.
  for (const rendition of ['v720', 'v360', 'a64']) {
    await fetch(new URL(`${rendition}/live.m3u8?_HLS_msn=2`, plenary.links.hls));
  }
  progress(`the demo is on air at ${plenary.base}`);
});

afterAll(async () => {
  await browser?.close();
  await plenary?.stop();
});

async function playing(page: Evaluates, selector: string): Promise<void> {
  const position = () =>
    page.evaluate((selector) => document.querySelector<HTMLVideoElement>(selector)?.currentTime ?? 0, selector);
  const before = await position();
  await until('the picture to go on', async () => (await position()) > before + 1);
}

/** A page of the same server with nothing but a video, so that the broadcast needs no permission. */
async function blank(context: BrowserContext, script = ''): Promise<Page> {
  const address = `${plenary.base}/blank`;
  const body = `<!doctype html><video muted autoplay playsinline></video>${script}`;
  await context.route(address, (route) => route.fulfill({ contentType: 'text/html', body }));
  return (await openPage(context, address)).page;
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
}, TIMEOUT_MS);

test(`Chromium’s own player plays ${SECONDS} s without a gap`, async () => {
  const context = await visitor(browser, DESKTOP);
  const page = await blank(context);
  await page.locator('video').evaluate((video: HTMLVideoElement, hls) => {
    if (!video.canPlayType('application/vnd.apple.mpegurl')) throw new Error('it plays no HLS');
    video.src = hls;
  }, plenary.links.hls);
  await playing(page, 'video');
  check(await watch(page, 'video', SECONDS));
  await context.close();
}, TIMEOUT_MS);

test(`Shaka Player plays ${SECONDS} s without a gap`, async () => {
  const context = await visitor(browser, DESKTOP);
  const shaka = createRequire(import.meta.url).resolve('shaka-player/dist/shaka-player.compiled.js');
  await context.route(`${plenary.base}/shaka.js`, (route) => route.fulfill({ path: shaka }));
  const page = await blank(context, '<script src="/shaka.js"></script>');
  await page.evaluate(async (hls) => {
    const player = new window.shaka.Player();
    // Shaka Player 5.2 moves a negative timestamp offset by 1 ms and then takes any difference of 1 ms for a
    // new offset, with floating-point noise deciding: it aborts the source buffer before each part, which
    // then drops every part that has no keyframe. Whole segments all begin with one.
    player.configure({ streaming: { lowLatencyMode: false } });
    await player.attach(document.querySelector('video'));
    await player.load(hls);
  }, plenary.links.hls);
  await playing(page, 'video');
  check(await watch(page, 'video', SECONDS));
  await context.close();
}, TIMEOUT_MS);

test(`Firefox plays ${SECONDS} s of the watch page without a gap`, async () => {
  const firefox = await launchFirefox();
  try {
    const { page, errors } = await openFirefoxPage(firefox, DESKTOP, plenary.links.audience);
    // Its types name handles, of which none is passed here.
    const evaluates: Evaluates = { evaluate: (inside, parameter) => page.evaluate(inside as never, parameter) };
    await playing(evaluates, WATCHED);
    check(await watch(evaluates, WATCHED, SECONDS));
    expect(errors).toEqual([]);
  } finally {
    await firefox.close();
  }
}, TIMEOUT_MS);
