/** A table on its way into the organisation: handed in, read, looked at, carried out or given up. */
import type { ImportPreview, Problem, TableImport as Import, TableSubject } from '@plenary/api/types';

import type { OrgRequests } from './org-requests';
import { type Timers, TIMERS } from './org-search';

export type ImportView =
  | { at: 'choosing'; problem: Problem | null }
  | { at: 'sending'; table: TableSubject; name: string }
  | { at: 'reading'; table: TableSubject; name: string; rows: number }
  | { at: 'ready'; table: TableSubject; name: string; preview: ImportPreview; problem: Problem | null }
  | { at: 'applying'; table: TableSubject; name: string; preview: ImportPreview }
  | { at: 'done'; table: TableSubject; name: string; preview: ImportPreview; written: number };

export type Missing = 'keep' | 'close';

/** Largest file that the server reads. */
export const TABLE_FILE_BYTES_MAX = 128 * 1024 * 1024;
/** How often it is asked how far it is. */
const ASK_EVERY_MS = 400;

export class TableImport {
  view: ImportView = { at: 'choosing', problem: null };
  private id: string | null = null;
  /** Counts up with each file: answers to an earlier one are nothing. */
  private turn = 0;

  constructor(
    private readonly requests: OrgRequests,
    private readonly changed: () => void,
    /** Told when the organisation is another one. */
    private readonly applied: () => void = () => undefined,
    private readonly timers: Timers = TIMERS,
  ) {}

  /** Hands in a file, and shows in the end what it would change. */
  async start(table: TableSubject, file: Blob, name: string): Promise<void> {
    const turn = this.next();
    if (TABLE_FILE_BYTES_MAX < file.size) return this.refuse({ status: 413, code: 'file_too_large', detail: '' });
    this.show({ at: 'sending', table, name });
    const answered = await this.requests.beginImport(table, file);
    if (turn !== this.turn) return;
    if ('problem' in answered) return this.refuse(answered.problem);
    this.id = answered.ok.id;
    await this.follow(turn, name, answered.ok);
  }

  /** Carries it out: all of it or nothing. */
  async apply(missing: Missing): Promise<void> {
    const { view, id, turn } = this;
    if (view.at !== 'ready' || id === null) return;
    const { table, name, preview } = view;
    this.show({ at: 'applying', table, name, preview });
    const answered = await this.requests.applyImport(id, missing);
    if (turn !== this.turn) return;
    if ('ok' in answered) {
      this.id = null;
      this.applied();
      return this.show({ at: 'done', table, name, preview, written: answered.ok.written });
    }
    const { problem } = answered;
    // The preview still holds when only the network was gone.
    if (problem.code === 'offline') this.show({ at: 'ready', table, name, preview, problem });
    else this.refuse(problem);
  }

  /** Goes back to the choice of a file. */
  async giveUp(): Promise<void> {
    const { id } = this;
    this.next();
    this.show({ at: 'choosing', problem: null });
    if (id !== null) await this.requests.giveUpImport(id);
  }

  private async follow(turn: number, name: string, first: Import): Promise<void> {
    for (let is = first; ; ) {
      const { table, progress } = is;
      switch (progress.state) {
        case 'reading':
          this.show({ at: 'reading', table, name, rows: progress.rows });
          break;
        case 'ready':
          return this.show({ at: 'ready', table, name, preview: progress.preview, problem: null });
        case 'refused':
          return this.refuse({ status: 422, code: progress.code, detail: progress.detail });
        case 'applying':
        case 'applied':
          return this.refuse({ status: 404, code: 'import_unknown', detail: '' });
        default:
          return progress satisfies never;
      }
      await new Promise<void>((rested) => this.timers.setTimeout(rested, ASK_EVERY_MS));
      if (turn !== this.turn) return;
      const answered = await this.requests.import(is.id);
      if (turn !== this.turn) return;
      if ('ok' in answered) is = answered.ok;
      else if (answered.problem.code !== 'offline') return this.refuse(answered.problem);
    }
  }

  private next(): number {
    this.id = null;
    this.turn += 1;
    return this.turn;
  }

  private refuse(problem: Problem): void {
    this.id = null;
    this.show({ at: 'choosing', problem });
  }

  private show(view: ImportView): void {
    this.view = view;
    this.changed();
  }
}
