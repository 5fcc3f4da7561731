/** The numbers of a unit and of those below it, asked for again and again while somebody looks. */
import type {
  AttendancePage,
  AttendedEvent,
  Counts,
  Problem,
  UnitAbove,
  UnitAttendance,
} from '@plenary/api/types';

import type { Answer } from './answer';
import { byLeastShare, sumOf } from './attendance-counts';
import type { AttendanceRequests } from './attendance-requests';
import { type Timers, TIMERS } from './org-search';
import {
  NO_TREE,
  rowsOf,
  type Tree,
  type TreeRow,
  withFolded,
  withoutAnswer,
  withPage,
  withTops,
  withUnfolded,
} from './org-tree';

/** What one looks at: one unit, or several side by side. */
export type Root = { at: 'unit'; code: string } | { at: 'tops' } | { at: 'several'; codes: string[] };

export type Sorted = 'order' | 'lowest';

export type BoardRow = TreeRow<UnitAttendance>;

export type BoardView = {
  whole: { at: 'asking' } | { at: 'problem'; problem: Problem } | { at: 'shown' };
  event: AttendedEvent | null;
  /** Null where several are looked at. */
  unit: UnitAttendance | null;
  counts: Counts;
  above: UnitAbove[];
  rows: BoardRow[];
  sorted: Sorted;
  /** Since when the numbers may be old; null while they are fresh. */
  staleSince: number | null;
};

/** What the browser is to a board. */
export type BoardWorld = { timers: Timers; now(): number; hidden(): boolean };

export const BOARD_WORLD: BoardWorld = {
  timers: TIMERS,
  now: () => Date.now(),
  hidden: () => document.hidden,
};

/** The server shows sums anew twice a second; whoever looks sees a change within two seconds. */
export const EVERY_MS = 1_000;
/** An event that is over hardly changes any more. */
export const EVERY_CLOSED_MS = 10_000;
/** Waits after a failure double up to this. */
export const PAUSE_MS_MAX = 15_000;
/** Most units whose rows are asked for again in one turn; the others follow in the next. */
const ASKED_MAX = 8;

type Told = { event: AttendedEvent; revision: number; unit: UnitAttendance | null; above: UnitAbove[] };

export class Board {
  private root: Root = { at: 'tops' };
  /** Changes whenever something else is looked at: answers to what was asked before are dropped. */
  private look = 0;
  private tree: Tree<UnitAttendance> = NO_TREE;
  private whole: BoardView['whole'] = { at: 'asking' };
  private told: Told | null = null;
  private sorted: Sorted = 'order';
  private sight = { first: 0, end: 0 };
  /** At which revision the rows below a unit were told. */
  private readonly toldAt = new Map<string, number>();
  private drawn: { tree: unknown; sorted: Sorted; rows: BoardRow[] } | null = null;
  private freshMs = 0;
  private failures = 0;
  private timer: number | null = null;

  constructor(
    private readonly requests: AttendanceRequests,
    private readonly changed: () => void,
    private readonly world: BoardWorld = BOARD_WORLD,
  ) {}

  get view(): BoardView {
    const { whole, told, sorted, tree } = this;
    if (this.drawn?.tree !== tree || this.drawn.sorted !== sorted) {
      const rows = rowsOf(tree, sorted === 'lowest' ? byLeastShare : undefined);
      this.drawn = { tree, sorted, rows };
    }
    return {
      whole,
      event: told?.event ?? null,
      unit: told?.unit ?? null,
      counts: told?.unit?.counts ?? sumOf(this.below.map(({ counts }) => counts)),
      above: told?.above ?? [],
      rows: this.drawn.rows,
      sorted,
      staleSince: this.failures === 0 ? null : this.freshMs,
    };
  }

  /** Counts up with every change that the server told of; null before the first answer. */
  get revision(): number | null {
    return this.told?.revision ?? null;
  }

  /** The units directly below what is looked at, in the order of the server. */
  get below(): UnitAttendance[] {
    return this.tree.tops.flatMap((code) => this.tree.branches.get(code)?.unit ?? []);
  }

  /** Looks at something else, from now on again and again; ends when the page asks it to stop. */
  async open(root: Root): Promise<void> {
    this.root = root;
    this.look += 1;
    this.tree = NO_TREE;
    this.whole = { at: 'asking' };
    this.told = null;
    this.failures = 0;
    this.toldAt.clear();
    this.changed();
    await this.turn();
  }

  close(): void {
    this.look += 1;
    this.stop();
  }

  /** The page came back into sight, or is not to be seen any more. */
  async turnTo(hidden: boolean): Promise<void> {
    this.stop();
    if (!hidden) await this.turn();
  }

