/** The members of one unit with what they come to, and excusing them. */
import type { MemberStatus, Problem, Status, UnitAttendance } from '@plenary/api/types';

import type { AttendanceRequests } from './attendance-requests';
import type { Notices } from './notices';

/** Statuses as people ask for them: it is one question who is missing, before the end and after. */
export const GROUPS = [
  'missing',
  'left',
  'late',
  'present',
  'excused',
  'watched_replay',
  'uninvited',
] as const;

export type Group = (typeof GROUPS)[number];

export type Filter = Group | 'all';

export type MembersView = {
  list: { at: 'asking' } | { at: 'problem'; problem: Problem } | { at: 'shown'; people: MemberStatus[] };
  filter: Filter;
};

export type AttendanceDid = 'excused' | 'excuse_taken_back';

/** A list is asked for again after this even when no number shows a change: two may have swapped. */
const OLD_MS = 10_000;

export function groupOf(status: Status): Group {
  switch (status) {
    case 'expected':
    case 'absent':
      return 'missing';
    case 'present':
    case 'late':
    case 'left':
    case 'excused':
    case 'watched_replay':
    case 'uninvited':
      return status;
    default:
      return status satisfies never;
  }
}

/** Those of a group; all of them stand by group, whoever is missing first. */
export function shownOf(people: readonly MemberStatus[], filter: Filter): MemberStatus[] {
  if (filter !== 'all') return people.filter(({ status }) => groupOf(status) === filter);
  return GROUPS.flatMap((group) => people.filter(({ status }) => groupOf(status) === group));
}

/** The groups that anybody is in, with how many; whoever is missing is always asked for. */
export function groupsOf(people: readonly MemberStatus[]): { group: Group; count: number }[] {
  const counted = GROUPS.map((group) => {
    const count = people.filter(({ status }) => groupOf(status) === group).length;
    return { group, count };
  });
  return counted.filter(({ group, count }) => group === 'missing' || 0 < count);
}

export class Members {
  private unit: string | null = null;
  private list: MembersView['list'] = { at: 'asking' };
  private filter: Filter = 'all';
  /** What the list was asked for at: the numbers of the unit, the revision, and when. */
  private asked = { counts: '', revision: 0, atMs: 0 };
  private isAsking = false;
  private loads = 0;
  /** Reasons that were given on this page, so that an excuse can come back as it was. */
  private readonly reasons = new Map<string, string>();

  constructor(
    private readonly requests: AttendanceRequests,
    private readonly notices: Notices<AttendanceDid>,
    private readonly changed: () => void,
    private readonly now: () => number = () => Date.now(),
  ) {}

  get view(): MembersView {
    return { list: this.list, filter: this.filter };
  }

  show(filter: Filter): void {
    this.filter = filter;
    this.changed();
  }

  /** Keeps the list as new as the numbers of its unit. */
  async follow(unit: UnitAttendance, revision: number): Promise<void> {
    const counts = JSON.stringify(unit.counts);
    const isOther = this.unit !== unit.code;
    if (isOther) {
      this.unit = unit.code;
      this.list = { at: 'asking' };
      this.filter = 'all';
      this.changed();
    }
    const { asked } = this;
    const isOld = asked.revision !== revision && OLD_MS <= this.now() - asked.atMs;
    if (!isOther && (this.isAsking || (asked.counts === counts && !isOld))) return;
    this.asked = { counts, revision, atMs: this.now() };
    await this.load();
  }

  /** Asks again; of several answers the one that was asked for last counts. */
  async load(): Promise<void> {
    const { unit } = this;
    if (unit === null) return;
    this.loads += 1;
    const { loads } = this;
    this.isAsking = true;
    const answered = await this.requests.members(unit);
    if (this.loads !== loads) return;
    this.isAsking = false;
    if ('ok' in answered) this.list = { at: 'shown', people: answered.ok };
    else if (this.list.at !== 'shown') this.list = { at: 'problem', problem: answered.problem };
    this.changed();
  }

  /** Somebody need not come. */
  async excuse(person: MemberStatus, reason: string): Promise<Problem | null> {
    const { unit } = this;
    if (unit === null) return null;
    const problem = await this.put(unit, person, reason);
    if (problem !== null) return problem;
    this.reasons.set(person.code, reason);
    this.notices.tell('excused', person.name, () => this.put(unit, person, null));
    return null;
  }

  /** After all they need; a reason that is known here can come back. */
  async takeBack(person: MemberStatus): Promise<void> {
    const { unit } = this;
    if (unit === null) return;
    const problem = await this.put(unit, person, null);
    if (problem !== null) return this.notices.refuse(problem);
    const reason = this.reasons.get(person.code);
    const undo = reason === undefined ? null : () => this.put(unit, person, reason);
    this.notices.tell('excuse_taken_back', person.name, undo);
  }

  /** Of the unit that was looked at then: whoever undoes it may look at another one by now. */
  private async put(unit: string, person: MemberStatus, reason: string | null): Promise<Problem | null> {
    const problem = await this.requests.excuse(unit, person.code, reason);
    if (problem === null && this.unit === unit) await this.load();
    return problem;
  }
}
