/** The recorded broadcast as a player of another house decodes it: pictures and sound with their programme time. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Colour, Read } from './pictures';

const run = promisify(execFile);

/** How long a picture of the programme stands. */
export const FRAME_MS = 1000 / 30;

const WIDTH = 128;
const HEIGHT = 72;
const SOUND_HZ = 48_000;

interface Segment {
  uri: string;
  startMs: number;
  seconds: number;
  /** The encoder began anew with this one. */
  anew: boolean;
  /** Nothing is recorded for this time. */
  gap: boolean;
}

interface MediaPlaylist {
  init: string;
  segments: Segment[];
}

/** One rendition from a moment on: every picture that was encoded, scaled down. */
export interface Pictures {
  /** Programme time of each picture, by the wall clock; a picture that is late stands longer. */
  timesMs: number[];
  at(index: number): Read;
}

export interface Sound {
  startMs: number;
  samples: Float32Array;
}

async function text(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.text();
}

/** The playlists of the largest picture and of the sound in a multivariant playlist. */
export async function renditions(replay: string): Promise<{ picture: string; sound: string }> {
  const lines = (await text(replay)).split('\n');
  const variants = lines.flatMap((line, index) => {
    const width = /RESOLUTION=(\d+)x/.exec(line)?.[1];
    const uri = lines[index + 1];
    return width && uri ? [{ width: Number(width), uri }] : [];
  });
  const largest = variants.sort((a, b) => b.width - a.width)[0];
  const sound = lines.map((line) => /TYPE=AUDIO.*URI="([^"]+)"/.exec(line)?.[1]).find(Boolean);
  if (!largest || !sound) throw new Error(`no picture or no sound in ${replay}`);
  return {
    picture: new URL(largest.uri, replay).href,
    sound: new URL(sound, replay).href,
  };
}

export async function mediaPlaylist(url: string): Promise<MediaPlaylist> {
  let init = '';
  let seconds = 0;
  let startMs = NaN;
  let [anew, gap] = [false, false];
  const segments: Segment[] = [];
  for (const line of (await text(url)).split('\n')) {
    const [tag, value = ''] = splitTag(line);
    if (tag === '#EXT-X-MAP') init = new URL(/URI="([^"]+)"/.exec(value)?.[1] ?? '', url).href;
    if (tag === '#EXT-X-PROGRAM-DATE-TIME') startMs = Date.parse(value);
    if (tag === '#EXT-X-DISCONTINUITY') anew = true;
    if (tag === '#EXT-X-GAP') gap = true;
    if (tag === '#EXTINF') seconds = Number.parseFloat(value);
    if (line && !line.startsWith('#')) {
      segments.push({ uri: new URL(line, url).href, startMs, seconds, anew, gap });
      startMs += seconds * 1000;
      [anew, gap] = [false, false];
    }
  }
  return { init, segments };
}

function splitTag(line: string): [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)];
}

/** Up to which moment a rendition is recorded. */
export async function recordedUntil(playlist: string): Promise<number> {
  const last = (await mediaPlaylist(playlist)).segments.at(-1);
  return last ? last.startMs + last.seconds * 1000 : 0;
}

/** Everything from a moment on as one file. */
async function download(playlist: string, fromMs: number, file: string): Promise<number> {
  const { init, segments } = await mediaPlaylist(playlist);
  const wanted = segments.filter(({ startMs, seconds }) => fromMs < startMs + seconds * 1000);
  const first = wanted[0];
  if (!first) throw new Error(`nothing is recorded after ${new Date(fromMs).toISOString()}`);
  const pieces: Buffer[] = [];
  for (const url of [init, ...wanted.map(({ uri }) => uri)]) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    pieces.push(Buffer.from(await response.arrayBuffer()));
  }
  await writeFile(file, Buffer.concat(pieces));
  return first.startMs;
}

