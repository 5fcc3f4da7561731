/** An encoder contributes by WHIP and a player views by WHEP, both from pages of another origin. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { AiortcSpeaker } from './support/aiortc';
import { DESKTOP, hears, launch, lookAt, visitor } from './support/browser';
import { makeDevices, type Persona } from './support/devices';
import { Director } from './support/director';
import { FfmpegEncoder } from './support/ffmpeg';
import { isColour } from './support/pictures';
import { Plenary } from './support/server';
import { openSession, type Session } from './support/session';
import { until } from './support/wait';

const HALL: Persona = { name: '大厅 Hall', colour: [30, 170, 70], hz: 600 };
const AIORTC: Persona = { name: 'aiortc', colour: [200, 50, 170], hz: 1400 };
const FFMPEG: Persona = { name: 'ffmpeg 9', colour: [40, 90, 210], hz: 900 };
const ALL = [HALL, AIORTC, FFMPEG];
/** The middle of each of the first three tiles of the layout with four. */
const TILES: [number, number][] = [
  [0.25, 0.25],
  [0.75, 0.25],
  [0.25, 0.75],
];

let folder: string;
let plenary: Plenary;
let elsewhere: Server;
let encoder: Page;
let player: Page;
let contribution: Session;
let view: Session;
const browsers: Browser[] = [];
const encoders: { leave(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plenary-e2e-devices-'));
  plenary = await Plenary.start({ slug: 'open', title: 'Open', speakers: ALL.map(({ name }) => name) });
  elsewhere = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html').end('<!doctype html><title>elsewhere</title>');
  });
  await new Promise<void>((listening) => elsewhere.listen(0, '127.0.0.1', listening));
});

