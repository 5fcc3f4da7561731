import type { Counts, HallLink, MemberStatus, Status } from '@plenary/api/types';
import { expect, test } from 'vitest';

import { barOf, NO_COUNTS, percentOf, shareOf, sumOf } from './attendance-counts';
import { groupsOf, shownOf } from './attendance-members';
import { addressesOf, byUnit, textOf } from './attendance-missing';
import { RecordRequests, Records } from './attendance-records';

const counts = (some: Partial<Counts>): Counts => ({ ...NO_COUNTS, ...some });

test('the share is of those who ought to have come, and whole only when nobody is missing', () => {
  expect(shareOf(counts({ expected: 10, came: 6, missing: 3, excused: 1 }))).toBeCloseTo(6 / 9);
  expect(percentOf(counts({ expected: 1_000, came: 999, missing: 1 }))).toBe(99);
  expect(percentOf(counts({ expected: 5, came: 4, excused: 1 }))).toBe(100);
  expect(percentOf(counts({ expected: 2, excused: 2 }))).toBeNull();
  expect(percentOf(counts({ here: 4, came: 4 }))).toBeNull();
});

test('a bar is never longer than whole', () => {
  const bars = [
    counts({ here: 3, came: 5, missing: 5 }),
    counts({ here: 4, came: 0 }),
    counts({ here: 9, came: 9 }),
    NO_COUNTS,
  ].map(barOf);
  expect(bars).toEqual([
    { here: 0.3, gone: 0.2 },
    { here: 1, gone: 0 },
    { here: 1, gone: 0 },
    { here: 0, gone: 0 },
  ]);
  const { heads, ...old } = counts({ here: 2, late: 1 });
  expect(sumOf([counts({ here: 1, heads: 46 }), old])).toEqual(counts({ here: 3, late: 1, heads: 46 }));
  expect(heads).toBe(0);
});

test('whoever is missing stands first, before the end and after', () => {
  const statuses: Status[] = ['present', 'absent', 'late', 'expected', 'excused', 'watched_replay'];
  const people = statuses.map((status, n): MemberStatus => ({ code: String(n), name: status, status }));
  expect(shownOf(people, 'all').map(({ status }) => status)).toEqual([
    'absent',
    'expected',
    'late',
    'present',
    'excused',
    'watched_replay',
  ]);
  expect(shownOf(people, 'missing').map(({ code }) => code)).toEqual(['1', '3']);
  expect(groupsOf(people)[0]).toEqual({ group: 'missing', count: 2 });
  expect(groupsOf([])).toEqual([{ group: 'missing', count: 0 }]);
});

const ann = { code: '1', name: '安娜', unit: 'N', unit_name: '北区', email: 'a@example.com', phone: null };
const bo = { ...ann, code: '2', name: '博', email: null };
const cy = { ...ann, code: '3', name: '西', unit: 'S', unit_name: '南区' };

test('the list to send has names by unit, and each address once', () => {
  expect(byUnit([ann, cy, bo]).map(({ unit, people }) => [unit, people.length])).toEqual([
    ['N', 2],
    ['S', 1],
  ]);
  expect(textOf('未到 3 人', [ann, cy, bo], '、')).toBe('未到 3 人\n\n北区 (2): 安娜、博\n南区 (1): 西');
  expect(addressesOf([ann, bo, cy])).toEqual(['a@example.com']);
});

test('records are asked for by address, and a curve not more often than it grows', async () => {
  const asked: string[] = [];
  let nowMs = 1_000_000;
  let lost = 0;
  const fetch = (path: string) => {
    asked.push(path.replace('/api/events/day', ''));
    if (path.endsWith('book')) return Promise.resolve(Response.json({ code: 'not_signed_in' }, { status: 401 }));
    return Promise.resolve(Response.json({ from_ms: 1, step_ms: 60_000, here: [1, 2] }));
  };
  const requests = new RecordRequests('day', () => (lost += 1), fetch);
  const records = new Records(requests, () => undefined, () => nowMs);
  records.turnTo('天河/1');
  await records.followCurve();
  nowMs += 5_000;
  await records.followCurve();
  nowMs += 60_000;
  await records.followCurve();
  records.turnTo(null);
  expect(records.view.curve).toEqual({ at: 'asking' });
  await records.followCurve();
  await records.askMissing();
  expect(asked).toEqual([
    '/curve/%E5%A4%A9%E6%B2%B3%2F1',
    '/curve/%E5%A4%A9%E6%B2%B3%2F1',
    '/curve',
  ]);
  expect(records.view.curve).toMatchObject({ at: 'shown', value: { here: [1, 2] } });
  await records.askBook();
  expect([lost, records.view.book.at]).toEqual([1, 'problem']);
});

test('a report is written in the language and by the clock of whoever reads it', () => {
  const requests = new RecordRequests('天 1', () => undefined);
  expect(requests.reportPath('members.xlsx', 'zh', 480)).toBe(
    '/api/events/%E5%A4%A9%201/report/members.xlsx?lang=zh&offset=480',
  );
  expect(requests.reportPath('book.txt', 'en', -90)).toContain('/book.txt?lang=en&offset=-90');
});

