/** The pages as people meet them: playing, choosing, losing the server and coming back without a reload. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { accessibilityProblems } from './support/axe';
import { DESKTOP, launch, lookAt, type Opened, openPage, PHONE, visitor } from './support/browser';
import { makeDevices, type Persona } from './support/devices';
import { isColour } from './support/pictures';
import { mediaPlaylist, renditions } from './support/recording';
import { Plenary } from './support/server';
import { type Cast, DirectorDesk, type WantedScene } from './support/studio';
import { progress, until } from './support/wait';

const ADA: Persona = { name: 'Ada', colour: [30, 170, 70], hz: 600 };
const WATCHED = '[data-testid=programme]';
const TITLE = '年度大会 2026';

let folder: string;
let plenary: Plenary;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plenary-e2e-devices-'));
  plenary = await Plenary.start({ slug: 'pages', title: TITLE, speakers: ['Ada/Lab', 'Bob'] });
  browser = await launch(await makeDevices(ADA, folder));
});

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
  await plenary?.stop();
});

async function show(url: string, viewport = DESKTOP): Promise<Opened> {
  return openPage(await visitor(browser, viewport), url);
}

const stateOf = (page: Page) => page.evaluate(() => window.__plenary?.state);

async function playing(page: Page): Promise<void> {
  await until('the programme to play', async () => (await stateOf(page)) === 'playing', 60_000, () =>
    stateOf(page),
  );
  const position = () => page.locator(WATCHED).evaluate((video: HTMLVideoElement) => video.currentTime);
  const before = await position();
  await until('the picture to go on', async () => (await position()) > before + 0.5);
}

const heightOf = (page: Page) =>
  page.locator(WATCHED).evaluate((video: HTMLVideoElement) => video.videoHeight);

/** Where a player is, for a wait that was in vain. */
const lookOf = (page: Page) =>
  page.locator(WATCHED).evaluate((video: HTMLVideoElement) => ({
    state: window.__plenary?.state,
    at: video.currentTime,
    buffered: video.buffered.length ? video.buffered.end(video.buffered.length - 1) : 0,
    height: video.videoHeight,
    chosen: document.querySelector<HTMLSelectElement>('[data-testid=quality]')?.value,
  }));

declare global {
  interface Window {
    __places?: number[];
  }
}

