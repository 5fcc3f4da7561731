import type { Api } from '@plenary/api/client';
import { expect, test } from 'vitest';

import { type Door, knock, passOf, pauseMs, slugAtDoor } from './join';

const JOINING: Door = { at: 'joining' };

/** A server that answers every request so. */
function server(answer: unknown): Api {
  return { POST: () => Promise.resolve(answer) } as unknown as Api;
}

const problem = (status: number, code: string) =>
  server({ error: { status, code, detail: `${code}.` } });

test('the pass stands behind the hash and the slug in the path', () => {
  expect(passOf('#pass=AQE_-9')).toBe('AQE_-9');
  for (const none of ['', '#', '#pass=', '#other=1']) expect(passOf(none)).toBeNull();
  expect(slugAtDoor('/e/spring-day/join')).toBe('spring-day');
  expect(slugAtDoor('/e/%E6%98%A5/join')).toBe('春');
});

test('whoever is let in is told who they are', async () => {
  const who = { name: '李雨晴', units: ['集团', '广东'] };
  expect(await knock(server({ data: who }), 'day', 'p', JOINING)).toEqual({ at: 'in', who });
});

test('a crowd, a lost network and a sick server are tried again, a refusal is not', async () => {
  const crowded = await knock(problem(503, 'crowded'), 'day', 'p', JOINING);
  expect(crowded).toEqual({ at: 'waiting', attempt: 0 });
  expect(await knock(problem(503, 'crowded'), 'day', 'p', crowded)).toEqual({
    at: 'waiting',
    attempt: 1,
  });
  expect(await knock(problem(500, 'internal'), 'day', 'p', JOINING)).toMatchObject({
    at: 'offline',
  });
  const lost = { POST: () => Promise.reject(new TypeError('no network')) } as unknown as Api;
  expect(await knock(lost, 'day', 'p', JOINING)).toMatchObject({ at: 'offline' });
  expect(await knock(problem(403, 'not_invited'), 'day', 'p', JOINING)).toEqual({
    at: 'refused',
    code: 'not_invited',
    detail: 'not_invited.',
    names: {},
  });
});

test('a crowd that tries again is spread out and never waits for long', () => {
  expect([pauseMs(0, 0), pauseMs(0, 1)]).toEqual([1_000, 3_000]);
  expect(pauseMs(100, 1)).toBe(22_500);
});
