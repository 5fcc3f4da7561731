/** A small organisation behind the real client: answers requests from memory as the server does. */
import { type Api, apiOver } from '@plenary/api/client';
import type { Me, Person, Unit, UnitChange, UnitPage } from '@plenary/api/types';

type Kept = Pick<Unit, 'code' | 'name' | 'kind' | 'order' | 'state' | 'parent'>;
type Told = { status: number; body?: unknown };

const problem = (status: number, code: string, detail = ''): Told => ({
  status,
  body: { status, code, detail },
});

export class FakeOrganisation {
  readonly units = new Map<string, Kept>();
  readonly people = new Map<string, Person>();
  /** Who is signed in. */
  me: Me | null = null;
  /** Every request, as `GET /api/…`. */
  readonly asked: string[] = [];
  /** The next requests fail like a network that is gone. */
  offline = false;

  /** Units as `code name` under `parent`, one a line: `parent/code`. */
  constructor(lines: string) {
    for (const line of lines.trim().split('\n')) {
      const [parent = '', code = ''] = line.trim().split('/');
      const name = `Unit ${code}`;
      this.units.set(code, { code, name, kind: '', order: 0, state: 'open', parent: parent || null });
    }
  }

  get api(): Api {
    return apiOver((request) => this.answer(request));
  }

  /** Each unit as `parent/code name state`, for comparing before and after. */
  get lines(): string[] {
    const units = [...this.units.values()];
    return units.map(({ parent, code, name, state }) => `${parent ?? ''}/${code} ${name} ${state}`);
  }

  signIn(roles: Me['account']['roles'], steward_of: string[] = []): void {
    const account = { id: 'account_1', login: 'lin', name: 'Lin', state: 'active' as const };
    this.me = { account: { ...account, person: null, roles }, steward_of };
  }

  private async answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    this.asked.push(`${request.method} ${decodeURIComponent(pathname)}`);
    if (this.offline) throw new TypeError('no network');
    const text = await request.text();
    const body: unknown = text === '' ? null : JSON.parse(text);
    const told = this.tell(request.method, pathname.split('/').slice(2), searchParams, body);
    const type = told.status < 400 ? 'application/json' : 'application/problem+json';
    const headers = { 'content-type': type };
    return new Response(told.status === 204 ? null : JSON.stringify(told.body), {
      status: told.status,
      headers,
    });
  }

  private tell(method: string, path: string[], query: URLSearchParams, body: unknown): Told {
    const [area, part, raw = '', sub] = path;
    if (area === 'sign-out') {
      this.me = null;
      return { status: 204 };
    }
    if (area === 'sign-in' || area === 'setup') return this.comeIn(body as { password: string });
    if (this.me === null) return problem(401, 'not_signed_in');
    if (area === 'me') return { status: 200, body: this.me };
    const code = decodeURIComponent(raw);
    if (part === 'people') return this.changePerson(method, code, body as Partial<Person>);
    if (raw === '') return method === 'GET' ? this.list(query.get('find')) : this.create(body as Kept);
    const unit = this.units.get(code);
    if (!unit || !this.sees(code)) return problem(404, 'unit_unknown');
    if (sub === 'people') return this.listPeople(code, query);
    return method === 'GET' ? { status: 200, body: this.page(unit) } : this.change(unit, body as UnitChange);
  }

  private comeIn({ password }: { password: string }): Told {
    if (password !== 'a long password') return problem(401, 'sign_in_wrong');
    this.signIn([{ role: 'administrator' }]);
    return { status: 200, body: this.me?.account };
  }

  private sees(code: string): boolean {
    if (this.me?.account.roles.some(({ role }) => role === 'administrator')) return true;
    return this.upwards(code).some((above) => this.me?.steward_of.includes(above));
  }

  private list(find: string | null): Told {
    const all = [...this.units.values()];
    const found = all.filter((unit) => (find ? unit.name.includes(find) : unit.parent === null));
    const units = found.map((unit) => ({
      unit: this.told(unit),
      above: this.page(unit).above.map(({ name }) => name),
    }));
    const counts = { revision: 1, count: this.units.size, members: this.people.size };
    return { status: 200, body: { ...counts, units, more: false } };
  }

  private create(unit: Kept): Told {
    if (this.units.has(unit.code)) return problem(409, 'code_taken');
    const kept: Kept = { ...unit, state: 'open' };
    this.units.set(unit.code, kept);
    return { status: 201, body: this.page(kept) };
  }

  private change(unit: Kept, change: UnitChange): Told {
    switch (change.change) {
      case 'rename':
        unit.name = change.name;
        break;
      case 'describe':
        Object.assign(unit, { kind: change.kind, order: change.order });
        break;
      case 'move':
        if (change.parent && this.upwards(change.parent).includes(unit.code)) {
          return problem(409, 'unit_under_itself');
        }
        unit.parent = change.parent;
        break;
      case 'close':
        for (const one of this.units.values()) {
          if (this.upwards(one.code).includes(unit.code)) one.state = 'closed';
        }
        break;
      case 'reopen':
        for (const above of this.upwards(unit.code)) this.kept(above).state = 'open';
        break;
      default:
        change satisfies never;
    }
    return { status: 200, body: this.page(unit) };
  }

  private changePerson(method: string, code: string, body: Partial<Person>): Told {
    const was = this.people.get(method === 'POST' ? '' : code);
    const roles = { email: null, phone: null, roles: [], standing: 'member' };
    const person = { ...(was ?? roles), ...body } as Person;
    this.people.set(person.code, person);
    return { status: method === 'POST' ? 201 : 200, body: person };
  }

  private listPeople(unit: string, query: URLSearchParams): Told {
    const after = query.get('after') ?? '';
    const limit = Number(query.get('limit'));
    const of = [...this.people.values()].filter((person) => person.unit === unit);
    const behind = of.filter(({ code }) => after < code).sort((a, b) => (a.code < b.code ? -1 : 1));
    const people = behind.slice(0, limit);
    const next = limit < behind.length ? people.at(-1)?.code : null;
    return { status: 200, body: { people, next } };
  }

  private page(unit: Kept): UnitPage {
    const above = this.upwards(unit.code).slice(1).reverse();
    return {
      unit: this.told(unit),
      above: above.map((code) => this.told(this.kept(code))),
      below: this.below(unit.code).map((one) => this.told(one)),
    };
  }

  private told(unit: Kept): Unit {
    const within = [...this.units.keys()].filter((code) => this.upwards(code).includes(unit.code));
    const members = (units: string[]) =>
      [...this.people.values()].filter((person) => units.includes(person.unit)).length;
    return {
      ...unit,
      units: this.below(unit.code).length,
      units_within: within.length - 1,
      members: members([unit.code]),
      members_within: members(within),
    };
  }

  private below(code: string): Kept[] {
    return [...this.units.values()].filter(({ parent }) => parent === code);
  }

  /** A unit and those above it, itself first. */
  private upwards(code: string): string[] {
    const { parent } = this.kept(code);
    return [code, ...(parent === null ? [] : this.upwards(parent))];
  }

  private kept(code: string): Kept {
    const unit = this.units.get(code);
    if (!unit) throw new Error(`no unit ${code}`);
    return unit;
  }
}
