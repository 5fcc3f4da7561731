/** Why somebody is not let in; a reason that is new in the server's own words. */
import type { Door } from '@plenary/client/join';

import { texts } from './texts';

export function reason({ code, detail, names }: Extract<Door, { at: 'refused' }>): string {
  switch (code) {
    case 'link_unknown':
    case 'link_expired':
    case 'link_of_other_event':
    case 'link_revoked':
    case 'event_unknown':
    case 'not_member':
    case 'places_taken':
    case 'person_not_known':
    case 'sign_in_unreachable':
    case 'sign_in_not_proven':
      return texts.t(code, names);
    case 'not_invited':
      if (names.admitted === '') return texts.t('invited_by_name', names);
      return texts.t(names.more === '0' ? 'not_invited' : 'not_invited_more', names);
    default:
      return detail;
  }
}
