import { apiOver } from '@plenary/api/client';
import type { Me, OrganisedEvent } from '@plenary/api/types';
import { expect, test } from 'vitest';

import { admissionOf, codesIn, draftOf, isComplete, NOBODY_CHOSEN, withUnit } from './admission';
import { allowed, placeOf, queryOf, tabsOf } from './console-place';
import { Events, organises, slugFor } from './events';
import { Notices } from './notices';
import { OrgRequests } from './org-requests';

type Role = Me['account']['roles'][number];

function me(roles: Role[], steward_of: string[] = []): Me {
  const account = { id: 'acc_1', login: 'lin', name: 'Lin', state: 'active' as const, person: null };
  return { account: { ...account, roles }, steward_of };
}

const ADMINISTRATOR = me([{ role: 'administrator' }]);
const ORGANISER = me([{ role: 'organiser', event: 'evt_1' }]);

function gathering(id: string, starts_ms: number | null): OrganisedEvent {
  const named = { slug: id, title: `Event ${id}`, phase: 'doors' as const };
  return { id, ...named, created_ms: 5, starts_ms, admission: { who: 'members' }, chosen: [] };
}

/** A server with these events that remembers what it was asked. */
function opened(kept: OrganisedEvent[]) {
  const asked: string[] = [];
  const api = apiOver(async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(`${request.method} ${pathname}`);
    const [, , , id, what] = pathname.split('/');
    const found = kept.find((event) => event.id === id);
    if (what === 'links') return Response.json({ audience: '/e/x', stage: [], studio: '', hls: '', whep: '' });
    if (what === 'open' && found) found.phase = 'on_air';
    if (what === 'admission' && found) found.admission = (await request.json()) as OrganisedEvent['admission'];
    return Response.json(found ? { ...found } : kept.map((event) => ({ ...event })));
  });
  const notices = new Notices(() => undefined, { setTimeout: () => 0, clearTimeout: () => undefined });
  return { asked, notices, events: new Events(new OrgRequests(api), notices, () => undefined) };
}

test('the list begins with the event that begins last; its links are asked for by those who may', async () => {
  const { asked, events } = opened([gathering('evt_1', 10), gathering('evt_2', null), gathering('evt_3', 20)]);
  await events.go(ORGANISER, 'evt_2');
  expect(events.view.paths).toEqual({ at: 'none' });
  const { list } = events.view;
  const ids = list.at === 'shown' ? list.events.map(({ id }) => id) : [];
  expect(ids).toEqual(['evt_3', 'evt_1', 'evt_2']);
  await events.go(ORGANISER, 'evt_1');
  expect(events.view.paths.at).toBe('shown');
  expect(asked.filter((line) => line.endsWith('links'))).toEqual(['GET /api/events/evt_1/links']);
});

test('who may come is changed and changed back; going on air is for good', async () => {
  const { events, notices } = opened([gathering('evt_1', 10)]);
  await events.go(ADMINISTRATOR, 'evt_1');
  const now = () => {
    const { list } = events.view;
    if (list.at !== 'shown' || !list.events[0]) throw new Error(list.at);
    return list.events[0];
  };
  expect(await events.admit(now(), { who: 'everybody' })).toBeNull();
  expect(now().admission).toEqual({ who: 'everybody' });
  await notices.undo();
  expect(now().admission).toEqual({ who: 'members' });
  expect(await events.open(now())).toBeNull();
  expect(now().phase).toBe('on_air');
  expect(notices.notice).toMatchObject({ did: 'event_opened', undo: 'no' });
});

test('a name for addresses is made of the Latin words of a title, or of the day', () => {
  const day = new Date(2026, 10, 8);
  expect(slugFor('Theme Day 2026 — Café!', day)).toBe('theme-day-2026-cafe');
  expect(slugFor('2026 年度集团主题日', day)).toBe('event-2026-11-08');
  expect(slugFor('', day)).toBe('event-2026-11-08');
  expect(slugFor(`${'x'.repeat(63)} y`, day)).toBe('x'.repeat(63));
});

test('who may come is the same after it was filled in again', () => {
  const units = [{ unit: 'gd', places: 5 }, { unit: 'zj', places: null }];
  const admission = { who: 'chosen' as const, units, people: ['p1', 'p2'] };
  const chosen = [{ code: 'gd', name: '广东', above: ['集团'] }];
  const draft = draftOf({ ...gathering('evt_1', null), admission, chosen });
  expect(draft.units.map(({ name }) => name)).toEqual(['广东', 'zj']);
  expect(admissionOf(draft)).toEqual(admission);
  const found = { unit: { code: 'zj', name: '浙江' }, above: ['集团'] } as Parameters<typeof withUnit>[1];
  expect(withUnit(draft, found).units).toHaveLength(2);
  expect(codesIn(' p1，p2\np1;  ')).toEqual(['p1', 'p2']);
  expect(isComplete({ ...NOBODY_CHOSEN, who: 'chosen' })).toBe(false);
  expect(isComplete({ ...NOBODY_CHOSEN, who: 'chosen', people: 'p1' })).toBe(true);
});

test('everybody has the parts of the console that are theirs', () => {
  expect(tabsOf(ADMINISTRATOR)).toEqual(['organisation', 'events', 'accounts', 'import']);
  expect(tabsOf(ORGANISER)).toEqual(['events']);
  expect(tabsOf(me([], ['gd']))).toEqual(['organisation']);
  expect(tabsOf(me([{ role: 'director', event: 'evt_1' }], ['gd']))).toEqual(['organisation', 'events']);
  expect(allowed({ at: 'import' }, ORGANISER)).toEqual({ at: 'events', event: null });
  expect(organises(ORGANISER, 'evt_1')).toBe(true);
  expect(organises(me([{ role: 'director', event: 'evt_1' }]), 'evt_1')).toBe(false);
  for (const query of ['?tab=events&event=evt_1', '?tab=print&event=evt_1&unit=gd&within=', '?unit=gd']) {
    expect(queryOf(placeOf(query), query)).toBe(query);
  }
});
