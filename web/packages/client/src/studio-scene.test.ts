/** Changes of a scene, and the order in which a director's changes reach the server. */
import type { Api } from '@plenary/api/client';
import type { Scene } from '@plenary/api/types';
import { expect, test } from 'vitest';

import { Wants } from './socket-wants';
import { Requests } from './studio-requests';
import { introduce, nextPlace, withLayout, withSource } from './studio-scene';

const scene = (...places: (string | null)[]): Scene => ({ layout: 'two', places, lower_third: null });
const tile = { x: 0, y: 0, width: 640, height: 360 };

test('a smaller layout drops the last places, a larger one has empty ones', () => {
  const four = { layout: 'four' as const, tiles: [tile, tile, tile, tile] };
  const full = { layout: 'full' as const, tiles: [tile] };
  expect(withLayout(scene('a', 'b'), four).places).toEqual(['a', 'b', null, null]);
  expect(withLayout(scene('a', 'b'), full)).toMatchObject({ layout: 'full', places: ['a'] });
});

test('a source that already stands elsewhere changes places', () => {
  expect(withSource(scene('a', 'b'), 0, 'b').places).toEqual(['b', 'a']);
  expect(withSource(scene('a', null), 1, 'a').places).toEqual([null, 'a']);
  expect(withSource(scene('a', 'b'), 1, null).places).toEqual(['a', null]);
  expect([0, 1].map((place) => nextPlace(2, place))).toEqual([1, 0]);
});

test('the lower third introduces whoever stands first', () => {
  const source = { id: 'b', card: { name: '赵敏', unit: '四川 · 成都', title: '' } };
  const sources = [source] as unknown as Parameters<typeof introduce>[1];
  expect(introduce(scene(null, 'b'), sources)).toEqual({ name: '赵敏', detail: '四川 · 成都' });
  expect(introduce(scene(null, null), sources)).toBeNull();
});

test('a take waits for the previews before it and names the revision they led to', async () => {
  const log: string[] = [];
  let revision = 7;
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const api = {
    POST: async (path: string, init: { params: { header?: { 'If-Match': string } } }) => {
      log.push(`${path.split('/').pop()} ${init.params.header?.['If-Match'] ?? ''}`.trim());
      if (path.endsWith('preview')) await held;
      return { data: { revision: 8 }, response: new Response() };
    },
  } as unknown as Api;
  const requests = new Requests(api, 'evt_1');
  const preview = requests.preview(scene('a', 'b')).then(() => (revision = 8));
  const take = requests.take({ kind: 'cut' }, () => revision);
  await Promise.resolve();
  await Promise.resolve();
  expect(log).toEqual(['preview']);
  expect(requests.busy).toBe(true);
  release();
  await preview;
  await take;
  expect(log).toEqual(['preview', 'take "8"']);
});

test('a network that fails is an answer too', async () => {
  const api = { POST: () => Promise.reject(new TypeError('no network')) } as unknown as Api;
  const requests = new Requests(api, 'evt_1');
  expect(await requests.undo()).toMatchObject({ problem: { status: 0, code: 'offline' } });
});

test('the server hears once, after a burst, of the widest picture of each source', () => {
  const told: unknown[] = [];
  let run = () => {};
  const world = { setTimeout: (callback: () => void) => ((run = callback), 1), clearTimeout: () => {} };
  const wants = new Wants((pictures, programme) => told.push({ pictures, programme }), world);
  wants.show('strip', 'cam_a', 201);
  wants.show('preview', 'cam_a', 630);
  wants.show('strip-b', 'cam_b', 80);
  wants.programme(true);
  run();
  run();
  expect(told).toEqual([
    {
      pictures: [
        { source: 'cam_a', width: 640 },
        { source: 'cam_b', width: 80 },
      ],
      programme: true,
    },
  ]);
  wants.show('preview', null, 0);
  run();
  expect(told).toHaveLength(2);
  wants.tellAgain();
  run();
  expect(told).toHaveLength(3);
});
