/** The requests of the attendance pages; `attendance-records.ts` has those about what was recorded. */
import type { Api } from '@plenary/api/client';
import type { AttendancePage, Me, MemberStatus, Problem } from '@plenary/api/types';

import { type Answer, answer, done, type Reply } from './answer';

/** A server that has not answered by then counts as away. */
const ANSWER_MS_MAX = 8_000;

export class AttendanceRequests {
  /** `lost` is told when the server does not know this page any more. */
  constructor(
    private readonly api: Api,
    private readonly event: string,
    private readonly lost: () => void,
  ) {}

  /** Who one is; a page that is not known is no loss here. */
  me(): Promise<Answer<Me>> {
    return answer(this.api.GET('/api/me'));
  }

  /** The units at the top. */
  tops(): Promise<Answer<AttendancePage>> {
    const params = { path: { event: this.event } };
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    return this.ask(this.api.GET('/api/events/{event}/attendance', { params, signal }));
  }

  unit(unit: string): Promise<Answer<AttendancePage>> {
    const params = { path: { event: this.event, unit } };
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    return this.ask(this.api.GET('/api/events/{event}/attendance/{unit}', { params, signal }));
  }

  /** The members of a unit itself. */
  members(unit: string): Promise<Answer<MemberStatus[]>> {
    const path = { event: this.event, unit };
    return this.ask(this.api.GET('/api/events/{event}/attendance/{unit}/members', { params: { path } }));
  }

  /** Says why somebody need not come; null: after all they need. */
  async excuse(unit: string, person: string, reason: string | null): Promise<Problem | null> {
    const problem = await done(
      this.api.PUT('/api/events/{event}/attendance/{unit}/members/{person}/excuse', {
        params: { path: { event: this.event, unit, person } },
        body: { excused: reason !== null, reason: reason ?? '' },
      }),
    );
    this.heed(problem);
    return problem;
  }

  private async ask<T>(reply: Promise<Reply<T>>): Promise<Answer<T>> {
    const answered = await answer(reply);
    this.heed('problem' in answered ? answered.problem : null);
    return answered;
  }

  private heed(problem: Problem | null): void {
    if (problem?.code === 'not_signed_in') this.lost();
  }
}
