/** Which members of the organisation sit on the seats of an event. */
import type { Problem, Seat } from '@plenary/api/types';

import type { Notices } from './notices';
import type { OrgRequests } from './org-requests';

export type SeatsView =
  | { at: 'asking' }
  | { at: 'problem'; problem: Problem }
  | { at: 'shown'; seats: Seat[] };

export class SeatMembers {
  view: SeatsView = { at: 'asking' };

  constructor(
    private readonly requests: Pick<OrgRequests, 'seats' | 'seatMember'>,
    private readonly notices: Notices,
    private readonly event: string,
    private readonly changed: () => void,
  ) {}

  async load(): Promise<void> {
    const answered = await this.requests.seats(this.event);
    this.view =
      'problem' in answered
        ? { at: 'problem', problem: answered.problem }
        : { at: 'shown', seats: answered.ok };
    this.changed();
  }

  /** What somebody has typed is who sits there from now on; nothing typed is nobody. Gives why not. */
  async say(was: Seat, typed: string): Promise<Problem | null> {
    const before = was.member?.code ?? null;
    const code = typed.trim() || null;
    if (code === before) return null;
    const problem = await this.put(was, code);
    if (problem !== null) return problem;
    this.notices.tell('seat_member', was.card.name, () => this.put(was, before));
    return null;
  }

  private async put({ seat }: Seat, code: string | null): Promise<Problem | null> {
    const problem = await this.requests.seatMember(this.event, seat, code);
    if (problem === null) await this.load();
    return problem;
  }
}
