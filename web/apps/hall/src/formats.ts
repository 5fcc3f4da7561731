/** Numbers and times as people of the chosen language write them. */
import { texts } from './texts';

const tag = () => (texts.language === 'zh' ? 'zh-CN' : 'en-GB');

export function number(count: number): string {
  return new Intl.NumberFormat(tag()).format(count);
}

/** Hours and minutes of the reader's own clock. */
export function time(ms: number): string {
  return new Date(ms).toLocaleTimeString(tag(), { hour: '2-digit', minute: '2-digit' });
}
