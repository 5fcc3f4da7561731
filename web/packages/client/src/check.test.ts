import { expect, test } from 'vitest';

import { type Check, PlayerCheck, verdictOf } from './check';
import type { NetworkWorld } from './check-network';
import type { Played } from './check-player';
import { FakeTimers } from './test-world';

const INDEX = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.4d401e"\nvideo.m3u8\n';

/** A page of a browser whose server answers in 10 ms, and what the page was told. */
function opened() {
  let clock = 0;
  const network = { online: true };
  const world: NetworkWorld = {
    timers: new FakeTimers(),
    now: () => clock,
    isOnline: () => network.online,
    fetch: (path) => {
      clock += 10;
      const text = path.endsWith('index.m3u8') ? INDEX : '#EXTM3U\nvideo-0.m4s\n';
      if (!path.endsWith('.m4s')) return Promise.resolve(new Response(text));
      clock += 400;
      return Promise.resolve(new Response(new Uint8Array(100_000)));
    },
  };
  const seen: Check[] = [];
  const check: PlayerCheck = new PlayerCheck('/c/index.m3u8', () => seen.push(check.state), world);
  return { network, seen, check };
}

const NETWORK = { rate: { kind: 'measured', kbps: 2_000 }, delayMs: 10 };
const PLAYED: Played = { kind: 'plays', shown: 2, dropped: 0 };

test('it measures, plays what it measured with, counts, and tells both', async () => {
  const { seen, check } = opened();
  expect(check.state).toEqual({ at: 'ready' });
  await check.start((clip, told) => {
    expect(clip.playlist).toBe('/c/index.m3u8');
    told(1);
    told(2);
    return Promise.resolve(PLAYED);
  });
  expect(seen).toEqual([
    { at: 'measuring' },
    { at: 'playing', network: NETWORK, shown: 0 },
    { at: 'playing', network: NETWORK, shown: 1 },
    { at: 'playing', network: NETWORK, shown: 2 },
    { at: 'done', network: NETWORK, played: PLAYED },
  ]);
});

test('without a network nothing is played, and it can be tried again', async () => {
  const { network, seen, check } = opened();
  network.online = false;
  const never = () => Promise.reject(new Error('nothing is played'));
  await check.start(never);
  expect(seen.at(-1)).toEqual({ at: 'unreachable', why: 'offline' });
  network.online = true;
  await check.start(() => Promise.resolve(PLAYED));
  expect(check.state.at).toBe('done');
});

test('it runs once at a time, and tells nothing after it was given up', async () => {
  const { seen, check } = opened();
  let finish: (played: Played) => void = () => undefined;
  let begun: () => void = () => undefined;
  const playing = new Promise<void>((resolve) => (begun = resolve));
  const running = check.start(() => {
    begun();
    return new Promise((resolve) => (finish = resolve));
  });
  await check.start(() => Promise.reject(new Error('a second one')));
  await playing;
  expect([check.state.at, check.isRunning]).toEqual(['playing', true]);
  check.close();
  const told = seen.length;
  finish(PLAYED);
  await running;
  expect(seen).toHaveLength(told);
});

test('the verdict is as good as the worse of both', () => {
  const of = (kbps: number, played: Played) =>
    verdictOf({ network: { rate: { kind: 'measured', kbps }, delayMs: 10 }, played });
  const jerks: Played = { kind: 'plays', shown: 50, dropped: 50 };
  expect([of(9_000, PLAYED), of(9_000, jerks), of(1_000, PLAYED), of(500, PLAYED)]).toEqual([
    'good',
    'fair',
    'fair',
    'bad',
  ]);
  expect([of(9_000, { kind: 'no_codec' }), of(9_000, { kind: 'hidden' })]).toEqual(['bad', 'open']);
});
