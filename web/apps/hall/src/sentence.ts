/** The sentence that tells a person why something was refused. */
import type { Problem } from '@plenary/api/types';

import { texts } from './texts';

const KNOWN = ['offline', 'internal', 'stopping'] as const;

export function sentence({ code, detail }: Problem): string {
  const known = KNOWN.find((one) => one === code);
  return known ? texts.t(`refused_${known}`) : texts.t('refused_other', { detail });
}
