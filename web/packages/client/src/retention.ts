/** For how long what is personal of an event is kept, and the change of it with its opposite. */
import type { Problem, Retention } from '@plenary/api/types';

import { type Answer, OFFLINE } from './answer';
import type { Fetch } from './hall';
import type { Notices } from './notices';

export type RetentionView =
  | { at: 'asking' }
  | { at: 'problem'; problem: Problem }
  /** `days` after the end of an event; null is for ever. */
  | { at: 'shown'; days: number | null };

/** What the server takes at most. */
export const DAYS_MAX = 36_500;

const PATH = '/api/org/retention';

/** The days that somebody has typed; null: nothing that is a number of days. */
export function daysOf(typed: string | number | null): number | null {
  const text = String(typed ?? '').trim();
  const days = Number(text);
  return /^\d+$/.test(text) && 1 <= days && days <= DAYS_MAX ? days : null;
}

export class RetentionDesk {
  view: RetentionView = { at: 'asking' };

  /** `lost` is told when the server does not know this page any more. */
  constructor(
    private readonly notices: Notices,
    private readonly changed: () => void,
    private readonly lost: () => void,
    private readonly fetch: Fetch = (path, init) => globalThis.fetch(path, init),
  ) {}

  async load(): Promise<void> {
    const answered = await this.ask({});
    if ('problem' in answered) this.show({ at: 'problem', problem: answered.problem });
    else this.show({ at: 'shown', days: answered.ok.days });
  }

  /** Keeps records for so long from now on, and gives why not; `what` is how people call the setting. */
  async keep(days: number | null, what: string): Promise<Problem | null> {
    const was = this.view;
    const problem = await this.put(days);
    if (problem !== null) return problem;
    const undo = was.at === 'shown' ? () => this.put(was.days) : null;
    this.notices.tell('retention_set', what, undo);
    return null;
  }

  private async put(days: number | null): Promise<Problem | null> {
    const headers = { 'content-type': 'application/json' };
    const body: Retention = { days };
    const answered = await this.ask({ method: 'PUT', headers, body: JSON.stringify(body) });
    if ('problem' in answered) return answered.problem;
    this.show({ at: 'shown', days: answered.ok.days });
    return null;
  }

  private async ask(init: RequestInit): Promise<Answer<Retention>> {
    try {
      const response = await this.fetch(PATH, init);
      const body: unknown = await response.json();
      if (response.ok) return { ok: body as Retention };
      const problem = body as Problem;
      if (problem.code === 'not_signed_in') this.lost();
      return { problem };
    } catch {
      return { problem: OFFLINE };
    }
  }

  private show(view: RetentionView): void {
    this.view = view;
    this.changed();
  }
}
