import type { Event } from '@plenary/api/types';
import { expect, test } from 'vitest';

import { countdown, isTime, landingOf, WAIT_MS } from './landing';

const DAY_MS = 86_400_000;
const NOW = 1_795_000_000_000;

function event(starts_ms: number | null, phase: Event['phase'] = 'doors'): Event {
  const paths = { playlist: '', replay: '', slug: 'day', id: 'evt_1' };
  return { ...paths, title: 'Day', phase, server_time_ms: NOW, started_ms: null, starts_ms, member: false };
}

test('only an event that begins later has something to tell before', () => {
  expect(landingOf(event(NOW + DAY_MS), NOW)).toMatchObject({ title: 'Day', startsMs: NOW + DAY_MS });
  expect(landingOf(event(NOW + WAIT_MS), NOW)).toBeNull();
  expect(landingOf(event(null), NOW)).toBeNull();
  expect(landingOf(event(NOW + DAY_MS, 'on_air'), NOW)).toBeNull();
});

test('the countdown follows the clock of the server, however wrong that of the device is', () => {
  const device = NOW - 3 * DAY_MS;
  const landing = landingOf(event(NOW + DAY_MS + 3_661_000), device);
  if (landing === null) throw new Error('it begins later');
  expect(countdown(landing, device)).toEqual({ days: 1, hours: 1, minutes: 1, seconds: 1 });
  expect(isTime(landing, device)).toBe(false);
  expect(isTime(landing, device + DAY_MS + 3_661_000 - WAIT_MS + 1)).toBe(true);
  expect(countdown(landing, device + 5 * DAY_MS)).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 0 });
});
