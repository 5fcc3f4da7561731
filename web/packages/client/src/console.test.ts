import { expect, test } from 'vitest';

import { Console } from './console';
import { backOf, type Place, placeOf, queryOf, setupToken } from './console-place';
import { refusal } from './refusals';
import { FakeOrganisation } from './test-organisation';

const HERE: Place = { at: 'organisation', unit: null };

function opened() {
  const server = new FakeOrganisation('/HQ');
  return { server, desk: new Console(server.api, HERE, () => undefined) };
}

test('whoever is not signed in signs in, and is told when it is wrong', async () => {
  const { desk } = opened();
  await desk.start(null);
  expect(desk.view.entry).toEqual({ at: 'signing_in', over: false });
  expect((await desk.signIn('lin', 'wrong'))?.code).toBe('sign_in_wrong');
  expect(desk.view.entry.at).toBe('signing_in');
  expect(await desk.signIn('lin', 'a long password')).toBeNull();
  expect(desk.view.entry.at).toBe('open');
  await desk.signOut();
  expect(desk.view.entry).toEqual({ at: 'signing_in', over: false });
});

test('a one-time link leads to its form, unless somebody is signed in already', async () => {
  const { desk, server } = opened();
  await desk.start('token');
  expect(desk.view.entry).toEqual({ at: 'setting_up', token: 'token' });
  const who = { login: 'lin', name: 'Lin', password: 'a long password' };
  expect(await desk.setUp(who)).toBeNull();
  expect(desk.view.entry.at).toBe('open');
  const again = new Console(server.api, HERE, () => undefined);
  await again.start('token');
  expect(again.view.entry.at).toBe('open');
});

test('a session that ends shows the form and nothing that was open', async () => {
  const { desk, server } = opened();
  server.signIn([{ role: 'administrator' }]);
  await desk.start(null);
  server.me = null;
  await desk.organisation.choose('HQ');
  expect(desk.view.entry).toEqual({ at: 'signing_in', over: true });
});

test('whoever signs in next sees nothing that the last one had open', async () => {
  const { desk, server } = opened();
  server.signIn([{ role: 'administrator' }]);
  await desk.start(null);
  await desk.organisation.choose('HQ');
  await desk.signOut();
  server.signIn([], []);
  await desk.start(null);
  expect(desk.view.organisation).toMatchObject({ counts: null, rows: [], pane: { at: 'none' } });
});

test('without a network the console says so, and comes in when it is back', async () => {
  const { desk, server } = opened();
  server.offline = true;
  await desk.start(null);
  expect(desk.view.entry).toMatchObject({ at: 'unreachable', problem: { code: 'offline' } });
  server.offline = false;
  await desk.start(null);
  expect(desk.view.entry.at).toBe('signing_in');
});

test('a place is an address and back', () => {
  const places: Place[] = [
    HERE,
    { at: 'organisation', unit: '天河/01 &' },
    { at: 'accounts' },
    { at: 'import' },
  ];
  for (const place of places) expect(placeOf(queryOf(place, '?tab=import&lang=zh'))).toEqual(place);
  expect(queryOf(HERE, '?lang=zh&unit=7')).toBe('?lang=zh');
  expect(placeOf('?tab=nowhere')).toEqual(HERE);
  expect(setupToken('#setup=abc')).toBe('abc');
  expect([setupToken('#setup='), setupToken(''), setupToken('#x')]).toEqual([null, null, null]);
});

test('whoever was sent to sign in goes back to a page of an event and nowhere else', () => {
  expect(backOf('?back=%2Fe%2Fspring-day%2Fattendance&lang=zh')).toBe('/e/spring-day/attendance');
  const elsewhere = ['//evil.test', '/\\evil.test', 'https://evil.test/e/x', '/e/../org', '/e//x?y', ''];
  for (const back of elsewhere) expect(backOf(`?${new URLSearchParams({ back })}`), back).toBeNull();
});

test('a refusal has its own sentence, or the words of the server', () => {
  const often = 'There were too many attempts: try again in 42 s.';
  expect(refusal({ status: 429, code: 'sign_in_too_often', detail: often })).toMatchObject({
    key: 'refused_sign_in_too_often',
    fields: { seconds: 42 },
  });
  expect(refusal({ status: 409, code: 'never_heard', detail: 'Why.' })).toEqual({
    key: 'refused_other',
    fields: { detail: 'Why.', seconds: 0 },
  });
});
