import type { Act, Acts } from '@plenary/api/types';
import { expect, test } from 'vitest';

import { askActs, minutesOf, planOf } from './acts';
import { type ActsView, ActsDesk, LOOK_EVERY_MS } from './acts-desk';
import {
  ACT_TITLE_CHARS_MAX,
  ACTS_MAX,
  changed,
  draftsOf,
  isMinutes,
  isTitle,
  moved,
  moves,
  putOf,
  withNew,
  without,
} from './acts-draft';
import { FakeTimers, settle } from './test-world';

const MINUTE_MS = 60_000;

function act(id: string, minutes: number, began_ms: number | null = null): Act {
  return { id, title: `Act ${id}`, minutes, began_ms };
}

/** A server that keeps acts as the contract has it; `refusing` says why it does not. */
function opened(acts: Act[]) {
  const server = { kept: { acts, now: null } as Acts, refusing: null as string | null, lost: 0, offline: false };
  const asked: string[] = [];
  const answer = (path: string, init: RequestInit): Response => {
    if (server.refusing !== null) {
      return Response.json({ status: 409, code: server.refusing, detail: '' }, { status: 409 });
    }
    const { kept } = server;
    if (init.method === 'PUT') {
      const put = JSON.parse(init.body as string) as { acts: { id?: string; title: string; minutes: number }[] };
      const began = (id: string) => kept.acts.find((one) => one.id === id)?.began_ms ?? null;
      const after = put.acts.map(({ id = 'new', title, minutes }) => ({ id, title, minutes, began_ms: began(id) }));
      server.kept = { ...kept, acts: after };
    }
    const begun = /acts\/(.+)\/begin$/.exec(path)?.[1];
    if (begun) {
      const after = kept.acts.map((one) => (one.id === begun ? { ...one, began_ms: 7 } : one));
      server.kept = { acts: after, now: begun };
    }
    return Response.json(server.kept);
  };
  const fetch = (path: string, init: RequestInit = {}) => {
    asked.push(`${init.method ?? 'GET'} ${path}`);
    return server.offline ? Promise.reject(new TypeError()) : Promise.resolve(answer(path, init));
  };
  const timers = new FakeTimers();
  const seen: ActsView['at'][] = [];
  const lost = () => (server.lost += 1);
  const desk = new ActsDesk('evt_1', ({ at }) => seen.push(at), lost, timers, fetch);
  return { server, asked, timers, seen, desk, fetch };
}

function drafts(view: ActsView) {
  if (view.at !== 'editing') throw new Error(view.at);
  return view.drafts;
}

test('each act is planned when those before it are over', () => {
  const plan = planOf([act('a', 20), act('b', 5), act('c', 60)], 1_000);
  expect(plan.map(({ act, atMs }) => [act.id, (atMs - 1_000) / MINUTE_MS])).toEqual([['a', 0], ['b', 20], ['c', 25]]);
  expect(planOf([], 5)).toEqual([]);
  expect(minutesOf([{ minutes: 20 }, { minutes: null }, { minutes: 5 }])).toBe(25);
});

test('a visitor is told the acts, or nothing', async () => {
  const { server, asked, fetch } = opened([act('a', 20)]);
  expect((await askActs('day', fetch))?.acts).toHaveLength(1);
  expect(asked).toEqual(['GET /api/events/day/acts']);
  server.refusing = 'not_joined';
  expect(await askActs('day', fetch)).toBeNull();
  server.offline = true;
  expect(await askActs('day', fetch)).toBeNull();
});

test('a list is changed as a whole, or left as it was', async () => {
  const { server, asked, desk } = opened([act('a', 20), act('b', 5)]);
  await desk.look();
  desk.edit();
  desk.draft(moved(withNew(changed(drafts(desk.view), 'a', { title: ' Opening ' }), 'k1'), 'k1', -1));
  await desk.save();
  expect(desk.view.at, 'an act without a title is not sent').toBe('editing');
  desk.draft(changed(drafts(desk.view), 'k1', { title: 'Forum', minutes: 45 }));
  await desk.save();
  expect(server.kept.acts.map(({ id, title, minutes }) => [id, title, minutes])).toEqual([
    ['a', 'Opening', 20],
    ['new', 'Forum', 45],
    ['b', 'Act b', 5],
  ]);
  expect(desk.view).toMatchObject({ at: 'shown', acts: server.kept });

  desk.edit();
  desk.draft(without(drafts(desk.view), 'a'));
  desk.cancel();
  await settle();
  expect(desk.view).toMatchObject({ at: 'shown', acts: server.kept });
  expect(asked.filter((line) => line.startsWith('PUT'))).toHaveLength(1);
});

