/** Speakers whose WebRTC nobody here wrote: aiortc in both codecs and werift, seen and heard in the decoded programme. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { AiortcSpeaker } from './support/aiortc';
import type { Persona } from './support/devices';
import { Director } from './support/director';
import { isColour } from './support/pictures';
import { decodePictures, decodeSound, recordedUntil, renditions, toneDb } from './support/recording';
import { Plenary } from './support/server';
import { progress, until } from './support/wait';
import { WeriftSpeaker } from './support/werift';

const H264: Persona = { name: 'aiortc H.264', colour: [30, 170, 70], hz: 600 };
const VP8: Persona = { name: 'aiortc VP8', colour: [200, 50, 170], hz: 1400 };
const WERIFT: Persona = { name: 'werift VP8', colour: [40, 90, 210], hz: 900 };
const ALL = [H264, VP8, WERIFT];
/** The middle of each of the first three tiles of the layout with four. */
const TILES: [number, number][] = [
  [0.25, 0.25],
  [0.75, 0.25],
  [0.25, 0.75],
];
/** A tone that is not there is at least this much weaker than one that is. */
const ABSENT_DB = 25;

let plenary: Plenary;
const speakers: { leave(): Promise<void>; camera: string }[] = [];

beforeAll(async () => {
  plenary = await Plenary.start({ slug: 'peers', title: 'Peers', speakers: ALL.map(({ name }) => name) });
});

afterAll(async () => {
  await Promise.all(speakers.map((speaker) => speaker.leave()));
  await plenary?.stop();
});

test('each joins as our page does and is on air with picture and sound', async () => {
  speakers.push(
    await AiortcSpeaker.join(plenary.stage(0), 'video/h264', H264),
    await AiortcSpeaker.join(plenary.stage(1), 'video/vp8', VP8),
    await WeriftSpeaker.join(plenary.stage(2), WERIFT),
  );
  const director = await Director.open(plenary.links.studio);
  const cameras = speakers.map(({ camera }) => camera);
  await director.putOnAir({ layout: 'four', places: [...cameras, null], lower_third: null });
  const playlists = await until('the broadcast', () =>
    renditions(plenary.links.hls.replace('index.m3u8', 'replay.m3u8')).catch(() => null),
  );
  let seen: unknown = null;
  const shownMs = await until(
    'all three pictures in the programme',
    async () => {
      const end = await recordedUntil(playlists.picture);
      if (Number.isNaN(end) || end === 0) return null;
      const pictures = await decodePictures(playlists.picture, end - 500);
      const read = pictures.at(pictures.timesMs.length - 1);
      seen = TILES.map(([x, y]) => read(x, y));
      const all = TILES.every(([x, y], index) => isColour(read(x, y), ALL[index]?.colour ?? [0, 0, 0]));
      return all && end;
    },
    60_000,
    () => seen,
  );
  progress('all three are in the picture');
  const heardUntil = shownMs + 3_000;
  await until('the sound', async () => (await recordedUntil(playlists.sound)) > heardUntil, 60_000);
  const sound = await decodeSound(playlists.sound, shownMs);
  const db = (hz: number) => toneDb(sound, hz, shownMs + 500, heardUntil - 500);
  const tones = ALL.map(({ hz }) => db(hz));
  const between = db(1150);
  progress(`tones ${tones.map((one) => one.toFixed(0)).join(', ')} dB, between them ${between.toFixed(0)} dB`);
  for (const tone of tones) expect(tone).toBeGreaterThan(between + ABSENT_DB);
  const pictures = await decodePictures(playlists.picture, shownMs);
  expect(pictures.timesMs.length).toBeGreaterThan(30);
  pictures.timesMs.forEach((_, index) => {
    const read = pictures.at(index);
    const colours = TILES.map(([x, y]) => read(x, y));
    colours.forEach((colour, tile) => {
      expect(isColour(colour, ALL[tile]?.colour ?? [0, 0, 0]), `picture ${index}: ${colour}`).toBe(true);
    });
  });
});