/** A server that keeps the halls of one unit. */
function hallServer() {
  const server = {
    asked: [] as string[],
    halls: [] as HallLink[],
    refusing: false,
    fetch: (path: string, init?: RequestInit): Promise<Response> => {
      const { method = 'GET' } = init ?? {};
      server.asked.push(`${method} ${path.replace('/api/events/day', '')}`);
      const detail = { status: 409, code: 'too_many_halls', detail: '' };
      if (server.refusing) return Promise.resolve(Response.json(detail, { status: 409 }));
      if (method === 'GET') return Promise.resolve(Response.json(server.halls));
      if (method === 'DELETE') {
        server.halls = server.halls.map((hall) => ({ ...hall, open: !path.endsWith(hall.id) }));
        return Promise.resolve(new Response(null, { status: 204 }));
      }
      const { name } = JSON.parse(init?.body as string) as { name: string };
      const id = `link_${server.halls.length}`;
      server.halls.push({ id, name, unit: 'N1', link: `/hall/${id}`, open: true, heads: null, ticked: 0 });
      return Promise.resolve(Response.json(server.halls.at(-1), { status: 201 }));
    },
  };
  return server;
}

test('halls are made and closed where they are, and asked for when the numbers change', async () => {
  const server = hallServer();
  const records = new Records(new RecordRequests('day', () => undefined, server.fetch), () => undefined);
  records.turnTo('N');
  await records.followHalls(7);
  await records.followHalls(7);
  expect(records.view.halls).toEqual({ at: 'shown', value: [] });
  expect(await records.makeHall('三楼')).toBeNull();
  const [hall] = server.halls;
  if (!hall) throw new Error('no hall was made');
  expect(await records.closeHall(hall)).toBeNull();
  expect(records.view.halls).toMatchObject({ value: [{ name: '三楼', open: false }] });
  expect(server.asked).toEqual([
    'GET /halls/N',
    'POST /halls/N',
    'GET /halls/N',
    'DELETE /halls/N1/link_0',
    'GET /halls/N',
  ]);
  server.refusing = true;
  expect(await records.makeHall('四楼')).toMatchObject({ code: 'too_many_halls' });
  await records.followHalls(8);
  expect(records.view.halls, 'what was shown stays').toMatchObject({ value: [{ name: '三楼' }] });
  server.refusing = false;
  await records.followHalls(8);
  expect(server.asked.slice(-2), 'asked again after a refusal').toEqual(['GET /halls/N', 'GET /halls/N']);
});

test('a sealed book is corrected with a reason, and told anew', async () => {
  let corrections = 0;
  const sent: unknown[] = [];
  const fetch = (path: string, init?: RequestInit) => {
    if (path.endsWith('/corrections')) {
      sent.push(JSON.parse(init?.body as string));
      corrections += 1;
    }
    return Promise.resolve(Response.json({ state: 'sealed', hash: 'ab', sealed_ms: 1, by: 'Lin', corrections }));
  };
  const records = new Records(new RecordRequests('day', () => undefined, fetch), () => undefined);
  await records.closeBook();
  expect(records.view.book).toMatchObject({ value: { corrections: 0 } });
  const correction = { person: 'P1', status: 'present', reason: 'In the hall' } as const;
  expect(await records.correct(correction)).toBeNull();
  expect(sent).toEqual([correction]);
  expect(records.view.book).toMatchObject({ value: { corrections: 1 } });
});

test('the acts that have begun are asked for of the unit that is shown, and old numbers stay while nothing answers', async () => {
  const asked: string[] = [];
  let nowMs = 1_000_000;
  let came: number | null = 12;
  const fetch = (path: string) => {
    asked.push(path.replace('/api/events/day', ''));
    const acts = [{ id: 'a', title: '表彰', began_ms: 5, until_ms: null, came }];
    return came === null ? Promise.reject(new TypeError()) : Promise.resolve(Response.json({ acts }));
  };
  const records = new Records(new RecordRequests('day', () => undefined, fetch), () => undefined, () => nowMs);
  const shown = () => (records.view.acts.at === 'shown' ? records.view.acts.value.map((act) => act.came) : null);
  records.turnTo('天河/1');
  await records.followActs();
  nowMs += 5_000;
  await records.followActs();
  expect([asked, shown()]).toEqual([['/acts/attendance?unit=%E5%A4%A9%E6%B2%B3%2F1'], [12]]);
  came = null;
  nowMs += 20_000;
  await records.followActs();
  expect([asked.length, shown()]).toEqual([2, [12]]);
  records.turnTo(null);
  expect(shown()).toBeNull();
  came = 90;
  await records.followActs();
  expect([asked.at(-1), shown()]).toEqual(['/acts/attendance', [90]]);
});
