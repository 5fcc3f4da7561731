/** Personal links for printing: those of a unit, in pages as the server gives them. */
import type { LinkCard, NextCard, Problem } from '@plenary/api/types';

import type { Print } from './console-place';
import type { OrgRequests } from './org-requests';

export type CardsView =
  | { at: 'asking' }
  | { at: 'problem'; problem: Problem }
  | {
      at: 'shown';
      event: string;
      unit: string;
      members: number;
      cards: LinkCard[];
      /** Which page of links this is, from 1. */
      number: number;
      next: NextCard | null;
    };

export class LinkCards {
  view: CardsView = { at: 'asking' };

  constructor(
    private readonly requests: OrgRequests,
    private readonly print: Print,
    private readonly origin: string,
    private readonly changed: () => void,
  ) {}

  /** Asks for the first links, or for those behind the ones that are shown. */
  async load(): Promise<void> {
    const { view } = this;
    const behind = view.at === 'shown' ? view.next : null;
    const number = view.at === 'shown' && behind !== null ? view.number + 1 : 1;
    this.show({ at: 'asking' });
    const answered = await this.requests.cards(this.print, this.origin, behind);
    if ('problem' in answered) return this.show({ at: 'problem', problem: answered.problem });
    this.show({ at: 'shown', number, ...answered.ok });
  }

  private show(view: CardsView): void {
    this.view = view;
    this.changed();
  }
}
