/** Numbers as people of the chosen language write them. */
import { texts } from './texts';

export function number(count: number): string {
  return new Intl.NumberFormat(texts.language === 'zh' ? 'zh-CN' : 'en-GB').format(count);
}
