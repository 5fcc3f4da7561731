/** Looks for units while somebody types, and shows only the answer to what stands there now. */
import type { FoundUnit, Problem } from '@plenary/api/types';

import type { OrgRequests } from './org-requests';

export type Search =
  | { at: 'idle' }
  | { at: 'asking'; text: string }
  | { at: 'found'; text: string; units: FoundUnit[]; more: boolean }
  | { at: 'problem'; text: string; problem: Problem };

/** Most characters that the server looks for. */
export const SEARCH_CHARS_MAX = 80;
/** How long a pause in typing is before the server is asked. */
const PAUSE_MS = 200;

export type Timers = {
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(timer: number): void;
};

export const TIMERS: Timers = {
  setTimeout: (run, ms) => window.setTimeout(run, ms),
  clearTimeout: (timer) => window.clearTimeout(timer),
};

export class UnitSearch {
  search: Search = { at: 'idle' };
  private timer: number | null = null;

  constructor(
    private readonly requests: Pick<OrgRequests, 'find'>,
    private readonly changed: () => void,
    private readonly timers: Timers = TIMERS,
  ) {}

  /** What stands in the field now. */
  type(typed: string): void {
    this.stop();
    const text = typed.trim().slice(0, SEARCH_CHARS_MAX);
    if (text === '') return this.set({ at: 'idle' });
    this.set({ at: 'asking', text });
    this.timer = this.timers.setTimeout(() => void this.ask(text), PAUSE_MS);
  }

  /** Asks at once, when somebody does not wait for the pause; gives the first unit found. */
  async first(): Promise<FoundUnit | null> {
    const asked = this.search;
    if (asked.at === 'asking') {
      this.stop();
      await this.ask(asked.text);
    }
    return this.search.at === 'found' ? (this.search.units[0] ?? null) : null;
  }

  clear(): void {
    this.stop();
    this.set({ at: 'idle' });
  }

  private async ask(text: string): Promise<void> {
    const answered = await this.requests.find(text);
    if (this.search.at !== 'asking' || this.search.text !== text) return;
    if ('problem' in answered) {
      this.set({ at: 'problem', text, problem: answered.problem });
    } else {
      this.set({ at: 'found', text, units: answered.ok.units, more: answered.ok.more });
    }
  }

  private stop(): void {
    if (this.timer !== null) this.timers.clearTimeout(this.timer);
    this.timer = null;
  }

  private set(search: Search): void {
    this.search = search;
    this.changed();
  }
}
