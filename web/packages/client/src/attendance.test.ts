import { expect, test } from 'vitest';

import { aboveInSight, Attendance, viewOf, viewsOf } from './attendance';
import { NO_COUNTS } from './attendance-counts';
import { type Place, placeOf, queryOf } from './attendance-place';
import { RecordRequests } from './attendance-records';
import { FakeAttendance, FakeWorld } from './test-attendance';
import { settle } from './test-world';

const UNITS = `
  /HQ
  HQ/N
  HQ/S
  N/N1
`;
const PEOPLE = `
  N1: Ann expected, Ada present
  S: Cy left
`;
const HERE: Place = { unit: null, view: 'units' };

function desk(place: Place = HERE) {
  const server = new FakeAttendance(UNITS, PEOPLE);
  const world = new FakeWorld();
  const nothing = () => Promise.resolve(new Response('{"code":"not_found"}', { status: 404 }));
  const records = (lost: () => void) => new RecordRequests('day', lost, nothing);
  const desk = new Attendance({ api: server.api, event: 'day', records }, place, () => undefined, world);
  return { server, world, desk };
}

async function settled() {
  for (let n = 0; n < 30; n += 1) await settle();
}

test('whoever is not signed in is told so, and so is whoever answers for nothing', async () => {
  const { server, desk: page } = desk();
  await page.start();
  expect(page.view.entry).toEqual({ at: 'signed_out' });
  server.signIn([]);
  await page.start();
  expect(page.view.entry).toEqual({ at: 'not_theirs' });
  server.offline = true;
  await page.start();
  expect(page.view.entry).toMatchObject({ at: 'unreachable', problem: { code: 'offline' } });
});

test('an organiser begins at the only unit of the top', async () => {
  const { server, desk: page } = desk();
  server.signIn();
  await page.start();
  expect(page.view.entry).toMatchObject({ at: 'open', home: { may: 'all', units: ['HQ'] } });
  expect(page.view.board.unit?.code).toBe('HQ');
  expect(page.view.board.rows.map(({ unit }) => unit.code)).toEqual(['N', 'S']);
});

test('a steward begins at their unit; with several they choose, and one below another is none of its own', async () => {
  const { server, desk: page } = desk();
  server.signIn(['N', 'N1']);
  await page.start();
  expect(page.view.entry).toMatchObject({ home: { may: 'own', units: ['N'] } });
  expect(page.view.board.unit?.code).toBe('N');
  const { above } = page.view.board;
  expect(above.map(({ code }) => code)).toEqual(['HQ']);
  expect(aboveInSight(above, 'N', { may: 'own', units: ['N'] })).toEqual([]);
  server.signIn(['N1', 'S', 'gone']);
  await page.start();
  expect(page.view.board).toMatchObject({ unit: null, counts: { expected: 3, came: 2 } });
  expect(page.view.board.rows.map(({ unit }) => unit.code)).toEqual(['N1', 'S']);
  await page.go({ unit: 'HQ', view: 'units' });
  expect(page.view.board.whole).toMatchObject({ problem: { code: 'unit_unknown' } });
});

test('a session that ends shows nothing any more and asks for nothing', async () => {
  const { server, world, desk: page } = desk();
  server.signIn();
  await page.start();
  server.me = null;
  world.timers.ring();
  await settled();
  expect(page.view.entry).toEqual({ at: 'signed_out' });
  expect(world.timers.waiting.size).toBe(0);
});

