/** The acts of an event, as everybody who may see it is told them: what is planned when. */
import type { Act, Acts } from '@plenary/api/types';

import type { Fetch } from './hall';

const MINUTE_MS = 60_000;

/** An act with the time at which it is planned. */
export type Planned = { act: Act; atMs: number };

/** Each act begins when those before it are over. */
export function planOf(acts: readonly Act[], startsMs: number): Planned[] {
  let atMs = startsMs;
  return acts.map((act) => {
    const planned = { act, atMs };
    atMs += act.minutes * MINUTE_MS;
    return planned;
  });
}

/** How long all of them take together. */
export function minutesOf(acts: readonly { minutes: number | null }[]): number {
  return acts.reduce((sum, { minutes }) => sum + (minutes ?? 0), 0);
}

/** The acts of an event; null when nobody answers or somebody may not know. */
export async function askActs(
  event: string,
  fetch: Fetch = (path, init) => globalThis.fetch(path, init),
): Promise<Acts | null> {
  try {
    const response = await fetch(`/api/events/${encodeURIComponent(event)}/acts`);
    return response.ok ? ((await response.json()) as Acts) : null;
  } catch {
    return null;
  }
}
