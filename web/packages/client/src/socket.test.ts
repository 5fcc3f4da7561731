/** The socket comes back by itself, and stays away when it was sent away. */
import { expect, test } from 'vitest';

import { retryWaitMs, Socket, type Link, type SocketWorld } from './socket';
import type { FromServer } from '@plenary/api/socket';

class FakeSocket {
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  sent: string[] = [];
  closed = false;
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.closed = true;
  }
}

function rig(status: number | null = null) {
  const made: FakeSocket[] = [];
  const timers = new Map<number, { run: () => void; ms: number }>();
  const links: Link[] = [];
  const heard: FromServer[] = [];
  let next = 1;
  const world: SocketWorld = {
    open: () => {
      const socket = new FakeSocket();
      made.push(socket);
      return socket as unknown as WebSocket;
    },
    probe: () => Promise.resolve(status),
    setTimeout: (run, ms) => {
      timers.set(next, { run, ms });
      return next++;
    },
    clearTimeout: (timer) => void timers.delete(timer),
    random: () => 1,
  };
  const events = {
    message: (message: FromServer) => void heard.push(message),
    link: (link: Link) => void links.push(link),
  };
  const socket = new Socket('http://here/socket', events, world);
  /** Lets the only waiting timer ring and says how long it waited. */
  const ring = () => {
    const [[id, timer]] = [...timers] as [[number, { run: () => void; ms: number }]];
    timers.delete(id);
    timer.run();
    return timer.ms;
  };
  const last = () => made[made.length - 1]!;
  return { socket, made, links, heard, timers, ring, last };
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
