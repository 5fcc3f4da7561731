/** The acts of an event while somebody changes them: a list of its own until it is saved. */
import type { Act, ActDraft } from '@plenary/api/types';

/** What the server takes at most. */
export const ACTS_MAX = 100;
export const ACT_TITLE_CHARS_MAX = 60;
export const ACT_MINUTES_MAX = 24 * 60;
/** What a new act has until somebody says how long it is. */
const NEW_MINUTES = 10;

/** An act in the form; `id` is null until the server has given one, `minutes` while nothing is typed. */
export type ActRow = {
  /** Tells the rows of the form apart. */
  key: string;
  id: string | null;
  title: string;
  minutes: number | null;
  began: boolean;
};

export function draftsOf(acts: readonly Act[]): ActRow[] {
  return acts.map(({ id, title, minutes, began_ms }) => ({
    key: id,
    id,
    title,
    minutes,
    began: began_ms !== null,
  }));
}

/** With one more act at the end; its key is none that was there before. */
export function withNew(drafts: readonly ActRow[], key: string): ActRow[] {
  return [...drafts, { key, id: null, title: '', minutes: NEW_MINUTES, began: false }];
}

export function changed(
  drafts: readonly ActRow[],
  key: string,
  change: Partial<Pick<ActRow, 'title' | 'minutes'>>,
): ActRow[] {
  return drafts.map((draft) => (draft.key === key ? { ...draft, ...change } : draft));
}

/** Without an act; one that has begun stays. */
export function without(drafts: readonly ActRow[], key: string): ActRow[] {
  return drafts.filter((draft) => draft.key !== key || draft.began);
}

/** Whether an act may change places with the one before or behind it: those that have begun keep theirs. */
export function moves(drafts: readonly ActRow[], key: string, by: -1 | 1): boolean {
  const index = drafts.findIndex((draft) => draft.key === key);
  const [one, other] = [drafts[index], drafts[index + by]];
  return one !== undefined && other !== undefined && !(one.began && other.began);
}

export function moved(drafts: readonly ActRow[], key: string, by: -1 | 1): ActRow[] {
  const after = [...drafts];
  const index = drafts.findIndex((draft) => draft.key === key);
  const [one, other] = [drafts[index], drafts[index + by]];
  if (!one || !other || !moves(drafts, key, by)) return after;
  [after[index], after[index + by]] = [other, one];
  return after;
}

export function isTitle(title: string): boolean {
  const chars = [...title.trim()].length;
  return 1 <= chars && chars <= ACT_TITLE_CHARS_MAX;
}

export function isMinutes(minutes: number | null): minutes is number {
  return minutes !== null && Number.isInteger(minutes) && 1 <= minutes && minutes <= ACT_MINUTES_MAX;
}

/** What is sent; null while something is missing or more than the server takes. */
export function putOf(drafts: readonly ActRow[]): ActDraft[] | null {
  if (ACTS_MAX < drafts.length) return null;
  const sent: ActDraft[] = [];
  for (const { id, title, minutes } of drafts) {
    if (!isTitle(title) || !isMinutes(minutes)) return null;
    sent.push({ ...(id === null ? {} : { id }), title: title.trim(), minutes });
  }
  return sent;
}