/** What `judge` makes of the recording since `fromMs` as a file, with the time of its first sample. */
async function judged<T>(
  playlist: string,
  fromMs: number,
  judge: (file: string, startMs: number) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'plenary-e2e-decode-'));
  try {
    const file = join(folder, 'recorded.mp4');
    return await judge(file, await download(playlist, fromMs, file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Decodes a file without a word of complaint. */
async function decode(file: string, form: string[]): Promise<Buffer> {
  const child = spawn('ffmpeg', ['-v', 'error', '-i', file, ...form, '-'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => out.push(piece));
  child.stderr.on('data', (piece: Buffer) => complaints.push(piece));
  const [code] = (await once(child, 'close')) as [number];
  const said = Buffer.concat(complaints).toString();
  if (code !== 0 || said) throw new Error(`ffmpeg could not decode the recording: ${said}`);
  return Buffer.concat(out);
}

/** When each picture of a file is due, in seconds. */
async function dueSeconds(file: string): Promise<number[]> {
  const entries = ['-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0'];
  const { stdout } = await run('ffprobe', ['-v', 'error', ...entries, file]);
  return stdout.trim().split('\n').map(Number.parseFloat);
}

export function decodePictures(playlist: string, fromMs: number): Promise<Pictures> {
  return judged(playlist, fromMs, async (file, startMs) => {
    const due = await dueSeconds(file);
    const scale = ['-vsync', 'passthrough', '-vf', `scale=${WIDTH}:${HEIGHT}:flags=area`];
    const bytes = await decode(file, [...scale, '-pix_fmt', 'rgb24', '-f', 'rawvideo']);
    const size = WIDTH * HEIGHT * 3;
    if (bytes.length !== due.length * size) {
      throw new Error(`${due.length} pictures were recorded, ${bytes.length / size} decoded`);
    }
    return {
      timesMs: due.map((seconds) => startMs + (seconds - (due[0] ?? 0)) * 1000),
      at: (index) => (x, y): Colour => {
        const column = Math.min(WIDTH - 1, Math.floor(x * WIDTH));
        const row = Math.min(HEIGHT - 1, Math.floor(y * HEIGHT));
        const at = index * size + (row * WIDTH + column) * 3;
        return [bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0];
      },
    };
  });
}

export function decodeSound(playlist: string, fromMs: number): Promise<Sound> {
  return judged(playlist, fromMs, async (file, startMs) => {
    const bytes = await decode(file, ['-ac', '1', '-ar', String(SOUND_HZ), '-f', 'f32le']);
    const samples = new Float32Array(Math.floor(bytes.length / 4));
    for (let n = 0; n < samples.length; n += 1) samples[n] = bytes.readFloatLE(4 * n);
    return { startMs, samples };
  });
}

/** Loudest 100 ms of a tone between two moments, in dB full scale (Goertzel). */
export function toneDb({ startMs, samples }: Sound, hz: number, fromMs: number, untilMs: number) {
  const window = SOUND_HZ / 10;
  const first = Math.round(((fromMs - startMs) * SOUND_HZ) / 1000);
  const last = Math.round(((untilMs - startMs) * SOUND_HZ) / 1000);
  if (first < 0 || last > samples.length || last - first < window) {
    throw new Error(`no sound is recorded from ${fromMs} to ${untilMs}`);
  }
  let loudest = -200;
  for (let at = first; at + window <= last; at += window) {
    loudest = Math.max(loudest, goertzelDb(samples.subarray(at, at + window), hz));
  }
  return loudest;
}

function goertzelDb(block: Float32Array, hz: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * hz) / SOUND_HZ);
  let [before, last] = [0, 0];
  block.forEach((sample, n) => {
    // A Hann window keeps neighbours of the tone out.
    const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / block.length);
    [before, last] = [last, weight * sample + turn * last - before];
  });
  const power = before * before + last * last - turn * before * last;
  const amplitude = (4 * Math.sqrt(Math.max(power, 1e-24))) / block.length;
  return 20 * Math.log10(amplitude);
}
