/** The events that somebody prepares: the list, one of them with its links, and what can be done with it. */
import type {
  Admission,
  EventPaths,
  Me,
  NewEvent,
  OrganisedEvent,
  Problem,
} from '@plenary/api/types';

import type { Notices } from './notices';
import type { OrgRequests } from './org-requests';
import { isAdministrator } from './organisation';

export type EventList =
  | { at: 'asking' }
  | { at: 'problem'; problem: Problem }
  | { at: 'shown'; events: OrganisedEvent[] };

export type Paths =
  | { at: 'none' }
  | { at: 'asking' }
  | { at: 'problem'; problem: Problem }
  | { at: 'shown'; paths: EventPaths };

export type EventsView = { list: EventList; chosen: string | null; paths: Paths };

export class Events {
  private list: EventList = { at: 'asking' };
  private chosen: string | null = null;
  private paths: Paths = { at: 'none' };

  constructor(
    private readonly requests: OrgRequests,
    private readonly notices: Notices,
    private readonly changed: () => void,
  ) {}

  get view(): EventsView {
    const { list, chosen, paths } = this;
    return { list, chosen, paths };
  }

  /** Forgets what somebody else had open. */
  clear(): void {
    this.list = { at: 'asking' };
    this.chosen = null;
    this.paths = { at: 'none' };
  }

  /** Asks for all, and for the links of the one that was chosen when they are this person's to give. */
  async go(me: Me, chosen: string | null): Promise<void> {
    this.chosen = chosen;
    const asks = chosen !== null && organises(me, chosen);
    this.paths = asks ? { at: 'asking' } : { at: 'none' };
    this.changed();
    await Promise.all([this.load(), asks ? this.askPaths(chosen) : null]);
  }

  async load(): Promise<void> {
    const answered = await this.requests.events();
    this.list =
      'problem' in answered
        ? { at: 'problem', problem: answered.problem }
        : { at: 'shown', events: newestFirst(answered.ok) };
    this.changed();
  }

  /** An event never goes away again, so this is not undone. */
  async create(event: NewEvent): Promise<OrganisedEvent | Problem> {
    const answered = await this.requests.createEvent(event);
    if ('problem' in answered) return answered.problem;
    this.notices.tell('event_created', answered.ok.title, null);
    return answered.ok;
  }

  async admit(was: OrganisedEvent, admission: Admission): Promise<Problem | null> {
    const problem = await this.alter(was.id, admission);
    if (problem !== null) return problem;
    this.notices.tell('event_admission', was.title, () => this.alter(was.id, was.admission));
    return null;
  }

  /** What is on air stays so until its director ends it. */
  async open(was: OrganisedEvent): Promise<Problem | null> {
    const answered = await this.requests.openEvent(was.id);
    if ('problem' in answered) return answered.problem;
    this.keep(answered.ok);
    this.notices.tell('event_opened', was.title, null);
    return null;
  }

  private async alter(event: string, admission: Admission): Promise<Problem | null> {
    const answered = await this.requests.admit(event, admission);
    if ('problem' in answered) return answered.problem;
    this.keep(answered.ok);
    return null;
  }

  private async askPaths(event: string): Promise<void> {
    const answered = await this.requests.eventPaths(event);
    if (this.chosen !== event) return;
    this.paths =
      'problem' in answered
        ? { at: 'problem', problem: answered.problem }
        : { at: 'shown', paths: answered.ok };
    this.changed();
  }

  private keep(is: OrganisedEvent): void {
    if (this.list.at !== 'shown') return;
    const events = this.list.events.map((event) => (event.id === is.id ? is : event));
    this.list = { at: 'shown', events };
    this.changed();
  }
}

/** Those that begin latest come first; those without a time by when they were made. */
function newestFirst(events: OrganisedEvent[]): OrganisedEvent[] {
  const time = ({ starts_ms, created_ms }: OrganisedEvent) => starts_ms ?? created_ms;
  return [...events].sort((one, other) => time(other) - time(one));
}

/** Whether somebody may say who comes to an event, and give its links. */
export function organises(me: Me, event: string): boolean {
  return (
    isAdministrator(me) ||
    me.account.roles.some((role) => role.role === 'organiser' && role.event === event)
  );
}

/** Most characters of an event's name in addresses. */
export const SLUG_CHARS_MAX = 64;

/** A name for addresses: the Latin words of a title, or the day where it has none. */
export function slugFor(title: string, day: Date): string {
  const words = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g);
  const slug = (words ?? []).join('-').slice(0, SLUG_CHARS_MAX).replace(/-$/, '');
  if (/[a-z]/.test(slug)) return slug;
  const two = (n: number) => String(n).padStart(2, '0');
  return `event-${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

export function isSlug(slug: string): boolean {
  return /^[a-z0-9-]+$/.test(slug) && slug.length <= SLUG_CHARS_MAX;
}
