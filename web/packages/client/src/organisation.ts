/** The organisation as the console shows it: the tree as far as it was opened, and one unit with its people. */
import type { Me, Person, Problem, Unit, UnitPage } from '@plenary/api/types';

import type { OrgRequests } from './org-requests';
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

/** What there is behind the people that are listed. */
export type Rest =
  | { at: 'more'; after: string | null }
  | { at: 'asking' }
  | { at: 'problem'; problem: Problem; after: string | null }
  | { at: 'all' };

export type PeopleList = { people: Person[]; rest: Rest };

export type Pane =
  | { at: 'none' }
  | { at: 'asking'; code: string }
  | { at: 'problem'; code: string; problem: Problem }
  | { at: 'shown'; page: UnitPage; list: PeopleList };

export type Whole = { at: 'asking' } | { at: 'problem'; problem: Problem } | { at: 'shown' };

export type OrgView = {
  whole: Whole;
  /** Of the whole organisation; null for those who may not see all of it. */
  counts: { units: number; members: number } | null;
  rows: TreeRow[];
  pane: Pane;
};

export class Organisation {
  private tree: Tree = NO_TREE;
  private whole: Whole = { at: 'asking' };
  private counts: OrgView['counts'] = null;
  private pane: Pane = { at: 'none' };
  private me: Me | null = null;
  private rows: { of: Tree; rows: TreeRow[] } = { of: NO_TREE, rows: [] };

  constructor(
    private readonly requests: OrgRequests,
    private readonly changed: () => void,
    /** Told why a part of the tree was not opened. */
    private readonly refused: (problem: Problem) => void,
  ) {}

  get view(): OrgView {
    const { whole, counts, pane } = this;
    if (this.rows.of !== this.tree) this.rows = { of: this.tree, rows: rowsOf(this.tree) };
    return { whole, counts, pane, rows: this.rows.rows };
  }

  /** Whether this unit is in the part of the tree that is known here. */
  knows(code: string): boolean {
    return this.tree.branches.has(code);
  }

  /** Asks for the units at the top of what one may see, and for the unit of the address. */
  async start(me: Me, chosen: string | null): Promise<void> {
    this.me = me;
    this.tree = NO_TREE;
    this.counts = null;
    this.pane = { at: 'none' };
    this.whole = { at: 'asking' };
    this.changed();
    const problem = await this.askTops();
    this.whole = problem === null ? { at: 'shown' } : { at: 'problem', problem };
    this.changed();
    if (problem === null && chosen !== null) await this.choose(chosen);
  }

  async unfold(code: string): Promise<void> {
    const branch = this.tree.branches.get(code);
    if (!branch) return;
    this.grow(withUnfolded(this.tree, code));
    if (branch.below.at !== 'unknown') return;
    const answered = await this.requests.unit(code);
    if ('ok' in answered) return this.grow(withPage(this.tree, answered.ok));
    this.grow(withoutAnswer(this.tree, code));
    this.refused(answered.problem);
  }

  fold(code: string): void {
    this.grow(withFolded(this.tree, code));
  }

  /** Shows a unit beside the tree, and opens the tree down to it. */
  async choose(code: string | null): Promise<void> {
    if (code === null) return this.show({ at: 'none' });
    this.show({ at: 'asking', code });
    const answered = await this.requests.unit(code);
    if (this.pane.at !== 'asking' || this.pane.code !== code) return;
    if ('problem' in answered) return this.show({ at: 'problem', code, problem: answered.problem });
    const page = answered.ok;
    this.tree = withPage(this.tree, page);
    this.show({ at: 'shown', page, list: { people: [], rest: { at: 'more', after: null } } });
    await Promise.all([this.more(), this.reveal(page)]);
  }

  /** Lists further people of the unit. */
  async more(): Promise<void> {
    const { pane } = this;
    if (pane.at !== 'shown') return;
    const { people, rest } = pane.list;
    if (rest.at === 'asking' || rest.at === 'all') return;
    const { after } = rest;
    const { code } = pane.page.unit;
    this.list({ people, rest: { at: 'asking' } });
    const answered = await this.requests.people(code, after);
    if (this.pane.at !== 'shown' || this.pane.page.unit.code !== code) return;
    const known = this.pane.list.people;
    if ('problem' in answered) {
      return this.list({ people: known, rest: { at: 'problem', problem: answered.problem, after } });
    }
    const { people: further, next } = answered.ok;
    const codes = new Set(further.map((person) => person.code));
    const kept = known.filter((person) => !codes.has(person.code));
    const behind: Rest = next === null ? { at: 'all' } : { at: 'more', after: next };
    this.list({ people: [...kept, ...further], rest: behind });
  }

