/** What the door tells before an event begins: how long it is still, and when one goes in. */
import type { Api } from '@plenary/api/client';
import type { Event } from '@plenary/api/types';

/** From so long before the planned time on people wait where the broadcast will be, as the server has it. */
export const WAIT_MS = 5 * 60 * 1_000;

export type Landing = {
  title: string;
  startsMs: number;
  /** What the server's clock is ahead of this device's. */
  aheadMs: number;
};

/** What to tell of an event that begins later; null when one can go in. */
export function landingOf(
  { title, phase, starts_ms, server_time_ms }: Event,
  deviceMs: number,
): Landing | null {
  if (phase !== 'doors' || starts_ms === null || starts_ms <= server_time_ms + WAIT_MS) return null;
  return { title, startsMs: starts_ms, aheadMs: server_time_ms - deviceMs };
}

/** Looks whether there is anything to tell; null also when nobody may know, for the page inside says why. */
export async function askLanding(api: Api, event: string): Promise<Landing | null> {
  try {
    const { data } = await api.GET('/api/events/{event}', { params: { path: { event } } });
    return data ? landingOf(data, Date.now()) : null;
  } catch {
    return null;
  }
}

export type Countdown = { days: number; hours: number; minutes: number; seconds: number };

/** How long it is until the planned time, never less than nothing. */
export function countdown({ startsMs, aheadMs }: Landing, deviceMs: number): Countdown {
  const left = Math.max(0, Math.floor((startsMs - aheadMs - deviceMs) / 1_000));
  return {
    days: Math.floor(left / 86_400),
    hours: Math.floor(left / 3_600) % 24,
    minutes: Math.floor(left / 60) % 60,
    seconds: left % 60,
  };
}

/** Whether one goes in by the clock alone. */
export function isTime({ startsMs, aheadMs }: Landing, deviceMs: number): boolean {
  return startsMs - WAIT_MS < deviceMs + aheadMs;
}
