/** The socket comes back by itself, and stays away when it was sent away. */
import type { FromServer } from '@plenary/api/socket';
import { expect, test } from 'vitest';

import { retryWaitMs, Socket } from './socket';
import { FakeTimers, socketWorld } from './test-world';

function rig(status: number | null = null) {
  const timers = new FakeTimers();
  const { world, made } = socketWorld(timers, status);
  const heard: FromServer[] = [];
  const events = {
    message: (message: FromServer) => void heard.push(message),
    link: () => undefined,
  };
  const socket = new Socket('http://here/socket', events, world);
  const last = () => made[made.length - 1]!;
  return { socket, made, heard, timers: timers.waiting, ring: timers.ring, last };
}

test('waits twice as long after each failure, never longer than the cap', () => {
  expect([1, 2, 3, 4, 5, 50].map((attempt) => retryWaitMs(attempt, 1))).toEqual([
    500, 1000, 2000, 4000, 8000, 8000,
  ]);
  expect(retryWaitMs(3, 0)).toBe(1000);
});

test('comes back after the server closes, and starts counting anew once it was open', () => {
  const { socket, made, last, ring } = rig();
  socket.start();
  last().onopen?.();
  expect(socket.link).toEqual({ at: 'open' });
  last().onclose?.();
  expect(socket.link).toEqual({ at: 'waiting', attempt: 1 });
  expect(ring()).toBe(500);
  last().onclose?.();
  expect(socket.link).toEqual({ at: 'waiting', attempt: 2 });
  expect(ring()).toBe(1000);
  last().onopen?.();
  last().onclose?.();
  expect(ring()).toBe(500);
  expect(made).toHaveLength(4);
});

test('a restart of the server is only a pause, another page is the end', () => {
  const { socket, last, timers } = rig();
  socket.start();
  last().onopen?.();
  last().onmessage?.({ data: '{"type":"closed","code":"restart"}' });
  expect(socket.link).toEqual({ at: 'open' });
  last().onmessage?.({ data: '{"type":"closed","code":"elsewhere"}' });
  expect(socket.link).toEqual({ at: 'ended', why: 'elsewhere' });
  expect(timers.size).toBe(0);
  socket.reconnect();
  expect(socket.link).toEqual({ at: 'ended', why: 'elsewhere' });
});

test('a refused link is told apart from a lost network', async () => {
  for (const [status, link] of [
    [404, { at: 'ended', why: 'unknown' }],
    [401, { at: 'ended', why: 'forbidden' }],
    [null, { at: 'waiting', attempt: 1 }],
    [502, { at: 'waiting', attempt: 1 }],
  ] as const) {
    const { socket, last } = rig(status);
    socket.start();
    last().onclose?.();
    await Promise.resolve();
    await Promise.resolve();
    expect(socket.link).toEqual(link);
  }
});

test('a network that is back does not wait out the pause', () => {
  const { socket, made, last } = rig();
  socket.start();
  last().onclose?.();
  socket.hurry();
  expect(made).toHaveLength(2);
});

test('an open socket that does not answer is made anew, one on its way is left to come', () => {
  const { socket, made, last } = rig();
  socket.start();
  socket.reconnect();
  expect(made).toHaveLength(1);
  last().onopen?.();
  socket.reconnect();
  expect(made.map((each) => each.closed)).toEqual([true, false]);
});

test('messages of an unknown type and broken ones are passed over', () => {
  const { socket, last, heard } = rig();
  socket.start();
  last().onopen?.();
  for (const data of ['{"type":"tomorrow"}', 'null', '{', '{"type":"speaking","seat":null}']) {
    last().onmessage?.({ data });
  }
  expect(heard).toEqual([{ type: 'speaking', seat: null }]);
});

test('nothing is sent on a socket that is not open', () => {
  const { socket, last } = rig();
  socket.start();
  socket.send({ type: 'leave' });
  expect(last().sent).toEqual([]);
  last().onopen?.();
  socket.send({ type: 'leave' });
  expect(last().sent).toEqual(['{"type":"leave"}']);
});
