/** What was recorded of an event: who was there over time, who is missing, and the book. */
import type { ActAttendance, ActsAttendance, Book, HallLink, Problem, Status } from '@plenary/api/types';

import { type Answer, OFFLINE } from './answer';
import type { Curve } from './attendance-curve';
import type { Missing } from './attendance-missing';

/** What a sealed book is corrected by: the person's code, what they came to, and why. */
export type Correction = { person: string; status: Status; reason: string };

export type Recorded<T> =
  | { at: 'asking' }
  | { at: 'problem'; problem: Problem }
  | { at: 'shown'; value: T };

export type RecordsView = {
  curve: Recorded<Curve>;
  /** Those that have begun. */
  acts: Recorded<ActAttendance[]>;
  missing: Recorded<Missing>;
  halls: Recorded<HallLink[]>;
  book: Recorded<Book>;
};

/** The tables of a report, and the book itself. */
export type ReportFile = 'units.csv' | 'units.xlsx' | 'members.csv' | 'members.xlsx' | 'book.txt';

/** How often a curve grows by a point that one sees, and the numbers of acts with it. */
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
    return this.ask(unit === null ? '/curve' : `/curve/${encodeURIComponent(unit)}`);
  }

  /** How many of a unit, or of the whole event, came to each act that has begun. */
  async acts(unit: string | null): Promise<Answer<ActAttendance[]>> {
    const query = unit === null ? '' : `?unit=${encodeURIComponent(unit)}`;
    const answered = await this.ask<ActsAttendance>(`/acts/attendance${query}`);
    return 'ok' in answered ? { ok: answered.ok.acts } : answered;
  }

  missing(unit: string): Promise<Answer<Missing>> {
    return this.ask(`/missing/${encodeURIComponent(unit)}`);
  }

  /** The halls of a unit and of everything below it. */
  halls(unit: string): Promise<Answer<HallLink[]>> {
    return this.ask(hallsPath(unit));
  }

  makeHall(unit: string, name: string): Promise<Answer<HallLink>> {
    return this.send(hallsPath(unit), { name });
  }

  /** From then on its link opens nothing. */
  closeHall({ unit, id }: HallLink): Promise<Answer<null>> {
    return this.ask(`${hallsPath(unit)}/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  book(): Promise<Answer<Book>> {
    return this.ask('/book');
  }

  /** Where a file of the report is; `offsetMinutes` is how far the reader's clock is ahead of UTC. */
  reportPath(file: ReportFile, lang: string, offsetMinutes: number): string {
    const query = new URLSearchParams({ lang, offset: String(offsetMinutes) });
    return `${this.base}/report/${file}?${query.toString()}`;
  }

  /** Seals the book; what it says then is in the answer. */
  closeBook(): Promise<Answer<Book>> {
    return this.ask('/book/close', { method: 'POST' });
  }

  /** Adds what somebody really came to, with the reason. */
  correct(correction: Correction): Promise<Answer<Book>> {
    return this.send('/book/corrections', correction);
  }

  private send<T>(path: string, body: unknown): Promise<Answer<T>> {
    const headers = { 'content-type': 'application/json' };
    return this.ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
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

function hallsPath(unit: string): string {
  return `/halls/${encodeURIComponent(unit)}`;
}

/** What of the records is shown, asked for when somebody comes to it. */
export class Records {
  private view_: RecordsView = NOTHING;
  private unit: string | null | undefined;
  private curveAtMs = 0;
  private actsAtMs = 0;
  /** Of which state of the numbers the halls are. */
  private hallsOf: string | null = null;

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
    this.actsAtMs = 0;
    this.hallsOf = null;
    const { curve, acts, missing, halls } = NOTHING;
    this.show({ curve, acts, missing, halls });
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

  /** Asks for the acts when those that are shown are old. */
  async followActs(): Promise<void> {
    const { unit } = this;
    const now = this.now();
    if (unit === undefined || now - this.actsAtMs < CURVE_EVERY_MS) return;
    this.actsAtMs = now;
    const answered = await this.requests.acts(unit);
    if (this.unit !== unit) return;
    // Old numbers tell more than none.
    if ('problem' in answered && this.view_.acts.at === 'shown') return;
    this.show({ acts: recorded(answered) });
  }

  /** Where a file of the report is, in the reader's language and by their clock. */
  reportPath(file: ReportFile, lang: string): string {
    return this.requests.reportPath(file, lang, -new Date(this.now()).getTimezoneOffset());
  }

  async askMissing(): Promise<void> {
    const { unit } = this;
    if (typeof unit !== 'string') return;
    const answered = await this.requests.missing(unit);
    if (this.unit === unit) this.show({ missing: recorded(answered) });
  }

  /** Asks for the halls when what is counted has changed since. */
  async followHalls(revision: number): Promise<void> {
    const { unit } = this;
    const state = `${unit ?? ''} ${revision}`;
    if (typeof unit !== 'string' || this.hallsOf === state) return;
    this.hallsOf = state;
    await this.askHalls(unit);
  }

  /** Makes a hall for the unit that is shown, and gives why not. */
  async makeHall(name: string): Promise<Problem | null> {
    const { unit } = this;
    if (typeof unit !== 'string') return null;
    const answered = await this.requests.makeHall(unit, name);
    if ('problem' in answered) return answered.problem;
    await this.askHalls(unit);
    return null;
  }

  /** Closes a hall for good, and gives why not. */
  async closeHall(hall: HallLink): Promise<Problem | null> {
    const answered = await this.requests.closeHall(hall);
    if ('problem' in answered) return answered.problem;
    if (typeof this.unit === 'string') await this.askHalls(this.unit);
    return null;
  }

  private async askHalls(unit: string): Promise<void> {
    const answered = await this.requests.halls(unit);
    if (this.unit !== unit) return;
    if ('problem' in answered) this.hallsOf = null;
    // What was counted before tells more than nothing.
    if ('problem' in answered && this.view_.halls.at === 'shown') return;
    this.show({ halls: recorded(answered) });
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
    this.show({ book: recorded(answered) });
    return null;
  }

  private show(part: Partial<RecordsView>): void {
    this.view_ = { ...this.view_, ...part };
    this.changed();
  }
}

const ASKING = { at: 'asking' } as const;
const NOTHING: RecordsView = { curve: ASKING, acts: ASKING, missing: ASKING, halls: ASKING, book: ASKING };

function recorded<T>(answered: Answer<T>): Recorded<T> {
  if ('problem' in answered) return { at: 'problem', problem: answered.problem };
  return { at: 'shown', value: answered.ok };
}
