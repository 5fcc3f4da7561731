import type { Unit } from '@plenary/api/types';
import { expect, test } from 'vitest';

import {
  NO_TREE,
  rowsOf,
  scrolledTo,
  type Tree,
  windowOf,
  withFolded,
  withoutAnswer,
  withPage,
  withTops,
  withUnfolded,
} from './org-tree';
import { NOTHING_TYPED, treeKey, typeToFind } from './org-tree-keys';

function unit(code: string, units: number, name = code): Unit {
  const counts = { units, units_within: units, members: 0, members_within: 0 };
  return { code, name, kind: '', order: 0, state: 'open', parent: null, ...counts };
}

/** HQ with north and south; north has one branch that is not asked for yet. */
function sample(): Tree {
  const below = [unit('N', 1, 'North 北'), unit('S', 0, 'South 南')];
  const hq = { unit: unit('HQ', 2), above: [], below };
  return withUnfolded(withPage(withTops(NO_TREE, [unit('HQ', 2), unit('X', 0)]), hq), 'HQ');
}

const shown = (tree: Tree) =>
  rowsOf(tree).map(({ unit, level, place, siblings, state }) =>
    [`${' '.repeat(level)}${unit.code}`, `${place}/${siblings}`, state].join(' '),
  );

test('rows are the units that are unfolded, with their places', () => {
  expect(shown(sample())).toEqual([
    ' HQ 1/2 unfolded',
    '  N 1/2 folded',
    '  S 2/2 leaf',
    ' X 2/2 leaf',
  ]);
  expect(shown(withFolded(sample(), 'HQ'))).toEqual([' HQ 1/2 folded', ' X 2/2 leaf']);
});

test('a unit waits for what is below it, and is folded again when no answer comes', () => {
  const waiting = withUnfolded(sample(), 'N');
  expect(shown(waiting)[1]).toBe('  N 1/2 asking');
  expect(shown(withoutAnswer(waiting, 'N'))[1]).toBe('  N 1/2 folded');
  const page = { unit: unit('N', 1), above: [unit('HQ', 2)], below: [unit('N1', 0)] };
  expect(shown(withPage(waiting, page)).slice(1, 3)).toEqual(['  N 1/2 unfolded', '   N1 1/1 leaf']);
});

test('what is told again changes names and keeps what is unfolded', () => {
  const renamed = { ...unit('N', 1), name: 'Far north' };
  const tree = withPage(sample(), { unit: unit('HQ', 1), above: [], below: [renamed] });
  expect(rowsOf(tree).map(({ unit }) => unit.name)).toEqual(['HQ', 'Far north', 'X']);
  const empty = withPage(tree, { unit: unit('HQ', 0), above: [], below: [] });
  expect(shown(empty)[0]).toBe(' HQ 1/2 leaf');
});

test('of many rows only those in sight are drawn', () => {
  const rows = 3_271;
  for (let top = 0; top <= rows * 36; top += 1_000) {
    const { first, end } = windowOf(rows, top, 700, 36);
    expect(end - first).toBeLessThanOrEqual(60);
    expect(first * 36).toBeLessThanOrEqual(top);
    expect(Math.min(rows * 36, top + 700)).toBeLessThanOrEqual(end * 36);
  }
  expect(windowOf(3, 0, 700, 36)).toEqual({ first: 0, end: 3 });
  expect(windowOf(0, 0, 700, 36)).toEqual({ first: 0, end: 0 });
  expect(windowOf(3, 9_000, 700, 36)).toEqual({ first: 0, end: 3 });
});

test('a list scrolls no further than a row needs', () => {
  expect(scrolledTo(0, 500, 300, 36)).toBe(0);
  expect(scrolledTo(5, 100, 300, 36)).toBe(100);
  expect(scrolledTo(20, 100, 300, 36)).toBe(21 * 36 - 300);
});

test('keys do what the tree pattern says', () => {
  const rows = rowsOf(sample());
  const says = (current: string | null, key: string) => {
    const command = treeKey(rows, current, key);
    return command && `${command.do} ${command.code}`;
  };
  const script: [string, string, string | null][] = [
    ['HQ', 'ArrowDown', 'go N'],
    ['HQ', 'ArrowUp', 'go HQ'],
    ['HQ', 'ArrowRight', 'go N'],
    ['HQ', 'ArrowLeft', 'fold HQ'],
    ['N', 'ArrowRight', 'unfold N'],
    ['N', 'ArrowLeft', 'go HQ'],
    ['S', 'ArrowRight', null],
    ['S', 'End', 'go X'],
    ['X', 'Home', 'go HQ'],
    ['X', 'PageUp', 'go HQ'],
    ['X', 'ArrowLeft', 'go X'],
    ['S', 'Enter', 'choose S'],
    ['S', ' ', 'choose S'],
    ['S', 'Tab', null],
  ];
  for (const [current, key, does] of script) expect(says(current, key), `${current} ${key}`).toBe(does);
  expect(treeKey([], null, 'End')).toBeNull();
});

test('letters find the next row that begins so, and go on after the last', () => {
  const rows = rowsOf(sample());
  const south = typeToFind(rows, 'HQ', NOTHING_TYPED, 's', 10_000);
  expect(south.code).toBe('S');
  const word = typeToFind(rows, 'S', south.typed, 'o', 10_300);
  expect(word.code).toBe('S');
  expect(typeToFind(rows, 'S', word.typed, 'h', 12_000).code).toBe('HQ');
  expect(typeToFind(rows, 'S', word.typed, '北', 12_000).code).toBeNull();
});
