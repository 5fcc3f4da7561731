/** What was recorded of an event: who was there over time, who is missing, and the book. */
import type { Problem, Status } from '@plenary/api/types';

import { type Answer, OFFLINE } from './answer';
import type { Curve } from './attendance-curve';
import type { Missing } from './attendance-missing';

/** What the attendance record of an event has come to. */
export type Book =
  | { state: 'open' }
  | { state: 'sealed'; hash: string; sealed_ms: number; by: string; corrections: number };

/** What a sealed book is corrected by: the person's code, what they came to, and why. */
export type Correction = { person: string; status: Status; reason: string };

export type Recorded<T> =
  | { at: 'asking' }
  | { at: 'problem'; problem: Problem }
  | { at: 'shown'; value: T };

export type RecordsView = {
  curve: Recorded<Curve>;
  missing: Recorded<Missing>;
  book: Recorded<Book>;
};

/** How often a curve grows by a point that one sees. */
const CURVE_EVERY_MS = 20_000;

export class RecordRequests {
  private readonly base: string;

  constructor(
    event: string,
    private readonly lost: () => void,
    private readonly fetch: (path: string, init?: RequestInit) => Promise<Response> = (path, init) =>
      globalThis.fetch(path, init),
  ) {
    this.base = `/api/events/${encodeURIComponent(event)}`;
  }

  /** Of one unit, or of the whole event. */
  curve(unit: string | null): Promise<Answer<Curve>> {
    return this.ask(unit === null ? '/attendance/curve' : `${unitPath(unit)}/curve`);
  }

  missing(unit: string): Promise<Answer<Missing>> {
    return this.ask(`${unitPath(unit)}/missing`);
  }

  book(): Promise<Answer<Book>> {
    return this.ask('/book');
  }

  /** Where a table of the report is kept. */
  reportPath(ending: 'csv' | 'xlsx'): string {
    return `${this.base}/report.${ending}`;
  }

  /** Seals the book; what it says then is in the answer. */
  closeBook(): Promise<Answer<Book>> {
    return this.ask('/book/close', { method: 'POST' });
  }

  /** Adds what somebody really came to, with the reason. */
  correct(correction: Correction): Promise<Answer<unknown>> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(correction);
    return this.ask('/book/corrections', { method: 'POST', headers, body });
  }

  private async ask<T>(path: string, init?: RequestInit): Promise<Answer<T>> {
    try {
      const response = await this.fetch(this.base + path, init);
      const body: unknown = response.status === 204 ? null : await response.json();
      if (response.ok) return { ok: body as T };
      const problem = body as Problem;
      if (problem.code === 'not_signed_in') this.lost();
      return { problem };
    } catch {
      return { problem: OFFLINE };
    }
  }
}

function unitPath(unit: string): string {
  return `/attendance/${encodeURIComponent(unit)}`;
}

/** What of the records is shown, asked for when somebody comes to it. */
export class Records {
  private view_: RecordsView = NOTHING;
  private unit: string | null | undefined;
  private curveAtMs = 0;

  constructor(
    private readonly requests: RecordRequests,
    private readonly changed: () => void,
    private readonly now: () => number = () => Date.now(),
  ) {}

  get view(): RecordsView {
    return this.view_;
  }

  /** The records of another unit from now on, or of the whole event. */
  turnTo(unit: string | null): void {
    if (this.unit === unit) return;
    this.unit = unit;
    this.curveAtMs = 0;
    this.show({ curve: NOTHING.curve, missing: NOTHING.missing });
  }

  /** Asks for the curve when the one that is shown is old. */
  async followCurve(): Promise<void> {
    const { unit } = this;
    const now = this.now();
    if (unit === undefined || now - this.curveAtMs < CURVE_EVERY_MS) return;
    this.curveAtMs = now;
    const answered = await this.requests.curve(unit);
    if (this.unit !== unit) return;
    // An old curve tells more than none.
    if ('problem' in answered && this.view_.curve.at === 'shown') return;
    this.show({ curve: recorded(answered) });
  }

  reportPath(ending: 'csv' | 'xlsx'): string {
    return this.requests.reportPath(ending);
  }

  async askMissing(): Promise<void> {
    const { unit } = this;
    if (typeof unit !== 'string') return;
    const answered = await this.requests.missing(unit);
    if (this.unit === unit) this.show({ missing: recorded(answered) });
  }

  async askBook(): Promise<void> {
    this.show({ book: recorded(await this.requests.book()) });
  }

  /** Seals the book, and gives why not. */
  async closeBook(): Promise<Problem | null> {
    const answered = await this.requests.closeBook();
    if ('problem' in answered) return answered.problem;
    this.show({ book: recorded(answered) });
    return null;
  }

  /** Adds a correction to the sealed book, and gives why not. */
  async correct(correction: Correction): Promise<Problem | null> {
    const answered = await this.requests.correct(correction);
    if ('problem' in answered) return answered.problem;
    await this.askBook();
    return null;
  }

  private show(part: Partial<RecordsView>): void {
    this.view_ = { ...this.view_, ...part };
    this.changed();
  }
}

const ASKING = { at: 'asking' } as const;
const NOTHING: RecordsView = { curve: ASKING, missing: ASKING, book: ASKING };

function recorded<T>(answered: Answer<T>): Recorded<T> {
  if ('problem' in answered) return { at: 'problem', problem: answered.problem };
  return { at: 'shown', value: answered.ok };
}
