/** Asks the server about the event whose page this is. */
import type { Api } from '@plenary/api/client';

import type { EventAnswer } from './watch-session';

/** A server that has not answered by then counts as away. */
const ANSWER_MS_MAX = 8_000;

/** The slug in `/e/{slug}` and `/e/{slug}/…`. */
export function slugOf(path: string): string | null {
  const slug = /^\/e\/([^/]+)/.exec(path)?.[1];
  return slug === undefined ? null : decodeURIComponent(slug);
}

export async function askEvent(api: Api, slug: string): Promise<EventAnswer> {
  try {
    const { data, response } = await api.GET('/api/events/{event}', {
      params: { path: { event: slug } },
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    if (data) return { kind: 'event', event: data };
    return response.status === 404 ? { kind: 'unknown' } : { kind: 'unreachable' };
  } catch {
    return { kind: 'unreachable' };
  }
}
