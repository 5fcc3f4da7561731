/** Measures the network by the download of the test clip: how much it carries, and how far away the server is. */
import type { Fetch } from './hall';
import type { Timers } from './org-search';

/** What the playlists of the clip say. */
export type Clip = {
  playlist: string;
  /** What a browser must be able to decode, as it is asked for it. */
  types: string[];
  /** All media in the order in which it is downloaded. */
  files: string[];
};

/** So fast the network is; beyond some rate a short clip tells no more. */
export type Rate = { kind: 'measured'; kbps: number } | { kind: 'beyond'; kbps: number };

export type Network = { rate: Rate; delayMs: number };

/** Why nothing was measured. */
export type Unreachable =
  /** The device has no network. */
  | 'offline'
  /** No answer, or none in time. */
  | 'no_answer'
  /** Something else answered in the server's place, or the server did not give the clip. */
  | 'blocked';

export type Measured = { at: 'measured'; clip: Clip; network: Network } | { at: 'unreachable'; why: Unreachable };

/** What the measurement needs from outside; tests give their own. */
export type NetworkWorld = {
  fetch: Fetch;
  timers: Timers;
  /** A clock in milliseconds that only goes forward. */
  now: () => number;
  isOnline: () => boolean;
};

/** What of the ladder a network carries with some room: 720p has 2.0 Mb/s, 360p 0.7 Mb/s. */
export type Carries = 'large' | 'small' | 'little';

export const LARGE_KBPS = 2_500;
export const SMALL_KBPS = 600;
/** Faster than this is not told: the clip is there before the clock has ticked often enough. */
export const BEYOND_KBPS = 50_000;
/** Further away than this one notices that others hear later what one writes. */
export const FAR_MS = 300;
/** So long the clip may take; a network that is slower is told by what came. */
export const DOWNLOAD_MS_MAX = 20_000;
/** How often the delay is looked at. */
const ROUNDS = 5;
/** The first files only bring the connection up to speed, while at least so many bytes are left. */
const LEFT_BYTES_MIN = 150_000;

export function carriesOf({ kbps }: Rate): Carries {
  if (LARGE_KBPS <= kbps) return 'large';
  return SMALL_KBPS <= kbps ? 'small' : 'little';
}

/** One file as it came: its bytes, and the time from asking to the last of them. */
export type Download = { bytes: number; ms: number };

/** The rate of files that came one after the other, each after the delay of its question. */
export function rateOf(downloads: readonly Download[], delayMs: number): Rate {
  let [bytes, ms] = [0, 0];
  for (const download of [...downloads].reverse()) {
    if (LEFT_BYTES_MIN <= bytes) break;
    bytes += download.bytes;
    // A file that was asked for took the way there and back before anything of it came.
    ms += Math.max(0, download.ms - delayMs);
  }
  const kbps = (bytes * 8) / Math.max(ms, 0.001);
  if (BEYOND_KBPS <= kbps) return { kind: 'beyond', kbps: BEYOND_KBPS };
  return { kind: 'measured', kbps: Math.round(kbps) };
}

/** The middle of some times. */
export function middleOf(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Why there is no measurement, from one place to another. */
class Away extends Error {
  constructor(readonly why: Unreachable) {
    super(why);
  }
}

/** Downloads the clip from the network, whatever the browser has kept, and gives what that tells. */
export async function measure(playlist: string, world: NetworkWorld): Promise<Measured> {
  if (!world.isOnline()) return { at: 'unreachable', why: 'offline' };
  const limit = new AbortController();
  const timer = world.timers.setTimeout(() => limit.abort(), DOWNLOAD_MS_MAX);
  try {
    const clip = await readClip(playlist, world, limit.signal);
    const delayMs = await delayTo(playlist, world, limit.signal);
    const rate = await rateFrom(clip, delayMs, world, limit.signal);
    return { at: 'measured', clip, network: { rate, delayMs } };
  } catch (reason) {
    if (reason instanceof Away) return { at: 'unreachable', why: reason.why };
    return { at: 'unreachable', why: world.isOnline() ? 'no_answer' : 'offline' };
  } finally {
    world.timers.clearTimeout(timer);
  }
}

async function rateFrom(
  clip: Clip,
  delayMs: number,
  world: NetworkWorld,
  signal: AbortSignal,
): Promise<Rate> {
  const downloads: Download[] = [];
  for (const file of clip.files) {
    const download = await downloadOf(file, world, signal);
    downloads.push(download);
    if (signal.aborted) break;
  }
  if (downloads.every(({ bytes }) => bytes === 0)) throw new Away('no_answer');
  return rateOf(downloads, delayMs);
}

/** Asks for a file; what had come of it counts when the time is over. */
async function downloadOf(path: string, world: NetworkWorld, signal: AbortSignal): Promise<Download> {
  const asked = world.now();
  let bytes = 0;
  try {
    const response = await ask(path, world, signal);
    const reader = response.body?.getReader();
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
      bytes += read.value.byteLength;
    }
  } catch (reason) {
    if (!signal.aborted) throw reason;
  }
  return { bytes, ms: world.now() - asked };
}

/** How long a small question takes to be answered, on a connection that is there already. */
async function delayTo(path: string, world: NetworkWorld, signal: AbortSignal): Promise<number> {
  const times: number[] = [];
  while (times.length < ROUNDS) {
    const asked = world.now();
    const response = await ask(path, world, signal);
    times.push(world.now() - asked);
    await response.text();
  }
  return Math.round(middleOf(times));
}

async function readClip(playlist: string, world: NetworkWorld, signal: AbortSignal): Promise<Clip> {
  const index = await textOf(playlist, world, signal);
  const folder = playlist.slice(0, playlist.lastIndexOf('/') + 1);
  const whole = (name: string) => folder + name;
  const files: string[] = [];
  for (const name of [...named(index), ...linesOf(index)]) {
    const media = await textOf(whole(name), world, signal);
    files.push(...[...named(media), ...linesOf(media)].map(whole));
  }
  return { playlist, types: typesOf(index), files };
}

async function textOf(path: string, world: NetworkWorld, signal: AbortSignal): Promise<string> {
  const text = await (await ask(path, world, signal)).text();
  if (!text.startsWith('#EXTM3U')) throw new Away('blocked');
  return text;
}

/** Asks the network even where the browser has kept an answer, and keeps the new one for the player. */
async function ask(path: string, world: NetworkWorld, signal: AbortSignal): Promise<Response> {
  const response = await world.fetch(path, { cache: 'reload', signal });
  if (!response.ok) throw new Away('blocked');
  return response;
}

/** What the tags of a playlist name: other playlists, the beginning of a rendition. */
function named(playlist: string): string[] {
  return [...playlist.matchAll(/URI="([^"]+)"/g)].flatMap(([, name]) => name ?? []);
}

/** What the lines of a playlist name. */
function linesOf(playlist: string): string[] {
  return playlist.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
}

/** Each codec that a multivariant playlist names, as the type that a browser is asked about. */
export function typesOf(index: string): string[] {
  const codecs = [...index.matchAll(/CODECS="([^"]+)"/g)].flatMap(([, list]) => list?.split(',') ?? []);
  const kind = (codec: string) => (codec.startsWith('mp4a') ? 'audio' : 'video');
  return [...new Set(codecs)].map((codec) => `${kind(codec)}/mp4; codecs="${codec}"`);
}
