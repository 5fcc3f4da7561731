import { expect, test } from 'vitest';

import { Board, EVERY_MS, PAUSE_MS_MAX } from './attendance-board';
import { AttendanceRequests } from './attendance-requests';
import { FakeAttendance, FakeWorld } from './test-attendance';
import { settle } from './test-world';

const UNITS = `
  /HQ
  HQ/N
  HQ/S
  N/N1
  N/N2
  S/S1
`;
const PEOPLE = `
  N1: Ann expected, Ada expected
  N2: Bo present
  S1: Cy present, Di left
`;

async function opened() {
  const server = new FakeAttendance(UNITS, PEOPLE);
  server.signIn();
  const world = new FakeWorld();
  const board = new Board(new AttendanceRequests(server.api, 'day', () => undefined), () => undefined, world);
  await board.open({ at: 'unit', code: 'HQ' });
  board.see(0, 20);
  return { server, world, board };
}

/** Lets a turn go by. */
async function turn({ world }: { world: FakeWorld }): Promise<number> {
  const waited = world.timers.ring();
  for (let n = 0; n < 20; n += 1) await settle();
  return waited;
}

const rows = (board: Board) =>
  board.view.rows.map(({ unit, level }) => `${' '.repeat(level)}${unit.code} ${unit.counts.here}/${unit.counts.expected}`);

test('what is looked at and what is below it is asked for again and again', async () => {
  const at = await opened();
  expect(rows(at.board)).toEqual([' N 1/3', ' S 1/2']);
  expect(at.board.view.counts).toMatchObject({ expected: 5, here: 2, came: 3, missing: 2 });
  at.server.becomes('Ann', 'present');
  expect(await turn(at)).toBe(EVERY_MS);
  expect(rows(at.board)).toEqual([' N 2/3', ' S 1/2']);
});

test('rows that are open are asked for only after a change and only on the screen', async () => {
  const at = await opened();
  await at.board.unfold('N');
  await at.board.unfold('S');
  at.server.took();
  await turn(at);
  expect(at.server.took()).toEqual(['/HQ']);
  at.server.becomes('Ann', 'present');
  at.board.see(0, 3);
  await turn(at);
  expect(at.server.took()).toEqual(['/HQ', '/N']);
  expect(rows(at.board)).toEqual([' N 2/3', '  N1 1/2', '  N2 1/1', ' S 1/2', '  S1 1/2']);
  at.board.see(3, 9);
  await turn(at);
  expect(at.server.took()).toEqual(['/HQ', '/S']);
  at.board.fold('S');
  at.server.becomes('Cy', 'left');
  await turn(at);
  expect(at.server.took()).toEqual(['/HQ']);
});

test('a page that is not seen asks for nothing, and at once when it is seen again', async () => {
  const at = await opened();
  at.world.isHidden = true;
  await at.board.turnTo(true);
  expect(at.world.timers.waiting.size).toBe(0);
  at.server.becomes('Ann', 'present');
  at.world.isHidden = false;
  await at.board.turnTo(false);
  expect(rows(at.board)[0]).toBe(' N 2/3');
  expect(at.world.timers.waiting.size).toBe(1);
});

test('a page that flickers in and out of sight goes on as one', async () => {
  const at = await opened();
  await Promise.all([at.board.turnTo(false), at.board.turnTo(true), at.board.turnTo(false)]);
  expect(at.world.timers.waiting.size).toBe(1);
});

test('without a network the numbers stay with their time, and the server is asked less often', async () => {
  const at = await opened();
  const { nowMs } = at.world;
  at.server.offline = true;
  const waits: number[] = [];
  for (let n = 0; n < 6; n += 1) {
    at.world.nowMs += 1_000;
    waits.push(await turn(at));
  }
  expect(waits.slice(0, 3)).toEqual([EVERY_MS, 2 * EVERY_MS, 4 * EVERY_MS]);
  expect(waits.at(-1)).toBe(PAUSE_MS_MAX);
  expect(at.board.view).toMatchObject({ whole: { at: 'shown' }, staleSince: nowMs });
  at.server.offline = false;
  await turn(at);
  expect(at.board.view.staleSince).toBeNull();
});

test('what is refused is not asked for again', async () => {
  const at = await opened();
  await at.board.open({ at: 'unit', code: 'nowhere' });
  expect(at.board.view.whole).toMatchObject({ at: 'problem', problem: { code: 'unit_unknown' } });
  expect(at.world.timers.waiting.size).toBe(0);
});

test('an answer to what was looked at before is dropped', async () => {
  const at = await opened();
  const [first, second] = [at.board.open({ at: 'unit', code: 'N' }), at.board.open({ at: 'unit', code: 'S' })];
  await Promise.all([first, second]);
  expect(at.board.view.unit?.code).toBe('S');
  expect(rows(at.board)).toEqual([' S1 1/2']);
  expect(at.world.timers.waiting.size).toBe(1);
});

test('several units are shown side by side with their sum', async () => {
  const at = await opened();
  await at.board.open({ at: 'several', codes: ['N1', 'S'] });
  expect(rows(at.board)).toEqual([' N1 0/2', ' S 1/2']);
  expect(at.board.view).toMatchObject({ unit: null, counts: { expected: 4, came: 2 } });
});

test('the lowest come first on every level when asked for', async () => {
  const at = await opened();
  await at.board.unfold('N');
  at.board.sort('lowest');
  expect(rows(at.board)).toEqual([' N 1/3', '  N1 0/2', '  N2 1/1', ' S 1/2']);
  at.server.becomes('Ann', 'present');
  at.server.becomes('Ada', 'present');
  at.server.becomes('Cy', 'expected');
  await turn(at);
  expect(rows(at.board).map((row) => row.trim().split(' ')[0])).toEqual(['S', 'N', 'N1', 'N2']);
});
