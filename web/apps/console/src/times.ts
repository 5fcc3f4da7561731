/** Moments as people of the chosen language read them, in the time zone of their device. */
import { texts } from './texts';

const place = () => (texts.language === 'zh' ? 'zh-CN' : 'en-GB');

/** Day and time with the zone. */
export function moment(ms: number): string {
  return new Intl.DateTimeFormat(place(), {
    dateStyle: 'full',
    timeStyle: 'short',
  }).format(ms);
}

/** Day and time as a list has them. */
export function shortMoment(ms: number): string {
  return new Intl.DateTimeFormat(place(), { dateStyle: 'medium', timeStyle: 'short' }).format(ms);
}

/** The zone of this device as its country writes it, such as Asia/Shanghai (GMT+8). */
export function zone(): string {
  const format = new Intl.DateTimeFormat(place(), { timeZoneName: 'shortOffset' });
  const offset = format.formatToParts().find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return `${format.resolvedOptions().timeZone} (${offset})`;
}

/** Hours and minutes of the device's clock. */
export function clock(ms: number): string {
  return new Intl.DateTimeFormat(place(), { hour: '2-digit', minute: '2-digit' }).format(ms);
}

/** How long something takes. */
export function span(minutes: number): string {
  if (minutes < 60) return texts.t('acts_minutes', { minutes });
  const hours = Math.floor(minutes / 60);
  if (minutes % 60 === 0) return texts.t('acts_hours_whole', { hours });
  return texts.t('acts_hours', { hours, minutes: minutes % 60 });
}
