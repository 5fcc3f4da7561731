/** Where in the console somebody is, as the address tells it, so that the way back works. */
import type { Me } from '@plenary/api/types';

import { isAdministrator } from './organisation';

/** What is printed: the links of a unit, or of all below it as well. */
export type Print = { event: string; unit: string; within: boolean };

export type Place =
  | { at: 'organisation'; unit: string | null }
  | { at: 'events'; event: string | null }
  | { at: 'accounts' }
  | { at: 'import' }
  | ({ at: 'print' } & Print);

export const TABS = ['organisation', 'events', 'accounts', 'import'] as const;
export type Tab = (typeof TABS)[number];

/** The place that the query of an address names. */
export function placeOf(query: string): Place {
  const asked = new URLSearchParams(query);
  const [event, unit] = [asked.get('event'), asked.get('unit')];
  if (asked.get('tab') === 'print' && event !== null && unit !== null) {
    return { at: 'print', event, unit, within: asked.has('within') };
  }
  const tab = TABS.find((one) => one === asked.get('tab')) ?? 'organisation';
  switch (tab) {
    case 'organisation':
      return { at: tab, unit };
    case 'events':
      return { at: tab, event };
    case 'accounts':
    case 'import':
      return { at: tab };
    default:
      return tab satisfies never;
  }
}

/** The query that names a place; what else is in the address stays. */
export function queryOf(place: Place, query: string): string {
  const asked = new URLSearchParams(query);
  for (const name of ['tab', 'unit', 'event', 'within']) asked.delete(name);
  if (place.at !== 'organisation') asked.set('tab', place.at);
  if ('event' in place && place.event !== null) asked.set('event', place.event);
  if ('unit' in place && place.unit !== null) asked.set('unit', place.unit);
  if (place.at === 'print' && place.within) asked.set('within', '');
  const text = asked.toString();
  return text === '' ? '' : `?${text}`;
}

/** The first place of a part of the console. */
export function placeIn(tab: Tab): Place {
  switch (tab) {
    case 'organisation':
      return { at: tab, unit: null };
    case 'events':
      return { at: tab, event: null };
    case 'accounts':
    case 'import':
      return { at: tab };
    default:
      return tab satisfies never;
  }
}

/** The parts of the console that somebody has: whoever prepares an event and administers nothing has few. */
export function tabsOf(me: Me): Tab[] {
  if (isAdministrator(me)) return [...TABS];
  const prepares = me.account.roles.some(({ role }) => role === 'organiser' || role === 'director');
  const stewards = me.steward_of.length > 0 || !prepares;
  return [...(stewards ? (['organisation'] as const) : []), ...(prepares ? (['events'] as const) : [])];
}

/** The place itself for those who have it, else the first that they have. */
export function allowed(place: Place, me: Me): Place {
  const tabs = tabsOf(me);
  if (place.at === 'print') return place;
  return tabs.includes(place.at) ? place : placeIn(tabs[0] ?? 'organisation');
}

/** The token of the one-time link that makes the first administrator. */
export function setupToken(hash: string): string | null {
  return /^#setup=(.+)$/.exec(hash)?.[1] ?? null;
}

/** Where somebody came from who was sent here to sign in; only pages of events are gone back to. */
export function backOf(query: string): string | null {
  const back = new URLSearchParams(query).get('back');
  return back !== null && /^\/e\/[\w/-]+$/.test(back) ? back : null;
}