test('members follow the numbers of their unit, and are excused and asked back', async () => {
  const { server, world, desk: page } = desk({ unit: 'N1', view: 'members' });
  server.signIn();
  await page.start();
  await settled();
  const statuses = () =>
    page.view.members.list.at === 'shown' &&
    page.view.members.list.people.map(({ code, status }) => `${code} ${status}`);
  expect(statuses()).toEqual(['Ann expected', 'Ada present']);
  server.becomes('Ada', 'left');
  world.timers.ring();
  await settled();
  expect(statuses()).toEqual(['Ann expected', 'Ada left']);
  server.took();
  server.becomes('Cy', 'present');
  world.timers.ring();
  await settled();
  expect(server.took(), 'nothing changed here').toEqual(['/N1']);

  const ann = { code: 'Ann', name: 'Ann', status: 'expected' } as const;
  expect((await page.members.excuse(ann, ''))?.code).toBe('reason_bad');
  expect(await page.members.excuse(ann, 'On duty')).toBeNull();
  expect(statuses()).toEqual(['Ann excused', 'Ada left']);
  expect(page.view.notice).toMatchObject({ kind: 'done', did: 'excused', undo: 'offered' });
  await page.notices.undo();
  expect(statuses()).toEqual(['Ann expected', 'Ada left']);
  await page.members.excuse(ann, 'On duty');
  await page.members.takeBack({ ...ann, status: 'excused' });
  expect([statuses(), server.reasons.get('Ann')]).toEqual([['Ann expected', 'Ada left'], '']);
  await page.notices.undo();
  expect([statuses(), server.reasons.get('Ann')]).toEqual([['Ann excused', 'Ada left'], 'On duty']);
  page.notices.dismiss();
  await page.close();
});

test('an excuse is undone where it was made, whatever is looked at by then', async () => {
  const { server, desk: page } = desk({ unit: 'N1', view: 'members' });
  server.signIn();
  await page.start();
  await settled();
  await page.members.excuse({ code: 'Ann', name: 'Ann', status: 'expected' }, 'On duty');
  await page.go({ unit: 'S', view: 'members' });
  await settled();
  server.took();
  await page.notices.undo();
  expect(server.took()[0]).toBe('PUT /N1/members/Ann/excuse');
  expect(page.view.notice).toMatchObject({ kind: 'done', did: 'undone' });
  expect(page.view.members.list).toMatchObject({ people: [{ code: 'Cy' }] });
  page.notices.dismiss();
  page.close();
});

test('the report has two levels', async () => {
  const { server, desk: page } = desk();
  server.signIn();
  await page.start();
  const report = await page.report();
  const lines = 'lines' in report && report.lines.map(({ unit, level }) => `${level} ${unit.code}`);
  expect(lines).toEqual(['1 N', '2 N1', '1 S']);
  server.offline = true;
  expect(await page.report()).toMatchObject({ problem: { code: 'offline' } });
});

test('a unit without units below shows its members first', () => {
  const unit = (units: number) => ({ code: 'N', name: 'N', units, counts: NO_COUNTS });
  expect(viewOf('units', unit(2))).toBe('units');
  expect(viewOf('units', unit(0))).toBe('members');
  expect(viewOf('missing', unit(0))).toBe('missing');
  expect(viewsOf(null)).toEqual(['units', 'report']);
});

test('whoever may see all may go up to the top, a steward up to their own', () => {
  const above = ['HQ', 'N', 'N1'].map((code) => ({ code, name: code }));
  const codes = (home: Parameters<typeof aboveInSight>[2]) =>
    aboveInSight(above, 'N11', home).map(({ code }) => code);
  expect(codes({ may: 'all', units: ['HQ'] })).toEqual(['HQ', 'N', 'N1']);
  expect(codes({ may: 'own', units: ['N', 'S'] })).toEqual(['N', 'N1']);
  expect(codes({ may: 'own', units: ['S'] })).toEqual([]);
});

test('a place is an address and back', () => {
  const places: Place[] = [HERE, { unit: '天河/01 &', view: 'missing' }, { unit: null, view: 'report' }];
  for (const place of places) expect(placeOf(queryOf(place, '?view=members&lang=zh'))).toEqual(place);
  expect(queryOf(HERE, '?lang=zh&unit=7')).toBe('?lang=zh');
  expect(placeOf('?view=nothing')).toEqual(HERE);
});