afterAll(async () => {
  await Promise.all(encoders.map((one) => one.leave()));
  await Promise.all(browsers.map((browser) => browser.close()));
  elsewhere?.close();
  await plenary?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function blank(persona?: Persona): Promise<Page> {
  const browser = await launch(persona ? await makeDevices(persona, folder) : undefined);
  browsers.push(browser);
  const page = await (await visitor(browser, DESKTOP)).newPage();
  const { port } = elsewhere.address() as AddressInfo;
  await page.goto(`http://127.0.0.1:${port}/`);
  return page;
}

/** Runs in a page: restarts ICE as RFC 9725 section 4.3.2 says. */
async function restart({ location, tag }: Session): Promise<{ status: number; tag: string }> {
  const { peer } = window as unknown as { peer: RTCPeerConnection };
  peer.restartIce();
  await peer.setLocalDescription();
  const of = (sdp: string, name: string) => new RegExp(`^a=${name}:(.*)$`, 'm').exec(sdp)?.[1]?.trim() ?? '';
  const sdp = peer.localDescription?.sdp ?? '';
  const body = `a=ice-ufrag:${of(sdp, 'ice-ufrag')}\r\na=ice-pwd:${of(sdp, 'ice-pwd')}\r\n`;
  const headers = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': tag };
  const answer = await fetch(location, { method: 'PATCH', headers, body });
  const fragment = await answer.text();
  const before = peer.remoteDescription?.sdp ?? '';
  const after = before
    .replace(/^a=ice-ufrag:.*$/gm, `a=ice-ufrag:${of(fragment, 'ice-ufrag')}`)
    .replace(/^a=ice-pwd:.*$/gm, `a=ice-pwd:${of(fragment, 'ice-pwd')}`);
  await peer.setRemoteDescription({ type: 'answer', sdp: after });
  return { status: answer.status, tag: answer.headers.get('etag') ?? '' };
}

/** Pictures that the player has decoded. */
const decoded = () =>
  player.evaluate(() => document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0);

async function showsTheHall(): Promise<void> {
  await until(
    'the colour of the hall at the player',
    async () => {
      const read = await lookAt(player, 'video');
      return read !== null && isColour(read(0.5, 0.45), HALL.colour);
    },
    60_000,
  );
}

async function goesOn(): Promise<void> {
  const before = await decoded();
  await until('more pictures at the player', async () => before + 30 < (await decoded()), 60_000);
}

test('a contribution of an encoder is a source that can be put on air', async () => {
  encoder = await blank(HALL);
  const [seat] = plenary.links.stage;
  if (!seat) throw new Error('the event has a seat');
  contribution = await encoder.evaluate(openSession, { url: seat.whip, sends: true });
  expect(contribution).toMatchObject({ status: 201, kind: 'application/sdp' });
  expect(contribution.tag).toMatch(/^"[^"]+"$/);
  await encoder.waitForFunction(
    () => (window as unknown as { peer: RTCPeerConnection }).peer.connectionState === 'connected',
  );
  const director = await Director.open(plenary.links.studio);
  const camera = seat.seat.replace('seat_', 'cam_');
  await director.putOnAir({ layout: 'full', places: [camera], lower_third: null });
});

test('a player sees and hears the programme at low delay', async () => {
  player = await blank();
  view = await player.evaluate(openSession, { url: plenary.links.whep, sends: false });
  expect(view).toMatchObject({ status: 201, kind: 'application/sdp' });
  await showsTheHall();
  await until(
    'the tone of the hall at the player',
    async () => {
      const tracks = await hears(player, [HALL.hz]);
      return tracks.some(({ loudestHz }) => Math.abs(loudestHz - HALL.hz) < 15);
    },
    60_000,
    () => hears(player, [HALL.hz]),
  );
  await goesOn();
});

test('both go on after a restart of ICE', async () => {
  for (const [page, session] of [
    [encoder, contribution],
    [player, view],
  ] as const) {
    const restarted = await page.evaluate(restart, session);
    expect(restarted.status).toBe(200);
    expect(restarted.tag).not.toBe(session.tag);
    await goesOn();
    session.tag = restarted.tag;
  }
  await showsTheHall();
});

test('encoders that nobody here wrote contribute beside it', async () => {
  const [, aiortc, ffmpeg] = plenary.links.stage;
  encoders.push(
    await AiortcSpeaker.contribute(aiortc?.whip ?? '', 'video/h264', AIORTC),
    FfmpegEncoder.start(ffmpeg?.whip ?? '', FFMPEG),
  );
  const director = await Director.open(plenary.links.studio);
  const cameras = plenary.links.stage.map(({ seat }) => seat.replace('seat_', 'cam_'));
  await director.putOnAir({ layout: 'four', places: [...cameras, null], lower_third: null });
  await until(
    'all three encoders at the player',
    async () => {
      const read = await lookAt(player, 'video');
      return read !== null && TILES.every(([x, y], n) => isColour(read(x, y), ALL[n]?.colour ?? [0, 0, 0]));
    },
    60_000,
    async () => {
      const read = await lookAt(player, 'video');
      return TILES.map(([x, y]) => read?.(x, y));
    },
  );
});

test('a session takes candidates and its end, and refuses what is not about it', async () => {
  const fragment = 'a=mid:0\r\na=candidate:1 1 udp 1 10.0.0.1 5000 typ host\r\n';
  const headers = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': view.tag };
  const patch = (changed: Record<string, string>, body = fragment) =>
    fetch(view.location, { method: 'PATCH', headers: { ...headers, ...changed }, body });
  expect((await patch({})).status).toBe(204);
  expect((await patch({ 'if-match': '"other"' })).status).toBe(412);
  expect((await patch({ 'content-type': 'application/sdp' })).status).toBe(415);
  expect((await patch({}, 'a=ice-ufrag:abcd\r\n')).status).toBe(400);
  const { 'if-match': _, ...without } = headers;
  const unconditional = { method: 'PATCH', headers: without, body: fragment };
  expect((await fetch(view.location, unconditional)).status).toBe(428);
  for (const method of ['GET', 'PUT', 'POST']) {
    expect((await fetch(view.location, { method })).status, method).toBe(405);
  }
  expect((await fetch(view.location, { method: 'DELETE' })).status).toBe(200);
  expect((await fetch(view.location, { method: 'DELETE' })).status).toBe(404);
  await player.waitForFunction(
    () => (window as unknown as { peer: RTCPeerConnection }).peer.connectionState !== 'connected',
  );
});

test('an endpoint says what it takes and refuses the rest', async () => {
  const { whep, stage } = plenary.links;
  for (const endpoint of [whep, stage[0]?.whip ?? '']) {
    const asked = await fetch(endpoint, { method: 'OPTIONS' });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('accept-post')).toBe('application/sdp');
    for (const method of ['GET', 'HEAD', 'PUT']) {
      expect((await fetch(endpoint, { method })).status, method).toBe(405);
    }
    const post = (type: string, body: string | Uint8Array<ArrayBuffer>) =>
      fetch(endpoint, { method: 'POST', headers: { 'content-type': type }, body });
    expect((await post('application/json', '{}')).status).toBe(415);
    expect((await post('application/sdp', new Uint8Array([0xff, 0xfe]))).status).toBe(400);
    expect([400, 422]).toContain((await post('application/sdp', 'v=0')).status);
    expect((await post('application/sdp', 'a'.repeat(200_000))).status).toBe(413);
  }
  const unknown = await fetch(whep.replace(/[^/]+$/, 'nobody'), {
    method: 'POST',
    headers: { 'content-type': 'application/sdp' },
    body: 'v=0',
  });
  expect(unknown.status).toBe(404);
});
