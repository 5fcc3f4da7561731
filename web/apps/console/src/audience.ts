/** Who may come to an event, in one line. */
import type { OrganisedEvent } from '@plenary/api/types';

import { number } from './numbers';
import { texts } from './texts';

/** How many names a line holds; further units are counted. */
const NAMES_MAX = 3;

export function audience({ admission, chosen }: OrganisedEvent): string {
  switch (admission.who) {
    case 'everybody':
    case 'members':
      return texts.t(`who_${admission.who}`);
    case 'chosen': {
      const names = chosen.slice(0, NAMES_MAX).map(({ name }) => name);
      const more = admission.units.length - names.length;
      const people = admission.people.length;
      const parts = [
        names.join(texts.language === 'zh' ? '、' : ', '),
        more > 0 ? texts.t('who_more', { more: number(more) }) : '',
        people > 0 ? texts.t('who_people', { people: number(people) }) : '',
      ];
      return parts.filter(Boolean).join(' · ');
    }
    default:
      return admission satisfies never;
  }
}
