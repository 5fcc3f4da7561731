/** The console: who one is, where one is, and what was done last. */
import type { Api } from '@plenary/api/client';
import type { Me, Problem } from '@plenary/api/types';

import { Accounts, type AccountsView } from './accounts';
import { ActsDesk, type ActsView } from './acts-desk';
import type { Answer } from './answer';
import { allowed, type Place } from './console-place';
import { Events, type EventsView } from './events';
import { GuestsDesk, type GuestsView } from './guests-desk';
import { type Notice, Notices } from './notices';
import { OrgChanges } from './org-changes';
import { OrgRequests } from './org-requests';
import { Organisation, type OrgView } from './organisation';
import { RetentionDesk, type RetentionView } from './retention';
import { type ImportView, TableImport } from './table-import';

export type ConsoleEntry =
  | { at: 'looking' }
  | { at: 'unreachable'; problem: Problem }
  | { at: 'setting_up'; token: string }
  /** `over`: somebody was signed in, and is not any more. */
  | { at: 'signing_in'; over: boolean }
  | { at: 'open'; me: Me };

export type ConsoleView = {
  entry: ConsoleEntry;
  place: Place;
  organisation: OrgView;
  accounts: AccountsView;
  retention: RetentionView;
  events: EventsView;
  tables: ImportView;
  notice: Notice;
};

export class Console {
  readonly requests: OrgRequests;
  readonly organisation: Organisation;
  readonly changes: OrgChanges;
  readonly accounts: Accounts;
  readonly retention: RetentionDesk;
  readonly events: Events;
  readonly tables: TableImport;
  readonly notices: Notices;
  private entry: ConsoleEntry = { at: 'looking' };

  constructor(
    api: Api,
    private place: Place,
    private readonly changed: () => void,
  ) {
    this.requests = new OrgRequests(api, () => this.lost());
    this.notices = new Notices(changed);
    this.organisation = new Organisation(this.requests, changed, (problem) =>
      this.notices.refuse(problem),
    );
    this.changes = new OrgChanges(this.requests, this.organisation, this.notices);
    this.accounts = new Accounts(this.requests, this.notices, changed);
    this.retention = new RetentionDesk(this.notices, changed, () => this.lost());
    this.events = new Events(this.requests, this.notices, changed);
    this.tables = new TableImport(this.requests, changed, () => this.look());
  }

  get view(): ConsoleView {
    const { entry, place } = this;
    return {
      entry,
      place,
      organisation: this.organisation.view,
      accounts: this.accounts.view,
      retention: this.retention.view,
      events: this.events.view,
      tables: this.tables.view,
      notice: this.notices.notice,
    };
  }

  /** Looks whether this browser is signed in; a one-time link leads on to its form when it is not. */
  async start(setup: string | null): Promise<void> {
    this.enter({ at: 'looking' });
    const answered = await this.requests.me();
    if ('ok' in answered) return this.open(answered.ok);
    if (answered.problem.code !== 'not_signed_in') {
      return this.enter({ at: 'unreachable', problem: answered.problem });
    }
    if (setup !== null) this.enter({ at: 'setting_up', token: setup });
    else this.enter({ at: 'signing_in', over: false });
  }

  async setUp(who: { login: string; name: string; password: string }): Promise<Problem | null> {
    if (this.entry.at !== 'setting_up') return null;
    return this.comeIn(this.requests.setUp({ ...who, token: this.entry.token }));
  }

  async signIn(login: string, password: string): Promise<Problem | null> {
    return this.comeIn(this.requests.signIn(login, password));
  }

  /** Goes from the form of the one-time link to the one for those who have an account. */
  toSignIn(): void {
    this.enter({ at: 'signing_in', over: false });
  }

  async signOut(): Promise<void> {
    const problem = await this.requests.signOut();
    this.notices.dismiss();
    if (problem === null) this.enter({ at: 'signing_in', over: false });
    else this.enter({ at: 'unreachable', problem });
  }

  /** Shows another part of the console. */
  go(place: Place): void {
    const { entry } = this;
    this.place = entry.at === 'open' ? allowed(place, entry.me) : place;
    this.changed();
    if (entry.at === 'open') this.arrive(entry.me);
  }

  /** The acts of an event, for as long as its page is shown. */
  acts(event: string, show: (view: ActsView) => void): ActsDesk {
    return new ActsDesk(event, show, () => this.lost());
  }

  /** The guests of an event, for as long as its page is shown. */
  guests(event: string, show: (view: GuestsView) => void): GuestsDesk {
    return new GuestsDesk(event, this.requests, this.notices, show);
  }

  private arrive(me: Me): void {
    switch (this.place.at) {
      case 'organisation':
        void this.organisation.choose(this.place.unit);
        break;
      case 'accounts':
        void this.accounts.load();
        void this.retention.load();
        break;
      case 'events':
        void this.events.go(me, this.place.event);
        break;
      case 'import':
      case 'print':
        break;
      default:
        this.place satisfies never;
    }
  }

  private async comeIn(asked: Promise<Answer<unknown>>): Promise<Problem | null> {
    const answered = await asked;
    if ('problem' in answered) return answered.problem;
    const me = await this.requests.me();
    if ('problem' in me) return me.problem;
    this.open(me.ok);
    return null;
  }

  private open(me: Me): void {
    this.place = allowed(this.place, me);
    this.events.clear();
    void this.tables.giveUp();
    this.enter({ at: 'open', me });
    const unit = this.place.at === 'organisation' ? this.place.unit : null;
    void this.organisation.start(me, unit);
    if (this.place.at !== 'organisation') this.arrive(me);
  }

  /** Looks at the organisation anew after a table has changed it. */
  private look(): void {
    if (this.entry.at === 'open') void this.organisation.start(this.entry.me, null);
  }

  /** The session has ended: nothing that was open here is shown any more. */
  private lost(): void {
    if (this.entry.at !== 'open') return;
    this.notices.dismiss();
    this.enter({ at: 'signing_in', over: true });
  }

  private enter(entry: ConsoleEntry): void {
    this.entry = entry;
    this.changed();
  }
}
