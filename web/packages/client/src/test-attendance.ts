/** Attendance of a small organisation behind the real client: answers from memory as the server does. */
import { type Api, apiOver } from '@plenary/api/client';
import type { Counts, Me, MemberStatus, Status, UnitAttendance } from '@plenary/api/types';

import type { BoardWorld } from './attendance-board';
import { NO_COUNTS, sumOf } from './attendance-counts';
import { FakeTimers } from './test-world';

type Kept = { code: string; parent: string | null };

/** A browser whose clock stands still and whose page is seen until a test says otherwise. */
export class FakeWorld implements BoardWorld {
  readonly timers = new FakeTimers();
  nowMs = 1_000_000;
  isHidden = false;
  readonly now = () => this.nowMs;
  readonly hidden = () => this.isHidden;
}

export class FakeAttendance {
  me: Me | null = null;
  /** Who may see all; others see what they are steward of. */
  mayAll = true;
  offline = false;
  revision = 1;
  readonly asked: string[] = [];
  readonly reasons = new Map<string, string>();
  private readonly units: Kept[];
  private readonly people = new Map<string, { unit: string; status: Status }>();

  /** Units as `parent/code`, people as `unit: name status, …`, one a line. */
  constructor(units: string, people = '') {
    this.units = lines(units).map((line) => {
      const [parent = '', code = ''] = line.split('/');
      return { code, parent: parent === '' ? null : parent };
    });
    for (const line of lines(people)) {
      const [unit = '', rest = ''] = line.split(': ');
      for (const one of rest.split(', ')) {
        const [name = '', status = ''] = one.split(' ');
        this.people.set(name, { unit, status: status as Status });
      }
    }
  }

  get api(): Api {
    return apiOver((request) => this.answer(request));
  }

  signIn(steward_of: string[] | null = null): void {
    this.mayAll = steward_of === null;
    const account = { id: 'account_1', login: 'lin', name: 'Lin', state: 'active' as const };
    this.me = { account: { ...account, person: null, roles: [] }, steward_of: steward_of ?? [] };
  }

  becomes(name: string, status: Status): void {
    const person = this.people.get(name);
    if (!person) throw new Error(`nobody is called ${name}`);
    person.status = status;
    this.revision += 1;
  }

  /** What was asked since the last look, without the part that is always the same. */
  took(): string[] {
    const all = this.asked.map((line) => line.replace('/api/events/day/attendance', '') || '/');
    this.asked.length = 0;
    return all.map((line) => line.replace('GET ', ''));
  }

  private async answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    this.asked.push(`${request.method} ${pathname}`);
    if (this.offline) throw new TypeError('no network');
    const text = await request.text();
    const { status, body } = this.tell(request.method, pathname.split('/').slice(2), text);
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    const content = status === 204 ? null : JSON.stringify(body);
    return new Response(content, { status, headers: { 'content-type': type } });
  }

  private tell(method: string, path: string[], text: string): { status: number; body?: unknown } {
    if (this.me === null) return problem(401, 'not_signed_in');
    if (path[0] === 'me') return { status: 200, body: this.me };
    const [, , , code, , person] = path;
    if (code === undefined) return this.mayAll ? this.page(null) : problem(403, 'not_allowed');
    if (!this.units.some((unit) => unit.code === code) || !this.sees(code)) {
      return problem(404, 'unit_unknown');
    }
    if (method === 'PUT') return this.excuse(person ?? '', text);
    return path[4] === 'members' ? { status: 200, body: this.members(code) } : this.page(code);
  }

  private excuse(name: string, text: string): { status: number; body?: unknown } {
    const { excused, reason } = JSON.parse(text) as { excused: boolean; reason: string };
    if (excused && reason === '') return problem(422, 'reason_bad');
    this.reasons.set(name, reason);
    this.becomes(name, excused ? 'excused' : 'expected');
    return { status: 204 };
  }

  private page(code: string | null): { status: number; body: unknown } {
    const below = this.units.filter(({ parent }) => parent === code);
    const event = { title: 'Day', phase: 'on_air', starts_ms: null };
    const above = code === null ? [] : this.upwards(code).slice(1).reverse();
    const body = {
      event,
      revision: this.revision,
      above: above.map((one) => ({ code: one, name: one })),
      unit: code === null ? null : this.told(code),
      below: below.map((unit) => this.told(unit.code)),
    };
    return { status: 200, body };
  }

  private told(code: string): UnitAttendance {
    const within = [...this.people.values()].filter(({ unit }) => this.upwards(unit).includes(code));
    const units = this.units.filter(({ parent }) => parent === code).length;
    return { code, name: code, units, counts: sumOf(within.map(({ status }) => countsOf(status))) };
  }

  private members(code: string): MemberStatus[] {
    const own = [...this.people].filter(([, { unit }]) => unit === code);
    return own.map(([name, { status }]) => ({ code: name, name, status }));
  }

  private sees(code: string): boolean {
    return this.mayAll || this.upwards(code).some((one) => this.me?.steward_of.includes(one));
  }

  private upwards(code: string): string[] {
    const parent = this.units.find((unit) => unit.code === code)?.parent ?? null;
    return [code, ...(parent === null ? [] : this.upwards(parent))];
  }
}

function lines(text: string): string[] {
  return text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
}

function problem(status: number, code: string): { status: number; body: unknown } {
  return { status, body: { status, code, detail: '' } };
}

function countsOf(status: Status): Counts {
  const one = (is: boolean) => (is ? 1 : 0);
  return {
    ...NO_COUNTS,
    expected: one(status !== 'uninvited'),
    here: one(status === 'present' || status === 'late'),
    came: one(status === 'present' || status === 'late' || status === 'left'),
    missing: one(status === 'expected' || status === 'absent'),
    late: one(status === 'late'),
    left: one(status === 'left'),
    excused: one(status === 'excused'),
  };
}
