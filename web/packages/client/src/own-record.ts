/** What is recorded about a member at an event, as they themselves may see it. */
import type { OwnRecord, Problem } from '@plenary/api/types';

import { OFFLINE } from './answer';
import type { Fetch } from './hall';

export type Mine =
  | { at: 'asking' }
  | { at: 'shown'; record: OwnRecord }
  /** Nobody has come in with this browser. */
  | { at: 'not_in' }
  | { at: 'problem'; problem: Problem };

/** How long a record is kept. */
export type Kept = { how: 'for_ever' } | { how: 'days'; days: number } | { how: 'until'; ms: number };

export async function askOwnRecord(
  event: string,
  fetch: Fetch = (path, init) => globalThis.fetch(path, init),
): Promise<Mine> {
  try {
    const response = await fetch(`/api/events/${encodeURIComponent(event)}/mine`);
    const body: unknown = await response.json();
    if (response.ok) return { at: 'shown', record: body as OwnRecord };
    return response.status === 401 ? { at: 'not_in' } : { at: 'problem', problem: body as Problem };
  } catch {
    return { at: 'problem', problem: OFFLINE };
  }
}

/** Until when, once the event is over; for how long after its end before that. */
export function keptOf({ kept_days, deleted_ms }: OwnRecord): Kept {
  if (deleted_ms !== null) return { how: 'until', ms: deleted_ms };
  return kept_days === null ? { how: 'for_ever' } : { how: 'days', days: kept_days };
}
