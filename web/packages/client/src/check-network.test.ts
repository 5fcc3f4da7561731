import { describe, expect, test } from 'vitest';

import { carriesOf, DOWNLOAD_MS_MAX, measure, middleOf, type NetworkWorld, rateOf, typesOf } from './check-network';
import { FakeTimers } from './test-world';

const INDEX = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=700000,CODECS="avc1.4d401e,mp4a.40.2",AUDIO="a"
video.m3u8
`;
const MEDIA = (name: string, segments: number) =>
  ['#EXTM3U', `#EXT-X-MAP:URI="${name}-init.mp4"`]
    .concat(Array.from({ length: segments }, (_, n) => `#EXTINF:2.0,\n${name}-${n}.m4s`))
    .join('\n');

/** A network with a delay and a rate, in front of a server that has the clip; its clock is the network's. */
class FakeNetwork implements NetworkWorld {
  readonly timers = new FakeTimers();
  readonly asked: { path: string; cache: string | undefined }[] = [];
  clock = 0;
  online = true;
  /** The answer to a path that is not the server's own. */
  readonly instead = new Map<string, () => Promise<Response>>();

  constructor(
    private readonly delayMs: number,
    private readonly kbps: number,
  ) {}

  readonly now = () => this.clock;
  readonly isOnline = () => this.online;

  readonly fetch = (path: string, init?: RequestInit): Promise<Response> => {
    this.asked.push({ path, cache: init?.cache });
    if (init?.signal?.aborted) return Promise.reject(new DOMException('', 'AbortError'));
    const other = this.instead.get(path);
    if (other) return other();
    this.pass(this.delayMs, init?.signal);
    const name = path.replace('/assets/check/', '');
    if (name === 'index.m3u8') return Promise.resolve(new Response(INDEX));
    if (name.endsWith('.m3u8')) return Promise.resolve(new Response(MEDIA(name.replace('.m3u8', ''), 3)));
    return Promise.resolve(new Response(this.stream(name.startsWith('video') ? 100_000 : 10_000, init?.signal)));
  };

  private stream(bytes: number, signal?: AbortSignal | null): ReadableStream<Uint8Array> {
    let left = bytes;
    const pull = (to: ReadableStreamDefaultController<Uint8Array>) => {
      if (left === 0) return to.close();
      const some = Math.min(left, 5_000);
      left -= some;
      this.pass((some * 8) / this.kbps, signal);
      if (signal?.aborted) to.error(new DOMException('', 'AbortError'));
      else to.enqueue(new Uint8Array(some));
    };
    return new ReadableStream({ pull }, { highWaterMark: 0 });
  }

  private pass(ms: number, signal?: AbortSignal | null): void {
    this.clock += ms;
    if (DOWNLOAD_MS_MAX <= this.clock && !signal?.aborted && 0 < this.timers.waiting.size) this.timers.ring();
  }
}

const CLIP = '/assets/check/index.m3u8';

describe('the rate', () => {
  test('is that of the network, however far the server is', async () => {
    for (const [delay, kbps] of [[5, 12_400], [250, 12_400], [80, 800]] as const) {
      const network = new FakeNetwork(delay, kbps);
      const measured = await measure(CLIP, network);
      if (measured.at !== 'measured') throw new Error(measured.why);
      const { rate, delayMs } = measured.network;
      expect([rate.kind, delayMs]).toEqual(['measured', delay]);
      expect(Math.abs(rate.kbps - kbps) / kbps).toBeLessThan(0.02);
    }
  });

  test('of what came is told when the rest takes too long', async () => {
    const network = new FakeNetwork(100, 90);
    const measured = await measure(CLIP, network);
    if (measured.at !== 'measured') throw new Error(measured.why);
    expect(measured.network.rate.kind).toBe('measured');
    expect(Math.abs(measured.network.rate.kbps - 90)).toBeLessThan(5);
    expect(network.clock).toBeLessThan(DOWNLOAD_MS_MAX + 1_000);
    expect(network.asked.at(-1)?.path).toContain('video-0');
  });

  test('is not told beyond what a short clip can tell, and comes from the last files', () => {
    expect(rateOf([{ bytes: 200_000, ms: 3 }], 2)).toEqual({ kind: 'beyond', kbps: 50_000 });
    expect(rateOf([{ bytes: 200_000, ms: 1 }], 2)).toEqual({ kind: 'beyond', kbps: 50_000 });
    const warm = { bytes: 150_000, ms: 120 };
    expect(rateOf([{ bytes: 150_000, ms: 9_000 }, warm], 20)).toEqual({ kind: 'measured', kbps: 12_000 });
    expect(rateOf([{ bytes: 75_000, ms: 140 }, { bytes: 75_000, ms: 100 }], 20).kbps).toBe(6_000);
  });

  test('says which pictures it is enough for', () => {
    const of = (kbps: number) => carriesOf({ kind: 'measured', kbps });
    expect([of(2_500), of(2_499), of(600), of(599)]).toEqual(['large', 'small', 'small', 'little']);
    expect(carriesOf({ kind: 'beyond', kbps: 50_000 })).toBe('large');
    expect([middleOf([9, 1, 5]), middleOf([])]).toEqual([5, 0]);
  });
});

