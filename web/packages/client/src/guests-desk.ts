/** The guests of one event for those who prepare it: who is invited, further ones, and links withdrawn. */
import type { Guest, Problem } from '@plenary/api/types';

import type { Notices } from './notices';
import type { OrgRequests } from './org-requests';

export type GuestsView =
  | { at: 'asking' }
  | { at: 'problem'; problem: Problem }
  /** `here` is how many are there, `guests` are those invited last first. */
  | { at: 'shown'; here: number; guests: Guest[] };

/** What a guest's link is good for. */
export type GuestLink = { is: 'good'; path: string } | { is: 'expired' } | { is: 'withdrawn' };

const DAY_MS = 86_400_000;
/** How long a link holds that nobody says more about. */
const HOLDS_MS = 7 * DAY_MS;

export function linkOf({ link, expires_ms }: Guest, nowMs: number): GuestLink {
  if (link === null) return { is: 'withdrawn' };
  return expires_ms <= nowMs ? { is: 'expired' } : { is: 'good', path: link };
}

/** Until when a link holds if nobody says otherwise: a day after the event begins, or a week. */
export function expiryFor(startsMs: number | null, nowMs: number): number {
  return startsMs !== null && nowMs <= startsMs ? startsMs + DAY_MS : nowMs + HOLDS_MS;
}

/** A moment as a field for day and time holds it, by a clock that is so far behind UTC. */
export function fieldOf(ms: number, offsetMinutes: number): string {
  return new Date(ms - offsetMinutes * 60_000).toISOString().slice(0, 16);
}

export class GuestsDesk {
  view: GuestsView = { at: 'asking' };

  constructor(
    private readonly event: string,
    private readonly requests: Pick<OrgRequests, 'guests' | 'inviteGuest' | 'withdrawGuest'>,
    private readonly notices: Pick<Notices, 'tell'>,
    private readonly show: (view: GuestsView) => void,
  ) {}

  async load(): Promise<void> {
    const answered = await this.requests.guests(this.event);
    if ('ok' in answered) {
      const { here, guests } = answered.ok;
      this.turnTo({ at: 'shown', here, guests: [...guests].reverse() });
    } else if (this.view.at !== 'shown') {
      // What was told before tells more than nothing.
      this.turnTo({ at: 'problem', problem: answered.problem });
    }
  }

  /** Makes a link for somebody, and gives why not. */
  async invite(name: string, expiresMs: number): Promise<Problem | null> {
    const answered = await this.requests.inviteGuest(this.event, name, expiresMs);
    if ('problem' in answered) return answered.problem;
    this.notices.tell('guest_invited', answered.ok.name, null);
    await this.load();
    return null;
  }

  /** Withdraws a link for good, and gives why not. */
  async withdraw(guest: Guest): Promise<Problem | null> {
    const problem = await this.requests.withdrawGuest(this.event, guest.id);
    if (problem !== null) return problem;
    this.notices.tell('guest_withdrawn', guest.name, null);
    await this.load();
    return null;
  }

  private turnTo(view: GuestsView): void {
    this.view = view;
    this.show(view);
  }
}
