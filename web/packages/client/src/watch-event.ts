/** Asks the server about the event whose page this is. */
import type { Event } from '@plenary/api/types';

import type { EventAnswer } from './watch-session';

/** A server that has not answered by then counts as away. */
const ANSWER_MS_MAX = 8_000;

/** The slug in `/e/{slug}` and `/e/{slug}/…`. */
export function slugOf(path: string): string | null {
  const slug = /^\/e\/([^/]+)/.exec(path)?.[1];
  return slug === undefined ? null : decodeURIComponent(slug);
}

/** `GET /api/events/{slug}`, without the client library: this page has to be small. */
export async function askEvent(slug: string): Promise<EventAnswer> {
  try {
    const response = await fetch(`/api/events/${encodeURIComponent(slug)}`, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    if (response.ok) return { kind: 'event', event: (await response.json()) as Event };
    return { kind: response.status === 404 ? 'unknown' : 'unreachable' };
  } catch {
    return { kind: 'unreachable' };
  }
}