  /** Only the rows from `first` up to but not with `end` are on the screen. */
  see(first: number, end: number): void {
    this.sight = { first, end };
  }

  sort(sorted: Sorted): void {
    this.sorted = sorted;
    this.changed();
  }

  fold(code: string): void {
    this.tree = withFolded(this.tree, code);
    this.changed();
  }

  /** Opens a row; gives why it stayed shut. */
  async unfold(code: string): Promise<Problem | null> {
    const branch = this.tree.branches.get(code);
    if (!branch) return null;
    this.tree = withUnfolded(this.tree, code);
    this.changed();
    if (branch.below.at !== 'unknown') return null;
    const { look } = this;
    const answered = await this.requests.unit(code);
    if (look !== this.look) return null;
    if ('problem' in answered) this.tree = withoutAnswer(this.tree, code);
    else this.learn(code, answered.ok);
    this.changed();
    return 'problem' in answered ? answered.problem : null;
  }

  /** Asks for what is shown once, and sees to it that it is asked for again. */
  private async turn(): Promise<void> {
    this.stop();
    const { look } = this;
    const problem = await this.refresh(look);
    if (look !== this.look) return;
    this.failures = problem === null ? 0 : this.failures + 1;
    if (problem !== null && this.told === null) this.whole = { at: 'problem', problem };
    this.changed();
    // What is refused stays refused; what failed may succeed.
    const isFinal = problem !== null && 400 <= problem.status && problem.status < 500;
    // Another turn may have begun meanwhile, when the page came back into sight.
    this.stop();
    if (isFinal || this.world.hidden()) return;
    this.timer = this.world.timers.setTimeout(() => void this.turn(), this.pauseMs());
  }

  private pauseMs(): number {
    if (0 < this.failures) return Math.min(PAUSE_MS_MAX, EVERY_MS * 2 ** this.failures);
    return this.told?.event.phase === 'closed' ? EVERY_CLOSED_MS : EVERY_MS;
  }

  private async refresh(look: number): Promise<Problem | null> {
    const answered = await this.askRoot();
    if (look !== this.look) return null;
    if ('problem' in answered) return answered.problem;
    this.freshMs = this.world.now();
    this.whole = { at: 'shown' };
    const { event, revision, unit, above, below } = answered.ok;
    const isNew = this.told?.revision !== revision;
    this.told = { event, revision, unit, above };
    if (isNew) this.tree = withTops(this.tree, below);
    const pages = this.staleInSight(revision).slice(0, ASKED_MAX);
    await Promise.all(
      pages.map(async (code) => {
        const answered = await this.requests.unit(code);
        if (look === this.look && 'ok' in answered) this.learn(code, answered.ok);
      }),
    );
    return null;
  }

  private learn(code: string, { unit, below, revision }: AttendancePage): void {
    if (unit === null) return;
    this.toldAt.set(code, revision);
    this.tree = withPage(this.tree, { unit, above: [], below });
  }

  private async askRoot(): Promise<Answer<AttendancePage>> {
    const { root } = this;
    switch (root.at) {
      case 'unit':
        return this.requests.unit(root.code);
      case 'tops':
        return this.requests.tops();
      case 'several': {
        const answers = await Promise.all(root.codes.map((code) => this.requests.unit(code)));
        const pages: AttendancePage[] = [];
        for (const answered of answers) {
          if ('problem' in answered) return answered;
          pages.push(answered.ok);
        }
        return joined(pages);
      }
      default:
        return root satisfies never;
    }
  }

  /** Units that are unfolded with a row below them on the screen that may be old. */
  private staleInSight(revision: number): string[] {
    const { first, end } = this.sight;
    const seen = new Set(this.view.rows.slice(first, end).map(({ unit }) => unit.code));
    return [...this.tree.branches.values()].flatMap(({ unit, below, unfolded }) => {
      const isStale = unfolded && below.at === 'known' && this.toldAt.get(unit.code) !== revision;
      return isStale && below.codes.some((code) => seen.has(code)) ? [unit.code] : [];
    });
  }

  private stop(): void {
    if (this.timer !== null) this.world.timers.clearTimeout(this.timer);
    this.timer = null;
  }
}

/** Several pages as one from above them. */
function joined(pages: AttendancePage[]): Answer<AttendancePage> {
  const [first] = pages;
  if (!first) return { problem: { status: 404, code: 'unit_unknown', detail: '' } };
  const below = pages.flatMap(({ unit }) => unit ?? []);
  const revision = Math.max(...pages.map((page) => page.revision));
  return { ok: { event: first.event, revision, unit: null, above: [], below } };
}
