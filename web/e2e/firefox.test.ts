/** A speaker with Firefox that has no H.264, and one with Chromium: they see and hear each other, and Firefox is on air. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import type { Browser as Firefox, Page as FirefoxPage } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { DESKTOP, type Heard, hears, launch, lookAt, openPage, PHONE, visitor } from './support/browser';
import { makeDevices, type Persona } from './support/devices';
import { Director } from './support/director';
import { FIREFOX_HZ, launchFirefox, lookAtFirefox, loudestPacketBytes, openFirefoxPage } from './support/firefox';
import { type Colour, isColour, type Read } from './support/pictures';
import { decodePictures, decodeSound, recordedUntil, renditions, toneDb } from './support/recording';
import { Plenary } from './support/server';
import { progress, until } from './support/wait';

const MARTA: Persona = { name: 'Marta Ruiz', colour: [200, 50, 170], hz: 1400 };
const FOX = '江晚';
const OFF_TUNE_HZ = 12;
const ABSENT_DB = 25;
/** Firefox's test camera is one colour all over that runs through the hues. */
const FLAT_MAX = 40;
const HUE_APART = 60;
/** Opus packets of a voice are longer, of silence they are three bytes. */
const VOICE_BYTES_MIN = 20;
const POINTS: [number, number][] = [
  [0.2, 0.3],
  [0.5, 0.45],
  [0.8, 0.3],
  [0.5, 0.65],
];

let folder: string;
let plenary: Plenary;
let chromium: Browser;
let firefox: Firefox;
let marta: Page;
let fox: FirefoxPage;
let errors: string[][] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plenary-e2e-devices-'));
  // Firefox sends no media to its own machine's loopback: the stage is on all addresses.
  const event = { slug: 'firefox', title: 'Firefox', speakers: [`${FOX}/研发中心`, MARTA.name] };
  plenary = await Plenary.start(event, {}, '0.0.0.0:0');
  chromium = await launch(await makeDevices(MARTA, folder));
  firefox = await launchFirefox();
});

