/** One sentence about what was done, with its undoing for some seconds. */
import type { Problem } from '@plenary/api/types';

import { type Timers, TIMERS } from './org-search';

export type Did =
  | 'unit_created'
  | 'unit_renamed'
  | 'unit_described'
  | 'unit_moved'
  | 'unit_closed'
  | 'unit_reopened'
  | 'person_created'
  | 'person_changed'
  | 'account_created'
  | 'account_changed'
  | 'password_set'
  | 'event_created'
  | 'event_admission'
  | 'event_opened'
  | 'seat_member'
  | 'guest_invited'
  | 'guest_withdrawn'
  | 'retention_set'
  | 'undone';

/** Carries out the opposite of a change. */
export type Undo = () => Promise<Problem | null>;

export type Notice<D extends string = Did> =
  | { kind: 'none' }
  | { kind: 'done'; did: D | 'undone'; name: string; undo: 'no' | 'offered' | 'running' }
  | { kind: 'problem'; problem: Problem };

/** How long a sentence stays: long enough to read it and to reach the button. */
export const STAYS_MS = 12_000;

export class Notices<D extends string = Did> {
  notice: Notice<D> = { kind: 'none' };
  private opposite: Undo | null = null;
  private timer: number | null = null;

  constructor(
    private readonly changed: () => void,
    private readonly timers: Timers = TIMERS,
  ) {}

  /** Says what was done; without an opposite there is nothing to undo. */
  tell(did: D | 'undone', name: string, opposite: Undo | null): void {
    this.opposite = opposite;
    this.show({ kind: 'done', did, name, undo: opposite === null ? 'no' : 'offered' });
    this.release();
  }

  /** Says why something was not done; it stays until it is dismissed. */
  refuse(problem: Problem): void {
    this.hold();
    this.opposite = null;
    this.show({ kind: 'problem', problem });
  }

  /** Undoes what the sentence is about, once. */
  async undo(): Promise<void> {
    const { notice, opposite } = this;
    if (notice.kind !== 'done' || opposite === null) return;
    this.hold();
    this.opposite = null;
    this.show({ ...notice, undo: 'running' });
    const problem = await opposite();
    if (problem === null) this.tell('undone', notice.name, null);
    else this.refuse(problem);
  }

  /** Keeps the sentence while somebody points at it or is on its button. */
  hold(): void {
    if (this.timer !== null) this.timers.clearTimeout(this.timer);
    this.timer = null;
  }

  release(): void {
    this.hold();
    if (this.notice.kind === 'done' && this.notice.undo !== 'running') {
      this.timer = this.timers.setTimeout(() => this.dismiss(), STAYS_MS);
    }
  }

  dismiss(): void {
    this.hold();
    this.opposite = null;
    this.show({ kind: 'none' });
  }

  private show(notice: Notice<D>): void {
    this.notice = notice;
    this.changed();
  }
}
