import { expect, test } from 'vitest';

import { arrive, type Arrival, hallOf, isAboutOneself } from './hall-arrival';

const ARRIVING: Arrival = { at: 'arriving' };

/** A server that answers so, and what it was asked. */
function server(status: number, code = '') {
  const asked: string[] = [];
  const fetch = (path: string, init?: RequestInit) => {
    asked.push(`${init?.method ?? 'GET'} ${path}`);
    const body = { status, code, detail: `${code}.` };
    return Promise.resolve(status === 204 ? new Response(null, { status }) : Response.json(body, { status }));
  };
  return { asked, fetch };
}

test('the token of a hall stands behind the hash', () => {
  expect(hallOf('#hall=AQE_-9')).toBe('AQE_-9');
  for (const none of ['', '#', '#hall=', '#pass=AQE']) expect(hallOf(none)).toBeNull();
  expect([isAboutOneself('#mine'), isAboutOneself(''), isAboutOneself('#hall=mine')]).toEqual([true, false, false]);
});

test('whoever has come in is counted, others are told what to do first', async () => {
  const counted = server(204);
  expect(await arrive('a/b', ARRIVING, counted.fetch)).toEqual({ at: 'counted' });
  expect(counted.asked).toEqual(['POST /api/halls/a%2Fb/arrive']);
  expect(await arrive('t', ARRIVING, server(401, 'not_joined').fetch)).toEqual({ at: 'not_in' });
  expect(await arrive('t', ARRIVING, server(404, 'hall_unknown').fetch)).toEqual({ at: 'unknown' });
  expect(await arrive('t', ARRIVING, server(409, 'book_sealed').fetch)).toEqual({
    at: 'refused',
    code: 'book_sealed',
    detail: 'book_sealed.',
  });
});

test('a lost network and a sick server are tried again', async () => {
  const lost = await arrive('t', ARRIVING, () => Promise.reject(new TypeError('no network')));
  expect(lost).toEqual({ at: 'offline', attempt: 0 });
  expect(await arrive('t', lost, server(503, 'stopping').fetch)).toEqual({ at: 'offline', attempt: 1 });
});