afterAll(async () => {
  await chromium?.close();
  await firefox?.close();
  await plenary?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The one colour of a picture, if it has one. */
function flat(read: Read): Colour | null {
  const [first = [0, 0, 0], ...others] = POINTS.map(([x, y]) => read(x, y));
  return others.every((other) => apart(first, other) <= FLAT_MAX) ? first : null;
}

function apart(one: Colour, other: Colour): number {
  return Math.max(...one.map((part, index) => Math.abs(part - (other[index] ?? 0))));
}

/** Waits until a picture that is one colour all over has shown two that are far apart. */
async function runsThroughHues(what: string, look: () => Promise<Read | null>): Promise<void> {
  const seen: (Colour | null)[] = [];
  await until(
    what,
    async () => {
      const read = await look();
      if (!read) return false;
      seen.push(flat(read));
      const last = seen.at(-1);
      return last && seen.some((before) => before && HUE_APART <= apart(before, last));
    },
    60_000,
    () => seen.slice(-10),
  );
}

/** Waits until a page hears this tone, loudest of all. */
async function hearsTone(who: string, hz: number, listen: () => Promise<Heard>): Promise<void> {
  let heard: Heard = [];
  const near = ({ loudestHz }: Heard[number]) => Math.abs(loudestHz - hz) <= OFF_TUNE_HZ;
  await until(
    `${who} to hear ${hz} Hz`,
    async () => (heard = await listen()).some(near),
    60_000,
    () => heard,
  );
}

/** What Chromium sends its camera in. */
async function sentCodec(page: Page): Promise<string[]> {
  return page.evaluate(() => window.__e2e.sentCodecs());
}

test('they see and hear each other, in a codec that both have', async () => {
  const opened = await openPage(await visitor(chromium, DESKTOP), plenary.stage(1));
  marta = opened.page;
  await marta.getByTestId('enter').click();
  await until('Marta to send H.264', async () => (await sentCodec(marta)).includes('video/H264'));

  const other = await openFirefoxPage(firefox, DESKTOP, plenary.stage(0));
  fox = other.page;
  errors = [opened.errors, other.errors];
  await fox.waitForSelector('[data-testid=enter]');
  await fox.click('[data-testid=enter]');
  await fox.waitForSelector('[data-testid=backstage]');

  const tile = `[data-testid=tile][data-kind=camera]:has-text("${FOX}") video`;
  await runsThroughHues('Marta to see Firefox', async () => {
    const [video] = await marta.$$(tile);
    if (!video) return null;
    const id = await video.evaluate((element) => (element.id ||= 'fox'));
    return lookAt(marta, `#${id}`);
  });
  progress('Chromium sees Firefox');
  await hearsTone('Marta', FIREFOX_HZ, () => hears(marta, [FIREFOX_HZ]));
  progress('Chromium hears Firefox');
  const seen = async () => {
    const read = await lookAtFirefox(fox, '[data-testid=tile][data-kind=camera] video');
    return read !== null && isColour(read(0.5, 0.45), MARTA.colour);
  };
  await until('Firefox to see Marta', seen, 60_000, () => sentCodec(marta));
  await until(
    'Firefox to get a voice',
    async () => VOICE_BYTES_MIN < (await loudestPacketBytes(fox)),
    60_000,
    () => loudestPacketBytes(fox),
  );
  expect(await sentCodec(marta)).toEqual(['video/VP8']);
  progress('Firefox sees Chromium, which sends VP8 now, and gets its voice');
});

test('the page in Firefox has its shape on desktop and phone, and says what it cannot show', async () => {
  for (const viewport of [DESKTOP, PHONE]) {
    await fox.setViewport(viewport);
    const shapes = () =>
      fox.$$eval('[data-testid=tile] .picture', (pictures) =>
        pictures.map((picture) => {
          const { width, height } = picture.getBoundingClientRect();
          return width / height;
        }),
      );
    await until(
      'tiles of 16:9',
      async () => (await shapes()).length === 2 && (await shapes()).every((one) => 1.6 < one && one < 1.95),
      10_000,
      shapes,
    );
  }
  const note = await fox.$eval('[data-testid=programme] p', (element) => element.textContent);
  expect(note).toContain('H.264');
});

test('Firefox is on air with picture, sound and name', async () => {
  const director = await Director.open(plenary.links.studio);
  const camera = await marta.getByTestId('tile').filter({ hasText: FOX }).getAttribute('data-seat');
  const source = (camera ?? '').replace(/^seat_/, 'cam_');
  await director.putOnAir({ layout: 'full', places: [source], lower_third: null });
  const playlists = await renditions(plenary.links.hls.replace('index.m3u8', 'replay.m3u8'));
  await runsThroughHues('Firefox in the programme', async () => {
    const end = await recordedUntil(playlists.picture);
    if (!end) return null;
    const pictures = await decodePictures(playlists.picture, end - 500);
    return pictures.at(pictures.timesMs.length - 1);
  });
  progress('Firefox is on air');
  const fromMs = await recordedUntil(playlists.picture);
  await director.lowerThird({ name: FOX, detail: '研发中心' });
  const strip = async () => {
    const pictures = await decodePictures(playlists.picture, (await recordedUntil(playlists.picture)) - 500);
    const read = pictures.at(pictures.timesMs.length - 1);
    return FLAT_MAX < apart(read(0.15, 0.85), read(0.8, 0.3));
  };
  await until('its name in the programme', strip);
  const heardUntil = fromMs + 3_000;
  await until('the sound', async () => (await recordedUntil(playlists.sound)) > heardUntil);
  const sound = await decodeSound(playlists.sound, fromMs);
  const db = (hz: number) => toneDb(sound, hz, fromMs + 500, heardUntil - 500);
  progress(`${FIREFOX_HZ} Hz ${db(FIREFOX_HZ).toFixed(0)} dB, ${MARTA.hz} Hz ${db(MARTA.hz).toFixed(0)} dB`);
  expect(db(FIREFOX_HZ)).toBeGreaterThan(db(1200) + ABSENT_DB);
  expect(errors.flat(), 'no page threw').toEqual([]);
});

test('when Firefox has left, Chromium sends H.264 again', async () => {
  await fox.click('[data-testid=leave]');
  await (await fox.waitForSelector('[data-testid=leave-now]'))?.click();
  await until('H.264', async () => (await sentCodec(marta)).join() === 'video/H264', 60_000, () => sentCodec(marta));
});