  /** Asks again for units that a change touched, and for the counts; null is the top. */
  async refresh(codes: readonly (string | null)[]): Promise<void> {
    const known = [...new Set(codes)].filter((code) => code !== null && this.knows(code));
    const asked = known.map(async (code) => {
      if (code === null) return;
      const answered = await this.requests.unit(code);
      if ('ok' in answered) this.learn(answered.ok);
    });
    await Promise.all([...asked, this.askTops()]);
    this.changed();
  }

  /** Takes what the server told of a unit. */
  learn(page: UnitPage): void {
    this.tree = withPage(this.tree, page);
    if (this.pane.at === 'shown' && this.pane.page.unit.code === page.unit.code) {
      this.pane = { ...this.pane, page };
    }
    this.changed();
  }

  /** Units below one, and itself, whose own below is known here. */
  knownWithin(code: string): string[] {
    const below = this.tree.branches.get(code)?.below;
    if (below?.at !== 'known') return [];
    return [code, ...below.codes.flatMap((child) => this.knownWithin(child))];
  }

  /** Puts somebody into the list as they are now, or takes them out of it. */
  person(is: Person): void {
    if (this.pane.at !== 'shown') return;
    const { people, rest } = this.pane.list;
    const others = people.filter(({ code }) => code !== is.code);
    const last = people.at(-1)?.code ?? '';
    const here = is.unit === this.pane.page.unit.code && (rest.at === 'all' || is.code <= last);
    const next = here ? [...others, is].sort((a, b) => (a.code < b.code ? -1 : 1)) : others;
    this.list({ people: next, rest });
  }

  private async askTops(): Promise<Problem | null> {
    if (this.me === null) return null;
    return isAdministrator(this.me) ? this.askWhole() : this.askOwn(this.me.steward_of);
  }

  private async askWhole(): Promise<Problem | null> {
    const answered = await this.requests.tops();
    if ('problem' in answered) return answered.problem;
    const { units, count, members } = answered.ok;
    this.tree = withTops(this.tree, units.map(({ unit }) => unit));
    this.counts = { units: count, members };
    return null;
  }

  /** A steward's tops are the units that they answer for, but not one below another. */
  private async askOwn(codes: string[]): Promise<Problem | null> {
    const answers = await Promise.all(codes.map((code) => this.requests.unit(code)));
    const pages: UnitPage[] = [];
    for (const answered of answers) {
      if ('ok' in answered) pages.push(answered.ok);
      else if (answered.problem.code !== 'unit_unknown') return answered.problem;
    }
    const own = pages.filter(({ above }) => !above.some(({ code }) => codes.includes(code)));
    this.tree = withTops(this.tree, own.map(({ unit }) => unit));
    return null;
  }

  private async reveal({ above }: UnitPage): Promise<void> {
    const mine = above.filter(({ code }) => this.inSight(code));
    await Promise.all(mine.map(({ code }) => this.unfold(code)));
  }

  /** Whether one may see a unit: stewards may not see what is above theirs. */
  inSight(code: string): boolean {
    if (this.me !== null && isAdministrator(this.me)) return true;
    if (this.tree.tops.includes(code)) return true;
    const parent: Unit['parent'] = this.tree.branches.get(code)?.unit.parent ?? null;
    return parent !== null && this.inSight(parent);
  }

  private list(list: PeopleList): void {
    if (this.pane.at === 'shown') this.show({ ...this.pane, list });
  }

  private show(pane: Pane): void {
    this.pane = pane;
    this.changed();
  }

  private grow(tree: Tree): void {
    this.tree = tree;
    this.changed();
  }
}

export function isAdministrator(me: Me): boolean {
  return me.account.roles.some(({ role }) => role === 'administrator');
}
