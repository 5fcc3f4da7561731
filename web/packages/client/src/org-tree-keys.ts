/** What a key means in the tree of units (the tree pattern of the WAI-ARIA practices). */
import type { Node, TreeRow } from './org-tree';

export type TreeCommand =
  | { do: 'go'; code: string }
  | { do: 'unfold'; code: string }
  | { do: 'fold'; code: string }
  | { do: 'choose'; code: string };

/** Rows that Page Up and Page Down go over. */
const PAGE_ROWS = 10;

/** What a key does when the row of `current` is the one that keys are about; null: nothing. */
export function treeKey<U extends Node>(
  rows: TreeRow<U>[],
  current: string | null,
  key: string,
): TreeCommand | null {
  const at = Math.max(0, rows.findIndex(({ unit }) => unit.code === current));
  const row = rows[at];
  if (!row) return null;
  const { code } = row.unit;
  const go = (index: number): TreeCommand | null => {
    const to = rows[Math.max(0, Math.min(rows.length - 1, index))];
    return to ? { do: 'go', code: to.unit.code } : null;
  };
  switch (key) {
    case 'ArrowDown':
      return go(at + 1);
    case 'ArrowUp':
      return go(at - 1);
    case 'Home':
      return go(0);
    case 'End':
      return go(rows.length - 1);
    case 'PageDown':
      return go(at + PAGE_ROWS);
    case 'PageUp':
      return go(at - PAGE_ROWS);
    case 'ArrowRight':
      return row.state === 'unfolded' ? go(at + 1) : row.state === 'folded' ? { do: 'unfold', code } : null;
    case 'ArrowLeft':
      return row.state === 'unfolded' || row.state === 'asking'
        ? { do: 'fold', code }
        : go(parentOf(rows, at));
    case 'Enter':
    case ' ':
      return { do: 'choose', code };
    default:
      return null;
  }
}

function parentOf<U extends Node>(rows: TreeRow<U>[], at: number): number {
  const level = rows[at]?.level ?? 1;
  for (let index = at - 1; 0 <= index; index -= 1) {
    if ((rows[index]?.level ?? 0) < level) return index;
  }
  return at;
}

/** How long letters typed one after the other are one word. */
const WORD_MS = 800;

/** Letters that are typed to find a row, until there was a pause. */
export type Typed = { word: string; atMs: number };

export const NOTHING_TYPED: Typed = { word: '', atMs: 0 };

/** Adds a letter, and gives the next row whose name or code begins with the word; null: none does. */
export function typeToFind<U extends Node>(
  rows: TreeRow<U>[],
  current: string | null,
  typed: Typed,
  letter: string,
  nowMs: number,
): { typed: Typed; code: string | null } {
  const goesOn = nowMs - typed.atMs < WORD_MS;
  const word = (goesOn ? typed.word : '') + letter.toLowerCase();
  const at = rows.findIndex(({ unit }) => unit.code === current);
  // A first letter goes on from the next row; a longer word may stay on this one.
  const from = word.length === 1 ? at + 1 : Math.max(0, at);
  const order = [...rows.slice(from), ...rows.slice(0, from)];
  const begins = (text: string) => text.toLowerCase().startsWith(word);
  const found = order.find(({ unit }) => begins(unit.name) || begins(unit.code));
  return { typed: { word, atMs: nowMs }, code: found?.unit.code ?? null };
}
