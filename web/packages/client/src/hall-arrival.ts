/** A phone that has read the code of a hall: whoever has come in with it is counted there. */
import type { Problem } from '@plenary/api/types';

import type { Fetch } from './hall';

export type Arrival =
  | { at: 'arriving' }
  | { at: 'counted' }
  /** Nobody has come in with this browser. */
  | { at: 'not_in' }
  /** No such hall, or it is closed. */
  | { at: 'unknown' }
  | { at: 'refused'; code: string; detail: string }
  | { at: 'offline'; attempt: number };

/** The token behind the `#` of an address that the code of a hall names, or none. */
export function hallOf(hash: string): string | null {
  const token = new URLSearchParams(hash.slice(1)).get('hall');
  return token === null || token === '' ? null : token;
}

/** Whether an address asks for what is recorded about whoever opens it. */
export function isAboutOneself(hash: string): boolean {
  return hash === '#mine';
}

/** Tries once. */
export async function arrive(
  token: string,
  before: Arrival,
  fetch: Fetch = (path, init) => globalThis.fetch(path, init),
): Promise<Arrival> {
  const offline: Arrival = { at: 'offline', attempt: before.at === 'offline' ? before.attempt + 1 : 0 };
  try {
    const response = await fetch(`/api/halls/${encodeURIComponent(token)}/arrive`, { method: 'POST' });
    if (response.ok) return { at: 'counted' };
    if (500 <= response.status) return offline;
    const { status, code, detail } = (await response.json()) as Problem;
    if (status === 401) return { at: 'not_in' };
    if (status === 404) return { at: 'unknown' };
    return { at: 'refused', code, detail };
  } catch {
    return offline;
  }
}
