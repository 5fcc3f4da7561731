/** The attendance pages of an event: who looks, at what, and what was done last. */
import type { Api } from '@plenary/api/client';
import type { AttendancePage, Me, Problem, UnitAbove, UnitAttendance } from '@plenary/api/types';

import { Board, BOARD_WORLD, type BoardView, type BoardWorld, type Root } from './attendance-board';
import { type AttendanceDid, Members, type MembersView } from './attendance-members';
import type { Place, View } from './attendance-place';
import { type RecordRequests, Records, type RecordsView } from './attendance-records';
import { reportOf, type ReportTable } from './attendance-report';
import { AttendanceRequests } from './attendance-requests';
import { type Notice, Notices } from './notices';

/** Where somebody begins, and whether there is anything above that. */
export type Home = { may: 'all' | 'own'; units: string[] };

export type AttendanceEntry =
  | { at: 'looking' }
  | { at: 'unreachable'; problem: Problem }
  | { at: 'signed_out' }
  /** They answer for no unit. */
  | { at: 'not_theirs' }
  | { at: 'open'; me: Me; home: Home };

export type AttendanceView = {
  entry: AttendanceEntry;
  place: Place;
  board: BoardView;
  members: MembersView;
  records: RecordsView;
  notice: Notice<AttendanceDid>;
};

export class Attendance {
  readonly board: Board;
  readonly members: Members;
  readonly records: Records;
  readonly notices: Notices<AttendanceDid>;
  private readonly requests: AttendanceRequests;
  private entry: AttendanceEntry = { at: 'looking' };

  constructor(
    { api, event, records }: { api: Api; event: string; records: (lost: () => void) => RecordRequests },
    private place: Place,
    private readonly changed: () => void,
    private readonly world: BoardWorld = BOARD_WORLD,
  ) {
    const lost = () => this.lost();
    this.requests = new AttendanceRequests(api, event, lost);
    this.board = new Board(this.requests, () => this.follow(), world);
    this.notices = new Notices(changed, world.timers);
    this.members = new Members(this.requests, this.notices, changed, world.now);
    this.records = new Records(records(lost), changed, world.now);
  }

  get view(): AttendanceView {
    const { entry, place, notices } = this;
    const [board, members, records] = [this.board.view, this.members.view, this.records.view];
    return { entry, place, board, members, records, notice: notices.notice };
  }

  /** Looks who is signed in, and what they may see. */
  async start(): Promise<void> {
    this.enter({ at: 'looking' });
    const me = await this.requests.me();
    if ('problem' in me) {
      return me.problem.code === 'not_signed_in'
        ? this.enter({ at: 'signed_out' })
        : this.enter({ at: 'unreachable', problem: me.problem });
    }
    const home = await this.homeOf(me.ok);
    if ('problem' in home) return this.enter({ at: 'unreachable', problem: home.problem });
    if (home.may === 'own' && home.units.length === 0) return this.enter({ at: 'not_theirs' });
    this.enter({ at: 'open', me: me.ok, home });
    await this.arrive(home);
  }

  /** Shows something else. */
  async go(place: Place): Promise<void> {
    const before = this.place;
    this.place = place;
    this.changed();
    if (this.entry.at !== 'open') return;
    if (before.unit === place.unit) this.follow();
    else await this.arrive(this.entry.home);
  }

  /** The unit that is looked at; null: several side by side. */
  get unit(): string | null {
    if (this.entry.at !== 'open') return null;
    const { units } = this.entry.home;
    const [only] = units;
    return this.place.unit ?? (units.length === 1 && only !== undefined ? only : null);
  }

  /** The table of a report on what is looked at, as it is at this moment. */
  report(): Promise<ReportTable | { problem: Problem }> {
    return reportOf(this.requests, this.board.below, this.world.now());
  }

  close(): void {
    this.board.close();
  }

  private async arrive(home: Home): Promise<void> {
    const { unit } = this;
    this.records.turnTo(unit);
    const several: Root = home.may === 'all' ? { at: 'tops' } : { at: 'several', codes: home.units };
    await this.board.open(unit === null ? several : { at: 'unit', code: unit });
  }

  /** Whoever may see all begins at the top, others at the units that they answer for. */
  private async homeOf(me: Me): Promise<Home | { problem: Problem }> {
    const tops = await this.requests.tops();
    if ('ok' in tops) return { may: 'all', units: tops.ok.below.map(({ code }) => code) };
    if (tops.problem.code !== 'not_allowed') return tops;
    const answers = await Promise.all(me.steward_of.map((code) => this.requests.unit(code)));
    const pages: AttendancePage[] = [];
    for (const answered of answers) {
      if ('ok' in answered) pages.push(answered.ok);
      else if (answered.problem.code !== 'unit_unknown') return answered;
    }
    const own = pages.filter(({ above }) => !above.some(({ code }) => me.steward_of.includes(code)));
    return { may: 'own', units: own.flatMap(({ unit }) => unit?.code ?? []) };
  }

  /** What else is shown follows the numbers. */
  private follow(): void {
    this.changed();
    const { unit, counts, whole } = this.board.view;
    const { revision } = this.board;
    if (whole.at !== 'shown' || revision === null) return;
    const shown = viewOf(this.place.view, unit);
    if (unit !== null && shown === 'members') void this.members.follow(unit, revision);
    if (unit !== null && shown === 'halls') void this.records.followHalls(revision);
    const isOfAll = this.entry.at === 'open' && this.entry.home.may === 'all';
    if ((unit !== null || isOfAll) && 0 < counts.came + counts.here) {
      void this.records.followCurve();
      void this.records.followActs();
    }
  }

  /** The session has ended: nothing that was open here is shown any more. */
  private lost(): void {
    this.board.close();
    this.notices.dismiss();
    this.enter({ at: 'signed_out' });
  }

  private enter(entry: AttendanceEntry): void {
    this.entry = entry;
    this.changed();
  }
}

/** What can be looked at of a unit, or of several side by side. */
export function viewsOf(unit: UnitAttendance | null): View[] {
  if (unit === null) return ['units', 'report'];
  const lists: View[] = ['members', 'missing', 'halls', 'report'];
  return unit.units === 0 ? lists : ['units', ...lists];
}

/** The view that is shown: the one that was asked for, or the first that there is. */
export function viewOf(asked: View, unit: UnitAttendance | null): View {
  const views = viewsOf(unit);
  return views.find((view) => view === asked) ?? views[0] ?? 'units';
}

/** The units above that somebody may go to. */
export function aboveInSight(above: UnitAbove[], unit: string, { may, units }: Home): UnitAbove[] {
  if (may === 'all') return above;
  if (units.includes(unit)) return [];
  const first = above.findIndex(({ code }) => units.includes(code));
  return first < 0 ? [] : above.slice(first);
}