test('everything comes from the network, not from what the browser has kept', async () => {
  const network = new FakeNetwork(5, 10_000);
  const measured = await measure(CLIP, network);
  expect(network.asked.every(({ cache }) => cache === 'reload')).toBe(true);
  const files = ['audio-init.mp4', 'audio-0.m4s', 'audio-1.m4s', 'audio-2.m4s', 'video-init.mp4'];
  const clip = measured.at === 'measured' ? measured.clip : null;
  expect(clip?.files.slice(0, 5)).toEqual(files.map((name) => `/assets/check/${name}`));
  expect(clip?.files).toHaveLength(8);
  expect(clip?.types).toEqual(['video/mp4; codecs="avc1.4d401e"', 'audio/mp4; codecs="mp4a.40.2"']);
  expect(typesOf('#EXTM3U')).toEqual([]);
  expect(network.timers.waiting.size, 'nothing is left to ring').toBe(0);
});

describe('what is in the way is told apart', () => {
  const whyOf = async (network: FakeNetwork) => {
    const measured = await measure(CLIP, network);
    return measured.at === 'unreachable' ? measured.why : null;
  };

  test('no network, no answer, and an answer of somebody else', async () => {
    const network = new FakeNetwork(5, 10_000);
    network.online = false;
    expect(await whyOf(network)).toBe('offline');
    expect(network.asked).toEqual([]);
    network.online = true;
    network.instead.set(CLIP, () => Promise.reject(new TypeError('failed')));
    expect(await whyOf(network)).toBe('no_answer');
    network.instead.set(CLIP, () => {
      network.online = false;
      return Promise.reject(new TypeError('failed'));
    });
    expect(await whyOf(network)).toBe('offline');
    network.online = true;
    network.instead.set(CLIP, () => Promise.resolve(new Response('<!doctype html>Sign in to the Wi-Fi')));
    expect(await whyOf(network)).toBe('blocked');
    network.instead.clear();
    network.instead.set('/assets/check/video-1.m4s', () => Promise.resolve(new Response('', { status: 403 })));
    expect(await whyOf(network)).toBe('blocked');
  });

  test('a server that never answers is given up', async () => {
    const network = new FakeNetwork(5, 10_000);
    let signal: AbortSignal | null | undefined;
    const waiting = (path: string, init?: RequestInit) => {
      signal = init?.signal;
      return new Promise<Response>((_, reject) =>
        signal?.addEventListener('abort', () => reject(new DOMException(path, 'AbortError'))),
      );
    };
    const measuring = measure(CLIP, { ...world(network), fetch: waiting });
    expect(network.timers.ring()).toBe(DOWNLOAD_MS_MAX);
    expect(await measuring).toEqual({ at: 'unreachable', why: 'no_answer' });
    expect(signal?.aborted).toBe(true);
  });
});

function world({ timers, now, isOnline, fetch }: FakeNetwork): NetworkWorld {
  return { timers, now, isOnline, fetch };
}
