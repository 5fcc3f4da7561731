/** The sentence that tells a person why something was refused. */
import type { Problem } from '@plenary/api/types';

import { texts } from './texts';

/** The codes that this page has a sentence of its own for. */
const KNOWN = [
  'offline',
  'internal',
  'stopping',
  'not_signed_in',
  'not_allowed',
  'event_unknown',
  'unit_unknown',
  'person_unknown',
  'reason_bad',
  'name_bad',
  'too_many_halls',
  'hall_unknown',
  'event_runs',
  'book_says_so',
  'book_forgotten',
  'corrected_too_often',
] as const;

export function sentence({ code, detail }: Problem): string {
  const known = KNOWN.find((one) => one === code);
  return known ? texts.t(`refused_${known}`) : texts.t('refused_other', { detail });
}
