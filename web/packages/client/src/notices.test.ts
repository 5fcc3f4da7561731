import { expect, test } from 'vitest';

import { Notices, STAYS_MS } from './notices';
import { FakeTimers } from './test-world';

function world() {
  const timers = new FakeTimers();
  return { timers, notices: new Notices(() => undefined, timers) };
}

const OFFLINE = { status: 0, code: 'offline', detail: '' };

test('what was done is offered for undoing, and goes away by itself', () => {
  const { timers, notices } = world();
  notices.tell('unit_renamed', 'North', () => Promise.resolve(null));
  expect(notices.notice).toMatchObject({ kind: 'done', undo: 'offered' });
  expect(timers.ring()).toBe(STAYS_MS);
  expect(notices.notice).toEqual({ kind: 'none' });
});

test('it stays while somebody is on it', () => {
  const { timers, notices } = world();
  notices.tell('unit_renamed', 'North', null);
  notices.hold();
  expect(timers.waiting.size).toBe(0);
  notices.release();
  expect(timers.waiting.size).toBe(1);
});

test('a change is undone once, however often the button is pressed', async () => {
  const { notices } = world();
  let undone = 0;
  const opposite = () => {
    undone += 1;
    return Promise.resolve(null);
  };
  notices.tell('unit_moved', 'North', opposite);
  await Promise.all([notices.undo(), notices.undo()]);
  expect(undone).toBe(1);
  expect(notices.notice).toEqual({ kind: 'done', did: 'undone', name: 'North', undo: 'no' });
});

test('what could not be undone says why, and stays', async () => {
  const { timers, notices } = world();
  notices.tell('unit_moved', 'North', () => Promise.resolve(OFFLINE));
  await notices.undo();
  expect(notices.notice).toEqual({ kind: 'problem', problem: OFFLINE });
  expect(timers.waiting.size).toBe(0);
});
