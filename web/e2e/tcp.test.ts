/** Where a firewall lets no UDP through, speakers and low-delay players come over TCP, without a relay. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { DESKTOP, hears, launch, lookAt, visitor } from './support/browser';
import type { Persona } from './support/devices';
import { Director } from './support/director';
import { isColour } from './support/pictures';
import { Plenary } from './support/server';
import { openSession } from './support/session';
import { joinStage, seesPartner } from './support/stage';
import { until } from './support/wait';

const BEHIND: Persona = { name: '林晓雨', colour: [30, 170, 70], hz: 600 };
const DIRECT: Persona = { name: 'Marta Ruiz', colour: [200, 50, 170], hz: 1400 };

let folder: string;
let plenary: Plenary;
let behind: Page;
let direct: Page;
const browsers: Browser[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plenary-e2e-devices-'));
  const speakers = [BEHIND.name, DIRECT.name];
  plenary = await Plenary.start({ slug: 'tcp', title: 'TCP', speakers });
});

afterAll(async () => {
  await Promise.all(browsers.map((browser) => browser.close()));
  await plenary?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs in the page: it hears of no address of UDP, as where none gets through. */
function onlyTcp(): void {
  type Take = (this: RTCPeerConnection, description: RTCSessionDescriptionInit) => Promise<void>;
  const take = RTCPeerConnection.prototype.setRemoteDescription as Take;
  const made = new Set<RTCPeerConnection>();
  const takeTcp: Take = function (description) {
    made.add(this);
    const sdp = (description.sdp ?? '').replace(/^a=candidate:.* udp .*\r\n/gim, '');
    return take.call(this, { ...description, sdp });
  };
  Object.assign(RTCPeerConnection.prototype, { setRemoteDescription: takeTcp });
  Object.assign(window, { __overTcp: made });
}

/** The protocols that the page's connections use now. */
async function ways(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { __overTcp } = window as unknown as { __overTcp: Set<RTCPeerConnection> };
    const ways: string[] = [];
    for (const peer of __overTcp) {
      const stats = await peer.getStats();
      stats.forEach((stat: Record<string, string>) => {
        if (stat.type !== 'transport' || !stat.selectedCandidatePairId) return;
        const pair = stats.get(stat.selectedCandidatePairId) as Record<string, string>;
        const local = stats.get(pair.localCandidateId ?? '') as Record<string, string>;
        ways.push(local.protocol ?? '');
      });
    }
    return ways;
  });
}

/** The port of TCP that an answer tells. */
async function port(page: Page): Promise<number> {
  const sdp = await page.evaluate(() => {
    const { __overTcp } = window as unknown as { __overTcp: Set<RTCPeerConnection> };
    return [...__overTcp].map((peer) => peer.remoteDescription?.sdp ?? '').join('');
  });
  const told = / tcp \d+ \S+ (\d+) typ host tcptype passive/.exec(sdp)?.[1];
  if (!told) throw new Error(`no candidate of TCP in ${sdp}`);
  return Number(told);
}

async function hearsTone(page: Page, { hz, name }: Persona): Promise<void> {
  await until(
    `the tone of ${name}`,
    async () => (await hears(page, [hz])).some(({ loudestHz }) => Math.abs(loudestHz - hz) < 15),
    60_000,
    () => hears(page, [hz]),
  );
}

test('a speaker without UDP is seen and heard, and sees and hears the others', async () => {
  const entrance = { folder, browsers };
  behind = await joinStage(BEHIND, { ...entrance, link: plenary.stage(0), prepare: onlyTcp });
  direct = await joinStage(DIRECT, { ...entrance, link: plenary.stage(1) });
  await seesPartner(direct, BEHIND);
  await seesPartner(behind, DIRECT);
  await hearsTone(direct, BEHIND);
  await hearsTone(behind, DIRECT);
  expect(await ways(behind)).toEqual(['tcp']);
});

test('a player without UDP has the programme at low delay', async () => {
  const [seat] = plenary.links.stage;
  if (!seat) throw new Error('the event has a seat');
  const director = await Director.open(plenary.links.studio);
  const camera = seat.seat.replace('seat_', 'cam_');
  await director.putOnAir({ layout: 'full', places: [camera], lower_third: null });
  const browser = await launch();
  browsers.push(browser);
  const context = await visitor(browser, DESKTOP);
  await context.addInitScript(onlyTcp);
  const player = await context.newPage();
  await player.goto(plenary.base);
  const view = await player.evaluate(openSession, { url: plenary.links.whep, sends: false });
  expect(view.status).toBe(201);
  await until('the speaker in the programme', async () => {
    const read = await lookAt(player, 'video');
    return read !== null && isColour(read(0.5, 0.45), BEHIND.colour);
  });
  await hearsTone(player, BEHIND);
  expect(await ways(player)).toEqual(['tcp']);
});

test('garbage at the port is cut off and disturbs nobody', async () => {
  const at = await port(behind);
  const garbage = [
    Buffer.from('GET / HTTP/1.1\r\nHost: plenary\r\n\r\n'),
    Buffer.alloc(100_000, 0xff),
    Buffer.from('16030102000100', 'hex'),
  ];
  for (const bytes of garbage) {
    const stranger = connect(at, '127.0.0.1');
    stranger.write(bytes);
    await closed(stranger);
  }
  // A frame that never ends, and nothing at all: strangers have ten seconds.
  const slow = connect(at, '127.0.0.1');
  slow.write(Buffer.from([4, 0, 1]));
  const silent = connect(at, '127.0.0.1');
  await Promise.all([closed(slow), closed(silent)]);
  await seesPartner(direct, BEHIND);
  expect(await ways(behind)).toEqual(['tcp']);
});

/** Waits for the server to close a connection, or to cut it off. */
async function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  socket.resume();
  if (!socket.closed) await new Promise((over) => socket.once('close', over));
}
