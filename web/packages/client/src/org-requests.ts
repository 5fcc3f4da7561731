/** The console's requests: who one is, units, people, accounts, events and tables. */
import type { Api } from '@plenary/api/client';
import type {
  Account,
  AccountChange,
  Admission,
  Applied,
  EventPaths,
  Guest,
  Guests,
  LinkCards,
  Me,
  NewAccount,
  NewEvent,
  NewPerson,
  NewUnit,
  NextCard,
  OrganisedEvent,
  People,
  Person,
  PersonChange,
  Problem,
  Seat,
  SetUp,
  TableImport,
  TableSubject,
  UnitChange,
  UnitPage,
  Units,
} from '@plenary/api/types';

import { type Answer, answer, done, type Reply } from './answer';

/** How many people a list asks for at a time. */
export const PEOPLE_ASKED = 100;

export class OrgRequests {
  /** `lost` is told when the server does not know this page any more. */
  constructor(
    private readonly api: Api,
    private readonly lost: () => void = () => undefined,
  ) {}

  /** Who one is; a page that is not known is no loss here. */
  me(): Promise<Answer<Me>> {
    return answer(this.api.GET('/api/me'));
  }

  setUp(body: SetUp): Promise<Answer<Account>> {
    return answer(this.api.POST('/api/setup', { body }));
  }

  signIn(login: string, password: string): Promise<Answer<Account>> {
    return answer(this.api.POST('/api/sign-in', { body: { login, password } }));
  }

  signOut(): Promise<Problem | null> {
    return done(this.api.POST('/api/sign-out'));
  }

  /** The units at the top. */
  tops(): Promise<Answer<Units>> {
    return this.ask(this.api.GET('/api/org/units'));
  }

  find(text: string): Promise<Answer<Units>> {
    return this.ask(this.api.GET('/api/org/units', { params: { query: { find: text } } }));
  }

  unit(unit: string): Promise<Answer<UnitPage>> {
    return this.ask(this.api.GET('/api/org/units/{unit}', { params: { path: { unit } } }));
  }

  createUnit(body: NewUnit): Promise<Answer<UnitPage>> {
    return this.ask(this.api.POST('/api/org/units', { body }));
  }

  changeUnit(unit: string, body: UnitChange): Promise<Answer<UnitPage>> {
    return this.ask(
      this.api.PATCH('/api/org/units/{unit}', { params: { path: { unit } }, body }),
    );
  }

  /** The people of a unit behind a code; null is the beginning. */
  people(unit: string, after: string | null): Promise<Answer<People>> {
    const query = { limit: PEOPLE_ASKED, ...(after === null ? {} : { after }) };
    return this.ask(
      this.api.GET('/api/org/units/{unit}/people', { params: { path: { unit }, query } }),
    );
  }

  createPerson(body: NewPerson): Promise<Answer<Person>> {
    return this.ask(this.api.POST('/api/org/people', { body }));
  }

  changePerson(person: string, body: PersonChange): Promise<Answer<Person>> {
    return this.ask(
      this.api.PATCH('/api/org/people/{person}', { params: { path: { person } }, body }),
    );
  }

  accounts(): Promise<Answer<Account[]>> {
    return this.ask(this.api.GET('/api/accounts'));
  }

  createAccount(body: NewAccount): Promise<Answer<Account>> {
    return this.ask(this.api.POST('/api/accounts', { body }));
  }

  changeAccount(account: string, body: AccountChange): Promise<Answer<Account>> {
    return this.ask(
      this.api.PATCH('/api/accounts/{account}', { params: { path: { account } }, body }),
    );
  }

  async setPassword(account: string, password: string): Promise<Problem | null> {
    const problem = await done(
      this.api.POST('/api/accounts/{account}/password', {
        params: { path: { account } },
        body: { password },
      }),
    );
    this.heed(problem);
    return problem;
  }

  events(): Promise<Answer<OrganisedEvent[]>> {
    return this.ask(this.api.GET('/api/events'));
  }

  createEvent(body: NewEvent): Promise<Answer<OrganisedEvent>> {
    return this.ask(this.api.POST('/api/events', { body }));
  }

  openEvent(event: string): Promise<Answer<OrganisedEvent>> {
    return this.ask(this.api.POST('/api/events/{event}/open', { params: { path: { event } } }));
  }

  admit(event: string, body: Admission): Promise<Answer<OrganisedEvent>> {
    return this.ask(
      this.api.PUT('/api/events/{event}/admission', { params: { path: { event } }, body }),
    );
  }

  eventPaths(event: string): Promise<Answer<EventPaths>> {
    return this.ask(this.api.GET('/api/events/{event}/links', { params: { path: { event } } }));
  }

  seats(event: string): Promise<Answer<Seat[]>> {
    return this.ask(this.api.GET('/api/events/{event}/seats', { params: { path: { event } } }));
  }

  /** Says which member sits on a seat; null: nobody who is known. */
  async seatMember(event: string, seat: string, person: string | null): Promise<Problem | null> {
    const params = { path: { event, seat } };
    const body = { person };
    const told = this.api.PUT('/api/events/{event}/seats/{seat}/member', { params, body });
    const problem = await done(told);
    this.heed(problem);
    return problem;
  }

  guests(event: string): Promise<Answer<Guests>> {
    return this.ask(this.api.GET('/api/events/{event}/guests', { params: { path: { event } } }));
  }

  inviteGuest(event: string, name: string, expires_ms: number): Promise<Answer<Guest>> {
    const body = { name, expires_ms };
    return this.ask(
      this.api.POST('/api/events/{event}/guests', { params: { path: { event } }, body }),
    );
  }

  async withdrawGuest(event: string, guest: string): Promise<Problem | null> {
    const params = { path: { event, guest } };
    const problem = await done(this.api.DELETE('/api/events/{event}/guests/{guest}', { params }));
    this.heed(problem);
    return problem;
  }

  /** Links of a unit for printing, from some place on; `origin` is what they begin with. */
  cards(
    { event, unit, within }: { event: string; unit: string; within: boolean },
    origin: string,
    from: NextCard | null,
  ): Promise<Answer<LinkCards>> {
    const query = { within, origin, ...(from ?? {}) };
    return this.ask(
      this.api.GET('/api/events/{event}/cards/{unit}', { params: { path: { event, unit }, query } }),
    );
  }

  beginImport(table: TableSubject, file: Blob): Promise<Answer<TableImport>> {
    return this.ask(
      this.api.POST('/api/org/imports', {
        params: { query: { table } },
        headers: { 'content-type': 'application/octet-stream' },
        // The description has no word for bytes.
        body: file as unknown as string,
        bodySerializer: () => file,
      }),
    );
  }

  import(id: string): Promise<Answer<TableImport>> {
    return this.ask(
      this.api.GET('/api/org/imports/{import}', { params: { path: { import: id } } }),
    );
  }

  applyImport(id: string, missing: 'keep' | 'close'): Promise<Answer<Applied>> {
    return this.ask(
      this.api.POST('/api/org/imports/{import}/apply', {
        params: { path: { import: id } },
        body: { missing },
      }),
    );
  }

  giveUpImport(id: string): Promise<Problem | null> {
    return done(
      this.api.DELETE('/api/org/imports/{import}', { params: { path: { import: id } } }),
    );
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
