/** The sentence that tells a person why something was refused. */
import { refusal } from '@plenary/client/refusals';
import type { Problem } from '@plenary/api/types';

import { texts } from './texts';

export function sentence(problem: Problem): string {
  const { key, fields } = refusal(problem);
  return texts.t(key, fields);
}
