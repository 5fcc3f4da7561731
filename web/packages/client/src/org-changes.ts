/** Changes of units and people, each with its opposite. */
import type {
  NewPerson,
  NewUnit,
  Person,
  PersonChange,
  Problem,
  Unit,
  UnitChange,
  UnitPage,
} from '@plenary/api/types';

import type { Answer } from './answer';
import type { Did, Notices } from './notices';
import type { OrgRequests } from './org-requests';
import type { Organisation } from './organisation';

/** One change of one unit. */
export type Step = { code: string; change: UnitChange };

/** Most units that one undo opens again, each by a request of its own. */
export const REOPENED_MAX = 200;

export class OrgChanges {
  constructor(
    private readonly requests: OrgRequests,
    private readonly organisation: Organisation,
    private readonly notices: Notices,
  ) {}

  rename({ code, name: was }: Unit, name: string): Promise<Problem | null> {
    const back: Step = { code, change: { change: 'rename', name: was } };
    return this.change('unit_renamed', name, { code, change: { change: 'rename', name } }, [back]);
  }

  describe(unit: Unit, kind: string, order: number): Promise<Problem | null> {
    const { code, name } = unit;
    const step: Step = { code, change: { change: 'describe', kind, order } };
    const back: Step = { code, change: { change: 'describe', kind: unit.kind, order: unit.order } };
    return this.change('unit_described', name, step, [back]);
  }

  /** Null is the top. */
  move({ code, name, parent: was }: Unit, parent: string | null): Promise<Problem | null> {
    const step: Step = { code, change: { change: 'move', parent } };
    const back: Step = { code, change: { change: 'move', parent: was } };
    return this.change('unit_moved', name, step, [back]);
  }

  /** Closes a unit with all below it; undone, only those that were open are open again. */
  async close({ code, name }: Unit): Promise<Problem | null> {
    const open = await this.openEnds(code);
    if ('problem' in open) return open.problem;
    const back = open.ok?.map((end): Step => ({ code: end, change: { change: 'reopen' } })) ?? null;
    return this.change('unit_closed', name, { code, change: { change: 'close' } }, back);
  }

  /** Opens a unit with all above it; undone, the topmost of those that were closed is closed again. */
  reopen({ unit, above }: UnitPage): Promise<Problem | null> {
    const top = above.find(({ state }) => state === 'closed') ?? unit;
    const back: Step = { code: top.code, change: { change: 'close' } };
    const step: Step = { code: unit.code, change: { change: 'reopen' } };
    return this.change('unit_reopened', unit.name, step, [back]);
  }

  /** A unit never goes away again: undone, it is closed. */
  async createUnit(unit: NewUnit): Promise<Problem | null> {
    const answered = await this.requests.createUnit(unit);
    if ('problem' in answered) return answered.problem;
    this.organisation.learn(answered.ok);
    const { code, name, parent } = answered.ok.unit;
    await this.organisation.refresh([parent]);
    const back: Step = { code, change: { change: 'close' } };
    this.notices.tell('unit_created', name, () => this.carryOut([back]));
    return null;
  }

  /** Somebody never goes away again: undone, they have left. */
  async createPerson(person: NewPerson): Promise<Problem | null> {
    const answered = await this.requests.createPerson(person);
    if ('problem' in answered) return answered.problem;
    await this.keep(answered.ok, []);
    const is = answered.ok;
    this.notices.tell('person_created', is.name, () => this.alter(is, { standing: 'left' }));
    return null;
  }

  async changePerson(was: Person, change: PersonChange): Promise<Problem | null> {
    const problem = await this.alter(was, change);
    if (problem !== null) return problem;
    const back = personBefore(was, change);
    const is: Person = { ...was, unit: change.unit ?? was.unit };
    this.notices.tell('person_changed', change.name ?? was.name, () => this.alter(is, back));
    return null;
  }

  private async alter(was: Person, change: PersonChange): Promise<Problem | null> {
    const answered = await this.requests.changePerson(was.code, change);
    if ('problem' in answered) return answered.problem;
    await this.keep(answered.ok, [was.unit]);
    return null;
  }

  private async keep(is: Person, units: string[]): Promise<void> {
    this.organisation.person(is);
    await this.organisation.refresh([is.unit, ...units]);
  }

  private async change(
    did: Did,
    name: string,
    step: Step,
    back: Step[] | null,
  ): Promise<Problem | null> {
    const problem = await this.carryOut([step]);
    if (problem !== null) return problem;
    this.notices.tell(did, name, back && (() => this.carryOut(back)));
    return null;
  }

  /** Makes changes one after the other, and asks again for what they touched. */
  private async carryOut(steps: Step[]): Promise<Problem | null> {
    const touched = new Set<string | null>();
    let problem: Problem | null = null;
    for (const { code, change } of steps) {
      const before = await this.requests.unit(code);
      const answered = await this.requests.changeUnit(code, change);
      if ('problem' in answered) {
        problem = answered.problem;
        break;
      }
      this.organisation.learn(answered.ok);
      for (const above of answered.ok.above) touched.add(above.code);
      if ('ok' in before) touched.add(before.ok.unit.parent);
      touched.add(answered.ok.unit.parent);
      for (const below of this.organisation.knownWithin(code)) touched.add(below);
    }
    await this.organisation.refresh([...touched]);
    return problem;
  }

  /** The open units below one that have no open unit below them; null when they are too many to tell. */
  private async openEnds(top: string): Promise<Answer<string[] | null>> {
    const ends: string[] = [];
    const waiting = [top];
    for (let code = waiting.pop(); code !== undefined; code = waiting.pop()) {
      const answered = await this.requests.unit(code);
      if ('problem' in answered) return answered;
      const { unit, below } = answered.ok;
      if (REOPENED_MAX < unit.units_within) return { ok: null };
      const open = below.filter(({ state }) => state === 'open');
      if (open.length === 0 && unit.state === 'open') ends.push(code);
      for (const child of open) {
        if (child.units === 0) ends.push(child.code);
        else waiting.push(child.code);
      }
    }
    return { ok: ends };
  }
}

/** What brings somebody back to how they were, for what a change names. */
export function personBefore(was: Person, change: PersonChange): PersonChange {
  const before: Required<PersonChange> = {
    name: was.name,
    unit: was.unit,
    email: was.email ?? '',
    phone: was.phone ?? '',
    roles: was.roles,
    standing: was.standing,
  };
  const named = Object.keys(change) as (keyof PersonChange)[];
  return Object.fromEntries(named.map((field) => [field, before[field]]));
}
