/** The studio's requests in the order they were made, with the show's revision for a take. */
import type { Api } from '@plenary/api/client';
import type { LowerThird, Problem, Scene, Session, Show, Transition } from '@plenary/api/types';

import { type Answer, answer, done, type Reply } from './answer';

/** Swaps the token of the address for a cookie. */
export function openSession(api: Api, token: string): Promise<Answer<Session>> {
  return answer(api.POST('/api/sessions', { body: { token } }));
}

/** The event's title, for the header. */
export async function eventTitle(api: Api, event: string): Promise<string | null> {
  const told = await answer(api.GET('/api/events/{event}', { params: { path: { event } } }));
  return 'ok' in told ? told.ok.title : null;
}

/** Changes of the show, one after the other, so that a take never overtakes a preview. */
export class Requests {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  constructor(
    private readonly api: Api,
    private readonly event: string,
  ) {}

  /** Whether an own change has not been answered yet. */
  get busy(): boolean {
    return this.waiting > 0;
  }

  preview(scene: Scene): Promise<Answer<Show>> {
    return this.queue(() =>
      this.api.POST('/api/events/{event}/show/preview', { params: this.path(), body: { scene } }),
    );
  }

  undo(): Promise<Answer<Show>> {
    return this.queue(() => this.api.POST('/api/events/{event}/show/undo', { params: this.path() }));
  }

  /** `revision` is asked for when the changes before it have been answered. */
  take(transition: Transition, revision: () => number): Promise<Answer<Show>> {
    return this.queue(() =>
      this.api.POST('/api/events/{event}/show/take', {
        params: { ...this.path(), header: { 'If-Match': `"${revision()}"` } },
        body: { transition },
      }),
    );
  }

  lowerThird(lowerThird: LowerThird | null): Promise<Answer<Show>> {
    return this.queue(() =>
      this.api.POST('/api/events/{event}/show/lower-third', {
        params: this.path(),
        body: { lower_third: lowerThird },
      }),
    );
  }

  slate(on: boolean): Promise<Answer<Show>> {
    return this.queue(() =>
      this.api.POST('/api/events/{event}/show/slate', { params: this.path(), body: { on } }),
    );
  }

  direction(mode: Show['direction']): Promise<Answer<Show>> {
    return this.queue(() =>
      this.api.POST('/api/events/{event}/show/direction', { params: this.path(), body: { mode } }),
    );
  }

  mute(source: string, muted: boolean): Promise<Answer<Show>> {
    return this.queue(() =>
      this.api.POST('/api/events/{event}/sources/{source}/sound', {
        params: { path: { event: this.event, source } },
        body: { muted },
      }),
    );
  }

  /** Ends the event for good; null when it is done. */
  close(): Promise<Problem | null> {
    return done(this.api.POST('/api/events/{event}/close', { params: this.path() }));
  }

  private path() {
    return { path: { event: this.event } };
  }

  private queue(request: () => Promise<Reply<Show>>): Promise<Answer<Show>> {
    this.waiting += 1;
    const answered = this.last.then(() => answer(request()));
    this.last = answered.then(() => {
      this.waiting -= 1;
    });
    return answered;
  }
}
