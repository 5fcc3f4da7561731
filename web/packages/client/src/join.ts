/** Comes in to an event with a personal link; framework-free. */
import type { Api } from '@plenary/api/client';
import type { Joined } from '@plenary/api/types';

/** What a page at the door is doing. */
export type Door =
  | { at: 'joining' }
  /** More come than can be written down: the page tries again by itself. */
  | { at: 'waiting'; attempt: number }
  | { at: 'in'; who: Joined }
  /** The page was opened without a personal link. */
  | { at: 'without_link' }
  | { at: 'refused'; code: string; detail: string; names: Record<string, string> }
  | { at: 'offline'; attempt: number };

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
  try {
    const { data, error } = await api.POST('/api/events/{event}/join', {
      params: { path: { event } },
      body: { pass },
    });
    if (data) return { at: 'in', who: data };
    if (error?.code === 'crowded') return { at: 'waiting', attempt };
    if (error === undefined || error.status >= 500) return { at: 'offline', attempt };
    const { code, detail, names } = error;
    return { at: 'refused', code, detail, names: names ?? {} };
  } catch {
    return { at: 'offline', attempt };
  }
}
