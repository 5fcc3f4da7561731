/** Comes in to an event with a personal link; framework-free. */
import type { Api } from '@plenary/api/client';
import type { Joined } from '@plenary/api/types';

/** A place in line when it was given, how long it takes from then, and what to come back with. */
export type Line = { place: number; waitMs: number; ticket: string };

/** What a page at the door is doing. */
export type Door =
  | { at: 'joining' }
  /** More come than are let in at once: the page comes again by itself when it is its turn. */
  | { at: 'waiting'; line: Line }
  | { at: 'in'; who: Joined }
  /** The page was opened without a personal link. */
  | { at: 'without_link' }
  | { at: 'refused'; code: string; detail: string; names: Record<string, string> }
  | { at: 'offline'; attempt: number; line: Line | null };

/** The personal pass behind the `#` of an address, or none. */
export function passOf(hash: string): string | null {
  const pass = new URLSearchParams(hash.slice(1)).get('pass');
  return pass === null || pass === '' ? null : pass;
}

/** The slug in `/e/{slug}/join` and `/e/{slug}`. */
export function slugAtDoor(path: string): string {
  return decodeURIComponent(path.split('/')[2] ?? '');
}

/** How long to wait before trying again, in milliseconds; `chance` is from 0 to 1. */
export function pauseMs(attempt: number, chance: number): number {
  return Math.min(15_000, 2_000 * 1.5 ** attempt) * (0.5 + chance);
}

/** Tries once. */
export async function knock(api: Api, event: string, pass: string, before: Door): Promise<Door> {
  const attempt = 'attempt' in before ? before.attempt + 1 : 0;
  const line = 'line' in before ? before.line : null;
  const offline: Door = { at: 'offline', attempt, line };
  try {
    const { data, error } = await api.POST('/api/events/{event}/join', {
      params: { path: { event } },
      body: { pass, ticket: line?.ticket ?? null },
    });
    if (data) return { at: 'in', who: data };
    if (error?.code === 'crowded') return { at: 'waiting', line: lineOf(error.names ?? {}) };
    if (error === undefined || error.status >= 500) return offline;
    const { code, detail, names } = error;
    return { at: 'refused', code, detail, names: names ?? {} };
  } catch {
    return offline;
  }
}

/** A server that says nothing of the line is asked again in some seconds. */
function lineOf(names: Record<string, string>): Line {
  const place = Number(names.place ?? 1);
  return { place, waitMs: Number(names.wait_ms ?? 3_000), ticket: names.ticket ?? '' };
}

/** What is left of the place and of the time, so many milliseconds after they were told. */
export function leftOf({ place, waitMs }: Line, sinceMs: number): { place: number; seconds: number } {
  const leftMs = Math.max(0, waitMs - sinceMs);
  return {
    place: Math.max(1, Math.ceil((place * leftMs) / Math.max(1, waitMs))),
    seconds: Math.max(1, Math.ceil(leftMs / 1_000)),
  };
}