test('what is refused stays in the form with the reason, and can be saved again', async () => {
  const { server, desk } = opened([act('a', 20)]);
  await desk.look();
  desk.edit();
  desk.draft(changed(drafts(desk.view), 'a', { minutes: 30 }));
  server.refusing = 'event_closed';
  await desk.save();
  expect(desk.view).toMatchObject({ at: 'editing', doing: { at: 'refused', problem: { code: 'event_closed' } } });
  expect(drafts(desk.view)[0]?.minutes).toBe(30);
  server.refusing = null;
  await desk.save();
  expect(server.kept.acts[0]?.minutes).toBe(30);
});

test('an act is begun, and why it was not is told', async () => {
  const { server, asked, desk } = opened([act('a', 20), act('b', 5)]);
  await desk.look();
  await desk.begin('a');
  expect(desk.view).toMatchObject({ at: 'shown', acts: { now: 'a' }, beginning: null, refused: null });
  server.refusing = 'not_on_air';
  await desk.begin('b');
  expect(desk.view).toMatchObject({ acts: { now: 'a' }, refused: { code: 'not_on_air' } });
  server.refusing = null;
  await Promise.all([desk.begin('b'), desk.begin('b')]);
  expect(asked.filter((line) => line.includes('/b/'))).toHaveLength(2);
  expect(desk.view).toMatchObject({ acts: { now: 'b' }, refused: null });
});

test('the list follows what others do, but not under the hands of somebody who changes it', async () => {
  const { server, timers, desk } = opened([act('a', 20)]);
  await desk.look();
  server.kept = { acts: [act('a', 20, 5)], now: 'a' };
  expect(timers.ring()).toBe(LOOK_EVERY_MS);
  await settle();
  expect(desk.view).toMatchObject({ acts: { now: 'a' } });
  desk.edit();
  expect(timers.waiting.size).toBe(0);
  desk.cancel();
  await settle();
  expect(timers.waiting.size).toBe(1);
  server.offline = true;
  timers.ring();
  await settle();
  expect(desk.view, 'what is known stays').toMatchObject({ at: 'shown', acts: { now: 'a' } });
  desk.close();
  expect(timers.waiting.size).toBe(0);
});

test('a page that is left while something is under way asks for nothing any more', async () => {
  const { timers, desk } = opened([act('a', 20)]);
  await desk.look();
  const beginning = desk.begin('a');
  desk.close();
  await beginning;
  expect(timers.waiting.size).toBe(0);
});

test('a page that is not known any more is told so', async () => {
  const { server, desk } = opened([]);
  server.refusing = 'not_signed_in';
  await desk.look();
  expect([desk.view.at, server.lost]).toEqual(['problem', 1]);
});

test('acts that have begun keep their order and stay', () => {
  const list = draftsOf([act('a', 1, 5), act('b', 1, 6), act('c', 1), act('d', 1)]);
  const keys = (of: typeof list) => of.map(({ key }) => key).join('');
  expect([moves(list, 'b', -1), moves(list, 'b', 1), moves(list, 'a', -1), moves(list, 'd', 1)]).toEqual([
    false,
    true,
    false,
    false,
  ]);
  expect([keys(moved(list, 'b', -1)), keys(moved(list, 'd', -1)), keys(moved(list, 'd', 1))]).toEqual([
    'abcd',
    'abdc',
    'abcd',
  ]);
  expect([keys(without(list, 'a')), keys(without(list, 'c'))]).toEqual(['abcd', 'abd']);
});

test('only what the server takes is sent', () => {
  expect([isTitle(' '), isTitle('表'.repeat(ACT_TITLE_CHARS_MAX)), isTitle('表'.repeat(ACT_TITLE_CHARS_MAX + 1))]).toEqual(
    [false, true, false],
  );
  expect([0, 1, 1.5, 1_440, 1_441].map((minutes) => isMinutes(minutes))).toEqual([false, true, false, true, false]);
  expect(isMinutes(null)).toBe(false);
  const many = Array.from({ length: ACTS_MAX }, (_, n) => act(String(n), 1));
  expect(putOf(draftsOf(many))).toHaveLength(ACTS_MAX);
  expect(putOf(draftsOf([...many, act('x', 1)]))).toBeNull();
  expect(putOf(withNew([], 'k'))).toBeNull();
  expect(putOf(changed(withNew([], 'k'), 'k', { title: 'Film' }))).toEqual([{ title: 'Film', minutes: 10 }]);
});
