/** What the numbers of a unit come to: shares, sums, and which unit needs a look first. */
import type { Counts, UnitAttendance } from '@plenary/api/types';

export const NO_COUNTS: Required<Counts> = {
  expected: 0,
  here: 0,
  came: 0,
  missing: 0,
  late: 0,
  left: 0,
  excused: 0,
  watched_replay: 0,
  heads: 0,
};

/** How the bar of a unit is divided; the three parts are at most 1 together. */
export type Bar = { here: number; gone: number };

/** How many ought to have come or came: whoever is excused counts neither way. */
function due({ came, missing, watched_replay }: Counts): number {
  return came + missing + watched_replay;
}

/** The share that came, from 0 to 1; null where nobody is expected. */
export function shareOf(counts: Counts): number | null {
  const of = due(counts);
  return counts.expected === 0 || of === 0 ? null : counts.came / of;
}

/** The share as a whole number of hundredths: 100 only when nobody is missing. */
export function percentOf(counts: Counts): number | null {
  const share = shareOf(counts);
  if (share === null) return null;
  return share < 1 ? Math.min(99, Math.round(share * 100)) : 100;
}

export function barOf(counts: Counts): Bar {
  const of = Math.max(due(counts), counts.here);
  if (of === 0) return { here: 0, gone: 0 };
  return { here: counts.here / of, gone: Math.max(0, counts.came - counts.here) / of };
}

export function sumOf(all: readonly Counts[]): Required<Counts> {
  const sum = { ...NO_COUNTS };
  for (const counts of all) {
    for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += counts[key] ?? 0;
  }
  return sum;
}

/** The order in which units need a look: the least share first, those without anybody expected last. */
export function byLeastShare(a: UnitAttendance, b: UnitAttendance): number {
  const [left, right] = [shareOf(a.counts) ?? 2, shareOf(b.counts) ?? 2];
  return left - right || b.counts.missing - a.counts.missing;
}
