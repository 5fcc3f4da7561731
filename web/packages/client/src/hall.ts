/** A hall, where many watch before one screen: how many they are, and who, as those on the spot tell it. */
import type { Problem } from '@plenary/api/types';

import { type Answer, OFFLINE } from './answer';
import type { BoardWorld } from './attendance-board';

export type HallMember = {
  code: string;
  name: string;
  /** There by whatever page. */
  here: boolean;
  /** Ticked off in this hall. */
  in_hall: boolean;
};

export type Hall = {
  event: { slug: string; title: string };
  unit: string;
  name: string;
  /** How many were counted; null: nobody has counted yet. */
  heads: number | null;
  heads_ms: number | null;
  members: HallMember[];
  /** What members' phones read to be ticked off: squares of one unit as the path of a picture. */
  qr: { size: number; path: string };
};

export type HallState =
  | { at: 'looking' }
  /** No such hall, or its link does not hold any more. */
  | { at: 'unknown' }
  | { at: 'unreachable'; problem: Problem }
  | { at: 'open'; hall: Hall };

export type HallView = {
  state: HallState;
  /** Codes that are being ticked off or back at this moment. */
  sending: ReadonlySet<string>;
  /** Why the last thing was not done. */
  refused: Problem | null;
};

/** How often the hall is asked for: others may tick off too. */
export const EVERY_MS = 5_000;
/** Most heads that anybody counts before one screen. */
export const HEADS_MAX = 99_999;

/** How a page asks its server. */
export type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

/** The token in `/hall/{token}`. */
export function tokenOf(path: string): string {
  return decodeURIComponent(path.split('/')[2] ?? '');
}

/** The members whose name or code holds the text; those who are not ticked off stand first. */
export function foundIn(members: readonly HallMember[], text: string): HallMember[] {
  const wanted = text.trim().toLowerCase();
  const found = members.filter(
    ({ name, code }) => name.toLowerCase().includes(wanted) || code.toLowerCase().includes(wanted),
  );
  return [...found.filter((one) => !one.in_hall), ...found.filter((one) => one.in_hall)];
}

/** What stands on the pad after a key: digits, and at most as many heads as anybody counts. */
export function padAfter(shown: string, key: string): string {
  if (key === 'back') return shown.slice(0, -1);
  const next = (shown === '0' ? '' : shown) + key;
  return /^\d+$/.test(next) && Number(next) <= HEADS_MAX ? next : shown;
}

export class HallDesk {
  private state: HallState = { at: 'looking' };
  private sending: ReadonlySet<string> = new Set();
  private refused: Problem | null = null;
  private timer: number | null = null;
  /** Changes with every look, so that two at the same time do not go on as two. */
  private turn = 0;
  private readonly base: string;

  constructor(
    token: string,
    private readonly changed: () => void,
    private readonly world: Pick<BoardWorld, 'timers'>,
    private readonly fetch: Fetch = (path, init) => globalThis.fetch(path, init),
  ) {
    this.base = `/api/halls/${encodeURIComponent(token)}`;
  }

  get view(): HallView {
    const { state, sending, refused } = this;
    return { state, sending, refused };
  }

  /** Asks for the hall, from now on again and again; a link that is not valid is asked for once. */
  async look(): Promise<void> {
    this.close();
    const { turn } = this;
    await this.load();
    if (this.state.at === 'unknown' || turn !== this.turn) return;
    this.timer = this.world.timers.setTimeout(() => void this.look(), EVERY_MS);
  }

  close(): void {
    this.turn += 1;
    if (this.timer !== null) this.world.timers.clearTimeout(this.timer);
    this.timer = null;
  }

  /** Tells how many there are; gives whether it was taken. */
  count(heads: number): Promise<boolean> {
    return this.put('/heads', { count: heads });
  }

  /** Ticks a member off, or takes that back. */
  async tick(code: string, present: boolean): Promise<void> {
    if (this.sending.has(code)) return;
    this.sending = new Set([...this.sending, code]);
    this.changed();
    await this.put(`/members/${encodeURIComponent(code)}`, { present });
    this.sending = new Set([...this.sending].filter((one) => one !== code));
    this.changed();
  }

  private async put(path: string, body: unknown): Promise<boolean> {
    const headers = { 'content-type': 'application/json' };
    const answered = await this.ask(path, { method: 'PUT', headers, body: JSON.stringify(body) });
    this.refused = 'problem' in answered ? answered.problem : null;
    this.changed();
    if (this.refused !== null) return false;
    await this.load();
    return true;
  }

  private async load(): Promise<void> {
    const answered = await this.ask<Hall>('');
    if ('ok' in answered) this.state = { at: 'open', hall: answered.ok };
    else if (answered.problem.status === 404) this.state = { at: 'unknown' };
    // A hall that was there stays on the screen while the network is away.
    else if (this.state.at !== 'open') this.state = { at: 'unreachable', problem: answered.problem };
    this.changed();
  }

  private async ask<T>(path: string, init?: RequestInit): Promise<Answer<T>> {
    try {
      const response = await this.fetch(this.base + path, init);
      const body: unknown = response.status === 204 ? null : await response.json();
      return response.ok ? { ok: body as T } : { problem: body as Problem };
    } catch {
      return { problem: OFFLINE };
    }
  }
}
