/** The recorded broadcast as a player of another house decodes it: pictures and sound with their programme time. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Colour, Read } from './pictures';

const run = promisify(execFile);

export const FRAMES_PER_SECOND = 30;
/** Frame n of the programme is so many times n after the first. */
export const FRAME_MS = 1000 / FRAMES_PER_SECOND;

const WIDTH = 128;
const HEIGHT = 72;
const SOUND_HZ = 48_000;

interface Segment {
  uri: string;
  startMs: number;
  seconds: number;
}

interface MediaPlaylist {
  init: string;
  segments: Segment[];
}

/** One rendition from a moment on: pictures scaled down, at their programme times. */
export interface Pictures {
  /** Programme time of the first one, by the wall clock. */
  startMs: number;
  count: number;
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
  const segments: Segment[] = [];
  for (const line of (await text(url)).split('\n')) {
    const [tag, value = ''] = splitTag(line);
    if (tag === '#EXT-X-MAP') init = new URL(/URI="([^"]+)"/.exec(value)?.[1] ?? '', url).href;
    if (tag === '#EXT-X-PROGRAM-DATE-TIME') startMs = Date.parse(value);
    if (tag === '#EXTINF') seconds = Number.parseFloat(value);
    if (line && !line.startsWith('#')) {
      segments.push({ uri: new URL(line, url).href, startMs, seconds });
      startMs += seconds * 1000;
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

async function decode(playlist: string, fromMs: number, form: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'plenary-e2e-decode-'));
  try {
    const file = join(folder, 'recorded.mp4');
    const startMs = await download(playlist, fromMs, file);
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
    return { startMs, bytes: Buffer.concat(out) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function decodePictures(playlist: string, fromMs: number): Promise<Pictures> {
  const scale = `fps=${FRAMES_PER_SECOND},scale=${WIDTH}:${HEIGHT}:flags=area`;
  const form = ['-vf', scale, '-pix_fmt', 'rgb24', '-f', 'rawvideo'];
  const { startMs, bytes } = await decode(playlist, fromMs, form);
  const size = WIDTH * HEIGHT * 3;
  return {
    startMs,
    count: Math.floor(bytes.length / size),
    at: (index) => (x, y): Colour => {
      const column = Math.min(WIDTH - 1, Math.floor(x * WIDTH));
      const row = Math.min(HEIGHT - 1, Math.floor(y * HEIGHT));
      const at = index * size + (row * WIDTH + column) * 3;
      return [bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0];
    },
  };
}

export async function decodeSound(playlist: string, fromMs: number): Promise<Sound> {
  const form = ['-ac', '1', '-ar', String(SOUND_HZ), '-f', 'f32le'];
  const { startMs, bytes } = await decode(playlist, fromMs, form);
  const samples = new Float32Array(Math.floor(bytes.length / 4));
  for (let n = 0; n < samples.length; n += 1) samples[n] = bytes.readFloatLE(4 * n);
  return { startMs, samples };
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

/** ffmpeg's name and version, for the log of a test. */
export async function decoderName(): Promise<string> {
  const { stdout } = await run('ffmpeg', ['-version']);
  return stdout.split('\n')[0] ?? 'ffmpeg';
}
