/** A speaker whose firewall lets no UDP through joins over a TURN server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { DESKTOP, launch, visitor } from './support/browser';
import type { Persona } from './support/devices';
import { Plenary } from './support/server';
import { openSession } from './support/session';
import { joinStage, seesPartner } from './support/stage';
import { TurnServer } from './support/turn';
import { until } from './support/wait';

const BEHIND: Persona = { name: '林晓雨', colour: [30, 170, 70], hz: 600 };
const DIRECT: Persona = { name: 'Marta Ruiz', colour: [200, 50, 170], hz: 1400 };

let folder: string;
let turn: TurnServer;
let plenary: Plenary;
const browsers: Browser[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plenary-e2e-devices-'));
  turn = await TurnServer.start();
  const speakers = [BEHIND.name, DIRECT.name];
  plenary = await Plenary.start({ slug: 'turn', title: 'Turn', speakers }, turn.settings);
});

afterAll(async () => {
  await Promise.all(browsers.map((browser) => browser.close()));
  await plenary?.stop();
  await turn?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs in the page: its connections use relays alone, as where nothing else gets through. */
function onlyRelays(): void {
  const Direct = window.RTCPeerConnection;
  const made: RTCPeerConnection[] = [];
  window.RTCPeerConnection = class extends Direct {
    constructor(config?: RTCConfiguration) {
      super({ ...config, iceTransportPolicy: 'relay' });
      made.push(this);
    }
  };
  Object.assign(window, { __relayed: made });
}

/** The kind of the local candidate that carries the media, and the way to the relay. */
async function way(page: Page): Promise<{ type: string; relayed: string }[]> {
  return page.evaluate(async () => {
    const { __relayed } = window as unknown as { __relayed: RTCPeerConnection[] };
    const ways: { type: string; relayed: string }[] = [];
    for (const peer of __relayed) {
      const stats = await peer.getStats();
      stats.forEach((stat: Record<string, string>) => {
        if (stat.type !== 'transport' || !stat.selectedCandidatePairId) return;
        const pair = stats.get(stat.selectedCandidatePairId) as Record<string, string>;
        const local = stats.get(pair.localCandidateId ?? '') as Record<string, string>;
        ways.push({ type: local.candidateType ?? '', relayed: local.relayProtocol ?? '' });
      });
    }
    return ways;
  });
}

test('behind a firewall without UDP a speaker sees and is seen over the relay', async () => {
  const join = (persona: Persona, index: number, prepare?: () => void) =>
    joinStage(persona, { link: plenary.stage(index), folder, browsers, prepare });
  const behind = await join(BEHIND, 0, onlyRelays);
  const direct = await join(DIRECT, 1);
  await seesPartner(direct, BEHIND);
  await seesPartner(behind, DIRECT);
  expect(await way(behind)).toEqual([{ type: 'relay', relayed: 'tcp' }]);
});

test('a player without our page finds the relay in the answer of its endpoint', async () => {
  const browser = await launch();
  browsers.push(browser);
  const page = await (await visitor(browser, DESKTOP)).newPage();
  await page.goto(`${plenary.base}/healthz`);
  const url = plenary.links.whep;
  expect(await page.evaluate(openSession, { url, sends: false, relayed: true })).toMatchObject({ status: 201 });
  const decoded = () => page.evaluate(() => document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames);
  await until('pictures over the relay', async () => 30 < ((await decoded()) ?? 0));
});

test('credentials of the relay are not for strangers', async () => {
  for (const endpoint of ['whip', 'whep']) {
    const answer = await fetch(`${plenary.base}/${endpoint}/nobody`, { method: 'OPTIONS' });
    expect([answer.status, answer.headers.get('link')]).toEqual([204, null]);
  }
});
