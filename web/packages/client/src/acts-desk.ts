/** The acts of one event for those who prepare it: shown, changed as a whole, and begun one by one. */
import type { ActDraft, Acts, Problem } from '@plenary/api/types';

import { type ActRow, draftsOf, putOf } from './acts-draft';
import { type Answer, OFFLINE } from './answer';
import type { Fetch } from './hall';
import { type Timers, TIMERS } from './org-search';

export type ActsView =
  | { at: 'asking' }
  | { at: 'problem'; problem: Problem }
  /** `beginning` is the act that is begun at this moment, `refused` why the last one was not. */
  | { at: 'shown'; acts: Acts; beginning: string | null; refused: Problem | null }
  | { at: 'editing'; acts: Acts; drafts: ActRow[]; doing: Saving };

/** What becomes of a changed list. */
export type Saving = { at: 'filling' } | { at: 'saving' } | { at: 'refused'; problem: Problem };

/** How often a list that is shown is looked at: others may begin acts too. */
export const LOOK_EVERY_MS = 10_000;

export class ActsDesk {
  view: ActsView = { at: 'asking' };
  private timer: number | null = null;
  /** Changes with every look, so that an answer that comes late counts for nothing. */
  private turn = 0;
  private readonly path: string;

  /** `lost` is told when the server does not know this page any more. */
  constructor(
    event: string,
    private readonly show: (view: ActsView) => void,
    private readonly lost: () => void,
    private readonly timers: Timers = TIMERS,
    private readonly fetch: Fetch = (path, init) => globalThis.fetch(path, init),
  ) {
    this.path = `/api/events/${encodeURIComponent(event)}/acts`;
  }

  /** Asks for the acts, from now on again and again until it is closed. */
  async look(): Promise<void> {
    this.close();
    const { turn } = this;
    // Browsers keep the answer for some seconds, and whoever prepares it wants it as it is.
    const answered = await this.ask('', { cache: 'no-store' });
    if (turn !== this.turn) return;
    this.take(answered);
    this.lookLater();
  }

  /** Asks for nothing any more. */
  close(): void {
    this.turn += 1;
    if (this.timer !== null) this.timers.clearTimeout(this.timer);
    this.timer = null;
  }

  /** Opens the form with what is shown now. */
  edit(): void {
    if (this.view.at !== 'shown') return;
    this.close();
    const { acts } = this.view;
    this.turnTo({ at: 'editing', acts, drafts: draftsOf(acts.acts), doing: { at: 'filling' } });
  }

  /** What somebody has changed in the form. */
  draft(drafts: ActRow[]): void {
    if (this.view.at === 'editing') this.turnTo({ ...this.view, drafts });
  }

  /** Leaves everything as it was. */
  cancel(): void {
    if (this.view.at !== 'editing') return;
    this.turnTo({ at: 'shown', acts: this.view.acts, beginning: null, refused: null });
    void this.look();
  }

  async save(): Promise<void> {
    const { view } = this;
    const acts = view.at === 'editing' && view.doing.at !== 'saving' ? putOf(view.drafts) : null;
    if (view.at !== 'editing' || acts === null) return;
    const { turn } = this;
    this.turnTo({ ...view, doing: { at: 'saving' } });
    const answered = await this.put(acts);
    if (turn !== this.turn) return;
    if ('problem' in answered) {
      return this.turnTo({ ...view, doing: { at: 'refused', problem: answered.problem } });
    }
    this.turnTo({ at: 'shown', acts: answered.ok, beginning: null, refused: null });
    this.lookLater();
  }

  /** Says that an act begins now; the one before it ends with that. */
  async begin(act: string): Promise<void> {
    const { view } = this;
    if (view.at !== 'shown' || view.beginning !== null) return;
    this.close();
    const { turn } = this;
    this.turnTo({ ...view, beginning: act, refused: null });
    const answered = await this.ask(`/${encodeURIComponent(act)}/begin`, { method: 'POST' });
    if (turn !== this.turn) return;
    if ('ok' in answered) {
      this.turnTo({ at: 'shown', acts: answered.ok, beginning: null, refused: null });
    } else {
      this.turnTo({ ...view, beginning: null, refused: answered.problem });
    }
    this.lookLater();
  }

  private lookLater(): void {
    this.timer = this.timers.setTimeout(() => void this.look(), LOOK_EVERY_MS);
  }

  private take(answered: Answer<Acts>): void {
    const { view } = this;
    if ('ok' in answered) {
      const refused = view.at === 'shown' ? view.refused : null;
      return this.turnTo({ at: 'shown', acts: answered.ok, beginning: null, refused });
    }
    // What was told before tells more than nothing.
    if (view.at !== 'shown') this.turnTo({ at: 'problem', problem: answered.problem });
  }

  private put(acts: ActDraft[]): Promise<Answer<Acts>> {
    const headers = { 'content-type': 'application/json' };
    return this.ask('', { method: 'PUT', headers, body: JSON.stringify({ acts }) });
  }

  private async ask(path: string, init: RequestInit): Promise<Answer<Acts>> {
    try {
      const response = await this.fetch(this.path + path, init);
      const body: unknown = await response.json();
      if (response.ok) return { ok: body as Acts };
      const problem = body as Problem;
      if (problem.code === 'not_signed_in') this.lost();
      return { problem };
    } catch {
      return { problem: OFFLINE };
    }
  }

  private turnTo(view: ActsView): void {
    this.view = view;
    this.show(view);
  }
}
