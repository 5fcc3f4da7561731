import type { Person, Problem } from '@plenary/api/types';
import { expect, test } from 'vitest';

import { accountBefore } from './accounts';
import { Notices } from './notices';
import { OrgChanges } from './org-changes';
import { OrgRequests } from './org-requests';
import { Organisation } from './organisation';
import { FakeOrganisation } from './test-organisation';
import { FakeTimers } from './test-world';

const UNITS = `
  /HQ
  HQ/N
  HQ/S
  N/N1
  N/N2
  N1/N11
`;

async function desk() {
  const server = new FakeOrganisation(UNITS);
  server.signIn([{ role: 'administrator' }]);
  const requests = new OrgRequests(server.api);
  const notices = new Notices(() => undefined, new FakeTimers());
  const refused = (problem: Problem) => notices.refuse(problem);
  const organisation = new Organisation(requests, () => undefined, refused);
  const changes = new OrgChanges(requests, organisation, notices);
  const me = await requests.me();
  if ('problem' in me) throw new Error('nobody is signed in');
  await organisation.start(me.ok, 'N1');
  return { server, organisation, notices, changes, unit: (code: string) => asked(requests, code) };
}

async function asked(requests: OrgRequests, code: string) {
  const answered = await requests.unit(code);
  if ('problem' in answered) throw new Error(answered.problem.code);
  return answered.ok;
}

const names = (organisation: Organisation) =>
  organisation.view.rows.map(({ unit, level }) => `${' '.repeat(level)}${unit.name}`);

test('a unit of the address is shown with the tree opened down to it', async () => {
  const { organisation, server } = await desk();
  expect(names(organisation)).toEqual([
    ' Unit HQ',
    '  Unit N',
    '   Unit N1',
    '   Unit N2',
    '  Unit S',
  ]);
  expect(server.asked).not.toContain('GET /api/org/units/S');
});

test('every change of a unit is undone by its opposite', async () => {
  type Desk = Awaited<ReturnType<typeof desk>>;
  const script: Record<string, (desk: Desk) => Promise<Problem | null>> = {
    rename: async ({ changes, unit }) => changes.rename((await unit('N')).unit, 'North'),
    describe: async ({ changes, unit }) => changes.describe((await unit('N')).unit, 'province', 3),
    move: async ({ changes, unit }) => changes.move((await unit('N1')).unit, 'S'),
    'move to the top': async ({ changes, unit }) => changes.move((await unit('N1')).unit, null),
    close: async ({ changes, unit }) => changes.close((await unit('N')).unit),
  };
  for (const [change, make] of Object.entries(script)) {
    const all = await desk();
    const [before, rows] = [all.server.lines, names(all.organisation)];
    expect(await make(all), change).toBeNull();
    expect([all.server.lines, all.server.units.get('N')?.order], change).not.toEqual([before, 0]);
    await all.notices.undo();
    expect(all.notices.notice, change).toMatchObject({ kind: 'done', did: 'undone' });
    expect(all.server.lines, change).toEqual(before);
    expect(names(all.organisation), change).toEqual(rows);
  }
});

test('undoing a closing leaves closed what was closed before', async () => {
  const { server, changes, notices, unit } = await desk();
  await changes.close((await unit('N2')).unit);
  const before = server.lines;
  await changes.close((await unit('HQ')).unit);
  expect(server.lines.filter((line) => line.endsWith('open'))).toEqual([]);
  await notices.undo();
  expect(server.lines).toEqual(before);
});

test('undoing a reopening closes the units above again', async () => {
  const { server, changes, notices, unit } = await desk();
  await changes.close((await unit('N')).unit);
  const before = server.lines;
  await changes.reopen(await unit('N11'));
  expect(server.units.get('N')?.state).toBe('open');
  await notices.undo();
  expect(server.lines).toEqual(before);
});

test('the tree follows a move, a new unit and its counts', async () => {
  const { organisation, changes, unit } = await desk();
  await organisation.unfold('S');
  await changes.move((await unit('N1')).unit, 'S');
  await changes.createUnit({ code: 'S9', name: 'New', parent: 'S' });
  await organisation.unfold('S');
  expect(names(organisation)).toEqual([
    ' Unit HQ',
    '  Unit N',
    '   Unit N2',
    '  Unit S',
    '   Unit N1',
    '   New',
  ]);
  expect(organisation.view.counts).toEqual({ units: 7, members: 0 });
});

