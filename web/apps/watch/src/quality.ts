/** The names of the rungs of the ladder. */
import type { Quality } from '@plenary/client/live';

import { texts } from './texts';

export function qualityName(quality: Quality): string {
  switch (quality.kind) {
    case 'auto':
      return texts.t('quality.auto');
    case 'height':
      return texts.t('quality.height', { height: quality.height });
    case 'audio':
      return texts.t('quality.audio');
    default:
      return quality satisfies never;
  }
}
