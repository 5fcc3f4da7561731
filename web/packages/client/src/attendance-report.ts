/** The table of a report: the units below what is looked at, two levels deep. */
import type { Problem, UnitAttendance } from '@plenary/api/types';

import type { AttendanceRequests } from './attendance-requests';

export type ReportLine = { unit: UnitAttendance; level: 1 | 2 };

export type ReportTable = { lines: ReportLine[]; atMs: number };

/** Units that are asked for at the same time. */
const ASKED_AT_ONCE = 8;
/** With more units on the first level a second one fits on no paper. */
export const UNITS_WITH_BELOW_MAX = 100;

/** Asks for the table once; the numbers are of one moment, as a report is. */
export async function reportOf(
  requests: Pick<AttendanceRequests, 'unit'>,
  first: readonly UnitAttendance[],
  nowMs: number,
): Promise<ReportTable | { problem: Problem }> {
  const lines: ReportLine[] = [];
  const isDeep = first.length <= UNITS_WITH_BELOW_MAX;
  for (let from = 0; from < first.length; from += ASKED_AT_ONCE) {
    const some = first.slice(from, from + ASKED_AT_ONCE);
    const asked = some.map((unit) =>
      isDeep && 0 < unit.units ? requests.unit(unit.code) : Promise.resolve(null),
    );
    const answers = await Promise.all(asked);
    for (const [index, answered] of answers.entries()) {
      const unit = some[index];
      if (!unit) continue;
      if (answered !== null && 'problem' in answered) return answered;
      lines.push({ unit, level: 1 });
      for (const below of answered?.ok.below ?? []) lines.push({ unit: below, level: 2 });
    }
  }
  return { lines, atMs: nowMs };
}