test('a refusal changes nothing and is given back', async () => {
  const { server, changes, notices, unit } = await desk();
  const before = server.lines;
  const refused = await changes.move((await unit('N')).unit, 'N11');
  expect(refused?.code).toBe('unit_under_itself');
  expect(server.lines).toEqual(before);
  expect(notices.notice).toEqual({ kind: 'none' });
});

test('people come in, change, move away and are brought back', async () => {
  const { server, organisation, changes, notices } = await desk();
  const listed = () => {
    const { pane } = organisation.view;
    return pane.at === 'shown' ? pane.list.people.map(({ name }) => name) : null;
  };
  const one = { name: '林晓禾', unit: 'N1', email: '', phone: '', roles: [] };
  await changes.createPerson({ ...one, code: 'P2' });
  await changes.createPerson({ ...one, code: 'P1', name: 'Ada' });
  expect(listed()).toEqual(['Ada', '林晓禾']);
  const ada = server.people.get('P1') as Person;
  await changes.changePerson(ada, { name: 'Ada B', email: 'ada@example.com' });
  expect(server.people.get('P1')).toMatchObject({ name: 'Ada B', email: 'ada@example.com' });
  await notices.undo();
  expect(server.people.get('P1')).toMatchObject({ name: 'Ada', email: '' });
  await changes.changePerson(ada, { unit: 'S' });
  expect(listed()).toEqual(['林晓禾']);
  await notices.undo();
  expect(listed()).toEqual(['Ada', '林晓禾']);
});

test('a steward has their own units as the top, and no requests for others', async () => {
  const server = new FakeOrganisation(UNITS);
  server.signIn([], ['N', 'N1']);
  const requests = new OrgRequests(server.api);
  const organisation = new Organisation(requests, () => undefined, () => undefined);
  await organisation.start(server.me!, 'N11');
  expect(names(organisation)).toEqual([' Unit N', '  Unit N1', '   Unit N11', '  Unit N2']);
  expect(organisation.inSight('HQ')).toBe(false);
  expect(server.asked).not.toContain('GET /api/org/units');
  expect(server.asked).not.toContain('GET /api/org/units/HQ');
  await organisation.choose('S');
  expect(organisation.view.pane).toMatchObject({ at: 'problem', problem: { code: 'unit_unknown' } });
});

test('a unit that cannot be opened is folded again, and why is told', async () => {
  const { server, organisation, notices } = await desk();
  await organisation.start(server.me!, null);
  server.offline = true;
  await organisation.unfold('HQ');
  expect(organisation.view.rows.map(({ state }) => state)).toEqual(['folded']);
  expect(notices.notice).toMatchObject({ kind: 'problem', problem: { code: 'offline' } });
});

test('people come a hundred at a time, each once', async () => {
  const { server, organisation } = await desk();
  for (let n = 1000; n < 1250; n += 1) {
    const nothing = { email: null, phone: null, roles: [], standing: 'member' as const };
    server.people.set(`P${n}`, { code: `P${n}`, name: `N${n}`, unit: 'S', ...nothing });
  }
  await organisation.choose('S');
  const seen = () => {
    const { pane } = organisation.view;
    return pane.at === 'shown' ? [pane.list.people.length, pane.list.rest.at] : null;
  };
  expect(seen()).toEqual([100, 'more']);
  server.offline = true;
  await organisation.more();
  expect(seen()).toEqual([100, 'problem']);
  server.offline = false;
  await Promise.all([organisation.more(), organisation.more()]);
  expect(seen()).toEqual([200, 'more']);
  await organisation.more();
  expect(seen()).toEqual([250, 'all']);
});

test('the opposite of a change of an account names what it names', () => {
  const was = { id: 'a', login: 'lin', name: 'Lin', state: 'active' as const, person: null, roles: [] };
  expect(accountBefore(was, { state: 'disabled', person: 'P1' })).toEqual({ state: 'active', person: '' });
});
