/** What stage and studio share: a welcome starts the call, a network that is back is used at once, an end is an end. */
import { expect, test } from 'vitest';

import { Connection, type PageMessage } from './connection';
import type { Link } from './socket';
import { callWorld, FakeTimers, settle, socketWorld } from './test-world';

const WELCOME = '{"type":"welcome","ice_servers":[]}';

function rig() {
  const [socketTimers, callTimers, wantsTimers] = [new FakeTimers(), new FakeTimers(), new FakeTimers()];
  const sockets = socketWorld(socketTimers);
  const calls = callWorld(callTimers);
  const network = new EventTarget();
  const heard: PageMessage['type'][] = [];
  const links: Link[] = [];
  const connection = new Connection(
    '/api/socket',
    ['programme_video'],
    {
      message: ({ type }) => void heard.push(type),
      link: (link) => void links.push(link),
      call: () => undefined,
    },
    {
      origin: 'http://here',
      network,
      socket: sockets.world,
      call: calls.world,
      wants: wantsTimers,
    },
  );
  const last = () => sockets.made[sockets.made.length - 1]!;
  const told = () => last().sent.map((text) => JSON.parse(text) as { type: string });
  const open = () => {
    last().onopen?.();
    last().onmessage?.({ data: WELCOME });
  };
  return { connection, network, heard, links, wantsTimers, last, told, open, ...sockets, ...calls };
}

test('each welcome starts a fresh call and says again which pictures are shown', async () => {
  const { connection, last, open, told, peers, wantsTimers } = rig();
  connection.start();
  connection.wants.show('place', 'cam_1', 300);
  open();
  await settle();
  wantsTimers.ring();
  expect(told().map(({ type }) => type)).toEqual(['offer', 'wants']);
  last().onclose?.();
  connection.start();
  open();
  await settle();
  wantsTimers.ring();
  expect(told()).toMatchObject([
    { type: 'offer', fresh: true },
    { type: 'wants', pictures: [{ source: 'cam_1', width: 320 }] },
  ]);
  expect(peers.map(({ closed }) => closed)).toEqual([true, false]);
});

test('the messages of the call stay inside, every other one reaches the page', async () => {
  const { connection, heard, last, open, peers } = rig();
  connection.start();
  open();
  await settle();
  for (const message of [
    { type: 'answer', sdp: 'v=0' },
    { type: 'slots', video: 2, audio: 1 },
    { type: 'map', slots: [] },
    { type: 'speaking', seat: null },
    { type: 'refused', code: 'x', message: 'no' },
  ]) {
    last().onmessage?.({ data: JSON.stringify(message) });
  }
  expect(heard).toEqual(['welcome', 'speaking', 'refused']);
  expect(peers[0]?.answers).toEqual(['v=0']);
  expect(peers[0]?.transceivers).toHaveLength(4);
});

test('a network that is back is used at once, but not after the end', () => {
  const { connection, network, made, last } = rig();
  connection.start();
  last().onclose?.();
  network.dispatchEvent(new Event('online'));
  expect(made).toHaveLength(2);
  connection.stop();
  network.dispatchEvent(new Event('online'));
  expect(made).toHaveLength(2);
});

test('what the server ended keeps its reason', () => {
  const { connection, links, last, open, peers } = rig();
  connection.start();
  open();
  last().onmessage?.({ data: '{"type":"closed","code":"elsewhere"}' });
  connection.stop();
  expect(links.at(-1)).toEqual({ at: 'ended', why: 'elsewhere' });
  expect(peers[0]?.closed).toBe(true);
});