/** Runs in the page before anything of its own: the places at which the button could be pressed. */
function notePlaces(): void {
  const places: number[] = [];
  window.__places = places;
  const look = () => {
    const button = document.querySelector<HTMLButtonElement>('[data-testid=enter]:enabled');
    const top = Math.round(button?.getBoundingClientRect().top ?? 0);
    if (button && places.at(-1) !== top) places.push(top);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

describe('the watch page', () => {
  test('plays at once, tells its latency, and lets people choose', async () => {
    const { page, errors } = await show(plenary.links.audience);
    await playing(page);
    await page.getByRole('heading', { name: TITLE }).waitFor();
    const latency = await page.getByTestId('latency').textContent();
    expect(latency).toMatch(/^\s*\d+\.\d s behind\s*$/);
    progress(`desktop plays, ${latency?.trim()}`);

    const quality = page.getByTestId('quality');
    const choices = await quality.locator('option').allTextContents();
    expect(choices).toEqual(['Automatic', '720p', '360p', 'Sound only · saves data']);
    await quality.selectOption({ label: '360p' });
    await until('360 lines', async () => (await heightOf(page)) === 360, 60_000, () => lookOf(page));
    await quality.selectOption({ label: '720p' });
    await until('720 lines', async () => (await heightOf(page)) === 720, 60_000, () => lookOf(page));
    await quality.selectOption({ label: 'Sound only · saves data' });
    await page.getByText('Playing sound only').waitFor();
    await playing(page);
    await quality.selectOption({ label: 'Automatic' });
    await until('a picture again', async () => (await heightOf(page)) > 0, 60_000);
    await playing(page);
    expect(errors).toEqual([]);
  });

  test('speaks Chinese and English, on the phone too, and has no barrier', async () => {
    const { page, errors } = await show(plenary.links.audience, PHONE);
    await playing(page);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByTestId('latency').filter({ hasText: '延迟' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN');
    expect(await accessibilityProblems(page)).toEqual([]);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, 'nothing runs off the side of the phone').toBeLessThanOrEqual(PHONE.width);
    await page.setViewportSize(DESKTOP);
    await playing(page);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.reload();
    await page.getByRole('button', { name: 'English' }).waitFor();
    expect(errors).toEqual([]);
  });

  test('says so when there is no such event', async () => {
    const { page } = await show(`${plenary.base}/e/nowhere`);
    await page.getByText('There is no such event').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

describe('the stage page', () => {
  test('checks devices without a barrier, and gives way to the same link elsewhere', async () => {
    const { page, errors } = await show(plenary.stage(0));
    await page.getByTestId('check').waitFor();
    await page.getByText('Picture 640×360').waitFor();
    await page.getByText('We hear you').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByTestId('enter').click();
    await page.getByTestId('backstage').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    const second = await show(plenary.stage(0));
    await page.getByTestId('gone-elsewhere').waitFor();
    await second.page.getByTestId('check').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(errors).toEqual([]);
  });

  test('keeps its button where it is while camera and microphone come', async () => {
    for (const viewport of [DESKTOP, PHONE]) {
      const context = await visitor(browser, viewport);
      await context.addInitScript(notePlaces);
      const { page } = await openPage(context, plenary.stage(0));
      for (const check of ['video', 'network']) {
        await page.locator(`[data-testid=check-${check}][data-state=ok]`).waitFor();
      }
      expect(await page.evaluate(() => window.__places)).toHaveLength(1);
      await context.close();
    }
  });

  test('says so when the link does not work', async () => {
    const { page } = await show(`${plenary.base}/stage/AAAAAAAAAAAAAAAAAAAAAA`);
    await page.getByTestId('gone-unknown').waitFor();
    await page.getByText('Please ask the organiser for a new one').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

describe('the studio', () => {
  test('stays closed without a right link, and says why', async () => {
    const { page } = await show(`${plenary.base}/studio/${plenary.links.event}#AAAAAAAAAAAAAAAAAAAAAA`);
    await page.locator('[data-testid=closed][data-entry=refused]').waitFor();
    await page.getByText('Please ask the organiser for a new director').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

/** Ada in the right half. */
const scene = (ada: Cast): WantedScene => ({ layout: 'two', places: [null, ada] });

async function enter(): Promise<Opened> {
  const speaker = await show(plenary.stage(0));
  await speaker.page.getByTestId('enter').click();
  await speaker.page.getByTestId('backstage').waitFor();
  return speaker;
}

async function takeAda(studio: Opened): Promise<{ desk: DirectorDesk; ada: Cast }> {
  const desk = await DirectorDesk.open(studio, plenary.base, [ADA.colour]);
  const ada = await desk.cast(ADA.name, ADA.colour);
  await desk.previewByClicks(scene(ada));
  await desk.ready(ada);
  await desk.takeByClick();
  return { desk, ada };
}

describe('a media engine that is killed', () => {
  test('leaves the monitor moving and the scene on air', async () => {
    await enter();
    const { desk, ada } = await takeAda(await show(plenary.links.studio));
    await desk.monitorShows(scene(ada));
    progress(`60 pictures on the monitor in ${Math.round(await desk.monitorMoves(60))} ms`);
    await plenary.killMediaWorker();
    const moved = await desk.monitorMoves(60);
    progress(`60 pictures on the monitor ${Math.round(moved)} ms after the kill`);
    await desk.monitorShows(scene(ada));
  });
});

describe('a server that is killed and started again', () => {
  const rounds = process.env.PLENARY_LONG === 'yes' ? 20 : 1;
  /** At most a part that was not whole yet, and what the encoder held. */
  const LOST_MS_MAX = 1_000;
  const STILL_HERE = 'data-still-here';

  const seesAda = async ({ page }: Opened) => {
    const read = await lookAt(page, WATCHED);
    return read !== null && isColour(read(0.75, 0.45), ADA.colour);
  };

  async function killAndServe(speaker: Opened, studio: Opened, watcher: Opened): Promise<number> {
    // Any moment will do, so it is another one each time.
    await new Promise((moment) => setTimeout(moment, 2_000 * Math.random()));
    const killedMs = Date.now();
    await plenary.kill();
    await speaker.page.getByTestId('reconnecting').waitFor();
    await studio.page.getByTestId('reconnecting').waitFor();
    await watcher.page.getByText('Reconnecting…').waitFor();
    const began = performance.now();
    await plenary.serve();
    progress(`killed, and serving again after ${Math.round(performance.now() - began)} ms`);
    return killedMs;
  }

  /** What of the programme before the kill is not in the recording. */
  async function lostMs(killedMs: number): Promise<number> {
    const { picture } = await renditions(plenary.links.hls.replace('index.m3u8', 'replay.m3u8'));
    const recorded = await until('the recording to go on', async () => {
      const { segments } = await mediaPlaylist(picture);
      const next = segments.findIndex(({ startMs, anew }) => anew && killedMs < startMs);
      return next < 0 ? null : segments.slice(0, next).findLast(({ gap }) => !gap);
    });
    return killedMs - (recorded.startMs + 1_000 * recorded.seconds);
  }

  test('brings back every page by itself, with the same scene and at most a second lost', async () => {
    const speaker = await enter();
    const studio = await show(plenary.links.studio);
    const { desk, ada } = await takeAda(studio);
    const watcher = await show(plenary.links.audience);
    await until('the watching page to show Ada', () => seesAda(watcher), 60_000);
    const all = [speaker, studio, watcher];
    for (const { page } of all) {
      await page.evaluate((mark) => document.body.setAttribute(mark, ''), STILL_HERE);
    }
    for (let round = 0; round < rounds; round += 1) {
      const { show: before } = studio.heard.get('show') as { show: object };
      studio.heard.clear();
      const killedMs = await killAndServe(speaker, studio, watcher);
      await speaker.page.getByTestId('reconnecting').waitFor({ state: 'detached' });
      await speaker.page.locator('[data-testid=backstage][data-tally=on_air]').waitFor();
      await studio.page.getByTestId('reconnecting').waitFor({ state: 'detached' });
      const after = await until('the show in the studio', () => studio.heard.get('show'));
      expect((after as { show: object }).show).toEqual(before);
      await desk.monitorShows(scene(ada));
      await playing(watcher.page);
      await until('the watching page to show Ada again', () => seesAda(watcher), 60_000);
      const lost = await lostMs(killedMs);
      progress(`everybody is back, ${lost} ms are lost`);
      expect(lost).toBeLessThanOrEqual(LOST_MS_MAX);
      for (const { page, errors } of all) {
        expect(await page.locator(`[${STILL_HERE}]`).count(), 'the page was not loaded again').toBe(1);
        expect(errors).toEqual([]);
      }
    }
  }, 60_000 * (1 + rounds));
});
