import type { Api } from '@plenary/api/client';
import { expect, test } from 'vitest';

import { type Door, knock, leftOf, passOf, pauseMs, slugAtDoor } from './join';

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
  const names = { place: '41', wait_ms: '8200', ticket: 'T' };
  const crowd = server({ error: { status: 503, code: 'crowded', detail: '', names } });
  const line = { place: 41, waitMs: 8_200, ticket: 'T' };
  const crowded = await knock(crowd, 'day', 'p', JOINING);
  expect(crowded).toEqual({ at: 'waiting', line });
  expect(await knock(problem(500, 'internal'), 'day', 'p', crowded)).toEqual({
    at: 'offline',
    attempt: 0,
    line,
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

test('whoever comes back shows the ticket', async () => {
  const sent: unknown[] = [];
  const api = {
    POST: (_: string, { body }: { body: unknown }) => {
      sent.push(body);
      return Promise.resolve({ data: { name: 'Li', units: [] } });
    },
  } as unknown as Api;
  const line = { place: 2, waitMs: 400, ticket: 'T' };
  await knock(api, 'day', 'p', JOINING);
  await knock(api, 'day', 'p', { at: 'waiting', line });
  await knock(api, 'day', 'p', { at: 'offline', attempt: 3, line });
  expect(sent).toEqual([
    { pass: 'p', ticket: null },
    { pass: 'p', ticket: 'T' },
    { pass: 'p', ticket: 'T' },
  ]);
});

test('place and time go down together, and never to nothing', () => {
  const line = { place: 40, waitMs: 8_000, ticket: 'T' };
  expect(leftOf(line, 0)).toEqual({ place: 40, seconds: 8 });
  expect(leftOf(line, 6_100)).toEqual({ place: 10, seconds: 2 });
  expect(leftOf(line, 9_000)).toEqual({ place: 1, seconds: 1 });
});

test('a crowd that tries again is spread out and never waits for long', () => {
  expect([pauseMs(0, 0), pauseMs(0, 1)]).toEqual([1_000, 3_000]);
  expect(pauseMs(100, 1)).toBe(22_500);
});
