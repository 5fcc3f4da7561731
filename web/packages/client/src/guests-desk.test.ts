import { apiOver } from '@plenary/api/client';
import type { Guest } from '@plenary/api/types';
import { expect, test } from 'vitest';

import { expiryFor, fieldOf, GuestsDesk, linkOf } from './guests-desk';
import { Notices } from './notices';
import { OrgRequests } from './org-requests';
import { FakeTimers } from './test-world';

/** A server that keeps guests; `refusing` says why it does not. */
function opened() {
  const server = { guests: [] as Guest[], refusing: null as string | null, lost: 0 };
  const api = apiOver(async (request) => {
    const { pathname } = new URL(request.url);
    const code = server.refusing;
    if (code !== null) {
      const status = code === 'not_signed_in' ? 401 : 422;
      return Response.json({ status, code, detail: '' }, { status });
    }
    if (request.method === 'POST') {
      const { name, expires_ms } = (await request.json()) as { name: string; expires_ms: number };
      const id = `guest_${server.guests.length + 1}`;
      const guest = { id, name, expires_ms, link: `/e/day/join#pass=${id}` };
      server.guests = [...server.guests, guest];
      return Response.json(guest, { status: 201 });
    }
    if (request.method === 'DELETE') {
      const id = pathname.split('/').at(-1);
      server.guests = server.guests.map((guest) => (guest.id === id ? { ...guest, link: null } : guest));
      return new Response(null, { status: 204 });
    }
    return Response.json({ here: 1, guests: server.guests });
  });
  const notices = new Notices(() => undefined, new FakeTimers());
  const requests = new OrgRequests(api, () => (server.lost += 1));
  const desk = new GuestsDesk('evt_1', requests, notices, () => undefined);
  return { server, notices, desk };
}

function guests({ view }: GuestsDesk): Guest[] {
  if (view.at !== 'shown') throw new Error(view.at);
  return view.guests;
}

test('a guest is invited, has a link, and has none when it is withdrawn', async () => {
  const { notices, desk } = opened();
  await desk.load();
  expect(desk.view).toEqual({ at: 'shown', here: 1, guests: [] });
  expect(await desk.invite('Dr Lindqvist', 5_000)).toBeNull();
  expect(await desk.invite('Prof. Sato', 9_000)).toBeNull();
  expect(guests(desk).map(({ name }) => name)).toEqual(['Prof. Sato', 'Dr Lindqvist']);
  expect(notices.notice).toMatchObject({ did: 'guest_invited', name: 'Prof. Sato', undo: 'no' });
  const [sato, lindqvist] = guests(desk);
  if (!sato || !lindqvist) throw new Error('two guests');
  expect(linkOf(sato, 5_000)).toEqual({ is: 'good', path: '/e/day/join#pass=guest_2' });
  expect(linkOf(lindqvist, 5_000)).toEqual({ is: 'expired' });
  expect(await desk.withdraw(sato)).toBeNull();
  expect(guests(desk).map((guest) => linkOf(guest, 0).is)).toEqual(['withdrawn', 'good']);
});

test('what is refused is told, and changes nothing that is shown', async () => {
  const { server, notices, desk } = opened();
  await desk.load();
  server.refusing = 'expiry_bad';
  expect(await desk.invite('Ada', 1)).toMatchObject({ code: 'expiry_bad' });
  await desk.load();
  expect([desk.view.at, notices.notice.kind]).toEqual(['shown', 'none']);
  server.refusing = 'not_signed_in';
  await desk.load();
  expect(server.lost).toBe(1);
});

test('a list that never came says why', async () => {
  const { server, desk } = opened();
  server.refusing = 'event_unknown';
  await desk.load();
  expect(desk.view).toMatchObject({ at: 'problem', problem: { code: 'event_unknown' } });
});

test('a link holds a day beyond the beginning, or a week', () => {
  const DAY_MS = 86_400_000;
  expect([expiryFor(10 * DAY_MS, DAY_MS), expiryFor(0, DAY_MS), expiryFor(null, DAY_MS)]).toEqual([
    11 * DAY_MS,
    8 * DAY_MS,
    8 * DAY_MS,
  ]);
  const noon = Date.parse('2026-11-23T12:00:00Z');
  expect([fieldOf(noon, 0), fieldOf(noon, -480), fieldOf(noon, 300)]).toEqual([
    '2026-11-23T12:00',
    '2026-11-23T20:00',
    '2026-11-23T07:00',
  ]);
});
